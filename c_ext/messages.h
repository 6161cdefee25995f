/* messages: what the user is told beside the rows (design section 6).
 *
 * Owns its sentences, from one build to the next.
 */
#ifndef CFHUNT_MESSAGES_H
#define CFHUNT_MESSAGES_H

#include "hunt.h"

struct message_line {
    enum message_level level;
    struct slice text;
};

struct messages {
    struct memory *memory;
    struct arena arena;
    struct message_line *lines;
    size_t count;
};

void messages_init(struct messages *messages, struct memory *memory);
void messages_release(struct messages *messages);
/* Forgets all lines. */
void messages_clear(struct messages *messages);
/* Adds a line; false when refused. */
bool messages_add(struct messages *messages, enum message_level level, struct slice text);

/* Adds what is to be said of a finished hunt's table: why it is empty (only where it is), and the
 * rows that need attention, and that groups went out of memory. False when refused. */
bool messages_add_table(struct messages *messages, const struct hunt *hunt, bool scheduled);
/* Adds, where there are any, how many of a map's columns no hunt needed: the search's author can
 * save Splunk the work of extracting them. False when refused. */
bool messages_add_columns(struct messages *messages, const struct record *record,
                          struct hunt *const *hunts, size_t hunt_count);

#endif
