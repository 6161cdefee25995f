/* macros: the `macros` of a search put in, as text, before anything reads it (W14).
 *
 *   `name`   `name(argument, "an argument")`      $argument$ in the definition is replaced
 *
 * A macro is found by its name and the number of its arguments: first in the list that is asked,
 * then in those behind it, last among the standard ones of ESCU (B2, C1, C2). Quotes around an
 * argument are taken off. Inside a text in quotes and inside a comment a backquote is a byte like
 * any other.
 *
 * What is expanded remembers where it comes from, so that an error in it can be shown in the text
 * that a person wrote. Everything lies in the arena that the caller gives.
 */
#ifndef CFHUNT_MACROS_H
#define CFHUNT_MACROS_H

#include "memory.h"

enum {
    MACROS_MAX = 1000,            /* in one list */
    MACROS_ARGUMENTS_MAX = 20,    /* of one macro */
    MACROS_DEPTH_MAX = 20,        /* macros in macros */
    MACROS_TEXT_MAX = 512 * 1024, /* bytes that the macros of one search may bring */
    MACROS_CALL_COST = 64         /* bytes that a call counts for, beside its text */
};

struct macro {
    struct slice name; /* without the (N) of its arguments */
    struct slice definition;
    struct slice arguments[MACROS_ARGUMENTS_MAX]; /* their names */
    size_t argument_count;
};

struct macros {
    struct macro **items;
    size_t count;
    const struct macros *behind; /* where a macro is looked for that is not here; may be NULL */
};

/* The macro of that name and number of arguments in this very list, or NULL. */
const struct macro *macros_own(const struct macros *macros, struct slice name, size_t arguments);
/* Adds one, which is borrowed and may not be in the list yet; the list must have room
 * (MACROS_MAX). False when refused. */
bool macros_add(struct macros *macros, struct arena *arena, struct macro *macro);

/* A piece of an expansion. */
struct expansion_part {
    size_t start;       /* in the expansion; it goes on to the start of the next */
    size_t origin;      /* in the text that was expanded */
    struct slice macro; /* the call whose text this is; empty: the bytes are those at origin */
};

struct expansion {
    struct slice text;
    struct expansion_part *parts;
    size_t part_count;
};

enum macros_unknown { MACROS_REFUSE_UNKNOWN, MACROS_KEEP_UNKNOWN };

/* Expands every macro of text, and those in macros. unknown: a macro that is not known is an
 * error, or stays as it is written. CFH_BAD_PLAN or CFH_LIMIT: error->position is the place of the
 * call in text, the sentence says no place. CFH_NO_MEMORY. */
enum cfh_status macros_expand(const struct macros *macros, struct slice text,
                              enum macros_unknown unknown, struct arena *arena,
                              struct expansion *expansion, struct cfh_error *error);

/* Where byte at of the expansion comes from, and by which macro (empty: none). */
size_t macros_origin(const struct expansion *expansion, size_t at, struct slice *macro);

#endif
