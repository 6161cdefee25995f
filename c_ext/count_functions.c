#include "count_functions.h"

#include <string.h>

#include "sketch.h"

/* ---- count (F1) ---- */

struct count_state {
    uint64_t count;
};

static bool count_update(void *state, const struct aggregate_input *input,
                         const struct aggregate_home *home)
{
    (void)home;
    ((struct count_state *)state)->count += input->values.count;
    return true;
}

static size_t count_item_count(const void *state)
{
    return ((const struct count_state *)state)->count > 0 ? 1 : 0;
}

static bool count_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)i;
    return aggregate_print_count(((const struct count_state *)state)->count, scratch, item);
}

static enum cfh_status count_load(void *state, struct slice item, const struct aggregate_home *home)
{
    (void)home;
    struct count_state *count = state;
    uint64_t loaded;
    if (!aggregate_parse_count(item, &loaded) || loaded == 0) return CFH_BAD_INPUT;
    if (count->count > UINT64_MAX - loaded) return CFH_BAD_INPUT;
    count->count += loaded;
    return CFH_OK;
}

static bool count_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                         struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    struct slice text;
    return aggregate_print_count(((const struct count_state *)state)->count, scratch, &text) &&
           aggregate_one(text, scratch, result);
}

const struct aggregate count_function = {
    .name = "count",
    .state_size = sizeof(struct count_state),
    .update = count_update,
    .item_count = count_item_count,
    .save = count_save,
    .load = count_load,
    .finish = count_finish,
};

/* ---- estdc (F5) ---- */

/* A register's value as one digit of a word, for the item that travels. */
static const char register_digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop";
_Static_assert(sizeof(register_digits) == DISTINCT_RANK_MAX + 2, "a digit for every value");

static bool estdc_update(void *state, const struct aggregate_input *input,
                         const struct aggregate_home *home)
{
    for (size_t i = 0; i < input->values.count; i++)
        if (!distinct_add(state, hash_digest(input->values.items[i], home->seed), home->pool))
            return false;
    return true;
}

static size_t estdc_item_count(const void *state)
{
    return ((const struct distinct_sketch *)state)->registers != NULL ? 1 : 0;
}

static bool estdc_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)i;
    const struct distinct_sketch *sketch = state;
    char *digits = arena_take(scratch, DISTINCT_REGISTERS);
    if (digits == NULL) return false;
    for (size_t r = 0; r < DISTINCT_REGISTERS; r++)
        digits[r] = register_digits[sketch->registers[r]];
    *item = (struct slice){digits, DISTINCT_REGISTERS};
    return true;
}

static enum cfh_status estdc_load(void *state, struct slice item, const struct aggregate_home *home)
{
    uint8_t registers[DISTINCT_REGISTERS];
    bool empty = true;
    if (item.length != DISTINCT_REGISTERS) return CFH_BAD_INPUT;
    for (size_t r = 0; r < DISTINCT_REGISTERS; r++) {
        const char *digit = memchr(register_digits, item.bytes[r], DISTINCT_RANK_MAX + 1);
        if (digit == NULL) return CFH_BAD_INPUT;
        registers[r] = (uint8_t)(digit - register_digits);
        empty = empty && registers[r] == 0;
    }
    if (empty) return CFH_BAD_INPUT;
    return distinct_merge(state, registers, home->pool) ? CFH_OK : CFH_NO_MEMORY;
}

static bool estdc_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                         struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    struct slice text;
    return aggregate_print_count(distinct_estimate(state), scratch, &text) &&
           aggregate_one(text, scratch, result);
}

const struct aggregate estdc_function = {
    .name = "estdc",
    .argument = AGGREGATE_FIELD,
    .state_size = sizeof(struct distinct_sketch),
    .update = estdc_update,
    .item_count = estdc_item_count,
    .save = estdc_save,
    .load = estdc_load,
    .finish = estdc_finish,
};
