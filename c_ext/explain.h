/* explain: a plan as rows, in place of its answer (explain=true).
 *
 * Columns part, item and value: what the hunt's file says of itself, options, functions, the model,
 * WHERE as a tree with each term's compiled form, BY, the words that can be searched in the index,
 * and the commands to append.
 */
#ifndef CFHUNT_EXPLAIN_H
#define CFHUNT_EXPLAIN_H

#include "csv_writer.h"
#include "plan.h"

/* Appends the rows, with their header, as a CSV body. False when refused. */
bool explain_plan(const struct plan *plan, struct buffer *body);

#endif
