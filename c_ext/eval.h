/* eval: what a data model makes of a field (tstats-semantics section 6, rules M1 to M7).
 *
 * Works on values that somebody else reads, through a table of functions: so the same evals run on
 * columns and on what a profile gives. All inputs are as they come, before their own evals.
 *
 * How the expressions of the CIM, which are written for single values, work on several:
 *   - value by value: each value of the field for itself. Where a rule sets something in the place
 *     of an empty value, a null field becomes all the values of the replacement, and each empty
 *     value the first of them; where the replacement is null, null stays and empty values go.
 *   - an input is taken value by value too (process_name of several processes has as many values),
 *     except in rule M2 and in Change's command, which take the first value.
 *   - a field of several values is no number.
 * A number is what number.h says (T7). A sum or difference is exact, with every digit; null where a
 * number is beyond the limits of decimal.h.
 */
#ifndef CFHUNT_EVAL_H
#define CFHUNT_EVAL_H

#include "memory.h"
#include "model.h"

/* How an eval reads the row. Each call gives CFH_OK or CFH_NO_MEMORY. The values must live as long
 * as scratch. */
struct eval_source {
    /* Another field of the row by its bare name, before evals; none for null. */
    enum cfh_status (*field)(void *context, struct slice bare_name, struct values *values);
    /* _time, source or sourcetype. */
    enum cfh_status (*metadata)(void *context, struct slice name, struct values *values);
    void *context;
    struct arena *scratch;
    struct pool *pool; /* for exact sums; everything is given back */
};

/* values: the field's own, as they come; after: what the model makes of them, which lives as long
 * as scratch and what was read. CFH_OK or CFH_NO_MEMORY; then values are as they were or nothing
 * that may be used.
 *
 * MODEL_TLS_VALID, value by value: 1, t and true (any case) are 1; 0, f and false are 0; in the
 * place of anything else, 1 or 0 for whether _time lies from first to second, both included, where
 * these are numbers; else null.
 * MODEL_FIRST_WORD: a word ends at white space; of white space alone nothing is taken off.
 * MODEL_LENGTH: code points of UTF-8; a byte that belongs to none counts one.
 * MODEL_PAIRS: as many pairs as the shorter input has values, after MODEL_UNKNOWN and
 * MODEL_ZERO_IF_EMPTY. */
enum cfh_status eval_field(const struct model_field *field, const struct eval_source *source,
                           struct values *values);

/* Does the model surely leave a single value of that text, which is not empty, as it is? Cheaper
 * than eval_field, and true for most values of most fields. */
bool eval_keeps(const struct model_field *field, struct slice text);
/* Is that so for all such texts? */
bool eval_keeps_any(const struct model_field *field);

/* Everything that the field's eval reads beside the field itself, by name: calls each with one
 * after another; stops and returns false when each does. */
bool eval_reads(const struct model_field *field, bool (*each)(void *context, struct slice name),
                void *context);

#endif
