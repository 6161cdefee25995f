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

static bool cells_grow(struct csv_reader *reader)
{
    size_t old_size = reader->cell_capacity * sizeof(struct csv_cell);
    size_t capacity = reader->cell_capacity == 0 ? FIRST_CELL_CAPACITY : reader->cell_capacity * 2;
    struct csv_cell *cells =
        memory_resize(reader->memory, reader->cells, old_size, capacity * sizeof(struct csv_cell));
    if (cells == NULL) return false;
    reader->cells = cells;
    reader->cell_capacity = capacity;
    return true;
}

static enum csv_quotes cell_quotes(struct slice cell, size_t quotes)
{
    if (quotes == 0) return CSV_BARE;
    bool wrapped = quotes == 2 && cell.bytes[0] == '"' && cell.bytes[cell.length - 1] == '"';
    return wrapped ? CSV_WRAPPED : CSV_MIXED;
}

static bool add_cell(struct csv_reader *reader, struct csv_row *row, struct slice cell,
                     size_t quotes)
{
    if (row->count == reader->cell_capacity && !cells_grow(reader)) return false;
    row->cells = reader->cells;
    row->cells[row->count++] = (struct csv_cell){cell, cell_quotes(cell, quotes)};
    return true;
}

/* The word at bytes of which only length bytes are there; the rest are NUL, which marks nothing. */
static uint64_t load_last_word(const char *bytes, size_t length)
{
    char padded[CSV_WORD_SIZE] = {0};
    memcpy(padded, bytes, length);
    return csv_word_load(padded);
}

/* The marks of the quotes and commas among the eight bytes from at on. */
static uint64_t find_marks(struct slice bytes, size_t at)
{
    size_t left = bytes.length - at;
    uint64_t word = left >= CSV_WORD_SIZE ? csv_word_load(bytes.bytes + at)
                                          : load_last_word(bytes.bytes + at, left);
    return csv_word_equal(word, '"') | csv_word_equal(word, ',');
}

/* Only quotes and commas decide where cells end and what they are, so it goes from one such byte to
 * the next. quotes counts those of the cell that begins at start: odd means inside quotes. */
static bool split_cells(struct csv_reader *reader, struct csv_row *row)
{
    struct slice bytes = row->bytes;
    size_t start = 0, quotes = 0;
    for (size_t at = 0; at < bytes.length; at += CSV_WORD_SIZE) {
        for (uint64_t marks = find_marks(bytes, at); marks != 0; marks &= marks - 1) {
            size_t mark = at + csv_word_first(marks);
            if (bytes.bytes[mark] == '"') {
                quotes++;
            } else if (quotes % 2 == 0) {
                struct slice cell = {bytes.bytes + start, mark - start};
                if (!add_cell(reader, row, cell, quotes)) return false;
                if (row->count == CSV_CELLS_MAX) return true;
                start = mark + 1;
                quotes = 0;
            }
        }
    }
    struct slice last = {bytes.bytes + start, bytes.length - start};
    return add_cell(reader, row, last, quotes);
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
    *text = cell->bytes;
    if (cell->quotes == CSV_BARE) return true;
    if (cell->quotes == CSV_WRAPPED) {
        *text = (struct slice){cell->bytes.bytes + 1, cell->bytes.length - 2};
        return true;
    }
    char *bytes = arena_take(scratch, cell->bytes.length);
    if (bytes == NULL) return false;
    *text = (struct slice){bytes, copy_unquoted(cell->bytes, bytes)};
    return true;
}
