/* decimal: sums that are exact, in any order and split, and rounded once at the end.
 *
 * A decimal is a whole number of units of 10^exponent; it grows as it must. Adding is associative
 * and commutative to the last digit, so that sum, avg, var and stdev give the same bytes however
 * the events were spread over indexers (design section 3). Nothing goes through a double.
 * Equal decimals may differ in exponent and in zero limbs at the lower end; their texts are equal.
 * Rule of the room: digits lie in a pool that the caller gives; a zeroed struct decimal is 0.
 */
#ifndef CFHUNT_DECIMAL_H
#define CFHUNT_DECIMAL_H

#include "memory.h"
#include "number.h"

/* A number takes part in sums when it has at most so many digits, from the first significant one to
 * the last one written, and these reach into the powers of ten from -DECIMAL_EXPONENT_MAX to
 * DECIMAL_EXPONENT_MAX: 1e400 and 1e-400 do, and every plain number of DECIMAL_DIGITS_MAX digits;
 * 1e401 and 1e-401 do not. What is beyond is no number to a sum (F6 skips it) and is for the caller
 * to count. */
enum { DECIMAL_EXPONENT_MAX = 400, DECIMAL_DIGITS_MAX = 1000 };

/* Significant digits of a result that has to be rounded: as many as a double needs. */
enum { DECIMAL_ROUNDED_DIGITS = 17 };

/* Rounded results whose first digit has a power of ten within these print without exponent. */
enum { DECIMAL_PLAIN_MIN = -15, DECIMAL_PLAIN_MAX = 20 };

/* The longest text that decimal_parse reads, in bytes: far above every sum of squares. */
enum { DECIMAL_TEXT_MAX = 1000000 };

struct decimal {
    uint32_t *limbs; /* base 10^9, the least first; in the pool */
    size_t count;    /* limbs in use: no leading zero limb */
    size_t capacity;
    int32_t exponent; /* the power of ten of the least limb's unit; a multiple of 9 */
    bool negative;    /* never true for zero */
};

/* Does the number stay within the limits above? */
bool decimal_accepts(const struct number *number);

/* sum += number, sum += number * number, sum += other, sum -= other. False when refused; then sum
 * has the value that it had. number must be accepted; other is not sum itself. Asks the pool only
 * when the limbs do not suffice: their count doubles. */
bool decimal_add_number(struct decimal *sum, const struct number *number, struct pool *pool);
bool decimal_add_square(struct decimal *sum, const struct number *number, struct pool *pool);
bool decimal_add(struct decimal *sum, const struct decimal *other, struct pool *pool);
bool decimal_subtract(struct decimal *sum, const struct decimal *other, struct pool *pool);

/* *product = left * right; *product = value * factor. product must be zeroed, and stays so when
 * refused. */
bool decimal_multiply(const struct decimal *left, const struct decimal *right,
                      struct decimal *product, struct pool *pool);
bool decimal_multiply_count(const struct decimal *value, uint64_t factor, struct decimal *product,
                            struct pool *pool);

/* Every digit, without exponent: -12.5, 0, 1000000. One text a value. In scratch; false when
 * refused. */
bool decimal_print(const struct decimal *value, struct arena *scratch, struct slice *text);
/* Reads what decimal_print wrote into *value, whose former limbs are not given back; false for
 * anything else (also for other spellings: 01, 1.0, -0, 1e3) or when refused (*value untouched). */
bool decimal_parse(struct slice text, struct pool *pool, struct decimal *value);

/* numerator / denominator, or its square root, rounded half to even to DECIMAL_ROUNDED_DIGITS
 * significant digits, without trailing zeros and, for (rounded) values of at least 1e-15 and below
 * 1e21, without exponent; else as d.ddde-20 or d.ddde21. An exact quotient (root) with fewer digits
 * prints as it is. denominator is not zero; for the root the quotient is not negative. In scratch;
 * false when refused. */
bool decimal_divide(const struct decimal *numerator, const struct decimal *denominator,
                    struct arena *scratch, struct slice *text);
bool decimal_divide_root(const struct decimal *numerator, const struct decimal *denominator,
                         struct arena *scratch, struct slice *text);

/* Is it zero? The sign: -1, 0 or 1. */
int decimal_sign(const struct decimal *value);

/* Gives the limbs back to the pool; value is 0 afterwards. For what is not cleared with the pool:
 * products on the way to a result. */
void decimal_release(struct decimal *value, struct pool *pool);

#endif
