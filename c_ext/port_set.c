#include "port_set.h"

enum {
    FIRST_CAPACITY = 8,
    LAST_CAPACITY = 2048, /* three quarters of it are PORT_SET_TABLE_MAX */
    WORD_BITS = 64,
    WORDS = PORT_SET_NUMBERS / WORD_BITS,
    BLOCKS = PORT_SET_NUMBERS / PORT_BLOCK_NUMBERS
};

bool port_set_takes(struct slice text, uint16_t *number)
{
    uint32_t value = 0;
    if (text.length == 0 || text.length > 5 || text.bytes[0] == '0') return false;
    for (size_t i = 0; i < text.length; i++) {
        unsigned digit = (unsigned)(unsigned char)text.bytes[i] - '0';
        if (digit > 9) return false;
        value = value * 10 + digit;
    }
    *number = (uint16_t)value;
    return value < PORT_SET_NUMBERS;
}

struct slice port_set_print(uint16_t number, char digits[PORT_SET_DIGITS])
{
    size_t start = PORT_SET_DIGITS;
    do
        digits[--start] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return (struct slice){digits + start, PORT_SET_DIGITS - start};
}

static bool has_bits(const struct port_set *set)
{
    return set->capacity == PORT_SET_NUMBERS;
}

/* The numbers of a small set, or the slots of its table. */
static uint16_t *small_numbers(const struct port_set *set)
{
    /* The set is const, what its table holds is not. */
    return set->capacity > 0 ? set->numbers.table : (uint16_t *)(uintptr_t)set->numbers.few;
}

/* ---- the table ---- */

/* The slot that holds number, or the free one where it belongs. There is always a free one. */
static size_t table_find(const uint16_t *table, size_t capacity, uint16_t number)
{
    size_t index = ((uint32_t)number * UINT32_C(2654435769) >> 16) & (capacity - 1);
    while (table[index] != 0 && table[index] != number)
        index = (index + 1) & (capacity - 1);
    return index;
}

static bool few_hold(const struct port_set *set, uint16_t number)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->numbers.few[i] == number) return true;
    return false;
}

static void give_table(struct port_set *set, struct pool *pool)
{
    if (set->capacity > 0) pool_give(pool, set->numbers.table, set->capacity * sizeof(uint16_t));
}

static bool move_to_table(struct port_set *set, size_t capacity, struct pool *pool)
{
    uint16_t *table = pool_take(pool, capacity * sizeof(*table));
    if (table == NULL) return false;
    memset(table, 0, capacity * sizeof(*table));
    const uint16_t *numbers = small_numbers(set);
    size_t end = set->capacity > 0 ? set->capacity : set->count;
    for (size_t i = 0; i < end; i++)
        if (numbers[i] != 0) table[table_find(table, capacity, numbers[i])] = numbers[i];
    give_table(set, pool);
    set->numbers.table = table;
    set->capacity = (uint32_t)capacity;
    return true;
}

static void set_bit(uint64_t *bits, uint16_t number)
{
    bits[number / WORD_BITS] |= UINT64_C(1) << (number % WORD_BITS);
}

static bool bit_is_set(const uint64_t *bits, uint32_t number)
{
    return (bits[number / WORD_BITS] >> (number % WORD_BITS) & 1) != 0;
}

static bool move_to_bits(struct port_set *set, struct pool *pool)
{
    uint64_t *bits = pool_take(pool, WORDS * sizeof(*bits));
    if (bits == NULL) return false;
    memset(bits, 0, WORDS * sizeof(*bits));
    for (size_t i = 0; i < set->capacity; i++)
        if (set->numbers.table[i] != 0) set_bit(bits, set->numbers.table[i]);
    give_table(set, pool);
    set->numbers.bits = bits;
    set->capacity = PORT_SET_NUMBERS;
    return true;
}

/* Room for one more. */
static bool grow(struct port_set *set, struct pool *pool)
{
    if (set->capacity == 0)
        return set->count < PORT_SET_FEW || move_to_table(set, FIRST_CAPACITY, pool);
    if (set->count < set->capacity / 4 * 3) return true;
    if (set->capacity < LAST_CAPACITY) return move_to_table(set, (size_t)set->capacity * 2, pool);
    return move_to_bits(set, pool);
}

bool port_set_add(struct port_set *set, uint16_t number, struct pool *pool)
{
    if (has_bits(set)) {
        set->count += !bit_is_set(set->numbers.bits, number);
        set_bit(set->numbers.bits, number);
        return true;
    }
    if (set->capacity == 0 && few_hold(set, number)) return true;
    if (!grow(set, pool)) return false;
    if (has_bits(set)) return port_set_add(set, number, pool);
    size_t index = set->count;
    if (set->capacity > 0) {
        index = table_find(set->numbers.table, set->capacity, number);
        if (set->numbers.table[index] == number) return true;
    }
    small_numbers(set)[index] = number;
    set->count++;
    return true;
}

/* ---- order ---- */

/* Orders numbers as their texts: as if zeros followed, and of those then equal the shorter first.
 */
static uint32_t text_rank(uint16_t number)
{
    uint32_t digits = 5, filled = number;
    while (filled < 10000) {
        filled *= 10;
        digits--;
    }
    return filled * 8 + digits;
}

/* Shell's sort: in place, and for a table's numbers fast enough. */
static void sort_numbers(uint16_t *numbers, size_t count)
{
    size_t gap = 1;
    while (gap < count / 3)
        gap = gap * 3 + 1;
    for (; gap > 0; gap /= 3) {
        for (size_t i = gap; i < count; i++) {
            uint16_t number = numbers[i];
            uint32_t rank = text_rank(number);
            size_t at = i;
            for (; at >= gap && text_rank(numbers[at - gap]) > rank; at -= gap)
                numbers[at] = numbers[at - gap];
            numbers[at] = number;
        }
    }
}

void port_set_arrange(struct port_set *set)
{
    if (has_bits(set)) return;
    uint16_t *numbers = small_numbers(set);
    size_t used = 0;
    for (size_t i = 0; i < set->capacity; i++)
        if (numbers[i] != 0) numbers[used++] = numbers[i];
    for (; used < set->capacity; used++)
        numbers[used] = 0;
    sort_numbers(numbers, set->count);
}

/* Is one of count numbers from first on there? */
static bool any_from(const uint64_t *bits, uint32_t first, uint32_t count)
{
    uint32_t end = first + count < PORT_SET_NUMBERS ? first + count : PORT_SET_NUMBERS;
    while (first < end) {
        uint32_t shift = first % WORD_BITS, step = WORD_BITS - shift;
        uint64_t marks = bits[first / WORD_BITS] >> shift;
        if (end - first < step) marks &= (UINT64_C(1) << (end - first)) - 1;
        if (marks != 0) return true;
        first += step;
    }
    return false;
}

/* Has a longer text that begins with number's text a number there? */
static bool any_below(const uint64_t *bits, uint32_t number)
{
    for (uint32_t first = number * 10, count = 10; first < PORT_SET_NUMBERS;
         first *= 10, count *= 10)
        if (any_from(bits, first, count)) return true;
    return false;
}

/* Lists the ten numbers from first on, as far as there are as many. */
static uint16_t *list_ten(const uint64_t *bits, uint32_t first, uint16_t *next)
{
    if (first >= PORT_SET_NUMBERS) return next;
    uint32_t left = PORT_SET_NUMBERS - first, count = left < 10 ? left : 10;
    uint32_t shift = first % WORD_BITS;
    uint64_t marks = bits[first / WORD_BITS] >> shift;
    if (shift + count > WORD_BITS) marks |= bits[first / WORD_BITS + 1] << (WORD_BITS - shift);
    for (marks &= (UINT64_C(1) << count) - 1; marks != 0; marks &= marks - 1)
        *next++ = (uint16_t)(first + (uint32_t)__builtin_ctzll(marks));
    return next;
}

/* Lists number, of at most four digits, and those whose texts begin with its text. */
static uint16_t *list_below(const uint64_t *bits, uint32_t number, uint16_t *next)
{
    uint32_t first = number * 10;
    if (bit_is_set(bits, number)) *next++ = (uint16_t)number;
    if (first >= 10000) return list_ten(bits, first, next);
    if (!any_below(bits, number)) return next;
    for (uint32_t below = first; below < first + 10 && below < PORT_SET_NUMBERS; below++)
        next = list_below(bits, below, next);
    return next;
}

void port_set_list(const struct port_set *set, uint16_t *numbers)
{
    if (!has_bits(set)) {
        if (set->count > 0) memcpy(numbers, small_numbers(set), set->count * sizeof(*numbers));
        return;
    }
    for (uint32_t digit = 1; digit <= 9; digit++)
        numbers = list_below(set->numbers.bits, digit, numbers);
}

/* ---- travelling ---- */

static bool block_is_empty(const uint64_t *words)
{
    uint64_t all = 0;
    for (size_t i = 0; i < PORT_BLOCK_WORDS; i++)
        all |= words[i];
    return all == 0;
}

size_t port_set_block_count(const struct port_set *set)
{
    size_t count = 0;
    if (!has_bits(set)) return 0;
    for (size_t i = 0; i < BLOCKS; i++)
        count += !block_is_empty(set->numbers.bits + i * PORT_BLOCK_WORDS);
    return count;
}

void port_set_block(const struct port_set *set, size_t i, struct port_block *block)
{
    const uint64_t *words = set->numbers.bits;
    size_t index = 0;
    while (block_is_empty(words) || i-- > 0) {
        words += PORT_BLOCK_WORDS;
        index++;
    }
    block->index = (uint8_t)index;
    memcpy(block->words, words, sizeof(block->words));
}

uint16_t port_set_at(const struct port_set *set, size_t i)
{
    return small_numbers(set)[i];
}

bool port_set_add_block(struct port_set *set, const struct port_block *block, struct pool *pool)
{
    for (size_t i = 0; i < PORT_BLOCK_NUMBERS; i++) {
        uint32_t number = (uint32_t)block->index * PORT_BLOCK_NUMBERS + (uint32_t)i;
        if (number == 0 || !bit_is_set(block->words, (uint32_t)i)) continue;
        if (!port_set_add(set, (uint16_t)number, pool)) return false;
    }
    return true;
}
