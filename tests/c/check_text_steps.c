/* Patterns made to be slow, in steps: the bytes of the value that pattern_matches looks at. The
 * room itself is compiled in, under other names, with a counter. */
#include <check.h>
#include <stddef.h>
#include <stdlib.h>

static size_t steps;

#define COUNT_STEP() ((void)steps++)
#define text_fold_byte counted_fold_byte
#define text_equal counted_equal
#define text_equal_folded counted_equal_folded
#define text_compare counted_compare
#define text_compare_folded counted_compare_folded
#define text_fold counted_fold
#define text_edit_distance counted_edit_distance
#define text_misspelling counted_misspelling
#define pattern_compile counted_compile
#define pattern_matches counted_matches
#include "text.c"

enum { VALUE_SIZE = 1 << 20, PATTERN_MAX = 4096, BLOCK_SIZE = 4096 };

struct hostile {
    const char *repeated; /* so many times, in front of end */
    size_t times;
    const char *end;
    bool matches;
    size_t per_byte; /* steps for each byte of the value, at most */
};

/* The value is 1 MB of a with a c behind it. */
static const struct hostile hostile[] = {
    {"*a", 2000, "*", true, 1},     /* each a is found where the one before ends */
    {"*a", 2000, "*c", true, 1},    /* the end is anchored */
    {"*a", 2000, "*b*c", false, 1}, /* a backtracking matcher would try 2^2000 ways */
    {"*a", 2000, "b", false, 1},
    {"a*", 2000, "c", true, 1},
    {"*", 4000, "c", true, 1},
    {"*", 4000, "b*", false, 1},
    {"*aa", 1000, "*b*", false, 1},
    {"*", 1, "aaaaaaaaaaaaaaab*", false, 16}, /* the worst: a segment that nearly fits everywhere */
    {"*a", 1000, "*aaaaaaaaaaaaaaab*", false, 16},
    {"*", 1, "aaaaaaaaaaaaaaab", false, 1}, /* anchored: looked at in one place */
};

static size_t write_pattern(const struct hostile *pattern, char *text)
{
    text[0] = '\0';
    size_t length = strlen(pattern->repeated), end = strlen(pattern->end);
    for (size_t i = 0; i < pattern->times; i++)
        memcpy(text + i * length, pattern->repeated, length);
    memcpy(text + pattern->times * length, pattern->end, end);
    return pattern->times * length + end;
}

START_TEST(W5_slow_patterns_stay_within_pattern_times_value)
{
    struct memory memory;
    struct arena arena;
    struct pattern pattern;
    static char text[PATTERN_MAX + 64];
    char *value = malloc(VALUE_SIZE);
    ck_assert_ptr_nonnull(value);
    memset(value, 'a', VALUE_SIZE);
    value[VALUE_SIZE - 1] = 'c';
    memory_init(&memory, NULL, 0);
    arena_init(&arena, &memory, BLOCK_SIZE);
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        size_t length = write_pattern(&hostile[i], text);
        ck_assert(pattern_compile(&arena, (struct slice){text, length}, &pattern));
        steps = 0;
        bool matches = pattern_matches(&pattern, (struct slice){value, VALUE_SIZE});
        ck_assert_msg(matches == hostile[i].matches, "pattern %zu", i);
        ck_assert_uint_ge(steps, 1);
        ck_assert_msg(steps <= hostile[i].per_byte * VALUE_SIZE + length, "pattern %zu: %zu steps",
                      i, steps);
    }
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
    free(value);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text_steps");
    TCase *cases = tcase_create("text_steps");
    tcase_add_test(cases, W5_slow_patterns_stay_within_pattern_times_value);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
