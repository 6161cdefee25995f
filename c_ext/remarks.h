/* remarks: what is worth saying of a plan that runs all the same (design section 6). */
#ifndef CFHUNT_REMARKS_H
#define CFHUNT_REMARKS_H

#include "counters.h"
#include "plan.h"

/* An unknown model, dataset or field, an assumed span, the tail of a hunt's file, an option that
 * steers nothing here: the i-th sentence, from 0; false when there is no i-th. A refusal of memory
 * ends the list. */
bool remarks_say(const struct plan *plan, size_t i, struct message *remark);

#endif
