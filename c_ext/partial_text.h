/* partial_text: how keys and items stand in the cells of partial rows: as printable ASCII.
 *
 * An apostrophe stands for a quote, which CSV would double, and a tilde for a blank; controls,
 * percent, semicolon, apostrophe, tilde and whatever is not ASCII are a percent and two hexadecimal
 * digits in upper case; all other bytes stand for themselves.
 */
#ifndef CFHUNT_PARTIAL_TEXT_H
#define CFHUNT_PARTIAL_TEXT_H

#include "memory.h"

/* Appends the text, encoded. False when refused; then nothing is appended. */
bool partial_text_append(struct buffer *target, struct slice text);
/* Replaces target's bytes by what the text stands for. CFH_OK; CFH_BAD_INPUT for a text that holds
 * a byte which stands for none; CFH_NO_MEMORY. */
enum cfh_status partial_text_decode(struct slice text, struct buffer *target);

#endif
