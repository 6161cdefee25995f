#include "aggregate.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "text.h"

/* ---- count (F1) ---- */

struct count_state {
    uint64_t count;
};

enum { COUNT_DIGITS = 20 };

static bool count_update(void *state, struct values values, const struct aggregate_home *home)
{
    (void)home;
    ((struct count_state *)state)->count += values.count;
    return true;
}

static size_t count_item_count(const void *state)
{
    return ((const struct count_state *)state)->count > 0 ? 1 : 0;
}

static bool count_print(uint64_t count, struct arena *scratch, struct slice *text)
{
    char *digits = arena_take(scratch, COUNT_DIGITS);
    if (digits == NULL) return false;
    size_t start = COUNT_DIGITS;
    do
        digits[--start] = (char)('0' + count % 10);
    while ((count /= 10) > 0);
    *text = (struct slice){digits + start, COUNT_DIGITS - start};
    return true;
}

static bool count_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)i;
    return count_print(((const struct count_state *)state)->count, scratch, item);
}

static enum cfh_status count_load(void *state, struct slice item, const struct aggregate_home *home)
{
    (void)home;
    struct count_state *count = state;
    uint64_t loaded = 0;
    if (item.length == 0 || item.bytes[0] == '0') return CFH_BAD_INPUT;
    for (size_t i = 0; i < item.length; i++) {
        char digit = item.bytes[i];
        if (digit < '0' || digit > '9' || loaded > UINT64_MAX / 10) return CFH_BAD_INPUT;
        loaded *= 10;
        if (loaded > UINT64_MAX - (uint64_t)(digit - '0')) return CFH_BAD_INPUT;
        loaded += (uint64_t)(digit - '0');
    }
    if (count->count > UINT64_MAX - loaded) return CFH_BAD_INPUT;
    count->count += loaded;
    return CFH_OK;
}

static bool count_finish(const void *state, struct arena *scratch, struct values *result)
{
    struct slice *item = arena_take(scratch, sizeof(*item));
    if (item == NULL) return false;
    *result = (struct values){item, 1};
    return count_print(((const struct count_state *)state)->count, scratch, item);
}

/* ---- min, max (F2) ---- */

struct extreme_state {
    char *bytes; /* in the pool */
    size_t length;
    size_t capacity;
    bool seen;
};

static struct slice extreme_text(const struct extreme_state *extreme)
{
    return (struct slice){extreme->bytes, extreme->length};
}

static bool extreme_keep(struct extreme_state *extreme, struct slice text,
                         const struct aggregate_home *home)
{
    if (text.length > extreme->capacity) {
        char *bytes = pool_take(home->pool, text.length);
        if (bytes == NULL) return false;
        pool_give(home->pool, extreme->bytes, extreme->capacity);
        extreme->bytes = bytes;
        extreme->capacity = text.length;
    }
    if (text.length > 0) memcpy(extreme->bytes, text.bytes, text.length);
    extreme->length = text.length;
    extreme->seen = true;
    return true;
}

/* Equal numbers in different spellings: the smallest text stays, for min and max alike, so that
 * the order in which values come decides nothing. */
static bool extreme_update(struct extreme_state *extreme, struct values values, int sign,
                           const struct aggregate_home *home)
{
    for (size_t i = 0; i < values.count; i++) {
        struct slice value = values.items[i];
        if (extreme->seen) {
            int order = sign * number_order_by_value(value, extreme_text(extreme));
            if (order == 0) order = text_compare(value, extreme_text(extreme));
            if (order >= 0) continue;
        }
        if (!extreme_keep(extreme, value, home)) return false;
    }
    return true;
}

static bool min_update(void *state, struct values values, const struct aggregate_home *home)
{
    return extreme_update(state, values, 1, home);
}

static bool max_update(void *state, struct values values, const struct aggregate_home *home)
{
    return extreme_update(state, values, -1, home);
}

static size_t extreme_item_count(const void *state)
{
    return ((const struct extreme_state *)state)->seen ? 1 : 0;
}

static bool extreme_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)i;
    (void)scratch;
    *item = extreme_text(state);
    return true;
}

static enum cfh_status min_load(void *state, struct slice item, const struct aggregate_home *home)
{
    return min_update(state, (struct values){&item, 1}, home) ? CFH_OK : CFH_NO_MEMORY;
}

static enum cfh_status max_load(void *state, struct slice item, const struct aggregate_home *home)
{
    return max_update(state, (struct values){&item, 1}, home) ? CFH_OK : CFH_NO_MEMORY;
}

static bool extreme_finish(const void *state, struct arena *scratch, struct values *result)
{
    const struct extreme_state *extreme = state;
    *result = (struct values){NULL, 0};
    if (!extreme->seen) return true;
    struct slice *item = arena_take(scratch, sizeof(*item));
    if (item == NULL) return false;
    *item = extreme_text(extreme);
    *result = (struct values){item, 1};
    return true;
}

/* ---- values (F3) ---- */

/* One distinct text in 16 bytes: up to VALUE_INLINE bytes lie in the slot itself, a longer text
 * lies in the pool. Ports and most addresses need no second block. */
enum { VALUE_INLINE = 12, VALUE_SLOTS_FIRST = 4 };

struct value_slot {
    uint32_t length_and_one; /* 0: a free slot */
    union {
        char bytes[VALUE_INLINE];
        unsigned char pointer[sizeof(char *)];
    } text;
};

/* Open addressing with linear probing, at most three quarters full; capacity is a power of two.
 * Once arranged, the texts lie in order at the front and nothing more may come. */
struct values_state {
    struct value_slot *slots; /* in the pool */
    size_t capacity;
    size_t count;
    bool sorted;
};

static struct slice slot_text(const struct value_slot *slot)
{
    size_t length = slot->length_and_one - 1;
    if (length <= VALUE_INLINE) return (struct slice){slot->text.bytes, length};
    const char *bytes;
    memcpy(&bytes, slot->text.pointer, sizeof(bytes));
    return (struct slice){bytes, length};
}

static bool slot_set(struct value_slot *slot, struct slice text, const struct aggregate_home *home)
{
    if (text.length >= UINT32_MAX) return false;
    if (text.length > VALUE_INLINE) {
        char *bytes = pool_take(home->pool, text.length);
        if (bytes == NULL) return false;
        memcpy(bytes, text.bytes, text.length);
        memcpy(slot->text.pointer, &bytes, sizeof(bytes));
    } else if (text.length > 0) {
        memcpy(slot->text.bytes, text.bytes, text.length);
    }
    slot->length_and_one = (uint32_t)text.length + 1;
    return true;
}

/* The slot that holds text, or the free one where it belongs. There is always a free one. */
static struct value_slot *set_find(const struct values_state *set, struct slice text,
                                   const struct aggregate_home *home)
{
    size_t mask = set->capacity - 1;
    size_t index = (size_t)hash_keyed(home->key, text) & mask;
    while (set->slots[index].length_and_one != 0) {
        if (text_equal(slot_text(&set->slots[index]), text)) break;
        index = (index + 1) & mask;
    }
    return &set->slots[index];
}

static bool set_grow(struct values_state *set, const struct aggregate_home *home)
{
    size_t capacity = set->capacity > 0 ? set->capacity * 2 : VALUE_SLOTS_FIRST;
    size_t size;
    if (!size_multiply(capacity, sizeof(struct value_slot), &size)) return false;
    struct values_state grown = {.capacity = capacity, .count = set->count};
    grown.slots = pool_take(home->pool, size);
    if (grown.slots == NULL) return false;
    memset(grown.slots, 0, size);
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i].length_and_one != 0)
            *set_find(&grown, slot_text(&set->slots[i]), home) = set->slots[i];
    pool_give(home->pool, set->slots, set->capacity * sizeof(struct value_slot));
    *set = grown;
    return true;
}

static bool set_add(struct values_state *set, struct slice text, const struct aggregate_home *home)
{
    if (set->count >= set->capacity / 4 * 3 && !set_grow(set, home)) return false;
    struct value_slot *slot = set_find(set, text, home);
    if (slot->length_and_one != 0) return true;
    if (!slot_set(slot, text, home)) return false;
    set->count++;
    return true;
}

static bool values_update(void *state, struct values values, const struct aggregate_home *home)
{
    for (size_t i = 0; i < values.count; i++)
        if (!set_add(state, values.items[i], home)) return false;
    return true;
}

static int slot_compare(const void *left, const void *right)
{
    return text_compare(slot_text(left), slot_text(right));
}

/* Moves the used slots to the front and sorts them. */
static void values_arrange(void *state)
{
    struct values_state *set = state;
    if (set->sorted || set->count == 0) return;
    size_t used = 0;
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i].length_and_one != 0) set->slots[used++] = set->slots[i];
    qsort(set->slots, set->count, sizeof(struct value_slot), slot_compare);
    set->sorted = true;
}

static size_t values_item_count(const void *state)
{
    return ((const struct values_state *)state)->count;
}

static bool values_finish(const void *state, struct arena *scratch, struct values *result)
{
    const struct values_state *set = state;
    *result = (struct values){NULL, 0};
    if (set->count == 0) return true;
    struct slice *items = arena_take(scratch, set->count * sizeof(*items));
    if (items == NULL) return false;
    for (size_t i = 0; i < set->count; i++)
        items[i] = slot_text(&set->slots[i]);
    *result = (struct values){items, set->count};
    return true;
}

static bool values_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)scratch;
    *item = slot_text(&((const struct values_state *)state)->slots[i]);
    return true;
}

static enum cfh_status values_load(void *state, struct slice item,
                                   const struct aggregate_home *home)
{
    return set_add(state, item, home) ? CFH_OK : CFH_NO_MEMORY;
}

/* ---- the table ---- */

static const struct aggregate aggregates[] = {
    {"count", false, false, AGGREGATE_AS_TEXT, sizeof(struct count_state), count_update, NULL,
     count_item_count, count_save, count_load, count_finish},
    {"max", true, false, AGGREGATE_AS_NUMBER, sizeof(struct extreme_state), max_update, NULL,
     extreme_item_count, extreme_save, max_load, extreme_finish},
    {"min", true, false, AGGREGATE_AS_NUMBER, sizeof(struct extreme_state), min_update, NULL,
     extreme_item_count, extreme_save, min_load, extreme_finish},
    {"values", true, true, AGGREGATE_AS_TEXT, sizeof(struct values_state), values_update,
     values_arrange, values_item_count, values_save, values_load, values_finish},
};

enum { AGGREGATE_COUNT = sizeof(aggregates) / sizeof(aggregates[0]) };

const char *aggregate_name(size_t index)
{
    return index < AGGREGATE_COUNT ? aggregates[index].name : NULL;
}

const struct aggregate *aggregate_find(struct slice name)
{
    for (size_t i = 0; i < AGGREGATE_COUNT; i++) {
        struct slice known = {aggregates[i].name, strlen(aggregates[i].name)};
        if (text_equal(known, name)) return &aggregates[i];
    }
    return NULL;
}
