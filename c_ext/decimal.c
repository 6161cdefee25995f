#include "decimal.h"

#include <string.h>

/* Limbs of nine digits: the product of two and two carries fit 64 bits. */
enum { LIMB_DIGITS = 9 };
#define LIMB_BASE UINT32_C(1000000000)

/* A 64-bit integer has at most so many limbs; so many digits always fit one. */
enum { INTEGER_LIMBS = 3, SHORT_DIGITS = 19 };

/* An accepted number may end in the middle of its last limb. */
enum { NUMBER_LIMBS = DECIMAL_DIGITS_MAX / LIMB_DIGITS + 2, SQUARE_LIMBS = 2 * NUMBER_LIMBS };

/* A power of two, so that the pool's size classes leave nothing unused. */
enum { FIRST_CAPACITY = 4 };

static const uint32_t powers_of_ten[LIMB_DIGITS] = {1,      10,      100,      1000,     10000,
                                                    100000, 1000000, 10000000, 100000000};

/* ---- limbs: whole numbers, the least limb first ---- */

static size_t used_limbs(const uint32_t *limbs, size_t count)
{
    while (count > 0 && limbs[count - 1] == 0)
        count--;
    return count;
}

/* limbs += term. limbs is long enough for the sum. */
static void add_limbs(uint32_t *limbs, const uint32_t *term, size_t term_count)
{
    uint32_t carry = 0;
    for (size_t i = 0; i < term_count || carry > 0; i++) {
        uint32_t sum = limbs[i] + (i < term_count ? term[i] : 0) + carry;
        carry = sum >= LIMB_BASE;
        limbs[i] = carry ? sum - LIMB_BASE : sum;
    }
}

/* limbs -= term, modulo the power of ten behind count limbs; true when the difference was negative.
 */
static bool subtract_limbs(uint32_t *limbs, size_t count, const uint32_t *term, size_t term_count)
{
    uint32_t borrow = 0;
    for (size_t i = 0; i < count && (i < term_count || borrow > 0); i++) {
        uint32_t taken = (i < term_count ? term[i] : 0) + borrow;
        borrow = limbs[i] < taken;
        limbs[i] = borrow ? limbs[i] + LIMB_BASE - taken : limbs[i] - taken;
    }
    return borrow > 0;
}

/* What subtract_limbs left of a negative difference becomes its absolute value. */
static void negate_limbs(uint32_t *limbs, size_t count)
{
    uint32_t borrow = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t taken = limbs[i] + borrow;
        borrow = taken > 0;
        limbs[i] = borrow ? LIMB_BASE - taken : 0;
    }
}

static int compare_limbs(const uint32_t *left, const uint32_t *right, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        if (left[i - 1] != right[i - 1]) return left[i - 1] < right[i - 1] ? -1 : 1;
    }
    return 0;
}

/* limbs *= factor, which is below LIMB_BASE. limbs is long enough for the product. */
static void scale_limbs(uint32_t *limbs, size_t count, uint32_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        carry += (uint64_t)limbs[i] * factor;
        limbs[i] = (uint32_t)(carry % LIMB_BASE);
        carry /= LIMB_BASE;
    }
}

/* The product fills left_count + right_count limbs, which must not lie in left or right. */
static void multiply_limbs(const uint32_t *left, size_t left_count, const uint32_t *right,
                           size_t right_count, uint32_t *product)
{
    memset(product, 0, (left_count + right_count) * sizeof(*product));
    for (size_t i = 0; i < left_count; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < right_count; j++) {
            carry += (uint64_t)left[i] * right[j] + product[i + j];
            product[i + j] = (uint32_t)(carry % LIMB_BASE);
            carry /= LIMB_BASE;
        }
        product[i + right_count] = (uint32_t)carry;
    }
}

static size_t integer_limbs(uint64_t integer, uint32_t limbs[INTEGER_LIMBS])
{
    size_t count = 0;
    for (; integer > 0; integer /= LIMB_BASE)
        limbs[count++] = (uint32_t)(integer % LIMB_BASE);
    return count;
}

/* ---- numbers as decimals ---- */

static size_t digit_count(const struct number *number)
{
    return number->whole.length + number->fraction.length;
}

/* The power of ten of the last written digit. */
static int64_t last_power(const struct number *number)
{
    return number->magnitude - (int64_t)digit_count(number) + 1;
}

bool decimal_accepts(const struct number *number)
{
    size_t digits = digit_count(number);
    if (digits == 0) return true;
    return digits <= DECIMAL_DIGITS_MAX && number->magnitude >= -DECIMAL_EXPONENT_MAX &&
           last_power(number) <= DECIMAL_EXPONENT_MAX;
}

/* The ordinary number: digits without point and exponent, which fit an integer. */
static bool is_short_integer(const struct number *number)
{
    return number->fraction.length == 0 && number->whole.length <= SHORT_DIGITS &&
           number->magnitude == (int64_t)number->whole.length - 1;
}

static struct decimal decimal_of_short(const struct number *number, uint32_t *limbs)
{
    uint64_t integer = 0;
    for (size_t i = 0; i < number->whole.length; i++)
        integer = integer * 10 + (uint64_t)(number->whole.bytes[i] - '0');
    return (struct decimal){
        .limbs = limbs, .count = integer_limbs(integer, limbs), .negative = number->negative};
}

/* The exponent of the limb in which that power of ten lies. */
static int64_t limb_exponent(int64_t power)
{
    int64_t above = power % LIMB_DIGITS;
    return above < 0 ? power - above - LIMB_DIGITS : power - above;
}

/* The limbs of a number that is not zero. */
static size_t number_limbs(const struct number *number)
{
    return (size_t)(number->magnitude - limb_exponent(last_power(number))) / LIMB_DIGITS + 1;
}

/* Writes digits below the place of the last one before, which is returned anew. Limbs fill from
 * their upper end. */
static size_t fill_digits(uint32_t *limbs, size_t place, struct slice digits)
{
    for (size_t i = 0; i < digits.length; i++) {
        place--;
        uint32_t *limb = &limbs[place / LIMB_DIGITS];
        *limb = *limb * 10 + (uint32_t)(digits.bytes[i] - '0');
    }
    return place;
}

/* number as a decimal in limbs, of which there are number_limbs(number), or INTEGER_LIMBS if that
 * is more. Its exponent fits: of accepted numbers by their limits, of parsed text by its length. */
static struct decimal decimal_of_number(const struct number *number, uint32_t *limbs)
{
    if (is_short_integer(number)) return decimal_of_short(number, limbs);
    int64_t exponent = limb_exponent(last_power(number));
    size_t count = number_limbs(number);
    memset(limbs, 0, count * sizeof(*limbs));
    size_t place = fill_digits(limbs, (size_t)(number->magnitude - exponent + 1), number->whole);
    place = fill_digits(limbs, place, number->fraction);
    limbs[0] *= powers_of_ten[place];
    return (struct decimal){.limbs = limbs,
                            .count = count,
                            .exponent = (int32_t)exponent,
                            .negative = number->negative};
}

/* ---- sums ---- */

static int64_t upper_end(const struct decimal *value)
{
    return value->exponent + (int64_t)value->count * LIMB_DIGITS;
}

static uint32_t *take_limbs(struct pool *pool, size_t needed, size_t *capacity)
{
    *capacity = FIRST_CAPACITY;
    while (*capacity < needed) {
        if (!size_multiply(*capacity, 2, capacity)) return NULL;
    }
    size_t size;
    return size_multiply(*capacity, sizeof(uint32_t), &size) ? pool_take(pool, size) : NULL;
}

/* Room for needed limbs, those in use moved up by below. Their neighbours are not cleared. */
static bool make_room(struct decimal *sum, size_t needed, size_t below, struct pool *pool)
{
    uint32_t *limbs = sum->limbs;
    size_t capacity = sum->capacity;
    if (needed > capacity) {
        limbs = take_limbs(pool, needed, &capacity);
        if (limbs == NULL) return false;
    }
    if (sum->count > 0 && (below > 0 || limbs != sum->limbs))
        memmove(limbs + below, sum->limbs, sum->count * sizeof(*limbs));
    if (limbs != sum->limbs) pool_give(pool, sum->limbs, sum->capacity * sizeof(*limbs));
    sum->limbs = limbs;
    sum->capacity = capacity;
    return true;
}

/* Stretches sum by zero limbs over the places of term and one above both, for the carry. */
static bool cover(struct decimal *sum, const struct decimal *term, struct pool *pool)
{
    int64_t low = term->exponent;
    int64_t high = upper_end(term);
    if (sum->count == 0) sum->exponent = term->exponent;
    if (sum->exponent < low) low = sum->exponent;
    if (upper_end(sum) > high) high = upper_end(sum);
    size_t needed = (size_t)(high - low) / LIMB_DIGITS + 1;
    size_t below = (size_t)(sum->exponent - low) / LIMB_DIGITS;
    if (!make_room(sum, needed, below, pool)) return false;
    memset(sum->limbs, 0, below * sizeof(*sum->limbs));
    size_t above = below + sum->count;
    memset(sum->limbs + above, 0, (needed - above) * sizeof(*sum->limbs));
    sum->count = needed;
    sum->exponent = (int32_t)low;
    return true;
}

/* Drops leading zero limbs; what cancelled out is a zero like any other. */
static void trim(struct decimal *value)
{
    value->count = used_limbs(value->limbs, value->count);
    if (value->count > 0) return;
    value->exponent = 0;
    value->negative = false;
}

static bool add_signed(struct decimal *sum, const struct decimal *term, bool negative,
                       struct pool *pool)
{
    if (term->count == 0) return true;
    if (!cover(sum, term, pool)) return false;
    size_t offset = (size_t)(term->exponent - sum->exponent) / LIMB_DIGITS;
    uint32_t *limbs = sum->limbs + offset;
    if (sum->negative == negative) {
        add_limbs(limbs, term->limbs, term->count);
    } else if (subtract_limbs(limbs, sum->count - offset, term->limbs, term->count)) {
        negate_limbs(sum->limbs, sum->count);
        sum->negative = negative;
    }
    trim(sum);
    return true;
}

bool decimal_add(struct decimal *sum, const struct decimal *other, struct pool *pool)
{
    return add_signed(sum, other, other->negative, pool);
}

bool decimal_subtract(struct decimal *sum, const struct decimal *other, struct pool *pool)
{
    return add_signed(sum, other, !other->negative, pool);
}

bool decimal_add_number(struct decimal *sum, const struct number *number, struct pool *pool)
{
    uint32_t limbs[NUMBER_LIMBS];
    if (digit_count(number) == 0) return true;
    struct decimal term = decimal_of_number(number, limbs);
    return decimal_add(sum, &term, pool);
}

bool decimal_add_square(struct decimal *sum, const struct number *number, struct pool *pool)
{
    uint32_t limbs[NUMBER_LIMBS], square[SQUARE_LIMBS];
    if (digit_count(number) == 0) return true;
    struct decimal root = decimal_of_number(number, limbs);
    multiply_limbs(limbs, root.count, limbs, root.count, square);
    struct decimal term = {.limbs = square, .exponent = root.exponent * 2};
    term.count = used_limbs(square, root.count * 2);
    return decimal_add(sum, &term, pool);
}

int decimal_sign(const struct decimal *value)
{
    if (value->count == 0) return 0;
    return value->negative ? -1 : 1;
}

void decimal_release(struct decimal *value, struct pool *pool)
{
    pool_give(pool, value->limbs, value->capacity * sizeof(*value->limbs));
    *value = (struct decimal){.limbs = NULL};
}

/* ---- products ---- */

bool decimal_multiply(const struct decimal *left, const struct decimal *right,
                      struct decimal *product, struct pool *pool)
{
    if (left->count == 0 || right->count == 0) return true;
    int64_t exponent = (int64_t)left->exponent + right->exponent;
    if (exponent < INT32_MIN || exponent > INT32_MAX) return false;
    size_t capacity;
    uint32_t *limbs = take_limbs(pool, left->count + right->count, &capacity);
    if (limbs == NULL) return false;
    multiply_limbs(left->limbs, left->count, right->limbs, right->count, limbs);
    *product = (struct decimal){.limbs = limbs,
                                .count = left->count + right->count,
                                .capacity = capacity,
                                .exponent = (int32_t)exponent,
                                .negative = left->negative != right->negative};
    trim(product);
    return true;
}

bool decimal_multiply_count(const struct decimal *value, uint64_t factor, struct decimal *product,
                            struct pool *pool)
{
    uint32_t limbs[INTEGER_LIMBS];
    struct decimal count = {.limbs = limbs, .count = integer_limbs(factor, limbs)};
    return decimal_multiply(value, &count, product, pool);
}

/* ---- text ---- */

static size_t limb_digits(uint32_t limb)
{
    size_t digits = 1;
    for (; limb >= 10; limb /= 10)
        digits++;
    return digits;
}

/* How many digits value has from its first significant one down to its exponent. Not for zero. */
static size_t significant_digits(const struct decimal *value)
{
    return (value->count - 1) * LIMB_DIGITS + limb_digits(value->limbs[value->count - 1]);
}

/* The power of ten of the first significant digit. */
static int64_t magnitude_of(const struct decimal *value)
{
    return value->exponent + (int64_t)significant_digits(value) - 1;
}

/* The power of ten of the last digit that is not 0. */
static int64_t lowest_power(const struct decimal *value)
{
    size_t index = 0;
    while (value->limbs[index] == 0)
        index++;
    int64_t power = value->exponent + (int64_t)index * LIMB_DIGITS;
    for (uint32_t limb = value->limbs[index]; limb % 10 == 0; limb /= 10)
        power++;
    return power;
}

static char digit_at(const struct decimal *value, int64_t power)
{
    if (power < value->exponent || power >= upper_end(value)) return '0';
    size_t place = (size_t)(power - value->exponent);
    uint32_t limb = value->limbs[place / LIMB_DIGITS];
    return (char)('0' + limb / powers_of_ten[place % LIMB_DIGITS] % 10);
}

bool decimal_print(const struct decimal *value, struct arena *scratch, struct slice *text)
{
    *text = SLICE("0");
    if (value->count == 0) return true;
    int64_t first = magnitude_of(value) > 0 ? magnitude_of(value) : 0;
    int64_t last = lowest_power(value) < 0 ? lowest_power(value) : 0;
    size_t length = (size_t)(first - last) + 1 + (last < 0) + value->negative;
    char *bytes = arena_take(scratch, length);
    if (bytes == NULL) return false;
    char *out = bytes;
    if (value->negative) *out++ = '-';
    for (int64_t power = first; power >= last; power--) {
        if (power == -1) *out++ = '.';
        *out++ = digit_at(value, power);
    }
    *text = (struct slice){bytes, length};
    return true;
}

/* Does a number's text look as decimal_print writes it? One text a value: no exponent, no zeros
 * that say nothing, no negative zero. */
static bool is_printed_form(struct slice text, const struct number *number)
{
    if (memchr(text.bytes, 'e', text.length) != NULL) return false;
    if (memchr(text.bytes, 'E', text.length) != NULL) return false;
    if (digit_count(number) == 0) return text.length == 1;
    if (memchr(text.bytes, '.', text.length) != NULL && text.bytes[text.length - 1] == '0')
        return false;
    size_t first = number->negative ? 1 : 0;
    return text.bytes[first] != '0' || text.bytes[first + 1] == '.';
}

bool decimal_parse(struct slice text, struct pool *pool, struct decimal *value)
{
    struct number number;
    if (text.length > DECIMAL_TEXT_MAX || !number_parse(text, &number)) return false;
    if (!is_printed_form(text, &number)) return false;
    size_t capacity;
    uint32_t *limbs = NULL;
    struct decimal parsed = {.limbs = NULL};
    if (digit_count(&number) > 0) {
        limbs = take_limbs(pool, number_limbs(&number), &capacity);
        if (limbs == NULL) return false;
        parsed = decimal_of_number(&number, limbs);
        parsed.capacity = capacity;
    }
    *value = parsed;
    return true;
}

/* ---- quotients and roots, one decimal digit at a time, as by hand ---- */

/* One digit more than is kept, to round by; together with whether anything is left behind it. */
enum { TAKEN_DIGITS = DECIMAL_ROUNDED_DIGITS + 1 };
#define ROUNDED_LIMIT UINT64_C(100000000000000000) /* 10 to the DECIMAL_ROUNDED_DIGITS */

/* A root's remainder grows to twice the root times the divisor, hundredfold before each digit. */
enum { GROWTH_LIMBS = 4 };

/* Whole numbers with remainder / divisor in [1, 10), or in [1, 100) for a root, before the first
 * digit is taken; so that digit is not 0. */
struct division {
    uint32_t *remainder;
    uint32_t *divisor;
    uint32_t *step; /* what is subtracted once for each unit of the next digit */
    size_t count;   /* limbs of each of the three */
    bool root;
    uint64_t digits;   /* the result so far, TAKEN_DIGITS at the end */
    int64_t magnitude; /* the power of ten of its first digit */
};

/* value times a power of ten, without its exponent and sign, in count limbs. */
static uint32_t *scaled_copy(const struct decimal *value, size_t zeros, size_t count,
                             struct arena *scratch)
{
    uint32_t *limbs = arena_take(scratch, count * sizeof(*limbs));
    if (limbs == NULL) return NULL;
    memset(limbs, 0, count * sizeof(*limbs));
    memcpy(limbs + zeros / LIMB_DIGITS, value->limbs, value->count * sizeof(*limbs));
    scale_limbs(limbs, count, powers_of_ten[zeros % LIMB_DIGITS]);
    return limbs;
}

/* Both get as many digits as the longer has. */
static bool division_take(struct division *division, const struct decimal *numerator,
                          const struct decimal *denominator, struct arena *scratch)
{
    size_t above = significant_digits(numerator);
    size_t below = significant_digits(denominator);
    size_t digits = above > below ? above : below;
    division->count = digits / LIMB_DIGITS + GROWTH_LIMBS;
    division->remainder = scaled_copy(numerator, digits - above, division->count, scratch);
    division->divisor = scaled_copy(denominator, digits - below, division->count, scratch);
    division->step = division->divisor;
    if (division->root)
        division->step = arena_take(scratch, division->count * sizeof(*division->step));
    return division->remainder != NULL && division->divisor != NULL && division->step != NULL;
}

/* The power of ten between the two is the result's, halved for a root; what is left of it goes into
 * the remainder. */
static void division_align(struct division *division, const struct decimal *numerator,
                           const struct decimal *denominator)
{
    int64_t magnitude = magnitude_of(numerator) - magnitude_of(denominator);
    if (compare_limbs(division->remainder, division->divisor, division->count) < 0) {
        scale_limbs(division->remainder, division->count, 10);
        magnitude--;
    }
    if (division->root && magnitude % 2 != 0) {
        scale_limbs(division->remainder, division->count, 10);
        magnitude--;
    }
    division->magnitude = division->root ? magnitude / 2 : magnitude;
}

/* With r the root so far, the digit d adds (10r + d)^2 - (10r)^2 = (20r + d)d, and each unit after
 * d of them adds 20r + 2d + 1. A quotient's step is always the divisor. */
static void division_set_step(struct division *division, uint64_t digit)
{
    if (!division->root) return;
    uint32_t limbs[INTEGER_LIMBS];
    size_t count = integer_limbs(20 * division->digits + 2 * digit + 1, limbs);
    size_t used = used_limbs(division->divisor, division->count);
    memset(division->step, 0, division->count * sizeof(*division->step));
    multiply_limbs(division->divisor, used, limbs, count, division->step);
}

static void division_next_digit(struct division *division)
{
    uint64_t digit = 0;
    division_set_step(division, digit);
    while (compare_limbs(division->remainder, division->step, division->count) >= 0) {
        subtract_limbs(division->remainder, division->count, division->step, division->count);
        digit++;
        division_set_step(division, digit);
    }
    division->digits = division->digits * 10 + digit;
    scale_limbs(division->remainder, division->count, division->root ? 100 : 10);
}

/* Half to even: exactly half is a last digit 5 with nothing left behind it. */
static void division_round(struct division *division)
{
    uint64_t last = division->digits % 10;
    uint64_t kept = division->digits / 10;
    bool left_over = used_limbs(division->remainder, division->count) > 0;
    if (last > 5 || (last == 5 && (left_over || kept % 2 != 0))) kept++;
    if (kept == ROUNDED_LIMIT) {
        kept /= 10;
        division->magnitude++;
    }
    division->digits = kept;
}

/* The digits of integer; behind them. */
static char *write_integer(char *out, uint64_t integer)
{
    char reversed[20];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + integer % 10);
        integer /= 10;
    } while (integer > 0);
    while (count > 0)
        *out++ = reversed[--count];
    return out;
}

/* d.ddd without trailing zeros. */
static char *write_coefficient(char *out, uint64_t digits)
{
    while (digits % 10 == 0)
        digits /= 10;
    char *end = write_integer(out + 1, digits);
    out[0] = out[1];
    out[1] = '.';
    return end == out + 2 ? out + 1 : end;
}

/* Longer than sign, coefficient, `e` and any exponent together. */
enum { ROUNDED_TEXT_SIZE = 64 };

static bool print_rounded(bool negative, uint64_t digits, int64_t magnitude, struct arena *scratch,
                          struct slice *text)
{
    char *bytes = arena_take(scratch, ROUNDED_TEXT_SIZE);
    if (bytes == NULL) return false;
    char *out = bytes;
    if (negative) *out++ = '-';
    out = write_coefficient(out, digits);
    *out++ = 'e';
    if (magnitude < 0) *out++ = '-';
    out = write_integer(out, (uint64_t)(magnitude < 0 ? -magnitude : magnitude));
    *text = (struct slice){bytes, (size_t)(out - bytes)};
    if (magnitude < DECIMAL_PLAIN_MIN || magnitude > DECIMAL_PLAIN_MAX) return true;
    return number_print(*text, SIZE_MAX, scratch, text);
}

static bool divide(const struct decimal *numerator, const struct decimal *denominator, bool root,
                   struct arena *scratch, struct slice *text)
{
    *text = SLICE("0");
    if (numerator->count == 0) return true;
    struct division division = {.root = root};
    if (!division_take(&division, numerator, denominator, scratch)) return false;
    division_align(&division, numerator, denominator);
    for (size_t i = 0; i < TAKEN_DIGITS; i++)
        division_next_digit(&division);
    division_round(&division);
    bool negative = numerator->negative != denominator->negative;
    return print_rounded(negative, division.digits, division.magnitude, scratch, text);
}

bool decimal_divide(const struct decimal *numerator, const struct decimal *denominator,
                    struct arena *scratch, struct slice *text)
{
    return divide(numerator, denominator, false, scratch, text);
}

bool decimal_divide_root(const struct decimal *numerator, const struct decimal *denominator,
                         struct arena *scratch, struct slice *text)
{
    return divide(numerator, denominator, true, scratch, text);
}
