#include "csv_writer.h"

#include "csv_cell.h"

void csv_writer_init(struct csv_writer *writer, struct buffer *target)
{
    *writer = (struct csv_writer){.target = target};
}

/* Room for so many bytes more, which are counted as written; NULL where nothing is to be written.
 */
static char *take(struct csv_writer *writer, size_t size)
{
    char *bytes = NULL;
    if (writer->failed || size == 0) return NULL;
    if (writer->target != NULL) {
        if (!buffer_reserve(writer->target, size)) {
            writer->failed = true;
            return NULL;
        }
        bytes = writer->target->bytes + writer->target->length;
        writer->target->length += size;
    }
    writer->length += size;
    return bytes;
}

static void put(struct csv_writer *writer, struct slice bytes)
{
    char *target = take(writer, bytes.length);
    if (target != NULL && bytes.length > 0) memcpy(target, bytes.bytes, bytes.length);
}

/* ---- cells ---- */

/* Bytes as they are, with the comma before them. */
static void put_bare(struct csv_writer *writer, struct slice text)
{
    size_t comma = writer->row_open;
    char *target = take(writer, comma + text.length);
    writer->row_open = true;
    if (target == NULL) return;
    if (comma > 0) *target++ = ',';
    if (text.length > 0) memcpy(target, text.bytes, text.length);
}

void csv_writer_cell(struct csv_writer *writer, struct slice text)
{
    struct csv_cell cell = csv_cell_measure(text);
    size_t comma = writer->row_open;
    char *target = take(writer, comma + cell.length);
    writer->row_open = true;
    if (target == NULL) return;
    if (comma > 0) *target++ = ',';
    csv_cell_write(target, &cell);
}

void csv_writer_cells(struct csv_writer *writer, struct slice cells)
{
    put_bare(writer, cells);
}

/* One of several values, behind an LF where others stand before it. */
static void put_joined(struct csv_writer *writer, struct slice text, bool line_feed)
{
    size_t doubled = csv_count_doubled(text, false);
    char *target = take(writer, line_feed + text.length + doubled);
    if (target == NULL) return;
    if (line_feed) *target++ = '\n';
    csv_write_doubled(target, text, doubled, false);
}

/* Several values have an LF between them, so their cell is never bare. */
void csv_writer_joined(struct csv_writer *writer, struct values values)
{
    if (values.count <= 1) {
        csv_writer_cell(writer, values.count == 1 ? values.items[0] : SLICE(""));
        return;
    }
    put_bare(writer, SLICE("\""));
    for (size_t index = 0; index < values.count; index++)
        put_joined(writer, values.items[index], index > 0);
    put(writer, SLICE("\""));
}

/* $text$, behind a ';' unless it is the first. */
static void put_in_dollars(struct csv_writer *writer, struct slice text, bool first)
{
    size_t doubled = csv_count_doubled(text, true), semicolon = !first;
    char *target = take(writer, semicolon + text.length + doubled + 2);
    if (target == NULL) return;
    target[0] = ';'; /* written over where there is none */
    target += semicolon;
    *target++ = '$';
    target = csv_write_doubled(target, text, doubled, true);
    *target = '$';
}

void csv_writer_multivalue(struct csv_writer *writer, struct values values)
{
    bool plain = values.count == 1 && values.items[0].length > 0;
    bool empty = values.count == 0 || plain;
    put_bare(writer, empty ? SLICE("") : SLICE("\""));
    if (empty) return;
    for (size_t index = 0; index < values.count; index++)
        put_in_dollars(writer, values.items[index], index == 0);
    put(writer, SLICE("\""));
}

void csv_writer_end_row(struct csv_writer *writer)
{
    put(writer, SLICE("\n"));
    writer->row_open = false;
}
