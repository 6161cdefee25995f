#include "group.h"

#include <string.h>

#include "number.h"
#include "text.h"

/* No state holds anything that asks for more than GROUP_ALIGNMENT. */
enum { GROUP_BLOCK = 65536, GROUP_FIRST_CAPACITY = 64, GROUP_ALIGNMENT = 8 };

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
    memory_resize(table->memory, table->slots, table->capacity * sizeof(struct group_slot), 0);
    memory_resize(table->memory, table->groups, table->group_capacity * sizeof(struct group *), 0);
    table->slots = NULL;
    table->capacity = 0;
    table->groups = NULL;
    table->group_capacity = 0;
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

struct slice group_key(const struct group_table *table, const struct group *group)
{
    return (struct slice){(const char *)group + table->states_size, group->key_length};
}

/* The slot of the group of that key, or the free one where it belongs. */
static struct group_slot *table_find(const struct group_table *table, uint64_t hash,
                                     struct slice key)
{
    size_t mask = table->capacity - 1;
    size_t index = (size_t)hash & mask;
    struct group_slot *slots = table->slots;
    while (slots[index].group != NULL) {
        if (slots[index].hash == hash && text_equal(group_key(table, slots[index].group), key))
            break;
        index = (index + 1) & mask;
    }
    return &slots[index];
}

/* Puts a group that is not in slots there. */
static void slots_put(struct group_slot *slots, size_t capacity, struct group_slot slot)
{
    size_t index = (size_t)slot.hash & (capacity - 1);
    while (slots[index].group != NULL)
        index = (index + 1) & (capacity - 1);
    slots[index] = slot;
}

static bool grow_slots(struct group_table *table)
{
    size_t capacity = table->capacity > 0 ? table->capacity * 2 : GROUP_FIRST_CAPACITY;
    size_t size;
    if (!size_multiply(capacity, sizeof(struct group_slot), &size)) return false;
    struct group_slot *slots = memory_resize(table->memory, NULL, 0, size);
    if (slots == NULL) return false;
    memset(slots, 0, size);
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].group != NULL) slots_put(slots, capacity, table->slots[i]);
    memory_resize(table->memory, table->slots, table->capacity * sizeof(struct group_slot), 0);
    table->slots = slots;
    table->capacity = capacity;
    return true;
}

static bool grow_groups(struct group_table *table)
{
    size_t capacity = table->group_capacity > 0 ? table->group_capacity * 2 : GROUP_FIRST_CAPACITY;
    size_t size;
    if (!size_multiply(capacity, sizeof(struct group *), &size)) return false;
    struct group **groups = memory_resize(table->memory, table->groups,
                                          table->group_capacity * sizeof(struct group *), size);
    if (groups == NULL) return false;
    table->groups = groups;
    table->group_capacity = capacity;
    return true;
}

/* Room for one more. At most three quarters of the slots are used: a longer run of them costs more
 * than the empty ones. */
static bool table_reserve(struct group_table *table)
{
    return (table->count < table->capacity / 4 * 3 || grow_slots(table)) &&
           (table->count < table->group_capacity || grow_groups(table));
}

static struct group *group_new(struct group_table *table, struct slice key)
{
    size_t size;
    if (key.length > UINT32_MAX || !size_add(table->states_size, key.length, &size)) return NULL;
    struct group *group = arena_take(&table->pool.arena, size);
    if (group == NULL) return NULL;
    memset(group, 0, table->states_size);
    group->key_length = (uint32_t)key.length;
    if (key.length > 0) memcpy((char *)group + table->states_size, key.bytes, key.length);
    return group;
}

struct group *group_find(struct group_table *table, struct slice key)
{
    if (!table_reserve(table)) return NULL;
    uint64_t hash = hash_keyed(table->home.key, key);
    struct group_slot *slot = table_find(table, hash, key);
    if (slot->group != NULL) return slot->group;
    struct group *group = group_new(table, key);
    if (group == NULL) return NULL;
    *slot = (struct group_slot){hash, group};
    table->groups[table->count++] = group;
    return group;
}

struct group *group_alone(struct group_table *table, struct slice key)
{
    pool_clear(&table->pool);
    return group_new(table, key);
}

/* One row makes at most GROUP_COMBINATIONS_MAX groups. A state's array doubles, and may have
 * another of half its size beside it. */
size_t group_table_growth(const struct group_table *table)
{
    size_t slots = table->capacity > 0 ? table->capacity * 2 : GROUP_FIRST_CAPACITY;
    size_t groups = table->group_capacity > 0 ? table->group_capacity * 2 : GROUP_FIRST_CAPACITY;
    size_t count = table->count + GROUP_COMBINATIONS_MAX;
    return (count >= table->capacity / 4 * 3 ? slots * sizeof(struct group_slot) : 0) +
           (count >= table->group_capacity ? groups * sizeof(struct group *) : 0) +
           3 * table->pool.largest * table->plan->function_count;
}

/* ---- keys ---- */

/* A length of less than KEY_LONG takes one byte. */
enum { KEY_LONG = 255, KEY_HEAD_MAX = 1 + sizeof(uint32_t) };

bool group_key_append(struct buffer *key, struct slice value)
{
    if (value.length > UINT32_MAX) return false;
    uint32_t length = (uint32_t)value.length;
    size_t room;
    if (!size_add(value.length, KEY_HEAD_MAX, &room) || !buffer_reserve(key, room)) return false;
    char *end = key->bytes + key->length;
    *end++ = (char)(unsigned char)(length < KEY_LONG ? length : KEY_LONG);
    if (length >= KEY_LONG) {
        memcpy(end, &length, sizeof(length));
        end += sizeof(length);
    }
    if (length > 0) memcpy(end, value.bytes, length);
    key->length = (size_t)(end - key->bytes) + length;
    return true;
}

bool group_key_next(struct slice *rest, struct slice *value)
{
    if (rest->length == 0) return false;
    uint32_t length = (unsigned char)rest->bytes[0];
    size_t head = 1;
    if (length == KEY_LONG) {
        memcpy(&length, rest->bytes + 1, sizeof(length));
        head = KEY_HEAD_MAX;
    }
    *value = (struct slice){rest->bytes + head, length};
    rest->bytes += head + length;
    rest->length -= head + length;
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

/* What function i takes from this row; text is room for a value. A bare count takes one value of no
 * text (F1). */
static enum cfh_status function_input(const struct group_table *table, struct view *view, size_t i,
                                      struct slice *text, struct values *values)
{
    size_t field = table->plan->functions[i].field;
    *text = (struct slice){NULL, 0};
    *values = (struct values){text, 1};
    if (field == PLAN_NO_FIELD || view_plain_text(view, field, text)) return CFH_OK;
    return view_values(view, field, values);
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
    const struct plan_function *functions = table->plan->functions;
    struct aggregate_input input = {.time = time};
    struct slice text;
    for (size_t i = 0; i < table->plan->function_count; i++) {
        enum cfh_status status = CFH_OK;
        /* As min(_time) max(_time): read once. */
        bool known = i > 0 && functions[i].field == functions[i - 1].field;
        if (!known) status = function_input(table, view, i, &text, &input.values);
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

/* Builds the key of a row with one value in each BY field, as most rows have. *single false: it has
 * more, or none, in one of them. */
static enum cfh_status single_key(struct group_table *table, struct view *view, bool *single)
{
    const struct plan *plan = table->plan;
    *single = true;
    buffer_clear(&table->key);
    for (size_t i = 0; i < plan->by_count; i++) {
        struct slice text;
        bool time = view->fields[plan->by[i]].kind == VIEW_TIME;
        if (time || !view_plain_text(view, plan->by[i], &text)) {
            struct values values;
            enum cfh_status status = by_values(table, view, plan->by[i], &values);
            *single = status == CFH_OK && values.count == 1;
            if (!*single) return status;
            text = values.items[0];
        }
        if (!group_key_append(&table->key, text)) return CFH_NO_MEMORY;
    }
    return CFH_OK;
}

/* Counts the row into the group of table->key. */
static enum cfh_status count_into_key(struct group_table *table, struct view *view,
                                      struct slice time)
{
    struct group *group = group_find(table, buffer_slice(&table->key));
    table->last_group = group;
    table->last_count++;
    return group != NULL ? group_update(table, view, time, group) : CFH_NO_MEMORY;
}

/* Counts the row into the groups of all combinations of its BY values (B4). */
static enum cfh_status count_combinations(struct group_table *table, struct view *view,
                                          struct slice time, bool *capped)
{
    struct combination combination;
    enum cfh_status status = combination_read(table, view, &combination);
    if (status != CFH_OK) return status;
    size_t combinations = combination_count(&combination);
    if (combinations == 0) return CFH_OK;
    if (combinations > GROUP_COMBINATIONS_MAX) {
        *capped = true;
        if (!combination_cap(&combination, &view->record->scratch)) return CFH_NO_MEMORY;
    }
    do {
        if (!combination_key(&combination, &table->key)) return CFH_NO_MEMORY;
        status = count_into_key(table, view, time);
    } while (status == CFH_OK && combination_next(&combination));
    return status;
}

enum cfh_status group_row(struct group_table *table, struct view *view, bool *capped)
{
    bool single;
    struct slice time;
    *capped = false;
    table->last_count = 0;
    enum cfh_status status = event_time(table, view, &time);
    if (status == CFH_OK) status = single_key(table, view, &single);
    if (status != CFH_OK) return status;
    return single ? count_into_key(table, view, time)
                  : count_combinations(table, view, time, capped);
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

void group_arrange(const struct group_table *table, struct group *group)
{
    for (size_t i = 0; i < table->plan->function_count; i++)
        if (table->functions[i]->arrange != NULL)
            table->functions[i]->arrange(group_state(table, group, i));
}

void group_table_gather(struct group_table *table)
{
    if (table->gathered || table->count == 0) return;
    for (size_t i = 0; i < table->count; i++)
        group_arrange(table, table->groups[i]);
    table->gathered = true;
}
