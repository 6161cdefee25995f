/* hunt_file: from a hunt's file and a command's arguments to a plan.
 *
 *   file            hunt_yaml        the detection: its search, its macros, what it says of itself
 *   search          pipeline         the head (| tstats ...) and the tail behind it
 *   head            macros           expanded, and remembers where each byte comes from
 *   expanded head   tstats           the plan; an error's place goes the same way back to the file
 *   tail                             drop_dm_object_name directly behind the head is done here; all
 *                                    else is SPL that the user is told to append (plan->tail)
 *
 * No I/O: whoever calls has read the file.
 */
#ifndef CFHUNT_HUNT_FILE_H
#define CFHUNT_HUNT_FILE_H

#include "hunt_yaml.h"
#include "macros.h"
#include "plan.h"

/* A file of hunts or macros can have so many bytes. */
enum { HUNT_FILE_SIZE_MAX = HUNT_YAML_SIZE_MAX };

struct hunt_file {
    struct slice name; /* as a sentence names it: hunts/x.yml */
    struct slice text; /* its bytes */
};

/* Puts the macros of a file (a mapping under macros:) into the list, in the arena. One that is
 * there already stays: so the file that wins comes first. CFH_OK; CFH_BAD_PLAN or CFH_LIMIT: the
 * sentence names file, line and column; CFH_NO_MEMORY. */
enum cfh_status hunt_file_read_macros(const struct hunt_file *file, struct arena *arena,
                                      struct macros *macros, struct cfh_error *error);

/* Reads the file's search into plan (an inited one), with the options of arguments over its own,
 * and seals it. macros: where those are found that are not the file's own. Returns as above; plan
 * is to be released either way. */
enum cfh_status hunt_file_read(const struct hunt_file *file, struct slice arguments,
                               const struct macros *macros, struct plan *plan,
                               struct cfh_error *error);

#endif
