#include "aggregate.h"

#include <string.h>

#include "number.h"

bool aggregate_one(struct slice text, struct arena *scratch, struct values *result)
{
    struct slice *item = arena_take(scratch, sizeof(*item));
    if (item == NULL) return false;
    *item = text;
    *result = (struct values){item, 1};
    return true;
}

bool aggregate_print_count(uint64_t count, struct arena *scratch, struct slice *text)
{
    char digits[NUMBER_DIGITS_MAX];
    return arena_copy(scratch, number_digits(count, digits), text);
}

bool aggregate_parse_count(struct slice text, uint64_t *count)
{
    *count = 0;
    if (text.length == 0 || (text.length > 1 && text.bytes[0] == '0')) return false;
    for (size_t i = 0; i < text.length; i++) {
        char digit = text.bytes[i];
        if (digit < '0' || digit > '9' || *count > UINT64_MAX / 10) return false;
        *count *= 10;
        if (*count > UINT64_MAX - (uint64_t)(digit - '0')) return false;
        *count += (uint64_t)(digit - '0');
    }
    return true;
}

bool aggregate_print_counted(uint64_t count, char mark, struct slice rest, struct arena *scratch,
                             struct slice *item)
{
    char buffer[NUMBER_DIGITS_MAX];
    struct slice digits = number_digits(count, buffer);
    size_t length;
    if (!size_add(digits.length + 1, rest.length, &length)) return false;
    char *bytes = arena_take(scratch, length);
    if (bytes == NULL) return false;
    memcpy(bytes, digits.bytes, digits.length);
    bytes[digits.length] = mark;
    if (rest.length > 0) memcpy(bytes + digits.length + 1, rest.bytes, rest.length);
    *item = (struct slice){bytes, length};
    return true;
}

bool aggregate_parse_counted(struct slice item, uint64_t *count, char *mark, struct slice *rest)
{
    size_t length = 0;
    while (length < item.length && item.bytes[length] >= '0' && item.bytes[length] <= '9')
        length++;
    if (length == item.length) return false;
    *mark = item.bytes[length];
    *rest = (struct slice){item.bytes + length + 1, item.length - length - 1};
    return aggregate_parse_count((struct slice){item.bytes, length}, count) && *count > 0;
}
