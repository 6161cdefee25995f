#include "csv_scan.h"

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
    while (bytes.length - at >= CSV_WORD_SIZE) {
        uint64_t word = csv_word_load(bytes.bytes + at);
        if (csv_word_equal(word, '\n') != 0) break;
        quotes ^= csv_word_equal(word, '"');
        at += CSV_WORD_SIZE;
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
        ended = find_end(bytes, &at, at + (left < CSV_WORD_SIZE ? left : CSV_WORD_SIZE), &quoted);
    }
    scan->quoted = quoted;
    scan->scanned += at;
    return ended ? at : CSV_SCAN_NO_END;
}
