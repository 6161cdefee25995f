/* percN, median, exactpercN, upperpercN: nearest rank, and the change-over to buckets. */
#include <check.h>

#include "quantile_functions.h"
#include "test_functions.h"

#define TEN "3;1;10|2;9;4;8|5|6;7"

static const struct result_row results[] = {
    {"F8 no value", "perc50", ";;", ""},
    {"F8 no number", "perc50", "a;;x|", ""},
    {"F8 no number", "median", "a", ""},
    {"F8 no number", "exactperc99", "a", ""},
    {"F8 no number", "upperperc99", "a", ""},
    {"F8 one number", "perc0", "7", "[7]"},
    {"F8 one number", "perc50", "7", "[7]"},
    {"F8 one number", "perc100", "7", "[7]"},
    /* 0-based rank floor(N / 100 * 10) of 1 to 10 */
    {"F8 rank 0", "perc0", TEN, "[1]"},
    {"F8 rank 0", "perc9.999", TEN, "[1]"},
    {"F8 rank 1", "perc10", TEN, "[2]"},
    {"F8 rank 1", "perc19", TEN, "[2]"},
    {"F8 rank 5", "perc50", TEN, "[6]"},
    {"F8 rank 5", "median", TEN, "[6]"},
    {"F8 rank 8", "perc89.999", TEN, "[9]"},
    {"F8 rank 9", "perc90", TEN, "[10]"},
    {"F8 rank 9", "perc95", TEN, "[10]"},
    {"F8 rank 9", "perc99.999", TEN, "[10]"},
    {"F8 the last", "perc100", TEN, "[10]"},
    {"F8 the same", "exactperc50", TEN, "[6]"},
    {"F8 the same", "upperperc50", TEN, "[6]"},
    {"F8 median of two", "median", "1;2", "[2]"},
    {"F8 median of three", "median", "3;1;2", "[2]"},
    {"F8 median of four", "median", "4;3;1;2", "[3]"},
    {"F8 each occurrence counts", "median", "1|1|1;5;9", "[1]"},
    {"F8 each occurrence counts", "perc60", "1|1|1;5;9", "[5]"},
    {"F8 each occurrence counts", "perc59.9", "1|1|1;5;9", "[1]"},
    {"F8 order by value", "median", "100;9;20", "[20]"},
    {"F8 order by value", "perc0", "-1;-10;5", "[-10]"},
    {"F8 order by value", "median", "1e1;9;11.5", "[1e1]"},
    {"F8 equal numbers by text", "perc0", "1.0;1;01", "[01]"},
    {"F8 equal numbers by text", "median", "1.0;1;01", "[1]"},
    {"F8 equal numbers by text", "perc100", "1.0;1;01", "[1.0]"},
    {"F8 what is no number is skipped", "median", "a;;3;|zz;0x9;5;x;+7", "[5]"},
    {"F8 numbers that no sum can take", "perc100", "1e401;5", "[1e401]"},
    {"F8 numbers that no sum can take", "perc0", "1e-401;5", "[1e-401]"},
    {"F8 numbers that no sum can take", "median", "-1e5000;2;1e5000", "[2]"},
};

START_TEST(f8_nearest_rank)
{
    check_results(results, COUNT_OF(results));
}
END_TEST

START_TEST(f8_nothing_is_beyond)
{
    struct bench bench;
    bench_init(&bench, "median", test_memory());
    void *state = new_state(&bench);
    ck_assert(update_all(&bench, state, "1e401;1e-401;x"));
    ck_assert_uint_eq(bench.beyond, 0);
    free(state);
    bench_release(&bench);
}
END_TEST

/* ---- many numbers ---- */

static void add_range(struct bench *bench, void *state, size_t first, size_t count)
{
    char text[32];
    for (size_t i = first; i < first + count; i++) {
        int length = snprintf(text, sizeof(text), "%zu", i);
        update_one(bench, state, (struct slice){text, (size_t)length});
    }
}

/* Of first, first + 1, ...: with texts among them, and all of it three times where thrice. */
static void check_range(const char *called, size_t first, size_t count, bool thrice,
                        const char *expected)
{
    struct bench bench;
    bench_init(&bench, called, test_memory());
    void *state = new_state(&bench);
    ck_assert(update_all(&bench, state, "a;b;c;;|x"));
    for (size_t round = 0; round < (thrice ? 3 : 1); round++)
        add_range(&bench, state, first, count);
    expect_result(&bench, state, expected, called);
    free(state);
    bench_release(&bench);
}

/* 1,000 distinct numbers are exact, however often each comes; 1,001 are not, but for exactperc.
 * The middle of the bucket of 1501 is 1505, its upper end 1510. */
START_TEST(f8_the_change_over)
{
    ck_assert_int_eq(QUANTILE_EXACT_MAX, 1000);
    for (size_t thrice = 0; thrice < 2; thrice++) {
        check_range("perc50", 1001, 1000, thrice > 0, "[1501]");
        check_range("median", 1001, 1000, thrice > 0, "[1501]");
        check_range("upperperc50", 1001, 1000, thrice > 0, "[1501]");
        check_range("exactperc50", 1001, 1000, thrice > 0, "[1501]");
        check_range("perc50", 1001, 1001, thrice > 0, "[1505]");
        check_range("median", 1001, 1001, thrice > 0, "[1505]");
        check_range("upperperc50", 1001, 1001, thrice > 0, "[1510]");
        check_range("exactperc50", 1001, 1001, thrice > 0, "[1501]");
    }
}
END_TEST

/* Of 1001 to 6000: rank 0, 4500 and 4999 are 1001, 5501 and 6000. */
START_TEST(f8_beyond_the_change_over)
{
    check_range("perc0", 1001, 5000, false, "[1005]");
    check_range("perc90", 1001, 5000, false, "[5505]");
    check_range("upperperc90", 1001, 5000, false, "[5510]");
    check_range("exactperc90", 1001, 5000, false, "[5501]");
    check_range("perc100", 1001, 5000, false, "[6005]");
    check_range("upperperc100", 1001, 5000, false, "[6010]");
    check_range("exactperc100", 1001, 5000, false, "[6000]");
    check_range("exactperc99.99", 1001, 5000, false, "[6000]");  /* rank 4999.5 */
    check_range("exactperc99.98", 1001, 5000, false, "[6000]");  /* rank 4999 */
    check_range("exactperc99.979", 1001, 5000, false, "[5999]"); /* rank 4998.95 */
}
END_TEST

/* Spellings are what is counted: 501 numbers in two spellings each are over the limit. */
START_TEST(f8_spellings_count)
{
    for (size_t count = 500; count <= 501; count++) {
        struct bench bench;
        char text[32];
        bench_init(&bench, "perc100", test_memory());
        void *state = new_state(&bench);
        for (size_t i = 1; i <= count; i++) {
            for (size_t spelling = 0; spelling < 2; spelling++) {
                int length = snprintf(text, sizeof(text), "%s%zu", spelling > 0 ? "0" : "", i);
                update_one(&bench, state, (struct slice){text, (size_t)length});
            }
        }
        /* the bucket of 501 holds nothing else, but its middle is 501.5 */
        expect_result(&bench, state, count == 500 ? "[500]" : "[501.5]", "spellings");
        free(state);
        bench_release(&bench);
    }
}
END_TEST

/* Negative numbers, zero and fractions in buckets. */
START_TEST(f8_buckets_of_all_signs)
{
    static const struct {
        const char *called, *expected;
    } rows[] = {
        {"perc0", "[-999.5]"}, {"upperperc0", "[-1000]"}, {"perc100", "[999.5]"},
        {"perc50", "[0]"},     {"upperperc50", "[0]"},    {"perc25", "[-500.5]"},
        {"perc75", "[500.5]"}, {"exactperc50", "[0]"},    {"exactperc0", "[-999]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench bench;
        char text[32];
        bench_init(&bench, rows[i].called, test_memory());
        void *state = new_state(&bench);
        for (int value = -999; value <= 999; value++) { /* rank 999 is 0; 499: -500; 1499: 500 */
            int length = snprintf(text, sizeof(text), "%d", value);
            update_one(&bench, state, (struct slice){text, (size_t)length});
        }
        expect_result(&bench, state, rows[i].expected, rows[i].called);
        free(state);
        bench_release(&bench);
    }
}
END_TEST

/* A multivalue that goes over the limit in one event. */
START_TEST(f8_one_event_with_many_values)
{
    struct bench bench;
    char texts[1001][8];
    struct slice items[1001];
    bench_init(&bench, "median", test_memory());
    void *state = new_state(&bench);
    for (size_t i = 0; i < 1001; i++) {
        int length = snprintf(texts[i], sizeof(texts[i]), "%zu", 1001 + i);
        items[i] = (struct slice){texts[i], (size_t)length};
    }
    struct aggregate_input input = {.values = {items, 1000}};
    ck_assert(bench.function->update(state, &input, &bench.home));
    ck_assert_uint_eq(bench.function->item_count(state), 1000);
    input.values.count = 1001;
    ck_assert(bench.function->update(state, &input, &bench.home));
    arrange(&bench, state);
    ck_assert_uint_lt(bench.function->item_count(state), 110); /* buckets 100 to 200 */
    expect_result(&bench, state, "[1505]", "one event");
    free(state);
    bench_release(&bench);
}
END_TEST

/* ---- any split ---- */

/* How many items a state has, and a sum over them that their order does not change. */
static void describe_items(struct bench *bench, void *state, struct buffer *text)
{
    arrange(bench, state);
    size_t count = bench->function->item_count(state);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice item;
        ck_assert(bench->function->save(state, i, &bench->scratch, &item));
        sum += hash_digest(item, 1);
    }
    char line[64];
    snprintf(line, sizeof(line), "%zu items %llx", count, (unsigned long long)sum);
    append_text(text, line);
}

/* Numbers 1001 to 1000 + distinct in parts that overlap, some of them sketched and some not: result
 * and items are those of one state that saw all. */
static void check_parts(const char *called, size_t distinct, size_t parts, size_t part_size,
                        uint64_t seed)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer expected, given;
    uint64_t random = seed;
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    bench_init(&bench, called, test_memory());
    void *whole = new_state(&bench), *merged = new_state(&bench);
    void **states = calloc(parts, sizeof(*states));
    if (states == NULL) ck_abort_msg("no memory for parts");
    for (size_t i = 0; i < parts; i++) {
        states[i] = new_state(&bench);
        for (size_t j = 0; j < part_size; j++) {
            size_t number = 1001 + (i * distinct / parts + j) % distinct;
            add_range(&bench, states[i], number, 1);
            add_range(&bench, whole, number, 1);
        }
    }
    size_t order[16];
    shuffle(order, parts, &random);
    for (size_t i = 0; i < parts; i++)
        ck_assert(move_items(&bench, states[order[i]], merged, &random));
    ck_assert(describe(&bench, whole, &expected) && describe(&bench, merged, &given));
    describe_items(&bench, whole, &expected);
    describe_items(&bench, merged, &given);
    ck_assert_msg(text_equal(buffer_slice(&expected), buffer_slice(&given)), "%s %zu %zu: %.*s",
                  called, distinct, parts, (int)given.length, given.bytes);
    for (size_t i = 0; i < parts; i++)
        free(states[i]);
    free(states);
    free(whole);
    free(merged);
    buffer_release(&expected);
    buffer_release(&given);
    bench_release(&bench);
}

START_TEST(f8_the_change_over_knows_no_split)
{
    static const char *const names[] = {"perc50", "median", "upperperc99.9", "exactperc33.3"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        for (size_t distinct = 999; distinct <= 1002; distinct++) {
            check_parts(names[i], distinct, 1, distinct, 1);
            check_parts(names[i], distinct, 2, distinct, 2); /* each has all of them */
            check_parts(names[i], distinct, 2, (distinct + 1) / 2, 3);
            check_parts(names[i], distinct, 3, 700, 4);
            check_parts(names[i], distinct, 16, 80, 5);
        }
        check_parts(names[i], 3000, 4, 1001, 6); /* all parts are sketched */
        check_parts(names[i], 3000, 4, 1000, 7); /* none is, but the whole is */
    }
}
END_TEST

/* ---- items ---- */

START_TEST(what_travels)
{
    expect_items("median", "5.0;5.0;a;", "2:5.0 ");
    expect_items("exactperc5", "-1e3", "1:-1e3 ");
    expect_items("upperperc5", "a;;", "");
}
END_TEST

/* Buckets: 1e0 is number 1,000,000 * 900 + 1, and below zero the same with a minus. */
START_TEST(buckets_travel)
{
    static const char *const items[] = {"7@-1800000900", "5@-900000001", "3@+0", "2@+900000001",
                                        "1@+1800000900"};
    struct bench bench;
    bench_init(&bench, "perc50", test_memory());
    void *state = new_state(&bench);
    for (size_t i = COUNT_OF(items); i-- > 0;)
        ck_assert_int_eq(bench.function->load(state, text_of(items[i]), &bench.home), CFH_OK);
    ck_assert_uint_eq(bench.function->item_count(state), COUNT_OF(items));
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        struct slice item;
        ck_assert(bench.function->save(state, i, &bench.scratch, &item));
        EXPECT_SLICE(item, items[i], "bucket");
    }
    expect_result(&bench, state, "[-1.005]", "rank 9 of 18");
    ck_assert_int_eq(bench.function->load(state, SLICE("4:1.001"), &bench.home), CFH_OK);
    ck_assert_uint_eq(bench.function->item_count(state), COUNT_OF(items));
    struct slice item;
    ck_assert(bench.function->save(state, 3, &bench.scratch, &item));
    EXPECT_SLICE(item, "6@+900000001", "a number into its bucket");
    free(state);
    bench_release(&bench);
}
END_TEST

static const char *const wrong[] = {
    "",
    "1",
    ":",
    ":5",
    "5",
    "1:",
    "1:a",
    "1:+5",
    "1: 5",
    "1:5 ",
    "0:5",
    "00:5",
    "01:5",
    "-1:5",
    "a:5",
    "1;5",
    "1@",
    "1@+",
    "1@-",
    "1@5",
    "1@+a",
    "1@+01",
    "1@-0",
    "1@+-5",
    "1@ +5",
    "1@+5 ",
    "0@+5",
    "01@+5",
    "@+5",
    "1@1800000901",
    "1@+1800000901",
    "1@-1800000901",
    "1@+9223372036854775807",
    "1@-9223372036854775808",
    "1@+9223372036854775808",
    "1@+18446744073709551615",
    "1@+18446744073709551616",
    "18446744073709551616:5",
    "18446744073709551616@+5",
};

START_TEST(other_items_are_refused)
{
    static const char *const names[] = {"perc50", "median", "upperperc50", "exactperc50"};
    static const char *const bucket[] = {"1@+5"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        check_refused_items(names[i], wrong, COUNT_OF(wrong));
    check_refused_items("exactperc50", bucket, 1); /* it never has buckets */
}
END_TEST

/* Forged counts never add up to a total that wraps: the rank would be behind the last number. */
START_TEST(totals_reach_their_end_and_no_further)
{
    static const char *const names[] = {"perc100", "exactperc100"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct bench bench;
        bench_init(&bench, names[i], test_memory());
        void *state = new_state(&bench);
        const struct aggregate *function = bench.function;
        ck_assert_int_eq(function->load(state, SLICE("18446744073709551614:5"), &bench.home),
                         CFH_OK);
        ck_assert_int_eq(function->load(state, SLICE("2:7"), &bench.home), CFH_BAD_INPUT);
        ck_assert_int_eq(function->load(state, SLICE("2:5"), &bench.home), CFH_BAD_INPUT);
        ck_assert_int_eq(function->load(state, SLICE("1:6"), &bench.home), CFH_OK);
        expect_result(&bench, state, "[6]", "the largest total");
        free(state);
        bench_release(&bench);
    }
    struct bench bench;
    bench_init(&bench, "median", test_memory());
    void *state = new_state(&bench);
    const struct aggregate *median = bench.function;
    ck_assert_int_eq(median->load(state, SLICE("18446744073709551614@+5"), &bench.home), CFH_OK);
    ck_assert_int_eq(median->load(state, SLICE("2@+7"), &bench.home), CFH_BAD_INPUT);
    ck_assert_int_eq(median->load(state, SLICE("2:7"), &bench.home), CFH_BAD_INPUT);
    ck_assert_int_eq(median->load(state, SLICE("1@+7"), &bench.home), CFH_OK);
    free(state);
    bench_release(&bench);
}
END_TEST

/* ---- room ---- */

/* The set of a group that changed over is taken again by the next group. */
START_TEST(the_set_is_given_back)
{
    struct bench bench;
    bench_init(&bench, "median", test_memory());
    size_t used = 0;
    void *states[40];
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        states[i] = new_state(&bench);
        add_range(&bench, states[i], 1000000000000, 2000); /* 13 digits: none lies in its slot */
        if (i == 0) used = bench.memory.used;
    }
    ck_assert_uint_le(bench.memory.used, used + COUNT_OF(states) * POOL_BLOCK / 4);
    for (size_t i = 0; i < COUNT_OF(states); i++)
        free(states[i]);
    bench_release(&bench);
}
END_TEST

static void add_many(struct buffer *events)
{
    char text[16];
    for (size_t i = 0; i < 1003; i++) {
        snprintf(text, sizeof(text), "%zu;", 1001 + i);
        append_text(events, text);
    }
    append(events, (struct slice){"\0", 1});
}

START_TEST(every_refusal_on_the_way_over)
{
    struct memory own = test_memory();
    struct buffer events;
    buffer_init(&events, &own);
    add_many(&events);
    check_refusals("upperperc95", events.bytes);
    buffer_release(&events);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quantile_functions");
    TCase *rules = tcase_create("rules"), *items = tcase_create("items");
    TCase *room = tcase_create("room");
    tcase_add_test(rules, f8_nearest_rank);
    tcase_add_test(rules, f8_nothing_is_beyond);
    tcase_add_test(rules, f8_the_change_over);
    tcase_add_test(rules, f8_beyond_the_change_over);
    tcase_add_test(rules, f8_spellings_count);
    tcase_add_test(rules, f8_buckets_of_all_signs);
    tcase_add_test(rules, f8_one_event_with_many_values);
    tcase_add_test(items, f8_the_change_over_knows_no_split);
    tcase_add_test(items, what_travels);
    tcase_add_test(items, buckets_travel);
    tcase_add_test(items, other_items_are_refused);
    tcase_add_test(items, totals_reach_their_end_and_no_further);
    tcase_add_test(room, the_set_is_given_back);
    tcase_add_test(room, every_refusal_on_the_way_over);
    tcase_set_timeout(items, 60);
    tcase_set_timeout(room, 60);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, items);
    suite_add_tcase(suite, room);
    return run_suite(suite);
}
