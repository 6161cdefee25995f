/* count_functions: count and estdc. */
#ifndef CFHUNT_COUNT_FUNCTIONS_H
#define CFHUNT_COUNT_FUNCTIONS_H

#include "aggregate.h"

extern const struct aggregate count_function; /* F1 */
extern const struct aggregate estdc_function; /* F5: a HyperLogLog, 1.6 % standard error */

#endif
