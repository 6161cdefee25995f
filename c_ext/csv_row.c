#include "csv_row.h"

/* Cells and blocks that there is room for at first: a row mostly has no more. */
enum { FIRST_ENDS = 512, FIRST_QUOTES = 64 };

void csv_cutter_init(struct csv_cutter *cutter, struct memory *memory)
{
    *cutter = (struct csv_cutter){.version = csv_masks_best(), .memory = memory};
}

void csv_cutter_release(struct csv_cutter *cutter)
{
    if (cutter->ends != NULL)
        memory_resize(cutter->memory, cutter->ends, cutter->end_capacity * sizeof(size_t), 0);
    if (cutter->quotes != NULL)
        memory_resize(cutter->memory, cutter->quotes, cutter->quote_capacity * sizeof(uint64_t), 0);
    csv_cutter_init(cutter, cutter->memory);
}

struct slice csv_without_line_end(struct slice line)
{
    line.length--;
    if (line.length > 0 && line.bytes[line.length - 1] == '\r') line.length--;
    return line;
}

/* ---- cutting ---- */

/* The row that is being cut. */
struct row_cut {
    struct csv_cutter *cutter;
    struct slice bytes;
    struct csv_cut cut;
};

static size_t cell_count(const struct row_cut *row)
{
    return (size_t)(row->cut.next_end - row->cutter->ends);
}

/* An array of items of that size at twice its capacity, or at first; NULL when refused. */
static void *double_array(struct memory *memory, void *array, size_t item, size_t first,
                          size_t *capacity)
{
    size_t doubled = *capacity > 0 ? *capacity * 2 : first;
    void *grown = memory_resize(memory, array, *capacity * item, doubled * item);
    if (grown != NULL) *capacity = doubled;
    return grown;
}

/* Room for the cells of one more block, and for the last cell. */
static bool reserve_ends(struct row_cut *row)
{
    struct csv_cutter *cutter = row->cutter;
    size_t count = cell_count(row);
    if (count > CSV_CELLS_MAX) count = CSV_CELLS_MAX;
    if (count + CSV_BLOCK + 1 > cutter->end_capacity) {
        size_t *ends = double_array(cutter->memory, cutter->ends, sizeof(*ends), FIRST_ENDS,
                                    &cutter->end_capacity);
        if (ends == NULL) return false;
        cutter->ends = ends;
    }
    row->cut.next_end = cutter->ends + count;
    return true;
}

static bool reserve_quotes(struct row_cut *row)
{
    struct csv_cutter *cutter = row->cutter;
    size_t block = row->cut.at / CSV_BLOCK;
    if (block >= cutter->quote_capacity) {
        uint64_t *quotes = double_array(cutter->memory, cutter->quotes, sizeof(*quotes),
                                        FIRST_QUOTES, &cutter->quote_capacity);
        if (quotes == NULL) return false;
        cutter->quotes = quotes;
    }
    row->cut.next_quotes = cutter->quotes + block;
    return true;
}

/* So many whole blocks from here on have room for all that may be noted of them. */
static size_t blocks_in_room(const struct row_cut *row)
{
    const struct csv_cutter *cutter = row->cutter;
    size_t whole = (row->bytes.length - row->cut.at) / CSV_BLOCK;
    size_t ends = (cutter->end_capacity - cell_count(row) - 1) / CSV_BLOCK;
    size_t quotes = cutter->quote_capacity - row->cut.at / CSV_BLOCK;
    size_t room = ends < quotes ? ends : quotes;
    return whole < room ? whole : room;
}

/* A last block that is not whole is copied, the rest NUL, which marks nothing. */
static bool cut_last(struct row_cut *row)
{
    char padded[CSV_BLOCK] = {0};
    memcpy(padded, row->bytes.bytes + row->cut.at, row->bytes.length - row->cut.at);
    return row->cutter->version->cut(padded, 1, &row->cut);
}

static void begin_cut(struct row_cut *row, struct csv_cutter *cutter, struct slice bytes,
                      bool to_line_end)
{
    row->cutter = cutter;
    row->bytes = bytes;
    csv_cut_begin(&row->cut, to_line_end, cutter->ends, cutter->quotes);
}

/* Up to the line's end, or to the end of all bytes. */
static bool cut_blocks(struct row_cut *row)
{
    bool ended = false;
    while (row->cut.at < row->bytes.length && !ended) {
        if (!reserve_ends(row) || !reserve_quotes(row)) return false;
        size_t blocks = blocks_in_room(row);
        ended = blocks == 0
                    ? cut_last(row)
                    : row->cutter->version->cut(row->bytes.bytes + row->cut.at, blocks, &row->cut);
    }
    return reserve_ends(row) && (row->cut.at > 0 || reserve_quotes(row));
}

static bool ends_quoted(const struct row_cut *row)
{
    return row->cut.inside >> (CSV_BLOCK - 1) != 0;
}

/* The last cell ends with the row. */
static void finish_row(const struct row_cut *cut, struct csv_row *row)
{
    row->count = cell_count(cut);
    if (row->count < CSV_CELLS_MAX) cut->cutter->ends[row->count++] = row->bytes.length;
    row->ends = cut->cutter->ends;
    row->quotes = cut->cutter->quotes;
    row->tidy = cut->cut.odd == 0 && (cut->cut.line_end != SIZE_MAX || !ends_quoted(cut));
}

bool csv_cut_row(struct csv_cutter *cutter, struct csv_row *row)
{
    struct row_cut cut;
    row->count = 0;
    begin_cut(&cut, cutter, row->bytes, false);
    if (!cut_blocks(&cut)) return false;
    finish_row(&cut, row);
    return true;
}

bool csv_cut_line(struct csv_cutter *cutter, struct slice bytes, struct csv_row *row, size_t *end,
                  bool *quoted)
{
    struct row_cut cut;
    *end = SIZE_MAX;
    begin_cut(&cut, cutter, bytes, true);
    if (!cut_blocks(&cut)) return false;
    *quoted = ends_quoted(&cut);
    if (cut.cut.line_end == SIZE_MAX) return true;
    *end = cut.cut.line_end + 1;
    row->bytes = csv_without_line_end((struct slice){bytes.bytes, *end});
    finish_row(&cut, row);
    return true;
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

bool csv_row_text(const struct csv_row *row, size_t i, struct arena *scratch, struct slice *text)
{
    if (csv_row_lies(row, i, text)) return true;
    struct slice bytes = csv_row_cell(row, i);
    char *built = arena_take(scratch, bytes.length);
    if (built == NULL) return false;
    *text = (struct slice){built, copy_unquoted(bytes, built)};
    return true;
}
