/* fuzz_text: the input is a pattern, a line feed and a value. Matching agrees with a slow and
 * obvious matcher on their first bytes; comparing, folding and the edit distance keep their laws.
 */
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* The obvious matcher is exponential. */
enum { PATTERN_MAX = 10, VALUE_MAX = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool condition)
{
    if (!condition) abort();
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* A copy in a block of exactly its size, so that a step beyond its end is caught. */
static struct slice exact_copy(const uint8_t *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    require(copy != NULL);
    if (length > 0) memcpy(copy, bytes, length);
    return (struct slice){copy, length};
}

static struct slice behind(struct slice text)
{
    return (struct slice){text.bytes + 1, text.length - 1};
}

static bool matches_obviously(struct slice pattern, struct slice value)
{
    if (pattern.length == 0) return value.length == 0;
    if (pattern.bytes[0] == '*')
        return matches_obviously(behind(pattern), value) ||
               (value.length > 0 && matches_obviously(pattern, behind(value)));
    return value.length > 0 &&
           text_fold_byte((unsigned char)pattern.bytes[0]) ==
               text_fold_byte((unsigned char)value.bytes[0]) &&
           matches_obviously(behind(pattern), behind(value));
}

static void check_match(struct slice text, struct slice value, struct arena *arena)
{
    struct pattern pattern;
    require(pattern_compile(arena, text, &pattern));
    bool matches = pattern_matches(&pattern, value);
    if (pattern.count == 1) require(matches == text_equal_folded(text, value));
    if (text.length > PATTERN_MAX) text.length = PATTERN_MAX;
    if (value.length > VALUE_MAX) value.length = VALUE_MAX;
    require(pattern_compile(arena, text, &pattern));
    require(pattern_matches(&pattern, value) == matches_obviously(text, value));
}

static void check_comparisons(struct slice left, struct slice right, struct arena *arena)
{
    struct slice left_folded, right_folded;
    require(text_fold(arena, left, &left_folded));
    require(text_fold(arena, right, &right_folded));
    int order = text_compare(left, right);
    int folded = text_compare_folded(left, right);
    require(sign(order) == -sign(text_compare(right, left)));
    require((order == 0) == text_equal(left, right));
    require(sign(folded) == sign(text_compare(left_folded, right_folded)));
    require((folded == 0) == text_equal_folded(left, right));
    require(text_equal(left_folded, right_folded) == text_equal_folded(left, right));
}

static void check_distance(struct slice left, struct slice right)
{
    size_t distance = text_edit_distance(left, right);
    size_t longer = left.length > right.length ? left.length : right.length;
    size_t shorter = left.length + right.length - longer;
    require(distance == text_edit_distance(right, left));
    if (longer > TEXT_EDIT_MAX) {
        require(distance == SIZE_MAX);
        return;
    }
    require(distance >= longer - shorter && distance <= longer);
    require((distance == 0) == text_equal_folded(left, right));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const uint8_t *line_feed = length == 0 ? NULL : memchr(bytes, '\n', length);
    if (line_feed == NULL) return 0;
    size_t pattern_length = (size_t)(line_feed - bytes);
    struct slice pattern = exact_copy(bytes, pattern_length);
    struct slice value = exact_copy(line_feed + 1, length - pattern_length - 1);
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena arena;
    arena_init(&arena, &memory, 4096);
    check_match(pattern, value, &arena);
    check_comparisons(pattern, value, &arena);
    check_distance(pattern, value);
    arena_release(&arena);
    require(memory.used == 0);
    free((void *)(uintptr_t)pattern.bytes);
    free((void *)(uintptr_t)value.bytes);
    return 0;
}
