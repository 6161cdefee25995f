/* tstats: reads a search in tstats' own grammar (tstats-semantics sections 1 to 4) into a plan.
 *
 *   search    := {option "=" value} function {[","] function} FROM datamodel "=" MODEL["."DATASET]
 *                [WHERE where] [BY field {[","] field} ["span=" SPAN]]
 *                ["|" "`drop_dm_object_name(" DATASET ")`"]
 *   function  := "count" | NAME "(" field ")", each with an optional AS name
 *
 * WHERE is read by conditions.h. The keywords from, where, by and as stand in either case, AND OR
 * NOT IN in upper case (T4).
 */
#ifndef CFHUNT_TSTATS_H
#define CFHUNT_TSTATS_H

#include "plan.h"

/* The hunt of a command without a search: Windows Potential Cloudflared Network Connection. */
#define TSTATS_DEFAULT_HUNT "windows_potential_cloudflared_network_connection"

/* The hunt whose file a command's arguments ask for:
 *   - the one of hunt=NAME, behind which only options can stand;
 *   - the default hunt where there is no search and no option but cfhunt's own;
 *   - else none (an empty name): the arguments are a whole search, to which nothing is added.
 * Reads only the options, into an inited plan, in which the name lies, and says there whether it is
 * the default hunt. CFH_BAD_PLAN, CFH_NO_MEMORY as of tstats_parse. */
enum cfh_status tstats_hunt_name(struct plan *plan, struct slice arguments, struct slice *name,
                                 struct cfh_error *error);

/* Reads a whole search into plan (an inited one) and seals it. CFH_BAD_PLAN: error->sentence says
 * what was found where (column, from 1), what is allowed, and the nearest valid name;
 * error->position is the byte. CFH_NO_MEMORY. plan is to be released either way. */
enum cfh_status tstats_parse(struct plan *plan, struct slice arguments, struct cfh_error *error);

/* The same of the search in a hunt's file, with the options of a command's arguments put over its
 * own; these have gone through tstats_hunt_name. error->position is a byte of search, and the
 * sentence names no column. */
enum cfh_status tstats_parse_hunt(struct plan *plan, struct slice search, struct slice arguments,
                                  struct cfh_error *error);

#endif
