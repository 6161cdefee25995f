/* Fuzzes csv_reader: the first byte is the size of the windows, the rest is a body of CSV. What is
 * read in windows of that size must be what is read from one window, byte for byte.
 *
 *     clang -g -fsanitize=fuzzer,address,undefined -Ic_ext tests/fuzz/fuzz_csv_reader.c \
 *         c_ext/memory.c c_ext/csv_scan.c c_ext/csv_reader.c -o fuzz_csv_reader
 *     ./fuzz_csv_reader -max_total_time=60 NEW_FOLDER tests/fuzz/corpus/csv_reader
 */
#include <stdlib.h>
#include <string.h>

#include "csv_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BLOCK = 64 };

static void require(bool condition)
{
    if (!condition) abort();
}

/* Writes down a part with its length, so that different parts never look the same. */
static void note(struct buffer *record, struct slice text)
{
    require(buffer_append(record, (struct slice){(const char *)&text.length, sizeof(text.length)}));
    require(buffer_append(record, text));
}

static void note_number(struct buffer *record, size_t number)
{
    require(buffer_append(record, (struct slice){(const char *)&number, sizeof(number)}));
}

/* The cells and the commas between them are the whole row, unless there were too many. */
static void note_row(struct buffer *record, struct csv_reader *reader, struct csv_row *row,
                     struct arena *scratch)
{
    note(record, row->bytes);
    require(csv_reader_split(reader, row) == CFH_OK);
    require(row->count > 0 && row->count <= CSV_CELLS_MAX);
    note_number(record, row->count);
    size_t at = 0;
    for (size_t index = 0; index < row->count; index++) {
        struct slice cell = csv_row_cell(row, index);
        struct slice text;
        require(cell.bytes == row->bytes.bytes + at);
        at += cell.length + 1;
        require(csv_row_text(row, index, scratch, &text));
        require(text.length <= cell.length);
        note(record, text);
    }
    require(at == row->bytes.length + 1 || row->count == CSV_CELLS_MAX);
    arena_clear(scratch);
}

/* The window is a block of its own, freed once it is used up: a stale slice is then seen. */
static void read_window(struct buffer *record, struct csv_reader *reader, struct slice bytes,
                        struct arena *scratch)
{
    char *window = malloc(bytes.length > 0 ? bytes.length : 1);
    require(window != NULL);
    if (bytes.length > 0) memcpy(window, bytes.bytes, bytes.length);
    csv_reader_feed(reader, (struct slice){window, bytes.length});
    struct csv_row row;
    enum cfh_status status = csv_reader_next(reader, &row);
    for (; status == CFH_ROW; status = csv_reader_next(reader, &row)) {
        note_row(record, reader, &row, scratch);
    }
    require(status == CFH_MORE);
    free(window);
}

static void read_body(struct buffer *record, struct slice body, size_t piece)
{
    struct csv_reader reader;
    struct arena scratch;
    struct csv_row row;
    csv_reader_init(&reader, record->memory);
    arena_init(&scratch, record->memory, ARENA_BLOCK);
    csv_reader_begin(&reader);
    for (size_t at = 0; at < body.length; at += piece) {
        size_t left = body.length - at;
        struct slice window = {body.bytes + at, piece < left ? piece : left};
        read_window(record, &reader, window, &scratch);
        if (piece >= left) break;
    }
    require(reader.scan.scanned == body.length);
    enum cfh_status ended = csv_reader_finish(&reader, &row);
    note_number(record, (size_t)ended);
    if (ended != CFH_END) note_row(record, &reader, &row, &scratch);
    arena_release(&scratch);
    csv_reader_release(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct slice body = {(const char *)data + 1, size - 1};
    struct memory memory;
    struct buffer whole, pieces;
    memory_init(&memory, NULL, 0);
    buffer_init(&whole, &memory);
    buffer_init(&pieces, &memory);
    read_body(&whole, body, SIZE_MAX);
    read_body(&pieces, body, (size_t)data[0] + 1);
    require(whole.length == pieces.length);
    require(memcmp(whole.bytes, pieces.bytes, whole.length) == 0);
    buffer_release(&whole);
    buffer_release(&pieces);
    require(memory.used == 0);
    return 0;
}
