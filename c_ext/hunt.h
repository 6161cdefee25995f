/* hunt: one plan over rows: view -> WHERE -> groups, and what it counted on the way.
 *
 * Owns its plan and all that is made for it. Rows come through a record that several hunts share.
 */
#ifndef CFHUNT_HUNT_H
#define CFHUNT_HUNT_H

#include "counters.h"
#include "group.h"
#include "memo.h"
#include "partial.h"
#include "plan.h"
#include "record.h"
#include "spill.h"
#include "view.h"
#include "where.h"

struct hunt {
    struct plan plan;
    struct memory *memory;
    struct arena arena; /* of the compiled WHERE and the counters */
    struct view view;
    struct where where;
    struct group_table groups;
    struct memo memo;
    struct spill spill;
    struct counters counters;
    uint64_t beyond;  /* in the present row: numbers that a function left out */
    uint64_t checked; /* rows looked into for the counters, in the life of this process */
    bool finished;
    bool passed; /* the last row that was read passed the WHERE: the next one probably does, too */
    struct partial_reader partials;
};

/* Compiles a sealed plan, which it takes over, also on failure. False when refused; then nothing
 * is held. key is borrowed. */
bool hunt_init(struct hunt *hunt, struct plan *plan, const struct hash_key *key,
               struct memory *memory);
void hunt_release(struct hunt *hunt);
/* Forgets groups and counters: they have left in partial rows. */
void hunt_clear(struct hunt *hunt);

/* A body with other columns begins. */
void hunt_bind(struct hunt *hunt, const struct record *record);
/* The record's present row as an event. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status hunt_event(struct hunt *hunt, struct record *record);
/* Does it still look into every row, for the message about an empty table? */
bool hunt_checks_rows(const struct hunt *hunt);
/* So many rows were passed over because they cannot match. */
void hunt_skip(struct hunt *hunt, uint64_t rows);
/* The two cells of a row without _raw and _time. *taken: it was a partial row of this plan and is
 * in the groups or counters now; else it is an event like any other. A damaged one is counted.
 * CFH_BAD_INPUT: one of another version, the one fatal case; CFH_NO_MEMORY. */
enum cfh_status hunt_partial(struct hunt *hunt, struct slice marker, struct slice state,
                             bool *taken, struct cfh_error *error);
/* Moves the groups out of memory, into the store. CFH_OK, CFH_STORE or CFH_NO_MEMORY. */
enum cfh_status hunt_spill(struct hunt *hunt, struct store *store);
/* The groups have left as partial rows, bytes of all hunts together: forgets them, not the
 * counters.
 */
void hunt_give_groups(struct hunt *hunt, uint64_t bytes);
/* The groups held, in memory or in the store; one that came back to memory after it had been moved
 * out counts again until the runs are merged. */
uint64_t hunt_group_count(const struct hunt *hunt);
/* The groups so far are to leave as partial rows. */
void hunt_gather(struct hunt *hunt);
/* Nothing more will come: the groups are to leave as a table. Once is enough, more do no harm.
 * CFH_OK or CFH_NO_MEMORY. */
enum cfh_status hunt_finish(struct hunt *hunt);

#endif
