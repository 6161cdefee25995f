#include "group_key.h"

#include "csv_cell.h"
#include "number.h"

bool group_key_append(struct buffer *key, struct slice value)
{
    if (value.length > UINT32_MAX) return false;
    struct csv_cell cell = csv_cell_measure(value);
    if (!buffer_reserve(key, cell.length + 1)) return false;
    char *end = csv_cell_write(key->bytes + key->length, &cell);
    *end++ = ',';
    key->length = (size_t)(end - key->bytes);
    return true;
}

bool group_key_next(struct slice *rest, struct slice *value)
{
    return csv_cell_next(rest, value);
}

size_t group_key_common(struct slice left, struct slice right)
{
    size_t limit = left.length < right.length ? left.length : right.length, at = 0;
    uint64_t left_word, right_word;
    while (limit - at >= sizeof(left_word)) {
        memcpy(&left_word, left.bytes + at, sizeof(left_word));
        memcpy(&right_word, right.bytes + at, sizeof(right_word));
        if (left_word != right_word) break;
        at += sizeof(left_word);
    }
    while (at < limit && left.bytes[at] == right.bytes[at])
        at++;
    return at;
}

/* The first field that differs decides; what stands before it is the same bytes. */
int group_key_order(struct slice left, struct slice right)
{
    size_t common = group_key_common(left, right), start = 0;
    struct slice rest = left, left_value, right_value;
    if (common == left.length) return 0;
    while (group_key_next(&rest, &left_value) && (size_t)(rest.bytes - left.bytes) <= common)
        start = (size_t)(rest.bytes - left.bytes);
    rest = (struct slice){right.bytes + start, right.length - start};
    group_key_next(&rest, &right_value);
    return number_order(left_value, right_value);
}
