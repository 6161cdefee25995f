/* csv_block: what 64 bytes of CSV say about rows, cells and the needle, from masks of them.
 *
 * This is the plain arithmetic of words, the same for every instruction set: csv_masks has the
 * loops over it, csv_scan and csv_row what is made of them. A header alone, so that it becomes part
 * of those loops.
 */
#ifndef CFHUNT_CSV_BLOCK_H
#define CFHUNT_CSV_BLOCK_H

#include "cfhunt.h"

enum { CSV_BLOCK = 64 }; /* bytes, and bits of a mask: bit i is byte i of the block */

struct csv_masks {
    uint64_t quotes;
    uint64_t commas;
    uint64_t line_feeds;
};

/* Bit i of the result is the parity of bits 0 to i: of quotes, whether byte i lies inside quotes.
 */
static inline uint64_t csv_parity(uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
}

/* Where quotes are open, byte by byte: before says so, in its top bit, for the byte before. */
static inline uint64_t csv_inside(uint64_t parity, uint64_t before)
{
    return parity ^ (0 - (before >> (CSV_BLOCK - 1)));
}

/* ---- cutting a row ---- */

/* A row's beginning, cut block by block. */
struct csv_cut {
    size_t at;             /* the next block's place in the row */
    uint64_t inside;       /* of the block before: csv_inside, ... */
    uint64_t ends;         /* ... what is a comma or LF outside quotes, ... */
    uint64_t closes;       /* ... and which quotes close; of all three the top bit counts */
    uint64_t odd;          /* not 0: a quote is not one of a pair around a cell */
    uint64_t stops;        /* all ones: at the first LF outside quotes; 0: never */
    size_t *next_end;      /* where the next end of a cell goes, and ... */
    uint64_t *next_quotes; /* ... the next block's quotes */
    size_t line_end;       /* the place of the LF where it stopped, else SIZE_MAX */
};

/* At the beginning of a row. What is noted goes to these places. Written field by field: a whole
 * struct would be copied in larger pieces than it is written in, which processors wait for. */
static inline void csv_cut_begin(struct csv_cut *cut, bool to_line_end, size_t *ends,
                                 uint64_t *quotes)
{
    cut->at = 0;
    cut->inside = 0;
    cut->ends = ~UINT64_C(0);
    cut->closes = 0;
    cut->odd = 0;
    cut->stops = to_line_end ? ~UINT64_C(0) : 0;
    cut->next_end = ends;
    cut->next_quotes = quotes;
    cut->line_end = SIZE_MAX;
}

/* Cuts one block: masks are its own, parity is csv_parity of its quotes. Returns its commas that
 * end a cell, which are to be noted before the next block; *ended where the line ends. */
static inline __attribute__((always_inline)) uint64_t
csv_cut_block(struct csv_cut *cut, const struct csv_masks *masks, uint64_t parity, bool *ended)
{
    const unsigned top = CSV_BLOCK - 1;
    uint64_t inside = csv_inside(parity, cut->inside);
    uint64_t ends = (masks->commas | masks->line_feeds) & ~inside;
    uint64_t line_feeds = masks->line_feeds & ~inside & cut->stops;
    uint64_t before = line_feeds != 0 ? (line_feeds & (0 - line_feeds)) - 1 : ~UINT64_C(0);
    uint64_t opens = masks->quotes & inside, closes = masks->quotes & ~inside;
    cut->odd |= before & ((opens & ~(ends << 1 | cut->ends >> top)) |
                          ((closes << 1 | cut->closes >> top) & ~ends));
    *cut->next_quotes++ = masks->quotes & before;
    if (line_feeds != 0) cut->line_end = cut->at + (size_t)__builtin_ctzll(line_feeds);
    cut->inside = inside;
    cut->ends = ends;
    cut->closes = closes;
    *ended = line_feeds != 0;
    return masks->commas & ~inside & before;
}

/* Notes the ends in the block that was cut, and goes on to the next. */
static inline __attribute__((always_inline)) void csv_note_ends(struct csv_cut *cut, uint64_t ends)
{
    for (; ends != 0; ends &= ends - 1)
        *cut->next_end++ = cut->at + (size_t)__builtin_ctzll(ends);
    cut->at += CSV_BLOCK;
}

/* ---- skimming over rows ---- */

/* A run of ASCII letters and digits, in lower case, that the rows looked for hold in whatever case.
 * Length 0: there is none. */
enum { CSV_NEEDLE_MAX = 32 };

struct csv_needle {
    char folded[CSV_NEEDLE_MAX];
    size_t length;
};

/* So many of the needle's first bytes are compared at every place: where they stand the needle only
 * may begin. A shorter needle's last byte is compared again. */
enum { CSV_NEEDLE_PROBE = 3 };

static inline size_t csv_probe_place(const struct csv_needle *needle, size_t i)
{
    return i < needle->length ? i : needle->length - 1;
}

/* Setting this bit makes letters lower case, leaves digits as they are, and makes some other bytes
 * look like either. */
enum { CSV_CASE_BIT = 0x20 };

/* Of a block, what the next one must know: it looks at the top bits, which are the bytes before its
 * own. */
struct csv_edge {
    uint64_t text; /* what is no quote, comma or LF */
    uint64_t quotes;
    uint64_t inside; /* quotes */
};

/* Where the needle may be in a block, so that it cannot just be passed. */
struct csv_places {
    uint64_t starts;   /* its first bytes stand there */
    uint64_t suspects; /* behind a quote that may tear it */
};

enum { CSV_SKIM_MAX = 64 }; /* so many blocks are passed in one go */

/* Bytes that begin a row, passed block by block up to one with places. Zeroed, it is at their
 * beginning. */
struct csv_skim {
    struct csv_edge edge;
    struct csv_places places;    /* in the last block */
    uint64_t rows;               /* that end in the blocks passed, the last one included */
    size_t passed;               /* blocks of the last go, ... */
    uint64_t ends[CSV_SKIM_MAX]; /* ... and of each the ends of rows: LFs outside quotes */
};

/* Goes past one block: masks are its own, parity is csv_parity of its quotes, starts is where the
 * needle's first bytes stand.
 *
 * suc"c"ess is success: a quote within a text hides a needle. So text is suspect behind a quote
 * that stands behind text, and outside quotes behind any quote: but for the second of two inside
 * quotes, which are a text's own quote, no letter or digit. No splunkd writes such cells. */
static inline __attribute__((always_inline)) struct csv_places
csv_skim_block(struct csv_edge *edge, const struct csv_masks *masks, uint64_t parity,
               uint64_t starts, uint64_t *ends)
{
    const unsigned top = CSV_BLOCK - 1;
    uint64_t inside = csv_inside(parity, edge->inside);
    uint64_t text = ~(masks->quotes | masks->commas | masks->line_feeds);
    uint64_t behind_quote = masks->quotes << 1 | edge->quotes >> top;
    uint64_t behind_text = text << 2 | edge->text >> (top - 1);
    *edge = (struct csv_edge){text, masks->quotes, inside};
    *ends = masks->line_feeds & ~inside;
    return (struct csv_places){starts, text & behind_quote & (behind_text | ~inside)};
}

/* Rows that end in a block, where counting bits costs: mostly one or none does. */
static inline uint64_t csv_count_ends(uint64_t ends)
{
    bool several = (ends & (ends - 1)) != 0;
    return several ? (uint64_t)__builtin_popcountll(ends) : ends != 0;
}

static inline bool csv_skim_stops(const struct csv_places *places)
{
    return (places->starts | places->suspects) != 0;
}

#endif
