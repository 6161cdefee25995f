#include "csv_writer.h"

void csv_writer_init(struct csv_writer *writer, struct buffer *target)
{
    *writer = (struct csv_writer){.target = target};
}

static void put(struct csv_writer *writer, struct slice bytes)
{
    if (writer->failed) return;
    if (writer->target != NULL && !buffer_append(writer->target, bytes)) {
        writer->failed = true;
        return;
    }
    writer->length += bytes.length;
}

/* Puts text with every '"' doubled, and every '$' too when dollars says so. A byte that is doubled
 * ends one part and begins the next. */
static void put_doubled(struct csv_writer *writer, struct slice text, bool dollars)
{
    size_t begin = 0;
    for (size_t at = 0; at < text.length; at++) {
        if (text.bytes[at] != '"' && (text.bytes[at] != '$' || !dollars)) continue;
        put(writer, (struct slice){text.bytes + begin, at + 1 - begin});
        begin = at;
    }
    if (begin < text.length) {
        put(writer, (struct slice){text.bytes + begin, text.length - begin});
    }
}

static void begin_cell(struct csv_writer *writer)
{
    if (writer->row_open) put(writer, SLICE(","));
    writer->row_open = true;
}

static bool is_letter_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

static bool is_bare(struct slice text)
{
    for (size_t at = 0; at < text.length; at++) {
        if (!is_letter_or_digit(text.bytes[at])) return false;
    }
    return true;
}

void csv_writer_cell(struct csv_writer *writer, struct slice text)
{
    begin_cell(writer);
    if (is_bare(text)) {
        put(writer, text);
        return;
    }
    put(writer, SLICE("\""));
    put_doubled(writer, text, false);
    put(writer, SLICE("\""));
}

/* Several values have an LF between them, so their cell is never bare. */
void csv_writer_joined(struct csv_writer *writer, struct values values)
{
    if (values.count <= 1) {
        csv_writer_cell(writer, values.count == 1 ? values.items[0] : SLICE(""));
        return;
    }
    begin_cell(writer);
    put(writer, SLICE("\""));
    for (size_t index = 0; index < values.count; index++) {
        if (index > 0) put(writer, SLICE("\n"));
        put_doubled(writer, values.items[index], false);
    }
    put(writer, SLICE("\""));
}

void csv_writer_multivalue(struct csv_writer *writer, struct values values)
{
    begin_cell(writer);
    bool plain = values.count == 1 && values.items[0].length > 0;
    if (values.count == 0 || plain) return;
    put(writer, SLICE("\""));
    for (size_t index = 0; index < values.count; index++) {
        put(writer, index > 0 ? SLICE(";$") : SLICE("$"));
        put_doubled(writer, values.items[index], true);
        put(writer, SLICE("$"));
    }
    put(writer, SLICE("\""));
}

void csv_writer_end_row(struct csv_writer *writer)
{
    put(writer, SLICE("\n"));
    writer->row_open = false;
}
