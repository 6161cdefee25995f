#include "csv_cell.h"

/* ---- bytes that are doubled ---- */

/* Most texts hold none: the C library finds that out fastest of longer ones. */
static size_t count_byte(struct slice text, char byte)
{
    size_t count = 0;
    if (text.length == 0) return 0;
    const char *end = text.bytes + text.length;
    for (const char *at = text.bytes; at < end; at++, count++) {
        at = memchr(at, byte, (size_t)(end - at));
        if (at == NULL) break;
    }
    return count;
}

/* A text of fewer bytes, as ports are, is looked at faster than the C library is called. */
enum { SHORT_TEXT = 8 };

static size_t count_in_short(struct slice text, bool dollars)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.bytes[i] == '"' || (dollars && text.bytes[i] == '$');
    return count;
}

size_t csv_count_doubled(struct slice text, bool dollars)
{
    if (text.length < SHORT_TEXT) return count_in_short(text, dollars);
    return count_byte(text, '"') + (dollars ? count_byte(text, '$') : 0);
}

char *csv_write_doubled(char *target, struct slice text, size_t doubled, bool dollars)
{
    if (doubled == 0) {
        if (text.length > 0) memcpy(target, text.bytes, text.length);
        return target + text.length;
    }
    for (size_t at = 0; at < text.length; at++) {
        char byte = text.bytes[at];
        *target++ = byte;
        if (byte == '"' || (byte == '$' && dollars)) *target++ = byte;
    }
    return target;
}

/* ---- cells ---- */

/* In the table 0 stands for all other bytes. */
static bool is_letter_or_digit(char byte)
{
    static const char letters[256] =
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "0123456789\0\0\0\0\0\0"
        "\0ABCDEFGHIJKLMNOPQRSTUVWXYZ\0\0\0\0\0\0abcdefghijklmnopqrstuvwxyz";
    return letters[(unsigned char)byte] != 0;
}

static bool is_bare(struct slice text)
{
    for (size_t at = 0; at < text.length; at++)
        if (!is_letter_or_digit(text.bytes[at])) return false;
    return true;
}

struct csv_cell csv_cell_measure(struct slice text)
{
    if (is_bare(text)) return (struct csv_cell){text, text.length, 0, true};
    size_t doubled = csv_count_doubled(text, false);
    return (struct csv_cell){text, text.length + doubled + 2, doubled, false};
}

char *csv_cell_write(char *target, const struct csv_cell *cell)
{
    if (cell->bare) {
        if (cell->length > 0) memcpy(target, cell->text.bytes, cell->length);
        return target + cell->length;
    }
    *target++ = '"';
    target = csv_write_doubled(target, cell->text, cell->doubled, false);
    *target++ = '"';
    return target;
}

/* Where the quote stands that closes the first of the cells, which a quote opens; the last byte of
 * all, a comma, where none does. */
static size_t closing_quote(struct slice cells)
{
    size_t at = 1, last = cells.length - 1;
    for (;;) {
        const char *quote = at < last ? memchr(cells.bytes + at, '"', last - at) : NULL;
        if (quote == NULL) return last;
        at = (size_t)(quote - cells.bytes);
        if (cells.bytes[at + 1] != '"') return at;
        at += 2;
    }
}

/* Where the first byte from at on stands that is no letter and no digit: at the last comma at the
 * latest. */
static size_t pass_letters(struct slice cells, size_t at)
{
    while (is_letter_or_digit(cells.bytes[at]))
        at++;
    return at;
}

/* The length of the first of the cells, if it stands as it would be written; else no length that a
 * comma stands behind. */
static size_t length_written_so(struct slice cells)
{
    if (cells.bytes[0] != '"') return pass_letters(cells, 0);
    size_t letters = pass_letters(cells, 1), quote = closing_quote(cells);
    return letters == quote ? cells.length : quote + 1;
}

size_t csv_cells_written_so(struct slice cells, bool *any_empty)
{
    size_t count = 0;
    *any_empty = false;
    if (cells.length == 0 || cells.bytes[cells.length - 1] != ',') return 0;
    while (cells.length > 0) {
        size_t length = length_written_so(cells);
        if (length >= cells.length || cells.bytes[length] != ',') return 0;
        *any_empty = *any_empty || length == 0;
        cells.bytes += length + 1;
        cells.length -= length + 1;
        count++;
    }
    return count;
}

bool csv_cell_next(struct slice *rest, struct slice *text)
{
    size_t end;
    if (rest->length == 0) return false;
    if (rest->bytes[0] == '"') {
        end = closing_quote(*rest);
        *text = (struct slice){rest->bytes + 1, end - 1};
        end++;
    } else {
        for (end = 0; rest->bytes[end] != ',';)
            end++;
        *text = (struct slice){rest->bytes, end};
    }
    rest->bytes += end + 1;
    rest->length -= end + 1;
    return true;
}
