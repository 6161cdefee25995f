/* functions: the table of all functions (T2). */
#ifndef CFHUNT_FUNCTIONS_H
#define CFHUNT_FUNCTIONS_H

#include "aggregate.h"

/* The function that a call names, in any case: count, dc, perc95. percent: of a percentage, its
 * thousandths (perc99.9: 99900), else 0. NULL: there is none. */
const struct aggregate *functions_find(struct slice called, uint32_t *percent);
/* The table by index, NULL behind the last: for messages and documentation. */
const struct aggregate *functions_at(size_t index);

#endif
