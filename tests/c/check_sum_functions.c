/* sum, sumsq, avg, var, varp, stdev, stdevp: exact sums, rounded once. */
#include <check.h>

#include "sum_functions.h"
#include "test_functions.h"

#define E20 "100000000000000000000"

static const struct result_row sums[] = {
    {"F6 no value", "sum", ";;", ""},
    {"F6 no number", "sum", "a;;x|y", ""},
    {"F6 no number", "sumsq", "a", ""},
    {"F6 whole numbers", "sum", "1;2;3", "[6]"},
    {"F6 each value of a multivalue", "sum", "1|2;3", "[6]"},
    {"F6 what is no number is skipped", "sum", "a;1;|2;x", "[3]"},
    {"F6 what only looks like one is skipped", "sum", "+1; 1;0x1;1.;.5;inf;nan;4", "[4]"},
    {"F6 exact", "sum", "0.1;0.2", "[0.3]"},
    {"F6 exact", "sum", "0.1;0.1;0.1;0.1;0.1;0.1;0.1;0.1;0.1;0.1", "[1]"},
    {"F6 exact beyond a double", "sum", "9007199254740993;1", "[9007199254740994]"},
    {"F6 nothing is lost", "sum", "1e20;1;-1e20", "[1]"},
    {"F6 nothing is lost", "sum", "1e20;1e-20", "[" E20 ".00000000000000000001]"},
    {"F6 every digit", "sum", "12345678901234567890.5;0.25", "[12345678901234567890.75]"},
    {"F6 no zeros behind the point", "sum", "1.50;1.50", "[3]"},
    {"F6 no exponent", "sum", "1e25", "[10000000000000000000000000]"},
    {"F6 no exponent", "sum", "1e-20", "[0.00000000000000000001]"},
    {"F6 to nothing", "sum", "-5;5", "[0]"},
    {"F6 negative", "sum", "-5;2.5", "[-2.5]"},
    {"F6 any spelling", "sum", "01;1.0;10e-1;0.1e1", "[4]"},
    {"F6 negative zero is zero", "sum", "-0;-0.0", "[0]"},
    {"F6 too large a number is skipped", "sum", "1e401;1;-1e401", "[1]"},
    {"F6 too small a number is skipped", "sum", "1e-401;1", "[1]"},
    {"F6 nothing else left", "sum", "1e401;1e-401", ""},
    {"F6 squares", "sumsq", "1;2;3", "[14]"},
    {"F6 squares", "sumsq", "-3", "[9]"},
    {"F6 squares are exact", "sumsq", "0.1;0.2", "[0.05]"},
    {"F6 squares are exact", "sumsq", "1.5;a;0.5", "[2.5]"},
    {"F6 squares are exact", "sumsq", "9007199254740993", "[81129638414606699710187514626049]"},
    {"F6 squares of zero", "sumsq", "0;-0", "[0]"},
};

static const struct result_row averages[] = {
    {"F6 no number", "avg", "a;;", ""},
    {"F6 skipped values do not count", "avg", "a;4|x;;8", "[6]"},
    {"F6 a half", "avg", "1;2", "[1.5]"},
    {"F6 whole", "avg", "1;2;3", "[2]"},
    {"F6 exact", "avg", "0.1;0.2", "[0.15]"},
    {"F6 negative", "avg", "-1;-2", "[-1.5]"},
    {"F6 nothing", "avg", "-1;1", "[0]"},
    {"F6 seventeen digits, down", "avg", "1;1;2", "[1.3333333333333333]"},
    {"F6 seventeen digits, up", "avg", "2;2;1", "[1.6666666666666667]"},
    {"F6 seventeen from the first significant", "avg", "0;0;1", "[0.33333333333333333]"},
    {"F6 seventeen from the first significant", "avg", "0;0;0.002", "[0.00066666666666666667]"},
    {"F6 half to even, down", "avg", "10000000000000002;10000000000000003", "[10000000000000002]"},
    {"F6 half to even, up", "avg", "10000000000000001;10000000000000002", "[10000000000000002]"},
    {"F6 half to even, negative", "avg", "-10000000000000003;-10000000000000004",
     "[-10000000000000004]"},
    {"F6 more than half", "avg", "10000000000000002.1;10000000000000003", "[10000000000000003]"},
    {"F6 rounded up to one more digit", "avg", "99999999999999999;100000000000000000",
     "[100000000000000000]"},
    {"F6 rounded, then zeros", "avg", "123456789012345678901", "[123456789012345680000]"},
    {"F6 the last without exponent", "avg", "1e20", "[" E20 "]"},
    {"F6 the first with exponent", "avg", "1e21", "[1e21]"},
    {"F6 with exponent", "avg", "-12345e20", "[-1.2345e24]"},
    {"F6 rounded up into an exponent", "avg", "999999999999999999999", "[1e21]"},
    {"F6 small without exponent", "avg", "1e-15", "[0.000000000000001]"},
    {"F6 small with exponent", "avg", "1e-16", "[1e-16]"},
    {"F6 small with exponent", "avg", "0;25e-20", "[1.25e-19]"},
    {"F6 too large a number does not count", "avg", "1e401;3;5", "[4]"},
    {"F6 the largest", "avg", "1e400;1e400", "[1e400]"},
};

static const struct result_row variances[] = {
    {"F6 no number", "var", ";a", ""},
    {"F6 no number", "stdevp", "a", ""},
    {"F6 of one number", "var", "5", "[0]"},
    {"F6 of one number", "varp", "5", "[0]"},
    {"F6 of one number", "stdev", "5;a", "[0]"},
    {"F6 of one number", "stdevp", "-0.3", "[0]"},
    {"F6 of equal numbers", "var", "0.1;0.10;1e-1", "[0]"},
    {"F6 of equal numbers", "stdev", "0.1;0.10;1e-1", "[0]"},
    {"F6 a sample: n - 1", "var", "2;4", "[2]"},
    {"F6 a population: n", "varp", "2;4", "[1]"},
    {"F6 a sample", "stdev", "2;4", "[1.414213562373095]"}, /* ...0950|488: a zero dropped */
    {"F6 a population", "stdevp", "2;4", "[1]"},
    {"F6 of four", "var", "1;2;3;4", "[1.6666666666666667]"},
    {"F6 of four", "varp", "1;2|3;4", "[1.25]"},
    {"F6 of four", "stdev", "1;2;3;4", "[1.2909944487358056]"},  /* ...056|28 */
    {"F6 of four", "stdevp", "1;2;3;4", "[1.1180339887498948]"}, /* ...948|48 */
    {"F6 of eight", "stdevp", "2;4;4;4;5;5;7;9", "[2]"},
    {"F6 fractions", "var", "0.1;0.2;0.3", "[0.01]"},
    {"F6 fractions", "stdev", "0.1;0.2;0.3", "[0.1]"},
    {"F6 no cancellation", "var",
     "1000000000000000000001;1000000000000000000002;1000000000000000000003", "[1]"},
    {"F6 no cancellation", "var", "10000000000;10000000001", "[0.5]"},
    {"F6 a root rounded once", "stdev", "10000000000;10000000001", "[0.70710678118654752]"},
    {"F6 a root of a small number", "stdevp", "0;2e-20", "[1e-20]"},
    {"F6 a root of a large number", "stdevp", "0;2e30", "[1e30]"},
    {"F6 a root of a thousandth", "stdev", "0;0.001;0.002", "[0.001]"},
    {"F6 skipped values do not count", "varp", "2;x;4;;1e401", "[1]"},
};

START_TEST(f6_sums)
{
    check_results(sums, COUNT_OF(sums));
}
END_TEST

START_TEST(f6_averages)
{
    check_results(averages, COUNT_OF(averages));
}
END_TEST

START_TEST(f6_variances)
{
    check_results(variances, COUNT_OF(variances));
}
END_TEST

/* ---- numbers that no sum can take ---- */

static const char *const names[] = {"sum", "sumsq", "avg", "var", "varp", "stdev", "stdevp"};

static void update_digits(struct bench *bench, void *state, size_t count)
{
    char digits[1100];
    memset(digits, '7', count);
    update_one(bench, state, (struct slice){digits, count});
}

START_TEST(f6_what_is_beyond_is_counted)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct bench bench;
        bench_init(&bench, names[i], test_memory());
        void *state = new_state(&bench);
        ck_assert(update_all(&bench, state, "1e401|5;-1e401;1e-401;a;;1e400;1e-400"));
        ck_assert_uint_eq(bench.beyond, 3);
        update_digits(&bench, state, 1000);
        ck_assert_uint_eq(bench.beyond, 3);
        update_digits(&bench, state, 1001);
        ck_assert_uint_eq(bench.beyond, 4);
        free(state);
        bench_release(&bench);
    }
}
END_TEST

/* ---- items ---- */

START_TEST(what_travels)
{
    expect_items("sum", "1.50;a;2", "2_3.5_0 ");
    expect_items("avg", "-1|-2", "2_-3_0 ");
    expect_items("sumsq", "1.5;-2", "2_0_6.25 ");
    for (size_t i = 3; i < COUNT_OF(names); i++)
        expect_items(names[i], "-1.5;2;1e3", "3_1000.5_1000006.25 ");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        expect_items(names[i], "a;;1e401", "");
        expect_items(names[i], "-0", "1_0_0 ");
    }
}
END_TEST

static const char *const wrong[] = {
    "",        "1",       "1_",       "1_1",     "_1_1",
    "1__1",    "1_1_",    "1_1_1_1",  "0_1_1",   "0_0_0",
    "00_1_1",  "01_1_1",  "-1_1_1",   "a_1_1",   "1_a_1",
    "1_1_a",   "1_01_1",  "1_1_01",   "1_1.0_1", "1_1_1.0",
    "1_1e3_1", "1_1_1E3", "1_-0_1",   "1_1_-0",  "1_1_-1",
    "1_+1_1",  "1_ 1_1",  "1_1_1 ",   "1:1_1",   "1_1:1",
    "1_00_1",  "1_0.0_0", "1_.5_1",   "1_5._1",  "1_-.5_1",
    "1_--1_1", "1_-01_1", "1_1_0.10", "1_0x1_1", "18446744073709551616_1_1",
};

START_TEST(other_items_are_refused)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        check_refused_items(names[i], wrong, COUNT_OF(wrong));
    static const char *const squares[] = {"1_1_1", "2_0_0.25"}, *const totals[] = {"1_1_1",
                                                                                   "2_-1_0"};
    check_refused_items("sum", squares, 2); /* keep no squares */
    check_refused_items("avg", squares, 2);
    check_refused_items("sumsq", totals, 2); /* keeps no sum */
}
END_TEST

/* 2^64 squares of the largest numbers at both ends have at most 2,820 digits before the point and
 * 2,798 behind it. */
START_TEST(long_items)
{
    struct bench bench;
    char text[8000];
    bench_init(&bench, "sumsq", test_memory());
    void *state = new_state(&bench);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = "3719"[i % 4];
    memcpy(text, "5_0_", 4);
    text[4 + 2820] = '.';
    struct slice item = {text, 4 + 2820 + 1 + 2798};
    ck_assert_int_eq(bench.function->load(state, item, &bench.home), CFH_OK);
    struct slice saved;
    ck_assert(bench.function->save(state, 0, &bench.scratch, &saved));
    ck_assert(text_equal(saved, item));
    item.length = 7000;
    ck_assert_int_eq(bench.function->load(state, item, &bench.home), CFH_BAD_INPUT);
    ck_assert(bench.function->save(state, 0, &bench.scratch, &saved));
    ck_assert_uint_eq(saved.length, 4 + 2820 + 1 + 2798);
    free(state);
    bench_release(&bench);
}
END_TEST

/* Numbers at the limits, in every split, come back: what a process may save, another loads. */
START_TEST(the_longest_sums_travel)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct bench bench;
        uint64_t random = 5;
        char number[1100];
        bench_init(&bench, names[i], test_memory());
        void *state = new_state(&bench), *other = new_state(&bench);
        /* 1,000 digits that end at 10^400; 1,000 that begin at 10^-400. */
        memset(number, '9', sizeof(number));
        memcpy(number + 1000, "e400", 4);
        for (size_t round = 0; round < 1000; round++)
            update_one(&bench, state, (struct slice){number, 1004});
        memset(number, '9', sizeof(number));
        number[1] = '.';
        memcpy(number + 1001, "e-400", 5);
        for (size_t round = 0; round < 1000; round++)
            update_one(&bench, state, (struct slice){number, 1006});
        ck_assert_uint_eq(bench.beyond, 0);
        ck_assert(move_items(&bench, state, other, &random));
        struct slice saved, again;
        ck_assert(bench.function->save(state, 0, &bench.scratch, &saved));
        ck_assert(bench.function->save(other, 0, &bench.scratch, &again));
        ck_assert_uint_gt(saved.length, 2000);
        ck_assert(text_equal(saved, again));
        free(state);
        free(other);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(counts_reach_their_end_and_no_further)
{
    struct bench bench;
    bench_init(&bench, "avg", test_memory());
    void *state = new_state(&bench);
    const struct aggregate *avg = bench.function;
    ck_assert_int_eq(avg->load(state, SLICE("18446744073709551614_0_0"), &bench.home), CFH_OK);
    ck_assert_int_eq(avg->load(state, SLICE("2_1_0"), &bench.home), CFH_BAD_INPUT);
    ck_assert_int_eq(avg->load(state, SLICE("1_18446744073709551615_0"), &bench.home), CFH_OK);
    expect_result(&bench, state, "[1]", "the largest count");
    free(state);
    bench_release(&bench);
}
END_TEST

/* Squares that are less than any numbers with that sum could have: forged. No root of a negative
 * number is tried. */
START_TEST(sums_that_no_numbers_have)
{
    for (size_t i = 3; i < COUNT_OF(names); i++) {
        struct bench bench;
        bench_init(&bench, names[i], test_memory());
        void *state = new_state(&bench);
        ck_assert_int_eq(bench.function->load(state, SLICE("2_100_1"), &bench.home), CFH_OK);
        expect_result(&bench, state, "", names[i]);
        free(state);
        bench_release(&bench);
        bench_init(&bench, names[i], test_memory());
        state =
            new_state(&bench); /* one number whose square is not its own: nothing is divided by 0 */
        ck_assert_int_eq(bench.function->load(state, SLICE("1_1_5"), &bench.home), CFH_OK);
        expect_result(&bench, state, strncmp(names[i], "var", 3) == 0 ? "[4]" : "[2]", names[i]);
        free(state);
        bench_release(&bench);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sum_functions");
    TCase *rules = tcase_create("rules"), *items = tcase_create("items");
    tcase_add_test(rules, f6_sums);
    tcase_add_test(rules, f6_averages);
    tcase_add_test(rules, f6_variances);
    tcase_add_test(rules, f6_what_is_beyond_is_counted);
    tcase_add_test(items, what_travels);
    tcase_add_test(items, other_items_are_refused);
    tcase_add_test(items, long_items);
    tcase_add_test(items, the_longest_sums_travel);
    tcase_add_test(items, counts_reach_their_end_and_no_further);
    tcase_add_test(items, sums_that_no_numbers_have);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, items);
    return run_suite(suite);
}
