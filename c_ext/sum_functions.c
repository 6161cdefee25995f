#include "sum_functions.h"

#include <string.h>

#include "decimal.h"
#include "number.h"

struct sum_state {
    uint64_t count;
    struct decimal sum;
    struct decimal squares;
};

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

/* ---- items: nCOUNT, sSUM, qSQUARES ---- */

static size_t sum_item_count(const void *state)
{
    return ((const struct sum_state *)state)->count > 0 ? 3 : 0;
}

static bool sum_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    const struct sum_state *sum = state;
    struct slice text;
    bool printed = i == 0   ? aggregate_print_count(sum->count, scratch, &text)
                   : i == 1 ? decimal_print(&sum->sum, scratch, &text)
                            : decimal_print(&sum->squares, scratch, &text);
    if (!printed) return false;
    char *bytes = arena_take(scratch, text.length + 1);
    if (bytes == NULL) return false;
    bytes[0] = "nsq"[i];
    memcpy(bytes + 1, text.bytes, text.length);
    *item = (struct slice){bytes, text.length + 1};
    return true;
}

static enum cfh_status load_count(struct sum_state *state, struct slice text)
{
    uint64_t count;
    if (!aggregate_parse_count(text, &count) || state->count > UINT64_MAX - count)
        return CFH_BAD_INPUT;
    state->count += count;
    return CFH_OK;
}

static enum cfh_status sum_load(void *state, struct slice item, const struct aggregate_home *home)
{
    struct sum_state *sum = state;
    struct number number;
    struct decimal loaded = {.limbs = NULL};
    if (item.length < 2) return CFH_BAD_INPUT;
    char kind = item.bytes[0];
    struct slice text = {item.bytes + 1, item.length - 1};
    if (kind == 'n') return load_count(sum, text);
    if ((kind != 's' && kind != 'q') || !number_parse(text, &number)) return CFH_BAD_INPUT;
    struct decimal *target = kind == 's' ? &sum->sum : &sum->squares;
    return decimal_parse(text, home->pool, &loaded) && decimal_add(target, &loaded, home->pool)
               ? CFH_OK
               : CFH_NO_MEMORY;
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

/* A count as a decimal. */
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
    return decimal_of(sum->count, scratch, home->pool, &count) &&
           decimal_divide(&sum->sum, &count, scratch, &text) &&
           aggregate_one(text, scratch, result);
}

/* The variance as a fraction of whole sums: (n * squares - sum * sum) / (n * divisor). */
static bool variance_fraction(const struct sum_state *sum, uint64_t divisor,
                              const struct aggregate_home *home, struct arena *scratch,
                              struct decimal *numerator, struct decimal *denominator)
{
    struct decimal square = {.limbs = NULL}, count;
    *numerator = *denominator = (struct decimal){.limbs = NULL};
    return decimal_multiply_count(&sum->squares, sum->count, numerator, home->pool) &&
           decimal_multiply(&sum->sum, &sum->sum, &square, home->pool) &&
           decimal_subtract(numerator, &square, home->pool) &&
           decimal_of(sum->count, scratch, home->pool, &count) &&
           decimal_multiply_count(&count, divisor, denominator, home->pool);
}

static bool variance(const struct sum_state *sum, bool sample, bool root,
                     const struct aggregate_home *home, struct arena *scratch,
                     struct values *result)
{
    struct decimal numerator, denominator;
    struct slice text;
    uint64_t divisor = sample && sum->count > 1 ? sum->count - 1 : sum->count;
    *result = (struct values){NULL, 0};
    if (sum->count == 0) return true;
    if (!variance_fraction(sum, divisor, home, scratch, &numerator, &denominator)) return false;
    bool printed = root ? decimal_divide_root(&numerator, &denominator, scratch, &text)
                        : decimal_divide(&numerator, &denominator, scratch, &text);
    return printed && aggregate_one(text, scratch, result);
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

#define SUM_ROW(called, takes, gives)                                                              \
    {                                                                                              \
        .name = called, .argument = AGGREGATE_FIELD, .state_size = sizeof(struct sum_state),       \
        .update = takes, .item_count = sum_item_count, .save = sum_save, .load = sum_load,         \
        .finish = gives,                                                                           \
    }

const struct aggregate sum_function = SUM_ROW("sum", sum_update, sum_finish);
const struct aggregate sumsq_function = SUM_ROW("sumsq", squares_update, sumsq_finish);
const struct aggregate avg_function = SUM_ROW("avg", sum_update, avg_finish);
const struct aggregate var_function = SUM_ROW("var", moments_update, var_finish);
const struct aggregate varp_function = SUM_ROW("varp", moments_update, varp_finish);
const struct aggregate stdev_function = SUM_ROW("stdev", moments_update, stdev_finish);
const struct aggregate stdevp_function = SUM_ROW("stdevp", moments_update, stdevp_finish);
