/* partial: groups and counters as rows that travel from the maps to the reduce.
 *
 * A partial row has two columns, PARTIAL_MARKER and PARTIAL_STATE, both ASCII:
 *
 *   marker   version.plan-digest.kind.checksum
 *   state    of kind group     key;item;item...   key = as group_key has it,
 *                                                 item = function:saved item
 *            of kind counters  number,number,...
 *            of kind piece     record.index.count;bytes of a group's state that is too long
 *
 * Keys and items are encoded (partial_text). A group with many items travels as several rows of
 * kind group, each of which can be loaded alone; only where one item and the key do not fit
 * PARTIAL_CELL_MAX together is the row cut into pieces.
 */
#ifndef CFHUNT_PARTIAL_H
#define CFHUNT_PARTIAL_H

#include "counters.h"
#include "group.h"

#define PARTIAL_MARKER "cfhunt_partial"
#define PARTIAL_STATE "cfhunt_state"

enum partial_kind { PARTIAL_GROUP, PARTIAL_COUNTERS, PARTIAL_PIECE, PARTIAL_KINDS };

/* The most bytes of a cell of a partial row. */
enum { PARTIAL_CELL_MAX = 65536 };

/* ---- writing ---- */

/* Called with the two cells of each partial row; false stops. */
struct partial_sink {
    bool (*row)(void *context, struct slice marker, struct slice state);
    void *context;
};

struct partial_writer {
    uint64_t process; /* tells the pieces of one process from those of another */
    uint64_t records; /* records cut into pieces so far */
    struct buffer state;
    struct buffer piece;
    struct arena scratch;
};

void partial_writer_init(struct partial_writer *writer, const struct hash_key *key,
                         struct memory *memory);
void partial_writer_release(struct partial_writer *writer);
/* The rows of one group of a gathered table. False when refused or when sink stops. */
bool partial_write_group(struct partial_writer *writer, const struct group_table *table,
                         struct group *group, const struct partial_sink *sink);
bool partial_write_counters(struct partial_writer *writer, const struct plan *plan,
                            const struct counters *counters, const struct partial_sink *sink);

/* ---- reading ---- */

enum partial_verdict {
    PARTIAL_NONE,       /* the marker is empty: an event */
    PARTIAL_MINE,       /* a sound partial row of this plan */
    PARTIAL_OTHER_PLAN, /* well-formed, of another plan, whose affair its soundness is */
    PARTIAL_OTHER_VERSION,
    PARTIAL_DAMAGED
};

/* What the two cells are to this plan. *kind: of a row that is PARTIAL_MINE. */
enum partial_verdict partial_judge(const struct plan *plan, struct slice marker, struct slice state,
                                   enum partial_kind *kind);

struct partial_record; /* one that came in pieces and is not yet whole */

/* The most pieces of one record: 4 GB of state. */
enum { PARTIAL_PIECES_MAX = 65536 };

struct partial_reader {
    const struct plan *plan;
    struct partial_record *records;
    struct buffer key;
    struct buffer text; /* decoded, one value or item at a time */
    struct memory *memory;
};

void partial_reader_init(struct partial_reader *reader, const struct plan *plan,
                         struct memory *memory);
void partial_reader_release(struct partial_reader *reader);
/* Loads a row that was judged PARTIAL_MINE into the table or the counters. CFH_OK; CFH_BAD_INPUT:
 * the state is not what a writer wrote, loaded up to there; CFH_NO_MEMORY. */
enum cfh_status partial_read(struct partial_reader *reader, enum partial_kind kind,
                             struct slice state, struct group_table *table,
                             struct counters *counters);
/* How many records still lack pieces. */
size_t partial_incomplete(const struct partial_reader *reader);

#endif
