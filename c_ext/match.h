/* match: one comparison of the WHERE, compiled, against the values of a field.
 *
 * = and != compare text, ASCII case ignored, '*' a wildcard (W2, W4, W5); < <= > >= compare
 * numbers where both sides are numbers (T7's form), else folded text (W3). A multivalue passes if
 * any of its values does; null never passes (W6).
 */
#ifndef CFHUNT_MATCH_H
#define CFHUNT_MATCH_H

#include "address.h"
#include "memory.h"
#include "number.h"
#include "plan.h"
#include "text.h"

struct match {
    enum plan_comparison comparison;
    struct slice value;
    struct pattern pattern; /* for = and != */
    struct number number;   /* for the others, where is_number */
    bool is_number;
    struct network network; /* for = and !=, where is_network (W10) */
    bool is_network;
};

/* Compiles into the arena; borrows value. False when refused. */
bool match_compile(struct arena *arena, enum plan_comparison comparison, struct slice value,
                   struct match *match);
bool match_passes(const struct match *match, struct values values);

#endif
