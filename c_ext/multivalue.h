/* multivalue: Splunk's text form of several values, $a$;$b$ (protocol section 8).
 *
 * A '$' inside a value is doubled; ';' and newlines are literal. Read by position, never by
 * splitting: $a$$;$$b$ is one value.
 */
#ifndef CFHUNT_MULTIVALUE_H
#define CFHUNT_MULTIVALUE_H

#include "memory.h"

/* The values of a non-empty __mv_ cell, in scratch (slices of cell where that can be).
 * CFH_OK with at least one value; CFH_BAD_INPUT when cell is not of the form (values untouched);
 * CFH_NO_MEMORY. */
enum cfh_status multivalue_decode(struct slice cell, struct arena *scratch, struct values *values);

/* The encoded form of one value, without the ';': $, the value with each $ doubled, $. */
bool multivalue_append(struct buffer *target, struct slice value);

#endif
