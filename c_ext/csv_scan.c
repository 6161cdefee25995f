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

/* A walk over blocks of bytes. */
struct walk {
    const struct csv_version *version;
    const struct csv_needle *needle;
    struct slice bytes;
    size_t at;        /* where the blocks of the last go begin */
    size_t row_start; /* of the row in which they begin */
    struct csv_skim skim;
};

/* The last block may not be whole, and behind it no byte may be read: it is copied, the rest NUL.
 * What NULs behind a quote seem to hide is not there. */
static void skim_last(struct walk *walk)
{
    char padded[CSV_BLOCK + CSV_NEEDLE_PROBE - 1] = {0};
    size_t left = walk->bytes.length - walk->at;
    memcpy(padded, walk->bytes.bytes + walk->at, left < sizeof(padded) ? left : sizeof(padded));
    walk->version->skim(padded, 1, walk->needle, &walk->skim);
    if (left < CSV_BLOCK) walk->skim.places.suspects &= (UINT64_C(1) << left) - 1;
}

/* Goes on from walk->at, as far as one go reaches. */
static void skim_on(struct walk *walk)
{
    const size_t behind = CSV_NEEDLE_PROBE - 1;
    size_t left = walk->bytes.length - walk->at;
    size_t blocks = left > behind ? (left - behind) / CSV_BLOCK : 0;
    if (blocks > CSV_SKIM_MAX) blocks = CSV_SKIM_MAX;
    if (blocks == 0) {
        skim_last(walk);
    } else {
        walk->version->skim(walk->bytes.bytes + walk->at, blocks, walk->needle, &walk->skim);
    }
}

static bool holds_needle(const struct walk *walk, size_t at)
{
    size_t length = walk->needle->length;
    if (walk->bytes.length - at < length) return false; /* its row is unfinished */
    return text_equal_folded((struct slice){walk->bytes.bytes + at, length},
                             (struct slice){walk->needle->folded, length});
}

/* Is there a needle in the last block of this go, or what may be one? Then at *bit. */
static bool search_places(const struct walk *walk, unsigned *bit)
{
    const struct csv_places *places = &walk->skim.places;
    size_t block = walk->at + (walk->skim.passed - 1) * CSV_BLOCK;
    for (uint64_t left = places->starts | places->suspects; left != 0; left &= left - 1) {
        *bit = (unsigned)__builtin_ctzll(left);
        if ((places->suspects >> *bit & 1) != 0 || holds_needle(walk, block + *bit)) return true;
    }
    return false;
}

/* The row in which the last block of this go ends, of which only the ends in last count. */
static size_t find_row_start(const struct walk *walk, uint64_t last)
{
    size_t i = walk->skim.passed - 1;
    uint64_t ends = last;
    while (ends == 0 && i > 0)
        ends = walk->skim.ends[--i];
    if (ends == 0) return walk->row_start;
    return walk->at + (i + 1) * CSV_BLOCK - (size_t)__builtin_clzll(ends);
}

void csv_scan_candidate(const struct csv_version *version, const struct csv_needle *needle,
                        struct slice bytes, struct csv_candidate *candidate)
{
    struct walk walk; /* its ends are not zeroed: a row is found often */
    walk.version = version;
    walk.needle = needle;
    walk.bytes = bytes;
    walk.at = walk.row_start = 0;
    walk.skim.edge = (struct csv_edge){0, 0, 0};
    walk.skim.rows = 0;
    while (walk.at < bytes.length) {
        unsigned bit;
        skim_on(&walk);
        uint64_t ends = walk.skim.ends[walk.skim.passed - 1];
        if (search_places(&walk, &bit)) {
            uint64_t before = (UINT64_C(1) << bit) - 1;
            candidate->start = find_row_start(&walk, ends & before);
            candidate->skipped = walk.skim.rows - csv_count_ends(ends & ~before);
            return;
        }
        walk.row_start = find_row_start(&walk, ends);
        walk.at += walk.skim.passed * CSV_BLOCK;
    }
    *candidate = (struct csv_candidate){walk.skim.rows, walk.row_start};
}
