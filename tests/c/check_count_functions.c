/* count and estdc: what they give, how they travel, and how far an estimate is off. */
#include <check.h>

#include "count_functions.h"
#include "sketch.h"
#include "test_functions.h"

static const struct result_row results[] = {
    {"F1 no event", "count", "", "[0]"},
    {"F1 an event without a value", "count", ";", "[0]"},
    {"F1 each value of a multivalue", "count", "a|b;;a|", "[3]"},
    {"F1 an empty value is a value", "count", "|b", "[2]"},
    {"F1 times play no part", "count", "5@a;x@a;a", "[3]"},
    {"F5 no value", "estdc", ";", "[0]"},
    {"F5 one", "estdc", "a;a;a|a", "[1]"},
    {"F5 exact text", "estdc", "a;A;01;1;1.0", "[5]"},
    {"F5 an empty value is a value", "estdc", "|a", "[2]"},
};

START_TEST(results_of_events)
{
    check_results(results, COUNT_OF(results));
}
END_TEST

/* ---- count ---- */

START_TEST(f1_count_as_an_item)
{
    static const char *const wrong[] = {"",
                                        "0",
                                        "00",
                                        "01",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "a",
                                        "1:",
                                        "18446744073709551616",
                                        "99999999999999999999",
                                        "100000000000000000000"};
    expect_items("count", "", "");
    expect_items("count", "a|b;c", "3 ");
    check_refused_items("count", wrong, COUNT_OF(wrong));
}
END_TEST

START_TEST(f1_count_reaches_its_end_and_no_further)
{
    struct bench bench;
    bench_init(&bench, "count", test_memory());
    void *state = new_state(&bench);
    ck_assert_int_eq(bench.function->load(state, (struct slice){NULL, 0}, &bench.home),
                     CFH_BAD_INPUT);
    ck_assert_int_eq(bench.function->load(state, SLICE("18446744073709551614"), &bench.home),
                     CFH_OK);
    ck_assert_int_eq(bench.function->load(state, SLICE("1"), &bench.home), CFH_OK);
    ck_assert_int_eq(bench.function->load(state, SLICE("1"), &bench.home), CFH_BAD_INPUT);
    expect_result(&bench, state, "[18446744073709551615]", "the largest count");
    free(state);
    bench_release(&bench);
}
END_TEST

/* ---- estdc ---- */

static void add_numbered(struct bench *bench, void *state, size_t first, size_t count)
{
    char text[32];
    for (size_t i = first; i < first + count; i++) {
        int length = snprintf(text, sizeof(text), "host-%zu", i);
        update_one(bench, state, (struct slice){text, (size_t)length});
    }
}

static uint64_t estimate(struct bench *bench, void *state)
{
    struct values result;
    uint64_t count = 0;
    ck_assert(bench->function->finish(state, 0, &bench->home, &bench->scratch, &result));
    ck_assert_uint_eq(result.count, 1);
    ck_assert(aggregate_parse_count(result.items[0], &count));
    return count;
}

/* Three standard errors are 5 %, and two of a few may share a register; values that come again
 * change nothing. */
START_TEST(f5_estimates_are_near)
{
    static const size_t counts[] = {1, 2, 10, 100, 1000, 5000, 30000};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct bench bench;
            bench_init(&bench, "estdc", test_memory());
            bench.home.seed = seed * UINT64_C(0x9e3779b97f4a7c15);
            void *state = new_state(&bench);
            add_numbered(&bench, state, 0, counts[i]);
            uint64_t given = estimate(&bench, state);
            uint64_t off = given > counts[i] ? given - counts[i] : counts[i] - given;
            ck_assert_msg(off * 100 <= counts[i] * 5 + 100, "%zu: %llu", counts[i],
                          (unsigned long long)given);
            add_numbered(&bench, state, 0, counts[i]);
            ck_assert_uint_eq(estimate(&bench, state), given);
            free(state);
            bench_release(&bench);
        }
    }
}
END_TEST

/* The same in every process of a plan, whatever that process's own key; another plan, other bits.
 */
START_TEST(f5_the_seed_travels_and_the_key_does_not)
{
    struct bench benches[3];
    void *states[3];
    struct slice items[3];
    for (size_t i = 0; i < 3; i++) {
        bench_init(&benches[i], "estdc", test_memory());
        benches[i].key = test_key(i + 1);
        if (i == 2) benches[i].home.seed++;
        states[i] = new_state(&benches[i]);
        add_numbered(&benches[i], states[i], 0, 3000);
        ck_assert_uint_eq(benches[i].function->item_count(states[i]), 1);
        ck_assert(benches[i].function->save(states[i], 0, &benches[i].scratch, &items[i]));
        ck_assert_uint_eq(items[i].length, DISTINCT_REGISTERS);
    }
    ck_assert(text_equal(items[0], items[1]));
    ck_assert(!text_equal(items[0], items[2]));
    for (size_t i = 0; i < 3; i++) {
        free(states[i]);
        bench_release(&benches[i]);
    }
}
END_TEST

/* Overlapping parts into one: the registers of all that was seen anywhere. */
START_TEST(f5_merged_estimates_are_those_of_the_whole)
{
    struct bench bench;
    uint64_t random = 9;
    bench_init(&bench, "estdc", test_memory());
    void *whole = new_state(&bench), *merged = new_state(&bench);
    add_numbered(&bench, whole, 0, 9000);
    for (size_t part = 0; part < 5; part++) {
        void *state = new_state(&bench);
        add_numbered(&bench, state, part * 1500, 3000);
        ck_assert(move_items(&bench, state, merged, &random));
        free(state);
    }
    struct slice expected, given;
    ck_assert(bench.function->save(whole, 0, &bench.scratch, &expected));
    ck_assert(bench.function->save(merged, 0, &bench.scratch, &given));
    ck_assert(text_equal(expected, given));
    ck_assert_uint_eq(estimate(&bench, whole), estimate(&bench, merged));
    free(whole);
    free(merged);
    bench_release(&bench);
}
END_TEST

/* Every register at every value it can have comes back. */
START_TEST(f5_registers_as_an_item)
{
    struct bench bench;
    char text[DISTINCT_REGISTERS];
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop";
    ck_assert_uint_eq(sizeof(digits) - 2, DISTINCT_RANK_MAX);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = digits[i % (sizeof(digits) - 1)];
    bench_init(&bench, "estdc", test_memory());
    void *state = new_state(&bench);
    struct slice item = {text, sizeof(text)}, saved;
    ck_assert_int_eq(bench.function->load(state, item, &bench.home), CFH_OK);
    ck_assert(bench.function->save(state, 0, &bench.scratch, &saved));
    ck_assert(text_equal(item, saved));
    free(state);
    bench_release(&bench);
}
END_TEST

START_TEST(f5_other_items_are_refused)
{
    static const char odd[] = "qz-_ \n,;:\x80";
    char text[DISTINCT_REGISTERS + 2];
    const char *wrong[] = {text};
    memset(text, '1', sizeof(text));
    text[DISTINCT_REGISTERS + 1] = '\0'; /* one too many */
    check_refused_items("estdc", wrong, 1);
    text[DISTINCT_REGISTERS - 1] = '\0'; /* one too few */
    check_refused_items("estdc", wrong, 1);
    text[0] = '\0';
    check_refused_items("estdc", wrong, 1);
    memset(text, '0', sizeof(text));
    text[DISTINCT_REGISTERS] = '\0'; /* a sketch that saw nothing is not saved */
    check_refused_items("estdc", wrong, 1);
    for (size_t i = 0; i + 1 < sizeof(odd); i++) {
        memset(text, '1', DISTINCT_REGISTERS);
        text[i * 17] = odd[i];
        check_refused_items("estdc", wrong, 1);
    }
    struct bench bench;
    bench_init(&bench, "estdc", test_memory());
    void *state = new_state(&bench);
    memset(text, '1', DISTINCT_REGISTERS);
    text[9] = '\0';
    struct slice item = {text, DISTINCT_REGISTERS};
    ck_assert_int_eq(bench.function->load(state, item, &bench.home), CFH_BAD_INPUT);
    free(state);
    bench_release(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("count_functions");
    TCase *rules = tcase_create("rules"), *items = tcase_create("items");
    tcase_add_test(rules, results_of_events);
    tcase_add_test(rules, f5_estimates_are_near);
    tcase_add_test(items, f1_count_as_an_item);
    tcase_add_test(items, f1_count_reaches_its_end_and_no_further);
    tcase_add_test(items, f5_the_seed_travels_and_the_key_does_not);
    tcase_add_test(items, f5_merged_estimates_are_those_of_the_whole);
    tcase_add_test(items, f5_registers_as_an_item);
    tcase_add_test(items, f5_other_items_are_refused);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, items);
    return run_suite(suite);
}
