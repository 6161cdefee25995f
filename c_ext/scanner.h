/* scanner: the words of a search, one after another, and the sentence where one is wrong.
 *
 * An error sticks: after it every take fails, so a caller checks once at the end of a rule. A
 * caller that knows where to go on says so, and the user sees all that is wrong at once. Beyond
 * blanks, take_... moves on only when it succeeds and peek_... never. A peeked word borrows the
 * search; names and values lie in the arena, their backslashes resolved (W8).
 */
#ifndef CFHUNT_SCANNER_H
#define CFHUNT_SCANNER_H

#include "memory.h"

struct scanner {
    struct slice text;
    size_t at;
    struct arena *arena;
    bool lost; /* an error behind which nothing can be told apart: there is no going on */
    enum cfh_status status; /* CFH_OK until the first error */
    struct cfh_error *error;
    size_t kept; /* bytes of error->sentence that scanner_go_on kept */
};

/* Fails with: START "what stands at that byte" at column N END (columns count bytes, from 1).
 * Always false, so that a rule can end in return scanner_fail_at(...). */
bool scanner_fail_at(struct scanner *scanner, size_t at, const char *start, const char *end);
/* An error was found, and what follows can be read all the same: its sentence is kept, the next one
 * comes behind it, and takes succeed again. False when there is no room or it was no error of the
 * text. The caller moves on itself. */
bool scanner_go_on(struct scanner *scanner);
/* The reading has ended: CFH_BAD_PLAN also where errors were gone on from. */
enum cfh_status scanner_finish(struct scanner *scanner);
/* Fails because a subsearch stands at the present place (W15). Always false. */
bool scanner_fail_subsearch(struct scanner *scanner);
/* Fails because memory was refused. Always false. */
bool scanner_refused(struct scanner *scanner);

/* Blanks and ``` comments ``` (W16). Every take and peek below does this first. */
void scanner_skip_blanks(struct scanner *scanner);
bool scanner_at_end(struct scanner *scanner);
/* Exactly these bytes at exactly this place? Skips nothing, takes nothing. */
bool scanner_looking_at(const struct scanner *scanner, struct slice text);
bool scanner_take_byte(struct scanner *scanner, char byte);
/* A word ends before a blank and before = ! < > ( ) , " | ` [ ]. Length 0: there is none. */
struct slice scanner_peek_word(struct scanner *scanner);
bool scanner_take_keyword(struct scanner *scanner, struct slice keyword, bool either_case);
bool scanner_peek_keyword(struct scanner *scanner, struct slice keyword); /* in either case */
/* A name: a word or a text in double quotes, never empty. what: how the sentence begins where
 * there is none. */
bool scanner_take_name(struct scanner *scanner, const char *what, struct slice *name);
/* A value of an option or a comparison (grammar of section 4; W8, W9). */
bool scanner_take_value(struct scanner *scanner, struct slice *value);

#endif
