/* spill: groups that leave memory as sorted runs in the store, and come back merged.
 *
 *   when memory is short   all groups, sorted by their keys -> one run; the table is cleared
 *   at the end             the rest -> the last run; all runs -> one group after another, in order
 *
 * A run is a sequence of records, the smallest key first. Size and checksum are eight bytes each,
 * in machine order; the other numbers are varints:
 *
 *   size, checksum of the rest | key length, key | function, item length, item | ...
 *
 * The items are those that the functions save and load for partial rows: so a group may stand in
 * several runs, and in one run as several records, and merging is loading them all. A record is cut
 * where it is longer than half a window; only a long key or item makes it longer.
 *
 * Memory: one window while a run is written, SPILL_FAN windows while runs are merged, each 1/256 of
 * the bound, and the one group that is being merged. More runs are merged in several passes.
 */
#ifndef CFHUNT_SPILL_H
#define CFHUNT_SPILL_H

#include "group.h"
#include "store.h"

enum {
    SPILL_FAN = 64, /* the most runs that are merged in one pass */
    SPILL_WINDOW_MAX = 262144,
    SPILL_WINDOW_MIN = 4096,
    SPILL_WINDOWS = 256 /* a window is the bound divided by this, within the two above */
};

/* Where a run lies in the store. */
struct spill_run {
    uint64_t begin;
    uint64_t end;
};

struct spill_reader; /* of one run */

struct spill {
    struct memory *memory;
    const struct hash_key *key;
    struct spill_run *runs;
    size_t run_count;
    size_t run_capacity;
    struct buffer window; /* of the run that is being written */
    struct arena scratch;
    struct group_table merged;    /* holds the group that spill_next gave */
    struct spill_reader *readers; /* SPILL_FAN of them, while runs are merged */
    struct spill_reader **heap;   /* those that have a record left, the smallest key first */
    size_t heap_count;
    uint64_t times; /* that groups were written */
    uint64_t groups;
    uint64_t bytes;
    uint64_t memory_freed; /* by all groups written, bytes */
    uint64_t merged_count; /* groups given by spill_next since spill_begin */
};

/* Allocates nothing yet. key is borrowed. */
void spill_init(struct spill *spill, const struct hash_key *key, struct memory *memory);
void spill_release(struct spill *spill);

/* Are there runs? */
bool spill_has_runs(const struct spill *spill);
/* Writes the table's groups as a run; the table is to be cleared after it. CFH_OK, CFH_STORE or
 * CFH_NO_MEMORY: then the run does not count. */
enum cfh_status spill_groups(struct spill *spill, struct group_table *table, struct store *store);

/* Merges runs into longer ones until there are at most SPILL_FAN. CFH_OK, CFH_STORE or
 * CFH_NO_MEMORY. */
enum cfh_status spill_reduce(struct spill *spill, struct store *store);
/* Begins to merge at most SPILL_FAN runs, also for a second time; appends nothing to the store.
 * table: of the plan whose groups they are; it holds none now. CFH_OK, CFH_STORE or CFH_NO_MEMORY.
 */
enum cfh_status spill_begin(struct spill *spill, const struct group_table *table,
                            struct store *store);
/* The next group, its states in their final order; lives until the next call. NULL at the end.
 * CFH_OK, CFH_STORE or CFH_NO_MEMORY. */
enum cfh_status spill_next(struct spill *spill, struct store *store, struct group **group);
/* Gives the windows back. */
void spill_end(struct spill *spill);

#endif
