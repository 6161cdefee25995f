#include "csv_scan.h"

#include "text.h"

/* Is the number of marked bytes odd? */
static bool marks_odd(uint64_t marks)
{
    return (((marks >> 7) * UINT64_C(0x0101010101010101)) >> 56 & 1) != 0;
}

/* Goes over whole words that hold no LF and returns where it stopped. Of the quotes in them only
 * the parity matters, so the marks of all these words are folded into one. */
static size_t skip_words(struct slice bytes, size_t at, bool *quoted)
{
    uint64_t quotes = 0;
    while (bytes.length - at >= TEXT_WORD_SIZE) {
        uint64_t word = text_word_load(bytes.bytes + at);
        if (text_word_equal(word, '\n') != 0) break;
        quotes ^= text_word_equal(word, '"');
        at += TEXT_WORD_SIZE;
    }
    *quoted ^= marks_odd(quotes);
    return at;
}

/* Goes from at to stop byte by byte: true when an LF outside quotes was there, and then *at is just
 * past it. */
static bool find_end(struct slice bytes, size_t *at, size_t stop, bool *quoted)
{
    while (*at < stop) {
        char byte = bytes.bytes[(*at)++];
        if (byte == '"') *quoted = !*quoted;
        if (byte == '\n' && !*quoted) return true;
    }
    return false;
}

size_t csv_scan_row_end(struct csv_scan *scan, struct slice bytes)
{
    size_t at = 0;
    bool ended = false;
    bool quoted = scan->quoted;
    while (at < bytes.length && !ended) {
        at = skip_words(bytes, at, &quoted);
        size_t left = bytes.length - at;
        ended = find_end(bytes, &at, at + (left < TEXT_WORD_SIZE ? left : TEXT_WORD_SIZE), &quoted);
    }
    scan->quoted = quoted;
    scan->scanned += at;
    return ended ? at : CSV_SCAN_NO_END;
}

/* ---- candidates ---- */

enum { WALK_BLOCKS = 8 }; /* so many blocks' masks are made at one go */

/* A walk over blocks of bytes. Bits of a block are positions behind at. */
struct walk {
    struct csv_scan *scan;
    const struct csv_needle *needle;
    csv_masks_function *masks_of;
    struct slice bytes;
    size_t at;          /* where the present block begins */
    size_t masks_start; /* where the first of those whose masks are at hand begins, ... */
    size_t masks_end;   /* ... and where the last of them ends */
    struct csv_masks masks[WALK_BLOCKS];
    uint64_t starts;   /* of the present block: where the needle may begin */
    uint64_t ends;     /* where rows end: LFs outside quotes */
    uint64_t suspects; /* quotes, or bytes behind them, that may hide a needle: see find_suspects */
    bool behind_mark;  /* the byte before the block is a comma, an LF or a quote */
    bool behind_close; /* it is a quote that closes */
};

/* Makes the masks of the blocks from at on. The last one, which may not be whole and behind which
 * no byte may be read, is copied, the rest NUL, which marks nothing. */
static void make_masks(struct walk *walk)
{
    size_t left = walk->bytes.length - walk->at, count = 1;
    const char *blocks = walk->bytes.bytes + walk->at;
    char padded[CSV_BLOCK + 1] = {0};
    if (left <= CSV_BLOCK) {
        memcpy(padded, blocks, left);
        blocks = padded;
    } else {
        count = (left - 1) / CSV_BLOCK;
        if (count > WALK_BLOCKS) count = WALK_BLOCKS;
    }
    walk->masks_of(blocks, count, walk->needle, walk->masks);
    walk->masks_start = walk->at;
    walk->masks_end = walk->at + count * CSV_BLOCK;
}

/* suc"c"ess is success: a quote within a text hides the needle. So quotes are suspect that open
 * anywhere but behind a comma, an LF or another quote, and so is what stands behind a quote that
 * closes, unless it is a comma, an LF or a quote. No splunkd writes such cells. */
static void find_suspects(struct walk *walk, const struct csv_masks *masks, uint64_t inside)
{
    uint64_t marks = masks->commas | masks->line_feeds | masks->quotes;
    uint64_t opens = masks->quotes & inside, closes = masks->quotes & ~inside;
    size_t left = walk->bytes.length - walk->at;
    walk->suspects =
        (opens & ~(marks << 1 | walk->behind_mark)) | ((closes << 1 | walk->behind_close) & ~marks);
    if (left < CSV_BLOCK) walk->suspects &= (UINT64_C(1) << left) - 1;
    walk->behind_mark = marks >> (CSV_BLOCK - 1) != 0;
    walk->behind_close = closes >> (CSV_BLOCK - 1) != 0;
}

/* Reads the block at walk->at. */
static void read_block(struct walk *walk)
{
    if (walk->at >= walk->masks_end) make_masks(walk);
    const struct csv_masks *masks = &walk->masks[(walk->at - walk->masks_start) / CSV_BLOCK];
    uint64_t inside = csv_parity(masks->quotes) ^ (0 - (uint64_t)walk->scan->quoted);
    size_t left = walk->bytes.length - walk->at;
    walk->starts = masks->starts;
    walk->ends = masks->line_feeds & ~inside;
    find_suspects(walk, masks, inside);
    walk->scan->quoted = inside >> (CSV_BLOCK - 1) != 0;
    walk->scan->scanned += left < CSV_BLOCK ? left : CSV_BLOCK;
}

static bool holds_needle(const struct walk *walk, size_t at)
{
    size_t length = walk->needle->length;
    if (walk->bytes.length - at < length) return false; /* its row is unfinished */
    return text_equal_folded((struct slice){walk->bytes.bytes + at, length},
                             (struct slice){walk->needle->folded, length});
}

static uint64_t below(unsigned bit)
{
    return (UINT64_C(1) << bit) - 1;
}

/* Passes over the rows that end at the ends in bits. */
static void skip_rows(const struct walk *walk, uint64_t ends, struct csv_candidate *candidate)
{
    if (ends == 0) return;
    /* A row is mostly longer than a block. */
    bool one = (ends & (ends - 1)) == 0;
    candidate->skipped += one ? 1 : (uint64_t)__builtin_popcountll(ends);
    candidate->start = walk->at + CSV_BLOCK - (size_t)__builtin_clzll(ends);
}

/* The candidate's row has begun; its end is the first in ends, or in a later block. The scan's
 * state is that of the row's end, which is outside quotes. */
static void find_candidate_end(struct walk *walk, uint64_t ends, struct csv_candidate *candidate)
{
    while (ends == 0) {
        walk->at += CSV_BLOCK;
        if (walk->at >= walk->bytes.length) return;
        read_block(walk);
        ends = walk->ends;
    }
    candidate->end = walk->at + (size_t)__builtin_ctzll(ends) + 1;
    size_t read =
        walk->at + CSV_BLOCK < walk->bytes.length ? walk->at + CSV_BLOCK : walk->bytes.length;
    walk->scan->scanned -= read - candidate->end; /* the next walk begins there */
    walk->scan->quoted = false;
}

/* True when the block holds the needle, or may: the candidate is found. */
static bool search_block(struct walk *walk, struct csv_candidate *candidate)
{
    uint64_t suspects = walk->suspects;
    for (uint64_t places = walk->starts | suspects; places != 0; places &= places - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(places);
        if ((suspects >> bit & 1) == 0 && !holds_needle(walk, walk->at + bit)) continue;
        skip_rows(walk, walk->ends & below(bit), candidate);
        find_candidate_end(walk, walk->ends & ~below(bit), candidate);
        return true;
    }
    skip_rows(walk, walk->ends, candidate);
    return false;
}

void csv_scan_candidate(struct csv_scan *scan, const struct csv_needle *needle,
                        csv_masks_function *masks_of, struct slice bytes,
                        struct csv_candidate *candidate)
{
    struct walk walk; /* its masks are not zeroed: a row is found often */
    walk.scan = scan;
    walk.needle = needle;
    walk.masks_of = masks_of;
    walk.bytes = bytes;
    walk.at = 0;
    walk.masks_end = 0;
    walk.behind_mark = true; /* a row begins */
    walk.behind_close = false;
    *candidate = (struct csv_candidate){.end = CSV_SCAN_NO_END};
    for (; walk.at < bytes.length; walk.at += CSV_BLOCK) {
        read_block(&walk);
        if (search_block(&walk, candidate)) return;
    }
}
