/* options: what stands before the first function: tstats' options (T1) and cfhunt's switches. */
#ifndef CFHUNT_OPTIONS_H
#define CFHUNT_OPTIONS_H

#include "plan.h"
#include "scanner.h"

/* Takes all options that the text goes on with. *own_only: none of them was one of tstats'. Goes
 * on behind an unknown option (the nearest name is said, or all are) and a value that one does not
 * take; false where that cannot be. */
bool options_take(struct scanner *scanner, struct plan_options *chosen, bool *own_only);

/* Is it the name of an option, case ignored? */
bool options_is_name(struct slice name);

#endif
