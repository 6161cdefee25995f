/* group_order: the order in which groups leave (T7): field by field, numbers before texts.
 *
 * Field after field, not group against group: the groups that are equal so far are ordered by their
 * next field alone, and where they differ within eight bytes, which is nearly always, two integers
 * are compared and no group is read again. Needs memory for the time of the sort: 32 bytes a group.
 */
#ifndef CFHUNT_GROUP_ORDER_H
#define CFHUNT_GROUP_ORDER_H

#include "group.h"

/* Orders gathered groups by T7. False when refused; then they are in no order. */
bool group_table_sort(struct group_table *table);

#endif
