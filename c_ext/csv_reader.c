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
    find_row(reader, &found);
    struct slice window = reader->window;
    bool whole = found.end != CSV_SCAN_NO_END;
    size_t end = whole ? found.end : window.length;
    struct slice line = {window.bytes + found.start, end - found.start};
    reader->window = (struct slice){window.bytes + end, window.length - end};
    if (!whole) return buffer_append(&reader->carry, line) ? CFH_MORE : CFH_NO_MEMORY;
    if (reader->carry.length > 0) {
        if (!buffer_append(&reader->carry, line)) return CFH_NO_MEMORY;
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

/* Where the cells of one row are cut. */
struct cutting {
    struct csv_reader *reader;
    struct csv_row *row;
    size_t start;    /* of the present cell */
    unsigned quotes; /* of the present cell, in the blocks before this one */
    bool quoted;
};

/* The masks of the block at at; one that is not whole is copied, the rest NUL, which marks nothing.
 */
static void read_block(const struct cutting *cutting, size_t at, struct csv_masks *masks)
{
    static const struct csv_needle none = {.length = 0};
    char padded[CSV_BLOCK];
    const char *block = cutting->row->bytes.bytes + at;
    size_t left = cutting->row->bytes.length - at;
    if (left < CSV_BLOCK) {
        memset(padded, 0, sizeof(padded));
        memcpy(padded, block, left);
        block = padded;
    }
    cutting->reader->masks_of(block, &none, masks);
}

/* How many of the quotes marked, up to CSV_QUOTES_MANY. */
static unsigned count_quotes(uint64_t marks)
{
    uint64_t second = marks & (marks - 1);
    uint64_t third = second & (second - 1);
    return (unsigned)(marks != 0) + (second != 0) + (third != 0);
}

static unsigned add_quotes(unsigned quotes, uint64_t marks)
{
    quotes += count_quotes(marks);
    return quotes < CSV_QUOTES_MANY ? quotes : CSV_QUOTES_MANY;
}

static void end_cell(struct cutting *cutting, size_t end)
{
    struct slice bytes = {cutting->row->bytes.bytes + cutting->start, end - cutting->start};
    cutting->row->cells[cutting->row->count++] = (struct csv_cell){bytes, cutting->quotes};
    cutting->start = end + 1;
    cutting->quotes = 0;
}

/* Ends a cell at each comma outside quotes of the block at at. */
static void cut_block(struct cutting *cutting, size_t at)
{
    struct csv_masks masks;
    read_block(cutting, at, &masks);
    uint64_t inside = csv_parity(masks.quotes) ^ (0 - (uint64_t)cutting->quoted);
    cutting->quoted = inside >> (CSV_BLOCK - 1) != 0;
    for (uint64_t ends = masks.commas & ~inside; ends != 0; ends &= ends - 1) {
        uint64_t before = (ends & (0 - ends)) - 1;
        cutting->quotes = add_quotes(cutting->quotes, masks.quotes & before);
        masks.quotes &= ~before;
        end_cell(cutting, at + (size_t)__builtin_ctzll(ends));
    }
    cutting->quotes = add_quotes(cutting->quotes, masks.quotes);
}

/* Goes from one comma outside quotes to the next. There is always room for a block's cells and for
 * the last one. */
static bool split_cells(struct csv_reader *reader, struct csv_row *row)
{
    struct cutting cutting = {.reader = reader, .row = row};
    row->cells = reader->cells;
    for (size_t at = 0; at < row->bytes.length && row->count < CSV_CELLS_MAX; at += CSV_BLOCK) {
        if (!cells_reserve(reader, row, CSV_BLOCK + 1)) return false;
        cut_block(&cutting, at);
    }
    if (row->count >= CSV_CELLS_MAX) {
        row->count = CSV_CELLS_MAX;
        return true;
    }
    if (!cells_reserve(reader, row, 1)) return false;
    end_cell(&cutting, row->bytes.length);
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

bool csv_cell_text(const struct csv_cell *cell, struct arena *scratch, struct slice *text)
{
    if (csv_cell_lies(cell, text)) return true;
    struct slice bytes = cell->bytes;
    char *built = arena_take(scratch, bytes.length);
    if (built == NULL) return false;
    *text = (struct slice){built, copy_unquoted(bytes, built)};
    return true;
}
