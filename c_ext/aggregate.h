/* aggregate: what a function is: a table of operations on a state.
 *
 * A function keeps a state of a fixed size for each group; what grows lies in the groups' pool.
 * A state is saved as items and any item can be loaded into any state of the same function: so
 * merging is loading what another saved, in any order and split, and it is associative and
 * commutative because loading is (design section 3). Map and reduce fall out of that.
 *
 * The functions stand in the rooms behind this one, a family in each, and functions.h is the table
 * of them all. Adding one is adding a row there and a line to the model in tests/py/reference.
 */
#ifndef CFHUNT_AGGREGATE_H
#define CFHUNT_AGGREGATE_H

#include "hash.h"
#include "memory.h"

/* What the operations need besides the state. The pool owns everything that grows. */
struct aggregate_home {
    struct pool *pool;
    const struct hash_key *key; /* for tables of this process */
    uint64_t seed;              /* for hashes that travel; the same in every process of a plan */
    uint64_t *beyond;           /* counts numbers that no sum can take (decimal.h) */
};

/* What one event brings. */
struct aggregate_input {
    struct values values; /* of the function's field; for a bare count one value of no text */
    struct slice time;    /* the event's _time; length 0 for none */
};

/* Does the call name a field, and a percentage (perc95)? */
enum aggregate_argument { AGGREGATE_FIELD_OR_NONE, AGGREGATE_FIELD, AGGREGATE_PERCENT_AND_FIELD };

/* How a result is printed (F9, F10). */
enum aggregate_print {
    AGGREGATE_AS_TEXT,
    AGGREGATE_AS_NUMBER, /* by number_print: 5.00 is 5 */
    AGGREGATE_AS_TIME    /* the same, with at most six digits after the point */
};

/* Thousandths of a percent in a whole: perc99.9 asks for 99900. */
enum { AGGREGATE_WHOLE = 100000 };

struct aggregate {
    const char *name; /* lower case; in front of the digits where there is a percentage */
    enum aggregate_argument argument;
    bool multivalued; /* its result may have several values: it gets a __mv_ column (F4) */
    bool needs_time;  /* update looks at the event's time */
    enum aggregate_print print;
    size_t state_size; /* bytes; states are aligned to eight and start zeroed */

    bool (*update)(void *state, const struct aggregate_input *input,
                   const struct aggregate_home *home);
    /* Puts the state in its final order, before the calls below; nothing may come after it. NULL
     * where there is no order. */
    void (*arrange)(void *state);
    /* How many items save gives; 0 for a state that has seen nothing. */
    size_t (*item_count)(const void *state);
    /* Item i of the state, as bytes that live as long as the state or in scratch. */
    bool (*save)(const void *state, size_t i, struct arena *scratch, struct slice *item);
    /* CFH_OK; CFH_BAD_INPUT for an item that save never wrote; CFH_NO_MEMORY. */
    enum cfh_status (*load)(void *state, struct slice item, const struct aggregate_home *home);
    /* The result, in its order; lives as long as the state or in scratch. percent: thousandths.
     * False when refused. */
    bool (*finish)(const void *state, uint32_t percent, const struct aggregate_home *home,
                   struct arena *scratch, struct values *result);
};

/* ---- shared by the families ---- */

/* text as a result of one value, which borrows it. False when refused. */
bool aggregate_one(struct slice text, struct arena *scratch, struct values *result);
/* A whole number as text in scratch; false when refused. And back: all of 0 to 2^64 - 1, false for
 * any other text, also for other spellings of a number (01). */
bool aggregate_print_count(uint64_t count, struct arena *scratch, struct slice *text);
bool aggregate_parse_count(struct slice text, uint64_t *count);
/* An item of what came so often: COUNT, mark, rest. False when refused. And back: mark is the byte
 * behind the digits; false for other texts, and for a count of 0, which nobody saves. */
bool aggregate_print_counted(uint64_t count, char mark, struct slice rest, struct arena *scratch,
                             struct slice *item);
bool aggregate_parse_counted(struct slice item, uint64_t *count, char *mark, struct slice *rest);

#endif
