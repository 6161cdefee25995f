#include "scanner.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"

enum { BLOCK_SIZE = 1024 };

static struct memory memory;
static struct arena arena;
static struct cfh_error error;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    arena_init(&arena, &memory, BLOCK_SIZE);
}

static void tear_down(void)
{
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
}

static struct scanner scan(const char *text)
{
    error = (struct cfh_error){.code = CFH_OK};
    return (struct scanner){.text = text_of(text), .arena = &arena, .error = &error};
}

/* ---- blanks and comments (W16) ---- */

struct blank {
    const char *text;
    size_t at; /* where the first word is */
};

static const struct blank blanks[] = {
    {"", 0},
    {"a", 0},
    {" \t\r\na", 4},
    {"```x```a", 7},
    {" ```x``` ```y``` a", 17},
    {"``````a", 6},
    {"```a`b``c```d", 12},
    {"```a", 4}, /* runs to the end */
    {"```", 3},
    {"``a", 0},
    {"\v", 0},
};

START_TEST(W16_blanks_and_comments_are_skipped)
{
    for (size_t i = 0; i < COUNT_OF(blanks); i++) {
        struct scanner scanner = scan(blanks[i].text);
        scanner_skip_blanks(&scanner);
        ck_assert_msg(scanner.at == blanks[i].at, "row %zu: %zu", i, scanner.at);
        ck_assert(scanner_at_end(&scanner) == (blanks[i].at == strlen(blanks[i].text)));
        ck_assert_int_eq(scanner.status, CFH_OK);
    }
}
END_TEST

START_TEST(no_text_at_all)
{
    struct scanner scanner = {.arena = &arena, .error = &error};
    struct slice text;
    ck_assert(scanner_at_end(&scanner));
    ck_assert_uint_eq(scanner_peek_word(&scanner).length, 0);
    ck_assert(!scanner_take_byte(&scanner, ','));
    ck_assert(!scanner_looking_at(&scanner, SLICE("a")));
    ck_assert(!scanner_take_keyword(&scanner, SLICE("by"), true));
    ck_assert(!scanner_take_value(&scanner, &text));
    ck_assert_str_eq(error.sentence, "A value is missing before the end of the search.");
}
END_TEST

/* ---- words ---- */

START_TEST(a_word_ends_before_these_bytes)
{
    static const char *const ends[] = {" ", "\t", "\n", "\r", "=", "!", "<", ">",
                                       "(", ")",  ",",  "\"", "|", "`", "[", "]"};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        char text[16] = " a.b-c_d{}";
        strcat(text, ends[i]);
        struct scanner scanner = scan(text);
        ck_assert_msg(slice_is(scanner_peek_word(&scanner), "a.b-c_d{}"), "%s", ends[i]);
        ck_assert_uint_eq(scanner.at, 1); /* only the blank is behind */
    }
    struct scanner scanner = scan("=a");
    ck_assert_uint_eq(scanner_peek_word(&scanner).length, 0);
}
END_TEST

START_TEST(T4_keywords_are_whole_words_in_their_case)
{
    struct scanner scanner = scan("From fromage from AND by=");
    ck_assert(!scanner_take_keyword(&scanner, SLICE("from"), false));
    ck_assert(scanner_peek_keyword(&scanner, SLICE("from")));
    ck_assert_uint_eq(scanner.at, 0);
    ck_assert(scanner_take_keyword(&scanner, SLICE("from"), true));
    ck_assert_uint_eq(scanner.at, 4);
    ck_assert(!scanner_take_keyword(&scanner, SLICE("from"), true));
    ck_assert(!scanner_peek_keyword(&scanner, SLICE("from")));
    ck_assert(slice_is(scanner_peek_word(&scanner), "fromage"));
    ck_assert(scanner_take_keyword(&scanner, SLICE("fromage"), false));
    ck_assert(scanner_take_keyword(&scanner, SLICE("from"), false));
    ck_assert(scanner_take_keyword(&scanner, SLICE("AND"), false));
    ck_assert(scanner_take_keyword(&scanner, SLICE("by"), false));
    ck_assert(!scanner_take_byte(&scanner, 'b'));
    ck_assert(scanner_take_byte(&scanner, '='));
    ck_assert(scanner_at_end(&scanner));
}
END_TEST

START_TEST(looking_at_skips_nothing)
{
    struct scanner scanner = scan(" ab");
    ck_assert(!scanner_looking_at(&scanner, SLICE("ab")));
    ck_assert(scanner_looking_at(&scanner, SLICE(" ab")));
    ck_assert(!scanner_looking_at(&scanner, SLICE(" abc")));
    ck_assert_uint_eq(scanner.at, 0);
}
END_TEST

/* ---- names and values ---- */

struct text {
    const char *search;
    const char *text;     /* NULL: refused */
    size_t at;            /* where the scanner stands then */
    const char *sentence; /* of the refusal */
};

static const struct text names[] = {
    {"a.b c", "a.b", 3, NULL},
    {"  a=1", "a", 3, NULL},
    {"\"a b\"c", "a b", 5, NULL},
    {"\"a\\\"b\\\\\"", "a\"b\\", 8, NULL},
    {"```x``` a)", "a", 9, NULL},
    {"annotations.mitre_attack{}", "annotations.mitre_attack{}", 26, NULL},
    {"", NULL, 0, "A name is missing before the end of the search."},
    {" ,b", NULL, 1, "A name is missing before \",b\" at column 2."},
    {"\"\"", NULL, 0, "A name cannot be empty: '\"\"' at column 1."},
    {" \"abc", NULL, 1, "A quote is not closed: '\"abc' at column 2."},
    {"\"abc\\\"", NULL, 0, "A quote is not closed: '\"abc\\\"' at column 1."},
    {"\"abc\\", NULL, 0, "A quote is not closed: '\"abc\\' at column 1."},
};

static const struct text values[] = {
    {"7844 b", "7844", 4, NULL},
    {"  a,b", "a", 3, NULL},
    {"a)b", "a", 1, NULL},
    {"a|b", "a", 1, NULL},
    {"a\"b\"", "a", 1, NULL},
    {"a```c```", "a", 1, NULL}, /* a comment is no part of it */
    {"a`b", "a`b", 3, NULL},
    {"a=b<c>d!e[f]", "a=b<c>d!e[f]", 12, NULL},
    {"\"=1\"", "=1", 4, NULL},
    {"!1", "!1", 2, NULL},
    {"a(b)c)", "a(b)c", 5, NULL},     /* parentheses that balance belong to it */
    {"f(g(h),i)", "f(g(h)", 6, NULL}, /* a comma ends it all the same */
    {"%systemroot%", "%systemroot%", 12, NULL},
    {"$x${y}/z:@;.-", "$x${y}/z:@;.-", 13, NULL},
    {"\"a b, c)\" d", "a b, c)", 9, NULL},
    {"\"\"", "", 2, NULL},
    {"\"IN\"", "IN", 4, NULL}, /* W9 */
    {"INNER", "INNER", 5, NULL},
    {"in", "in", 2, NULL},
    /* W8, inside and outside quotes */
    {"a\\\\b", "a\\b", 4, NULL},
    {"a\\\"b", "a\"b", 4, NULL},
    {"a\\|b", "a|b", 4, NULL},
    {"*\\sam", "*\\sam", 5, NULL},
    {"C:\\\\*", "C:\\*", 5, NULL},
    {"\\\\\\\\host\\\\c$", "\\\\host\\c$", 12, NULL},
    {"\"C:\\\\Temp\\\\\"", "C:\\Temp\\", 12, NULL},
    {"\"*\\sam *\"", "*\\sam *", 9, NULL},
    {"\"a\\|b\"", "a|b", 6, NULL},
    {"\"\\\\|\"", "\\|", 5, NULL},
    {"a\\ b", "a\\", 2, NULL}, /* a blank is never taken along */
    {"a\\", "a\\", 2, NULL},
    {"*\\\\Temp\\\\)", "*\\Temp\\", 9, NULL},
    /* refused */
    {"", NULL, 0, "A value is missing before the end of the search."},
    {" )", NULL, 1, "A value is missing before \")\" at column 2."},
    {",a", NULL, 0, "A value is missing before \",a\" at column 1."},
    {"IN", NULL, 0,
     "A value is missing before \"IN\" at column 1; as a value this word needs double quotes."},
    {" AND b", NULL, 1,
     "A value is missing before \"AND\" at column 2; as a value this word needs double quotes."},
    {"OR", NULL, 0,
     "A value is missing before \"OR\" at column 1; as a value this word needs double quotes."},
    {"NOT", NULL, 0,
     "A value is missing before \"NOT\" at column 1; as a value this word needs double quotes."},
    {"AS", NULL, 0,
     "A value is missing before \"AS\" at column 1; as a value this word needs double quotes."},
    {"=1", NULL, 0,
     "A value is missing before \"=1\" at column 1; a value that begins with = < or > needs double "
     "quotes."},
    {"<1", NULL, 0,
     "A value is missing before \"<1\" at column 1; a value that begins with = < or > needs double "
     "quotes."},
    {"[search x]", NULL, 0,
     "A subsearch cannot stand here: \"[search\" at column 1. In Splunk's search bar Splunk itself "
     "replaces it before cfhunt runs; here write its values out."},
    {"\"a", NULL, 0, "A quote is not closed: '\"a' at column 1."},
};

static void check_text(const struct text *row, size_t i, bool is_name)
{
    struct scanner scanner = scan(row->search);
    struct slice text;
    bool taken = is_name ? scanner_take_name(&scanner, "A name is missing before", &text)
                         : scanner_take_value(&scanner, &text);
    ck_assert_msg(taken == (row->text != NULL), "row %zu: %s", i, row->search);
    ck_assert_msg(scanner.at == row->at, "row %zu: %s: at %zu", i, row->search, scanner.at);
    if (taken) {
        ck_assert_msg(slice_is(text, row->text), "row %zu: %.*s", i, (int)text.length, text.bytes);
        return;
    }
    ck_assert_str_eq(error.sentence, row->sentence);
    ck_assert_int_eq(error.code, CFH_BAD_PLAN);
    ck_assert_int_eq(scanner.status, CFH_BAD_PLAN);
    ck_assert_uint_eq(error.position, row->at);
}

START_TEST(names_are_words_or_quoted)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        check_text(&names[i], i, true);
}
END_TEST

START_TEST(W8_W9_values)
{
    for (size_t i = 0; i < COUNT_OF(values); i++)
        check_text(&values[i], i, false);
}
END_TEST

START_TEST(names_and_values_outlive_the_search)
{
    char search[] = "name value";
    struct scanner scanner = scan(search);
    struct slice name, value;
    ck_assert(scanner_take_name(&scanner, "", &name));
    ck_assert(scanner_take_value(&scanner, &value));
    memset(search, 'x', sizeof(search) - 1);
    ck_assert(slice_is(name, "name") && slice_is(value, "value"));
}
END_TEST

/* ---- errors ---- */

struct shown {
    const char *text;
    size_t at;
    const char *sentence;
};

static const struct shown shown[] = {
    {"abc def", 4, "Not \"def\" at column 5, no."},
    {"abc def", 7, "Not the end of the search, no."},
    {"0123456789012345678901234567890123456789xyz", 0,
     "Not \"0123456789012345678901234567890123456789\" at column 1, no."},
    /* cut between characters: the 40th byte is the first of two */
    {"012345678901234567890123456789012345678\xc3\xa4z", 0,
     "Not \"012345678901234567890123456789012345678\" at column 1, no."},
    {"0123456789012345678901234567890123456789\xc3\xa4", 0,
     "Not \"0123456789012345678901234567890123456789\" at column 1, no."},
    {"01234567890123456789012345678901234567\xc3\xa4z", 0,
     "Not \"01234567890123456789012345678901234567\xc3\xa4\" at column 1, no."},
};

START_TEST(an_error_shows_what_stands_there)
{
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        struct scanner scanner = scan(shown[i].text);
        ck_assert(!scanner_fail_at(&scanner, shown[i].at, "Not", ", no."));
        ck_assert_str_eq(error.sentence, shown[i].sentence);
        ck_assert_uint_eq(error.position, shown[i].at);
        ck_assert_int_eq(error.code, CFH_BAD_PLAN);
    }
}
END_TEST

START_TEST(the_first_error_sticks)
{
    struct scanner scanner = scan("a b");
    struct slice text;
    ck_assert(!scanner_fail_at(&scanner, 0, "First", "."));
    ck_assert(!scanner_fail_at(&scanner, 2, "Second", "."));
    ck_assert(!scanner_refused(&scanner));
    ck_assert_int_eq(scanner.status, CFH_BAD_PLAN);
    ck_assert_str_eq(error.sentence, "First \"a\" at column 1.");
    ck_assert(!scanner_take_byte(&scanner, 'a'));
    ck_assert(!scanner_take_keyword(&scanner, SLICE("a"), true));
    ck_assert(!scanner_take_name(&scanner, "", &text));
    ck_assert(!scanner_take_value(&scanner, &text));
    ck_assert_uint_eq(scanner.at, 0);
    scanner = scan("a b");
    ck_assert(!scanner_refused(&scanner));
    ck_assert_int_eq(scanner.status, CFH_NO_MEMORY);
    ck_assert(!scanner_fail_at(&scanner, 0, "Later", "."));
    ck_assert_int_eq(scanner.status, CFH_NO_MEMORY);
}
END_TEST

START_TEST(errors_that_are_gone_on_from_are_all_said)
{
    struct scanner scanner = scan("one two three");
    ck_assert(!scanner_go_on(&scanner)); /* nothing is wrong yet */
    ck_assert(!scanner_fail_at(&scanner, 0, "Not", "."));
    ck_assert(scanner_go_on(&scanner));
    ck_assert(scanner_peek_word(&scanner).length > 0);
    ck_assert(!scanner_fail_at(&scanner, 4, "Nor", "!"));
    ck_assert_int_eq(scanner_finish(&scanner), CFH_BAD_PLAN);
    ck_assert_str_eq(error.sentence, "Not \"one\" at column 1. Nor \"two\" at column 5!");
    ck_assert_uint_eq(error.position, 0);
    ck_assert(scanner_go_on(&scanner));
    ck_assert_int_eq(scanner_finish(&scanner), CFH_BAD_PLAN); /* and no blank is left behind */
    ck_assert_str_eq(error.sentence, "Not \"one\" at column 1. Nor \"two\" at column 5!");
}
END_TEST

START_TEST(it_goes_on_while_there_is_room)
{
    struct scanner scanner = scan("one");
    size_t errors = 1;
    scanner_fail_at(&scanner, 0, "A sentence of a common length about", ".");
    for (; scanner_go_on(&scanner); errors++)
        scanner_fail_at(&scanner, 0, "A sentence of a common length about", ".");
    ck_assert_uint_gt(errors, 5);
    ck_assert_uint_lt(strlen(error.sentence), CFH_SENTENCE_SIZE);
    ck_assert_int_eq(scanner_finish(&scanner), CFH_BAD_PLAN);
    scanner = scan("one");
    ck_assert(!scanner_refused(&scanner) && !scanner_go_on(&scanner));
    ck_assert_int_eq(scanner_finish(&scanner), CFH_NO_MEMORY);
}
END_TEST

START_TEST(every_refusal_is_told)
{
    static const char *const searches[] = {"word", "\"quoted\""};
    for (size_t i = 0; i < 2 * COUNT_OF(searches); i++) {
        struct failing_source failing = {.fail_at = 0};
        struct memory refusing = failing_memory(&failing);
        struct arena small;
        arena_init(&small, &refusing, 1);
        struct scanner scanner = scan(searches[i / 2]);
        scanner.arena = &small;
        struct slice text;
        bool taken = i % 2 == 0 ? scanner_take_name(&scanner, "", &text)
                                : scanner_take_value(&scanner, &text);
        ck_assert(!taken);
        ck_assert_int_eq(scanner.status, CFH_NO_MEMORY);
        ck_assert_uint_eq(scanner.at, 0);
        arena_release(&small);
        ck_assert_uint_eq(refusing.used, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scanner");
    TCase *cases = tcase_create("scanner");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, W16_blanks_and_comments_are_skipped);
    tcase_add_test(cases, no_text_at_all);
    tcase_add_test(cases, a_word_ends_before_these_bytes);
    tcase_add_test(cases, T4_keywords_are_whole_words_in_their_case);
    tcase_add_test(cases, looking_at_skips_nothing);
    tcase_add_test(cases, names_are_words_or_quoted);
    tcase_add_test(cases, W8_W9_values);
    tcase_add_test(cases, names_and_values_outlive_the_search);
    tcase_add_test(cases, an_error_shows_what_stands_there);
    tcase_add_test(cases, the_first_error_sticks);
    tcase_add_test(cases, errors_that_are_gone_on_from_are_all_said);
    tcase_add_test(cases, it_goes_on_while_there_is_room);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
