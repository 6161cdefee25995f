/* by_tuple: which groups a row is in, as the keys of its BY values: spans, fill, combinations (B1,
 * B3, B4, B6, B8).
 *
 * Most rows have one value in each field, and their cells stand as a key has them. So a row's key
 * is first its own bytes, as they stand: where a group has that key, it is the row's. Else the
 * values are read one by one, and their key is built.
 */
#ifndef CFHUNT_BY_TUPLE_H
#define CFHUNT_BY_TUPLE_H

#include "hash.h"
#include "plan.h"
#include "view.h"

/* The most groups that one row's multivalue BY fields may put it into (B4). */
enum { BY_COMBINATIONS_MAX = 10000 };
/* Where one row's cells are not as a key has them the next ones' are not either, mostly: for so
 * many rows nobody asks. */
enum { BY_ROWS_AT_REST = 16 };

/* BY fields whose columns are neighbours, in BY's order. */
struct by_span {
    size_t first;
    size_t last;
};

struct by_tuple {
    const struct plan *plan;
    const struct hash_key *hash_key;
    size_t count; /* of BY fields */
    struct by_span *spans;
    size_t span_count;     /* 0: cells as they stand are no key in this body */
    size_t *changing;      /* BY fields of which the model does not keep every text */
    size_t changing_count; /* in this body */
    size_t resting;        /* so many rows more */
    struct buffer key;     /* the present one */
    bool single;           /* the row has no other */
    struct values *fields; /* of the row: each field's distinct values, and the chosen ones */
    size_t *chosen;
};

/* Borrows all but itself; its arrays lie in the arena. False when refused: release it even then. */
bool by_tuple_init(struct by_tuple *by, const struct plan *plan, const struct hash_key *hash_key,
                   struct arena *arena, struct memory *memory);
void by_tuple_release(struct by_tuple *by);
/* The view has been bound to the columns of a new header. */
void by_tuple_bind(struct by_tuple *by, const struct view *view);

/* Makes the view's present row's cells, as they stand, the key: one that only a group of the same
 * values has. False where that cannot be said. */
bool by_tuple_as_it_stands(struct by_tuple *by, const struct view *view);
/* They were not as a key has them. */
void by_tuple_rest(struct by_tuple *by);
/* Builds the first key of the view's present row. *any: it has one. *capped: the combinations were
 * too many, so that the row's multivalues were joined. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status by_tuple_first(struct by_tuple *by, struct view *view, bool *capped, bool *any);
/* The same row's next key. *more: there was one. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status by_tuple_next(struct by_tuple *by, bool *more);

#endif
