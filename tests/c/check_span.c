#include "span.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_rows.h"

enum { BLOCK_SIZE = 1024 };

static struct memory memory;
static struct arena arena;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    arena_init(&arena, &memory, BLOCK_SIZE);
}

static void tear_down(void)
{
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
}

/* ---- spans ---- */

struct named {
    const char *text;
    uint32_t count;
    enum span_unit unit;
};

static const struct named spans[] = {
    {"1s", 1, SPAN_SECOND},
    {"1sec", 1, SPAN_SECOND},
    {"2secs", 2, SPAN_SECOND},
    {"1second", 1, SPAN_SECOND},
    {"90seconds", 90, SPAN_SECOND},
    {"5m", 5, SPAN_MINUTE},
    {"5min", 5, SPAN_MINUTE},
    {"5mins", 5, SPAN_MINUTE},
    {"1minute", 1, SPAN_MINUTE},
    {"5minutes", 5, SPAN_MINUTE},
    {"1h", 1, SPAN_HOUR},
    {"1hr", 1, SPAN_HOUR},
    {"2hrs", 2, SPAN_HOUR},
    {"1hour", 1, SPAN_HOUR},
    {"24hours", 24, SPAN_HOUR},
    {"1d", 1, SPAN_DAY},
    {"1day", 1, SPAN_DAY},
    {"7days", 7, SPAN_DAY},
    {"1mon", 1, SPAN_MONTH},
    {"1month", 1, SPAN_MONTH},
    {"12months", 12, SPAN_MONTH},
    {"1H", 1, SPAN_HOUR},
    {"1Mon", 1, SPAN_MONTH},
    {"007d", 7, SPAN_DAY},
    {"1000000s", SPAN_COUNT_MAX, SPAN_SECOND},
};

static const char *const no_spans[] = {
    "",
    "h",
    "1",
    "0h",
    "1w",
    "1week",
    "1q",
    "1y",
    "1 h",
    "1h ",
    " 1h",
    "-1h",
    "+1h",
    "1.5h",
    "1e3s",
    "500ms",
    "1cs",
    "1us",
    "1mo",
    "1hourss",
    "h1",
    "1h30m",
    "auto",
    "1000001s",
    "log2",
    "0000m",
    "0x10s",
    "4294967297s",
    "18446744073709551617s",
    "1\xe2\x84\x8e",
};

START_TEST(B6_spans)
{
    for (size_t i = 0; i < COUNT_OF(spans); i++) {
        struct span span;
        ck_assert_msg(span_parse(text_of(spans[i].text), &span), "%s", spans[i].text);
        ck_assert_msg(span.count == spans[i].count && span.unit == spans[i].unit, "%s",
                      spans[i].text);
    }
    for (size_t i = 0; i < COUNT_OF(no_spans); i++) {
        struct span span;
        ck_assert_msg(!span_parse(text_of(no_spans[i]), &span), "%s", no_spans[i]);
    }
    struct span span;
    ck_assert(!span_parse((struct slice){NULL, 0}, &span));
    ck_assert(!span_parse(SLICE("1h\0"), &span));
}
END_TEST

/* The canonical text of a plan is made of it. */
START_TEST(a_units_name_is_read_as_that_unit)
{
    static const char *const names[] = {"s", "m", "h", "d", "mon"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char text[16];
        struct span span;
        ck_assert_str_eq(span_unit_name((enum span_unit)i), names[i]);
        snprintf(text, sizeof(text), "3%s", names[i]);
        ck_assert(span_parse(text_of(text), &span));
        ck_assert(span.count == 3 && span.unit == (enum span_unit)i);
    }
}
END_TEST

/* ---- bins ---- */

struct bin {
    const char *span, *time;
    const char *start; /* NULL: in no bin */
};

static const struct bin bins[] = {
    /* seconds, minutes, hours: multiples from 1970 on */
    {"1s", "1674991980", "1674991980"},
    {"1s", "1674991980.999", "1674991980"},
    {"10s", "1674991989", "1674991980"},
    {"7s", "20", "14"},
    {"1m", "1674991979", "1674991920"},
    {"1m", "1674991980", "1674991980"},
    {"1h", "1674991980", "1674990000"}, /* 2023-01-29T11:33:00Z */
    {"5h", "1674991980", "1674990000"},
    {"7h", "25200", "25200"},
    {"7h", "25199.9", "0"},
    {"1000000s", "1999999.9", "1000000"},
    /* days are UTC days; several count from 1970-01-01 */
    {"1d", "1674991980", "1674950400"},
    {"1d", "86399.999999", "0"},
    {"1d", "86400", "86400"},
    {"7d", "1674991980", "1674691200"}, /* a Thursday, as 1970-01-01 was */
    /* months are calendar months in UTC */
    {"1mon", "1674991980", "1672531200"}, /* 2023-01-01 */
    {"1mon", "0", "0"},
    {"1mon", "2678399", "0"},
    {"1mon", "2678400", "2678400"},
    {"1mon", "951782400", "949363200"},   /* 2000-02-29 in 2000-02 */
    {"1mon", "951868799", "949363200"},   /* its last second */
    {"1mon", "951868800", "951868800"},   /* 2000-03-01 */
    {"1mon", "1709164800", "1706745600"}, /* 2024-02-29 in 2024-02 */
    {"1mon", "4107542399", "4105123200"}, /* 2100 has no 29 February: 2100-02-28T23:59:59 */
    {"1mon", "4107542400", "4107542400"}, /* 2100-03-01 */
    {"1mon", "1703980800", "1701388800"}, /* 2023-12-31 in 2023-12 */
    {"2mon", "1677628800", "1677628800"}, /* 2023-03-01: month 638 */
    {"2mon", "1682899199", "1677628800"}, /* 2023-04-30T23:59:59 */
    {"3mon", "1703980800", "1696118400"}, /* 2023-12-31 in the quarter from 2023-10-01 */
    {"12mon", "1674991980", "1672531200"},
    {"5mon", "13132800", "13046400"}, /* 1970-06-02 in the five months from 1970-06-01 */
    /* a number is T7's, its text any */
    {"1h", "3600.0", "3600"},
    {"1h", "03600", "3600"},
    {"1h", "3.6e3", "3600"},
    {"1h", "36e2", "3600"},
    {"1h", "3600000e-3", "3600"},
    {"1s", "0.001", "0"},
    {"1s", "1e-30", "0"},
    {"1s", "0", "0"},
    {"1s", "-0.0", "0"},
    {"1s", "0e99999", "0"},
    {"1s", "000000000000000000000012", "12"},
    {"1s", "12.00000000000000000000000000000000001", "12"},
    {"1s", "1.5e1", "15"},
    /* before 1970: the bin begins at or before the time */
    {"1s", "-1", "-1"},
    {"1s", "-0.5", "-1"},
    {"1s", "-1.000", "-1"},
    {"1s", "-1.0001", "-2"},
    {"1s", "-1e-30", "-1"},
    {"1h", "-1", "-3600"},
    {"1h", "-3600", "-3600"},
    {"1h", "-3600.5", "-7200"},
    {"1d", "-0.1", "-86400"},
    {"1mon", "-1", "-2678400"},               /* 1969-12 */
    {"12mon", "-1", "-31536000"},             /* 1969 */
    {"1mon", "-62135596800", "-62135596800"}, /* the year 1 */
    {"1mon", "-62135596801", "-62138275200"},
    /* as far as it goes: 300 million years */
    {"1s", "9460000000000000", "9460000000000000"},
    {"1s", "-9460000000000000", "-9460000000000000"},
    {"1s", "94600000000000000", NULL},
    {"1s", "1e17", NULL},
    {"1s", "-1e17", NULL},
    {"1s", "1e999999999999", NULL},
    {"1mon", "1e400", NULL},
    /* no number */
    {"1h", "", NULL},
    {"1h", "yesterday", NULL},
    {"1h", "+3600", NULL},
    {"1h", " 3600", NULL},
    {"1h", "0x10", NULL},
    {"1h", "nan", NULL},
    {"1h", "2023-01-29T11:33:00Z", NULL},
};

START_TEST(B6_bins)
{
    for (size_t i = 0; i < COUNT_OF(bins); i++) {
        const struct bin *bin = &bins[i];
        struct span span;
        struct slice start;
        bool in_bin;
        ck_assert(span_parse(text_of(bin->span), &span));
        ck_assert(span_floor(&span, text_of(bin->time), &arena, &start, &in_bin));
        ck_assert_msg(in_bin == (bin->start != NULL), "%s of %s", bin->span, bin->time);
        if (in_bin)
            ck_assert_msg(slice_is(start, bin->start), "%s of %s: %.*s", bin->span, bin->time,
                          (int)start.length, start.bytes);
    }
}
END_TEST

static int64_t floor_of(const char *unit, int64_t seconds)
{
    char text[32];
    struct span span;
    struct slice start;
    bool in_bin;
    ck_assert(span_parse(text_of(unit), &span));
    snprintf(text, sizeof(text), "%lld", (long long)seconds);
    ck_assert(span_floor(&span, text_of(text), &arena, &start, &in_bin) && in_bin);
    char copy[32] = "";
    memcpy(copy, start.bytes, start.length);
    arena_clear(&arena);
    return strtoll(copy, NULL, 10);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Every month of 800 years by a calendar that only counts. */
START_TEST(B6_months_are_those_of_the_calendar)
{
    static const int64_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t start = -12622780800; /* 1570-01-01 */
    for (int64_t month = 0; month < 800 * 12; month++) {
        int64_t days = lengths[month % 12] + (month % 12 == 1 && is_leap(1570 + month / 12));
        ck_assert_int_eq(floor_of("1mon", start), start);
        ck_assert_int_eq(floor_of("1mon", start + days * 86400 - 1), start);
        start += days * 86400;
    }
}
END_TEST

/* A bin holds its own start; it begins at or before the time and ends behind it. */
START_TEST(B6_a_bin_holds_its_times)
{
    static const struct {
        const char *span;
        int64_t longest;
    } units[] = {{"1s", 1},         {"13s", 13},          {"1m", 60},    {"90m", 5400},
                 {"1h", 3600},      {"36h", 129600},      {"1d", 86400}, {"5d", 432000},
                 {"1mon", 2678400}, {"7mon", 7 * 2678400}};
    uint64_t random = 88172645463325252;
    for (size_t i = 0; i < 1000; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        int64_t seconds = (int64_t)(random >> 24) - ((int64_t)1 << 39);
        for (size_t j = 0; j < COUNT_OF(units); j++) {
            int64_t start = floor_of(units[j].span, seconds);
            ck_assert(start <= seconds && seconds - start < units[j].longest);
            ck_assert_int_eq(floor_of(units[j].span, start), start);
        }
    }
}
END_TEST

START_TEST(every_refusal_is_told)
{
    struct failing_source failing = {.fail_at = 0};
    struct memory refusing = failing_memory(&failing);
    struct arena small;
    struct span span = {1, SPAN_HOUR};
    struct slice start;
    bool in_bin;
    arena_init(&small, &refusing, 1);
    ck_assert(span_floor(&span, SLICE("no time"), &small, &start, &in_bin) && !in_bin);
    ck_assert(!span_floor(&span, SLICE("3600"), &small, &start, &in_bin));
    ck_assert(failing.refused);
    ck_assert(span_floor(&span, SLICE("3600"), &small, &start, &in_bin) && in_bin);
    arena_release(&small);
    ck_assert_uint_eq(refusing.used, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("span");
    TCase *cases = tcase_create("span");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, B6_spans);
    tcase_add_test(cases, a_units_name_is_read_as_that_unit);
    tcase_add_test(cases, B6_bins);
    tcase_add_test(cases, B6_months_are_those_of_the_calendar);
    tcase_add_test(cases, B6_a_bin_holds_its_times);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
