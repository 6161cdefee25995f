#include "aggregate.h"

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
    if (text.length == 0) return false;
    for (size_t i = 0; i < text.length; i++) {
        char digit = text.bytes[i];
        if (digit < '0' || digit > '9' || *count > (UINT64_MAX - 9) / 10) return false;
        *count = *count * 10 + (uint64_t)(digit - '0');
    }
    return true;
}
