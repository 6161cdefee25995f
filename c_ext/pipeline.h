/* pipeline: a search cut into its commands, at the pipes between them.
 *
 * No pipe between commands is what stands in a text in quotes, a ``` comment ```, a `macro` or a
 * [subsearch], or behind a backslash.
 */
#ifndef CFHUNT_PIPELINE_H
#define CFHUNT_PIPELINE_H

#include "cfhunt.h"

/* Where the first command ends: the place of the pipe behind it, or text's length. One pass, two
 * where a bracket is not closed (it then is an ordinary byte). */
size_t pipeline_end(struct slice text);

/* The same step by step, for other readers of a search: what hangs together at a place. */
enum pipeline_unit {
    PIPELINE_BYTE,
    PIPELINE_ESCAPED,
    PIPELINE_QUOTED,
    PIPELINE_COMMENT,
    PIPELINE_MACRO
};

/* Of the unit at text.bytes[at]: its kind, and where it ends. What is not closed ends with text,
 * *closed is false then. */
enum pipeline_unit pipeline_unit(struct slice text, size_t at, size_t *end, bool *closed);

/* text without the blanks at its ends. */
struct slice pipeline_trim(struct slice text);
bool pipeline_is_blank(char byte);

#endif
