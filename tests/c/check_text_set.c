/* Distinct texts and their counts: growth, order, what is given back, and the largest count. */
#include <check.h>

#include <stdio.h>

#include "test_hunts.h"
#include "text_set.h"

enum { POOL_BLOCK = 4096, MANY = 5000 };

struct bench {
    struct memory memory;
    struct hash_key key;
    struct pool pool;
    struct text_set set;
};

static void bench_init(struct bench *bench)
{
    *bench = (struct bench){.memory = test_memory(), .key = test_key(1)};
    pool_init(&bench->pool, &bench->memory, POOL_BLOCK);
}

static void bench_release(struct bench *bench)
{
    pool_release(&bench->pool);
    ck_assert_uint_eq(bench->memory.used, 0);
}

static bool add(struct bench *bench, struct slice text)
{
    return text_set_add(&bench->set, text, &bench->pool, &bench->key);
}

static bool count(struct bench *bench, struct slice text, uint64_t number)
{
    return text_set_count(&bench->set, text, number, &bench->pool, &bench->key);
}

/* Lengths on both sides of TEXT_SET_INLINE. */
static struct slice numbered(char bytes[64], size_t i)
{
    int length = snprintf(bytes, 64, "%0*zu", (int)(4 + i % 20), i);
    return (struct slice){bytes, (size_t)length};
}

START_TEST(a_zeroed_set_is_empty)
{
    struct bench bench;
    bench_init(&bench);
    text_set_gather(&bench.set);
    text_set_sort(&bench.set);
    ck_assert_uint_eq(bench.set.count, 0);
    text_set_release(&bench.set, &bench.pool);
    ck_assert_uint_eq(bench.set.count, 0);
    ck_assert_uint_eq(bench.memory.peak, 0);
    bench_release(&bench);
}
END_TEST

START_TEST(texts_are_held_once_and_sorted)
{
    struct bench bench;
    char bytes[64];
    bench_init(&bench);
    for (size_t round = 0; round < 2; round++)
        for (size_t i = 0; i < MANY; i++)
            ck_assert(add(&bench, numbered(bytes, i * 7 % MANY)));
    ck_assert(add(&bench, (struct slice){NULL, 0}));
    ck_assert(add(&bench, (struct slice){"\0\0", 2}));
    ck_assert(add(&bench, (struct slice){"\0", 1}));
    ck_assert_uint_eq(bench.set.count, MANY + 3);
    ck_assert_ptr_null(bench.set.counts);
    text_set_sort(&bench.set);
    text_set_sort(&bench.set);
    ck_assert_uint_eq(bench.set.count, MANY + 3);
    ck_assert_uint_eq(text_slot_text(&bench.set.slots[0]).length, 0);
    for (size_t i = 1; i < bench.set.count; i++)
        ck_assert_int_lt(text_compare(text_slot_text(&bench.set.slots[i - 1]),
                                      text_slot_text(&bench.set.slots[i])),
                         0);
    bench_release(&bench);
}
END_TEST

/* Text i has been counted i + 1 times when it was counted in three parts. */
START_TEST(counts_stay_with_their_texts)
{
    struct bench bench;
    char bytes[64];
    uint64_t seen = 0;
    bench_init(&bench);
    for (size_t part = 0; part < 3; part++)
        for (size_t i = 0; i < MANY; i++)
            ck_assert(count(&bench, numbered(bytes, i),
                            part == 0   ? i - i / 2 - i / 3 + 1
                            : part == 1 ? i / 2
                                        : i / 3));
    ck_assert_uint_eq(bench.set.count, MANY);
    ck_assert_uint_eq(bench.set.total, (uint64_t)MANY * (MANY + 1) / 2);
    text_set_gather(&bench.set);
    for (size_t i = 0; i < MANY; i++) {
        struct slice text = text_slot_text(&bench.set.slots[i]);
        uint64_t number = 0;
        for (size_t j = 0; j < text.length; j++)
            number = number * 10 + (uint64_t)(text.bytes[j] - '0');
        ck_assert_uint_eq(bench.set.counts[i], number + 1);
        seen += number;
    }
    ck_assert_uint_eq(seen, (uint64_t)MANY * (MANY - 1) / 2);
    bench_release(&bench);
}
END_TEST

START_TEST(the_largest_total)
{
    struct bench bench;
    bench_init(&bench);
    ck_assert(count(&bench, SLICE("a"), UINT64_MAX - 1));
    ck_assert(!count(&bench, SLICE("b"), 2));
    ck_assert_uint_eq(bench.set.count, 1);
    ck_assert(count(&bench, SLICE("b"), 1));
    ck_assert(!count(&bench, SLICE("a"), 1));
    ck_assert(count(&bench, SLICE("a"), 0));
    ck_assert_uint_eq(bench.set.total, UINT64_MAX);
    bench_release(&bench);
}
END_TEST

/* What is given back is taken again: a thousand sets need the room of one. */
START_TEST(a_released_set_gives_its_room_back)
{
    struct bench bench;
    char bytes[64];
    size_t used = 0;
    bench_init(&bench);
    for (size_t round = 0; round < 1000; round++) {
        for (size_t i = 0; i < 100; i++)
            ck_assert(count(&bench, numbered(bytes, i), 1));
        if (round % 3 == 0) text_set_gather(&bench.set);
        ck_assert_uint_eq(bench.set.count, 100);
        text_set_release(&bench.set, &bench.pool);
        ck_assert_uint_eq(bench.set.count, 0);
        if (round == 0) used = bench.memory.used;
        ck_assert_uint_le(bench.memory.used, used);
    }
    bench_release(&bench);
}
END_TEST

START_TEST(a_set_owns_its_texts)
{
    struct bench bench;
    char bytes[] = "a text that lies in the pool";
    bench_init(&bench);
    ck_assert(add(&bench, slice_of(bytes)));
    ck_assert(add(&bench, (struct slice){bytes, TEXT_SET_INLINE}));
    memset(bytes, 'x', sizeof(bytes) - 1);
    text_set_sort(&bench.set);
    ck_assert(slice_is(text_slot_text(&bench.set.slots[0]), "a text that "));
    ck_assert(slice_is(text_slot_text(&bench.set.slots[1]), "a text that lies in the pool"));
    bench_release(&bench);
}
END_TEST

START_TEST(slots_are_small_and_at_most_three_quarters_are_used)
{
    struct bench bench;
    char bytes[64];
    bool fits = sizeof(struct text_slot) == 16;
    bench_init(&bench);
    for (size_t i = 0; i < 1000; i++) {
        ck_assert(add(&bench, numbered(bytes, i)));
        size_t capacity = bench.set.capacity;
        fits = fits && (capacity & (capacity - 1)) == 0 && bench.set.count <= capacity / 4 * 3;
    }
    ck_assert(fits);
    ck_assert_uint_le(bench.set.capacity, 2048);
    bench_release(&bench);
}
END_TEST

/* Neither the key nor the order in which texts came is seen in what comes out. */
START_TEST(F3_every_key_and_order_gives_the_same)
{
    enum { TEXTS = 100 };
    uint64_t random = 42;
    for (uint64_t seed = 1; seed < 10; seed++) {
        struct bench bench;
        char bytes[64];
        size_t order[TEXTS];
        bench_init(&bench);
        bench.key = test_key(seed);
        shuffle(order, TEXTS, &random);
        for (size_t i = 0; i < TEXTS; i++)
            ck_assert(add(&bench, numbered(bytes, order[i])));
        text_set_sort(&bench.set);
        for (size_t i = 1; i < TEXTS; i++)
            ck_assert_int_lt(text_compare(text_slot_text(&bench.set.slots[i - 1]),
                                          text_slot_text(&bench.set.slots[i])),
                             0);
        ck_assert_uint_eq(bench.set.count, TEXTS);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(a_refusal_leaves_the_set_whole)
{
    for (size_t counted = 0; counted < 2; counted++) {
        bool refused = true;
        for (size_t n = 0; refused; n++) {
            struct failing_source failing = {.fail_at = n};
            struct bench bench = {.memory = failing_memory(&failing), .key = test_key(1)};
            char bytes[64];
            size_t added = 0;
            pool_init(&bench.pool, &bench.memory, 0);
            while (added < 60 && (counted > 0 ? count(&bench, numbered(bytes, added), 2)
                                              : add(&bench, numbered(bytes, added))))
                added++;
            refused = failing.refused;
            ck_assert(refused == (added < 60));
            ck_assert_uint_eq(bench.set.count, added);
            ck_assert_uint_eq(bench.set.total, counted > 0 ? 2 * added : 0);
            for (size_t i = 0; i < 60; i++) /* the source refuses once */
                ck_assert(counted > 0 ? count(&bench, numbered(bytes, i), 2)
                                      : add(&bench, numbered(bytes, i)));
            ck_assert_uint_eq(bench.set.count, 60);
            pool_release(&bench.pool);
            ck_assert_uint_eq(bench.memory.used, 0);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text_set");
    TCase *room = tcase_create("room");
    tcase_add_test(room, a_zeroed_set_is_empty);
    tcase_add_test(room, texts_are_held_once_and_sorted);
    tcase_add_test(room, counts_stay_with_their_texts);
    tcase_add_test(room, the_largest_total);
    tcase_add_test(room, a_released_set_gives_its_room_back);
    tcase_add_test(room, a_set_owns_its_texts);
    tcase_add_test(room, slots_are_small_and_at_most_three_quarters_are_used);
    tcase_add_test(room, F3_every_key_and_order_gives_the_same);
    tcase_add_test(room, a_refusal_leaves_the_set_whole);
    suite_add_tcase(suite, room);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
