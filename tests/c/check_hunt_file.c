#include "hunt_file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "remarks.h"
#include "test_default_hunt.h"
#include "test_memory.h"
#include "text.h"
#include "tstats.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
enum { BLOCK_SIZE = 1024 };

static struct memory memory;
static struct arena arena;
static struct macros macros;
static struct plan plan;
static struct cfh_error error;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    arena_init(&arena, &memory, BLOCK_SIZE);
    macros = (struct macros){.items = NULL};
    plan_init(&plan, &memory);
}

static void tear_down(void)
{
    plan_release(&plan);
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
}

static enum cfh_status read_text(const char *text, const char *arguments)
{
    struct hunt_file file = {SLICE("hunts/x.yml"), text_of(text)};
    plan_release(&plan);
    error = (struct cfh_error){.code = CFH_OK};
    return hunt_file_read(&file, text_of(arguments), &macros, &plan, &error);
}

static void read_well(const char *text, const char *arguments)
{
    ck_assert_msg(read_text(text, arguments) == CFH_OK, "%s\n%s", text, error.sentence);
}

static void expect_text(struct slice text, const char *expected)
{
    ck_assert_msg(slice_is(text, expected), "%.*s\nnot\n%s", (int)text.length,
                  text.length > 0 ? text.bytes : "", expected);
}

/* Is the plan that of this search as arguments? */
static void expect_plan(const char *search)
{
    struct plan expected;
    struct cfh_error wrong = {.code = CFH_OK};
    plan_init(&expected, &memory);
    ck_assert_msg(tstats_parse(&expected, text_of(search), &wrong) == CFH_OK, "%s", wrong.sentence);
    ck_assert_msg(text_equal(plan.text, expected.text), "%.*s\nnot\n%.*s", (int)plan.text.length,
                  plan.text.bytes, (int)expected.text.length, expected.text.bytes);
    plan_release(&expected);
}

#define FROM "from datamodel=Network_Traffic.All_Traffic"
#define NAME "name: A hunt\n"

/* ---- head and tail ---- */

START_TEST(the_head_is_run_and_the_tail_is_kept)
{
    static const struct {
        const char *search; /* of one line */
        const char *plan;
        const char *tail;
    } cases[] = {
        {"'| tstats count " FROM "'", "count " FROM, ""},
        {"'tstats count " FROM "'", "count " FROM, ""},
        {"' ```a``` | ```b``` TSTATS count " FROM " by a|sort a'", "count " FROM " by a",
         "|sort a"},
        {"'| tstats count " FROM " by D.a|`drop_dm_object_name(D)`'",
         "count " FROM " by D.a | `drop_dm_object_name(D)`", ""},
        {"'| tstats count " FROM " by D.a | `drop_dm_object_name(\"D\")` | sort a | `my_filter`'",
         "count " FROM " by D.a | `drop_dm_object_name(D)`", "| sort a | `my_filter`"},
        {"'| tstats count " FROM " by D.a | sort a | `drop_dm_object_name(D)`'",
         "count " FROM " by D.a", "| sort a | rename \"D.*\" as *"},
        {"'| tstats count " FROM " by D.a|`drop_dm_object_name(D)`|`drop_dm_object_name(E)`|x'",
         "count " FROM " by D.a | `drop_dm_object_name(D)`", "|rename \"E.*\" as * |x"},
        {"'| tstats count " FROM " by a | `drop_dm_object_name(D)` b'", "count " FROM " by a",
         "| rename \"D.*\" as * b"},
        {"'| tstats count " FROM " where a=\"x | y\" by b | append [| tstats count] | c'",
         "count " FROM " where a=\"x | y\" by b", "| append [| tstats count] | c"},
        {"'| tstats `security_content_summariesonly` count " FROM "'",
         "summariesonly=false allow_old_summaries=true fillnull_value=null count " FROM, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char file[400];
        snprintf(file, sizeof(file), NAME "search: %s\n", cases[i].search);
        read_well(file, "");
        expect_plan(cases[i].plan);
        expect_text(plan.tail, cases[i].tail);
    }
}
END_TEST

START_TEST(lines_and_their_blanks_change_nothing)
{
    static const char *const searches[] = {
        "|\n  | tstats count\n  " FROM "\n  where a=\"b c\"\n\n  by d\n  | sort d\n\n",
        ">-\n  | tstats count\n  " FROM "\n  where a=\"b\n  c\"\n  by d\n  | sort d\n",
        "'| tstats count\n  " FROM " where\n\n  a=\"b c\" by d | sort d'",
        "\"| tstats count\\n\\\n   " FROM " where a=\\\"b\\x20c\\\" by d | sort d\"",
        "'```\n  why ``` | tstats count " FROM " where a=\"b c\" by d\n  | sort d'",
    };
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        char file[400];
        snprintf(file, sizeof(file), NAME "search: %s\n", searches[i]);
        read_well(file, "");
        expect_plan("count " FROM " where a=\"b c\" by d");
        expect_text(plan.tail, "| sort d");
    }
}
END_TEST

START_TEST(the_default_hunts_text)
{
    read_well(NAME "search: |-\n  | tstats " DEFAULT_HUNT_SEARCH "\n", "");
    expect_plan(DEFAULT_HUNT_SEARCH);
    expect_text(plan.tail, "");
}
END_TEST

/* ---- options ---- */

START_TEST(options_typed_beside_the_hunt_win)
{
    const char *file = NAME "search: '| tstats hyphen=null fillnull_value=a count " FROM "'\n";
    read_well(file, "");
    expect_plan("hyphen=null fillnull_value=a count " FROM);
    read_well(file, "hunt=x hyphen=ip maxmem=7 explain=true");
    expect_plan("hyphen=ip maxmem=7 fillnull_value=a count " FROM);
    ck_assert(plan.options.explain);
    read_well(file, "hunt=x fillnull_value=b");
    expect_plan("hyphen=null fillnull_value=b count " FROM);
}
END_TEST

START_TEST(the_tail_is_said_of_a_hunt_that_was_named)
{
    const char *file = NAME "search: '| tstats count " FROM " | sort count | `my_filter`'\n";
    struct buffer text;
    struct message remark = {.text = &text};
    buffer_init(&text, &memory);
    read_well(file, "hunt=x");
    ck_assert(remarks_say(&plan, 0, &remark));
    ck_assert_int_eq(remark.level, MESSAGE_INFO);
    expect_text(buffer_slice(&text), "This hunt goes on behind what cfhunt does. Append it to the "
                                     "search: | sort count | `my_filter`");
    buffer_clear(&text);
    ck_assert(!remarks_say(&plan, 1, &remark));
    read_well(file, "hyphen=ip"); /* the default hunt */
    ck_assert(!remarks_say(&plan, 0, &remark));
    expect_text(plan.tail, "| sort count | `my_filter`");
    read_well(NAME "search: '| tstats count " FROM "'\n", "hunt=x"); /* no tail */
    ck_assert(!remarks_say(&plan, 0, &remark));
    buffer_release(&text);
}
END_TEST

START_TEST(notes_are_what_the_file_says)
{
    read_well("id: 1\n" NAME "tags: {mitre_attack_id: [T1, T2]}\nstatus:\nother: x\nsearch: '| "
              "tstats count " FROM "'\n",
              "");
    static const char *const notes[][2] = {
        {"file", "hunts/x.yml"}, {"name", "A hunt"}, {"id", "1"}, {"mitre_attack_id", "T1, T2"}};
    ck_assert_uint_eq(plan.note_count, COUNT_OF(notes));
    for (size_t i = 0; i < COUNT_OF(notes); i++) {
        expect_text(plan.notes[i].key, notes[i][0]);
        expect_text(plan.notes[i].value, notes[i][1]);
    }
}
END_TEST

/* ---- macros ---- */

static enum cfh_status add_macros(const char *text)
{
    struct hunt_file file = {SLICE("hunts/macros.yml"), text_of(text)};
    error = (struct cfh_error){.code = CFH_OK};
    return hunt_file_read_macros(&file, &arena, &macros, &error);
}

START_TEST(the_nearest_macro_wins)
{
    ck_assert_int_eq(add_macros("macros:\n  a: x=local\n  b: y=local\n"), CFH_OK);
    ck_assert_int_eq(add_macros("macros:\n  b: y=app\n  c: z=app\n  a(1): {definition: w=$v$, "
                                "arguments: [v]}\n"),
                     CFH_OK);
    read_well(NAME "search: '| tstats count " FROM " where `a` `b` `c` `a(1)`'\n"
                   "macros:\n  a: x=own\n  fillnull_config: none\n",
              "");
    expect_plan("count " FROM " where x=own y=local z=app w=1");
    read_well(NAME "search: '| tstats `security_content_summariesonly` count " FROM "'\n"
                   "macros: {fillnull_config: none}\n",
              "");
    expect_plan("fillnull_value=none count " FROM);
}
END_TEST

START_TEST(a_macro_may_be_empty)
{
    read_well(NAME "search: '| tstats`a`count " FROM "`b(c)`'\n"
                   "macros: {a: '', b: {definition: \"\", arguments: [v]}}\n",
              "");
    expect_plan("count " FROM);
}
END_TEST

START_TEST(a_wrong_file_of_macros)
{
    ck_assert_int_eq(add_macros("macros:\n  a: [b]\n"), CFH_BAD_PLAN);
    ck_assert_str_eq(error.sentence,
                     "hunts/macros.yml, line 2, column 6: a is a list here, and must be one text.");
    ck_assert_int_eq(add_macros(""), CFH_BAD_PLAN);
    ck_assert_int_eq(add_macros("name: no macros\n"), CFH_OK);
    ck_assert_uint_eq(macros.count, 0);
}
END_TEST

/* ---- errors and their places ---- */

struct refusal {
    const char *file; /* a '^' marks where the error is; it is not in the file */
    const char *sentence;
};

#define COUNT_WHERE "| tstats count " FROM " where "

static const struct refusal refusals[] = {
    /* the file */
    {"^search: x\n", "There is no name: a hunt has a name and a search."},
    {"name:\nsearch: x\n", "There is no name: a hunt has a name and a search."},
    {NAME "id: y\n", "There is no search: a hunt has a name and a search."},
    {NAME "^search:\n", "There is no search: a hunt has a name and a search."},
    {NAME "^serach: x\n",
     "There is no search: a hunt has a name and a search. Is serach meant to be it?"},
    {"id: x\n^nmae: y\nsearch: x\n",
     "There is no name: a hunt has a name and a search. Is nmae meant to be it?"},
    {NAME "search: ^[a]\n", "search is a list here, and must be one text."},
    /* the head */
    {NAME "search: '^'\n", "A hunt's search begins with | tstats. cfhunt runs no other command."},
    {NAME "search: ' ^index=x | tstats count'\n", "A hunt's search begins with | tstats."},
    {NAME "search: '| ^from datamodel=x'\n", "A hunt's search begins with | tstats."},
    {NAME "search: '| tstats ^| sort a'\n", "A function is missing before the end of the search"},
    {NAME "search: '| tstats^ '\n", "A function is missing before the end of the search, for "},
    {NAME "search: '| tstats hunt=y^'\n", NULL},
    {NAME "search: '| tstats hunt=y ^count " FROM "'\n",
     "hunt=NAME names a hunt's file and cannot stand in a search, as here before \"count\"."},
    {NAME "search: '| tstats ^coumt " FROM "'\n", "There is no function \"coumt\": did you mean"},
    {NAME "search: '| tstats count ^form datamodel=x'\n", NULL},
    /* places in every style */
    {NAME "search: |\n  | tstats count\n    ^frm(a)\n    " FROM "\n", "There is no function \"frm"},
    {NAME "search: >\n  | tstats count\n  ^frm(a)\n  " FROM "\n", "There is no function \"frm"},
    {NAME "search: '| tstats count\n\n  ^frm(a)\n  " FROM "'\n", "There is no function \"frm"},
    {NAME "search: | # why\n\n    | tstats\n    ^frm(a)\n", "There is no function \"frm"},
    {NAME "search: '" COUNT_WHERE "a=''b'' ^= c'\n", NULL},
    {NAME "search: \"" COUNT_WHERE "a=\\\"\\u00e4\\\" ^= c\"\n", NULL},
    {NAME "search: \"| tstats\\n\\\n    ^frm(a)\"\n", "There is no function \"frm"},
    {NAME "search: tstats count " FROM " where a=b\n  ^= c\n", NULL},
    /* macros */
    {NAME "search: |\n  " COUNT_WHERE "\n  ^`nothing`\n", "There is no macro `nothing`."},
    {NAME "search: '" COUNT_WHERE "^`open'\n", "A backquote is not closed: `open`."},
    {NAME "search: |\n  " COUNT_WHERE "a=1\n   ^`bad` b=2\nmacros:\n  bad: c = = 1\n",
     "in the macro `bad`: A value is missing before \"=\""},
    {NAME "search: '" COUNT_WHERE "`good` ^= 1'\nmacros:\n  good: c=1\n", NULL},
    {NAME "search: '" COUNT_WHERE "`good`^'\nmacros:\n  good: c=\n", NULL},
    {NAME "search: '| tstats ^(`a`\xe2\x80\xa8'\nmacros: {a: ''}\n",
     "A function is missing before \"(\xe2\x80\xa8\""},
    {NAME "search: '" COUNT_WHERE "a=1\n ^`loop`'\nmacros:\n  loop: '`loop`'\n",
     "Macros can stand in macros 20 deep and no more"},
    {NAME "search: x\nmacros: ^text\n", "macros is a text here, and must be a mapping."},
    /* what tstats has and cfhunt has not */
    {NAME "search: '" COUNT_WHERE "^[search x]'\n", "A subsearch cannot stand here: \"[search\"."},
};

static void expect_refusal(const struct refusal *refusal)
{
    char file[600], place[80];
    const char *mark = strchr(refusal->file, '^');
    size_t at = mark != NULL ? (size_t)(mark - refusal->file) : 0, line = 1, column = 1;
    memcpy(file, refusal->file, at);
    strcpy(file + at, refusal->file + at + (mark != NULL));
    for (size_t i = 0; i < at; i++)
        column = file[i] == '\n' ? 1 : column + 1, line += file[i] == '\n';
    enum cfh_status status = read_text(file, "hunt=x");
    ck_assert_msg(status == CFH_BAD_PLAN || status == CFH_LIMIT, "%s", file);
    ck_assert_int_eq(error.code, status);
    snprintf(place, sizeof(place), "hunts/x.yml, line %zu, column %zu", line, column);
    ck_assert_msg(strncmp(error.sentence, place, strlen(place)) == 0, "%s\n%s\n%s", file, place,
                  error.sentence);
    if (refusal->sentence != NULL)
        ck_assert_msg(strstr(error.sentence, refusal->sentence) != NULL, "%s\n%s", file,
                      error.sentence);
    ck_assert_msg(strstr(error.sentence, "at column") == NULL, "%s", error.sentence);
}

START_TEST(a_refusal_names_file_line_and_column)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++)
        expect_refusal(&refusals[i]);
}
END_TEST

/* ---- refused memory ---- */

START_TEST(every_refusal_is_told)
{
    static const struct hunt_file file = {
        SLICE("hunts/x.yml"),
        SLICE(NAME "tags: {mitre_attack_id: [T1, T2]}\nmacros: {own: a=1}\n"
                   "search: |\n  | tstats `security_content_summariesonly` count\n  " FROM
                   "\n  where `own` by D.b\n  | `drop_dm_object_name(D)`\n  | sort b | `f`\n")};
    size_t refusals_told = 0;
    bool refused = true;
    for (size_t n = 0; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct plan small;
        plan_init(&small, &refusing);
        small.arena.block_size = 1;
        enum cfh_status status = hunt_file_read(&file, SLICE("hunt=x"), &macros, &small, &error);
        refused = failing.refused;
        ck_assert(status == CFH_OK || (refused && status == CFH_NO_MEMORY));
        refusals_told += status != CFH_OK;
        plan_release(&small);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_ge(refusals_told, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hunt_file");
    TCase *cases = tcase_create("hunt_file");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, the_head_is_run_and_the_tail_is_kept);
    tcase_add_test(cases, lines_and_their_blanks_change_nothing);
    tcase_add_test(cases, the_default_hunts_text);
    tcase_add_test(cases, options_typed_beside_the_hunt_win);
    tcase_add_test(cases, the_tail_is_said_of_a_hunt_that_was_named);
    tcase_add_test(cases, notes_are_what_the_file_says);
    tcase_add_test(cases, the_nearest_macro_wins);
    tcase_add_test(cases, a_macro_may_be_empty);
    tcase_add_test(cases, a_wrong_file_of_macros);
    tcase_add_test(cases, a_refusal_names_file_line_and_column);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
