/* fuzz_decimal: the input is two bytes and then texts, one a line. The accepted numbers among the
 * texts are summed at once and split into parts in another order, with a print and a parse on the
 * way: the same bytes, which are also those of a slow and obvious sum in columns of digits. Sums of
 * squares, quotients and roots keep their laws. Any text may be given to decimal_parse. */
#include "decimal.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS_MAX = 24, TEXT_MAX = 1100, PARTS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool condition)
{
    if (!condition) abort();
}

static bool same(struct slice left, struct slice right)
{
    return left.length == right.length && memcmp(left.bytes, right.bytes, left.length) == 0;
}

/* ---- the obvious sum ---- */

/* Columns for the powers of ten that accepted numbers reach, and for carries. */
enum {
    LOWEST = -(DECIMAL_EXPONENT_MAX + DECIMAL_DIGITS_MAX),
    HIGHEST = DECIMAL_EXPONENT_MAX + DECIMAL_DIGITS_MAX + 8,
    COLUMNS = HIGHEST - LOWEST + 1
};

struct columns {
    int64_t sums[COLUMNS]; /* the lowest power first */
};

static void columns_add(struct columns *columns, const struct number *number)
{
    int64_t power = number->magnitude;
    int64_t sign = number->negative ? -1 : 1;
    for (size_t i = 0; i < number->whole.length; i++)
        columns->sums[power-- - LOWEST] += sign * (number->whole.bytes[i] - '0');
    for (size_t i = 0; i < number->fraction.length; i++)
        columns->sums[power-- - LOWEST] += sign * (number->fraction.bytes[i] - '0');
}

/* Every column becomes a digit; what is carried out at the top is 0, or -1 for a negative sum. */
static int64_t columns_carry(struct columns *columns)
{
    int64_t carry = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        int64_t sum = columns->sums[i] + carry;
        int64_t digit = (sum % 10 + 10) % 10;
        columns->sums[i] = digit;
        carry = (sum - digit) / 10;
    }
    return carry;
}

static bool columns_negate_if_negative(struct columns *columns)
{
    if (columns_carry(columns) == 0) return false;
    for (size_t i = 0; i < COLUMNS; i++)
        columns->sums[i] = -columns->sums[i];
    columns->sums[COLUMNS - 1] += 10;
    require(columns_carry(columns) == 0);
    return true;
}

static struct slice columns_print(struct columns *columns, char text[COLUMNS + 2])
{
    char *out = text;
    if (columns_negate_if_negative(columns)) *out++ = '-';
    size_t first = COLUMNS - 1, last = 0, unit = -LOWEST;
    while (first > unit && columns->sums[first] == 0)
        first--;
    while (last < unit && columns->sums[last] == 0)
        last++;
    for (size_t i = first + 1; i > last; i--) {
        if (i == unit) *out++ = '.';
        *out++ = (char)('0' + columns->sums[i - 1]);
    }
    return (struct slice){text, (size_t)(out - text)};
}

/* ---- what is checked ---- */

struct run {
    struct memory memory;
    struct pool pool;
    struct arena scratch;
    struct number numbers[TEXTS_MAX];
    size_t count;
    size_t stride, parts_choice;
};

static struct slice printed(struct run *run, const struct decimal *value)
{
    struct slice text;
    require(decimal_print(value, &run->scratch, &text));
    return text;
}

static void add(struct run *run, struct decimal *sum, const struct number *number, bool square)
{
    if (square)
        require(decimal_add_square(sum, number, &run->pool));
    else
        require(decimal_add_number(sum, number, &run->pool));
}

static struct decimal sum_at_once(struct run *run, bool square)
{
    struct decimal sum = {.limbs = NULL};
    for (size_t i = 0; i < run->count; i++)
        add(run, &sum, &run->numbers[i], square);
    return sum;
}

/* Walks the numbers from the last, every stride-th first, each into the part that the input says.
 */
static struct decimal sum_in_parts(struct run *run, bool square)
{
    struct decimal parts[PARTS] = {{.limbs = NULL}};
    size_t choice = run->parts_choice;
    for (size_t start = 0; start < run->stride; start++) {
        for (size_t i = start; i < run->count; i += run->stride) {
            add(run, &parts[choice % PARTS], &run->numbers[run->count - 1 - i], square);
            choice = choice * 5 + 3;
        }
    }
    struct decimal sum = {.limbs = NULL};
    for (size_t i = 0; i < PARTS; i++) {
        struct decimal read;
        require(decimal_parse(printed(run, &parts[i]), &run->pool, &read));
        require(decimal_add(&sum, &read, &run->pool));
    }
    return sum;
}

static void check_sum(struct run *run, const struct decimal *sum)
{
    static struct columns columns;
    static char text[COLUMNS + 2];
    memset(&columns, 0, sizeof(columns));
    for (size_t i = 0; i < run->count; i++)
        columns_add(&columns, &run->numbers[i]);
    struct slice expected = columns_print(&columns, text);
    require(same(printed(run, sum), expected));
    int sign = text[0] == '-' ? -1 : !same(expected, SLICE("0"));
    require(decimal_sign(sum) == sign);
}

/* Cauchy and Schwarz: no set of numbers has a negative variance. */
static void check_spread(struct run *run, const struct decimal *sum, const struct decimal *squares)
{
    struct decimal spread = {.limbs = NULL}, squared = {.limbs = NULL};
    require(decimal_multiply_count(squares, run->count, &spread, &run->pool));
    require(decimal_multiply(sum, sum, &squared, &run->pool));
    require(decimal_subtract(&spread, &squared, &run->pool));
    require(decimal_sign(&spread) >= 0);
    if (run->count == 1) require(decimal_sign(&spread) == 0);
}

/* (sum * factor) / factor is sum, and the root of sum * sum is sum without its sign. */
static void check_division(struct run *run, const struct decimal *sum)
{
    uint32_t limb = 1;
    struct decimal one = {.limbs = &limb, .count = 1}, absolute = *sum;
    struct decimal factor = {.limbs = NULL}, product = {.limbs = NULL}, square = {.limbs = NULL};
    struct slice plain, back, root;
    uint64_t count = UINT64_C(987654321987654321) >> run->parts_choice % 60;
    require(decimal_multiply_count(&one, count, &factor, &run->pool));
    require(decimal_multiply(sum, &factor, &product, &run->pool));
    require(decimal_multiply(sum, sum, &square, &run->pool));
    require(decimal_divide(sum, &one, &run->scratch, &plain));
    require(decimal_divide(&product, &factor, &run->scratch, &back));
    require(same(plain, back) && number_parse(plain, NULL));
    absolute.negative = false;
    require(decimal_divide(&absolute, &one, &run->scratch, &plain));
    require(decimal_divide_root(&square, &one, &run->scratch, &root));
    require(same(plain, root));
}

/* Where a text can be read, it is the one text of its value. */
static void check_parse(struct run *run, struct slice text)
{
    struct decimal value;
    if (!decimal_parse(text, &run->pool, &value)) return;
    require(same(printed(run, &value), text));
    decimal_release(&value, &run->pool);
}

/* The next line, in a block of exactly its size, so that a step beyond its end is caught. */
static struct slice take_line(struct slice *input)
{
    const char *end = input->length == 0 ? NULL : memchr(input->bytes, '\n', input->length);
    size_t line_length = end == NULL ? input->length : (size_t)(end - input->bytes);
    size_t kept = line_length < TEXT_MAX ? line_length : TEXT_MAX;
    char *copy = malloc(kept > 0 ? kept : 1);
    require(copy != NULL);
    if (kept > 0) memcpy(copy, input->bytes, kept);
    size_t taken = line_length + (end != NULL);
    if (taken > 0) input->bytes += taken;
    input->length -= taken;
    return (struct slice){copy, kept};
}

static void check_all(struct run *run)
{
    struct decimal sum = sum_at_once(run, false), squares = sum_at_once(run, true);
    struct decimal same_sum = sum_in_parts(run, false), same_squares = sum_in_parts(run, true);
    require(same(printed(run, &sum), printed(run, &same_sum)));
    require(same(printed(run, &squares), printed(run, &same_squares)));
    check_sum(run, &sum);
    check_spread(run, &sum, &squares);
    check_division(run, &sum);
    require(decimal_subtract(&same_sum, &sum, &run->pool) && decimal_sign(&same_sum) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length < 2) return 0;
    struct run run = {.stride = bytes[0] % 7 + 1, .parts_choice = bytes[1]};
    struct slice input = {(const char *)bytes + 2, length - 2}, texts[TEXTS_MAX];
    memory_init(&run.memory, NULL, 0);
    pool_init(&run.pool, &run.memory, 4096);
    arena_init(&run.scratch, &run.memory, 4096);
    for (size_t i = 0; i < TEXTS_MAX; i++) {
        texts[i] = take_line(&input);
        check_parse(&run, texts[i]);
        struct number *number = &run.numbers[run.count];
        if (number_parse(texts[i], number) && decimal_accepts(number)) run.count++;
    }
    check_all(&run);
    for (size_t i = 0; i < TEXTS_MAX; i++)
        free((void *)(uintptr_t)texts[i].bytes);
    pool_release(&run.pool);
    arena_release(&run.scratch);
    require(run.memory.used == 0);
    return 0;
}
