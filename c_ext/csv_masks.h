/* csv_masks: of blocks of CSV, which bytes are quotes, commas and LFs, and where a needle may begin.
 *
 * One plain version and one for each instruction set, with the same answer; csv_masks_best picks at
 * run time. This is the only room that knows instruction sets.
 */
#ifndef CFHUNT_CSV_MASKS_H
#define CFHUNT_CSV_MASKS_H

#include "csv_skim.h"

/* The masks of count neighbouring blocks: reads count * CSV_BLOCK bytes. */
typedef void csv_masks_function(const char *bytes, size_t count, struct csv_masks *masks);
/* Goes past count neighbouring blocks, at most CSV_SKIM_MAX, or up to the first with places. The
 * needle has a length. Reads CSV_NEEDLE_PROBE - 1 bytes more than the blocks'. */
typedef void csv_skim_function(const char *bytes, size_t count, const struct csv_needle *needle,
                               struct csv_skim *skim);

struct csv_version {
    csv_masks_function *masks;
    csv_skim_function *skim;
};

/* The versions that this machine runs, by index from 0, the plain one, each faster than the one
 * before; NULL behind the last. */
const struct csv_version *csv_masks_at(size_t index);
const struct csv_version *csv_masks_best(void);

#endif
