#include "csv_reader.h"

#include <string.h>

#include "text.h"

enum { FIRST_CELL_CAPACITY = 64 };

void csv_reader_init(struct csv_reader *reader, struct memory *memory)
{
    *reader = (struct csv_reader){.memory = memory, .masks_of = csv_masks_best()};
    buffer_init(&reader->carry, memory);
}

void csv_reader_release(struct csv_reader *reader)
{
    buffer_release(&reader->carry);
    if (reader->cells != NULL) {
        memory_resize(reader->memory, reader->cells,
                      reader->cell_capacity * sizeof(struct csv_cell), 0);
    }
    csv_reader_init(reader, reader->memory);
}

void csv_reader_begin(struct csv_reader *reader)
{
    buffer_clear(&reader->carry);
    reader->scan.quoted = false;
    reader->window = (struct slice){NULL, 0};
    reader->carried = false;
    reader->needle.length = 0; /* a header comes first */
}

void csv_reader_feed(struct csv_reader *reader, struct slice window)
{
    reader->window = window;
}

/* A row in the carry lives until the next call, which is when its room is free again. */
static void drop_carried_row(struct csv_reader *reader)
{
    if (reader->carried) buffer_clear(&reader->carry);
    reader->carried = false;
}

/* line without its LF and without a CR before that. The LF stands outside quotes, so the CR does
 * too. */
static struct slice without_line_end(struct slice line)
{
    line.length--;
    if (line.length > 0 && line.bytes[line.length - 1] == '\r') line.length--;
    return line;
}

void csv_reader_look_for(struct csv_reader *reader, struct slice literal)
{
    struct csv_needle *needle = &reader->needle;
    needle->length = literal.length < CSV_NEEDLE_MAX ? literal.length : CSV_NEEDLE_MAX;
    for (size_t i = 0; i < needle->length; i++)
        needle->folded[i] = (char)text_fold_byte((unsigned char)literal.bytes[i]);
}

/* The next row of the window, or its unfinished last one (end CSV_SCAN_NO_END). A row whose
 * beginning is in the carry is handed out whatever it holds. */
static void find_row(struct csv_reader *reader, struct csv_candidate *row)
{
    if (reader->needle.length > 0 && reader->carry.length == 0) {
        csv_scan_candidate(&reader->scan, &reader->needle, reader->masks_of, reader->window, row);
        reader->skipped += row->skipped;
        return;
    }
    *row = (struct csv_candidate){.end = csv_scan_row_end(&reader->scan, reader->window)};
}

enum cfh_status csv_reader_next(struct csv_reader *reader, struct csv_row *row)
{
    struct csv_candidate found;
    *row = (struct csv_row){.count = 0};
    drop_carried_row(reader);
    if (reader->window.length == 0) return CFH_MORE;
    bool quoted = reader->scan.quoted;
    find_row(reader, &found);
    struct slice window = reader->window;
    bool whole = found.end != CSV_SCAN_NO_END;
    size_t end = whole ? found.end : window.length;
    struct slice line = {window.bytes + found.start, end - found.start};
    reader->window = (struct slice){window.bytes + end, window.length - end};
    if (!whole || reader->carry.length > 0) {
        if (!buffer_append(&reader->carry, line)) {
            reader->window = (struct slice){line.bytes, window.length - found.start};
            reader->scan.quoted = quoted;
            return CFH_NO_MEMORY;
        }
        if (!whole) return CFH_MORE;
        reader->carried = true;
        line = buffer_slice(&reader->carry);
    }
    row->bytes = without_line_end(line);
    return CFH_ROW;
}

enum cfh_status csv_reader_finish(struct csv_reader *reader, struct csv_row *row)
{
    *row = (struct csv_row){.count = 0};
    drop_carried_row(reader);
    if (reader->carry.length == 0) return CFH_END;
    row->bytes = buffer_slice(&reader->carry);
    reader->carried = true;
    bool quoted = reader->scan.quoted;
    reader->scan.quoted = false;
    return quoted ? CFH_BAD_INPUT : CFH_ROW;
}

/* ---- cells ---- */

/* Room for count more cells behind those of the row. */
static bool cells_reserve(struct csv_reader *reader, struct csv_row *row, size_t count)
{
    size_t needed = row->count + count;
    if (needed <= reader->cell_capacity) return true;
    size_t capacity = reader->cell_capacity == 0 ? FIRST_CELL_CAPACITY : reader->cell_capacity * 2;
    if (capacity < needed) capacity = needed;
    struct csv_cell *cells = memory_resize(reader->memory, reader->cells,
                                           reader->cell_capacity * sizeof(struct csv_cell),
                                           capacity * sizeof(struct csv_cell));
    if (cells == NULL) return false;
    reader->cells = cells;
    reader->cell_capacity = capacity;
    row->cells = cells;
    return true;
}

/* Which commas of the block at at end cells: those outside quotes. A block that is not whole is
 * copied, the rest NUL, which marks nothing. */
static uint64_t cell_ends(const struct csv_reader *reader, struct slice bytes, size_t at,
                          bool *quoted)
{
    static const struct csv_needle none = {.length = 0};
    char padded[CSV_BLOCK];
    struct csv_masks masks;
    const char *block = bytes.bytes + at;
    size_t left = bytes.length - at;
    if (left < CSV_BLOCK) {
        memset(padded, 0, sizeof(padded));
        memcpy(padded, block, left);
        block = padded;
    }
    reader->masks_of(block, &none, &masks);
    uint64_t inside = csv_parity(masks.quotes) ^ (0 - (uint64_t)*quoted);
    *quoted = inside >> (CSV_BLOCK - 1) != 0;
    return masks.commas & ~inside;
}

/* Goes from one comma outside quotes to the next. There is always room for a block's cells and for
 * the last one. */
static bool split_cells(struct csv_reader *reader, struct csv_row *row)
{
    struct slice bytes = row->bytes;
    size_t start = 0;
    bool quoted = false;
    row->cells = reader->cells;
    for (size_t at = 0; at < bytes.length && row->count < CSV_CELLS_MAX; at += CSV_BLOCK) {
        if (!cells_reserve(reader, row, CSV_BLOCK + 1)) return false;
        for (uint64_t ends = cell_ends(reader, bytes, at, &quoted); ends != 0; ends &= ends - 1) {
            size_t end = at + (size_t)__builtin_ctzll(ends);
            row->cells[row->count++].bytes = (struct slice){bytes.bytes + start, end - start};
            start = end + 1;
        }
    }
    if (row->count >= CSV_CELLS_MAX) {
        row->count = CSV_CELLS_MAX;
        return true;
    }
    if (!cells_reserve(reader, row, 1)) return false;
    row->cells[row->count++].bytes = (struct slice){bytes.bytes + start, bytes.length - start};
    return true;
}

enum cfh_status csv_reader_split(struct csv_reader *reader, struct csv_row *row)
{
    row->count = 0;
    if (split_cells(reader, row)) return CFH_OK;
    row->count = 0;
    return CFH_NO_MEMORY;
}

/* ---- text ---- */

/* Copies bytes to text without the quotes that only wrap; returns the length, never more than
 * bytes.length. Parts between quotes are copied whole. */
static size_t copy_unquoted(struct slice bytes, char *text)
{
    size_t length = 0, at = 0;
    bool quoted = false;
    while (at < bytes.length) {
        const char *part = bytes.bytes + at;
        const char *quote = memchr(part, '"', bytes.length - at);
        size_t part_length = quote != NULL ? (size_t)(quote - part) : bytes.length - at;
        memcpy(text + length, part, part_length);
        length += part_length;
        at += part_length + 1;
        bool doubled = quoted && at < bytes.length && bytes.bytes[at] == '"';
        if (doubled) {
            text[length++] = '"';
            at++;
        } else {
            quoted = !quoted;
        }
    }
    return length;
}

/* Most cells are bare or wrapped in one pair of quotes: their text lies in the row. */
bool csv_cell_text(const struct csv_cell *cell, struct arena *scratch, struct slice *text)
{
    struct slice bytes = cell->bytes;
    *text = bytes;
    if (bytes.length == 0) return true;
    const char *quote = memchr(bytes.bytes, '"', bytes.length);
    if (quote == NULL) return true;
    const char *last = bytes.bytes + bytes.length - 1;
    if (quote == bytes.bytes && quote < last && memchr(quote + 1, '"', bytes.length - 1) == last) {
        *text = (struct slice){bytes.bytes + 1, bytes.length - 2};
        return true;
    }
    char *built = arena_take(scratch, bytes.length);
    if (built == NULL) return false;
    *text = (struct slice){built, copy_unquoted(bytes, built)};
    return true;
}
