#include "group.h"

#include <string.h>

#include "csv_cell.h"
#include "text.h"

/* No state holds anything that asks for more than GROUP_ALIGNMENT. */
enum { GROUP_BLOCK = 65536, GROUP_FIRST_CAPACITY = 64, GROUP_ALIGNMENT = 8 };

static size_t aligned(size_t size)
{
    return (size + GROUP_ALIGNMENT - 1) & ~(size_t)(GROUP_ALIGNMENT - 1);
}

/* ---- the table ---- */

/* Where each function's state lies before the group. */
static void place_functions(struct group_table *table)
{
    const struct plan *plan = table->plan;
    for (size_t i = 0; i < plan->function_count; i++) {
        table->functions[i] = functions_find(plan->functions[i].name, &table->percents[i]);
        table->needs_time = table->needs_time || table->functions[i]->needs_time;
        table->states_size += aligned(table->functions[i]->state_size);
        table->state_offsets[i] = table->states_size;
    }
}

bool group_table_init(struct group_table *table, const struct plan *plan,
                      const struct hash_key *key, uint64_t *beyond, struct memory *memory)
{
    *table = (struct group_table){.plan = plan, .memory = memory};
    pool_init(&table->pool, memory, GROUP_BLOCK);
    arena_init(&table->arena, memory, 0);
    table->home = (struct aggregate_home){&table->pool, key, plan->digest, beyond};
    size_t count = plan->function_count;
    table->functions = arena_take(&table->arena, count * sizeof(*table->functions));
    table->percents = arena_take(&table->arena, count * sizeof(uint32_t));
    table->state_offsets = arena_take(&table->arena, count * sizeof(size_t));
    if (!by_tuple_init(&table->by, plan, key, &table->arena, memory) || table->functions == NULL ||
        table->percents == NULL || table->state_offsets == NULL) {
        by_tuple_release(&table->by);
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
    by_tuple_release(&table->by);
}

void *group_state(const struct group_table *table, struct group *group, size_t i)
{
    return (char *)group - table->state_offsets[i];
}

/* Its states will be counted into: they come near while the keys are compared. */
static bool is_of_key(const struct group_table *table, const struct group *group, struct slice key)
{
    group_ask_for(table, group);
    return text_equal(group_key(group), key);
}

/* The slot of the group of that key, or the free one where it belongs. */
static struct group_slot *table_find(const struct group_table *table, uint64_t hash,
                                     struct slice key)
{
    size_t mask = table->capacity - 1;
    size_t index = (size_t)hash & mask;
    struct group_slot *slots = table->slots;
    while (slots[index].group != NULL) {
        if (slots[index].hash == hash && is_of_key(table, slots[index].group, key)) break;
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
    if (key.length > UINT32_MAX ||
        !size_add(table->states_size + sizeof(struct group), key.length, &size))
        return NULL;
    char *states = arena_take(&table->pool.arena, size);
    if (states == NULL) return NULL;
    memset(states, 0, table->states_size);
    struct group *group = (struct group *)(void *)(states + table->states_size);
    group->key_length = (uint32_t)key.length;
    if (key.length > 0) memcpy(group->key, key.bytes, key.length);
    return group;
}

static struct group *find_or_add(struct group_table *table, uint64_t hash, struct slice key,
                                 bool is_key)
{
    bool any_empty;
    if (!table_reserve(table)) return NULL;
    struct group_slot *slot = table_find(table, hash, key);
    if (slot->group != NULL) return slot->group;
    if (!is_key && (csv_cells_written_so(key, &any_empty) == 0 || any_empty)) return NULL;
    struct group *group = group_new(table, key);
    if (group == NULL) return NULL;
    *slot = (struct group_slot){hash, group};
    table->groups[table->count++] = group;
    return group;
}

struct group *group_find(struct group_table *table, struct slice key)
{
    return find_or_add(table, hash_keyed(table->home.key, key), key, true);
}

struct group *group_alone(struct group_table *table, struct slice key)
{
    pool_clear(&table->pool);
    return group_new(table, key);
}

/* One row makes at most BY_COMBINATIONS_MAX groups. A state's array doubles, and may have
 * another of half its size beside it. */
size_t group_table_growth(const struct group_table *table)
{
    size_t slots = table->capacity > 0 ? table->capacity * 2 : GROUP_FIRST_CAPACITY;
    size_t groups = table->group_capacity > 0 ? table->group_capacity * 2 : GROUP_FIRST_CAPACITY;
    size_t count = table->count + BY_COMBINATIONS_MAX;
    return (count >= table->capacity / 4 * 3 ? slots * sizeof(struct group_slot) : 0) +
           (count >= table->group_capacity ? groups * sizeof(struct group *) : 0) +
           3 * table->pool.largest * table->plan->function_count;
}

/* ---- one row ---- */

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

static enum cfh_status count_into(struct group_table *table, struct view *view, struct slice time,
                                  struct group *group)
{
    table->last_group = group;
    table->last_count++;
    return group_update(table, view, time, group);
}

static enum cfh_status count_into_key(struct group_table *table, struct view *view,
                                      struct slice time)
{
    struct group *group = group_find(table, buffer_slice(&table->by.key));
    return group != NULL ? count_into(table, view, time, group) : CFH_NO_MEMORY;
}

void group_expect(struct group_table *table, const struct view *view)
{
    bool stands = by_tuple_as_it_stands(&table->by, view);
    table->expected = (struct group_expected){.row = view->record->row_number, .stands = stands};
    if (!stands) return;
    table->expected.hash = hash_keyed(table->home.key, buffer_slice(&table->by.key));
    size_t mask = table->capacity - 1;
    if (table->slots != NULL)
        __builtin_prefetch(&table->slots[(size_t)table->expected.hash & mask]);
}

/* The group that the row's cells lead to as they stand; NULL where their values must be read. */
static struct group *group_of_cells(struct group_table *table, const struct view *view)
{
    if (table->expected.row != view->record->row_number) group_expect(table, view);
    table->expected.row = 0;
    if (!table->expected.stands) return NULL;
    struct group *group =
        find_or_add(table, table->expected.hash, buffer_slice(&table->by.key), false);
    if (group == NULL) by_tuple_rest(&table->by);
    return group;
}

static enum cfh_status count_into_keys(struct group_table *table, struct view *view,
                                       struct slice time, bool *capped)
{
    bool more;
    enum cfh_status status = by_tuple_first(&table->by, view, capped, &more);
    while (status == CFH_OK && more) {
        status = count_into_key(table, view, time);
        if (status == CFH_OK) status = by_tuple_next(&table->by, &more);
    }
    return status;
}

enum cfh_status group_row(struct group_table *table, struct view *view, bool *capped)
{
    struct slice time;
    *capped = false;
    table->last_count = 0;
    enum cfh_status status = event_time(table, view, &time);
    if (status != CFH_OK) return status;
    struct group *group = group_of_cells(table, view);
    if (group == NULL) return count_into_keys(table, view, time, capped);
    return count_into(table, view, time, group);
}

enum cfh_status group_row_known(struct group_table *table, struct view *view, struct group *group)
{
    struct slice time;
    enum cfh_status status = event_time(table, view, &time);
    return status == CFH_OK ? group_update(table, view, time, group) : status;
}

/* ---- the end ---- */

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
