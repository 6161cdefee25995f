/* text_set: distinct texts, and how often each came.
 *
 * Open addressing with linear probing over slots of 16 bytes: a text of up to twelve bytes lies in
 * its slot, a longer one in the pool. Counts are kept only where they are asked for.
 * Rule of the room: a zeroed set is empty; what grows lies in the pool that the caller gives.
 */
#ifndef CFHUNT_TEXT_SET_H
#define CFHUNT_TEXT_SET_H

#include "hash.h"
#include "memory.h"

enum { TEXT_SET_INLINE = 12 };

struct text_slot {
    uint32_t length_and_one; /* 0: a free slot */
    union {
        char bytes[TEXT_SET_INLINE];
        unsigned char pointer[sizeof(char *)];
    } text;
};

struct text_set {
    struct text_slot *slots;
    uint64_t *counts; /* of each slot; NULL until a count is added */
    size_t capacity;  /* a power of two; at most three quarters are used */
    size_t count;
    uint64_t total; /* of all counts */
    bool gathered;  /* the texts are slots[0..count); nothing may be added */
};

/* Adds a text. False when refused, or for a text of 4 GB. */
bool text_set_add(struct text_set *set, struct slice text, struct pool *pool,
                  const struct hash_key *key);
/* Adds count to a text's count. A set is counted from its first text on, or never. False also
 * where the total would not fit; then nothing is added. */
bool text_set_count(struct text_set *set, struct slice text, uint64_t count, struct pool *pool,
                    const struct hash_key *key);
/* Gives all back to the pool; the set is empty. For what is not cleared with the pool. */
void text_set_release(struct text_set *set, struct pool *pool);

/* Moves the texts, and their counts with them, to slots[0..count), in no order. */
void text_set_gather(struct text_set *set);
/* The same, in byte order; only for a set without counts. */
void text_set_sort(struct text_set *set);
/* The text of a slot; lives as long as the set. */
struct slice text_slot_text(const struct text_slot *slot);

#endif
