/* csv_masks: of 64 bytes of CSV, which are quotes, commas and LFs, and where a needle may begin.
 *
 * One plain version and one for each instruction set, with the same answer; csv_masks_best picks at
 * run time. This is the only room that knows instruction sets.
 */
#ifndef CFHUNT_CSV_MASKS_H
#define CFHUNT_CSV_MASKS_H

#include "cfhunt.h"

/* A run of ASCII letters and digits, in lower case, that the rows looked for hold in whatever case.
 * Length 0: there is none. */
enum { CSV_NEEDLE_MAX = 32 };

struct csv_needle {
    char folded[CSV_NEEDLE_MAX];
    size_t length;
};

/* Bit i is byte i of the block. starts: byte i is, but for the bit of case, the needle's first byte
 * and byte i + 1 its second: every true start is among them. Without a needle starts is 0. */
struct csv_masks {
    uint64_t quotes;
    uint64_t commas;
    uint64_t line_feeds;
    uint64_t starts;
};

enum { CSV_BLOCK = 64 };

/* The masks of count neighbouring blocks. Reads count * CSV_BLOCK bytes and, with a needle, one
 * more.
 */
typedef void csv_masks_function(const char *bytes, size_t count, const struct csv_needle *needle,
                                struct csv_masks *masks);

csv_masks_function csv_masks_plain;
/* Bit i of the result is the parity of bits 0 to i: of quotes, whether byte i lies inside quotes.
 */
static inline uint64_t csv_parity(uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
}

/* The fastest version that this machine runs. */
csv_masks_function *csv_masks_best(void);
/* The versions that this machine runs, by index from 0, for tests; NULL behind the last. */
csv_masks_function *csv_masks_at(size_t index);

#endif
