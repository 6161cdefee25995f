/* reply: the rows that leave, as a table or as partial rows, their length known before the first.
 *
 * One walk over the groups counts the bytes, a second one writes them in windows: both run the same
 * code, so they cannot disagree, and the body is never in memory as a whole. Where groups are in
 * the store there is one walk, since merging them twice would cost more: it writes the rows into
 * the store, behind the runs, and the windows are read from there.
 */
#ifndef CFHUNT_REPLY_H
#define CFHUNT_REPLY_H

#include "csv_writer.h"
#include "hunt.h"

enum reply_kind {
    REPLY_TABLE,  /* one hunt's rows, as tstats prints them */
    REPLY_PARTIAL /* all hunts' groups and counters */
};

/* A window is handed out when it holds so many bytes, or the bound divided by REPLY_WINDOWS where
 * that is less; a single row may make it longer. */
enum { REPLY_WINDOW = 262144, REPLY_WINDOWS = 32 };

struct reply {
    enum reply_kind kind;
    struct hunt **hunts; /* borrowed; finished; not to be changed while the reply lasts */
    size_t hunt_count;
    struct store *store;
    uint64_t stored_begin; /* rows that lie in the store: the reply's first */
    uint64_t stored_end;
    uint64_t stored_at; /* what is to be read next */
    struct buffer window;
    struct csv_writer writer;
    struct arena scratch;
    struct partial_writer partials;
    size_t hunt; /* the walk's place: the next hunt, and the next group of it */
    size_t group;
    bool header_written;
    bool early; /* in reply_store: counters are to come later */
};

/* Allocates nothing yet. store is borrowed, and may be none where no groups will be in it. */
void reply_init(struct reply *reply, const struct hash_key *key, struct store *store,
                struct memory *memory);
void reply_release(struct reply *reply);

/* Writes the hunts' groups, gathered ones, into the store as partial rows: the next reply, which
 * must be one of partial rows, begins with them. CFH_OK, CFH_STORE or CFH_NO_MEMORY. */
enum cfh_status reply_store(struct reply *reply, struct hunt **hunts, size_t hunt_count);
/* Are there such rows? */
bool reply_has_stored(const struct reply *reply);

/* Counts. *length: the bytes that next will give in all. Hunts: gathered ones, or with all their
 * groups in the store; for a table exactly one, finished. CFH_OK, CFH_STORE or CFH_NO_MEMORY. */
enum cfh_status reply_begin(struct reply *reply, enum reply_kind kind, struct hunt **hunts,
                            size_t hunt_count, uint64_t *length);
/* The next window, valid until the next call; length 0 at the end. CFH_OK, CFH_STORE or
 * CFH_NO_MEMORY. */
enum cfh_status reply_next(struct reply *reply, struct slice *window);

#endif
