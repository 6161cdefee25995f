/* conditions: the grammar of WHERE (tstats-semantics section 4), into the nodes of a plan.
 *
 *   where := or { ["AND"] or }             AND is implied between terms, and OR binds tighter (W1)
 *   or    := not { "OR" not }
 *   not   := "NOT" not | "(" where ")" | "*" | field op value | field "IN" "(" value ... ")"
 *
 * AND OR NOT IN stand in upper case (T4). nodename=DATASET becomes that dataset's constraints
 * (W12).
 */
#ifndef CFHUNT_CONDITIONS_H
#define CFHUNT_CONDITIONS_H

#include "model.h"
#include "plan.h"
#include "scanner.h"

/* The most parentheses and NOTs around a term. */
enum { CONDITIONS_DEPTH_MAX = 200 };

/* Reads a WHERE; the plan's model is known. False after an error. */
bool conditions_parse(struct scanner *scanner, struct plan *plan, struct plan_node **node);

/* The constraints of a dataset and its parents as one node; NULL where there are none. Their fields
 * do not count as fields of the search's WHERE. False when refused. */
bool conditions_of_dataset(struct scanner *scanner, struct plan *plan,
                           const struct model_dataset *dataset, struct plan_node **node);

#endif
