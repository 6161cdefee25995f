#include "pipeline.h"

#include <check.h>
#include <stdlib.h>

#include "test_memory.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* A '^' marks where the first command ends; it is no byte of the search. */
static const char *const searches[] = {
    "^",
    "count^",
    "^| tstats",
    "count by a ^| sort b | head",
    "a=\"x|y\"^|",
    "a=\"x\\\"|y\" ^|",
    "a=\"x\\\\\"^|\"",
    "a=\"not closed | b^",
    "a=x\\|y ^|",
    "a=\\ ^| b",
    "a=b\\^",
    "`macro(\"|\", a|b)`^| c",
    "`macro(\"`|\")`^|",
    "`not closed | b^",
    "``` a | comment ``` b^|",
    "``` not closed | b^",
    "``` `|` ```^|",
    "append [| tstats count | sort a] ^| b",
    "a [b [c | d] | e]^| f",
    "a [b \"]\" | c]^| d",
    "a] ^| b",
    "a=*[x* ^| b",
    "a=[ [ ^| b ] | c",
    "a=\xC3\xA4\xFF^|",
};

START_TEST(the_first_command_ends_at_a_pipe_outside_of_everything)
{
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        char text[80];
        const char *mark = strchr(searches[i], '^');
        size_t before = (size_t)(mark - searches[i]);
        memcpy(text, searches[i], before);
        strcpy(text + before, mark + 1);
        size_t end = pipeline_end(text_of(text));
        ck_assert_msg(end == before, "%s: %zu", searches[i], end);
    }
    ck_assert_uint_eq(pipeline_end((struct slice){NULL, 0}), 0);
}
END_TEST

struct unit_case {
    const char *text;
    enum pipeline_unit unit;
    size_t end;
    bool closed;
};

static const struct unit_case units[] = {
    {"a", PIPELINE_BYTE, 1, true},
    {"\\", PIPELINE_BYTE, 1, true},
    {"\\ x", PIPELINE_BYTE, 1, true},
    {"\\\"x", PIPELINE_ESCAPED, 2, true},
    {"\"\"x", PIPELINE_QUOTED, 2, true},
    {"\"a\\\"b\"x", PIPELINE_QUOTED, 6, true},
    {"\"a\\", PIPELINE_QUOTED, 3, false},
    {"\"", PIPELINE_QUOTED, 1, false},
    {"`a`x", PIPELINE_MACRO, 3, true},
    {"``x", PIPELINE_MACRO, 2, true},
    {"`a(\"`\")`x", PIPELINE_MACRO, 8, true},
    {"`a(\"`", PIPELINE_MACRO, 5, false},
    {"`", PIPELINE_MACRO, 1, false},
    {"```a```x", PIPELINE_COMMENT, 7, true},
    {"``````x", PIPELINE_COMMENT, 6, true},
    {"```a``", PIPELINE_COMMENT, 6, false},
};

START_TEST(a_unit_says_its_kind_and_its_end)
{
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        size_t end;
        bool closed;
        enum pipeline_unit unit = pipeline_unit(text_of(units[i].text), 0, &end, &closed);
        ck_assert_msg(unit == units[i].unit && end == units[i].end && closed == units[i].closed,
                      "%s: %d %zu %d", units[i].text, unit, end, closed);
    }
}
END_TEST

START_TEST(units_go_on_to_the_very_end)
{
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        struct slice text = text_of(searches[i]);
        size_t at = 0, end;
        bool closed;
        while (at < text.length) {
            pipeline_unit(text, at, &end, &closed);
            ck_assert_msg(end > at && end <= text.length, "%s: %zu", searches[i], at);
            at = end;
        }
    }
}
END_TEST

START_TEST(blanks_at_the_ends_are_trimmed)
{
    ck_assert(slice_is(pipeline_trim(SLICE(" \t\r\na b\n ")), "a b"));
    ck_assert(slice_is(pipeline_trim(SLICE(" \n")), ""));
    ck_assert(slice_is(pipeline_trim((struct slice){NULL, 0}), ""));
    ck_assert(slice_is(pipeline_trim(SLICE("\xC2\xA0")), "\xC2\xA0"));
}
END_TEST

START_TEST(many_open_brackets_cost_two_passes)
{
    enum { LENGTH = 1 << 20 };
    char *text = malloc(LENGTH);
    ck_assert_ptr_nonnull(text);
    memset(text, '[', LENGTH);
    text[LENGTH - 1] = '|';
    ck_assert_uint_eq(pipeline_end((struct slice){text, LENGTH}), LENGTH - 1);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pipeline");
    TCase *cases = tcase_create("pipeline");
    tcase_add_test(cases, the_first_command_ends_at_a_pipe_outside_of_everything);
    tcase_add_test(cases, a_unit_says_its_kind_and_its_end);
    tcase_add_test(cases, units_go_on_to_the_very_end);
    tcase_add_test(cases, blanks_at_the_ends_are_trimmed);
    tcase_add_test(cases, many_open_brackets_cost_two_passes);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
