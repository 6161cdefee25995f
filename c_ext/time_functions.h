/* time_functions: what depends on when a value was seen (F7).
 *
 * Times are compared as numbers; events without a time do not take part. Of several values at one
 * time the smallest text counts, so that the order of arrival decides nothing. Splunk's first and
 * last go by arrival, which is newest first: here first is latest and last is earliest, a stated
 * difference.
 */
#ifndef CFHUNT_TIME_FUNCTIONS_H
#define CFHUNT_TIME_FUNCTIONS_H

#include "aggregate.h"

extern const struct aggregate earliest_function;
extern const struct aggregate latest_function;
extern const struct aggregate first_function;
extern const struct aggregate last_function;
extern const struct aggregate earliest_time_function; /* when that value was seen */
extern const struct aggregate latest_time_function;
/* (latest - earliest) / (latest time - earliest time); null where a value is no number or the times
 * are one. */
extern const struct aggregate rate_function;

#endif
