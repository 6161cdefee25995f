/* sketch: what stands for many values in little memory, and merges exactly.
 *
 *   quantile sketch   how many numbers lie in which log-linear bucket: for percN beyond
 *                     QUANTILE_EXACT_MAX values. A bucket is a sign, a decimal exponent and the
 *                     first three significant digits, read from the number's text: no logarithm,
 *                     so that every machine puts a number into the same bucket. A bucket's middle
 *                     is within 0.5 % of every value in it.
 *   distinct sketch   a HyperLogLog of 4,096 registers: for estdc, 1.6 % standard error.
 *
 * Merging adds counts or takes larger registers: associative, commutative, the same bytes for any
 * split. Rule of the room: what grows lies in a pool that the caller gives; a zeroed sketch is
 * empty.
 */
#ifndef CFHUNT_SKETCH_H
#define CFHUNT_SKETCH_H

#include "memory.h"
#include "number.h"

/* ---- quantiles ---- */

/* A bucket's number: order of buckets is order of values, the negative ones before zero, which is a
 * bucket of its own, before the positive ones. */
typedef int64_t quantile_bucket;

/* Powers of ten of the first digit that have buckets, either sign. Numbers beyond lie in the
 * outermost bucket of their side: 9.99e1000000 and its negative, or 1.00e-1000000 and its
 * negative. */
#define QUANTILE_EXPONENT_MAX INT64_C(1000000)

struct quantile_entry {
    quantile_bucket bucket;
    uint64_t count;
};

struct quantile_sketch {
    struct quantile_entry *entries; /* sorted by bucket; in the pool */
    size_t count;
    size_t capacity;
    uint64_t total;
};

quantile_bucket quantile_bucket_of(const struct number *number);
/* Can quantile_bucket_of give this? For buckets that come from outside, before anything else looks
 * at them. */
bool quantile_bucket_valid(int64_t bucket);
/* Counts count values into a bucket. False when refused (or when a count would overflow). */
bool quantile_add(struct quantile_sketch *sketch, quantile_bucket bucket, uint64_t count,
                  struct pool *pool);
/* The bucket of the value of 0-based rank; rank is below total (at or above it: the last bucket; 0
 * for an empty sketch). */
quantile_bucket quantile_at(const struct quantile_sketch *sketch, uint64_t rank);
/* The middle of a bucket, and its end away from zero: numbers of at most four significant digits,
 * printed without exponent where that needs at most NUMBER_PRINT_MAX bytes, else as d.ddde50. In
 * scratch; false when refused. */
bool quantile_middle(quantile_bucket bucket, struct arena *scratch, struct slice *text);
bool quantile_upper(quantile_bucket bucket, struct arena *scratch, struct slice *text);

/* ---- distinct values ---- */

enum { DISTINCT_PRECISION = 12, DISTINCT_REGISTERS = 4096 };

/* The largest value of a register: two less than a hash of 64 bits can give, which keeps the
 * estimate within 64-bit integers and matters from 10^15 values on. */
enum { DISTINCT_RANK_MAX = 51 };

struct distinct_sketch {
    uint8_t *registers; /* DISTINCT_REGISTERS of them, in the pool; NULL: empty */
};

/* hash: 64 well-mixed bits of the value. False when refused. */
bool distinct_add(struct distinct_sketch *sketch, uint64_t hash, struct pool *pool);
/* registers: DISTINCT_REGISTERS bytes, where more than DISTINCT_RANK_MAX counts as that. False when
 * refused. */
bool distinct_merge(struct distinct_sketch *sketch, const uint8_t *registers, struct pool *pool);
/* The estimate, rounded to a whole number; 0 for an empty sketch. Ertl's estimator (New cardinality
 * estimation algorithms for HyperLogLog sketches, 2017: the improved raw one): one formula for few
 * and many values. The usual switch from linear counting to the raw estimate is wrong by 2 % on
 * average and 3 % in spread where it switches. Integers only, so the same on every machine. */
uint64_t distinct_estimate(const struct distinct_sketch *sketch);

#endif
