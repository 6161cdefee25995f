/* quantile_functions: percN, median, exactpercN, upperpercN (F8).
 *
 * By nearest rank: of n numbers in order the one of 0-based rank floor(N / 100 * n), the last for
 * N = 100. Up to QUANTILE_EXACT_MAX distinct numbers all are exact; beyond, percN and median give
 * the middle of a bucket of 0.5 % (sketch.h) and upperpercN its upper end, while exactpercN goes on
 * keeping every number. Which of the two it is depends on the group's numbers alone, never on how
 * they were spread over indexers.
 */
#ifndef CFHUNT_QUANTILE_FUNCTIONS_H
#define CFHUNT_QUANTILE_FUNCTIONS_H

#include "aggregate.h"

/* Distinct spellings of numbers in a group. Splunk's own stats changes over at the same count. */
enum { QUANTILE_EXACT_MAX = 1000 };

extern const struct aggregate perc_function;
extern const struct aggregate exactperc_function;
extern const struct aggregate upperperc_function;
extern const struct aggregate median_function;

#endif
