/* extreme_functions: min, max and range. */
#ifndef CFHUNT_EXTREME_FUNCTIONS_H
#define CFHUNT_EXTREME_FUNCTIONS_H

#include "aggregate.h"

extern const struct aggregate min_function; /* F2 */
extern const struct aggregate max_function; /* F2 */
extern const struct aggregate
    range_function; /* the largest number less the smallest; F6 for others */

#endif
