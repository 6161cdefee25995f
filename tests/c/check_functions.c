/* The table of functions: their names, percentages and properties, and what holds for all of them:
 * any split and order gives the same, and no refusal of memory is swallowed. */
#include <check.h>

#include "functions.h"
#include "test_every_function.h"
#include "test_functions.h"

/* ---- the table (T2) ---- */

static const struct {
    const char *name;
    enum aggregate_argument argument;
    enum aggregate_print print;
    bool multivalued;
    bool needs_time;
} table[] = {
    {"avg", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"count", AGGREGATE_FIELD_OR_NONE, AGGREGATE_AS_TEXT, false, false},
    {"dc", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"distinct_count", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"earliest", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, true},
    {"earliest_time", AGGREGATE_FIELD, AGGREGATE_AS_TIME, false, true},
    {"estdc", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"exactperc", AGGREGATE_PERCENT_AND_FIELD, AGGREGATE_AS_NUMBER, false, false},
    {"first", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, true},
    {"last", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, true},
    {"latest", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, true},
    {"latest_time", AGGREGATE_FIELD, AGGREGATE_AS_TIME, false, true},
    {"max", AGGREGATE_FIELD, AGGREGATE_AS_NUMBER, false, false},
    {"median", AGGREGATE_FIELD, AGGREGATE_AS_NUMBER, false, false},
    {"min", AGGREGATE_FIELD, AGGREGATE_AS_NUMBER, false, false},
    {"mode", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"perc", AGGREGATE_PERCENT_AND_FIELD, AGGREGATE_AS_NUMBER, false, false},
    {"range", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"rate", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, true},
    {"stdev", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"stdevp", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"sum", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"sumsq", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"upperperc", AGGREGATE_PERCENT_AND_FIELD, AGGREGATE_AS_NUMBER, false, false},
    {"values", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, true, false},
    {"var", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
    {"varp", AGGREGATE_FIELD, AGGREGATE_AS_TEXT, false, false},
};

START_TEST(t2_t3_f4_f9_the_table)
{
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct aggregate *function = functions_at(i);
        ck_assert_ptr_nonnull(function);
        ck_assert_str_eq(function->name, table[i].name);
        ck_assert_msg(function->argument == table[i].argument, "%s", table[i].name);
        ck_assert_msg(function->print == table[i].print, "%s", table[i].name);
        ck_assert_msg(function->multivalued == table[i].multivalued, "%s", table[i].name);
        ck_assert_msg(function->needs_time == table[i].needs_time, "%s", table[i].name);
        ck_assert_uint_gt(function->state_size, 0);
        ck_assert(function->update != NULL && function->item_count != NULL);
        ck_assert(function->save != NULL && function->load != NULL && function->finish != NULL);
    }
    ck_assert_ptr_null(functions_at(COUNT_OF(table)));
    ck_assert_ptr_null(functions_at(COUNT_OF(table) + 1));
    ck_assert_ptr_null(functions_at(SIZE_MAX));
}
END_TEST

/* The name as a search calls it. */
static const char *called(const struct aggregate *function, char text[64])
{
    bool percent = function->argument == AGGREGATE_PERCENT_AND_FIELD;
    snprintf(text, 64, "%s%s", function->name, percent ? "87.5" : "");
    return text;
}

START_TEST(each_is_found_by_its_name_in_any_case)
{
    for (size_t i = 0; functions_at(i) != NULL; i++) {
        char text[64];
        uint32_t percent = 1;
        called(functions_at(i), text);
        for (size_t round = 0; round < 3; round++) {
            ck_assert_ptr_eq(functions_find(text_of(text), &percent), functions_at(i));
            bool with = functions_at(i)->argument == AGGREGATE_PERCENT_AND_FIELD;
            ck_assert_uint_eq(percent, with ? 87500 : 0);
            for (size_t j = round, end = strlen(text); j < end; j += 2) /* cOuNt, then COUNT */
                if (text[j] >= 'a' && text[j] <= 'z') text[j] = (char)(text[j] - 'a' + 'A');
        }
    }
}
END_TEST

START_TEST(what_is_no_function_is_not_found)
{
    static const char *const names[] = {
        "",       "coun",       "counts",     "count1",   "count ",  " count",       "c",
        "list",   "values ",    "dc1",        "perc",     "percx",   "perc ",        "perc 5",
        "p95",    "percentile", "exactperc",  "median50", "stdevpp", "upperpercent", "upperperc",
        "min(x)", "sum.",       "earliest_t", "var0",     "modes",   "distinct",     "estdc_error",
    };
    uint32_t percent;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_msg(functions_find(text_of(names[i]), &percent) == NULL, "%s", names[i]);
    ck_assert_ptr_null(functions_find((struct slice){"min\0", 4}, &percent));
    ck_assert_ptr_null(functions_find((struct slice){NULL, 0}, &percent));
}
END_TEST

/* ---- percentages (F8) ---- */

static const struct {
    const char *digits;
    uint32_t thousandths; /* REFUSED: there is no such function */
} percents[] = {
#define REFUSED UINT32_MAX
    {"0", 0},
    {"00", 0},
    {"0.0", 0},
    {"0.001", 1},
    {"0.01", 10},
    {"0.1", 100},
    {"0.999", 999},
    {"1", 1000},
    {"5", 5000},
    {"50", 50000},
    {"95", 95000},
    {"095", 95000},
    {"99.9", 99900},
    {"99.90", 99900},
    {"99.95", 99950},
    {"99.999", 99999},
    {"100", AGGREGATE_WHOLE},
    {"100.0", AGGREGATE_WHOLE},
    {"100.000", AGGREGATE_WHOLE},
    {"100.001", REFUSED},
    {"100.1", REFUSED},
    {"101", REFUSED},
    {"1000", REFUSED},
    {"4294967296", REFUSED},
    {"4294967391", REFUSED}, /* 95 and 2^32 */
    {"99999999999999999999", REFUSED},
    {"99.9999", REFUSED},
    {"1.0000", REFUSED},
    {".5", REFUSED},
    {"5.", REFUSED},
    {".", REFUSED},
    {"5..5", REFUSED},
    {"5.5.5", REFUSED},
    {"-5", REFUSED},
    {"+5", REFUSED},
    {"5e1", REFUSED},
    {"5%", REFUSED},
    {"5 ", REFUSED},
    {"x", REFUSED},
    {"", REFUSED},
};

START_TEST(f8_percentages)
{
    static const char *const names[] = {"perc", "exactperc", "upperperc", "PERC"};
    for (size_t i = 0; i < COUNT_OF(percents); i++) {
        for (size_t j = 0; j < COUNT_OF(names); j++) {
            char text[64];
            uint32_t percent = 7;
            snprintf(text, sizeof(text), "%s%s", names[j], percents[i].digits);
            const struct aggregate *function = functions_find(text_of(text), &percent);
            ck_assert_msg((function == NULL) == (percents[i].thousandths == REFUSED), "%s", text);
            if (function != NULL) ck_assert_uint_eq(percent, percents[i].thousandths);
        }
    }
}
END_TEST

/* ---- what holds for all ---- */

START_TEST(every_function_is_in_the_search_of_all)
{
    struct memory memory = test_memory();
    struct plan plan;
    test_plan(&plan, EVERY_FUNCTION("x") " from datamodel=Own.Data", &memory);
    for (size_t i = 0; functions_at(i) != NULL; i++) {
        bool found = false;
        for (size_t j = 0; j < plan.function_count; j++) {
            uint32_t percent;
            found = found || functions_find(plan.functions[j].name, &percent) == functions_at(i);
        }
        ck_assert_msg(found, "%s", functions_at(i)->name);
    }
    plan_release(&plan);
}
END_TEST

START_TEST(any_split_and_order_gives_the_same)
{
    for (size_t i = 0; functions_at(i) != NULL; i++) {
        char text[64];
        for (uint64_t seed = 1; seed < 250; seed++)
            check_split(called(functions_at(i), text), seed);
    }
}
END_TEST

/* Of nothing: no item, and null but for the counts. */
START_TEST(a_state_that_saw_nothing)
{
    static const char *const events[] = {"", ";;", "5@;7@"};
    for (size_t i = 0; functions_at(i) != NULL; i++) {
        for (size_t j = 0; j < COUNT_OF(events); j++) {
            struct bench bench;
            char text[64];
            bench_init(&bench, called(functions_at(i), text), test_memory());
            void *state = new_state(&bench);
            ck_assert(update_all(&bench, state, events[j]));
            arrange(&bench, state);
            ck_assert_msg(bench.function->item_count(state) == 0, "%s", text);
            bool counts = strstr(text, "count") != NULL || strstr(text, "dc") != NULL;
            expect_result(&bench, state, counts ? "[0]" : "", text);
            free(state);
            bench_release(&bench);
        }
    }
}
END_TEST

/* A result may be asked for as often as one likes: it takes nothing from the groups' pool. */
START_TEST(results_take_no_room)
{
    for (size_t i = 0; functions_at(i) != NULL; i++) {
        struct bench bench;
        char text[64];
        bench_init(&bench, called(functions_at(i), text), test_memory());
        void *state = new_state(&bench);
        ck_assert(update_all(&bench, state, "1@12345678901234567890.125;2@7|-8;4.5@1e300"));
        arrange(&bench, state);
        size_t used = 0;
        for (size_t round = 0; round < 1000; round++) {
            struct values result;
            arena_clear(&bench.scratch);
            ck_assert(
                bench.function->finish(state, bench.percent, &bench.home, &bench.scratch, &result));
            if (round == 10) used = bench.memory.used;
        }
        ck_assert_msg(bench.memory.used == used, "%s", text);
        free(state);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(every_refusal_is_said)
{
    static const char events[] =
        "1@9;2@10;3@abcdefghijklmnopqrstuvwxyz;4@1|2|3|4|5|6|7|8|9;5@0123456789abcd;"
        "0@zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz;9@-1;8@1e300|1e-300;0.5@0.25;99999999999@"
        "123456789012345678901234567890123456789012345678901234567890";
    for (size_t i = 0; functions_at(i) != NULL; i++) {
        char text[64];
        check_refusals(called(functions_at(i), text), events);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("functions");
    TCase *names = tcase_create("names"), *all = tcase_create("all");
    tcase_add_test(names, t2_t3_f4_f9_the_table);
    tcase_add_test(names, each_is_found_by_its_name_in_any_case);
    tcase_add_test(names, what_is_no_function_is_not_found);
    tcase_add_test(names, f8_percentages);
    tcase_add_test(names, every_function_is_in_the_search_of_all);
    tcase_add_test(all, any_split_and_order_gives_the_same);
    tcase_add_test(all, a_state_that_saw_nothing);
    tcase_add_test(all, results_take_no_room);
    tcase_add_test(all, every_refusal_is_said);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, names);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
