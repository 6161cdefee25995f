/* group_key: the bytes by which a BY tuple is known (B5).
 *
 * A key is the tuple's values, after evals and fill, as cells with a comma behind each (csv_cell).
 * The same tuple gives the same bytes, however its cells were quoted and its columns named; a row's
 * own cells, where they are the same bytes, are the same tuple; and a key leaves as it is, as the
 * first cells of its group's row.
 */
#ifndef CFHUNT_GROUP_KEY_H
#define CFHUNT_GROUP_KEY_H

#include "memory.h"

/* Appends one value to a key. False when refused, or for a value over 4 GB. */
bool group_key_append(struct buffer *key, struct slice value);
/* Walks a key: the next value, in which quotes are still doubled, and rest moved behind it. False
 * at the end. Doubled quotes change no order: each byte leads on to its own, or to two. */
bool group_key_next(struct slice *rest, struct slice *value);
/* How many bytes two keys begin with alike. */
size_t group_key_common(struct slice left, struct slice right);
/* T7, field by field, for two keys of as many fields: below, equal to or above zero; zero only for
 * the same bytes. */
int group_key_order(struct slice left, struct slice right);

#endif
