/* The part of tstats that tells a hunt's file from a search of one's own. */
#include <check.h>
#include <stdlib.h>

#include "test_memory.h"
#include "tstats.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define SEARCH "count from datamodel=M.D"

static struct memory memory;
static struct plan plan;
static struct cfh_error error;
static struct slice name;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    plan_init(&plan, &memory);
}

static void tear_down(void)
{
    plan_release(&plan);
    ck_assert_uint_eq(memory.used, 0);
}

static enum cfh_status ask(const char *arguments)
{
    plan_release(&plan);
    error = (struct cfh_error){.code = CFH_OK};
    return tstats_hunt_name(&plan, text_of(arguments), &name, &error);
}

START_TEST(which_hunt_is_asked_for)
{
    static const struct {
        const char *arguments;
        const char *name;
    } cases[] = {
        {"", TSTATS_DEFAULT_HUNT},
        {" \n```why```", TSTATS_DEFAULT_HUNT},
        {"hyphen=ip explain=true maxmem=9", TSTATS_DEFAULT_HUNT},
        {"hunt=" TSTATS_DEFAULT_HUNT, TSTATS_DEFAULT_HUNT},
        {"hunt=a", "a"},
        {"hunt = \"A-b_9\" hyphen=ip", "A-b_9"},
        {"explain=t HUNT=a fillnull_value=x", "a"},
        {"hunt=a hunt=b", "b"}, /* as of every option, the last */
        {SEARCH, ""},
        {"hyphen=ip " SEARCH, ""},
        {"coumt", ""},          /* refused later, with its sentence */
        {"hyphen=x coumt", ""}, /* the same, with both */
        {"fillnull_value=x", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ck_assert_msg(ask(cases[i].arguments) == CFH_OK, "%s", error.sentence);
        ck_assert_msg(slice_is(name, cases[i].name), "%s: %.*s", cases[i].arguments,
                      (int)name.length, name.length > 0 ? name.bytes : "");
        ck_assert(plan.is_default == slice_is(name, TSTATS_DEFAULT_HUNT));
    }
}
END_TEST

START_TEST(a_name_is_plain_and_stands_alone)
{
    static const struct {
        const char *arguments;
        const char *sentence;
    } cases[] = {
        {"hunt=../a", "This is no name of a hunt: \"../a\" at column 6. It is letters, digits, _ "
                      "and -, at most 200, never a path and without .yml."},
        {"hunt=a.yml", "This is no name of a hunt: \"a.yml\" at column 6."},
        {"hunt=\"a b\"", "This is no name of a hunt: '\"a' at column 6."},
        {"hunt=\"\"", "This is no name of a hunt: '\"\"' at column 6."},
        {"hunt=\xC3\xA4", "This is no name of a hunt: \"\xC3\xA4\" at column 6."},
        {"hunt=a/b", "This is no name of a hunt: \"a/b\" at column 6."},
        {"hunt=a\\b", "This is no name of a hunt: \"a\\b\" at column 6."},
        {"hunt=", "A value is missing before the end of the search."},
        {"hunt=a count", "hunt=NAME brings a search of its own, so none can follow, as here "
                         "\"count\" at column 8."},
        {"hunt=a " SEARCH, "hunt=NAME brings a search of its own"},
        {"hunt=a where x=1", "hunt=NAME brings a search of its own"},
        {"hunt=a | sort b", "hunt=NAME brings a search of its own"},
        {"hyphen=x hunt=a entities=y",
         "This option does not take \"x\" at column 8: hyphen is keep, null or ip. This option "
         "does not take \"y\" at column 26: entities is raw or decode."},
        {"hyphen=x hunt=a count",
         "This option does not take \"x\" at column 8: hyphen is keep, null or ip. hunt=NAME "
         "brings "
         "a search of its own, so none can follow, as here \"count\" at column 17."},
        {"hunts=a", "There is no option \"hunts=a\" at column 1: did you mean hunt?"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ck_assert_int_eq(ask(cases[i].arguments), CFH_BAD_PLAN);
        ck_assert_msg(strncmp(error.sentence, cases[i].sentence, strlen(cases[i].sentence)) == 0,
                      "%s: %s", cases[i].arguments, error.sentence);
    }
    char longest[5 + 202] = "hunt=";
    memset(longest + 5, 'a', 200);
    longest[205] = '\0';
    ck_assert_int_eq(ask(longest), CFH_OK);
    longest[205] = 'a';
    longest[206] = '\0';
    ck_assert_int_eq(ask(longest), CFH_BAD_PLAN);
}
END_TEST

START_TEST(a_search_of_its_own_names_no_hunt)
{
    ck_assert_int_eq(tstats_parse(&plan, SLICE("hunt=a " SEARCH), &error), CFH_BAD_PLAN);
    ck_assert_str_eq(error.sentence, "hunt=NAME names a hunt's file and cannot stand in a search, "
                                     "as here before \"count\" at column 8.");
}
END_TEST

START_TEST(a_files_search_takes_options_and_names_no_column)
{
    ck_assert_int_eq(tstats_parse_hunt(&plan, SLICE("hyphen=null maxmem=5 " SEARCH),
                                       SLICE("hunt=a hyphen=ip explain=t"), &error),
                     CFH_OK);
    ck_assert_int_eq(plan.options.hyphen, PLAN_HYPHEN_IP);
    ck_assert_uint_eq(plan.options.memory_megabytes, 5);
    ck_assert(plan.options.explain && slice_is(plan.options.hunt, "a"));
    plan_release(&plan);
    ck_assert_int_eq(tstats_parse_hunt(&plan, SLICE("coumt"), SLICE(""), &error), CFH_BAD_PLAN);
    ck_assert_ptr_nonnull(strstr(error.sentence, "There is no function \"coumt\": did you mean"));
    ck_assert_uint_eq(error.position, 0);
    /* of a file one error is said: its place is one place */
    ck_assert_int_eq(
        tstats_parse_hunt(&plan, SLICE("hyphen=x entities=y " SEARCH), SLICE(""), &error),
        CFH_BAD_PLAN);
    ck_assert_str_eq(error.sentence,
                     "This option does not take \"x\": hyphen is keep, null or ip.");
    ck_assert_uint_eq(error.position, 7);
}
END_TEST

START_TEST(a_refusal_of_memory_is_told)
{
    bool refused = true;
    for (size_t n = 0; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct plan small;
        plan_init(&small, &refusing);
        small.arena.block_size = 1;
        enum cfh_status status =
            tstats_hunt_name(&small, SLICE("hunt=a fillnull_value=b"), &name, &error);
        if (status == CFH_OK)
            status = tstats_parse_hunt(&small, SLICE("fillnull_value=c " SEARCH),
                                       SLICE("hunt=a fillnull_value=b"), &error);
        refused = failing.refused;
        ck_assert(status == CFH_OK || (refused && status == CFH_NO_MEMORY));
        plan_release(&small);
        ck_assert_uint_eq(refusing.used, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tstats_hunts");
    TCase *cases = tcase_create("tstats_hunts");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, which_hunt_is_asked_for);
    tcase_add_test(cases, a_name_is_plain_and_stands_alone);
    tcase_add_test(cases, a_search_of_its_own_names_no_hunt);
    tcase_add_test(cases, a_files_search_takes_options_and_names_no_column);
    tcase_add_test(cases, a_refusal_of_memory_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
