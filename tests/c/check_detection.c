#include "detection.h"

#include <check.h>
#include <stdlib.h>

#include "test_memory.h"
#include "text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* ---- the keys ---- */

START_TEST(every_row_is_found_where_it_may_stand)
{
    static const enum detection_place places[] = {DETECTION_TOP, DETECTION_IN_TAGS,
                                                  DETECTION_IN_MACRO};
    for (size_t i = 0; i < DETECTION_KEYS; i++) {
        enum detection_key key = (enum detection_key)i;
        const struct detection_row *row = detection_row(key);
        ck_assert_ptr_nonnull(row->name);
        for (size_t place = 0; place < COUNT_OF(places); place++) {
            bool there = (row->places & (unsigned)places[place]) != 0;
            ck_assert_int_eq(detection_find(text_of(row->name), places[place]),
                             there ? key : DETECTION_KEYS);
        }
    }
}
END_TEST

START_TEST(other_keys_are_none_of_ours)
{
    static const char *const names[] = {"", "Search", "searc", "searches", "tests", "how_to"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_int_eq(detection_find(text_of(names[i]), DETECTION_TOP), DETECTION_KEYS);
    ck_assert_int_eq(detection_find(SLICE("search"), DETECTION_IN_TAGS), DETECTION_KEYS);
    ck_assert_int_eq(detection_find(SLICE("mitre_attack_id"), DETECTION_IN_TAGS), DETECTION_ATTACK);
}
END_TEST

/* ---- lines and columns ---- */

struct place_case {
    const char *file; /* a '^' marks the byte; it is not in the file */
    size_t line;
    size_t column;
};

static const struct place_case places[] = {
    {"^", 1, 1},
    {"^a", 1, 1},
    {"ab^", 1, 3},
    {"a\n^b", 2, 1},
    {"a\r\n^b", 2, 1},
    {"a\r^b", 2, 1},
    {"a^\nb", 1, 2},
    {"\n\n  ^x", 3, 3},
    {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80^x", 1, 4}, /* characters, not bytes */
    {"\xEF\xBB\xBF^x", 1, 1},                         /* a mark is no column */
    {"\xEF\xBB\xBF\n ^x", 2, 2},
};

START_TEST(lines_and_columns_are_those_of_an_editor)
{
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        char file[40];
        const char *mark = strchr(places[i].file, '^');
        size_t at = (size_t)(mark - places[i].file), line, column;
        memcpy(file, places[i].file, at);
        strcpy(file + at, mark + 1);
        detection_line_column(text_of(file), at, &line, &column);
        ck_assert_msg(line == places[i].line && column == places[i].column, "%zu: %zu %zu", i, line,
                      column);
    }
}
END_TEST

/* ---- from a text to its file ---- */

struct origin_case {
    enum detection_style style;
    const char *file;     /* from here on the value is written */
    const char *text;     /* what YAML makes of it */
    const char *end_mark; /* what stands behind the value in the file, to be left out */
};

/* Every character of text that is no blank stands once in file, which is how its place is known. */
static const struct origin_case origins[] = {
    {DETECTION_PLAIN, "abc", "abc", ""},
    {DETECTION_PLAIN, "ab\n   cd\n  e", "ab cd e", "\nnext: x"},
    {DETECTION_PLAIN, "&anchor !tag  xyz", "xyz", ""},
    {DETECTION_PLAIN, "&A-1_:!x 'yz'", ":!x 'yz'", ""},
    {DETECTION_PLAIN, "!b # yz\n # xy\n  xyz", "xyz", ""},
    {DETECTION_SINGLE_QUOTED, "&b\n#'c\n 'ab'", "ab", ""},
    {DETECTION_PLAIN,
     "\xC3\xA4"
     "b",
     "\xC3\xA4"
     "b",
     ""},
    {DETECTION_SINGLE_QUOTED, "'ab''c'", "ab'c", ""},
    {DETECTION_SINGLE_QUOTED, "'ab\n  c\n\n  d'", "ab c\nd", " # x"},
    {DETECTION_DOUBLE_QUOTED, "\"a\\\"b\\\\c\"", "a\"b\\c", ""},
    {DETECTION_DOUBLE_QUOTED, "\"a\\nb\\tc\\\n   d\\ e\"", "a\nb\tcd e", ""},
    {DETECTION_DOUBLE_QUOTED, "\"\\x41bc\"", "Abc", ""},
    {DETECTION_DOUBLE_QUOTED, "\"\\u00e4b\\U0001F600c\"",
     "\xC3\xA4"
     "b\xF0\x9F\x98\x80"
     "c",
     ""},
    {DETECTION_DOUBLE_QUOTED, "\"\\_b\\Lc\"",
     "\xC2\xA0"
     "b\xE2\x80\xA8"
     "c",
     ""},
    {DETECTION_BLOCK, "|\n  ab\n   c\n", "ab\n c\n", "next: x"},
    {DETECTION_BLOCK, "|2-\n  ab\n", "ab", ""},
    {DETECTION_BLOCK, "> # note\n  ab\n  c\n\n  d\n", "ab c\nd\n", ""},
    {DETECTION_BLOCK, "| # x\xC2\x85 ab\n", "ab\n", ""},
    {DETECTION_BLOCK, "&a |\r\n  |b\r\n", "|b\n", ""},
    {DETECTION_BLOCK,
     "|\n\n  a\xC2\x85"
     "b\n",
     "\na\nb\n", ""},
};

static void check_origins(const struct origin_case *wanted)
{
    char file[120] = "key: ";
    strcat(strcat(file, wanted->file), wanted->end_mark);
    struct detection_value value = {.there = true,
                                    .text = text_of(wanted->text),
                                    .start = 5,
                                    .end = 5 + strlen(wanted->file),
                                    .style = wanted->style};
    for (size_t at = 0; at < value.text.length; at++) {
        char byte = value.text.bytes[at];
        size_t origin = detection_origin(text_of(file), &value, at);
        ck_assert_uint_le(origin, value.end);
        if (byte >= 'a' && byte <= 'z')
            ck_assert_msg(file[origin] == byte, "%s, %zu: %s", wanted->file, at, file + origin);
    }
    size_t end = detection_origin(text_of(file), &value, value.text.length);
    ck_assert_msg(end <= value.end && end > value.start, "%s: %zu", wanted->file, end);
}

START_TEST(every_letter_is_found_where_it_is_written)
{
    for (size_t i = 0; i < COUNT_OF(origins); i++)
        check_origins(&origins[i]);
}
END_TEST

START_TEST(a_blank_leads_to_what_comes_behind_it)
{
    struct detection_value value = {.text = SLICE("ab cd"), .start = 0, .end = 9};
    ck_assert_uint_eq(detection_origin(SLICE("ab\n    cd"), &value, 2), 7);
    ck_assert_uint_eq(detection_origin(SLICE("ab\n    cd"), &value, 5), 9); /* the end */
    value.text = SLICE("ab ");
    ck_assert_uint_eq(detection_origin(SLICE("ab\n    "), &value, 2), 2);
}
END_TEST

/* A text that is not what the file says leads somewhere, never outside. */
START_TEST(a_text_of_another_file_leads_nowhere_wild)
{
    static const char *const files[] = {"", "|", "'", "\"\\", "\"\\u", "&", "&a", "!a\n", "x"};
    for (size_t i = 0; i < COUNT_OF(files); i++)
        for (size_t style = DETECTION_PLAIN; style <= DETECTION_BLOCK; style++)
            for (size_t at = 0; at <= 5; at++) {
                struct detection_value value = {
                    .text = SLICE("abcde"), .end = 100, .style = (enum detection_style)style};
                struct slice file = text_of(files[i]);
                ck_assert_uint_le(detection_origin(file, &value, at), file.length);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("detection");
    TCase *cases = tcase_create("detection");
    tcase_add_test(cases, every_row_is_found_where_it_may_stand);
    tcase_add_test(cases, other_keys_are_none_of_ours);
    tcase_add_test(cases, lines_and_columns_are_those_of_an_editor);
    tcase_add_test(cases, every_letter_is_found_where_it_is_written);
    tcase_add_test(cases, a_blank_leads_to_what_comes_behind_it);
    tcase_add_test(cases, a_text_of_another_file_leads_nowhere_wild);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
