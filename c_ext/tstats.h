/* tstats: reads a search in tstats' own grammar (tstats-semantics sections 1 to 4) into a plan.
 *
 *   search    := {option "=" value} function {[","] function} FROM datamodel "=" MODEL["."DATASET]
 *                [WHERE where] [BY field {[","] field} ["span=" SPAN]]
 *                ["|" "`drop_dm_object_name(" DATASET ")`"]
 *   function  := "count" | NAME "(" field ")", each with an optional AS name
 *
 * WHERE is read by conditions.h. The keywords from, where, by and as stand in either case, AND OR
 * NOT IN in upper case (T4). The default hunt is text in this grammar too, read by this code.
 */
#ifndef CFHUNT_TSTATS_H
#define CFHUNT_TSTATS_H

#include "plan.h"

/* Windows Potential Cloudflared Network Connection, the hunt of a command without a search. */
extern const char tstats_default_hunt[];

/* Reads the arguments of a command into plan (an inited one) and seals it:
 *   - nothing, or only switches of cfhunt's own (hyphen, entities, dest, maxmem,
 *     include_events_omitted_...): the default hunt with those switches;
 *   - else a whole search, to which nothing of the default hunt is added.
 * CFH_BAD_PLAN: error->sentence says what was found where (column, from 1), what is allowed, and
 * the nearest valid name; error->position is the byte. CFH_NO_MEMORY. plan is to be released either
 * way. */
enum cfh_status tstats_parse(struct plan *plan, struct slice arguments, struct cfh_error *error);

#endif
