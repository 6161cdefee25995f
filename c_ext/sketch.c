#include "sketch.h"

#include <string.h>

/* ---- quantiles ---- */

/* Of each power of ten: the three digits 100 to 999. */
enum { FIRST_DIGITS = 100, LAST_DIGITS = 999, DIGITS_COUNT = LAST_DIGITS - FIRST_DIGITS + 1 };

/* Significant digits of what is printed. */
enum { PRINTED_DIGITS = 4 };

/* A power of two, so that the pool's size classes leave nothing unused. */
enum { FIRST_ENTRIES = 4 };

/* Longer than sign, four digits, point, `e` and any exponent together. */
enum { BUCKET_TEXT_SIZE = 32 };

/* A bucket taken apart. digits 0: zero. */
struct bucket_parts {
    bool negative;
    int64_t exponent; /* the power of ten of the first of the digits */
    int64_t digits;
};

static int64_t digit_at(const struct number *number, size_t index)
{
    if (index < number->whole.length) return number->whole.bytes[index] - '0';
    index -= number->whole.length;
    return index < number->fraction.length ? number->fraction.bytes[index] - '0' : 0;
}

/* Beyond the exponents that count, the outermost bucket: the order must stay. */
static struct bucket_parts parts_of_number(const struct number *number)
{
    struct bucket_parts parts = {.negative = number->negative};
    if (number->whole.length + number->fraction.length == 0) return parts;
    parts.exponent = number->magnitude;
    parts.digits = digit_at(number, 0) * 100 + digit_at(number, 1) * 10 + digit_at(number, 2);
    if (parts.exponent > QUANTILE_EXPONENT_MAX) {
        parts.exponent = QUANTILE_EXPONENT_MAX;
        parts.digits = LAST_DIGITS;
    } else if (parts.exponent < -QUANTILE_EXPONENT_MAX) {
        parts.exponent = -QUANTILE_EXPONENT_MAX;
        parts.digits = FIRST_DIGITS;
    }
    return parts;
}

/* 0 is zero; 1 and up are the positive buckets by size, -1 and down the negative ones. */
quantile_bucket quantile_bucket_of(const struct number *number)
{
    struct bucket_parts parts = parts_of_number(number);
    if (parts.digits == 0) return 0;
    int64_t power = parts.exponent + QUANTILE_EXPONENT_MAX;
    int64_t size = power * DIGITS_COUNT + (parts.digits - FIRST_DIGITS) + 1;
    return parts.negative ? -size : size;
}

static struct bucket_parts parts_of_bucket(quantile_bucket bucket)
{
    struct bucket_parts parts = {.negative = bucket < 0};
    if (bucket == 0) return parts;
    int64_t index = (bucket < 0 ? -bucket : bucket) - 1;
    parts.exponent = index / DIGITS_COUNT - QUANTILE_EXPONENT_MAX;
    parts.digits = index % DIGITS_COUNT + FIRST_DIGITS;
    return parts;
}

bool quantile_bucket_valid(int64_t bucket)
{
    int64_t largest = (2 * QUANTILE_EXPONENT_MAX + 1) * DIGITS_COUNT;
    return bucket >= -largest && bucket <= largest;
}

/* The index of the first entry whose bucket is not below. */
static size_t entry_place(const struct quantile_sketch *sketch, quantile_bucket bucket)
{
    size_t low = 0;
    size_t high = sketch->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sketch->entries[middle].bucket < bucket)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool entries_grow(struct quantile_sketch *sketch, struct pool *pool)
{
    size_t capacity, size;
    if (!size_multiply(sketch->capacity, 2, &capacity)) return false;
    if (capacity < FIRST_ENTRIES) capacity = FIRST_ENTRIES;
    if (!size_multiply(capacity, sizeof(struct quantile_entry), &size)) return false;
    struct quantile_entry *entries = pool_take(pool, size);
    if (entries == NULL) return false;
    size_t old_size = sketch->capacity * sizeof(*entries);
    if (sketch->count > 0) memcpy(entries, sketch->entries, sketch->count * sizeof(*entries));
    pool_give(pool, sketch->entries, old_size);
    sketch->entries = entries;
    sketch->capacity = capacity;
    return true;
}

static bool entry_insert(struct quantile_sketch *sketch, size_t place, struct quantile_entry entry,
                         struct pool *pool)
{
    if (sketch->count == sketch->capacity && !entries_grow(sketch, pool)) return false;
    struct quantile_entry *at = sketch->entries + place;
    memmove(at + 1, at, (sketch->count - place) * sizeof(*at));
    *at = entry;
    sketch->count++;
    return true;
}

bool quantile_add(struct quantile_sketch *sketch, quantile_bucket bucket, uint64_t count,
                  struct pool *pool)
{
    if (count == 0) return true;
    if (count > UINT64_MAX - sketch->total) return false;
    size_t place = entry_place(sketch, bucket);
    if (place < sketch->count && sketch->entries[place].bucket == bucket) {
        sketch->entries[place].count += count;
    } else {
        struct quantile_entry entry = {.bucket = bucket, .count = count};
        if (!entry_insert(sketch, place, entry, pool)) return false;
    }
    sketch->total += count;
    return true;
}

quantile_bucket quantile_at(const struct quantile_sketch *sketch, uint64_t rank)
{
    size_t place = 0;
    while (place + 1 < sketch->count && rank >= sketch->entries[place].count) {
        rank -= sketch->entries[place].count;
        place++;
    }
    return sketch->count == 0 ? 0 : sketch->entries[place].bucket;
}

/* d.ddd without trailing zeros; behind it. */
static char *write_digits(char *out, int64_t digits)
{
    size_t length = PRINTED_DIGITS + 1;
    for (size_t place = PRINTED_DIGITS; place > 1; place--) {
        out[place] = (char)('0' + digits % 10);
        digits /= 10;
    }
    out[0] = (char)('0' + digits);
    out[1] = '.';
    while (out[length - 1] == '0')
        length--;
    return out[length - 1] == '.' ? out + length - 1 : out + length;
}

/* An exponent, which has at most seven digits; behind it. */
static char *write_exponent(char *out, int64_t exponent)
{
    if (exponent < 0) *out++ = '-';
    int64_t rest = exponent < 0 ? -exponent : exponent;
    int64_t unit = 1;
    while (rest / unit >= 10)
        unit *= 10;
    for (; unit > 0; unit /= 10)
        *out++ = (char)('0' + rest / unit % 10);
    return out;
}

/* The number with so many thousandths before its power of ten. number_print writes an exponent out
 * exactly where the header says. */
static bool print_bucket(struct bucket_parts parts, int64_t thousandths, struct arena *scratch,
                         struct slice *text)
{
    *text = SLICE("0");
    if (parts.digits == 0) return true;
    char *bytes = arena_take(scratch, BUCKET_TEXT_SIZE);
    if (bytes == NULL) return false;
    char *out = bytes;
    if (parts.negative) *out++ = '-';
    bool full = thousandths == 10000;
    out = write_digits(out, full ? 1000 : thousandths);
    *out++ = 'e';
    out = write_exponent(out, parts.exponent + full);
    *text = (struct slice){bytes, (size_t)(out - bytes)};
    return number_print(*text, SIZE_MAX, scratch, text);
}

bool quantile_middle(quantile_bucket bucket, struct arena *scratch, struct slice *text)
{
    struct bucket_parts parts = parts_of_bucket(bucket);
    return print_bucket(parts, parts.digits * 10 + 5, scratch, text);
}

bool quantile_upper(quantile_bucket bucket, struct arena *scratch, struct slice *text)
{
    struct bucket_parts parts = parts_of_bucket(bucket);
    return print_bucket(parts, parts.digits * 10 + 10, scratch, text);
}

/* ---- distinct values ---- */

_Static_assert(DISTINCT_REGISTERS == 1 << DISTINCT_PRECISION, "the upper bits choose a register");

/* Registers squared / (2 ln 2). */
#define ESTIMATE_FACTOR UINT64_C(12102203)

/* Binary places of the sum that divides ESTIMATE_FACTOR: so many that registers which are all at
 * DISTINCT_RANK_MAX leave 1 of it, and so few that ESTIMATE_FACTOR and the sum of a single value,
 * which is as large, fit 64 bits with them. */
enum { SUM_PLACES = DISTINCT_RANK_MAX - DISTINCT_PRECISION };

/* Binary places of the share of registers that are empty: its square fits 64 bits. */
enum { SHARE_PLACES = 32 };

static bool registers_need(struct distinct_sketch *sketch, struct pool *pool)
{
    if (sketch->registers != NULL) return true;
    sketch->registers = pool_take(pool, DISTINCT_REGISTERS);
    if (sketch->registers == NULL) return false;
    memset(sketch->registers, 0, DISTINCT_REGISTERS);
    return true;
}

/* The place of the first bit that is set, from 1. */
static uint8_t rank_of(uint64_t bits)
{
    uint8_t rank = 1;
    for (; rank < DISTINCT_RANK_MAX && bits >> 63 == 0; bits <<= 1)
        rank++;
    return rank;
}

static void register_raise(struct distinct_sketch *sketch, size_t index, uint8_t rank)
{
    if (rank > DISTINCT_RANK_MAX) rank = DISTINCT_RANK_MAX;
    if (rank > sketch->registers[index]) sketch->registers[index] = rank;
}

bool distinct_add(struct distinct_sketch *sketch, uint64_t hash, struct pool *pool)
{
    if (!registers_need(sketch, pool)) return false;
    size_t index = (size_t)(hash >> (64 - DISTINCT_PRECISION));
    register_raise(sketch, index, rank_of(hash << DISTINCT_PRECISION));
    return true;
}

bool distinct_merge(struct distinct_sketch *sketch, const uint8_t *registers, struct pool *pool)
{
    if (!registers_need(sketch, pool)) return false;
    for (size_t i = 0; i < DISTINCT_REGISTERS; i++)
        register_raise(sketch, i, registers[i]);
    return true;
}

/* What the empty registers add to the sum, with x their share of all: registers times
 * x + x^2 + 2 x^4 + 4 x^8 + ... They stand for bits that were never looked at, which is what makes
 * the estimate right for few values. */
static uint64_t sum_of_empty(uint64_t empty)
{
    uint64_t power = empty << (SHARE_PLACES - DISTINCT_PRECISION);
    uint64_t sum = power;
    for (unsigned doublings = 0; power > 0; doublings++) {
        power = (power * power) >> SHARE_PLACES;
        sum += power << doublings;
    }
    return sum << (DISTINCT_PRECISION + SUM_PLACES - SHARE_PLACES);
}

/* Ertl's improved raw estimator: ESTIMATE_FACTOR / (the sum of 2^-register, the empty ones as
 * above). */
uint64_t distinct_estimate(const struct distinct_sketch *sketch)
{
    if (sketch->registers == NULL) return 0;
    uint64_t sum = 0;
    uint64_t empty = 0;
    for (size_t i = 0; i < DISTINCT_REGISTERS; i++) {
        if (sketch->registers[i] == 0)
            empty++;
        else
            sum += UINT64_C(1) << (DISTINCT_RANK_MAX - sketch->registers[i]);
    }
    if (empty == DISTINCT_REGISTERS) return 0;
    sum >>= DISTINCT_RANK_MAX - SUM_PLACES;
    sum += sum_of_empty(empty);
    return ((ESTIMATE_FACTOR << SUM_PLACES) + sum / 2) / sum;
}
