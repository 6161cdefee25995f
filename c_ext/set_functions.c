#include "set_functions.h"

#include "text.h"
#include "text_set.h"

/* ---- values (F3), dc (F5) ---- */

static bool set_update(void *state, const struct aggregate_input *input,
                       const struct aggregate_home *home)
{
    for (size_t i = 0; i < input->values.count; i++)
        if (!text_set_add(state, input->values.items[i], home->pool, home->key)) return false;
    return true;
}

static void values_arrange(void *state)
{
    text_set_sort(state);
}

static void set_arrange(void *state)
{
    text_set_gather(state);
}

static size_t set_item_count(const void *state)
{
    return ((const struct text_set *)state)->count;
}

static bool set_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)scratch;
    *item = text_slot_text(&((const struct text_set *)state)->slots[i]);
    return true;
}

static enum cfh_status set_load(void *state, struct slice item, const struct aggregate_home *home)
{
    return text_set_add(state, item, home->pool, home->key) ? CFH_OK : CFH_NO_MEMORY;
}

static bool values_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                          struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct text_set *set = state;
    *result = (struct values){NULL, 0};
    if (set->count == 0) return true;
    struct slice *items = arena_take(scratch, set->count * sizeof(*items));
    if (items == NULL) return false;
    for (size_t i = 0; i < set->count; i++)
        items[i] = text_slot_text(&set->slots[i]);
    *result = (struct values){items, set->count};
    return true;
}

static bool dc_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                      struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    struct slice text;
    return aggregate_print_count(((const struct text_set *)state)->count, scratch, &text) &&
           aggregate_one(text, scratch, result);
}

/* ---- mode ---- */

static bool mode_update(void *state, const struct aggregate_input *input,
                        const struct aggregate_home *home)
{
    for (size_t i = 0; i < input->values.count; i++)
        if (!text_set_count(state, input->values.items[i], 1, home->pool, home->key)) return false;
    return true;
}

/* COUNT:TEXT */
static bool mode_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    const struct text_set *set = state;
    return aggregate_print_counted(set->counts[i], ':', text_slot_text(&set->slots[i]), scratch,
                                   item);
}

static enum cfh_status mode_load(void *state, struct slice item, const struct aggregate_home *home)
{
    uint64_t count;
    char mark;
    struct slice text;
    if (!aggregate_parse_counted(item, &count, &mark, &text) || mark != ':') return CFH_BAD_INPUT;
    if (count > UINT64_MAX - ((struct text_set *)state)->total) return CFH_BAD_INPUT;
    return text_set_count(state, text, count, home->pool, home->key) ? CFH_OK : CFH_NO_MEMORY;
}

static bool mode_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                        struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct text_set *set = state;
    size_t best = 0;
    *result = (struct values){NULL, 0};
    if (set->count == 0) return true;
    for (size_t i = 1; i < set->count; i++) {
        if (set->counts[i] < set->counts[best]) continue;
        if (set->counts[i] > set->counts[best] ||
            text_compare(text_slot_text(&set->slots[i]), text_slot_text(&set->slots[best])) < 0)
            best = i;
    }
    return aggregate_one(text_slot_text(&set->slots[best]), scratch, result);
}

/* ---- the rows ---- */

const struct aggregate values_function = {
    .name = "values",
    .argument = AGGREGATE_FIELD,
    .multivalued = true,
    .state_size = sizeof(struct text_set),
    .update = set_update,
    .arrange = values_arrange,
    .item_count = set_item_count,
    .save = set_save,
    .load = set_load,
    .finish = values_finish,
};

const struct aggregate dc_function = {
    .name = "dc",
    .argument = AGGREGATE_FIELD,
    .state_size = sizeof(struct text_set),
    .update = set_update,
    .arrange = set_arrange,
    .item_count = set_item_count,
    .save = set_save,
    .load = set_load,
    .finish = dc_finish,
};

const struct aggregate distinct_count_function = {
    .name = "distinct_count",
    .argument = AGGREGATE_FIELD,
    .state_size = sizeof(struct text_set),
    .update = set_update,
    .arrange = set_arrange,
    .item_count = set_item_count,
    .save = set_save,
    .load = set_load,
    .finish = dc_finish,
};

const struct aggregate mode_function = {
    .name = "mode",
    .argument = AGGREGATE_FIELD,
    .state_size = sizeof(struct text_set),
    .update = mode_update,
    .arrange = set_arrange,
    .item_count = set_item_count,
    .save = mode_save,
    .load = mode_load,
    .finish = mode_finish,
};
