#include "sketch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "hash.h"
#include "test_memory.h"
#include "test_random.h"

enum { BLOCK_SIZE = 4096 };

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* Memory, pool and scratch of one test. */
struct home {
    struct memory memory;
    struct pool pool;
    struct arena scratch;
};

static void home_init(struct home *home)
{
    memory_init(&home->memory, NULL, 0);
    pool_init(&home->pool, &home->memory, BLOCK_SIZE);
    arena_init(&home->scratch, &home->memory, BLOCK_SIZE);
}

static void home_release(struct home *home)
{
    pool_release(&home->pool);
    arena_release(&home->scratch);
    ck_assert_uint_eq(home->memory.used, 0);
}

static quantile_bucket bucket_of(struct slice text)
{
    struct number number;
    ck_assert_msg(number_parse(text, &number), "%.*s", (int)text.length, text.bytes);
    return quantile_bucket_of(&number);
}

/* ---- buckets ---- */

struct bucket_case {
    const char *number, *middle, *upper;
};

static const struct bucket_case bucket_cases[] = {
    {"0", "0", "0"},
    {"-0.00", "0", "0"},
    {"1", "1.005", "1.01"},
    {"1.00999999", "1.005", "1.01"},
    {"-1", "-1.005", "-1.01"},
    {"1.5", "1.505", "1.51"},
    {"9.99", "9.995", "10"},
    {"999", "999.5", "1000"},
    {"9999999", "9995000", "10000000"},
    {"7844", "7845", "7850"},
    {"07844.000", "7845", "7850"},
    {"7.844e3", "7845", "7850"},
    {"100", "100.5", "101"},
    {"0.05", "0.05005", "0.0501"},
    {"0.0509", "0.05095", "0.051"},
    {"-65535", "-65550", "-65600"},
    {"1675000000", "1675000000", "1680000000"},
    {"1e36", "1005000000000000000000000000000000000", "1010000000000000000000000000000000000"},
    {"1e39", "1005000000000000000000000000000000000000",
     "1010000000000000000000000000000000000000"},
    {"1e40", "1.005e40", "1.01e40"},
    {"-9.999e39", "-9.995e39", "-1e40"},
    {"2e-35", "0.00000000000000000000000000000000002005",
     "0.0000000000000000000000000000000000201"},
    {"2e-36", "2.005e-36", "0.00000000000000000000000000000000000201"},
    {"9.999e-41", "9.995e-41", "1e-40"},
    {"1e400", "1.005e400", "1.01e400"},
    {"5e1000000", "5.005e1000000", "5.01e1000000"},
    {"1e1000001", "9.995e1000000", "1e1000001"},
    {"-1e99999999999999999999", "-9.995e1000000", "-1e1000001"},
    {"9e-1000001", "1.005e-1000000", "1.01e-1000000"},
};

START_TEST(buckets)
{
    struct home home;
    home_init(&home);
    for (size_t i = 0; i < COUNT_OF(bucket_cases); i++) {
        const struct bucket_case *expected = &bucket_cases[i];
        quantile_bucket bucket = bucket_of(text_of(expected->number));
        struct slice middle, upper;
        ck_assert(quantile_bucket_valid(bucket));
        ck_assert(quantile_middle(bucket, &home.scratch, &middle));
        ck_assert_msg(slice_is(middle, expected->middle), "%s: %.*s", expected->number,
                      (int)middle.length, middle.bytes);
        ck_assert(quantile_upper(bucket, &home.scratch, &upper));
        ck_assert_msg(slice_is(upper, expected->upper), "%s: %.*s", expected->number,
                      (int)upper.length, upper.bytes);
    }
    home_release(&home);
}
END_TEST

/* Ascending values: each in a bucket above the one before. */
static const char *const ladder[] = {
    "-9e1000000", "-1e400", "-1000", "-999",   "-998", "-10",  "-1.01", "-1",
    "-0.1",       "-1e-9",  "0",     "1e-999", "1e-9", "0.01", "0.999", "1",
    "1.01",       "9.99",   "10",    "10.1",   "99.9", "100",  "101",   "1e400",
};

START_TEST(order_of_buckets_is_order_of_values)
{
    for (size_t i = 1; i < COUNT_OF(ladder); i++)
        ck_assert_msg(bucket_of(text_of(ladder[i - 1])) < bucket_of(text_of(ladder[i])), "%s",
                      ladder[i]);
    ck_assert_int_eq(bucket_of(SLICE("0")), 0);
    ck_assert_int_eq(bucket_of(SLICE("-12.5")), -bucket_of(SLICE("12.5")));
    uint64_t state = 88172645463325252;
    for (size_t i = 0; i < 20000; i++) {
        char texts[2][64];
        for (size_t j = 0; j < 2; j++)
            snprintf(texts[j], sizeof(texts[j]), "%s%llue%d", next_random(&state) % 2 ? "-" : "",
                     (unsigned long long)(next_random(&state) >> next_random(&state) % 64),
                     (int)(next_random(&state) % 9) - 4);
        int order = number_order_by_value(text_of(texts[0]), text_of(texts[1]));
        quantile_bucket left = bucket_of(text_of(texts[0])), right = bucket_of(text_of(texts[1]));
        if (order <= 0) ck_assert_msg(left <= right, "%s %s", texts[0], texts[1]);
        if (order >= 0) ck_assert_msg(left >= right, "%s %s", texts[0], texts[1]);
    }
}
END_TEST

/* Beyond the exponents that count, the order must not turn. */
START_TEST(outermost_buckets)
{
    ck_assert_int_gt(bucket_of(SLICE("1e1000001")), bucket_of(SLICE("9.98e1000000")));
    ck_assert_int_eq(bucket_of(SLICE("1e1000001")), bucket_of(SLICE("7e9999999999")));
    ck_assert_int_lt(bucket_of(SLICE("9e-1000001")), bucket_of(SLICE("1.01e-1000000")));
    ck_assert_int_gt(bucket_of(SLICE("9e-1000001")), 0);
    quantile_bucket last = bucket_of(SLICE("1e1000001"));
    ck_assert(quantile_bucket_valid(last) && quantile_bucket_valid(-last));
    ck_assert(quantile_bucket_valid(0));
    ck_assert(!quantile_bucket_valid(last + 1) && !quantile_bucket_valid(-last - 1));
    ck_assert(!quantile_bucket_valid(INT64_MAX) && !quantile_bucket_valid(INT64_MIN));
}
END_TEST

START_TEST(a_middle_is_near_every_value)
{
    struct home home;
    home_init(&home);
    for (unsigned value = 1; value < 100000; value += value < 2000 ? 1 : 37) {
        char text[64];
        snprintf(text, sizeof(text), "%u", value);
        struct slice middle;
        ck_assert(quantile_middle(bucket_of(text_of(text)), &home.scratch, &middle));
        memcpy(text, middle.bytes, middle.length);
        text[middle.length] = '\0';
        double distance = strtod(text, NULL) - value;
        ck_assert_msg(distance <= 0.005000001 * value && -distance <= 0.005000001 * value, "%u",
                      value);
        arena_clear(&home.scratch);
    }
    home_release(&home);
}
END_TEST

/* ---- quantiles ---- */

START_TEST(ranks)
{
    struct home home;
    home_init(&home);
    struct quantile_sketch sketch = {.entries = NULL};
    ck_assert_int_eq(quantile_at(&sketch, 0), 0);
    ck_assert(quantile_add(&sketch, 5, 2, &home.pool));
    ck_assert(quantile_add(&sketch, -7, 1, &home.pool));
    ck_assert(quantile_add(&sketch, 0, 3, &home.pool));
    ck_assert(quantile_add(&sketch, 5, 1, &home.pool));
    ck_assert(quantile_add(&sketch, 9, 0, &home.pool));
    static const quantile_bucket expected[] = {-7, 0, 0, 0, 5, 5, 5};
    ck_assert_uint_eq(sketch.total, COUNT_OF(expected));
    ck_assert_uint_eq(sketch.count, 3);
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        ck_assert_int_eq(quantile_at(&sketch, i), expected[i]);
    ck_assert_int_eq(quantile_at(&sketch, UINT64_MAX), 5);
    home_release(&home);
}
END_TEST

START_TEST(a_count_does_not_wrap)
{
    struct home home;
    home_init(&home);
    struct quantile_sketch sketch = {.entries = NULL};
    ck_assert(quantile_add(&sketch, 5, UINT64_MAX - 1, &home.pool));
    ck_assert(!quantile_add(&sketch, 5, 2, &home.pool));
    ck_assert(!quantile_add(&sketch, 6, UINT64_MAX, &home.pool));
    ck_assert(quantile_add(&sketch, 6, 1, &home.pool));
    ck_assert_uint_eq(sketch.total, UINT64_MAX);
    ck_assert_int_eq(quantile_at(&sketch, UINT64_MAX - 2), 5);
    ck_assert_int_eq(quantile_at(&sketch, UINT64_MAX - 1), 6);
    home_release(&home);
}
END_TEST

enum { VALUES = 20000, SPLIT = 6 };

static void merge_quantiles(struct quantile_sketch *sketch, const struct quantile_sketch *part,
                            struct pool *pool)
{
    for (size_t i = 0; i < part->count; i++)
        ck_assert(quantile_add(sketch, part->entries[i].bucket, part->entries[i].count, pool));
}

START_TEST(quantiles_of_any_split)
{
    struct home home;
    home_init(&home);
    struct quantile_sketch once = {.entries = NULL}, merged = {.entries = NULL};
    struct quantile_sketch parts[SPLIT] = {{.entries = NULL}};
    uint64_t state = 42;
    for (size_t i = 0; i < VALUES; i++) {
        char text[64];
        long long value = (long long)(next_random(&state) >> (34 + next_random(&state) % 30));
        snprintf(text, sizeof(text), "%lld", i % 3 == 0 ? -value : value);
        quantile_bucket bucket = bucket_of(text_of(text));
        ck_assert(quantile_add(&once, bucket, 1, &home.pool));
        ck_assert(quantile_add(&parts[next_random(&state) % SPLIT], bucket, 1, &home.pool));
    }
    for (size_t i = SPLIT; i > 0; i--)
        merge_quantiles(&merged, &parts[i - 1], &home.pool);
    ck_assert_uint_eq(once.total, VALUES);
    ck_assert_uint_eq(merged.total, VALUES);
    ck_assert_uint_eq(merged.count, once.count);
    ck_assert_uint_gt(once.count, 3000);
    ck_assert(memcmp(merged.entries, once.entries, once.count * sizeof(*once.entries)) == 0);
    home_release(&home);
}
END_TEST

/* The numbers 1 to VALUES in a shuffled order: the value of a rank is known. */
START_TEST(percentiles_within_half_a_percent)
{
    struct home home;
    home_init(&home);
    struct quantile_sketch sketch = {.entries = NULL};
    for (size_t i = 0; i < VALUES; i++) {
        char text[64];
        snprintf(text, sizeof(text), "%zu", i * 7919 % VALUES + 1);
        ck_assert(quantile_add(&sketch, bucket_of(text_of(text)), 1, &home.pool));
    }
    for (size_t percent = 0; percent < 100; percent++) {
        uint64_t rank = VALUES / 100 * percent;
        char text[64];
        snprintf(text, sizeof(text), "%zu", (size_t)rank + 1);
        ck_assert_int_eq(quantile_at(&sketch, rank), bucket_of(text_of(text)));
    }
    home_release(&home);
}
END_TEST

/* ---- distinct values ---- */

/* The n-th of many values: hexadecimal digits that differ in few places. */
static uint64_t hash_of_value(uint64_t n, uint64_t seed)
{
    char digits[HASH_DIGITS];
    hash_print(n, digits);
    return hash_digest((struct slice){digits, sizeof(digits)}, seed);
}

static double share_of_error(uint64_t estimate, uint64_t truth)
{
    return ((double)estimate - (double)truth) / (double)truth;
}

static const uint64_t true_counts[] = {10,    30,    100,   300,   1000,  3000,   8000,
                                       10000, 10500, 12000, 15000, 20000, 100000, 1000000};

/* The shares of error at each true count up to largest, added to errors. */
static void add_errors(uint64_t seed, uint64_t largest, double *errors)
{
    struct home home;
    home_init(&home);
    struct distinct_sketch sketch = {.registers = NULL};
    uint64_t added = 0;
    for (size_t i = 0; i < COUNT_OF(true_counts) && true_counts[i] <= largest; i++) {
        bool fits = true; /* one check for all: each costs a write */
        for (; added < true_counts[i]; added++)
            fits = fits && distinct_add(&sketch, hash_of_value(added, seed), &home.pool);
        ck_assert(fits);
        double error = share_of_error(distinct_estimate(&sketch), added);
        /* Four standard errors. */
        ck_assert_msg(error < 0.064 && error > -0.064, "%f at %llu", error,
                      (unsigned long long)added);
        errors[i] += error;
    }
    home_release(&home);
}

START_TEST(estimates)
{
    double errors[COUNT_OF(true_counts)] = {0};
    add_errors(1, 1000000, errors);
}
END_TEST

/* The mean of many estimates has a smaller error, so that a bias would be seen; where others switch
 * between two estimators, at 10,240 values, it would be 2 %. */
START_TEST(no_bias)
{
    enum { SEEDS = 20, LARGEST = 20000 };
    double errors[COUNT_OF(true_counts)] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        add_errors(seed, LARGEST, errors);
    for (size_t i = 0; i < COUNT_OF(true_counts) && true_counts[i] <= LARGEST; i++) {
        double bias = errors[i] / SEEDS;
        ck_assert_msg(bias < 0.012 && bias > -0.012, "%f at %llu", bias,
                      (unsigned long long)true_counts[i]);
    }
}
END_TEST

START_TEST(few_values_are_counted)
{
    struct home home;
    home_init(&home);
    struct distinct_sketch sketch = {.registers = NULL};
    ck_assert_uint_eq(distinct_estimate(&sketch), 0);
    for (uint64_t n = 0; n < 10; n++) {
        for (size_t repeat = 0; repeat < 3; repeat++)
            ck_assert(distinct_add(&sketch, hash_of_value(n, 0), &home.pool));
        ck_assert_uint_eq(distinct_estimate(&sketch), n + 1);
    }
    home_release(&home);
}
END_TEST

START_TEST(distinct_of_any_split)
{
    struct home home;
    home_init(&home);
    struct distinct_sketch once = {.registers = NULL}, merged = {.registers = NULL};
    struct distinct_sketch parts[SPLIT] = {{.registers = NULL}};
    uint64_t state = 7;
    for (uint64_t n = 0; n < VALUES; n++) {
        uint64_t hash = hash_of_value(n, 0);
        ck_assert(distinct_add(&once, hash, &home.pool));
        ck_assert(distinct_add(&parts[next_random(&state) % SPLIT], hash, &home.pool));
        ck_assert(distinct_add(&parts[next_random(&state) % SPLIT], hash, &home.pool));
    }
    for (size_t i = SPLIT; i > 0; i--)
        ck_assert(distinct_merge(&merged, parts[i - 1].registers, &home.pool));
    ck_assert(distinct_merge(&merged, parts[2].registers, &home.pool));
    ck_assert(memcmp(once.registers, merged.registers, DISTINCT_REGISTERS) == 0);
    ck_assert_uint_eq(distinct_estimate(&once), distinct_estimate(&merged));
    home_release(&home);
}
END_TEST

/* What a register is: by hand, from the bits of a hash. */
START_TEST(registers_by_hand)
{
    struct home home;
    home_init(&home);
    struct distinct_sketch sketch = {.registers = NULL};
    ck_assert(distinct_add(&sketch, UINT64_C(0x0018000000000000), &home.pool));
    ck_assert_uint_eq(sketch.registers[1], 1);
    ck_assert(distinct_add(&sketch, UINT64_C(0x0011000000000000), &home.pool));
    ck_assert_uint_eq(sketch.registers[1], 4);
    ck_assert(distinct_add(&sketch, UINT64_C(0x0014000000000000), &home.pool));
    ck_assert_uint_eq(sketch.registers[1], 4);
    ck_assert(distinct_add(&sketch, UINT64_C(0xfff0000000000000), &home.pool));
    ck_assert_uint_eq(sketch.registers[4095], DISTINCT_RANK_MAX);
    ck_assert(distinct_add(&sketch, UINT64_C(0xffe0000000000001), &home.pool));
    ck_assert_uint_eq(sketch.registers[4094], DISTINCT_RANK_MAX);
    ck_assert(distinct_add(&sketch, UINT64_C(0xffd0000000000004), &home.pool));
    ck_assert_uint_eq(sketch.registers[4093], 50);
    ck_assert_uint_eq(distinct_estimate(&sketch), 4);
    home_release(&home);
}
END_TEST

/* Registers that no values could have left: an estimate all the same, and no shift or division that
 * goes wrong. */
START_TEST(registers_from_outside)
{
    struct home home;
    home_init(&home);
    uint8_t registers[DISTINCT_REGISTERS];
    struct distinct_sketch sketch = {.registers = NULL};
    memset(registers, 0, sizeof(registers));
    ck_assert(distinct_merge(&sketch, registers, &home.pool));
    ck_assert_uint_eq(distinct_estimate(&sketch), 0);
    memset(registers, 1, sizeof(registers));
    ck_assert(distinct_merge(&sketch, registers, &home.pool));
    ck_assert_uint_eq(distinct_estimate(&sketch), 5909); /* 12102203.2 / 2048 */
    memset(registers, 255, sizeof(registers));
    ck_assert(distinct_merge(&sketch, registers, &home.pool));
    ck_assert_uint_eq(sketch.registers[0], DISTINCT_RANK_MAX);
    ck_assert_uint_gt(distinct_estimate(&sketch), UINT64_C(6000000000000000000));
    home_release(&home);
}
END_TEST

/* The estimator as its paper writes it, in doubles. */
static double estimate_in_doubles(const uint8_t *registers)
{
    double sum = 0, empty = 0, series, before, weight = 1;
    for (size_t i = 0; i < DISTINCT_REGISTERS; i++) {
        double term = 1;
        for (uint8_t rank = 0; rank < registers[i]; rank++)
            term /= 2;
        if (registers[i] > 0) sum += term;
        empty += registers[i] == 0;
    }
    double power = empty / DISTINCT_REGISTERS;
    series = power;
    do {
        power *= power;
        before = series;
        series += power * weight;
        weight *= 2;
    } while (series > before);
    sum += series * DISTINCT_REGISTERS;
    return 0.72134752044448170368 * DISTINCT_REGISTERS * DISTINCT_REGISTERS / sum;
}

START_TEST(whole_numbers_are_exact_enough)
{
    struct home home;
    home_init(&home);
    uint64_t state = 3;
    for (uint64_t used = 1; used <= DISTINCT_REGISTERS; used += used < 64 ? 1 : 63) {
        for (uint64_t highest = 1; highest < 40; highest += 7) {
            uint8_t registers[DISTINCT_REGISTERS] = {0};
            struct distinct_sketch sketch = {.registers = NULL};
            for (size_t i = 0; i < used; i++)
                registers[i] = (uint8_t)(next_random(&state) % highest + 1);
            ck_assert(distinct_merge(&sketch, registers, &home.pool));
            double expected = estimate_in_doubles(registers);
            double difference = (double)distinct_estimate(&sketch) - expected;
            double allowed = 0.501 + expected / 100000;
            ck_assert_msg(difference < allowed && -difference < allowed, "%f: %f", expected,
                          difference);
            pool_clear(&home.pool);
        }
    }
    home_release(&home);
}
END_TEST

/* ---- refusals ---- */

/* Everything that asks for memory, once; false at the first refusal. */
static bool work(struct quantile_sketch *quantiles, struct distinct_sketch *distinct,
                 struct pool *pool, struct arena *scratch)
{
    static const uint8_t registers[DISTINCT_REGISTERS] = {1};
    struct slice text;
    for (quantile_bucket bucket = 9; bucket > 0; bucket--) {
        if (!quantile_add(quantiles, bucket, 1, pool)) return false;
    }
    struct distinct_sketch other = {.registers = NULL};
    return quantile_middle(1, scratch, &text) && quantile_upper(1, scratch, &text) &&
           distinct_add(distinct, 1, pool) && distinct_merge(&other, registers, pool);
}

START_TEST(every_allocation_can_fail)
{
    size_t n = 0;
    for (bool done = false; !done; n++) {
        struct failing_source source = {.fail_at = n};
        struct memory memory = failing_memory(&source);
        struct pool pool;
        struct arena scratch;
        pool_init(&pool, &memory, 64);
        arena_init(&scratch, &memory, 32);
        struct quantile_sketch quantiles = {.entries = NULL};
        struct distinct_sketch distinct = {.registers = NULL};
        done = work(&quantiles, &distinct, &pool, &scratch);
        ck_assert(done != source.refused);
        /* A refused bucket is not counted, and those before it are still there, in order. */
        ck_assert_uint_eq(quantiles.total, quantiles.count);
        for (size_t i = 0; i < quantiles.count; i++)
            ck_assert_int_eq(quantile_at(&quantiles, i),
                             9 - (quantile_bucket)quantiles.count + 1 + (quantile_bucket)i);
        ck_assert_uint_eq(distinct_estimate(&distinct), distinct.registers != NULL);
        pool_release(&pool);
        arena_release(&scratch);
        ck_assert_uint_eq(memory.used, 0);
    }
    ck_assert_uint_gt(n, 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sketch");
    TCase *cases = tcase_create("sketch");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, buckets);
    tcase_add_test(cases, order_of_buckets_is_order_of_values);
    tcase_add_test(cases, outermost_buckets);
    tcase_add_test(cases, a_middle_is_near_every_value);
    tcase_add_test(cases, ranks);
    tcase_add_test(cases, a_count_does_not_wrap);
    tcase_add_test(cases, quantiles_of_any_split);
    tcase_add_test(cases, percentiles_within_half_a_percent);
    tcase_add_test(cases, estimates);
    tcase_add_test(cases, no_bias);
    tcase_add_test(cases, few_values_are_counted);
    tcase_add_test(cases, distinct_of_any_split);
    tcase_add_test(cases, registers_by_hand);
    tcase_add_test(cases, registers_from_outside);
    tcase_add_test(cases, whole_numbers_are_exact_enough);
    tcase_add_test(cases, every_allocation_can_fail);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
