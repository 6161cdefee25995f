/* csv_row: one row of CSV cut into cells.
 *
 * A cut notes where each cell ends, and one bit for each byte that is a quote: so a cell's text is
 * found in place, without looking at its bytes again. A row borrows its bytes and, until the next
 * cut, what the cutter noted.
 */
#ifndef CFHUNT_CSV_ROW_H
#define CFHUNT_CSV_ROW_H

#include "csv_masks.h"
#include "memory.h"

/* The most cells that a row is cut into; what is behind them is ignored as extra cells are. */
enum { CSV_CELLS_MAX = 65536 };

struct csv_row {
    struct slice bytes; /* without the LF, and without a CR before it */
    size_t count;       /* of cells; at least 1 once it has been cut */
    const size_t *ends; /* of each cell, an offset into bytes; NULL: not cut yet */
    const uint64_t *quotes;
    bool tidy; /* surely every quote is one of a pair around a cell, as of most rows */
};

struct csv_cutter {
    const struct csv_version *version;
    struct memory *memory;
    size_t *ends;
    size_t end_capacity;
    uint64_t *quotes;
    size_t quote_capacity;
};

void csv_cutter_init(struct csv_cutter *cutter, struct memory *memory);
void csv_cutter_release(struct csv_cutter *cutter);

/* Cuts row->bytes, a whole row. An empty row has one bare, empty cell. False when refused. */
bool csv_cut_row(struct csv_cutter *cutter, struct csv_row *row);
/* Cuts the row that bytes begin with: its line is bytes up to *end, which is just past its LF, or
 * SIZE_MAX where it is unfinished: then row is not cut, and *quoted tells whether bytes end inside
 * quotes. False when refused. */
bool csv_cut_line(struct csv_cutter *cutter, struct slice bytes, struct csv_row *row, size_t *end,
                  bool *quoted);

/* line without its LF, which stands outside quotes, and without a CR before that. */
struct slice csv_without_line_end(struct slice line);

/* Cell i as it stands in the row, with its quotes. */
static inline struct slice csv_row_cell(const struct csv_row *row, size_t i)
{
    size_t start = i > 0 ? row->ends[i - 1] + 1 : 0;
    return (struct slice){row->bytes.bytes + start, row->ends[i] - start};
}

/* Are there quotes among the bytes from start to before end? */
static inline bool csv_row_has_quotes(const struct csv_row *row, size_t start, size_t end)
{
    for (size_t word = start / CSV_BLOCK; word * CSV_BLOCK < end; word++) {
        uint64_t marks = row->quotes[word];
        size_t first = word * CSV_BLOCK;
        if (start > first) marks &= ~UINT64_C(0) << (start - first);
        if (end - first < CSV_BLOCK) marks &= (UINT64_C(1) << (end - first)) - 1;
        if (marks != 0) return true;
    }
    return false;
}

/* The same as bits, the byte at start lowest; length: 1 to CSV_BLOCK. */
static inline uint64_t csv_row_quote_bits(const struct csv_row *row, size_t start, size_t length)
{
    size_t word = start / CSV_BLOCK, shift = start % CSV_BLOCK;
    uint64_t bits = row->quotes[word] >> shift;
    if (shift + length > CSV_BLOCK) bits |= row->quotes[word + 1] << (CSV_BLOCK - shift);
    return bits & ~UINT64_C(0) >> (CSV_BLOCK - length);
}

/* Cell i's text where it lies in the row as it is: bare, or wrapped in one pair of quotes, as most
 * cells are. False where it must be built. */
static inline bool csv_row_lies(const struct csv_row *row, size_t i, struct slice *text)
{
    size_t start = i > 0 ? row->ends[i - 1] + 1 : 0, length = row->ends[i] - start;
    *text = (struct slice){row->bytes.bytes + start, length};
    if (length == 0) return true;
    bool wrapped = length > 1 && text->bytes[0] == '"' && text->bytes[length - 1] == '"';
    if (wrapped) *text = (struct slice){text->bytes + 1, length - 2};
    if (row->tidy) return true;
    if (length > CSV_BLOCK)
        return !csv_row_has_quotes(row, start + wrapped, start + length - wrapped);
    uint64_t wrapping = UINT64_C(1) | UINT64_C(1) << (length - 1);
    return csv_row_quote_bits(row, start, length) == (wrapped ? wrapping : 0);
}

/* Cell i's text: a slice of the row where that can be, else built in scratch (a doubled quote
 * inside quotes is one, any other quote goes). False when refused. */
bool csv_row_text(const struct csv_row *row, size_t i, struct arena *scratch, struct slice *text);

#endif
