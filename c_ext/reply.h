/* reply: the rows that leave, as a table or as partial rows, their length known before the first.
 *
 * One walk over the groups counts the bytes, a second one writes them in windows: both run the same
 * code, so they cannot disagree, and the body is never in memory as a whole.
 */
#ifndef CFHUNT_REPLY_H
#define CFHUNT_REPLY_H

#include "csv_writer.h"
#include "hunt.h"

enum reply_kind {
    REPLY_TABLE,  /* one hunt's rows, as tstats prints them */
    REPLY_PARTIAL /* all hunts' groups and counters */
};

/* A window is handed out when it holds so many bytes; a single row may make it longer. */
enum { REPLY_WINDOW = 262144 };

struct reply {
    enum reply_kind kind;
    struct hunt **hunts; /* borrowed; finished; not to be changed while the reply lasts */
    size_t hunt_count;
    struct buffer window;
    struct csv_writer writer;
    struct arena scratch;
    struct partial_writer partials;
    size_t hunt; /* the walk's place: the next hunt, and the next group of it */
    size_t group;
    bool header_written;
};

/* Allocates nothing yet. */
void reply_init(struct reply *reply, const struct hash_key *key, struct memory *memory);
void reply_release(struct reply *reply);

/* Counts. *length: the bytes that next will give in all. Hunts: gathered ones;
 * for a table exactly one, finished. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status reply_begin(struct reply *reply, enum reply_kind kind, struct hunt **hunts,
                            size_t hunt_count, uint64_t *length);
/* The next window, valid until the next call; length 0 at the end. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status reply_next(struct reply *reply, struct slice *window);

#endif
