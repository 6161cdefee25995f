/* hunt_yaml: reads a hunt's file, or a file of macros, and is the only room that knows libyaml.
 *
 *   name: ...                           a detection of ESCU as it is, in either layout; all keys
 *   search: '| tstats ...'              but those of detection.c are passed over
 *   macros:
 *     shells: (Processes.process_name=cmd.exe OR ...)
 *     at_least(1):                      the number may be left out
 *       arguments: [number]
 *       definition: Processes.process_id>=$number$
 *
 * The events of the parser are read one by one, so no alias is ever expanded: where cfhunt reads a
 * value an alias is refused, elsewhere it is passed over. libyaml takes its own memory, which no
 * bound counts; HUNT_YAML_SIZE_MAX holds it in check.
 */
#ifndef CFHUNT_HUNT_YAML_H
#define CFHUNT_HUNT_YAML_H

#include "detection.h"

enum { HUNT_YAML_SIZE_MAX = 1024 * 1024, HUNT_YAML_DEPTH_MAX = 50 };

/* Reads file. Values are copied to the arena. CFH_OK; CFH_BAD_PLAN or CFH_LIMIT: error->position is
 * a byte of file, the sentence says no place; CFH_NO_MEMORY. */
enum cfh_status hunt_yaml_read(struct slice file, struct arena *arena, struct detection *detection,
                               struct cfh_error *error);

#endif
