#include "decimal.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

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

static struct number number_of(struct slice text)
{
    struct number number;
    ck_assert_msg(number_parse(text, &number), "%.*s", (int)text.length, text.bytes);
    ck_assert_msg(decimal_accepts(&number), "%.*s", (int)text.length, text.bytes);
    return number;
}

/* The next of the words between single blanks; false behind the last. */
static bool next_word(const char **words, struct slice *word)
{
    if (**words == '\0') return false;
    *word = (struct slice){*words, strcspn(*words, " ")};
    *words += word->length + ((*words)[word->length] == ' ');
    return true;
}

/* The sum and the sum of squares of the words, and how many they are. */
static uint64_t add_words(const char *words, struct decimal *sum, struct decimal *squares,
                          struct home *home)
{
    struct slice word;
    uint64_t count = 0;
    while (next_word(&words, &word)) {
        struct number number = number_of(word);
        ck_assert(decimal_add_number(sum, &number, &home->pool));
        ck_assert(decimal_add_square(squares, &number, &home->pool));
        count++;
    }
    return count;
}

static struct decimal sum_of(const char *words, struct home *home)
{
    struct decimal sum = {.limbs = NULL}, squares = {.limbs = NULL};
    add_words(words, &sum, &squares, home);
    return sum;
}

static struct decimal decimal_of_count(uint64_t count, struct home *home)
{
    struct decimal one = sum_of("1", home), decimal = {.limbs = NULL};
    ck_assert(decimal_multiply_count(&one, count, &decimal, &home->pool));
    return decimal;
}

static void assert_text(struct slice text, const char *expected, const char *what)
{
    ck_assert_msg(slice_is(text, expected), "%.100s: %.*s, expected %.100s", what, (int)text.length,
                  text.bytes, expected);
}

static void assert_prints(const struct decimal *value, const char *expected, const char *what,
                          struct home *home)
{
    struct slice text;
    ck_assert(decimal_print(value, &home->scratch, &text));
    assert_text(text, expected, what);
}

/* head, then count times repeated, then tail; in home's scratch. */
static const char *long_text(const char *head, char repeated, size_t count, const char *tail,
                             struct home *home)
{
    char *text = arena_take(&home->scratch, strlen(head) + count + strlen(tail) + 1);
    ck_assert_ptr_nonnull(text);
    size_t length = strlen(head);
    memcpy(text, head, length);
    memset(text + length, repeated, count);
    memcpy(text + length + count, tail, strlen(tail) + 1);
    return text;
}

/* ---- what takes part ---- */

static bool accepts(const char *text)
{
    struct number number;
    ck_assert_msg(number_parse(text_of(text), &number), "%.50s", text);
    return decimal_accepts(&number);
}

START_TEST(limits)
{
    struct home home;
    home_init(&home);
    static const char *const within[] = {"0",        "-0.0",   "0e999999999999999999",
                                         "7844",     "1e400",  "-1e400",
                                         "1e-400",   "10e399", "0.1e401",
                                         "9.99e-400"};
    static const char *const beyond[] = {"1e401",
                                         "1e-401",
                                         "-1e401",
                                         "0.1e-400",
                                         "9.99e-401",
                                         "1e99999999999999999999",
                                         "1e-99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(within); i++)
        ck_assert_msg(accepts(within[i]), "%s", within[i]);
    for (size_t i = 0; i < COUNT_OF(beyond); i++)
        ck_assert_msg(!accepts(beyond[i]), "%s", beyond[i]);
    ck_assert(accepts(long_text("", '7', DECIMAL_DIGITS_MAX, "", &home)));
    ck_assert(!accepts(long_text("", '7', DECIMAL_DIGITS_MAX + 1, "", &home)));
    ck_assert(accepts(long_text("0.", '7', DECIMAL_DIGITS_MAX, "", &home)));
    ck_assert(!accepts(long_text("1.", '7', DECIMAL_DIGITS_MAX, "", &home)));
    ck_assert(accepts(long_text("", '7', DECIMAL_DIGITS_MAX, "e400", &home)));
    ck_assert(accepts(long_text("", '0', 5000, "1", &home)));
    home_release(&home);
}
END_TEST

/* ---- sums ---- */

struct sum_case {
    const char *numbers, *sum, *squares;
};

static const struct sum_case sum_cases[] = {
    {"", "0", "0"},
    {"0", "0", "0"},
    {"-0.0 0e400 000", "0", "0"},
    {"-12.50", "-12.5", "156.25"},
    {"1000000", "1000000", "1000000000000"},
    {"7e1 12e1 5e-1 3e0", "193.5", "19309.25"},
    {"1e3 -1E-3", "999.999", "1000000.000001"},
    {"999999999 1", "1000000000", "999999998000000002"},
    {"999999999999999999 1", "1000000000000000000", "999999999999999998000000000000000002"},
    {"9999999999999999999 9999999999999999999", "19999999999999999998",
     "199999999999999999960000000000000000002"},
    {"1000000000000000000 -1", "999999999999999999", "1000000000000000000000000000000000001"},
    {"1 -1000000000000000000", "-999999999999999999", "1000000000000000000000000000000000001"},
    {"5 -5", "0", "50"},
    {"-5 3", "-2", "34"},
    {"0.5 -1", "-0.5", "1.25"},
    {"0.000000001 -0.000000001 7", "7", "49.000000000000000002"},
    {"0.0000000001 999999999", "999999999.0000000001", "999999998000000001.00000000000000000001"},
    {"-0.0000000001 1000000000", "999999999.9999999999",
     "1000000000000000000.00000000000000000001"},
    {"1.50 1.50", "3", "4.5"},
    {"1675000000.123456 -1675000000", "0.123456", "5611250000413577600.015241383936"},
    {"1e18 1e-9 -1e18 -1e-9 -7", "-7", "2000000000000000000000000000000000049.000000000000000002"},
};

START_TEST(sums)
{
    struct home home;
    home_init(&home);
    for (size_t i = 0; i < COUNT_OF(sum_cases); i++) {
        const struct sum_case *expected = &sum_cases[i];
        struct decimal sum = {.limbs = NULL}, squares = {.limbs = NULL};
        add_words(expected->numbers, &sum, &squares, &home);
        assert_prints(&sum, expected->sum, expected->numbers, &home);
        assert_prints(&squares, expected->squares, expected->numbers, &home);
        int sign =
            expected->sum[0] == '-' ? -1 : expected->sum[0] != '0' || expected->sum[1] == '.';
        ck_assert_int_eq(decimal_sign(&sum), sign);
    }
    home_release(&home);
}
END_TEST

START_TEST(far_apart)
{
    struct home home;
    home_init(&home);
    struct decimal sum = sum_of("1e400 1e-400", &home);
    const char *zeros = long_text("1", '0', 400, ".", &home);
    const char *expected = long_text(zeros, '0', 399, "1", &home);
    assert_prints(&sum, expected, "1e400 1e-400", &home);
    struct decimal back;
    ck_assert(decimal_parse(text_of(expected), &home.pool, &back));
    ck_assert(decimal_subtract(&back, &sum, &home.pool));
    ck_assert_int_eq(decimal_sign(&back), 0);

    struct decimal small = sum_of("-1e400", &home);
    ck_assert(decimal_add(&sum, &small, &home.pool));
    assert_prints(&sum, long_text("0.", '0', 399, "1", &home), "1e-400", &home);
    home_release(&home);
}
END_TEST

START_TEST(a_thousand_digits)
{
    struct home home;
    home_init(&home);
    const char *nines = long_text("", '9', DECIMAL_DIGITS_MAX, "", &home);
    struct decimal sum = {.limbs = NULL}, squares = {.limbs = NULL};
    add_words(nines, &sum, &squares, &home);
    assert_prints(&sum, nines, "nines", &home);
    const char *upper = long_text("", '9', DECIMAL_DIGITS_MAX - 1, "8", &home);
    const char *square = long_text(upper, '0', DECIMAL_DIGITS_MAX - 1, "1", &home);
    assert_prints(&squares, square, "their square", &home);
    struct number one = number_of(SLICE("1"));
    ck_assert(decimal_add_number(&sum, &one, &home.pool));
    assert_prints(&sum, long_text("1", '0', DECIMAL_DIGITS_MAX, "", &home), "nines + 1", &home);

    /* The most limbs that a number can have, at the lowest and at the highest place. */
    struct decimal low = {.limbs = NULL}, high = {.limbs = NULL}, unused = {.limbs = NULL};
    const char *nines_below = long_text("9.", '9', DECIMAL_DIGITS_MAX - 1, "e-400", &home);
    add_words(nines_below, &low, &unused, &home);
    assert_prints(&low, long_text(long_text("0.", '0', 399, "", &home), '9', 1000, "", &home),
                  "low", &home);
    add_words(long_text("", '9', DECIMAL_DIGITS_MAX, "e400", &home), &high, &unused, &home);
    assert_prints(&high, long_text(long_text("", '9', 1000, "", &home), '0', 400, "", &home),
                  "high", &home);
    home_release(&home);
}
END_TEST

enum { RANDOM_NUMBERS = 200, RANDOM_ROUNDS = 60 };

static struct slice random_number(uint64_t *state, struct arena *scratch)
{
    static const char *const heads[] = {"", "-", "0.0", "-0."};
    static const char *const tails[] = {"", ".5", "e-11", "e7"};
    unsigned long long digits = next_random(state) >> next_random(state) % 64;
    size_t head = next_random(state) % COUNT_OF(heads);
    size_t tail = next_random(state) % COUNT_OF(tails);
    if (head > 1 && tail == 1) tail = 0; /* one point is enough */
    char text[64];
    snprintf(text, sizeof(text), "%s%llu%s", heads[head], digits, tails[tail]);
    struct slice copy;
    ck_assert(arena_copy(scratch, text_of(text), &copy));
    return copy;
}

/* Sums the numbers in as many parts as a random choice gives, each in its own order, and the parts
 * in random order; so that the text may depend on nothing but the set. */
static struct slice sum_split(const struct slice *numbers, uint64_t *state, bool squares,
                              struct home *home)
{
    enum { PARTS = 5 };
    struct decimal parts[PARTS] = {{.limbs = NULL}};
    size_t start = next_random(state) % RANDOM_NUMBERS;
    for (size_t i = 0; i < RANDOM_NUMBERS; i++) {
        /* 77 shares no factor with RANDOM_NUMBERS. */
        struct number number = number_of(numbers[(start + i * 77) % RANDOM_NUMBERS]);
        struct decimal *part = &parts[next_random(state) % PARTS];
        if (squares)
            ck_assert(decimal_add_square(part, &number, &home->pool));
        else
            ck_assert(decimal_add_number(part, &number, &home->pool));
    }
    struct decimal sum = {.limbs = NULL};
    size_t first = next_random(state) % PARTS;
    for (size_t i = 0; i < PARTS; i++) {
        struct slice sent;
        struct decimal received;
        ck_assert(decimal_print(&parts[(first + i) % PARTS], &home->scratch, &sent));
        ck_assert(decimal_parse(sent, &home->pool, &received));
        ck_assert(decimal_add(&sum, &received, &home->pool));
    }
    struct slice text;
    ck_assert(decimal_print(&sum, &home->scratch, &text));
    return text;
}

START_TEST(any_order_and_split)
{
    struct home home;
    home_init(&home);
    struct slice numbers[RANDOM_NUMBERS];
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < RANDOM_NUMBERS; i++)
        numbers[i] = random_number(&state, &home.scratch);
    for (size_t kind = 0; kind < 2; kind++) {
        struct slice once = sum_split(numbers, &state, kind == 1, &home);
        for (size_t round = 0; round < RANDOM_ROUNDS; round++) {
            struct slice again = sum_split(numbers, &state, kind == 1, &home);
            ck_assert(again.length == once.length);
            ck_assert(memcmp(again.bytes, once.bytes, once.length) == 0);
        }
    }
    home_release(&home);
}
END_TEST

START_TEST(no_allocation_for_each_row)
{
    struct failing_source source = {.fail_at = SIZE_MAX};
    struct memory memory = failing_memory(&source);
    struct pool pool;
    pool_init(&pool, &memory, 256);
    struct decimal sum = {.limbs = NULL}, squares = {.limbs = NULL};
    struct number small = number_of(SLICE("1675000000"));
    struct number large = number_of(SLICE("9999999999999999999"));
    ck_assert(decimal_add_number(&sum, &large, &pool));
    ck_assert(decimal_add_square(&squares, &large, &pool));
    uint32_t *limbs = sum.limbs;
    size_t requests = source.requests;
    bool fits = true; /* one check for all: each costs a write */
    for (size_t i = 0; i < 100000; i++) {
        fits = fits && decimal_add_number(&sum, i % 2 == 0 ? &small : &large, &pool);
        fits = fits && decimal_add_square(&squares, &small, &pool);
    }
    ck_assert(fits);
    ck_assert_uint_eq(source.requests, requests);
    ck_assert_ptr_eq(sum.limbs, limbs);
    pool_release(&pool);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

START_TEST(what_is_given_back_is_used_again)
{
    struct home home;
    home_init(&home);
    struct decimal sum = sum_of("1e20 1e-20", &home);
    uint32_t *limbs = sum.limbs;
    decimal_release(&sum, &home.pool);
    ck_assert_int_eq(decimal_sign(&sum), 0);
    decimal_release(&sum, &home.pool);
    struct decimal other = sum_of("2e20 1e-20", &home);
    ck_assert_ptr_eq(other.limbs, limbs);
    home_release(&home);
}
END_TEST

/* ---- products ---- */

START_TEST(products)
{
    static const char *const table[][3] = {
        {"0", "7", "0"},
        {"-3", "0", "0"},
        {"-3", "7", "-21"},
        {"-0.5", "-0.5", "0.25"},
        {"999999999", "999999999", "999999998000000001"},
        {"1e400", "1e-400", "1"},
        {"123456789.987654321", "1000000000.000000001", "123456789987654321.123456789987654321"},
    };
    struct home home;
    home_init(&home);
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct decimal left = sum_of(table[i][0], &home), right = sum_of(table[i][1], &home);
        struct decimal product = {.limbs = NULL}, reverse = {.limbs = NULL};
        ck_assert(decimal_multiply(&left, &right, &product, &home.pool));
        ck_assert(decimal_multiply(&right, &left, &reverse, &home.pool));
        assert_prints(&product, table[i][2], table[i][0], &home);
        assert_prints(&reverse, table[i][2], table[i][0], &home);
    }
    struct decimal value = sum_of("-0.25", &home), product = {.limbs = NULL};
    ck_assert(decimal_multiply_count(&value, UINT64_MAX, &product, &home.pool));
    assert_prints(&product, "-4611686018427387903.75", "-0.25 * UINT64_MAX", &home);
    product = (struct decimal){.limbs = NULL};
    ck_assert(decimal_multiply_count(&value, 0, &product, &home.pool));
    assert_prints(&product, "0", "-0.25 * 0", &home);
    home_release(&home);
}
END_TEST

/* A product whose exponent fits no decimal is refused, not wrapped. */
START_TEST(exponents_that_do_not_fit)
{
    struct home home;
    home_init(&home);
    uint32_t limb = 1;
    struct decimal low = {.limbs = &limb, .count = 1, .exponent = -2147483646};
    struct decimal high = {.limbs = &limb, .count = 1, .exponent = 2147483646};
    struct decimal product = {.limbs = NULL};
    ck_assert(!decimal_multiply(&low, &low, &product, &home.pool));
    ck_assert(!decimal_multiply(&high, &high, &product, &home.pool));
    ck_assert_int_eq(decimal_sign(&product), 0);
    ck_assert(decimal_multiply(&low, &high, &product, &home.pool));
    assert_prints(&product, "1", "low * high", &home);
    home_release(&home);
}
END_TEST

/* ---- text ---- */

START_TEST(parsed_as_printed)
{
    static const char *const texts[] = {
        "0",           "1",
        "-1",          "10",
        "0.1",         "-0.5",
        "1000000000",  "999999999.9",
        "0.000000001", "0.0000000001",
        "-12.505",     "-100000000000000000000000000000.000000000000000000000000001",
    };
    struct home home;
    home_init(&home);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct decimal value;
        ck_assert_msg(decimal_parse(text_of(texts[i]), &home.pool, &value), "%s", texts[i]);
        assert_prints(&value, texts[i], texts[i], &home);
        int sign = texts[i][0] == '-' ? -1 : strcmp(texts[i], "0") != 0;
        ck_assert_msg(decimal_sign(&value) == sign, "%s", texts[i]);
    }
    const char *longest = long_text("-0.", '0', DECIMAL_TEXT_MAX - 4, "1", &home);
    struct decimal value;
    ck_assert(decimal_parse(text_of(longest), &home.pool, &value));
    assert_prints(&value, longest, "longest", &home);
    home_release(&home);
}
END_TEST

START_TEST(other_spellings_are_refused)
{
    static const char *const texts[] = {
        "",    "-",   "-0",  "00",    "01",  "-01",  "0.0",   "-0.0", "1.0",  "1.50",   "1e3",
        "1E3", "0e0", "1.",  ".5",    "+1",  " 1",   "1 ",    "1,5",  "0x1",  "nan",    "inf",
        "--1", "1-",  "-00", "1.2.3", "12a", "00.5", "-00.5", "1e-3", "0.10", "-1.5e2",
    };
    struct home home;
    home_init(&home);
    uint32_t limb = 77;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct decimal value = {.limbs = &limb, .count = 1};
        ck_assert_msg(!decimal_parse(text_of(texts[i]), &home.pool, &value), "%s", texts[i]);
        assert_prints(&value, "77", texts[i], &home);
    }
    struct decimal value;
    ck_assert(!decimal_parse((struct slice){NULL, 0}, &home.pool, &value));
    ck_assert(!decimal_parse(SLICE("1\0"), &home.pool, &value));
    const char *longer = long_text("", '1', DECIMAL_TEXT_MAX + 1, "", &home);
    ck_assert(!decimal_parse(text_of(longer), &home.pool, &value));
    home_release(&home);
}
END_TEST

/* ---- quotients and roots ---- */

struct statistics_case {
    const char *numbers;
    const char *average;
    const char *variance, *deviation; /* of a sample; empty for one number */
};

/* Worked out with Python's fractions and whole-number square roots, rounded half to even to 17
 * digits; the roots once more with its decimal at 60 digits. */
static const struct statistics_case statistics_cases[] = {
    {"1", "1", "", ""},
    {"0 0", "0", "0", "0"},
    {"-0 0.0", "0", "0", "0"},
    {"1 2 4", "2.3333333333333333", "2.3333333333333333", "1.5275252316519467"},
    {"1 2", "1.5", "0.5", "0.70710678118654752"},
    {"1 2 3 4", "2.5", "1.6666666666666667", "1.2909944487358056"},
    {"-5 5", "0", "50", "7.0710678118654752"},
    {"10 20 30", "20", "100", "10"},
    {"0.1 0.2", "0.15", "0.005", "0.070710678118654752"},
    {"0.1 0.2 -0.3", "0", "0.07", "0.26457513110645906"},
    {"7844 443 53 8080", "4105", "19869898", "4457.5663763986734"},
    {"65535 1", "32768", "2147352578", "46339.535798279205"},
    {"1675000000 1675000001 1675000002", "1675000001", "1", "1"},
    {"1675000000.123 1675000000.124", "1675000000.1235", "0.0000005", "0.00070710678118654752"},
    {"9999999999999999999 1", "5000000000000000000", "5e37", "7071067811865475200"},
    {"9999999999999999999 9999999999999999998", "10000000000000000000", "0.5",
     "0.70710678118654752"},
    {"-9999999999999999999 -9999999999999999999 -9999999999999999998", "-10000000000000000000",
     "0.33333333333333333", "0.57735026918962576"},
    {"999999999 1", "500000000", "499999998000000000", "707106779.77233396"},
    {"999999999999999999 1", "500000000000000000", "5e35", "707106781186547520"},
    {"1000000000 -1", "499999999.5", "500000001000000000", "707106781.89365431"},
    {"1e18 -1e9 -1", "333333333000000000", "3.3333333366666667e35", "577350269478300900"},
    {"10000000000000000 10000000000000001", "10000000000000000", "0.5", "0.70710678118654752"},
    {"10000000000000001 10000000000000002", "10000000000000002", "0.5", "0.70710678118654752"},
    {"-10000000000000001 -10000000000000002", "-10000000000000002", "0.5", "0.70710678118654752"},
    {"99999999999999999 100000000000000000", "100000000000000000", "0.5", "0.70710678118654752"},
    {"99999999999999999.5", "100000000000000000", "", ""},
    {"10000000000000000.5", "10000000000000000", "", ""},
    {"10000000000000001.5", "10000000000000002", "", ""},
    {"10000000000000000.50000000000000000000000000001", "10000000000000001", "", ""},
    {"-10000000000000000.5", "-10000000000000000", "", ""},
    {"0.000010000000000000000500", "0.00001", "", ""},
    {"999999999999999999999", "1e21", "", ""},
    {"100000000000000000000", "100000000000000000000", "", ""},
    {"1e20", "100000000000000000000", "", ""},
    {"1e21", "1e21", "", ""},
    {"999999999999999999995000", "1e24", "", ""},
    {"99999999999999999999.9", "100000000000000000000", "", ""},
    {"123456789e13", "1.23456789e21", "", ""},
    {"1e-15", "0.000000000000001", "", ""},
    {"9.9999999999999999e-16", "9.9999999999999999e-16", "", ""},
    {"9.99999999999999999e-16", "0.000000000000001", "", ""},
    {"1.5e-15", "0.0000000000000015", "", ""},
    {"1e-16", "1e-16", "", ""},
    {"-1e-16 -3e-16", "-2e-16", "2e-32", "1.414213562373095e-16"},
    {"1e-8 2e-8 4e-8", "0.000000023333333333333333", "2.3333333333333333e-16",
     "0.000000015275252316519467"},
    {"1e400", "1e400", "", ""},
    {"1e400 1e-400", "5e399", "5e799", "7.0710678118654752e399"},
    {"1e400 -1e400 1", "0.33333333333333333", "1e800", "1e400"},
    {"1e-400 3e-400", "2e-400", "2e-800", "1.414213562373095e-400"},
    {"1e400 3e400", "2e400", "2e800", "1.414213562373095e400"},
    {"-1e400 -1e400 -1e399", "-7e399", "2.7e799", "5.1961524227066319e399"},
    {"3 3 3", "3", "0", "0"},
    {"0.1 0.1 0.1 0.1", "0.1", "0", "0"},
    {"1e10 1", "5000000000.5", "49999999990000000000", "7071067811.1583685"},
    {"2 4 4 4 5 5 7 9", "5", "4.5714285714285714", "2.1380899352993951"},
    {"1 1 1 2", "1.25", "0.25", "0.5"},
    {"3.5 -2.25 1e-3 07", "2.06275", "16.430916916666667", "4.0535067431381765"},
    {"123456789012345678901234567890 987654321098765432109876543210", "5.5555555505555556e29",
     "3.7341868723212925e59", "6.110799352229864e29"},
    {"66e3 -5958422427", "-2979178213.5", "17751792167346467000", "4213287572.3532648"},
    {"30602405931792088e6 30602405931792091e6", "3.060240593179209e22", "4500000000000",
     "2121320.3435596426"},
    {"-59820 82e24 4327723172 0.00000000000001212 13893", "1.6400000000000001e25", "1.3448e51",
     "3.6671514830996551e25"},
    {"1e27 1e27 1e27 1e27 1e27 1e27 1e27 1e27", "1e27", "0", "0"},
    {"-1e27 0.0000000000000000000000000000025038371817 -24154 -57864188258193909 58608 "
     "1315668126659 401912192.890955 2",
     "-1.2500000000723286e26", "1.2499999999793347e53", "3.5355339059035125e26"},
    {"7 -2892610644441 -52723 18e-26 -7 8454510356247826253 -8454510356247826253 2892610644441 "
     "52723 -18e-26",
     "0", "1.588416563642447e37", "3985494403010054400"},
    {"-79684393778662775 79684393778662775 21589 1e9 -1e9 -21589 448838346 -448838346", "0",
     "1.8141721748208548e33", "42593100084648157"},
    {"-3536333229543347352980795818887824686970.138916542680599494715964808339057399986e-17 "
     "-521762545004741311 2.5 37392",
     "-8.8409635144946196e21", "3.1263824261699468e44", "1.7681579189003302e22"},
};

static void assert_statistics(const struct statistics_case *expected, struct home *home)
{
    struct decimal sum = {.limbs = NULL}, squares = {.limbs = NULL};
    uint64_t count = add_words(expected->numbers, &sum, &squares, home);
    struct decimal divisor = decimal_of_count(count, home);
    struct slice text;
    ck_assert(decimal_divide(&sum, &divisor, &home->scratch, &text));
    assert_text(text, expected->average, expected->numbers);
    if (expected->variance[0] == '\0') return;

    struct decimal spread = {.limbs = NULL}, squared = {.limbs = NULL}, pairs = {.limbs = NULL};
    ck_assert(decimal_multiply_count(&squares, count, &spread, &home->pool));
    ck_assert(decimal_multiply(&sum, &sum, &squared, &home->pool));
    ck_assert(decimal_subtract(&spread, &squared, &home->pool));
    ck_assert(decimal_multiply_count(&divisor, count - 1, &pairs, &home->pool));
    ck_assert(decimal_divide(&spread, &pairs, &home->scratch, &text));
    assert_text(text, expected->variance, expected->numbers);
    ck_assert(decimal_divide_root(&spread, &pairs, &home->scratch, &text));
    assert_text(text, expected->deviation, expected->numbers);
}

START_TEST(averages_and_deviations)
{
    struct home home;
    home_init(&home);
    for (size_t i = 0; i < COUNT_OF(statistics_cases); i++)
        assert_statistics(&statistics_cases[i], &home);
    home_release(&home);
}
END_TEST

struct quotient_case {
    const char *numerator, *denominator, *quotient, *root;
};

static const struct quotient_case quotient_cases[] = {
    {"0", "3", "0", "0"},
    {"0", "-3", "0", ""},
    {"1", "3", "0.33333333333333333", "0.57735026918962576"},
    {"-2", "3", "-0.66666666666666667", ""},
    {"2", "-3", "-0.66666666666666667", ""},
    {"-2", "-3", "0.66666666666666667", "0.81649658092772603"},
    {"9999999999999999999999", "1", "1e22", "100000000000"},
    /* Exactly half of the last digit: to even, down and up; then a trace more and less. */
    {"1000000000000000.05", "0.1", "10000000000000000", "100000000"},
    {"1000000000000000.15", "0.1", "10000000000000002", "100000000.00000001"},
    {"10000000000000000.500000000000000000000000000000000001", "1", "10000000000000001",
     "100000000"},
    {"10000000000000001.499999999999999999999999999999999999", "1", "10000000000000001",
     "100000000.00000001"},
    {"1e-400", "1e400", "1e-800", "1e-400"},
    {"1e400", "1e-400", "1e800", "1e400"},
    {"1e400", "3e399", "3.3333333333333333", "1.8257418583505537"},
    /* A root that is half exactly: 10000000000000000.5 squared, and the next one. */
    {"100000000000000010000000000000000.25", "1", "1.0000000000000001e32", "10000000000000000"},
    {"100000000000000030000000000000002.25", "1", "1.0000000000000003e32", "10000000000000002"},
    {"100000000000000010000000000000000.2500001", "1", "1.0000000000000001e32",
     "10000000000000001"},
    {"99999999999999999.5", "1e17", "1", "1"},
    {"99999999999999999", "1e17", "0.99999999999999999", "0.99999999999999999"},
    {"7", "7000000000000000000000000000000000", "1e-33", "3.1622776601683793e-17"},
};

START_TEST(quotients_and_roots)
{
    struct home home;
    home_init(&home);
    for (size_t i = 0; i < COUNT_OF(quotient_cases); i++) {
        const struct quotient_case *expected = &quotient_cases[i];
        struct decimal numerator = sum_of(expected->numerator, &home);
        struct decimal denominator = sum_of(expected->denominator, &home);
        struct slice text;
        ck_assert(decimal_divide(&numerator, &denominator, &home.scratch, &text));
        assert_text(text, expected->quotient, expected->numerator);
        if (expected->root[0] == '\0') continue;
        ck_assert(decimal_divide_root(&numerator, &denominator, &home.scratch, &text));
        assert_text(text, expected->root, expected->numerator);
    }
    home_release(&home);
}
END_TEST

START_TEST(long_quotients)
{
    struct home home;
    home_init(&home);
    const char *ones = long_text("", '1', 999, "", &home);
    struct decimal numerator = sum_of(ones, &home), three = sum_of("3", &home);
    struct slice text;
    ck_assert(decimal_divide(&numerator, &three, &home.scratch, &text));
    assert_text(text, "3.7037037037037037e997", "ones / 3");
    ck_assert(decimal_divide(&three, &numerator, &home.scratch, &text));
    assert_text(text, "2.7e-998", "3 / ones");
    struct decimal square = {.limbs = NULL}, one = sum_of("1", &home);
    ck_assert(decimal_multiply(&numerator, &numerator, &square, &home.pool));
    ck_assert(decimal_divide(&square, &numerator, &home.scratch, &text));
    assert_text(text, "1.1111111111111111e998", "ones * ones / ones");
    ck_assert(decimal_divide_root(&square, &one, &home.scratch, &text));
    assert_text(text, "1.1111111111111111e998", "root of ones * ones");
    home_release(&home);
}
END_TEST

/* ---- refusals ---- */

/* Everything that asks for memory, once; false at the first refusal, after which the sum must still
 * be what it was. */
static bool work(struct pool *pool, struct arena *scratch, struct decimal *sum, const char **before)
{
    struct decimal product = {.limbs = NULL}, parsed = {.limbs = NULL};
    struct number long_number = number_of(SLICE("123456789012345678901234567890.5"));
    struct number tiny = number_of(SLICE("1e-30"));
    struct slice text;
    *before = "0";
    if (!decimal_add_number(sum, &long_number, pool)) return false;
    *before = "123456789012345678901234567890.5";
    if (!decimal_add_square(sum, &tiny, pool)) return false;
    *before =
        "123456789012345678901234567890.500000000000000000000000000000000000000000000000000000"
        "000001";
    if (!decimal_multiply(sum, sum, &product, pool)) return false;
    if (!decimal_print(&product, scratch, &text)) return false;
    if (!decimal_parse(text, pool, &parsed)) return false;
    if (!decimal_divide(&parsed, sum, scratch, &text)) return false;
    assert_text(text, "1.2345678901234568e29", "quotient");
    if (!decimal_divide_root(&parsed, sum, scratch, &text)) return false;
    assert_text(text, "351364182882014.43", "root");
    if (!decimal_subtract(sum, &parsed, pool)) return false;
    *before = NULL;
    return true;
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
        arena_init(&scratch, &memory, 64);
        struct decimal sum = {.limbs = NULL};
        const char *before;
        done = work(&pool, &scratch, &sum, &before);
        ck_assert(done != source.refused);
        source.fail_at = SIZE_MAX;
        struct slice text;
        ck_assert(decimal_print(&sum, &scratch, &text));
        if (before != NULL) assert_text(text, before, "the sum after a refusal");
        pool_release(&pool);
        arena_release(&scratch);
        ck_assert_uint_eq(memory.used, 0);
    }
    ck_assert_uint_gt(n, 8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decimal");
    TCase *cases = tcase_create("decimal");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, limits);
    tcase_add_test(cases, sums);
    tcase_add_test(cases, far_apart);
    tcase_add_test(cases, a_thousand_digits);
    tcase_add_test(cases, any_order_and_split);
    tcase_add_test(cases, no_allocation_for_each_row);
    tcase_add_test(cases, what_is_given_back_is_used_again);
    tcase_add_test(cases, products);
    tcase_add_test(cases, exponents_that_do_not_fit);
    tcase_add_test(cases, parsed_as_printed);
    tcase_add_test(cases, other_spellings_are_refused);
    tcase_add_test(cases, averages_and_deviations);
    tcase_add_test(cases, quotients_and_roots);
    tcase_add_test(cases, long_quotients);
    tcase_add_test(cases, every_allocation_can_fail);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
