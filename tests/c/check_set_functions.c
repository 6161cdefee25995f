/* values, dc and mode: over the distinct texts of a group. */
#include <check.h>

#include "set_functions.h"
#include "test_functions.h"

static const struct result_row results[] = {
    {"F3 no value", "values", ";", ""},
    {"F3 distinct, in order of bytes", "values", "70;9|100;10;9;70", "[10][100][70][9]"},
    {"F3 exact text", "values", "a;A;01;1;1.0", "[01][1][1.0][A][a]"},
    {"F3 an empty value is listed", "values", "b|;|", "[][b]"},
    {"F3 UTF-8 order", "values", "\xc3\xa9;z;Z", "[Z][z][\xc3\xa9]"},
    {"F5 no value", "dc", ";;", "[0]"},
    {"F5 distinct", "dc", "a;b|a;c;b", "[3]"},
    {"F5 exact text", "dc", "a;A;01;1;1.0", "[5]"},
    {"F5 an empty value is a value", "dc", "|;a", "[2]"},
    {"F5 the long name", "distinct_count", "a;b|a;c;b", "[3]"},
    {"mode of nothing", "mode", ";", ""},
    {"mode of one", "mode", "x", "[x]"},
    {"mode: the most frequent", "mode", "a;b;b;c", "[b]"},
    {"mode: each value of a multivalue", "mode", "a|b|b;a;b", "[b]"},
    {"mode: a tie, the smallest text", "mode", "b;a;c;c;a;b", "[a]"},
    {"mode: a tie, other order", "mode", "c;b;a", "[a]"},
    {"mode: smallest by bytes, not by value", "mode", "9;10", "[10]"},
    {"mode: exact text", "mode", "1;1.0;01;1", "[1]"},
    {"mode: upper case first", "mode", "a;A", "[A]"},
    {"mode: an empty value is a value", "mode", "|;a", "[]"},
    {"mode: more often beats smaller", "mode", "a;z;z", "[z]"},
};

START_TEST(results_of_events)
{
    check_results(results, COUNT_OF(results));
}
END_TEST

/* ---- items ---- */

START_TEST(what_travels)
{
    expect_items("values", "b;a;;|c;a", "t ta tb tc ");
    expect_items("dc", "x;x", "tx ");
    expect_items("mode", "x:y;x:y;x:y", "3:x:y ");
    expect_items("mode", "|", "1: ");
}
END_TEST

START_TEST(mode_refuses_other_items)
{
    static const char *const wrong[] = {
        "",
        ":",
        ":a",
        "a",
        "1",
        "12",
        "0:a",
        "00:a",
        "01:a",
        "a:a",
        "-1:a",
        "+1:a",
        " 1:a",
        "1 :a",
        "1@a",
        "1a:",
        "18446744073709551616:a",
    };
    check_refused_items("mode", wrong, COUNT_OF(wrong));
    struct bench bench;
    bench_init(&bench, "mode", test_memory());
    void *state = new_state(&bench);
    ck_assert_int_eq(bench.function->load(state, (struct slice){NULL, 0}, &bench.home),
                     CFH_BAD_INPUT);
    free(state);
    bench_release(&bench);
}
END_TEST

/* Counts add up to at most what fits, of one text and of all. */
START_TEST(mode_counts_to_the_end_and_no_further)
{
    struct bench bench;
    bench_init(&bench, "mode", test_memory());
    void *state = new_state(&bench);
    const struct aggregate *mode = bench.function;
    ck_assert_int_eq(mode->load(state, SLICE("5:b"), &bench.home), CFH_OK);
    ck_assert_int_eq(mode->load(state, SLICE("18446744073709551610:a"), &bench.home), CFH_OK);
    ck_assert_int_eq(mode->load(state, SLICE("1:a"), &bench.home), CFH_BAD_INPUT);
    ck_assert_int_eq(mode->load(state, SLICE("1:c"), &bench.home), CFH_BAD_INPUT);
    ck_assert_int_eq(mode->load(state, SLICE("18446744073709551615:b"), &bench.home),
                     CFH_BAD_INPUT);
    arrange(&bench, state);
    ck_assert_uint_eq(mode->item_count(state), 2);
    expect_result(&bench, state, "[a]", "the largest counts");
    free(state);
    bench_release(&bench);
}
END_TEST

/* A text that leads in no part may lead in the whole. */
START_TEST(mode_of_parts_is_that_of_the_whole)
{
    static const char *const parts[] = {"a;a;a;x;x", "b;b;b;x;x", "c;c;c;x;x"};
    struct bench bench;
    uint64_t random = 3;
    bench_init(&bench, "mode", test_memory());
    void *merged = new_state(&bench);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        void *state = new_state(&bench);
        ck_assert(update_all(&bench, state, parts[i]));
        ck_assert(move_items(&bench, state, merged, &random));
        free(state);
    }
    expect_result(&bench, merged, "[x]", "parts");
    free(merged);
    bench_release(&bench);
}
END_TEST

/* ---- growth ---- */

/* Text number i, of every length from short ones that lie in the set to long ones that do not. */
static struct slice numbered(char bytes[64], size_t i)
{
    int length = snprintf(bytes, 64, "%zu", i * 7919);
    size_t wanted = (size_t)length + i % 40;
    while ((size_t)length < wanted)
        bytes[length++] = 'x';
    return (struct slice){bytes, (size_t)length};
}

static void add_numbered(const struct bench *bench, void *state, size_t count)
{
    char bytes[64];
    for (size_t i = 0; i < count; i++)
        update_one(bench, state, numbered(bytes, i));
}

static void check_growth(size_t count)
{
    struct bench bench;
    struct values result;
    bench_init(&bench, "values", test_memory());
    void *state = new_state(&bench);
    add_numbered(&bench, state, count);
    add_numbered(&bench, state, count); /* each a second time: nothing new */
    ck_assert_uint_eq(bench.function->item_count(state), count);
    arrange(&bench, state);
    arrange(&bench, state); /* once is enough, twice does no harm */
    ck_assert(bench.function->finish(state, 0, &bench.home, &bench.scratch, &result));
    ck_assert_uint_eq(result.count, count);
    size_t bytes_listed = 0, bytes_added = 0;
    for (size_t i = 0; i < count; i++) {
        char bytes[64];
        bytes_listed += result.items[i].length;
        bytes_added += numbered(bytes, i).length;
        if (i > 0) ck_assert_int_lt(text_compare(result.items[i - 1], result.items[i]), 0);
    }
    ck_assert_uint_eq(bytes_listed, bytes_added);
    free(state);
    bench_release(&bench);
}

START_TEST(f3_values_grow)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 6, 7, 12, 13, 100, 100000};
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        check_growth(counts[i]);
}
END_TEST

/* Text number i comes i % 7 + 1 times, and number 4321 once more than any. */
START_TEST(mode_grows)
{
    struct bench bench;
    char bytes[64], expected[80];
    bench_init(&bench, "mode", test_memory());
    void *state = new_state(&bench);
    for (size_t round = 0; round < 7; round++)
        for (size_t i = 0; i < 10000; i++)
            if (round <= i % 7) update_one(&bench, state, numbered(bytes, i));
    for (size_t i = 0; i < 8; i++)
        update_one(&bench, state, numbered(bytes, 4321));
    ck_assert_uint_eq(bench.function->item_count(state), 10000);
    struct slice text = numbered(bytes, 4321);
    snprintf(expected, sizeof(expected), "[%.*s]", (int)text.length, text.bytes);
    expect_result(&bench, state, expected, "many texts");
    free(state);
    bench_release(&bench);
}
END_TEST

START_TEST(f5_dc_is_exact_however_many)
{
    struct bench bench;
    bench_init(&bench, "dc", test_memory());
    void *state = new_state(&bench);
    add_numbered(&bench, state, 123456);
    add_numbered(&bench, state, 1000);
    expect_result(&bench, state, "[123456]", "many texts");
    free(state);
    bench_release(&bench);
}
END_TEST

/* Where a text stops lying in the slot itself, and bytes that a C string could not hold. */
START_TEST(f3_short_and_long_texts)
{
    static const char odd[] = "\0a\xff\n;$%,\"0123456789abcdefghij";
    struct bench bench;
    struct values result;
    bench_init(&bench, "values", test_memory());
    void *state = new_state(&bench);
    for (size_t length = sizeof(odd); length-- > 0;)
        update_one(&bench, state, (struct slice){odd, length});
    arrange(&bench, state);
    ck_assert(bench.function->finish(state, 0, &bench.home, &bench.scratch, &result));
    ck_assert_uint_eq(result.count, sizeof(odd));
    for (size_t length = 0; length < sizeof(odd); length++)
        ck_assert(text_equal(result.items[length], (struct slice){odd, length}));
    free(state);
    bench_release(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("set_functions");
    TCase *rules = tcase_create("rules"), *items = tcase_create("items");
    TCase *growth = tcase_create("growth");
    tcase_add_test(rules, results_of_events);
    tcase_add_test(items, what_travels);
    tcase_add_test(items, mode_refuses_other_items);
    tcase_add_test(items, mode_counts_to_the_end_and_no_further);
    tcase_add_test(items, mode_of_parts_is_that_of_the_whole);
    tcase_add_test(growth, f3_values_grow);
    tcase_add_test(growth, mode_grows);
    tcase_add_test(growth, f5_dc_is_exact_however_many);
    tcase_add_test(growth, f3_short_and_long_texts);
    tcase_set_timeout(growth, 60);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, items);
    suite_add_tcase(suite, growth);
    return run_suite(suite);
}
