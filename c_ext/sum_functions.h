/* sum_functions: what is made of sums: sum, sumsq, avg, the variances and deviations (F6).
 *
 * Sums are exact and rounded once, at the end: to 17 significant digits where they must be.
 * Values that are no numbers are skipped; where none is a number, the result is null.
 */
#ifndef CFHUNT_SUM_FUNCTIONS_H
#define CFHUNT_SUM_FUNCTIONS_H

#include "aggregate.h"

extern const struct aggregate sum_function;
extern const struct aggregate sumsq_function; /* the sum of the squares */
extern const struct aggregate avg_function;
extern const struct aggregate var_function;   /* of a sample: n - 1; 0 for a single number */
extern const struct aggregate varp_function;  /* of a population: n */
extern const struct aggregate stdev_function; /* the root of var */
extern const struct aggregate stdevp_function;

#endif
