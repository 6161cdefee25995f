#include "group.h"

#include <string.h>

#include "number.h"
#include "sort.h"
#include "text.h"

enum { GROUP_BLOCK = 65536, GROUP_FIRST_CAPACITY = 64, GROUP_ALIGNMENT = 16 };

static size_t aligned(size_t size)
{
    return (size + GROUP_ALIGNMENT - 1) & ~(size_t)(GROUP_ALIGNMENT - 1);
}

/* ---- the table ---- */

/* Where each function's state lies behind the group's head. */
static void place_functions(struct group_table *table)
{
    const struct plan *plan = table->plan;
    table->states_size = aligned(sizeof(struct group));
    for (size_t i = 0; i < plan->function_count; i++) {
        table->functions[i] = functions_find(plan->functions[i].name, &table->percents[i]);
        table->needs_time = table->needs_time || table->functions[i]->needs_time;
        table->state_offsets[i] = table->states_size;
        table->states_size += aligned(table->functions[i]->state_size);
    }
}

bool group_table_init(struct group_table *table, const struct plan *plan,
                      const struct hash_key *key, uint64_t *beyond, struct memory *memory)
{
    *table = (struct group_table){.plan = plan, .memory = memory};
    pool_init(&table->pool, memory, GROUP_BLOCK);
    buffer_init(&table->key, memory);
    arena_init(&table->arena, memory, 0);
    table->home = (struct aggregate_home){&table->pool, key, plan->digest, beyond};
    size_t count = plan->function_count;
    table->functions = arena_take(&table->arena, count * sizeof(*table->functions));
    table->percents = arena_take(&table->arena, count * sizeof(uint32_t));
    table->state_offsets = arena_take(&table->arena, count * sizeof(size_t));
    if (table->functions == NULL || table->percents == NULL || table->state_offsets == NULL) {
        arena_release(&table->arena);
        return false;
    }
    place_functions(table);
    return true;
}

void group_table_clear(struct group_table *table)
{
    memory_resize(table->memory, table->slots, table->capacity * sizeof(struct group *), 0);
    table->slots = NULL;
    table->capacity = 0;
    table->count = 0;
    table->gathered = false;
    pool_clear(&table->pool);
}

void group_table_release(struct group_table *table)
{
    group_table_clear(table);
    pool_release(&table->pool);
    arena_release(&table->arena);
    buffer_release(&table->key);
}

void *group_state(const struct group_table *table, struct group *group, size_t i)
{
    return (char *)group + table->state_offsets[i];
}

static struct group **table_find(struct group **slots, size_t capacity, uint64_t hash,
                                 struct slice key)
{
    size_t mask = capacity - 1;
    size_t index = (size_t)hash & mask;
    while (slots[index] != NULL) {
        if (slots[index]->hash == hash && text_equal(slots[index]->key, key)) break;
        index = (index + 1) & mask;
    }
    return &slots[index];
}

static bool table_grow(struct group_table *table)
{
    size_t capacity = table->capacity > 0 ? table->capacity * 2 : GROUP_FIRST_CAPACITY;
    size_t size;
    if (!size_multiply(capacity, sizeof(struct group *), &size)) return false;
    struct group **slots = memory_resize(table->memory, NULL, 0, size);
    if (slots == NULL) return false;
    memset(slots, 0, size);
    for (size_t i = 0; i < table->capacity; i++) {
        struct group *group = table->slots[i];
        if (group == NULL) continue;
        *table_find(slots, capacity, group->hash, group->key) = group;
    }
    memory_resize(table->memory, table->slots, table->capacity * sizeof(struct group *), 0);
    table->slots = slots;
    table->capacity = capacity;
    return true;
}

static struct group *group_new(struct group_table *table, uint64_t hash, struct slice key)
{
    size_t size;
    if (!size_add(table->states_size, key.length, &size)) return NULL;
    struct group *group = arena_take(&table->pool.arena, size);
    if (group == NULL) return NULL;
    memset(group, 0, table->states_size);
    char *bytes = (char *)group + table->states_size;
    if (key.length > 0) memcpy(bytes, key.bytes, key.length);
    group->hash = hash;
    group->key = (struct slice){bytes, key.length};
    return group;
}

/* At most half full: with linear probing a longer run costs more than the empty slots. */
struct group *group_find(struct group_table *table, struct slice key)
{
    if (table->count >= table->capacity / 2 && !table_grow(table)) return NULL;
    uint64_t hash = hash_keyed(table->home.key, key);
    struct group **slot = table_find(table->slots, table->capacity, hash, key);
    if (*slot != NULL) return *slot;
    *slot = group_new(table, hash, key);
    if (*slot != NULL) table->count++;
    return *slot;
}

struct group *group_alone(struct group_table *table, struct slice key)
{
    pool_clear(&table->pool);
    return group_new(table, 0, key);
}

/* One row makes at most GROUP_COMBINATIONS_MAX groups. A state's array doubles, and may have
 * another of half its size beside it. */
size_t group_table_growth(const struct group_table *table)
{
    size_t slots = table->capacity > 0 ? table->capacity * 2 : GROUP_FIRST_CAPACITY;
    bool full = table->count + GROUP_COMBINATIONS_MAX >= table->capacity / 2;
    return (full ? slots * sizeof(struct group *) : 0) +
           3 * table->pool.largest * table->plan->function_count;
}

/* ---- keys ---- */

bool group_key_append(struct buffer *key, struct slice value)
{
    if (value.length > UINT32_MAX) return false;
    uint32_t length = (uint32_t)value.length;
    char bytes[sizeof(length)];
    memcpy(bytes, &length, sizeof(length));
    return buffer_append(key, (struct slice){bytes, sizeof(bytes)}) && buffer_append(key, value);
}

bool group_key_next(struct slice *rest, struct slice *value)
{
    uint32_t length;
    if (rest->length < sizeof(length)) return false;
    memcpy(&length, rest->bytes, sizeof(length));
    *value = (struct slice){rest->bytes + sizeof(length), length};
    rest->bytes += sizeof(length) + length;
    rest->length -= sizeof(length) + length;
    return true;
}

/* ---- one row ---- */

/* The distinct values of the BY fields of one row, and which of them makes the present key. */
struct combination {
    struct values *fields;
    size_t *chosen;
    size_t count; /* of fields */
};

/* Which values of one field came already: open addressing over items, in scratch. */
struct seen_values {
    const struct hash_key *key;
    const struct slice **slots;
    size_t capacity;
};

static bool seen_init(struct seen_values *seen, struct arena *scratch, size_t count)
{
    seen->capacity = 4;
    while (seen->capacity / 2 < count)
        seen->capacity *= 2;
    seen->slots = arena_take(scratch, seen->capacity * sizeof(*seen->slots));
    if (seen->slots != NULL) memset(seen->slots, 0, seen->capacity * sizeof(*seen->slots));
    return seen->slots != NULL;
}

/* False when an equal value came before. item must stay where it is. */
static bool seen_add(struct seen_values *seen, const struct slice *item)
{
    size_t index = (size_t)hash_keyed(seen->key, *item) & (seen->capacity - 1);
    while (seen->slots[index] != NULL) {
        if (text_equal(*seen->slots[index], *item)) return false;
        index = (index + 1) & (seen->capacity - 1);
    }
    seen->slots[index] = item;
    return true;
}

/* A field's values less empty and repeated ones (B4, B8), or the fill value where none is left
 * (B1). values->count 0 afterwards: the row has no group. */
static bool distinct_values(const struct group_table *table, struct arena *scratch,
                            struct values *values)
{
    if (values->count == 1 && values->items[0].length > 0) return true;
    struct seen_values seen = {.key = table->home.key};
    struct slice *items = arena_take(scratch, (values->count + 1) * sizeof(*items));
    if (items == NULL || !seen_init(&seen, scratch, values->count)) return false;
    size_t count = 0;
    for (size_t i = 0; i < values->count; i++) {
        items[count] = values->items[i];
        if (items[count].length > 0 && seen_add(&seen, &items[count])) count++;
    }
    const struct plan_options *options = &table->plan->options;
    if (count == 0 && options->fill_null) items[count++] = options->fill_value;
    *values = (struct values){items, count};
    return true;
}

/* How many combinations there are; GROUP_COMBINATIONS_MAX + 1 for more than that many. */
static size_t combination_count(const struct combination *combination)
{
    size_t product = 1;
    /* A field without a value first: it leaves no combination, however many the others have. */
    for (size_t i = 0; i < combination->count; i++)
        if (combination->fields[i].count == 0) return 0;
    for (size_t i = 0; i < combination->count; i++) {
        if (!size_multiply(product, combination->fields[i].count, &product))
            return GROUP_COMBINATIONS_MAX + 1;
        if (product > GROUP_COMBINATIONS_MAX) return GROUP_COMBINATIONS_MAX + 1;
    }
    return product;
}

static bool join_values(struct arena *scratch, struct values *values)
{
    size_t length = values->count - 1;
    for (size_t i = 0; i < values->count; i++)
        if (!size_add(length, values->items[i].length, &length)) return false;
    char *bytes = arena_take(scratch, length);
    struct slice *item = arena_take(scratch, sizeof(*item));
    if (bytes == NULL || item == NULL) return false;
    char *end = bytes;
    for (size_t i = 0; i < values->count; i++) {
        if (i > 0) *end++ = '\n';
        memcpy(end, values->items[i].bytes, values->items[i].length);
        end += values->items[i].length;
    }
    *item = (struct slice){bytes, length};
    *values = (struct values){item, 1};
    return true;
}

static bool combination_cap(struct combination *combination, struct arena *scratch)
{
    for (size_t i = 0; i < combination->count; i++)
        if (combination->fields[i].count > 1 && !join_values(scratch, &combination->fields[i]))
            return false;
    return true;
}

/* Moves on to the next combination, the last field fastest; false after the last one. */
static bool combination_next(struct combination *combination)
{
    for (size_t i = combination->count; i > 0; i--) {
        if (++combination->chosen[i - 1] < combination->fields[i - 1].count) return true;
        combination->chosen[i - 1] = 0;
    }
    return false;
}

static bool combination_key(const struct combination *combination, struct buffer *key)
{
    buffer_clear(key);
    for (size_t i = 0; i < combination->count; i++)
        if (!group_key_append(key, combination->fields[i].items[combination->chosen[i]]))
            return false;
    return true;
}

bool group_result(const struct group_table *table, struct group *group, size_t i,
                  struct arena *scratch, struct values *result)
{
    return table->functions[i]->finish(group_state(table, group, i), table->percents[i],
                                       &table->home, scratch, result);
}

/* What function i takes from this row. A bare count takes one value of no text (F1). */
static enum cfh_status function_input(const struct group_table *table, struct view *view, size_t i,
                                      struct aggregate_input *input)
{
    static const struct slice nothing = {NULL, 0};
    size_t field = table->plan->functions[i].field;
    input->values = (struct values){&nothing, 1};
    return field == PLAN_NO_FIELD ? CFH_OK : view_values(view, field, &input->values);
}

static enum cfh_status event_time(const struct group_table *table, struct view *view,
                                  struct slice *time)
{
    struct values values;
    *time = (struct slice){NULL, 0};
    if (!table->needs_time) return CFH_OK;
    enum cfh_status status = view_event_time(view, &values);
    if (status == CFH_OK && values.count > 0) *time = values.items[0];
    return status;
}

static enum cfh_status group_update(struct group_table *table, struct view *view, struct slice time,
                                    struct group *group)
{
    struct aggregate_input input = {.time = time};
    for (size_t i = 0; i < table->plan->function_count; i++) {
        enum cfh_status status = function_input(table, view, i, &input);
        if (status != CFH_OK) return status;
        if (!table->functions[i]->update(group_state(table, group, i), &input, &table->home))
            return CFH_NO_MEMORY;
    }
    return CFH_OK;
}

/* B6: a time as the start of its bin; what is no time goes. */
static bool bin_times(const struct plan *plan, struct arena *scratch, struct values *values)
{
    struct slice *items = arena_take(scratch, values->count * sizeof(*items));
    size_t count = 0;
    bool in_bin;
    if (items == NULL) return false;
    for (size_t i = 0; i < values->count; i++) {
        if (!span_floor(&plan->span, values->items[i], scratch, &items[count], &in_bin))
            return false;
        if (in_bin) count++;
    }
    *values = (struct values){items, count};
    return true;
}

/* The values of a BY field that make keys. */
static enum cfh_status by_values(const struct group_table *table, struct view *view, size_t field,
                                 struct values *values)
{
    struct arena *scratch = &view->record->scratch;
    enum cfh_status status = view_values(view, field, values);
    if (status != CFH_OK) return status;
    if (plan_is_time(table->plan, field) && !bin_times(table->plan, scratch, values))
        return CFH_NO_MEMORY;
    return distinct_values(table, scratch, values) ? CFH_OK : CFH_NO_MEMORY;
}

static enum cfh_status combination_read(struct group_table *table, struct view *view,
                                        struct combination *combination)
{
    const struct plan *plan = table->plan;
    struct arena *scratch = &view->record->scratch;
    combination->count = plan->by_count;
    combination->fields = arena_take(scratch, plan->by_count * sizeof(struct values));
    combination->chosen = arena_take(scratch, plan->by_count * sizeof(size_t));
    if (combination->fields == NULL || combination->chosen == NULL) return CFH_NO_MEMORY;
    for (size_t i = 0; i < plan->by_count; i++) {
        combination->chosen[i] = 0;
        enum cfh_status status = by_values(table, view, plan->by[i], &combination->fields[i]);
        if (status != CFH_OK) return status;
    }
    return CFH_OK;
}

enum cfh_status group_row(struct group_table *table, struct view *view, bool *capped)
{
    struct combination combination;
    struct slice time;
    *capped = false;
    table->last_count = 0;
    enum cfh_status status = combination_read(table, view, &combination);
    if (status == CFH_OK) status = event_time(table, view, &time);
    if (status != CFH_OK) return status;
    size_t combinations = combination_count(&combination);
    if (combinations == 0) return CFH_OK;
    if (combinations > GROUP_COMBINATIONS_MAX) {
        *capped = true;
        if (!combination_cap(&combination, &view->record->scratch)) return CFH_NO_MEMORY;
    }
    do {
        struct group *group = NULL;
        if (combination_key(&combination, &table->key))
            group = group_find(table, buffer_slice(&table->key));
        status = group != NULL ? group_update(table, view, time, group) : CFH_NO_MEMORY;
        table->last_group = group;
        table->last_count++;
    } while (status == CFH_OK && combination_next(&combination));
    return status;
}

enum cfh_status group_row_known(struct group_table *table, struct view *view, struct group *group)
{
    struct slice time;
    enum cfh_status status = event_time(table, view, &time);
    return status == CFH_OK ? group_update(table, view, time, group) : status;
}

/* ---- order ---- */

/* Both keys have the same number of fields, so the walks end together. */
int group_key_order(struct slice left, struct slice right)
{
    struct slice left_value, right_value;
    while (group_key_next(&left, &left_value) && group_key_next(&right, &right_value)) {
        int order = number_order(left_value, right_value);
        if (order != 0) return order;
    }
    return 0;
}

static int group_compare(const void *left, const void *right)
{
    const struct group *const *groups[] = {left, right};
    return group_key_order((*groups[0])->key, (*groups[1])->key);
}

void group_arrange(const struct group_table *table, struct group *group)
{
    for (size_t i = 0; i < table->plan->function_count; i++)
        if (table->functions[i]->arrange != NULL)
            table->functions[i]->arrange(group_state(table, group, i));
}

void group_table_gather(struct group_table *table)
{
    if (table->gathered || table->count == 0) return;
    size_t used = 0;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i] != NULL) table->slots[used++] = table->slots[i];
    for (size_t i = 0; i < table->count; i++)
        group_arrange(table, table->slots[i]);
    table->gathered = true;
}

void group_table_sort(struct group_table *table)
{
    sort_items(table->slots, table->count, sizeof(struct group *), group_compare);
}
