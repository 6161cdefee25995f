#include "span.h"

#include <string.h>

#include "text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *name;
    enum span_unit unit;
} unit_names[] = {
    {"s", SPAN_SECOND},       {"sec", SPAN_SECOND},     {"secs", SPAN_SECOND},
    {"second", SPAN_SECOND},  {"seconds", SPAN_SECOND}, {"m", SPAN_MINUTE},
    {"min", SPAN_MINUTE},     {"mins", SPAN_MINUTE},    {"minute", SPAN_MINUTE},
    {"minutes", SPAN_MINUTE}, {"h", SPAN_HOUR},         {"hr", SPAN_HOUR},
    {"hrs", SPAN_HOUR},       {"hour", SPAN_HOUR},      {"hours", SPAN_HOUR},
    {"d", SPAN_DAY},          {"day", SPAN_DAY},        {"days", SPAN_DAY},
    {"mon", SPAN_MONTH},      {"month", SPAN_MONTH},    {"months", SPAN_MONTH},
};

static const int64_t unit_seconds[] = {1, 60, 3600, 86400}; /* not of months */

bool span_parse(struct slice text, struct span *span)
{
    size_t digits = 0;
    uint32_t count = 0;
    if (text.length == 0) return false;
    while (digits < text.length && text.bytes[digits] >= '0' && text.bytes[digits] <= '9') {
        count = count * 10 + (uint32_t)(text.bytes[digits++] - '0');
        if (count > SPAN_COUNT_MAX) return false;
    }
    struct slice name = {text.bytes + digits, text.length - digits};
    for (size_t i = 0; i < COUNT_OF(unit_names) && count > 0; i++) {
        struct slice known = {unit_names[i].name, strlen(unit_names[i].name)};
        if (!text_equal_folded(known, name)) continue;
        *span = (struct span){count, unit_names[i].unit};
        return true;
    }
    return false;
}

const char *span_unit_name(enum span_unit unit)
{
    static const char *const names[] = {"s", "m", "h", "d", "mon"};
    return names[unit];
}

/* ---- seconds ---- */

enum { SECONDS_DIGITS_MAX = 16 };

/* The whole seconds at or before a time. Digits of whole and of fraction begin at the first that is
 * not zero, so the digit of 10^0 is found by the magnitude. */
static bool whole_seconds(const struct number *number, int64_t *seconds)
{
    int64_t digits = number->magnitude + 1; /* before the point */
    size_t total = number->whole.length + number->fraction.length;
    *seconds = 0;
    if (digits > SECONDS_DIGITS_MAX) return false;
    bool fraction = false;
    for (size_t i = 0; i < total || (int64_t)i < digits; i++) {
        char digit = '0';
        if (i < number->whole.length)
            digit = number->whole.bytes[i];
        else if (i < total)
            digit = number->fraction.bytes[i - number->whole.length];
        if ((int64_t)i < digits)
            *seconds = *seconds * 10 + (digit - '0');
        else if (digit != '0')
            fraction = true;
    }
    if (number->negative) *seconds = -*seconds - (fraction ? 1 : 0);
    return true;
}

static int64_t floor_to(int64_t value, int64_t step)
{
    int64_t rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

/* ---- months ---- */

/* Days since 1970-01-01 and calendar months since 1970-01, after Howard Hinnant's public
 * algorithms: a year that begins in March ends with the leap day. */
static int64_t month_of_day(int64_t day)
{
    int64_t shifted = day + 719468;
    int64_t era = floor_to(shifted, 146097) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    return (era * 400 + year_of_era - 1970) * 12 + month + 2;
}

static int64_t day_of_month_start(int64_t month)
{
    int64_t from_march = month - 2 + 1970 * 12;
    int64_t year = floor_to(from_march, 12) / 12;
    int64_t month_of_year = from_march - year * 12;
    int64_t era = floor_to(year, 400) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month_of_year + 2) / 5;
    return era * 146097 + day_of_era - 719468;
}

static int64_t bin_start(const struct span *span, int64_t seconds)
{
    if (span->unit != SPAN_MONTH)
        return floor_to(seconds, unit_seconds[span->unit] * (int64_t)span->count);
    int64_t month = month_of_day(floor_to(seconds, 86400) / 86400);
    return day_of_month_start(floor_to(month, (int64_t)span->count)) * 86400;
}

bool span_floor(const struct span *span, struct slice text, struct arena *scratch,
                struct slice *start, bool *in_bin)
{
    struct number number;
    int64_t seconds;
    *in_bin = number_parse(text, &number) && whole_seconds(&number, &seconds);
    return !*in_bin || number_print_signed(bin_start(span, seconds), scratch, start);
}
