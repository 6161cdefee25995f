/* csv_masks: goes over blocks of CSV by masks of 64 bytes: which are quotes, commas and LFs, and
 * where a needle may begin.
 *
 * One plain version and one for each instruction set, with the same answer; csv_masks_best picks at
 * run time. This is the only room that knows instruction sets.
 */
#ifndef CFHUNT_CSV_MASKS_H
#define CFHUNT_CSV_MASKS_H

#include "csv_block.h"

/* Cuts count neighbouring blocks, or up to the line's end: then true. At cut->next_end there must
 * be room for count * CSV_BLOCK, at cut->next_quotes for count. */
typedef bool csv_cut_function(const char *bytes, size_t count, struct csv_cut *cut);
/* Goes past count neighbouring blocks, at most CSV_SKIM_MAX, or up to the first with places. The
 * needle has a length. Reads CSV_NEEDLE_PROBE - 1 bytes more than the blocks'. */
typedef void csv_skim_function(const char *bytes, size_t count, const struct csv_needle *needle,
                               struct csv_skim *skim);

struct csv_version {
    csv_cut_function *cut;
    csv_skim_function *skim;
};

/* The versions that this machine runs, by index from 0, the plain one, each faster than the one
 * before; NULL behind the last. */
const struct csv_version *csv_masks_at(size_t index);
const struct csv_version *csv_masks_best(void);

#endif
