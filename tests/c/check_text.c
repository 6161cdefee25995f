#include "text.h"

#include <check.h>
#include <stdlib.h>

#include "test_memory.h"

enum { BLOCK_SIZE = 1024 };

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* ---- equality and order ---- */

START_TEST(fold_byte_touches_capitals_only)
{
    for (int byte = 0; byte < 256; byte++) {
        int expected = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
        ck_assert_int_eq(text_fold_byte((unsigned char)byte), expected);
    }
}
END_TEST

struct comparison {
    struct slice left, right;
    int order, order_folded;
};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static const struct comparison comparisons[] = {
    {TEXT(""), TEXT(""), 0, 0},
    {{NULL, 0}, TEXT(""), 0, 0},
    {TEXT(""), TEXT("a"), -1, -1},
    {TEXT("a"), TEXT("a"), 0, 0},
    {TEXT("a"), TEXT("A"), 1, 0},
    {TEXT("a"), TEXT("B"), 1, -1},
    {TEXT("abc"), TEXT("ab"), 1, 1},
    {TEXT("AB"), TEXT("abc"), -1, -1},
    {TEXT("RegSvcs.exe"), TEXT("Regsvcs.EXE"), -1, 0},
    {TEXT("a\0b"), TEXT("a\0B"), 1, 0},
    {TEXT("a\0b"), TEXT("a\0c"), -1, -1},
    {TEXT("z"), TEXT("\xc3\xa4"), -1, -1},        /* bytes are unsigned */
    {TEXT("\xc3\x84"), TEXT("\xc3\xa4"), -1, -1}, /* folding is for ASCII only */
    {TEXT("\xef\xbf\xbf"), TEXT("\xf0\x90"), -1, -1} /* code point order */,
    {TEXT("["), TEXT("a"), -1, -1},
    {TEXT("["), TEXT("A"), 1, -1}, /* folded, every letter is above the brackets */
    {TEXT("@"), TEXT("`"), -1, -1},
};

START_TEST(comparing)
{
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        const struct comparison *c = &comparisons[i];
        ck_assert_msg(sign(text_compare(c->left, c->right)) == c->order, "row %zu", i);
        ck_assert_msg(sign(text_compare(c->right, c->left)) == -c->order, "row %zu", i);
        ck_assert_msg(sign(text_compare_folded(c->left, c->right)) == c->order_folded, "row %zu",
                      i);
        ck_assert_msg(sign(text_compare_folded(c->right, c->left)) == -c->order_folded, "row %zu",
                      i);
        ck_assert_msg(text_equal(c->left, c->right) == (c->order == 0), "row %zu", i);
        ck_assert_msg(text_equal_folded(c->left, c->right) == (c->order_folded == 0), "row %zu", i);
    }
}
END_TEST

START_TEST(folding_copies)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena arena;
    arena_init(&arena, &memory, BLOCK_SIZE);
    struct slice text = SLICE("C:\\USERS\\J\xc3\x84ger"), folded;
    ck_assert(text_fold(&arena, text, &folded));
    ck_assert(slice_is(folded, "c:\\users\\j\xc3\x84ger"));
    ck_assert_ptr_ne(folded.bytes, text.bytes);
    ck_assert(text_fold(&arena, (struct slice){NULL, 0}, &folded));
    ck_assert_uint_eq(folded.length, 0);
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

/* ---- edit distance ---- */

struct distance {
    const char *left, *right;
    size_t edits;
};

static const struct distance distances[] = {
    {"", "", 0},
    {"", "abc", 3},
    {"count", "count", 0},
    {"Count", "cOUNT", 0},
    {"dest_prot", "dest_port", 2},
    {"action", "actoin", 2},
    {"kitten", "sitting", 3},
    {"values", "value", 1},
    {"src", "src_ip", 3},
    {"a", "b", 1},
};

START_TEST(edit_distance)
{
    for (size_t i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
        struct slice left = text_of(distances[i].left), right = text_of(distances[i].right);
        ck_assert_uint_eq(text_edit_distance(left, right), distances[i].edits);
        ck_assert_uint_eq(text_edit_distance(right, left), distances[i].edits);
    }
}
END_TEST

static const struct {
    const char *name, *typed;
    size_t distance;
} misspellings[] = {
    {"count", "count", 0},
    {"count", "Cuont", 2},
    {"count", "cou", 1},
    {"perc", "percentile", 1},
    {"count", "co", SIZE_MAX},
    {"dc", "d", 1},
    {"dc", "x", SIZE_MAX},
    {"max", "sax", 1},
    {"median", "hyphen", SIZE_MAX},
    {"", "", 0},
};

START_TEST(a_name_is_meant_that_is_near)
{
    for (size_t i = 0; i < sizeof(misspellings) / sizeof(misspellings[0]); i++)
        ck_assert_msg(text_misspelling(text_of(misspellings[i].name),
                                       text_of(misspellings[i].typed)) == misspellings[i].distance,
                      "%s", misspellings[i].typed);
}
END_TEST

START_TEST(edit_distance_has_a_limit)
{
    char bytes[TEXT_EDIT_MAX + 1];
    memset(bytes, 'x', sizeof(bytes));
    struct slice longest = {bytes, TEXT_EDIT_MAX}, too_long = {bytes, TEXT_EDIT_MAX + 1};
    ck_assert_uint_eq(text_edit_distance(longest, SLICE("")), TEXT_EDIT_MAX);
    ck_assert_uint_eq(text_edit_distance(longest, longest), 0);
    ck_assert_uint_eq(text_edit_distance(too_long, SLICE("")), SIZE_MAX);
    ck_assert_uint_eq(text_edit_distance(SLICE(""), too_long), SIZE_MAX);
}
END_TEST

/* ---- patterns ---- */

struct match {
    struct slice pattern, value;
    bool matches;
};

static const struct match matches[] = {
    {TEXT(""), TEXT(""), true},
    {TEXT(""), TEXT("a"), false},
    {TEXT("*"), TEXT(""), true},
    {TEXT("*"), {NULL, 0}, true},
    {TEXT("**"), TEXT("anything"), true},
    {TEXT("7844"), TEXT("7844"), true},
    {TEXT("7844"), TEXT("78440"), false},
    {TEXT("7844"), TEXT("784"), false},
    {TEXT("Cmd.exe"), TEXT("cMD.EXE"), true},
    {TEXT("*Regsvcs.exe"), TEXT("C:\\Windows\\RegSvcs.exe"), true},
    {TEXT("*Regsvcs.exe"), TEXT("C:\\Windows\\RegSvcs.exe.bak"), false},
    {TEXT("*\\users\\*"), TEXT("C:\\Users\\bob"), true},
    {TEXT("*\\users\\*"), TEXT("C:\\Users"), false},
    {TEXT("C:\\*"), TEXT("c:\\"), true},
    {TEXT("C:\\*"), TEXT("c:"), false},
    {TEXT("a*a"), TEXT("a"), false}, /* the two ends do not overlap */
    {TEXT("a*a"), TEXT("aa"), true},
    {TEXT("a*a"), TEXT("ba"), false},
    {TEXT("a*a"), TEXT("ab"), false},
    {TEXT("ab*bc"), TEXT("abc"), false},
    {TEXT("ab*bc"), TEXT("abbc"), true},
    {TEXT("*aab*"), TEXT("aaab"), true},
    {TEXT("*ab*ab*"), TEXT("xabyab"), true},
    {TEXT("*ab*ab*"), TEXT("xaby"), false},
    {TEXT("*ab*ba*"), TEXT("aba"), false},
    {TEXT("a*b*c"), TEXT("abc"), true},
    {TEXT("a*b*c"), TEXT("aXbXbXc"), true},
    {TEXT("a*b*c"), TEXT("ac"), false},
    {TEXT("a**c"), TEXT("ac"), true},
    {TEXT("*b*b"), TEXT("bb"), true},
    {TEXT("*b*b"), TEXT("b"), false},
    {TEXT("?"), TEXT("a"), false}, /* an ordinary byte */
    {TEXT("?"), TEXT("?"), true},
    {TEXT("a\0*"), TEXT("A\0\0"), true},
    {TEXT("a\0*"), TEXT("a"), false},
    {TEXT("*\xc3\x84*"), TEXT("\xc3\xa4"), false},
    {TEXT("*\xff"), TEXT("\xff"), true},
};

START_TEST(patterns)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena arena;
    arena_init(&arena, &memory, BLOCK_SIZE);
    for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
        struct pattern pattern;
        ck_assert(pattern_compile(&arena, matches[i].pattern, &pattern));
        ck_assert_msg(pattern_matches(&pattern, matches[i].value) == matches[i].matches,
                      "row %zu: '%.*s' on '%.*s'", i, (int)matches[i].pattern.length,
                      matches[i].pattern.bytes, (int)matches[i].value.length,
                      matches[i].value.length > 0 ? matches[i].value.bytes : "");
    }
    arena_release(&arena);
}
END_TEST

START_TEST(pattern_shape)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena arena;
    arena_init(&arena, &memory, BLOCK_SIZE);
    struct pattern pattern;
    char text[] = "*Ab**C";
    ck_assert(pattern_compile(&arena, text_of(text), &pattern));
    memset(text, 'x', sizeof(text)); /* the pattern owns its bytes */
    ck_assert_uint_eq(pattern.count, 4);
    ck_assert(slice_is(pattern.segments[0], ""));
    ck_assert(slice_is(pattern.segments[1], "ab"));
    ck_assert(slice_is(pattern.segments[2], ""));
    ck_assert(slice_is(pattern.segments[3], "c"));
    ck_assert(!pattern.any);
    ck_assert(pattern_compile(&arena, SLICE("**"), &pattern) && pattern.any);
    ck_assert(pattern_compile(&arena, (struct slice){NULL, 0}, &pattern) && !pattern.any);
    ck_assert_uint_eq(pattern.count, 1);
    arena_release(&arena);
}
END_TEST

/* A backtracking matcher needs 2^25 steps here and this one a few thousand; the many asterisks
 * would break a recursive one. check_text_steps counts the steps. */
START_TEST(hostile_patterns)
{
    enum { ASTERISKS = 200000 };
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena arena;
    arena_init(&arena, &memory, BLOCK_SIZE);
    struct pattern pattern;
    ck_assert(pattern_compile(&arena, SLICE("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b*c"), &pattern));
    char value[2001];
    memset(value, 'a', sizeof(value));
    value[sizeof(value) - 1] = 'c';
    ck_assert(!pattern_matches(&pattern, (struct slice){value, sizeof(value)}));
    char *asterisks = malloc(ASTERISKS + 1);
    ck_assert_ptr_nonnull(asterisks);
    memset(asterisks, '*', ASTERISKS);
    asterisks[ASTERISKS] = 'c';
    ck_assert(pattern_compile(&arena, (struct slice){asterisks, ASTERISKS + 1}, &pattern));
    ck_assert(pattern_matches(&pattern, (struct slice){value, sizeof(value)}));
    ck_assert(!pattern_matches(&pattern, (struct slice){value, sizeof(value) - 1}));
    free(asterisks);
    arena_release(&arena);
}
END_TEST

/* ---- refused memory ---- */

START_TEST(every_refusal_is_told)
{
    for (size_t n = 0;; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory memory = failing_memory(&failing);
        struct arena arena;
        arena_init(&arena, &memory, 1); /* a block for each request */
        struct pattern pattern;
        struct slice folded;
        bool compiled = pattern_compile(&arena, SLICE("a*B"), &pattern);
        bool done = compiled && text_fold(&arena, SLICE("ABC"), &folded);
        ck_assert(done != failing.refused);
        if (done) ck_assert(pattern_matches(&pattern, SLICE("axxb")) && slice_is(folded, "abc"));
        arena_release(&arena);
        ck_assert_uint_eq(memory.used, 0);
        if (done) {
            ck_assert_uint_ge(n, 3);
            break;
        }
    }
}
END_TEST

START_TEST(words_mark_exactly_the_bytes_that_are_equal)
{
    size_t wrong = 0;
    for (unsigned left = 0; left < 256; left++) {
        for (unsigned right = 0; right < 256; right++) {
            char bytes[TEXT_WORD_SIZE] = {0, 0, 0, (char)left, (char)right, 0, 0, 0};
            uint64_t word = text_word_load(bytes);
            uint64_t expected = UINT64_C(0x80) << 24;
            if (left == right) expected |= UINT64_C(0x80) << 32;
            if (left == 0) expected |= UINT64_C(0x8080800000808080);
            if (left == 0 && right == 0) expected = UINT64_C(0x8080808080808080);
            if (text_word_equal(word, (unsigned char)left) != expected) wrong++;
        }
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(text_word_first(UINT64_C(0x80)), 0);
    ck_assert_uint_eq(text_word_first(UINT64_C(0x8080000000000000)), 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *cases = tcase_create("text");
    tcase_add_test(cases, fold_byte_touches_capitals_only);
    tcase_add_test(cases, words_mark_exactly_the_bytes_that_are_equal);
    tcase_add_test(cases, comparing);
    tcase_add_test(cases, folding_copies);
    tcase_add_test(cases, edit_distance);
    tcase_add_test(cases, a_name_is_meant_that_is_near);
    tcase_add_test(cases, edit_distance_has_a_limit);
    tcase_add_test(cases, patterns);
    tcase_add_test(cases, pattern_shape);
    tcase_add_test(cases, hostile_patterns);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
