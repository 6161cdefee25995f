/* Fuzzes multivalue: the first byte is the size of a window, the rest is a cell. A cell comes
 * whole, so the window is that of the plain decoder here, which takes the cell in pieces, byte by
 * byte: both must find the same values or none, and the values written again must be the cell.
 *
 *     clang -g -fsanitize=fuzzer,address,undefined -Ic_ext tests/fuzz/fuzz_multivalue.c \
 *         c_ext/memory.c c_ext/multivalue.c -o fuzz_multivalue
 *     ./fuzz_multivalue -max_total_time=60 NEW_FOLDER tests/fuzz/corpus/multivalue
 */
#include <stdlib.h>
#include <string.h>

#include "multivalue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BLOCK = 64 };

static void require(bool condition)
{
    if (!condition) abort();
}

/* The form as a machine that sees one byte at a time. */
struct plain_decoder {
    enum place {
        BEFORE, /* a '$' must open a value */
        INSIDE, /* within a value */
        DOLLAR, /* a '$' within a value: the first of two, or the end */
        BROKEN
    } place;
    size_t count;         /* values closed so far; a DOLLAR at the end closes one more */
    struct buffer values; /* the texts one after another */
    struct buffer ends;   /* as size_t: where each text ends in values */
};

static void close_value(struct plain_decoder *plain)
{
    size_t end = plain->values.length;
    plain->count++;
    require(buffer_append(&plain->ends, (struct slice){(const char *)&end, sizeof(end)}));
}

static void plain_take_byte(struct plain_decoder *plain, char byte)
{
    if (plain->place == BEFORE) {
        plain->place = byte == '$' ? INSIDE : BROKEN;
    } else if (plain->place == INSIDE && byte == '$') {
        plain->place = DOLLAR;
    } else if (plain->place == DOLLAR && byte == ';') {
        close_value(plain);
        plain->place = BEFORE;
    } else if (plain->place == INSIDE || (plain->place == DOLLAR && byte == '$')) {
        require(buffer_append(&plain->values, (struct slice){&byte, 1}));
        plain->place = INSIDE;
    } else {
        plain->place = BROKEN;
    }
}

static void plain_feed(struct plain_decoder *plain, struct slice window)
{
    for (size_t at = 0; at < window.length; at++)
        plain_take_byte(plain, window.bytes[at]);
}

/* True when the cell was well formed. */
static bool plain_finish(struct plain_decoder *plain)
{
    if (plain->place != DOLLAR) return false;
    close_value(plain);
    return true;
}

static void compare_values(const struct plain_decoder *plain, struct values values)
{
    size_t begin = 0;
    require(values.count == plain->count);
    for (size_t index = 0; index < values.count; index++) {
        size_t end;
        memcpy(&end, plain->ends.bytes + index * sizeof(end), sizeof(end));
        require(values.items[index].length == end - begin);
        if (end > begin) {
            require(memcmp(values.items[index].bytes, plain->values.bytes + begin, end - begin) ==
                    0);
        }
        begin = end;
    }
}

/* There is only one way to write values, so a well-formed cell comes back as it was. */
static void compare_written(struct values values, struct slice cell, struct memory *memory)
{
    struct buffer again;
    buffer_init(&again, memory);
    for (size_t index = 0; index < values.count; index++) {
        if (index > 0) require(buffer_append(&again, SLICE(";")));
        require(multivalue_append(&again, values.items[index]));
    }
    require(again.length == cell.length);
    require(memcmp(again.bytes, cell.bytes, cell.length) == 0);
    buffer_release(&again);
}

static void check_cell(struct slice cell, size_t piece, struct memory *memory)
{
    struct plain_decoder plain = {.place = BEFORE};
    struct arena scratch;
    struct values values = {NULL, 0};
    buffer_init(&plain.values, memory);
    buffer_init(&plain.ends, memory);
    arena_init(&scratch, memory, ARENA_BLOCK);
    for (size_t at = 0; at < cell.length; at += piece) {
        size_t left = cell.length - at;
        plain_feed(&plain, (struct slice){cell.bytes + at, piece < left ? piece : left});
    }
    bool well_formed = plain_finish(&plain);
    enum cfh_status status = multivalue_decode(cell, &scratch, &values);
    require(status == (well_formed ? CFH_OK : CFH_BAD_INPUT));
    if (well_formed) {
        compare_values(&plain, values);
        compare_written(values, cell, memory);
    }
    arena_release(&scratch);
    buffer_release(&plain.values);
    buffer_release(&plain.ends);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct memory memory;
    memory_init(&memory, NULL, 0);
    check_cell((struct slice){(const char *)data + 1, size - 1}, (size_t)data[0] + 1, &memory);
    require(memory.used == 0);
    return 0;
}
