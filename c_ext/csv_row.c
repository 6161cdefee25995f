#include "csv_row.h"

enum { FIRST_CAPACITY = 128 };

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
struct cut {
    struct csv_cutter *cutter;
    struct slice bytes;
    bool to_line_end; /* stop at the first LF outside quotes */
    bool quoted;
    size_t count;
    size_t line_end; /* the offset of that LF, or SIZE_MAX */
};

/* An array of count items of that size at twice its capacity; NULL when refused. */
static void *double_array(struct memory *memory, void *array, size_t item, size_t *capacity)
{
    size_t doubled = *capacity > 0 ? *capacity * 2 : FIRST_CAPACITY;
    void *grown = memory_resize(memory, array, *capacity * item, doubled * item);
    if (grown != NULL) *capacity = doubled;
    return grown;
}

/* Room for the cells of one more block and for the last cell, and for the block's quotes. */
static bool reserve_block(const struct cut *cut, size_t block)
{
    struct csv_cutter *cutter = cut->cutter;
    if (cut->count + CSV_BLOCK + 1 > cutter->end_capacity) {
        size_t *ends =
            double_array(cutter->memory, cutter->ends, sizeof(*ends), &cutter->end_capacity);
        if (ends == NULL) return false;
        cutter->ends = ends;
    }
    if (block >= cutter->quote_capacity) {
        uint64_t *quotes =
            double_array(cutter->memory, cutter->quotes, sizeof(*quotes), &cutter->quote_capacity);
        if (quotes == NULL) return false;
        cutter->quotes = quotes;
    }
    return true;
}

/* The masks of the block at at; one that is not whole is copied, the rest NUL, which marks nothing.
 */
static void read_block(const struct cut *cut, size_t at, struct csv_masks *masks)
{
    char padded[CSV_BLOCK];
    const char *block = cut->bytes.bytes + at;
    size_t left = cut->bytes.length - at;
    if (left < CSV_BLOCK) {
        memset(padded, 0, sizeof(padded));
        memcpy(padded, block, left);
        block = padded;
    }
    cut->cutter->version->masks(block, 1, masks);
}

/* Notes the quotes of the block at at, and the commas outside them: there cells end. */
static void cut_block(struct cut *cut, size_t at)
{
    struct csv_masks masks;
    read_block(cut, at, &masks);
    uint64_t inside = csv_parity(masks.quotes) ^ (0 - (uint64_t)cut->quoted);
    uint64_t commas = masks.commas & ~inside, line_feeds = masks.line_feeds & ~inside;
    cut->quoted = inside >> (CSV_BLOCK - 1) != 0;
    if (cut->to_line_end && line_feeds != 0) {
        uint64_t before = (line_feeds & (0 - line_feeds)) - 1;
        cut->line_end = at + (size_t)__builtin_ctzll(line_feeds);
        commas &= before;
        masks.quotes &= before;
    }
    cut->cutter->quotes[at / CSV_BLOCK] = masks.quotes;
    size_t *ends = cut->cutter->ends + cut->count;
    for (; commas != 0; commas &= commas - 1)
        *ends++ = at + (size_t)__builtin_ctzll(commas);
    cut->count = (size_t)(ends - cut->cutter->ends);
}

/* Up to the line's end, or to the end of all bytes. */
static bool cut_blocks(struct cut *cut)
{
    cut->line_end = SIZE_MAX;
    for (size_t at = 0; at < cut->bytes.length && cut->line_end == SIZE_MAX; at += CSV_BLOCK) {
        if (cut->count > CSV_CELLS_MAX) cut->count = CSV_CELLS_MAX;
        if (!reserve_block(cut, at / CSV_BLOCK)) return false;
        cut_block(cut, at);
    }
    return reserve_block(cut, 0);
}

/* The last cell ends with the row. */
static void finish_row(const struct cut *cut, struct csv_row *row)
{
    row->count = cut->count;
    if (row->count < CSV_CELLS_MAX) cut->cutter->ends[row->count++] = row->bytes.length;
    if (row->count > CSV_CELLS_MAX) row->count = CSV_CELLS_MAX;
    row->ends = cut->cutter->ends;
    row->quotes = cut->cutter->quotes;
}

bool csv_cut_row(struct csv_cutter *cutter, struct csv_row *row)
{
    struct cut cut = {.cutter = cutter, .bytes = row->bytes};
    row->count = 0;
    if (!cut_blocks(&cut)) return false;
    finish_row(&cut, row);
    return true;
}

bool csv_cut_line(struct csv_cutter *cutter, struct slice bytes, struct csv_row *row, size_t *end,
                  bool *quoted)
{
    struct cut cut = {.cutter = cutter, .bytes = bytes, .to_line_end = true};
    *end = SIZE_MAX;
    if (!cut_blocks(&cut)) return false;
    *quoted = cut.quoted;
    if (cut.line_end == SIZE_MAX) return true;
    *end = cut.line_end + 1;
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
