/* Every block is counted, a bound holds, and a refusal leaves things as they were. */
#include <check.h>
#include <stdalign.h>

#include "memory.h"
#include "test_memory.h"

enum { BLOCK = 256 };

static struct memory bounded_memory(size_t limit)
{
    struct memory memory;
    memory_init(&memory, NULL, limit);
    return memory;
}

/* ---- counting ---- */

START_TEST(blocks_are_counted)
{
    struct memory memory = bounded_memory(0);
    char *block = memory_resize(&memory, NULL, 0, 100);
    ck_assert_ptr_nonnull(block);
    memset(block, 'a', 100);
    ck_assert_uint_eq(memory.used, 100);
    block = memory_resize(&memory, block, 100, 300);
    ck_assert_ptr_nonnull(block);
    ck_assert(block[0] == 'a' && block[99] == 'a');
    ck_assert_uint_eq(memory.used, 300);
    block = memory_resize(&memory, block, 300, 50);
    ck_assert_ptr_nonnull(block);
    ck_assert_uint_eq(memory.used, 50);
    ck_assert_ptr_null(memory_resize(&memory, block, 50, 0));
    ck_assert_ptr_null(memory_resize(&memory, NULL, 0, 0));
    ck_assert_uint_eq(memory.used, 0);
    ck_assert_uint_eq(memory.peak, 300);
    ck_assert(!memory.limited);
}
END_TEST

START_TEST(the_bound_holds)
{
    struct memory memory = bounded_memory(100);
    char *block = memory_resize(&memory, NULL, 0, 60);
    ck_assert_ptr_nonnull(block);
    block[59] = 'a';
    ck_assert_ptr_null(memory_resize(&memory, NULL, 0, 41));
    ck_assert(memory.limited);
    ck_assert_ptr_null(memory_resize(&memory, block, 60, 101));
    ck_assert_ptr_null(memory_resize(&memory, block, 60, SIZE_MAX));
    ck_assert_uint_eq(memory.used, 60);
    ck_assert(block[59] == 'a');
    char *other = memory_resize(&memory, NULL, 0, 40);
    ck_assert_ptr_nonnull(other);
    ck_assert_uint_eq(memory.used, 100);
    ck_assert_uint_eq(memory.peak, 100);
    memory_resize(&memory, other, 40, 0);
    block = memory_resize(&memory, block, 60, 100);
    ck_assert_ptr_nonnull(block);
    memory_resize(&memory, block, 100, 0);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

START_TEST(a_refusing_source_is_not_the_bound)
{
    struct failing_source source = {.fail_at = 1};
    struct memory memory = failing_memory(&source);
    char *block = memory_resize(&memory, NULL, 0, 10);
    ck_assert_ptr_nonnull(block);
    ck_assert_ptr_null(memory_resize(&memory, block, 10, 20));
    ck_assert(source.refused && !memory.limited);
    ck_assert_uint_eq(memory.used, 10);
    memory_resize(&memory, block, 10, 0);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

START_TEST(sizes_do_not_wrap)
{
    size_t result = 7;
    ck_assert(size_add(SIZE_MAX - 1, 1, &result));
    ck_assert_uint_eq(result, SIZE_MAX);
    ck_assert(!size_add(SIZE_MAX, 1, &result));
    ck_assert(!size_add(1, SIZE_MAX, &result));
    ck_assert(size_multiply(SIZE_MAX / 2, 2, &result));
    ck_assert_uint_eq(result, SIZE_MAX - 1);
    ck_assert(!size_multiply(SIZE_MAX / 2 + 1, 2, &result));
    ck_assert(size_multiply(SIZE_MAX, 0, &result));
    ck_assert_uint_eq(result, 0);
    ck_assert(size_multiply(0, SIZE_MAX, &result));
    ck_assert_uint_eq(result, 0);
}
END_TEST

/* ---- buffer ---- */

START_TEST(a_buffer_grows_at_its_end)
{
    struct memory memory = bounded_memory(0);
    struct buffer buffer;
    buffer_init(&buffer, &memory);
    ck_assert_uint_eq(buffer_slice(&buffer).length, 0);
    ck_assert(buffer_append(&buffer, (struct slice){NULL, 0}));
    ck_assert_uint_eq(memory.used, 0);
    ck_assert(buffer_append(&buffer, SLICE("ab\0")));
    ck_assert(buffer_append(&buffer, SLICE("c")));
    ck_assert(buffer.length == 4 && memcmp(buffer.bytes, "ab\0c", 4) == 0);
    ck_assert(buffer_reserve(&buffer, 1000));
    ck_assert_uint_ge(buffer.capacity, 1004);
    ck_assert_uint_eq(memory.used, buffer.capacity);
    char *bytes = buffer.bytes;
    buffer_clear(&buffer);
    ck_assert_uint_eq(buffer.length, 0);
    ck_assert(buffer_append(&buffer, SLICE("d")));
    ck_assert_ptr_eq(buffer.bytes, bytes);
    ck_assert(slice_is(buffer_slice(&buffer), "d"));
    buffer_release(&buffer);
    ck_assert_uint_eq(memory.used, 0);
    ck_assert(buffer_append(&buffer, SLICE("e")));
    ck_assert(slice_is(buffer_slice(&buffer), "e"));
    buffer_release(&buffer);
    buffer_release(&buffer);
}
END_TEST

static void append_bytes(struct buffer *buffer, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        if (!buffer_append(buffer, SLICE("a"))) ck_abort_msg("refused at byte %zu", index);
    }
}

START_TEST(a_buffer_moves_seldom)
{
    struct failing_source source = {.fail_at = SIZE_MAX};
    struct memory memory = failing_memory(&source);
    struct buffer buffer;
    buffer_init(&buffer, &memory);
    append_bytes(&buffer, 1 << 20);
    ck_assert_uint_lt(source.requests, 16);
    buffer_release(&buffer);
}
END_TEST

/* Growing by what is needed and no more would move the buffer for every byte here. */
START_TEST(a_buffer_moves_seldom_near_the_bound)
{
    enum { LIMIT = 1000000 };
    struct failing_source source = {.fail_at = SIZE_MAX};
    struct memory memory = failing_memory(&source);
    struct buffer buffer;
    memory.limit = LIMIT;
    buffer_init(&buffer, &memory);
    append_bytes(&buffer, LIMIT);
    ck_assert(!memory.limited);
    ck_assert_uint_lt(source.requests, 64);
    ck_assert(!buffer_append(&buffer, SLICE("b")));
    ck_assert(memory.limited);
    ck_assert(buffer.length == LIMIT && buffer.bytes[LIMIT - 1] == 'a');
    ck_assert(!buffer_reserve(&buffer, SIZE_MAX));
    ck_assert(!buffer_reserve(&buffer, SIZE_MAX - LIMIT));
    ck_assert_uint_eq(memory.used, LIMIT);
    buffer_release(&buffer);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

/* ---- arena ---- */

static bool is_aligned(const void *bytes)
{
    return (uintptr_t)bytes % alignof(max_align_t) == 0;
}

/* Takes of many sizes; each is filled to its end, and none may have touched another. */
START_TEST(an_arena_gives_separate_aligned_blocks)
{
    enum { TAKES = 600 };
    struct memory memory = bounded_memory(0);
    struct arena arena;
    unsigned char *taken[TAKES];
    arena_init(&arena, &memory, BLOCK);
    for (size_t round = 0; round < 3; round++) {
        for (size_t size = 0; size < TAKES; size++) {
            taken[size] = arena_take(&arena, size);
            ck_assert(taken[size] != NULL && is_aligned(taken[size]));
            memset(taken[size], (int)(size % 251), size);
        }
        size_t wrong = 0;
        for (size_t size = 0; size < TAKES; size++) {
            for (size_t at = 0; at < size; at++) {
                if (taken[size][at] != size % 251) wrong++;
            }
        }
        ck_assert_uint_eq(wrong, 0);
        arena_clear(&arena);
        ck_assert_uint_eq(memory.used, BLOCK);
    }
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
    arena_release(&arena);
}
END_TEST

START_TEST(a_large_take_does_not_end_the_newest_block)
{
    struct failing_source source = {.fail_at = SIZE_MAX};
    struct memory memory = failing_memory(&source);
    struct arena arena;
    arena_init(&arena, &memory, BLOCK);
    char *first = arena_take(&arena, 16);
    ck_assert_ptr_nonnull(arena_take(&arena, 10 * BLOCK));
    char *second = arena_take(&arena, 16);
    ck_assert_ptr_eq(second, first + 16);
    ck_assert_uint_eq(source.requests, 2);
    arena_clear(&arena);
    ck_assert_uint_eq(memory.used, BLOCK);
    ck_assert_ptr_eq(arena_take(&arena, 16), first);
    arena_release(&arena);
}
END_TEST

START_TEST(clearing_gives_a_large_block_back)
{
    struct memory memory = bounded_memory(0);
    struct arena arena;
    arena_init(&arena, &memory, BLOCK);
    ck_assert_ptr_nonnull(arena_take(&arena, 10 * BLOCK));
    ck_assert_ptr_nonnull(arena_take(&arena, 10 * BLOCK));
    arena_clear(&arena);
    ck_assert_uint_eq(memory.used, 0);
    arena_clear(&arena);
    ck_assert_ptr_nonnull(arena_take(&arena, 1));
    ck_assert_uint_eq(memory.used, BLOCK);
    arena_release(&arena);
}
END_TEST

START_TEST(copies_live_in_the_arena)
{
    struct memory memory = bounded_memory(BLOCK);
    struct arena arena;
    struct slice copy;
    arena_init(&arena, &memory, BLOCK);
    ck_assert(arena_copy(&arena, (struct slice){NULL, 0}, &copy));
    ck_assert_uint_eq(copy.length, 0);
    ck_assert_uint_eq(memory.used, 0);
    char text[] = "a\0b";
    ck_assert(arena_copy(&arena, (struct slice){text, 3}, &copy));
    text[0] = 'x';
    ck_assert(copy.length == 3 && memcmp(copy.bytes, "a\0b", 3) == 0);
    char large[BLOCK] = {0};
    ck_assert(!arena_copy(&arena, (struct slice){large, sizeof(large)}, &copy));
    ck_assert(memory.limited);
    ck_assert_ptr_null(arena_take(&arena, SIZE_MAX));
    ck_assert_ptr_null(arena_take(&arena, SIZE_MAX - 16));
    ck_assert_ptr_nonnull(arena_take(&arena, 16));
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

/* ---- pool ---- */

START_TEST(a_pool_gives_blocks_again)
{
    struct memory memory = bounded_memory(0);
    struct pool pool;
    pool_init(&pool, &memory, 4096);
    char *small = pool_take(&pool, 10);
    char *large = pool_take(&pool, 100);
    ck_assert(small != NULL && large != NULL && is_aligned(small) && is_aligned(large));
    memset(small, 's', 10);
    memset(large, 'l', 100);
    pool_give(&pool, small, 10);
    pool_give(&pool, large, 100);
    pool_give(&pool, NULL, 100);
    ck_assert_ptr_eq(pool_take(&pool, 65), large);
    ck_assert_ptr_eq(pool_take(&pool, 0), small);
    ck_assert_ptr_ne(pool_take(&pool, 16), small);
    char *first = pool_take(&pool, 200), *second = pool_take(&pool, 200);
    pool_give(&pool, first, 200);
    pool_give(&pool, second, 200);
    ck_assert_ptr_eq(pool_take(&pool, 256), second);
    ck_assert_ptr_eq(pool_take(&pool, 129), first);
    ck_assert_ptr_null(pool_take(&pool, SIZE_MAX));
    ck_assert_uint_eq(pool.largest, 256);
    pool_clear(&pool);
    ck_assert_uint_eq(pool.largest, 0);
    pool_release(&pool);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

START_TEST(a_cleared_pool_has_no_old_blocks)
{
    struct memory memory = bounded_memory(0);
    struct pool pool;
    pool_init(&pool, &memory, BLOCK);
    for (size_t size = 1; size < 2000; size++) {
        char *block = pool_take(&pool, size);
        ck_assert_ptr_nonnull(block);
        memset(block, 'a', size);
        if (size % 2 == 0) pool_give(&pool, block, size);
    }
    pool_clear(&pool);
    ck_assert_uint_le(memory.used, BLOCK);
    for (size_t size = 1; size < 2000; size++) {
        char *block = pool_take(&pool, size);
        ck_assert_ptr_nonnull(block);
        memset(block, 'b', size);
    }
    pool_release(&pool);
    pool_release(&pool);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

/* A state that doubles, giving back what it outgrew, takes at most a few times its last size. */
START_TEST(growing_states_share_blocks)
{
    struct memory memory = bounded_memory(0);
    struct pool pool;
    pool_init(&pool, &memory, 4096);
    for (size_t state = 0; state < 100; state++) {
        char *block = pool_take(&pool, 16);
        for (size_t size = 16; size < 1024; size *= 2) {
            ck_assert_ptr_nonnull(block);
            char *grown = pool_take(&pool, size * 2);
            pool_give(&pool, block, size);
            block = grown;
        }
    }
    ck_assert_uint_lt(memory.used, 100 * 1024 * 2);
    pool_release(&pool);
}
END_TEST

/* ---- all of them ---- */

START_TEST(zeroed_things_can_be_released)
{
    struct buffer buffer = {.length = 0};
    struct arena arena = {.blocks = NULL};
    struct pool pool = {.arena = {.blocks = NULL}};
    buffer_release(&buffer);
    arena_release(&arena);
    pool_release(&pool);
}
END_TEST

static bool use_everything(struct memory *memory)
{
    struct buffer buffer;
    struct pool pool;
    struct slice copy;
    bool fine = true;
    buffer_init(&buffer, memory);
    pool_init(&pool, memory, BLOCK);
    for (size_t size = 1; size < 400; size += 13) {
        char *block = pool_take(&pool, size);
        fine = fine && block != NULL && buffer_reserve(&buffer, size);
        if (block != NULL) memset(block, 'a', size);
        fine = fine && buffer_append(&buffer, (struct slice){block, size});
        fine = fine && arena_copy(&pool.arena, buffer_slice(&buffer), &copy);
        pool_give(&pool, block, size);
    }
    buffer_release(&buffer);
    pool_release(&pool);
    return fine;
}

START_TEST(any_refused_request_is_reported)
{
    bool succeeded = false;
    for (size_t n = 0; !succeeded; n++) {
        struct failing_source source = {.fail_at = n};
        struct memory memory = failing_memory(&source);
        bool fine = use_everything(&memory);
        ck_assert(fine || source.refused);
        ck_assert(!memory.limited);
        succeeded = !source.refused;
        if (succeeded) ck_assert_uint_gt(n, 10);
        ck_assert_uint_eq(memory.used, 0);
    }
}
END_TEST

static TCase *memory_cases(void)
{
    TCase *cases = tcase_create("memory");
    tcase_add_test(cases, blocks_are_counted);
    tcase_add_test(cases, the_bound_holds);
    tcase_add_test(cases, a_refusing_source_is_not_the_bound);
    tcase_add_test(cases, sizes_do_not_wrap);
    tcase_add_test(cases, zeroed_things_can_be_released);
    tcase_add_test(cases, any_refused_request_is_reported);
    return cases;
}

static TCase *buffer_cases(void)
{
    TCase *cases = tcase_create("buffer");
    tcase_add_test(cases, a_buffer_grows_at_its_end);
    tcase_add_test(cases, a_buffer_moves_seldom);
    tcase_add_test(cases, a_buffer_moves_seldom_near_the_bound);
    return cases;
}

static TCase *arena_and_pool_cases(void)
{
    TCase *cases = tcase_create("arena and pool");
    tcase_add_test(cases, an_arena_gives_separate_aligned_blocks);
    tcase_add_test(cases, a_large_take_does_not_end_the_newest_block);
    tcase_add_test(cases, clearing_gives_a_large_block_back);
    tcase_add_test(cases, copies_live_in_the_arena);
    tcase_add_test(cases, a_pool_gives_blocks_again);
    tcase_add_test(cases, a_cleared_pool_has_no_old_blocks);
    tcase_add_test(cases, growing_states_share_blocks);
    return cases;
}

int main(void)
{
    Suite *suite = suite_create("memory");
    suite_add_tcase(suite, memory_cases());
    suite_add_tcase(suite, buffer_cases());
    suite_add_tcase(suite, arena_and_pool_cases());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
