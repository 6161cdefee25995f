/* sort: a merge sort in the free slots that a hash table has anyway.
 *
 * The C library's qsort takes memory that nobody counts. This one takes none: behind the items it
 * needs room for a third of them, and a table that is at most three quarters full has that. So it
 * cannot fail. Stable; about n log n comparisons whatever the items are; n for sorted ones.
 */
#ifndef CFHUNT_SORT_H
#define CFHUNT_SORT_H

#include "cfhunt.h"

enum { SORT_SIZE_MAX = 32 };

/* How many items' room must lie behind so many items. */
static inline size_t sort_room(size_t count)
{
    return count / 3;
}

/* size: of one item, bytes; a multiple of 8, at most SORT_SIZE_MAX. order is below, equal to or
 * above zero, for two items. What lies behind the items is lost. */
void sort_items(void *items, size_t count, size_t size,
                int (*order)(const void *left, const void *right));

#endif
