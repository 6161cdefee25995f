#include "number.h"

#include "text.h"

/* ---- reading ---- */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The bytes before count, which text moves behind. */
static struct slice take_bytes(struct slice *text, size_t count)
{
    struct slice taken = {text->bytes, count};
    if (count > 0) text->bytes += count;
    text->length -= count;
    return taken;
}

static bool take_byte(struct slice *text, char byte)
{
    if (text->length == 0 || text->bytes[0] != byte) return false;
    take_bytes(text, 1);
    return true;
}

/* The same byte in all eight places of a word. */
static uint64_t eightfold(unsigned char byte)
{
    return UINT64_C(0x0101010101010101) * byte;
}

/* 0 where all bytes are digits. */
static uint64_t not_digits(uint64_t word)
{
    uint64_t value = word ^ eightfold('0');
    return (value | (value + eightfold(6))) & eightfold(0xf0);
}

/* So many digits come first. */
static size_t count_digits(struct slice text)
{
    size_t count = 0;
    while (text.length - count >= sizeof(uint64_t) &&
           not_digits(text_word_load(text.bytes + count)) == 0)
        count += sizeof(uint64_t);
    while (count < text.length && is_digit(text.bytes[count]))
        count++;
    return count;
}

static struct slice take_digits(struct slice *text)
{
    return take_bytes(text, count_digits(*text));
}

static bool only_digits(struct slice text)
{
    take_digits(&text);
    return text.length == 0;
}

/* A number's text cut at its marks. */
struct parts {
    bool negative;
    struct slice whole;    /* never empty */
    struct slice fraction; /* empty: there was no point */
    bool has_exponent;
    int64_t exponent; /* within NUMBER_EXPONENT_MAX */
};

/* Stops counting at the bound, so that no run of digits can overflow. */
static int64_t bounded_value(struct slice digits)
{
    int64_t value = 0;
    for (size_t i = 0; i < digits.length && value < NUMBER_EXPONENT_MAX; i++)
        value = value * 10 + (digits.bytes[i] - '0');
    return value < NUMBER_EXPONENT_MAX ? value : NUMBER_EXPONENT_MAX;
}

static bool take_fraction(struct slice *text, struct parts *parts)
{
    if (!take_byte(text, '.')) return true;
    parts->fraction = take_digits(text);
    return parts->fraction.length > 0;
}

static bool take_exponent(struct slice *text, struct parts *parts)
{
    if (!take_byte(text, 'e') && !take_byte(text, 'E')) return true;
    bool negative = take_byte(text, '-');
    if (!negative) take_byte(text, '+');
    struct slice digits = take_digits(text);
    parts->has_exponent = true;
    parts->exponent = negative ? -bounded_value(digits) : bounded_value(digits);
    return digits.length > 0;
}

static bool read_parts(struct slice text, struct parts *parts)
{
    *parts = (struct parts){.negative = take_byte(&text, '-')};
    parts->whole = take_digits(&text);
    return parts->whole.length > 0 && take_fraction(&text, parts) && take_exponent(&text, parts) &&
           text.length == 0;
}

static struct slice without_leading_zeros(struct slice digits)
{
    size_t zeros = 0;
    while (zeros < digits.length && digits.bytes[zeros] == '0')
        zeros++;
    take_bytes(&digits, zeros);
    return digits;
}

static struct number number_of_parts(const struct parts *parts)
{
    struct number number = {.whole = without_leading_zeros(parts->whole)};
    number.fraction = parts->fraction;
    if (number.whole.length > 0) {
        number.magnitude = parts->exponent + (int64_t)(number.whole.length - 1);
    } else {
        number.fraction = without_leading_zeros(parts->fraction);
        if (number.fraction.length == 0) return (struct number){.negative = false};
        size_t zeros = parts->fraction.length - number.fraction.length;
        number.magnitude = parts->exponent - (int64_t)zeros - 1;
    }
    number.negative = parts->negative;
    return number;
}

bool number_parse(struct slice text, struct number *number)
{
    struct parts parts;
    if (!read_parts(text, &parts)) return false;
    if (number != NULL) *number = number_of_parts(&parts);
    return true;
}

/* ---- order ---- */

static size_t digit_count(const struct number *number)
{
    return number->whole.length + number->fraction.length;
}

/* The significant digit of that index, the first being 0; zeros follow without end. */
static char digit_at(const struct number *number, size_t index)
{
    if (index < number->whole.length) return number->whole.bytes[index];
    index -= number->whole.length;
    return index < number->fraction.length ? number->fraction.bytes[index] : '0';
}

static int compare_digits(const struct number *left, const struct number *right)
{
    size_t left_count = digit_count(left);
    size_t right_count = digit_count(right);
    size_t count = left_count > right_count ? left_count : right_count;
    for (size_t i = 0; i < count; i++) {
        int order = digit_at(left, i) - digit_at(right, i);
        if (order != 0) return order;
    }
    return 0;
}

static int compare_integers(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

static int sign_of(const struct number *number)
{
    if (digit_count(number) == 0) return 0;
    return number->negative ? -1 : 1;
}

int number_compare(const struct number *left, const struct number *right)
{
    int sign = sign_of(left);
    if (sign != sign_of(right)) return sign - sign_of(right);
    if (sign == 0) return 0;
    int order = compare_integers(left->magnitude, right->magnitude);
    if (order == 0) order = compare_digits(left, right);
    return sign < 0 ? -order : order;
}

/* So many digits always fit an int64_t. */
enum { SHORT_INTEGER_DIGITS = 18 };

bool number_short_integer(struct slice text, int64_t *value)
{
    bool negative = take_byte(&text, '-');
    if (text.length == 0 || text.length > SHORT_INTEGER_DIGITS) return false;
    int64_t sum = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!is_digit(text.bytes[i])) return false;
        sum = sum * 10 + (text.bytes[i] - '0');
    }
    *value = negative ? -sum : sum;
    return true;
}

/* ---- order of numbers that are written alike, as times mostly are ---- */

/* 0 where left is digits, but for points at these places, where right has points. */
static uint64_t other_form(uint64_t left, uint64_t right, uint64_t points)
{
    uint64_t marks = points >> 7;
    uint64_t point_to_zero = marks * ('.' ^ '0');
    return not_digits(left ^ point_to_zero) | ((left ^ right) & marks * 0xff);
}

/* Where the only point of a word stands, counted from the text's first byte; SIZE_MAX: there is
 * none. */
static size_t point_place(uint64_t points, size_t start)
{
    return points == 0 ? SIZE_MAX : start + text_word_first(points);
}

/* The points of a text's first and last eight bytes, which may overlap: is there at most one, and
 * within? */
static bool one_point_within(uint64_t first, uint64_t last, size_t length)
{
    if ((first & (first - 1)) != 0 || (last & (last - 1)) != 0) return false;
    size_t place = point_place(first, 0), again = point_place(last, length - sizeof(uint64_t));
    if (place == SIZE_MAX) place = again;
    if (again != SIZE_MAX && again != place) return false;
    return place == SIZE_MAX || (place > 0 && place < length - 1);
}

bool number_order_alike(struct slice left, struct slice right, bool known, int *order)
{
    size_t length = left.length, last = length - sizeof(uint64_t);
    if (right.length != length || length < 8 || length > 16) return false;
    uint64_t left_first = text_word_load(left.bytes), right_first = text_word_load(right.bytes);
    uint64_t left_last = text_word_load(left.bytes + last),
             right_last = text_word_load(right.bytes + last);
    uint64_t first_points = text_word_equal(right_first, '.'),
             last_points = text_word_equal(right_last, '.');
    uint64_t other = other_form(left_first, right_first, first_points) |
                     other_form(left_last, right_last, last_points);
    if (!known) {
        other |= other_form(right_first, right_first, first_points) |
                 other_form(right_last, right_last, last_points);
        if (!one_point_within(first_points, last_points, length)) return false;
    }
    if (other != 0) return false;
    bool same_first = left_first == right_first;
    uint64_t left_word = __builtin_bswap64(same_first ? left_last : left_first);
    uint64_t right_word = __builtin_bswap64(same_first ? right_last : right_first);
    *order = (left_word > right_word) - (left_word < right_word);
    return true;
}

int number_order_by_value(struct slice left, struct slice right)
{
    int order;
    int64_t left_integer, right_integer;
    if (number_order_alike(left, right, false, &order)) return order;
    if (number_short_integer(left, &left_integer) && number_short_integer(right, &right_integer))
        return compare_integers(left_integer, right_integer);
    struct number left_number, right_number;
    bool left_is_number = number_parse(left, &left_number);
    bool right_is_number = number_parse(right, &right_number);
    if (left_is_number && right_is_number) return number_compare(&left_number, &right_number);
    if (left_is_number != right_is_number) return left_is_number ? -1 : 1;
    return text_compare(left, right);
}

int number_order(struct slice left, struct slice right)
{
    int order = number_order_by_value(left, right);
    return order != 0 ? order : text_compare(left, right);
}

/* ---- printing ---- */

static bool only_zeros(struct slice digits)
{
    return without_leading_zeros(digits).length == 0;
}

/* A number without exponent prints as a front part of its own text. */
static struct slice cut_plain(struct slice text, const struct parts *parts, size_t fraction_limit)
{
    struct slice fraction = parts->fraction;
    if (fraction.length == 0) return text;
    size_t before_fraction = (size_t)(fraction.bytes - text.bytes);
    if (fraction.length > fraction_limit) fraction.length = fraction_limit;
    text.length = only_zeros(fraction) ? before_fraction - 1 : before_fraction + fraction.length;
    return text;
}

/* How a number looks without its exponent: so many digits on either side of the point. */
struct layout {
    int64_t whole;
    int64_t fraction; /* 0: no point */
};

/* Are the first count digits behind the point all zero? Looks at written digits only: a small
 * number's count can be huge. */
static bool fraction_is_zero(const struct number *number, int64_t count)
{
    int64_t first = number->magnitude + 1;
    int64_t stop = first + count;
    if (stop > (int64_t)digit_count(number)) stop = (int64_t)digit_count(number);
    for (int64_t index = first > 0 ? first : 0; index < stop; index++) {
        if (digit_at(number, (size_t)index) != '0') return false;
    }
    return true;
}

static struct layout plain_layout(const struct number *number, size_t fraction_limit)
{
    struct layout layout = {.whole = number->magnitude >= 0 ? number->magnitude + 1 : 1};
    int64_t fraction = (int64_t)digit_count(number) - 1 - number->magnitude;
    if (fraction <= 0) return layout;
    if ((uint64_t)fraction > fraction_limit) fraction = (int64_t)fraction_limit;
    if (!fraction_is_zero(number, fraction)) layout.fraction = fraction;
    return layout;
}

/* Writes the digits of the powers of ten from first down, count of them. */
static char *write_digits(char *out, const struct number *number, int64_t first, int64_t count)
{
    for (int64_t power = first; power > first - count; power--) {
        int64_t index = number->magnitude - power;
        *out++ = index < 0 ? '0' : digit_at(number, (size_t)index);
    }
    return out;
}

static void write_plain(char *out, bool negative, const struct number *number, struct layout layout)
{
    if (negative) *out++ = '-';
    out = write_digits(out, number, layout.whole - 1, layout.whole);
    if (layout.fraction == 0) return;
    *out++ = '.';
    write_digits(out, number, -1, layout.fraction);
}

/* Digits alone, or with a point and few enough digits behind it of which the last is no zero, as
 * nearly all numbers are. */
static bool prints_as_it_stands(struct slice text, size_t fraction_limit)
{
    size_t whole = count_digits(text);
    if (whole == 0 || whole == text.length) return whole > 0;
    struct slice fraction = {text.bytes + whole + 1, text.length - whole - 1};
    return text.bytes[whole] == '.' && fraction.length > 0 && fraction.length <= fraction_limit &&
           count_digits(fraction) == fraction.length && text.bytes[text.length - 1] != '0';
}

bool number_print(struct slice text, size_t fraction_limit, struct arena *scratch,
                  struct slice *printed)
{
    *printed = text;
    struct parts parts;
    if (prints_as_it_stands(text, fraction_limit) || !read_parts(text, &parts)) return true;
    if (!parts.has_exponent) {
        *printed = cut_plain(text, &parts, fraction_limit);
        return true;
    }
    struct number number = number_of_parts(&parts);
    struct layout layout = plain_layout(&number, fraction_limit);
    int64_t length = layout.whole + layout.fraction + (layout.fraction > 0) + parts.negative;
    if (length > NUMBER_PRINT_MAX) return true;
    char *bytes = arena_take(scratch, (size_t)length);
    if (bytes == NULL) return false;
    write_plain(bytes, parts.negative, &number, layout);
    *printed = (struct slice){bytes, (size_t)length};
    return true;
}

struct slice number_digits(uint64_t number, char digits[NUMBER_DIGITS_MAX])
{
    size_t start = NUMBER_DIGITS_MAX;
    do
        digits[--start] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return (struct slice){digits + start, NUMBER_DIGITS_MAX - start};
}

bool number_print_signed(int64_t number, struct arena *scratch, struct slice *text)
{
    char bytes[1 + NUMBER_DIGITS_MAX];
    uint64_t distance = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    struct slice digits = number_digits(distance, bytes + 1);
    if (number >= 0) return arena_copy(scratch, digits, text);
    bytes[digits.bytes - bytes - 1] = '-';
    return arena_copy(scratch, (struct slice){digits.bytes - 1, digits.length + 1}, text);
}

/* ---- times ---- */

enum { MINUTE_SECONDS = 60, HOUR_SECONDS = 3600, DAY_SECONDS = 86400 };

struct calendar {
    int64_t year, month, day, hour, minute, second;
};

/* Exactly that many digits, whose value lies within smallest and largest. */
static bool take_field(struct slice *text, size_t digits, int64_t smallest, int64_t largest,
                       int64_t *value)
{
    if (text->length < digits) return false;
    struct slice field = take_bytes(text, digits);
    if (!only_digits(field)) return false;
    *value = bounded_value(field);
    return *value >= smallest && *value <= largest;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date(struct slice *text, struct calendar *calendar)
{
    return take_field(text, 4, 1, 9999, &calendar->year) && take_byte(text, '-') &&
           take_field(text, 2, 1, 12, &calendar->month) && take_byte(text, '-') &&
           take_field(text, 2, 1, days_in_month(calendar->year, calendar->month), &calendar->day);
}

static bool take_clock(struct slice *text, struct calendar *calendar)
{
    return take_field(text, 2, 0, 23, &calendar->hour) && take_byte(text, ':') &&
           take_field(text, 2, 0, 59, &calendar->minute) && take_byte(text, ':') &&
           take_field(text, 2, 0, 59, &calendar->second);
}

/* The zone's distance from UTC in seconds, east being positive. */
static bool take_zone(struct slice *text, int64_t *offset)
{
    *offset = 0;
    if (take_byte(text, 'Z')) return true;
    bool west = take_byte(text, '-');
    if (!west && !take_byte(text, '+')) return false;
    int64_t hours, minutes;
    if (!take_field(text, 2, 0, 23, &hours)) return false;
    take_byte(text, ':');
    if (!take_field(text, 2, 0, 59, &minutes)) return false;
    *offset = hours * HOUR_SECONDS + minutes * MINUTE_SECONDS;
    if (west) *offset = -*offset;
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap
 * day is a year's last and the months before it have a regular length. */
static int64_t days_since_1970(const struct calendar *calendar)
{
    int64_t year = calendar->month > 2 ? calendar->year : calendar->year - 1;
    int64_t month = (calendar->month + 9) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + calendar->day - 1;
    int64_t leap_days = year / 4 - year / 100 + year / 400;
    int64_t days_before_1970 = 719468; /* from 0000-03-01 */
    return year * 365 + leap_days + day_of_year - days_before_1970;
}

bool time_parse(struct slice text, int64_t *seconds, struct slice *fraction)
{
    struct calendar calendar;
    struct parts parts = {.negative = false};
    int64_t offset;
    if (!take_date(&text, &calendar)) return false;
    if (!take_byte(&text, 'T') && !take_byte(&text, ' ')) return false;
    if (!take_clock(&text, &calendar) || !take_fraction(&text, &parts)) return false;
    if (!take_zone(&text, &offset) || text.length != 0) return false;
    *seconds = days_since_1970(&calendar) * DAY_SECONDS + calendar.hour * HOUR_SECONDS +
               calendar.minute * MINUTE_SECONDS + calendar.second - offset;
    *fraction = parts.fraction;
    return true;
}
