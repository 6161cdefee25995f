/* group_order: the order in which groups leave (T7): field by field, numbers before texts.
 *
 * Field after field, not group against group: the groups that are equal so far are ordered by the
 * next field in which they differ, and where they differ within seven bytes, which is nearly
 * always, two integers are compared and no group is read again. Takes no memory: it works in the
 * slots by which groups are found, which are free for that once the table is gathered, and so it
 * cannot fail.
 */
#ifndef CFHUNT_GROUP_ORDER_H
#define CFHUNT_GROUP_ORDER_H

#include "group.h"

/* Orders table->groups by T7; the table is a gathered one. */
void group_table_sort(struct group_table *table);

#endif
