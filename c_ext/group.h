/* group: the groups of one plan, found by their key (group_key).
 *
 * Owns: keys, states and all that they hold, in one pool; group_table_clear gives it all up at
 * once.
 */
#ifndef CFHUNT_GROUP_H
#define CFHUNT_GROUP_H

#include "by_tuple.h"
#include "functions.h"
#include "group_key.h"
#include "plan.h"
#include "view.h"

/* In memory the states of the functions lie before it, so that what is compared lies together. */
struct group {
    uint32_t key_length;
    char key[];
};

/* Where a group is found by its hash; group NULL: a free slot. */
struct group_slot {
    uint64_t hash;
    struct group *group;
};

/* Where the row's cells, as they stand, may lead. */
struct group_expected {
    uint64_t row; /* the record's number of it; 0: of no row */
    bool stands;  /* the cells are by.key, and this is its hash */
    uint64_t hash;
};

struct group_table {
    const struct plan *plan;
    const struct aggregate **functions; /* as plan->functions */
    uint32_t *percents;                 /* thousandths; of functions with a percentage */
    bool needs_time;                    /* some function looks at the event's time */
    size_t *state_offsets;              /* so many bytes before the group */
    size_t states_size;                 /* of all states, bytes */
    struct arena arena;                 /* of the arrays above */
    struct aggregate_home home;
    struct pool pool;
    struct memory *memory;
    struct by_tuple by; /* of the present row */
    struct group_expected expected;
    struct group *last_group; /* that the last row was counted into, and into how many: */
    size_t last_count;
    struct group_slot *slots; /* open addressing, linear probing; capacity is a power of two */
    size_t capacity;
    struct group **groups; /* count of them, as they came, and so as they lie in memory */
    size_t group_capacity;
    size_t count;
    bool gathered; /* nothing may be added */
};

/* Allocates no table yet. False when refused; then nothing is held. key and beyond, which counts
 * the numbers that no sum can take, are borrowed. */
bool group_table_init(struct group_table *table, const struct plan *plan,
                      const struct hash_key *key, uint64_t *beyond, struct memory *memory);
void group_table_release(struct group_table *table);
/* Forgets all groups; the table is as new. */
void group_table_clear(struct group_table *table);

/* The result of function i, in scratch or as long as the gathered group. False when refused. */
bool group_result(const struct group_table *table, struct group *group, size_t i,
                  struct arena *scratch, struct values *result);

/* The view's present row will probably be counted: works out where its group would be and asks for
 * that memory, so that it is near when group_row follows. Changes nothing but time. */
void group_expect(struct group_table *table, const struct view *view);
/* Counts the view's present row into its groups: BY values, spans, fill, combinations, functions
 * (B1, B3, B4, B8). *capped says whether the combinations were too many, so that the row's
 * multivalues were joined. CFH_OK (also for a row that B1 drops) or CFH_NO_MEMORY. */
enum cfh_status group_row(struct group_table *table, struct view *view, bool *capped);
/* Counts the view's present row into a group that is known to be its only one. CFH_OK or
 * CFH_NO_MEMORY. */
enum cfh_status group_row_known(struct group_table *table, struct view *view, struct group *group);

/* The group of that key, made if it is new; NULL when refused. */
struct group *group_find(struct group_table *table, struct slice key);
/* Its key; lives as long as the group. */
static inline struct slice group_key(const struct group *group)
{
    return (struct slice){group->key, group->key_length};
}
/* Groups lie all over memory: who walks over many asks for one that comes GROUP_AHEAD later, so
 * that it is near when its turn comes. Changes nothing but time. */
enum { GROUP_AHEAD = 12, GROUP_LINES = 5 };
static inline void group_ask_for(const struct group_table *table, const struct group *group)
{
    const char *bytes = (const char *)group - table->states_size;
    for (size_t line = 0; line < GROUP_LINES; line++)
        __builtin_prefetch(bytes + line * 64);
}

/* The state of function i. */
void *group_state(const struct group_table *table, struct group *group, size_t i);
/* Forgets what the table holds and makes one group of that key, outside the slots: for a table that
 * only ever holds one (spill.h). NULL when refused. */
struct group *group_alone(struct group_table *table, struct slice key);
/* Puts the states of one group in their final order. */
void group_arrange(const struct group_table *table, struct group *group);
/* The most bytes that one more row can make the table's own arrays and the largest of its states
 * grow by; the row's own texts come on top. */
size_t group_table_growth(const struct group_table *table);

/* Puts each state in its final order. Until the next clear nothing may be added. */
void group_table_gather(struct group_table *table);

#endif
