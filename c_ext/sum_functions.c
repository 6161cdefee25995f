#include "sum_functions.h"

#include <string.h>

#include "decimal.h"
#include "number.h"
#include "text.h"

struct sum_state {
    uint64_t count;
    struct decimal sum;
    struct decimal squares;
};

/* The longest text of a sum that updates can make: squares of numbers at the limits of decimal.h,
 * 2^64 of them, have no more digits on either side of the point. */
enum { SUM_TEXT_MAX = 4 * (DECIMAL_DIGITS_MAX + DECIMAL_EXPONENT_MAX) + 64 };

/* Which of the two sums a function needs. */
enum sum_parts { SUM_ONLY = 1, SQUARES_ONLY = 2, SUM_AND_SQUARES = 3 };

static bool sum_add(struct sum_state *state, struct slice value, enum sum_parts parts,
                    const struct aggregate_home *home)
{
    struct number number;
    if (!number_parse(value, &number)) return true;
    if (!decimal_accepts(&number)) {
        ++*home->beyond;
        return true;
    }
    if ((parts & SUM_ONLY) != 0 && !decimal_add_number(&state->sum, &number, home->pool))
        return false;
    if ((parts & SQUARES_ONLY) != 0 && !decimal_add_square(&state->squares, &number, home->pool))
        return false;
    state->count++;
    return true;
}

static bool add_all(struct sum_state *state, struct values values, enum sum_parts parts,
                    const struct aggregate_home *home)
{
    for (size_t i = 0; i < values.count; i++)
        if (!sum_add(state, values.items[i], parts, home)) return false;
    return true;
}

static bool sum_update(void *state, const struct aggregate_input *input,
                       const struct aggregate_home *home)
{
    return add_all(state, input->values, SUM_ONLY, home);
}

static bool squares_update(void *state, const struct aggregate_input *input,
                           const struct aggregate_home *home)
{
    return add_all(state, input->values, SQUARES_ONLY, home);
}

static bool moments_update(void *state, const struct aggregate_input *input,
                           const struct aggregate_home *home)
{
    return add_all(state, input->values, SUM_AND_SQUARES, home);
}

/* ---- the item: COUNT_SUM_SQUARES, 0 for what is not kept ---- */

/* One item, so that what is lost on the way is lost as a whole: a sum without its count would be a
 * wrong average. */
static size_t sum_item_count(const void *state)
{
    return ((const struct sum_state *)state)->count > 0 ? 1 : 0;
}

static bool sum_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)i;
    const struct sum_state *sum = state;
    struct slice total, squares;
    if (!decimal_print(&sum->sum, scratch, &total) ||
        !decimal_print(&sum->squares, scratch, &squares))
        return false;
    char *bytes = arena_take(scratch, total.length + 1 + squares.length);
    if (bytes == NULL) return false;
    memcpy(bytes, total.bytes, total.length);
    bytes[total.length] = '_';
    memcpy(bytes + total.length + 1, squares.bytes, squares.length);
    struct slice rest = {bytes, total.length + 1 + squares.length};
    return aggregate_print_counted(sum->count, '_', rest, scratch, item);
}

/* Does a text look as decimal_print writes it? It has one text for each value. */
static bool is_printed(struct slice text, bool negative_too)
{
    struct number number;
    if (text.length > SUM_TEXT_MAX || !number_parse(text, &number)) return false;
    if (number.whole.length + number.fraction.length == 0) return text_equal(text, SLICE("0"));
    size_t first = text.bytes[0] == '-' ? 1 : 0;
    bool point = memchr(text.bytes, '.', text.length) != NULL;
    if (first > 0 && !negative_too) return false;
    if (text.bytes[first] == '0' && text.bytes[first + 1] != '.') return false;
    if (point && text.bytes[text.length - 1] == '0') return false;
    return memchr(text.bytes, 'e', text.length) == NULL &&
           memchr(text.bytes, 'E', text.length) == NULL;
}

static bool parse_item(struct slice item, enum sum_parts parts, uint64_t *count,
                       struct slice *total, struct slice *squares)
{
    char mark;
    struct slice rest;
    if (!aggregate_parse_counted(item, count, &mark, &rest) || mark != '_') return false;
    const char *end = rest.length > 0 ? memchr(rest.bytes, '_', rest.length) : NULL;
    if (end == NULL) return false;
    *total = (struct slice){rest.bytes, (size_t)(end - rest.bytes)};
    *squares = (struct slice){end + 1, rest.length - total->length - 1};
    if (!is_printed(*total, true) || !is_printed(*squares, false)) return false;
    return ((parts & SUM_ONLY) != 0 || text_equal(*total, SLICE("0"))) &&
           ((parts & SQUARES_ONLY) != 0 || text_equal(*squares, SLICE("0")));
}

static bool add_text(struct decimal *sum, struct slice text, struct pool *pool)
{
    struct decimal loaded = {.limbs = NULL};
    bool done = decimal_parse(text, pool, &loaded) && decimal_add(sum, &loaded, pool);
    decimal_release(&loaded, pool);
    return done;
}

static enum cfh_status load(struct sum_state *state, struct slice item, enum sum_parts parts,
                            const struct aggregate_home *home)
{
    uint64_t count;
    struct slice total, squares;
    if (!parse_item(item, parts, &count, &total, &squares)) return CFH_BAD_INPUT;
    if (count > UINT64_MAX - state->count) return CFH_BAD_INPUT;
    if (!add_text(&state->sum, total, home->pool) ||
        !add_text(&state->squares, squares, home->pool))
        return CFH_NO_MEMORY;
    state->count += count;
    return CFH_OK;
}

static enum cfh_status sum_load(void *state, struct slice item, const struct aggregate_home *home)
{
    return load(state, item, SUM_ONLY, home);
}

static enum cfh_status squares_load(void *state, struct slice item,
                                    const struct aggregate_home *home)
{
    return load(state, item, SQUARES_ONLY, home);
}

static enum cfh_status moments_load(void *state, struct slice item,
                                    const struct aggregate_home *home)
{
    return load(state, item, SUM_AND_SQUARES, home);
}

/* ---- results ---- */

static bool print_sum(const struct decimal *sum, uint64_t count, struct arena *scratch,
                      struct values *result)
{
    struct slice text;
    *result = (struct values){NULL, 0};
    return count == 0 ||
           (decimal_print(sum, scratch, &text) && aggregate_one(text, scratch, result));
}

static bool sum_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                       struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct sum_state *sum = state;
    return print_sum(&sum->sum, sum->count, scratch, result);
}

static bool sumsq_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                         struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct sum_state *sum = state;
    return print_sum(&sum->squares, sum->count, scratch, result);
}

/* A count as a decimal, which the caller releases. */
static bool decimal_of(uint64_t count, struct arena *scratch, struct pool *pool,
                       struct decimal *value)
{
    struct slice text;
    struct number number;
    *value = (struct decimal){.limbs = NULL};
    return aggregate_print_count(count, scratch, &text) && number_parse(text, &number) &&
           decimal_add_number(value, &number, pool);
}

static bool avg_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                       struct arena *scratch, struct values *result)
{
    (void)percent;
    const struct sum_state *sum = state;
    struct decimal count;
    struct slice text;
    *result = (struct values){NULL, 0};
    if (sum->count == 0) return true;
    bool done = decimal_of(sum->count, scratch, home->pool, &count) &&
                decimal_divide(&sum->sum, &count, scratch, &text) &&
                aggregate_one(text, scratch, result);
    decimal_release(&count, home->pool);
    return done;
}

/* The variance as a fraction of whole sums: (n * squares - sum * sum) / (n * divisor). The caller
 * releases both, also when refused. */
static bool variance_fraction(const struct sum_state *sum, uint64_t divisor,
                              const struct aggregate_home *home, struct arena *scratch,
                              struct decimal *numerator, struct decimal *denominator)
{
    struct decimal square = {.limbs = NULL}, count = {.limbs = NULL};
    *numerator = *denominator = (struct decimal){.limbs = NULL};
    bool done = decimal_multiply_count(&sum->squares, sum->count, numerator, home->pool) &&
                decimal_multiply(&sum->sum, &sum->sum, &square, home->pool) &&
                decimal_subtract(numerator, &square, home->pool) &&
                decimal_of(sum->count, scratch, home->pool, &count) &&
                decimal_multiply_count(&count, divisor, denominator, home->pool);
    decimal_release(&square, home->pool);
    decimal_release(&count, home->pool);
    return done;
}

/* Squares less than any numbers can have come only from items that no state saved: no variance. */
static bool print_variance(const struct decimal *numerator, const struct decimal *denominator,
                           bool root, struct arena *scratch, struct values *result)
{
    struct slice text;
    if (decimal_sign(numerator) < 0) return true;
    bool printed = root ? decimal_divide_root(numerator, denominator, scratch, &text)
                        : decimal_divide(numerator, denominator, scratch, &text);
    return printed && aggregate_one(text, scratch, result);
}

static bool variance(const struct sum_state *sum, bool sample, bool root,
                     const struct aggregate_home *home, struct arena *scratch,
                     struct values *result)
{
    struct decimal numerator, denominator;
    uint64_t divisor = sample && sum->count > 1 ? sum->count - 1 : sum->count;
    *result = (struct values){NULL, 0};
    if (sum->count == 0) return true;
    bool done = variance_fraction(sum, divisor, home, scratch, &numerator, &denominator) &&
                print_variance(&numerator, &denominator, root, scratch, result);
    decimal_release(&numerator, home->pool);
    decimal_release(&denominator, home->pool);
    return done;
}

static bool var_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                       struct arena *scratch, struct values *result)
{
    (void)percent;
    return variance(state, true, false, home, scratch, result);
}

static bool varp_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                        struct arena *scratch, struct values *result)
{
    (void)percent;
    return variance(state, false, false, home, scratch, result);
}

static bool stdev_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                         struct arena *scratch, struct values *result)
{
    (void)percent;
    return variance(state, true, true, home, scratch, result);
}

static bool stdevp_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                          struct arena *scratch, struct values *result)
{
    (void)percent;
    return variance(state, false, true, home, scratch, result);
}

/* ---- the rows ---- */

#define SUM_ROW(called, takes, loads, gives)                                                       \
    {                                                                                              \
        .name = called, .argument = AGGREGATE_FIELD, .state_size = sizeof(struct sum_state),       \
        .update = takes, .item_count = sum_item_count, .save = sum_save, .load = loads,            \
        .finish = gives,                                                                           \
    }

const struct aggregate sum_function = SUM_ROW("sum", sum_update, sum_load, sum_finish);
const struct aggregate sumsq_function =
    SUM_ROW("sumsq", squares_update, squares_load, sumsq_finish);
const struct aggregate avg_function = SUM_ROW("avg", sum_update, sum_load, avg_finish);
const struct aggregate var_function = SUM_ROW("var", moments_update, moments_load, var_finish);
const struct aggregate varp_function = SUM_ROW("varp", moments_update, moments_load, varp_finish);
const struct aggregate stdev_function =
    SUM_ROW("stdev", moments_update, moments_load, stdev_finish);
const struct aggregate stdevp_function =
    SUM_ROW("stdevp", moments_update, moments_load, stdevp_finish);
