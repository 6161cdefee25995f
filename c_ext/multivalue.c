#include "multivalue.h"

#include <string.h>

/* A value as it stands in the cell: between its two '$'. */
struct raw_value {
    struct slice bytes;
    size_t doubled; /* how many '$' of it are written twice */
};

/* Reads the value whose opening '$' must stand at *at, and moves *at behind its closing one. False
 * when no value stands there. Inside, "$$" is one dollar and a '$' before anything else closes. */
static bool read_value(struct slice cell, size_t *at, struct raw_value *value)
{
    if (*at == cell.length || cell.bytes[*at] != '$') return false;
    const char *begin = cell.bytes + *at + 1;
    const char *end = cell.bytes + cell.length;
    *value = (struct raw_value){.bytes = {begin, 0}};
    const char *dollar = begin;
    while (dollar < end) {
        dollar = memchr(dollar, '$', (size_t)(end - dollar));
        if (dollar == NULL) return false;
        if (dollar + 1 == end || dollar[1] != '$') {
            value->bytes.length = (size_t)(dollar - begin);
            *at = (size_t)(dollar + 1 - cell.bytes);
            return true;
        }
        value->doubled++;
        dollar += 2;
    }
    return false;
}

/* Counts the values; 0 when cell is not of the form. */
static size_t count_values(struct slice cell)
{
    size_t at = 0, count = 0;
    struct raw_value value;
    while (read_value(cell, &at, &value)) {
        count++;
        if (at == cell.length) return count;
        if (cell.bytes[at] != ';') return 0;
        at++;
    }
    return 0;
}

/* The text that value stands for. */
static bool build_text(const struct raw_value *value, struct arena *scratch, struct slice *text)
{
    *text = value->bytes;
    if (value->doubled == 0) return true;
    char *bytes = arena_take(scratch, value->bytes.length - value->doubled);
    if (bytes == NULL) return false;
    size_t length = 0;
    for (size_t at = 0; at < value->bytes.length; at++) {
        bytes[length++] = value->bytes.bytes[at];
        if (value->bytes.bytes[at] == '$') at++;
    }
    *text = (struct slice){bytes, length};
    return true;
}

/* The form is checked before anything is taken from scratch, so a cell that is not of it costs no
 * memory. */
enum cfh_status multivalue_decode(struct slice cell, struct arena *scratch, struct values *values)
{
    size_t count = count_values(cell);
    if (count == 0) return CFH_BAD_INPUT;
    size_t size;
    if (!size_multiply(count, sizeof(struct slice), &size)) return CFH_NO_MEMORY;
    struct slice *items = arena_take(scratch, size);
    if (items == NULL) return CFH_NO_MEMORY;
    size_t at = 0;
    struct raw_value value;
    for (size_t index = 0; index < count && read_value(cell, &at, &value); index++) {
        if (!build_text(&value, scratch, &items[index])) return CFH_NO_MEMORY;
        at++; /* over the ';' */
    }
    *values = (struct values){items, count};
    return CFH_OK;
}

static size_t count_dollars(struct slice text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.length; at++) {
        if (text.bytes[at] == '$') count++;
    }
    return count;
}

bool multivalue_append(struct buffer *target, struct slice value)
{
    size_t length;
    if (!size_add(value.length, count_dollars(value), &length)) return false;
    if (!size_add(length, 2, &length) || !buffer_reserve(target, length)) return false;
    char *to = target->bytes + target->length;
    *to++ = '$';
    for (size_t at = 0; at < value.length; at++) {
        if (value.bytes[at] == '$') *to++ = '$';
        *to++ = value.bytes[at];
    }
    *to = '$';
    target->length += length;
    return true;
}
