#include "text_set.h"

#include <string.h>

#include "sort.h"
#include "text.h"

enum { FIRST_CAPACITY = 4 };

struct slice text_slot_text(const struct text_slot *slot)
{
    size_t length = slot->length_and_one - 1;
    if (length <= TEXT_SET_INLINE) return (struct slice){slot->text.bytes, length};
    const char *bytes;
    memcpy(&bytes, slot->text.pointer, sizeof(bytes));
    return (struct slice){bytes, length};
}

static bool slot_set(struct text_slot *slot, struct slice text, struct pool *pool)
{
    if (text.length >= UINT32_MAX) return false;
    if (text.length > TEXT_SET_INLINE) {
        char *bytes = pool_take(pool, text.length);
        if (bytes == NULL) return false;
        memcpy(bytes, text.bytes, text.length);
        memcpy(slot->text.pointer, &bytes, sizeof(bytes));
    } else if (text.length > 0) {
        memcpy(slot->text.bytes, text.bytes, text.length);
    }
    slot->length_and_one = (uint32_t)text.length + 1;
    return true;
}

static void slot_give(struct text_slot *slot, struct pool *pool)
{
    char *bytes;
    if (slot->length_and_one == 0 || slot->length_and_one - 1 <= TEXT_SET_INLINE) return;
    memcpy(&bytes, slot->text.pointer, sizeof(bytes));
    pool_give(pool, bytes, slot->length_and_one - 1);
}

/* The slot that holds text, or the free one where it belongs. There is always a free one. */
static size_t set_find(const struct text_set *set, struct slice text, const struct hash_key *key)
{
    size_t mask = set->capacity - 1;
    size_t index = (size_t)hash_keyed(key, text) & mask;
    while (set->slots[index].length_and_one != 0) {
        if (text_equal(text_slot_text(&set->slots[index]), text)) break;
        index = (index + 1) & mask;
    }
    return index;
}

/* Takes the arrays of a set of that capacity, all slots free. */
static bool set_take(struct text_set *set, size_t capacity, bool counted, struct pool *pool)
{
    size_t size;
    *set = (struct text_set){.capacity = capacity};
    if (!size_multiply(capacity, sizeof(struct text_slot), &size)) return false;
    set->slots = pool_take(pool, size);
    if (set->slots == NULL) return false;
    memset(set->slots, 0, size);
    if (!counted) return true;
    set->counts = pool_take(pool, capacity * sizeof(uint64_t));
    if (set->counts != NULL) memset(set->counts, 0, capacity * sizeof(uint64_t));
    if (set->counts == NULL) pool_give(pool, set->slots, size);
    return set->counts != NULL;
}

static void set_give(struct text_set *set, struct pool *pool)
{
    pool_give(pool, set->slots, set->capacity * sizeof(struct text_slot));
    pool_give(pool, set->counts, set->capacity * sizeof(uint64_t));
}

static bool set_grow(struct text_set *set, bool counted, struct pool *pool,
                     const struct hash_key *key)
{
    struct text_set grown;
    size_t capacity = set->capacity > 0 ? set->capacity * 2 : FIRST_CAPACITY;
    if (!set_take(&grown, capacity, counted, pool)) return false;
    grown.count = set->count;
    grown.total = set->total;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i].length_and_one == 0) continue;
        size_t index = set_find(&grown, text_slot_text(&set->slots[i]), key);
        grown.slots[index] = set->slots[i];
        if (counted) grown.counts[index] = set->counts[i];
    }
    set_give(set, pool);
    *set = grown;
    return true;
}

/* The index of text's slot, made if it is new. */
static bool set_put(struct text_set *set, struct slice text, bool counted, struct pool *pool,
                    const struct hash_key *key, size_t *index)
{
    if (set->count >= set->capacity / 4 * 3 && !set_grow(set, counted, pool, key)) return false;
    *index = set_find(set, text, key);
    if (set->slots[*index].length_and_one != 0) return true;
    if (!slot_set(&set->slots[*index], text, pool)) return false;
    set->count++;
    return true;
}

bool text_set_add(struct text_set *set, struct slice text, struct pool *pool,
                  const struct hash_key *key)
{
    size_t index;
    return set_put(set, text, false, pool, key, &index);
}

bool text_set_count(struct text_set *set, struct slice text, uint64_t count, struct pool *pool,
                    const struct hash_key *key)
{
    size_t index;
    if (count > UINT64_MAX - set->total) return false;
    if (!set_put(set, text, true, pool, key, &index)) return false;
    set->counts[index] += count;
    set->total += count;
    return true;
}

void text_set_release(struct text_set *set, struct pool *pool)
{
    /* Behind the texts of a gathered set lie copies of theirs. */
    size_t end = set->gathered ? set->count : set->capacity;
    for (size_t i = 0; i < end; i++)
        slot_give(&set->slots[i], pool);
    set_give(set, pool);
    *set = (struct text_set){.slots = NULL};
}

/* ---- order ---- */

static int slot_compare(const void *left, const void *right)
{
    return text_compare(text_slot_text(left), text_slot_text(right));
}

void text_set_gather(struct text_set *set)
{
    size_t used = 0;
    if (set->gathered) return;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i].length_and_one == 0) continue;
        if (set->counts != NULL) set->counts[used] = set->counts[i];
        set->slots[used++] = set->slots[i];
    }
    set->gathered = true;
}

void text_set_sort(struct text_set *set)
{
    text_set_gather(set);
    sort_items(set->slots, set->count, sizeof(struct text_slot), slot_compare);
}
