#include "number.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_memory.h"
#include "test_random.h"

enum { BLOCK_SIZE = 1024 };

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* ---- what a number is ---- */

static const char *const numbers[] = {
    "0",
    "00",
    "-0",
    "7844",
    "07844",
    "-1",
    "1.0",
    "0.10",
    "123.456",
    "1e3",
    "1E3",
    "1e+3",
    "1e-3",
    "1e003",
    "-1.5e2",
    "0e0",
    "0.0e999",
    "1e9999999999999999999999",
    "99999999999999999999999999999999999999999999.00000000000000000000000000000000001",
};

static const char *const not_numbers[] = {
    "",      "-",   "+1",    " 1",  "1 ",  "1.",       ".5",    "-.5",  "1..2", "1.2.3", "1e",
    "1e+",   "1e-", "1e1.5", "e5",  "--1", "-+1",      "1-",    "0x10", "inf",  "nan",   "NaN",
    "1,000", "1_0", "1e5x",  "\n1", "1\n", "\xd9\xa1", "1e--2", "-e1",  "1f",   "1.e5",
};

START_TEST(grammar)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct number number;
        ck_assert_msg(number_parse(text_of(numbers[i]), &number), "%s", numbers[i]);
        ck_assert_msg(number_parse(text_of(numbers[i]), NULL), "%s", numbers[i]);
    }
    for (size_t i = 0; i < COUNT_OF(not_numbers); i++)
        ck_assert_msg(!number_parse(text_of(not_numbers[i]), NULL), "%s", not_numbers[i]);
    ck_assert(!number_parse((struct slice){NULL, 0}, NULL));
    ck_assert(!number_parse(SLICE("1\0"), NULL));
    ck_assert(!number_parse(SLICE("\0"), NULL));
}
END_TEST

struct taken_apart {
    const char *text;
    bool negative;
    int64_t magnitude;
    const char *whole, *fraction;
};

static const struct taken_apart taken_apart[] = {
    {"12.5", false, 1, "12", "5"},
    {"0.05", false, -2, "", "5"},
    {"-0.5", true, -1, "", "5"},
    {"0012.050", false, 1, "12", "050"},
    {"00.0100e1", false, -1, "", "100"},
    {"5e3", false, 3, "5", ""},
    {"5e-000000000000000000000000000003", false, -3, "5", ""},
    {"1000", false, 3, "1000", ""},
    {"0", false, 0, "", ""},
    {"-0.000e77", false, 0, "", ""},
    {"1e99999999999999999999999", false, NUMBER_EXPONENT_MAX, "1", ""},
    {"1e-99999999999999999999999", false, -NUMBER_EXPONENT_MAX, "1", ""},
    {"10e99999999999999999999999", false, NUMBER_EXPONENT_MAX + 1, "10", ""},
};

START_TEST(parts_of_a_number)
{
    for (size_t i = 0; i < COUNT_OF(taken_apart); i++) {
        const struct taken_apart *expected = &taken_apart[i];
        struct number number;
        ck_assert(number_parse(text_of(expected->text), &number));
        ck_assert_msg(number.negative == expected->negative, "%s", expected->text);
        ck_assert_msg(number.magnitude == expected->magnitude, "%s", expected->text);
        ck_assert_msg(slice_is(number.whole, expected->whole), "%s", expected->text);
        ck_assert_msg(slice_is(number.fraction, expected->fraction), "%s", expected->text);
    }
}
END_TEST

/* ---- order ---- */

/* Each line holds texts of one value, in byte order; the lines ascend. Every pair is compared. */
static const char *const ladder[][7] = {
    {"-1e99999999999999999999"},
    {"-1e400"},
    {"-1000000000000000000000", "-1e21"},
    {"-10"},
    {"-9", "-9.0"},
    {"-1.5"},
    {"-1"},
    {"-0.10", "-0.1", "-1e-1"},
    {"-1e-400"},
    {"-0", "-0.0", "0", "0.00", "00", "0e0", "0e999999999999999999999"},
    {"1e-99999999999999999999"},
    {"1e-400"},
    {"0.05"},
    {"0.1", "0.10", "1e-1"},
    {"0.11"},
    {"01", "1", "1.0", "10e-1", "1E0", "1e0"},
    {"2"},
    {"9"},
    {"10"},
    {"70"},
    {"100", "100.000", "1e2"},
    {"999.9999"},
    {"1000", "1e+3", "1e3"},
    {"07844", "7844", "7844.0"},
    {"65535"},
    {"1778500000.383"},
    {"1778500000.384"},
    {"999999999999999999"},
    {"1000000000000000000", "1000000000000000000.0", "1e18"},
    {"1000000000000000001"},
    {"9223372036854775807"},
    {"9223372036854775808"},
    {"123456789012345678901234567890"},
    {"123456789012345678901234567890.0000000000000000000001"},
    {"123456789012345678901234567891"},
    {"1e399"},
    {"1e400", "10e399"},
    {"1e99999999999999999999"},
    {"1.1e99999999999999999999"},
    /* no numbers: by bytes */
    {""},
    {" 1"},
    {"+1"},
    {"-"},
    {"10.0.0.1"},
    {"1778500000/383"},
    {"1e"},
    {"Apple"},
    {"a"},
    {"apple"},
    {"inf"},
    {"\xc3\xa4"},
};

static void check_pair(size_t left_line, const char *left, size_t right_line, const char *right)
{
    int by_value = (left_line > right_line) - (left_line < right_line);
    int by_bytes = sign(strcmp(left, right));
    ck_assert_msg(sign(number_order_by_value(text_of(left), text_of(right))) == by_value,
                  "%s and %s by value", left, right);
    ck_assert_msg(sign(number_order(text_of(left), text_of(right))) ==
                      (by_value != 0 ? by_value : by_bytes),
                  "%s and %s", left, right);
    struct number left_number, right_number;
    if (number_parse(text_of(left), &left_number) && number_parse(text_of(right), &right_number))
        ck_assert_msg(sign(number_compare(&left_number, &right_number)) == by_value,
                      "%s and %s as numbers", left, right);
}

static void check_line(size_t line, const char *text)
{
    for (size_t other = 0; other < COUNT_OF(ladder); other++) {
        for (size_t i = 0; i < COUNT_OF(ladder[0]) && ladder[other][i] != NULL; i++)
            check_pair(line, text, other, ladder[other][i]);
    }
}

START_TEST(total_order)
{
    for (size_t line = 0; line < COUNT_OF(ladder); line++) {
        for (size_t i = 0; i < COUNT_OF(ladder[0]) && ladder[line][i] != NULL; i++)
            check_line(line, ladder[line][i]);
    }
}
END_TEST

enum { ALIKE_MAX = 18, ALIKE_PAIRS = 400000 };

/* Eight to sixteen digits, with one point between two of them or none: the point's place, 0 for
 * none. Else -1. */
static int plain_point(const char *text)
{
    size_t length = strlen(text);
    int point = 0;
    if (length < 8 || length > 16) return -1;
    for (size_t i = 0; i < length; i++) {
        bool first_point = text[i] == '.' && point == 0 && i > 0 && i < length - 1;
        if (first_point)
            point = (int)i;
        else if (text[i] < '0' || text[i] > '9')
            return -1;
    }
    return point;
}

static size_t random_below(uint64_t *state, size_t count)
{
    return (size_t)(next_random(state) % count);
}

/* left and right mostly have one length and one point, and now and then a byte that spoils it. */
static void random_alike(uint64_t *state, char *left, char *right)
{
    static const char spoilers[] = "./:-e \xb0";
    size_t length = 7 + random_below(state, 11), point = random_below(state, length + 4);
    for (size_t i = 0; i < length; i++) {
        left[i] = i == point ? '.' : (char)('0' + random_below(state, 10));
        right[i] = random_below(state, 3) > 0 || i == point ? left[i]
                                                            : (char)('0' + random_below(state, 10));
    }
    left[length] = right[length] = '\0';
    char *spoiled = random_below(state, 2) > 0 ? left : right;
    if (random_below(state, 3) == 0)
        spoiled[random_below(state, length)] = spoilers[random_below(state, sizeof(spoilers) - 1)];
}

START_TEST(texts_written_alike)
{
    uint64_t state = 7844;
    unsigned found = 0;
    for (size_t i = 0; i < ALIKE_PAIRS; i++) {
        char left[ALIKE_MAX + 1], right[ALIKE_MAX + 1];
        int order = 0, known_order = 0;
        random_alike(&state, left, right);
        bool right_is_plain = plain_point(right) >= 0;
        bool alike = right_is_plain && strlen(left) == strlen(right) &&
                     plain_point(left) == plain_point(right);
        ck_assert_msg(number_order_alike(text_of(left), text_of(right), false, &order) == alike,
                      "%s and %s", left, right);
        if (right_is_plain)
            ck_assert_msg(number_order_alike(text_of(left), text_of(right), true, &known_order) ==
                              alike,
                          "%s and %s, which is known", left, right);
        if (!alike) continue;
        ck_assert_int_eq(order, sign(strcmp(left, right)));
        ck_assert_int_eq(known_order, order);
        found++;
    }
    ck_assert_uint_gt(found, ALIKE_PAIRS / 10);
}
END_TEST

/* ---- printing ---- */

struct print {
    const char *text;
    size_t fraction_limit;
    const char *printed;
};

#define DIGITS_40 "1234567890123456789012345678901234567890"

static const struct print prints[] = {
    {"7844", SIZE_MAX, "7844"},
    {"007", SIZE_MAX, "007"},
    {"5.00", SIZE_MAX, "5"},
    {"5.50", SIZE_MAX, "5.50"},
    {"-5.0", SIZE_MAX, "-5"},
    {"-0.0", SIZE_MAX, "-0"},
    {"0.000", SIZE_MAX, "0"},
    {"1674991980.2234425", 6, "1674991980.223442"},
    {"1674991980.000000", 6, "1674991980"},
    {"1674991980.0000009", 6, "1674991980"},
    {"1674991980.5", 6, "1674991980.5"},
    {"1674991980.5", 0, "1674991980"},
    {"1674991980.500000", 3, "1674991980.500"},
    {"unknown", SIZE_MAX, "unknown"},
    {"1.50.0", 1, "1.50.0"},
    {"", 6, ""},
    {"1e3", SIZE_MAX, "1000"},
    {"1.5E+3", SIZE_MAX, "1500"},
    {"0012.5e1", SIZE_MAX, "125"},
    {"1.50e1", SIZE_MAX, "15"},
    {"1.50e0", SIZE_MAX, "1.50"},
    {"1.234e2", SIZE_MAX, "123.4"},
    {"1.234e2", 0, "123"},
    {"-1.5e-3", SIZE_MAX, "-0.0015"},
    {"-1.5e-3", 3, "-0.001"},
    {"-1.5e-3", 2, "-0"},
    {"0e5", SIZE_MAX, "0"},
    {"-0.00e-7", SIZE_MAX, "-0"},
    {"1e39", SIZE_MAX, "1000000000000000000000000000000000000000"}, /* 40 bytes */
    {"1e40", SIZE_MAX, "1e40"},
    {"-1e39", SIZE_MAX, "-1e39"},
    {"1e-38", SIZE_MAX, "0.00000000000000000000000000000000000001"}, /* 40 bytes */
    {"1e-39", SIZE_MAX, "1e-39"},
    {"-1e-38", SIZE_MAX, "-1e-38"},
    {"1e-300", 6, "0"},
    {"1.25e300", 1, "1.25e300"},
    {"1e-999999999999999999999", SIZE_MAX, "1e-999999999999999999999"},
    {"1e-999999999999999999999", 6, "0"},
    {"1e999999999999999999999", SIZE_MAX, "1e999999999999999999999"},
    {DIGITS_40 "1.0", SIZE_MAX, DIGITS_40 "1"},
    {DIGITS_40 "e0", SIZE_MAX, DIGITS_40},
    {DIGITS_40 "1e0", SIZE_MAX, DIGITS_40 "1e0"},
    {"1.0000000000000000000000000000000000000000000000000e0", SIZE_MAX, "1"},
};

START_TEST(printing)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena scratch;
    arena_init(&scratch, &memory, BLOCK_SIZE);
    for (size_t i = 0; i < COUNT_OF(prints); i++) {
        struct slice printed;
        ck_assert(
            number_print(text_of(prints[i].text), prints[i].fraction_limit, &scratch, &printed));
        ck_assert_msg(slice_is(printed, prints[i].printed), "%s printed as %.*s", prints[i].text,
                      (int)printed.length, printed.length > 0 ? printed.bytes : "");
    }
    arena_release(&scratch);
}
END_TEST

START_TEST(ordinary_numbers_print_without_memory)
{
    struct failing_source failing = {.fail_at = 0};
    struct memory memory = failing_memory(&failing);
    struct arena scratch;
    arena_init(&scratch, &memory, BLOCK_SIZE);
    struct slice printed;
    ck_assert(number_print(SLICE("1674991980.2234425"), 6, &scratch, &printed));
    ck_assert(number_print(SLICE("5.00"), SIZE_MAX, &scratch, &printed));
    ck_assert(number_print((struct slice){NULL, 0}, SIZE_MAX, &scratch, &printed));
    ck_assert_uint_eq(failing.requests, 0);
    ck_assert(!number_print(SLICE("1e3"), SIZE_MAX, &scratch, &printed));
    ck_assert(failing.refused);
    arena_release(&scratch);
}
END_TEST

/* ---- times ---- */

struct time_case {
    const char *text;
    int64_t seconds;
    const char *fraction;
};

static const struct time_case times[] = {
    {"1970-01-01T00:00:00Z", 0, ""},
    {"1970-01-01 00:00:00Z", 0, ""},
    {"1969-12-31T23:59:59.25Z", -1, "25"},
    {"2023-01-29T11:33:00.223442500Z", 1674991980, "223442500"},
    {"2026-07-16T15:45:16.2412667Z", 1784216716, "2412667"},
    {"2023-01-29T11:33:00+00:00", 1674991980, ""},
    {"2023-01-29T11:33:00+0000", 1674991980, ""},
    {"2023-01-29T11:33:00.000-00:00", 1674991980, "000"},
    {"2023-01-29T06:03:00-0530", 1674991980, ""},
    {"2023-01-29T17:03:00.5+05:30", 1674991980, "5"},
    {"2024-02-29T00:00:00Z", 1709164800, ""},
    {"2000-02-29T12:00:00Z", 951825600, ""},
    {"2000-03-01T00:00:00Z", 951868800, ""},
    {"2023-12-31T23:59:59Z", 1704067199, ""},
    {"2038-01-19T03:14:08Z", INT64_C(2147483648), ""},
    {"0001-01-01T00:00:00Z", INT64_C(-62135596800), ""},
    {"0001-01-01T00:00:00+23:59", INT64_C(-62135683140), ""},
    {"9999-12-31T23:59:59Z", INT64_C(253402300799), ""},
};

static const char *const not_times[] = {
    "",
    "2023-01-29",
    "2023-01-29T11:33:00", /* no zone */
    "2023-01-29T11:33:00.123",
    "2023-01-29T11:33:00.Z",
    "2023-01-29T11:33Z",
    "2023-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2023-04-31T00:00:00Z",
    "2023-13-01T00:00:00Z",
    "2023-00-01T00:00:00Z",
    "2023-01-00T00:00:00Z",
    "2023-01-29T24:00:00Z",
    "2023-01-29T23:60:00Z",
    "2023-01-29T23:59:60Z",
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "-2023-01-29T11:33:00Z",
    "2023-1-29T11:33:00Z",
    "2023-01-29t11:33:00Z",
    "2023-01-29T11:33:00z",
    "2023-01-29T11:33:00+24:00",
    "2023-01-29T11:33:00+05:60",
    "2023-01-29T11:33:00+05",
    "2023-01-29T11:33:00+5:30",
    "2023-01-29T11:33:00+05:3",
    "2023-01-29T11:33:00+05::30",
    "2023-01-29T11:33:00ZZ",
    "2023-01-29T11:33:00Z ",
    " 2023-01-29T11:33:00Z",
    "2023-01-29  11:33:00Z",
    "2023-01-29T11:33:00,5Z",
    "2023-01-29T11:33:00.-5Z",
    "2023-01-29T1\xd9\xa1:33:00Z",
    "2023/01/29T11:33:00Z",
    "1674991980",
};

START_TEST(reading_times)
{
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        int64_t seconds;
        struct slice fraction;
        ck_assert_msg(time_parse(text_of(times[i].text), &seconds, &fraction), "%s", times[i].text);
        ck_assert_msg(seconds == times[i].seconds, "%s gave %lld", times[i].text,
                      (long long)seconds);
        ck_assert_msg(slice_is(fraction, times[i].fraction), "%s", times[i].text);
    }
}
END_TEST

START_TEST(refusing_times)
{
    int64_t seconds;
    struct slice fraction;
    for (size_t i = 0; i < COUNT_OF(not_times); i++)
        ck_assert_msg(!time_parse(text_of(not_times[i]), &seconds, &fraction), "%s", not_times[i]);
    ck_assert(!time_parse((struct slice){NULL, 0}, &seconds, &fraction));
    ck_assert(!time_parse(SLICE("2023-01-29T11:33:00Z\0"), &seconds, &fraction));
}
END_TEST

/* Every front part of a time is no time, and none of them is read past its end. */
START_TEST(cut_times)
{
    const char text[] = "2023-01-29T11:33:00.2234425+05:30";
    for (size_t length = 0; length < sizeof(text) - 1; length++) {
        char *exact = malloc(length > 0 ? length : 1);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, text, length);
        int64_t seconds;
        struct slice fraction;
        ck_assert_msg(!time_parse((struct slice){exact, length}, &seconds, &fraction), "%zu bytes",
                      length);
        free(exact);
    }
}
END_TEST

/* Day after day through five centuries, against a count that knows only month lengths. */
START_TEST(every_day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t expected = INT64_C(-11676096000); /* 1600-01-01 */
    for (int year = 1600; year < 2100; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && leap);
            for (int day = 1; day <= length; day++, expected += 86400) {
                char text[64];
                snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", year, month, day);
                int64_t seconds;
                struct slice fraction;
                bool read = time_parse(text_of(text), &seconds, &fraction);
                if (!read || seconds != expected) ck_abort_msg("%s", text);
            }
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("number");
    TCase *cases = tcase_create("number");
    tcase_add_test(cases, grammar);
    tcase_add_test(cases, parts_of_a_number);
    tcase_add_test(cases, total_order);
    tcase_add_test(cases, texts_written_alike);
    tcase_add_test(cases, printing);
    tcase_add_test(cases, ordinary_numbers_print_without_memory);
    tcase_add_test(cases, reading_times);
    tcase_add_test(cases, refusing_times);
    tcase_add_test(cases, cut_times);
    tcase_add_test(cases, every_day);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
