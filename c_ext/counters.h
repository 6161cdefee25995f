/* counters: what a hunt saw on its way, and the sentences that tell it (design section 6).
 *
 * Every process counts for itself; a map's counters travel in its partial rows and are added.
 * Rows beyond the first COUNTERS_CHECKED_ROWS of a process are read but not looked into for these
 * counts, so that a hunt where hits are rare need not split every row.
 */
#ifndef CFHUNT_COUNTERS_H
#define CFHUNT_COUNTERS_H

#include "group.h"
#include "memory.h"
#include "plan.h"

enum { COUNTERS_CHECKED_ROWS = 10000 };

enum counter {
    COUNTER_READ,         /* rows of events */
    COUNTER_CHECKED,      /* of them, those that the following five look into */
    COUNTER_RAGGED,       /* more or fewer cells than the header */
    COUNTER_MAPPED,       /* usable: the row's columns are the model's fields */
    COUNTER_PROFILED,     /* usable: a Sysmon event of the right id */
    COUNTER_OTHER_EVENT,  /* unusable: a Sysmon event of another id */
    COUNTER_UNUSABLE,     /* unusable, those included */
    COUNTER_MATCHED,      /* rows that passed the WHERE, of all rows */
    COUNTER_CAPPED,       /* rows with too many combinations of multivalue BY fields */
    COUNTER_DAMAGED_CELL, /* malformed __mv_ cells, read as plain text */
    COUNTER_DAMAGED_PART, /* partial rows that could not be read */
    COUNTER_BEYOND,       /* rows with a number that some function left out: too long or too large
                           * for an exact sum (decimal.h) */
    COUNTER_COUNT
};

struct counters {
    uint64_t counts[COUNTER_COUNT];
    uint64_t *terms; /* of the checked and usable rows, those that fulfil each WHERE term */
    size_t term_count;
};

/* terms come from the arena, zeroed. False when refused. */
bool counters_init(struct counters *counters, const struct plan *plan, struct arena *arena);
void counters_clear(struct counters *counters);

/* All counts as decimal numbers with commas between, appended to target. False when refused. */
bool counters_save(const struct counters *counters, struct buffer *target);
/* Adds saved counts. False, and nothing is added, when text is not what save wrote. */
bool counters_load(struct counters *counters, struct slice text);

enum message_level { MESSAGE_INFO, MESSAGE_WARN };

/* One sentence for the user, in a buffer of the caller. */
struct message {
    enum message_level level;
    struct buffer *text;
};

/* Why a table has no rows. scheduled: nobody sits before it (sid scheduler__...), so that an empty
 * search is no warning. False when refused. */
bool counters_say_no_rows(const struct counters *counters, const struct plan *plan, bool scheduled,
                          struct message *message);

/* The i-th of the sentences about rows that need attention; message->text stays empty where there
 * is nothing to say. i counts from 0 to COUNTERS_WARNINGS - 1. False when refused. */
enum { COUNTERS_WARNINGS = 5 };
bool counters_say_warning(const struct counters *counters, const struct plan *plan, size_t i,
                          struct message *message);

#endif
