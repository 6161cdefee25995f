/* set_functions: values, dc and mode, over the distinct texts of a group. */
#ifndef CFHUNT_SET_FUNCTIONS_H
#define CFHUNT_SET_FUNCTIONS_H

#include "aggregate.h"

extern const struct aggregate values_function;         /* F3 */
extern const struct aggregate dc_function;             /* F5 */
extern const struct aggregate distinct_count_function; /* F5, its long name */
extern const struct aggregate
    mode_function; /* the text that came most often; a tie: the smallest */

#endif
