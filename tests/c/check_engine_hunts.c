/* The part of engine that takes hunts from files. */
#include <check.h>
#include <stdlib.h>

#include "engine.h"
#include "test_hunts.h"

#define FILE_TEXT                                                                                  \
    "name: A hunt\nsearch: '| tstats count from datamodel=Network_Traffic.All_Traffic where "      \
    "`ports` by All_Traffic.user | `drop_dm_object_name(All_Traffic)` | sort user'\n"

static const struct hunt_file detection = {SLICE("hunts/x.yml"), SLICE(FILE_TEXT)};
static const struct hunt_file nearer = {SLICE("local/hunts/macros.yml"),
                                        SLICE("macros: {ports: All_Traffic.dest_port=7844}\n")};
static const struct hunt_file behind = {SLICE("hunts/macros.yml"),
                                        SLICE("macros: {ports: dest_port=1, more: x=y}\n")};

static struct failing_source source;
static struct engine *engine;
static struct cfh_error error;

static bool new_engine(size_t fail_at)
{
    struct hash_key key = test_key(1);
    source = (struct failing_source){.fail_at = fail_at};
    error = (struct cfh_error){.code = CFH_OK};
    engine = engine_new(&(struct memory_source){failing_resize, &source}, &key);
    return engine != NULL;
}

static enum cfh_status add_all(struct buffer *name)
{
    enum cfh_status status = engine_hunt_name(engine, SLICE("hunt=x hyphen=ip"), name, &error);
    if (status == CFH_OK) status = engine_add_macros(engine, &nearer, &error);
    if (status == CFH_OK) status = engine_add_macros(engine, &behind, &error);
    if (status == CFH_OK)
        status = engine_add_detection(engine, SLICE("hunt=x hyphen=ip"), &detection, &error);
    return status;
}

START_TEST(a_hunt_of_a_file_is_run)
{
    struct buffer name;
    struct slice window;
    uint64_t length;
    ck_assert(new_engine(SIZE_MAX));
    ck_assert_int_eq(add_all(&name), CFH_OK);
    EXPECT_SLICE(buffer_slice(&name), "x", "name");
    buffer_release(&name);
    ck_assert_uint_eq(engine_hunt_count(engine), 1);
    engine_begin_body(engine);
    ck_assert_int_eq(engine_feed(engine, SLICE("dest_port,user\n7844,a\n1,b\n"), &error), CFH_OK);
    ck_assert_int_eq(engine_end_body(engine, &error), CFH_OK);
    ck_assert_int_eq(engine_begin_table(engine, 0, &length, &error), CFH_OK);
    ck_assert_int_eq(engine_reply_next(engine, &window, &error), CFH_OK);
    EXPECT_SLICE(window, "user,count\na,1\n", "table");
    const struct messages *messages = engine_table_messages(engine, 0, false);
    ck_assert_uint_eq(messages->count, 1);
    ck_assert(contains(messages->lines[0].text, "Append it to the search: | sort user"));
    engine_free(engine);
}
END_TEST

START_TEST(who_asks_for_no_file_gets_no_name)
{
    struct buffer name, token;
    struct memory own = test_memory();
    ck_assert(new_engine(SIZE_MAX));
    ck_assert_int_eq(engine_hunt_name(engine, SLICE("count from datamodel=M.D"), &name, &error),
                     CFH_OK);
    ck_assert_uint_eq(name.length, 0);
    ck_assert_int_eq(engine_hunt_name(engine, (struct slice){NULL, 0}, &name, &error), CFH_OK);
    EXPECT_SLICE(buffer_slice(&name), TSTATS_DEFAULT_HUNT, "name");
    buffer_release(&name);
    struct plan plan;
    buffer_init(&token, &own);
    test_plan(&plan, "count from datamodel=M.D", &own);
    ck_assert(plan_token(&plan, PLAN_PHASE_MAP, &token));
    ck_assert_int_eq(engine_hunt_name(engine, buffer_slice(&token), &name, &error), CFH_OK);
    ck_assert_uint_eq(name.length, 0);
    plan_release(&plan);
    buffer_release(&token);
    engine_free(engine);
}
END_TEST

START_TEST(the_first_failure_sticks)
{
    static const struct hunt_file wrong = {SLICE("hunts/macros.yml"), SLICE("macros: [a]\n")};
    static const char sentence[] =
        "hunts/macros.yml, line 1, column 9: macros is a list here, and must be a mapping.";
    struct buffer name;
    ck_assert(new_engine(SIZE_MAX));
    ck_assert_int_eq(engine_add_macros(engine, &wrong, &error), CFH_BAD_PLAN);
    ck_assert_str_eq(error.sentence, sentence);
    for (size_t i = 0; i < 3; i++) {
        error = (struct cfh_error){.code = CFH_OK};
        enum cfh_status status = CFH_OK;
        if (i == 0) status = engine_add_macros(engine, &nearer, &error);
        if (i == 1) status = engine_add_detection(engine, SLICE("hunt=x"), &detection, &error);
        if (i == 2) status = engine_hunt_name(engine, SLICE("hunt=x"), &name, &error);
        ck_assert_int_eq(status, CFH_BAD_PLAN);
        ck_assert_str_eq(error.sentence, sentence);
    }
    buffer_release(&name);
    ck_assert_uint_eq(engine_hunt_count(engine), 0);
    engine_free(engine);
}
END_TEST

START_TEST(arguments_are_checked_before_the_file)
{
    ck_assert(new_engine(SIZE_MAX));
    ck_assert_int_eq(engine_add_detection(engine, SLICE("hunt=x count"), &detection, &error),
                     CFH_BAD_PLAN);
    ck_assert_msg(strncmp(error.sentence, "hunt=NAME brings a search", 25) == 0, "%s",
                  error.sentence);
    engine_free(engine);
}
END_TEST

START_TEST(every_refusal_is_told)
{
    size_t refusals_told = 0;
    bool refused = true;
    for (size_t n = 0; refused; n++) {
        struct buffer name = {.bytes = NULL};
        enum cfh_status status = new_engine(n) ? add_all(&name) : CFH_NO_MEMORY;
        refused = source.refused;
        ck_assert(status == CFH_OK || (refused && status == CFH_NO_MEMORY));
        refusals_told += status != CFH_OK;
        if (engine != NULL) buffer_release(&name);
        engine_free(engine);
    }
    ck_assert_uint_ge(refusals_told, 12);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine_hunts");
    TCase *cases = tcase_create("engine_hunts");
    tcase_add_test(cases, a_hunt_of_a_file_is_run);
    tcase_add_test(cases, who_asks_for_no_file_gets_no_name);
    tcase_add_test(cases, the_first_failure_sticks);
    tcase_add_test(cases, arguments_are_checked_before_the_file);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
