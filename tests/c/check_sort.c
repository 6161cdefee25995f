/* The sort: the right order, stable, within its room, and few comparisons whatever comes. */
#include <check.h>
#include <stdlib.h>

#include "sort.h"
#include "test_hunts.h"

enum { MOST = 100000, WORDS_MAX = SORT_SIZE_MAX / sizeof(uint64_t) };

static size_t compared;

/* The first word's upper half is the key, its lower half the place where the item came from. */
static int order_keys(const void *left, const void *right)
{
    uint64_t keys[2];
    memcpy(&keys[0], left, sizeof(keys[0]));
    memcpy(&keys[1], right, sizeof(keys[1]));
    compared++;
    return (int)((keys[0] >> 32) > (keys[1] >> 32)) - (int)((keys[0] >> 32) < (keys[1] >> 32));
}

enum shape { RANDOM, FEW_KEYS, SORTED, REVERSED, EQUAL, SAW, SHAPES };

static uint64_t key_of(enum shape shape, size_t i, size_t count, uint64_t *random)
{
    switch (shape) {
    case RANDOM:
        return next_random(random) >> 32;
    case FEW_KEYS:
        return next_random(random) % 3;
    case SORTED:
        return i;
    case REVERSED:
        return count - i;
    case SAW:
        return i % 17;
    default:
        return 7;
    }
}

/* A block of exactly the items and their room, so that a sanitizer sees a byte too many. */
static void check_sort(enum shape shape, size_t count, size_t words)
{
    uint64_t random = count + 1;
    size_t size = words * sizeof(uint64_t);
    uint64_t *items = malloc((count + sort_room(count)) * size + 1);
    if (items == NULL) ck_abort_msg("no memory for items");
    for (size_t i = 0; i < count; i++) {
        items[i * words] = key_of(shape, i, count, &random) << 32 | i;
        for (size_t word = 1; word < words; word++)
            items[i * words + word] = items[i * words] + word;
    }
    compared = 0;
    sort_items(items, count, size, order_keys);
    for (size_t i = 0; i < count; i++) {
        ck_assert(i == 0 || items[(i - 1) * words] < items[i * words]);
        for (size_t word = 1; word < words; word++)
            ck_assert_uint_eq(items[i * words + word], items[i * words] + word);
    }
    free(items);
}

START_TEST(every_small_count)
{
    for (size_t count = 0; count < 200; count++)
        for (size_t words = 1; words <= WORDS_MAX; words++)
            for (int shape = 0; shape < SHAPES; shape++)
                check_sort((enum shape)shape, count, words);
}
END_TEST

/* n log2 n is 1,660,964 for MOST. */
START_TEST(no_shape_costs_more)
{
    for (int shape = 0; shape < SHAPES; shape++) {
        check_sort((enum shape)shape, MOST, 1);
        ck_assert_uint_le(compared, (size_t)1900000);
        if (shape == SORTED || shape == EQUAL) ck_assert_uint_le(compared, 2 * (size_t)MOST);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sort");
    TCase *cases = tcase_create("sort");
    tcase_add_test(cases, every_small_count);
    tcase_add_test(cases, no_shape_costs_more);
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
