#include "event_time.h"

#include <string.h>

#include "number.h"

/* Before 1970 a fraction counts up from a negative second: what is written behind the point is then
 * its complement, and one second less before it. */
static void complement_fraction(char *digits, size_t length)
{
    char carry = 1;
    for (size_t i = length; i > 0; i--) {
        char digit = (char)('9' - digits[i - 1] + carry);
        carry = (char)(digit > 9);
        digits[i - 1] = (char)('0' + (carry ? 0 : digit));
    }
}

static bool is_zero(struct slice digits)
{
    for (size_t i = 0; i < digits.length; i++)
        if (digits.bytes[i] != '0') return false;
    return true;
}

/* seconds, and behind a point the digits of the fraction, as text in scratch. */
static bool time_text(struct record *record, int64_t seconds, struct slice fraction,
                      struct slice *text)
{
    char digits[NUMBER_DIGITS_MAX];
    bool before_1970 = seconds < 0;
    uint64_t whole = before_1970 ? 0 - (uint64_t)seconds : (uint64_t)seconds;
    bool complement = before_1970 && !is_zero(fraction);
    struct slice number = number_digits(whole - complement, digits);
    char *bytes = arena_take(&record->scratch, number.length + fraction.length + 2);
    if (bytes == NULL) return false;
    char *end = bytes;
    if (before_1970) *end++ = '-';
    memcpy(end, number.bytes, number.length);
    end += number.length;
    if (fraction.length > 0) {
        *end++ = '.';
        memcpy(end, fraction.bytes, fraction.length);
        if (complement) complement_fraction(end, fraction.length);
        end += fraction.length;
    }
    *text = (struct slice){bytes, (size_t)(end - bytes)};
    return true;
}

/* ISO 8601 text as epoch seconds, anything else as it came. */
static bool epoch_seconds(struct record *record, struct slice *time)
{
    int64_t seconds;
    struct slice fraction;
    return !time_parse(*time, &seconds, &fraction) || time_text(record, seconds, fraction, time);
}

static enum cfh_status row_time(struct record *record, struct values *values)
{
    struct slice *items = record_copy_values(record, values);
    if (items == NULL) return CFH_NO_MEMORY;
    for (size_t i = 0; i < values->count; i++)
        if (!epoch_seconds(record, &items[i])) return CFH_NO_MEMORY;
    return CFH_OK;
}

/* SystemTime in whole seconds (S5, F9). */
static enum cfh_status system_time(struct record *record, struct values *values)
{
    int64_t seconds;
    struct slice fraction, text;
    if (!time_parse(record->system.system_time, &seconds, &fraction)) return CFH_OK;
    fraction.length = 0;
    if (!time_text(record, seconds, fraction, &text)) return CFH_NO_MEMORY;
    return record_one_value(record, text, values) ? CFH_OK : CFH_NO_MEMORY;
}

enum cfh_status event_time(struct record *record, size_t column, bool profiled,
                           struct values *values)
{
    enum cfh_status status = record_values(record, column, values);
    if (status != CFH_OK) return status;
    if (values->count > 0) return row_time(record, values);
    return profiled ? system_time(record, values) : CFH_OK;
}
