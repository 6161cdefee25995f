/* where: the WHERE of a plan, compiled, against one row.
 *
 * NOT is carried down to the terms (De Morgan), because a negated term on a number is false where
 * the field is null (W6): the one place where NOT is not plain negation.
 */
#ifndef CFHUNT_WHERE_H
#define CFHUNT_WHERE_H

#include "match.h"
#include "view.h"

/* One comparison or IN list; its place among the terms is plan_node.term. */
struct where_term {
    const struct plan_node *node;
    size_t field;
    struct match *matches; /* the term holds if any match passes */
    size_t match_count;
    bool has_number; /* some value is a number: W6 */
    /* Of a long IN list the plain values, folded: open addressing, capacity a power of two. They
     * are the search's own, so the hash needs no key. capacity 0: there is no such table. */
    struct slice *plain;
    size_t capacity;
};

/* An IN list with more plain values than this is looked up in a table. */
enum { WHERE_LIST_MAX = 8 };

struct where {
    const struct plan *plan;
    struct where_term *terms; /* plan->term_count of them */
};

/* Compiles into the arena; borrows plan. False when refused. */
bool where_compile(struct arena *arena, const struct plan *plan, struct where *where);

/* Does the view's present row pass? CFH_OK or CFH_NO_MEMORY. */
enum cfh_status where_passes(const struct where *where, struct view *view, bool *passes);

/* Adds 1 to counts[i] for each term i that the row fulfils by itself, negations left aside.
 * counts holds plan->term_count numbers. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status where_count_terms(const struct where *where, struct view *view, uint64_t *counts);

#endif
