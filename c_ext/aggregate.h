/* aggregate: the functions, as one table of operations.
 *
 * A function keeps a state of a fixed size for each group; what grows lies in the groups' pool.
 * A state is saved as items and any item can be loaded into any state of the same function: so
 * merging is loading what another saved, in any order and split, and it is associative and
 * commutative because loading is (design section 3). Map and reduce fall out of that.
 * Adding a function is adding a row here and a line to the model in tests/py/reference.
 */
#ifndef CFHUNT_AGGREGATE_H
#define CFHUNT_AGGREGATE_H

#include "hash.h"
#include "memory.h"

/* What the operations need besides the state. The pool owns everything that grows. */
struct aggregate_home {
    struct pool *pool;
    const struct hash_key *key;
};

/* How a result is printed (F10, F9). */
enum aggregate_print {
    AGGREGATE_AS_TEXT,
    AGGREGATE_AS_NUMBER /* by number_print: 5.00 is 5 */
};

struct aggregate {
    const char *name; /* lower case */
    bool needs_field; /* count alone may lack one (T3) */
    bool multivalued; /* its result may have several values: it gets a __mv_ column (F4) */
    enum aggregate_print print;
    size_t state_size; /* bytes; states are aligned for any type and start zeroed */

    /* One event's values of the field; for a function without a field, one value of no text. */
    bool (*update)(void *state, struct values values, const struct aggregate_home *home);
    /* Puts the state in its final order, before the calls below; nothing may come after it. NULL
     * where there is no order. */
    void (*arrange)(void *state);
    /* How many items save gives; 0 for a state that has seen nothing. */
    size_t (*item_count)(const void *state);
    /* Item i of the state, as bytes that live as long as the state or in scratch. */
    bool (*save)(const void *state, size_t i, struct arena *scratch, struct slice *item);
    /* CFH_OK; CFH_BAD_INPUT for an item that save never wrote; CFH_NO_MEMORY. */
    enum cfh_status (*load)(void *state, struct slice item, const struct aggregate_home *home);
    /* The result, in its order; lives as long as the state or in scratch. False when refused. */
    bool (*finish)(const void *state, struct arena *scratch, struct values *result);
};

/* The function of that name (lower case), or NULL. */
const struct aggregate *aggregate_find(struct slice name);
/* The table, for messages: names by index, NULL behind the last. */
const char *aggregate_name(size_t index);

#endif
