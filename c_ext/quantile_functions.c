#include "quantile_functions.h"

#include <string.h>

#include "number.h"
#include "sketch.h"
#include "sort.h"
#include "text.h"
#include "text_set.h"

/* Every distinct number with its count; past the limit the buckets take over for good, and the set
 * is given back. */
struct quantile_state {
    struct text_set numbers;
    struct quantile_sketch sketch;
    bool sketched;
};

/* ---- taking numbers ---- */

static bool sketch_number(struct quantile_state *state, struct slice text, uint64_t count,
                          const struct aggregate_home *home)
{
    struct number number;
    return !number_parse(text, &number) ||
           quantile_add(&state->sketch, quantile_bucket_of(&number), count, home->pool);
}

static bool change_to_sketch(struct quantile_state *state, const struct aggregate_home *home)
{
    struct text_set *numbers = &state->numbers;
    for (size_t i = 0; i < numbers->capacity; i++)
        if (numbers->slots[i].length_and_one != 0 &&
            !sketch_number(state, text_slot_text(&numbers->slots[i]), numbers->counts[i], home))
            return false;
    text_set_release(numbers, home->pool);
    state->sketched = true;
    return true;
}

static bool take_number(struct quantile_state *state, struct slice text, uint64_t count,
                        const struct aggregate_home *home)
{
    if (state->sketched) return sketch_number(state, text, count, home);
    return text_set_count(&state->numbers, text, count, home->pool, home->key);
}

static bool take_all(struct quantile_state *state, struct values values,
                     const struct aggregate_home *home)
{
    for (size_t i = 0; i < values.count; i++)
        if (number_parse(values.items[i], NULL) && !take_number(state, values.items[i], 1, home))
            return false;
    return true;
}

static bool keep_bounded(struct quantile_state *state, const struct aggregate_home *home)
{
    return state->sketched || state->numbers.count <= QUANTILE_EXACT_MAX ||
           change_to_sketch(state, home);
}

static bool exact_update(void *state, const struct aggregate_input *input,
                         const struct aggregate_home *home)
{
    return take_all(state, input->values, home);
}

static bool quantile_update(void *state, const struct aggregate_input *input,
                            const struct aggregate_home *home)
{
    return take_all(state, input->values, home) && keep_bounded(state, home);
}

static void quantile_arrange(void *state)
{
    text_set_gather(&((struct quantile_state *)state)->numbers);
}

/* ---- items: COUNT:NUMBER, COUNT@BUCKET ---- */

static size_t quantile_item_count(const void *state)
{
    const struct quantile_state *quantile = state;
    return quantile->sketched ? quantile->sketch.count : quantile->numbers.count;
}

static bool print_bucket(quantile_bucket bucket, struct arena *scratch, struct slice *text)
{
    struct slice digits;
    uint64_t distance = bucket < 0 ? 0 - (uint64_t)bucket : (uint64_t)bucket;
    if (!aggregate_print_count(distance, scratch, &digits)) return false;
    char *bytes = arena_take(scratch, digits.length + 1);
    if (bytes == NULL) return false;
    bytes[0] = bucket < 0 ? '-' : '+';
    memcpy(bytes + 1, digits.bytes, digits.length);
    *text = (struct slice){bytes, digits.length + 1};
    return true;
}

static bool quantile_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    const struct quantile_state *quantile = state;
    const struct text_set *numbers = &quantile->numbers;
    struct slice bucket;
    if (!quantile->sketched)
        return aggregate_print_counted(numbers->counts[i], ':', text_slot_text(&numbers->slots[i]),
                                       scratch, item);
    const struct quantile_entry *entry = &quantile->sketch.entries[i];
    return print_bucket(entry->bucket, scratch, &bucket) &&
           aggregate_print_counted(entry->count, '@', bucket, scratch, item);
}

static bool parse_bucket(struct slice text, quantile_bucket *bucket)
{
    uint64_t distance;
    if (text.length < 2 || (text.bytes[0] != '-' && text.bytes[0] != '+')) return false;
    if (!aggregate_parse_count((struct slice){text.bytes + 1, text.length - 1}, &distance) ||
        distance > INT64_MAX || (distance == 0 && text.bytes[0] == '-'))
        return false;
    *bucket = text.bytes[0] == '-' ? -(int64_t)distance : (int64_t)distance;
    return quantile_bucket_valid(*bucket);
}

static enum cfh_status load_bucket(struct quantile_state *state, struct slice text, uint64_t count,
                                   const struct aggregate_home *home)
{
    quantile_bucket bucket;
    if (!parse_bucket(text, &bucket)) return CFH_BAD_INPUT;
    if (!state->sketched && !change_to_sketch(state, home)) return CFH_NO_MEMORY;
    return quantile_add(&state->sketch, bucket, count, home->pool) ? CFH_OK : CFH_NO_MEMORY;
}

static enum cfh_status load_number(struct quantile_state *state, struct slice text, uint64_t count,
                                   const struct aggregate_home *home)
{
    if (!number_parse(text, NULL)) return CFH_BAD_INPUT;
    return take_number(state, text, count, home) ? CFH_OK : CFH_NO_MEMORY;
}

/* Takes an item apart; false also where the state's total would not fit. */
static bool parse_item(const struct quantile_state *state, struct slice item, uint64_t *count,
                       char *mark, struct slice *rest)
{
    uint64_t total = state->sketched ? state->sketch.total : state->numbers.total;
    return aggregate_parse_counted(item, count, mark, rest) && *count <= UINT64_MAX - total;
}

static enum cfh_status exact_load(void *state, struct slice item, const struct aggregate_home *home)
{
    uint64_t count;
    char mark;
    struct slice rest;
    if (!parse_item(state, item, &count, &mark, &rest) || mark != ':') return CFH_BAD_INPUT;
    return load_number(state, rest, count, home);
}

static enum cfh_status quantile_load(void *state, struct slice item,
                                     const struct aggregate_home *home)
{
    uint64_t count;
    char mark;
    struct slice rest;
    if (!parse_item(state, item, &count, &mark, &rest)) return CFH_BAD_INPUT;
    if (mark == '@') return load_bucket(state, rest, count, home);
    enum cfh_status status = mark == ':' ? load_number(state, rest, count, home) : CFH_BAD_INPUT;
    return status == CFH_OK && !keep_bounded(state, home) ? CFH_NO_MEMORY : status;
}

/* ---- results ---- */

/* floor(percent / 100 * total), in whole numbers and without overflow. */
static uint64_t rank_of(uint32_t percent, uint64_t total)
{
    uint64_t rank =
        total / AGGREGATE_WHOLE * percent + total % AGGREGATE_WHOLE * percent / AGGREGATE_WHOLE;
    return rank < total ? rank : total - 1;
}

struct ranked {
    struct slice text;
    uint64_t count;
};

static int ranked_compare(const void *left, const void *right)
{
    return number_order(((const struct ranked *)left)->text, ((const struct ranked *)right)->text);
}

/* Of equal numbers in different spellings the rank's own is printed; they are ordered by text. */
static bool exact_result(const struct text_set *numbers, uint32_t percent, struct arena *scratch,
                         struct values *result)
{
    size_t room = numbers->count + sort_room(numbers->count);
    struct ranked *ranked = arena_take(scratch, room * sizeof(*ranked));
    if (ranked == NULL) return false;
    for (size_t i = 0; i < numbers->count; i++)
        ranked[i] = (struct ranked){text_slot_text(&numbers->slots[i]), numbers->counts[i]};
    sort_items(ranked, numbers->count, sizeof(*ranked), ranked_compare);
    uint64_t rank = rank_of(percent, numbers->total);
    size_t i = 0;
    while (rank >= ranked[i].count)
        rank -= ranked[i++].count;
    return aggregate_one(ranked[i].text, scratch, result);
}

static bool quantile_result(const struct quantile_state *state, uint32_t percent, bool upper,
                            struct arena *scratch, struct values *result)
{
    struct slice text;
    *result = (struct values){NULL, 0};
    if (!state->sketched)
        return state->numbers.count == 0 || exact_result(&state->numbers, percent, scratch, result);
    quantile_bucket bucket = quantile_at(&state->sketch, rank_of(percent, state->sketch.total));
    bool printed =
        upper ? quantile_upper(bucket, scratch, &text) : quantile_middle(bucket, scratch, &text);
    return printed && aggregate_one(text, scratch, result);
}

static bool perc_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                        struct arena *scratch, struct values *result)
{
    (void)home;
    return quantile_result(state, percent, false, scratch, result);
}

static bool upperperc_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                             struct arena *scratch, struct values *result)
{
    (void)home;
    return quantile_result(state, percent, true, scratch, result);
}

static bool median_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                          struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    return quantile_result(state, AGGREGATE_WHOLE / 2, false, scratch, result);
}

/* ---- the rows ---- */

#define QUANTILE_ROW(called, asks, takes, loads, gives)                                            \
    {                                                                                              \
        .name = called, .argument = asks, .print = AGGREGATE_AS_NUMBER,                            \
        .state_size = sizeof(struct quantile_state), .update = takes, .arrange = quantile_arrange, \
        .item_count = quantile_item_count, .save = quantile_save, .load = loads, .finish = gives,  \
    }

const struct aggregate perc_function =
    QUANTILE_ROW("perc", AGGREGATE_PERCENT_AND_FIELD, quantile_update, quantile_load, perc_finish);
const struct aggregate exactperc_function =
    QUANTILE_ROW("exactperc", AGGREGATE_PERCENT_AND_FIELD, exact_update, exact_load, perc_finish);
const struct aggregate upperperc_function = QUANTILE_ROW(
    "upperperc", AGGREGATE_PERCENT_AND_FIELD, quantile_update, quantile_load, upperperc_finish);
const struct aggregate median_function =
    QUANTILE_ROW("median", AGGREGATE_FIELD, quantile_update, quantile_load, median_finish);
