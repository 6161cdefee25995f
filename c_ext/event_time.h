/* event_time: when an event was (S5, F9).
 *
 * A row's own _time wins and stays as it came, but for ISO 8601 text with a zone, which becomes
 * seconds since 1970 with the fraction's digits. An event that a profile maps, in a row without
 * _time, has its SystemTime in whole seconds.
 */
#ifndef CFHUNT_EVENT_TIME_H
#define CFHUNT_EVENT_TIME_H

#include "record.h"

/* column: the record's _time, or RECORD_NO_COLUMN. Values live as long as the row; none for null.
 * profiled: the record's event may give its time. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status event_time(struct record *record, size_t column, bool profiled,
                           struct values *values);

/* Is it surely no ISO 8601 time, so that it stays as it comes? That has a hyphen behind its year.
 */
static inline bool event_time_keeps(struct slice time)
{
    return time.length < 5 || time.bytes[4] != '-';
}

#endif
