/* memo: which group a row's raw cells lead to, so that equal cells need not be read again.
 *
 * The bytes of all columns that decide it are the key: those of the fields in WHERE, in BY and in
 * the dataset's own conditions, prefixed and bare, with what their evals read and with their __mv_
 * columns, unless no cell of the row has several values. Equal bytes decide the same; other bytes
 * for the same group only cost another entry. It keeps rows that are mapped by their WHERE fields
 * alone and that lead to one group, or to none. Bounded: a new entry takes the place of an old one.
 * Dropping it changes no answer.
 */
#ifndef CFHUNT_MEMO_H
#define CFHUNT_MEMO_H

#include "group.h"
#include "where.h"

enum {
    MEMO_ENTRIES = 4096, /* a power of two */
    MEMO_KEY_MAX = 4096, /* bytes; a longer key is not kept */
    MEMO_COLUMNS_MAX = 512,
    MEMO_TRIAL = 8192,           /* rows that decide whether it is worth asking */
    MEMO_WORTH = 4,              /* one row in so many must be found */
    MEMO_REST = 16 * MEMO_TRIAL, /* rows */
    MEMO_SHARE = 16              /* of the memory bound a memo takes this part at most */
};

struct memo_entry {
    uint64_t hash;
    char *key; /* in memory of its own; NULL: a free entry */
    size_t capacity;
    size_t run_count;
    struct group *group; /* NULL: such a row is in no group */
};

/* Neighbouring columns, whose cells lie side by side in a row. */
struct memo_run {
    size_t first;
    size_t last;
    struct slice bytes; /* in the row that was looked for last */
};

struct memo {
    struct memory *memory;
    const struct hash_key *hash_key;
    struct memo_entry *entries; /* MEMO_ENTRIES of them; NULL until the first row is kept */
    bool *columns;              /* of this body: does the column count? */
    size_t column_count;
    struct memo_run *runs;
    size_t run_count;
    size_t plain_run_count; /* the first ones, before the __mv_ columns */
    size_t held;            /* bytes of the entries and their keys */
    bool usable;            /* the plan and this body's columns allow it */
    uint64_t hash;          /* of the row that was looked for last, if sought says so */
    size_t sought_runs;     /* so many first ones decide about it */
    bool sought;
    /* Where hardly any row comes again the memo only costs: it is asked for a while, then left
     * alone for a longer one. */
    size_t asked;
    size_t found;
    size_t resting; /* so many rows more */
};

/* Allocates nothing yet. hash_key is borrowed. */
void memo_init(struct memo *memo, const struct hash_key *hash_key, struct memory *memory);
void memo_release(struct memo *memo);
/* Groups have gone, or other columns come: forgets every row. */
void memo_clear(struct memo *memo);
/* Finds the columns of a new header. False when refused: then the memo stays unused. */
bool memo_bind(struct memo *memo, const struct view *view, const struct where *where,
               const struct record *record);

/* The entry of the record's present row, or NULL. */
const struct memo_entry *memo_find(struct memo *memo, const struct record *record);
/* Keeps where that row, which memo_find did not find and which still stands, leads to. A refusal of
 * memory keeps nothing.
 */
void memo_keep(struct memo *memo, struct group *group);

#endif
