/* profile: the fields of a data model as a Sysmon event's profile maps them (section 7 of
 * tstats-semantics, column 5709). Which profile an event has, and the tables, are in model.h.
 */
#ifndef CFHUNT_PROFILE_H
#define CFHUNT_PROFILE_H

#include "model.h"
#include "plan.h"
#include "record.h"

/* The value of the model's field of that bare name, before evals; none where the profile does not
 * set it, and for an empty element (S4). Lives as long as the record's row, whose event the profile
 * is of. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status profile_values(const struct profile *profile, const struct plan_options *options,
                               struct record *record, struct slice name, struct values *values);

#endif
