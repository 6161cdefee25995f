/* min, max and range. */
#include <check.h>

#include "extreme_functions.h"
#include "test_functions.h"

static const struct result_row results[] = {
    {"F2 no value", "min", ";;", ""},
    {"F2 no value", "max", "", ""},
    {"F2 numbers by value", "min", "10;9;100", "[9]"},
    {"F2 numbers by value", "max", "10;9;100", "[100]"},
    {"F2 negative", "min", "-1;-20;3", "[-20]"},
    {"F2 fractions and exponents", "max", "1.5;15e-1;1.49", "[1.5]"},
    {"F2 text by bytes, upper case first", "min", "b;B;a", "[B]"},
    {"F2 text by bytes, upper case first", "max", "b;B;a", "[b]"},
    {"F2 a mix: the smallest number", "min", "abc;10;9;Z", "[9]"},
    {"F2 a mix: the largest text", "max", "9;abc;10;Z", "[abc]"},
    {"F2 UTF-8 order", "max", "z;\xc3\xa9;Z", "[\xc3\xa9]"},
    {"F2 what only looks like a number is text", "min", "+1;0x1; 1;5", "[5]"},
    {"F2 an empty value is a text", "max", "5;|7", "[]"},
    {"F2 an empty value is a text", "min", "a|;b", "[a]"},
    {"F2 equal numbers: the smallest text", "min", "1.0;1;01;1e0", "[01]"},
    {"F2 equal numbers: the smallest text", "max", "1.0;1;01;1e0", "[01]"},
    {"F2 equal numbers, other order", "min", "01;1e0;1;1.0", "[01]"},
    {"F2 equal numbers, other order", "max", "1;01;1.0;0.1e1", "[0.1e1]"},
    {"F2 zero in two spellings", "max", "0;-0;0.0", "[-0]"},
    {"F2 beyond any double", "max", "9e9999;1e10000;9.9e9999", "[1e10000]"},
    {"F2 longer and shorter texts", "max", "aaaa;b;cccccccccccccccccccccccccc;a",
     "[cccccccccccccccccccccccccc]"},
    {"F2 written alike, then a text below all digits", "max", "12345678;12345679;!bananas;99999999",
     "[!bananas]"},
    {"F2 written alike, then a number that is not", "min", "12345678;12345677;1e-30000;00000001",
     "[1e-30000]"},
    {"F2 written alike, one that is not, and alike again", "min",
     "1778500000.5;1778500000.4;1778500000/3;1778500000.3", "[1778500000.3]"},
    {"range of no value", "range", ";", ""},
    {"range of no number", "range", "abc;;x|", ""},
    {"range of one number", "range", "5", "[0]"},
    {"range of one number in two spellings", "range", "5.0;5;05", "[0]"},
    {"range of whole numbers", "range", "1;5;3", "[4]"},
    {"range across zero", "range", "-1.5;2.25", "[3.75]"},
    {"range of negative numbers", "range", "-7;-2;-3", "[5]"},
    {"range: numbers only", "range", "abc;7;zzz;10|", "[3]"},
    {"range: what only looks like a number", "range", "+100;1;0x50;2", "[1]"},
    {"range is exact", "range", "0.1;0.3", "[0.2]"},
    {"range is exact beyond a double", "range", "9007199254740993;0.5", "[9007199254740992.5]"},
    {"range: no zeros behind the point", "range", "0.25;1.75", "[1.5]"},
    {"range: no exponent", "range", "1e3;1", "[999]"},
    {"range: no exponent", "range", "1e-7;0", "[0.0000001]"},
    {"range: of large numbers", "range", "1e25;1e24", "[9000000000000000000000000]"},
    {"range: each value of a multivalue", "range", "3|9;5", "[6]"},
    {"range: too large a number is none", "range", "1e401;1;-1e401;3", "[2]"},
    {"range: too small a number is none", "range", "1e-401;1;3", "[2]"},
    {"range: nothing but such", "range", "1e401;-1e401", ""},
};

START_TEST(results_of_events)
{
    check_results(results, COUNT_OF(results));
}
END_TEST

/* What no sum can take is counted, as often as it came. What is no number at all is
 * not. */
START_TEST(f6_what_is_beyond_is_counted)
{
    struct bench bench;
    bench_init(&bench, "range", test_memory());
    void *state = new_state(&bench);
    ck_assert(update_all(&bench, state, "1;1e400;1e401|1e401;-1e401;x;;1e-401;1e-400"));
    ck_assert_uint_eq(bench.beyond, 4);
    free(state);
    bench_release(&bench);
    bench_init(&bench, "max", test_memory()); /* max takes them all */
    state = new_state(&bench);
    ck_assert(update_all(&bench, state, "1;1e401"));
    ck_assert_uint_eq(bench.beyond, 0);
    expect_result(&bench, state, "[1e401]", "max");
    free(state);
    bench_release(&bench);
}
END_TEST

/* 10^400 - 1: every digit. */
START_TEST(range_of_the_largest_number)
{
    struct bench bench;
    char expected[403];
    memset(expected, '9', sizeof(expected));
    expected[0] = '[';
    memcpy(expected + 401, "]", 2);
    bench_init(&bench, "range", test_memory());
    void *state = new_state(&bench);
    ck_assert(update_all(&bench, state, "1e400;1"));
    expect_result(&bench, state, expected, "1e400");
    free(state);
    bench_release(&bench);
}
END_TEST

/* ---- items ---- */

START_TEST(what_travels)
{
    expect_items("min", "b;a;|c", " ");
    expect_items("min", "7.0;8", "7.0 ");
    expect_items("max", "5;7.0;7;7.00", "7 ");
    expect_items("range", "x;5;-1.50;3", "-1.50 5 ");
    expect_items("range", "x", "");
}
END_TEST

START_TEST(range_refuses_what_it_never_took)
{
    static const char *const wrong[] = {"",      "x",      "+5",     " 5",
                                        "5 ",    "0x5",    "5.",     ".5",
                                        "1e401", "-1e401", "1e-401", "1e99999999999999999"};
    check_refused_items("range", wrong, COUNT_OF(wrong));
    char digits[1002];
    const char *long_one[] = {digits};
    memset(digits, '7', sizeof(digits));
    digits[1001] = '\0';
    check_refused_items("range", long_one, 1);
}
END_TEST

/* A max that keeps growing gives its old texts back to the pool. */
START_TEST(f2_extremes_reuse_their_room)
{
    struct bench bench;
    char bytes[2000];
    memset(bytes, 'a', sizeof(bytes));
    bench_init(&bench, "max", test_memory());
    void *state = new_state(&bench);
    for (size_t length = 1; length <= sizeof(bytes); length++)
        update_one(&bench, state, (struct slice){bytes, length});
    ck_assert_uint_le(bench.memory.peak, 4 * POOL_BLOCK);
    free(state);
    bench_release(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("extreme_functions");
    TCase *rules = tcase_create("rules"), *items = tcase_create("items");
    tcase_add_test(rules, results_of_events);
    tcase_add_test(rules, f6_what_is_beyond_is_counted);
    tcase_add_test(rules, range_of_the_largest_number);
    tcase_add_test(items, what_travels);
    tcase_add_test(items, range_refuses_what_it_never_took);
    tcase_add_test(items, f2_extremes_reuse_their_room);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, items);
    return run_suite(suite);
}
