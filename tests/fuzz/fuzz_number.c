/* fuzz_number: the input is a fraction limit (one byte) and three texts, one a line. The order of
 * the texts is a strict total order and never contradicts strtod; a number prints as the same
 * value; no text makes the reader of times fall. */
#include "number.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { TEXTS = 3, TEXT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool condition)
{
    if (!condition) abort();
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* The next line, in a block of exactly its size, so that a step beyond its end is caught. */
static struct slice take_line(const uint8_t **bytes, size_t *length)
{
    const uint8_t *end = *length == 0 ? NULL : memchr(*bytes, '\n', *length);
    size_t line_length = end == NULL ? *length : (size_t)(end - *bytes);
    size_t kept = line_length < TEXT_MAX ? line_length : TEXT_MAX;
    char *copy = malloc(kept > 0 ? kept : 1);
    require(copy != NULL);
    if (kept > 0) memcpy(copy, *bytes, kept);
    size_t taken = line_length + (end != NULL);
    if (taken > 0) *bytes += taken;
    *length -= taken;
    return (struct slice){copy, kept};
}

static double as_double(struct slice text)
{
    char terminated[TEXT_MAX + 1] = "";
    memcpy(terminated, text.bytes, text.length);
    terminated[text.length] = '\0';
    return strtod(terminated, NULL);
}

static void check_pair(struct slice left, struct slice right)
{
    int order = number_order(left, right);
    int by_value = number_order_by_value(left, right);
    require(sign(order) == -sign(number_order(right, left)));
    require(sign(by_value) == -sign(number_order_by_value(right, left)));
    require((order == 0) == text_equal(left, right));
    if (by_value != 0) require(sign(by_value) == sign(order));
    bool left_is_number = number_parse(left, NULL);
    if (left_is_number != number_parse(right, NULL))
        require((by_value < 0) == left_is_number && by_value != 0);
    else if (!left_is_number)
        require(sign(by_value) == sign(text_compare(left, right)));
    /* Rounding keeps the order, so doubles that differ are ordered as the numbers are. */
    else if (as_double(left) < as_double(right))
        require(by_value < 0);
    else if (as_double(left) > as_double(right))
        require(by_value > 0);
}

static void check_triple(struct slice first, struct slice second, struct slice third)
{
    if (number_order(first, second) < 0 && number_order(second, third) < 0)
        require(number_order(first, third) < 0);
    int left = number_order_by_value(first, second);
    int right = number_order_by_value(second, third);
    if (left <= 0 && right <= 0)
        require(sign(number_order_by_value(first, third)) == (left < 0 || right < 0 ? -1 : 0));
}

static void check_print(struct slice text, size_t fraction_limit, struct arena *scratch)
{
    struct slice exact, cut, again;
    bool number = number_parse(text, NULL);
    require(number_print(text, SIZE_MAX, scratch, &exact));
    require(number ? number_order_by_value(text, exact) == 0 : text_equal(text, exact));
    require(number_print(exact, SIZE_MAX, scratch, &again) && text_equal(exact, again));
    require(number_print(text, fraction_limit, scratch, &cut));
    require(number_parse(cut, NULL) == number);
    require(number_print(cut, fraction_limit, scratch, &again) && text_equal(cut, again));
    if (!number || memchr(cut.bytes, 'e', cut.length) != NULL ||
        memchr(cut.bytes, 'E', cut.length) != NULL)
        return;
    const char *point = memchr(cut.bytes, '.', cut.length);
    if (point != NULL) require((size_t)(cut.bytes + cut.length - point) - 1 <= fraction_limit);
}

static void check_time(struct slice text)
{
    int64_t seconds;
    struct slice fraction;
    if (!time_parse(text, &seconds, &fraction)) return;
    require(seconds >= INT64_C(-62135683200) && seconds < INT64_C(253402387200));
    for (size_t i = 0; i < fraction.length; i++)
        require(fraction.bytes[i] >= '0' && fraction.bytes[i] <= '9');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0) return 0;
    size_t fraction_limit = bytes[0] % 16;
    bytes++;
    length--;
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena scratch;
    arena_init(&scratch, &memory, 4096);
    struct slice texts[TEXTS];
    for (size_t i = 0; i < TEXTS; i++) {
        texts[i] = take_line(&bytes, &length);
        check_print(texts[i], fraction_limit, &scratch);
        check_time(texts[i]);
    }
    for (size_t i = 0; i < TEXTS * TEXTS; i++)
        check_pair(texts[i / TEXTS], texts[i % TEXTS]);
    for (size_t i = 0; i < TEXTS * TEXTS * TEXTS; i++)
        check_triple(texts[i / 9], texts[i / 3 % 3], texts[i % 3]);
    for (size_t i = 0; i < TEXTS; i++)
        free((void *)(uintptr_t)texts[i].bytes);
    arena_release(&scratch);
    require(memory.used == 0);
    return 0;
}
