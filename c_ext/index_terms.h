/* index_terms: the words that every event of a plan's answer holds, so that Splunk's index can make
 * the first cut before any event is read.
 *
 * A word is taken only where it cannot change the answer: a run of ASCII letters and digits in the
 * value of an = that every match must fulfil, not cut by a wildcard, of no network, on a field
 * whose values are copied from the event in every naming and profile, and not a value that a
 * default or a profile's constant can bring about. What a site itself computes at search time, by a
 * lookup for example (protocol 6 is transport tcp), nobody here can know: there the event lacks the
 * word.
 */
#ifndef CFHUNT_INDEX_TERMS_H
#define CFHUNT_INDEX_TERMS_H

#include "model.h"
#include "plan.h"

/* The words, in the order of the WHERE, each once; in the arena, and as long as the plan. False
 * when refused. */
bool index_terms(const struct plan *plan, struct arena *arena, struct values *words);

/* The longest run of ASCII letters and digits, whole word or not, that the text of every row of the
 * answer holds in whatever case: rows without it need not be read (prefilter). Length 0: there is
 * none, or the plan forbids it. As long as the plan; arena is for work. */
struct slice index_literal(const struct plan *plan, struct arena *arena);

#endif
