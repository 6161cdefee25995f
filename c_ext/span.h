/* span: the bins of BY _time (B6).
 *
 * Bins of seconds, minutes and hours begin at multiples of the span from 1970 on; so do days, which
 * are UTC days, and months, which are calendar months in UTC, whatever time zone the process has.
 */
#ifndef CFHUNT_SPAN_H
#define CFHUNT_SPAN_H

#include "memory.h"
#include "number.h"

enum span_unit { SPAN_SECOND, SPAN_MINUTE, SPAN_HOUR, SPAN_DAY, SPAN_MONTH };

struct span {
    uint32_t count; /* of units; 0: no span was given */
    enum span_unit unit;
};

/* The largest count of units. */
enum { SPAN_COUNT_MAX = 1000000 };

/* 1h, 30m, 1d, 2mon, and the longer names of the units (hour, minutes ...). False for others. */
bool span_parse(struct slice text, struct span *span);
/* The unit's short name: s, m, h, d, mon. */
const char *span_unit_name(enum span_unit unit);

/* The start of the bin that a time lies in: text is a number of seconds since 1970, with or without
 * a fraction; start is its bin's first second, as text in scratch. *in_bin: false for text that is
 * no number, or no time within 300 million years. False when refused. */
bool span_floor(const struct span *span, struct slice text, struct arena *scratch,
                struct slice *start, bool *in_bin);

#endif
