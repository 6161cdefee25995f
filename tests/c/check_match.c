#include "match.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"

enum { BLOCK_SIZE = 1024 };

static struct memory memory;
static struct arena arena;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    arena_init(&arena, &memory, BLOCK_SIZE);
}

static void tear_down(void)
{
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
}

/* The row's values, of which texts with '|' between them tell; NULL: none. */
static struct values values_of(const char *texts)
{
    struct slice *items = arena_take(&arena, 8 * sizeof(*items));
    ck_assert_ptr_nonnull(items);
    struct values values = {items, 0};
    while (texts != NULL) {
        size_t length = strcspn(texts, "|");
        items[values.count++] = (struct slice){texts, length};
        texts = texts[length] == '|' ? texts + length + 1 : NULL;
    }
    return values;
}

struct comparison {
    const char *rule;
    enum plan_comparison comparison;
    const char *wanted;
    const char *values;
    bool passes;
};

#define EQ PLAN_EQUAL
#define NE PLAN_NOT_EQUAL
#define LT PLAN_LESS
#define LE PLAN_LESS_OR_EQUAL
#define GT PLAN_GREATER
#define GE PLAN_GREATER_OR_EQUAL

static const struct comparison comparisons[] = {
    /* W2: text, not number */
    {"W2", EQ, "7844", "7844", true},
    {"W2", EQ, "1", "1.0", false},
    {"W2", EQ, "1", "01", false},
    {"W2", NE, "1", "1.0", true},
    {"W2", EQ, "7844", "78440", false},
    {"W2", EQ, "", "", true},
    {"W2", EQ, "", "a", false},
    /* W4: ASCII case is ignored */
    {"W4", EQ, "*Regsvcs.exe", "C:\\Windows\\RegSvcs.exe", true},
    {"W4", EQ, "OUTBOUND", "outbound", true},
    {"W4", NE, "OUTBOUND", "outbound", false},
    {"W4", EQ, "\xc3\x84", "\xc3\xa4", false},
    /* W5: wildcards in = and != */
    {"W5", EQ, "*", "a", true},
    {"W5", EQ, "*", "", true},
    {"W5", EQ, "*", NULL, false},
    {"W5", EQ, "10.*", "10.1.2.3", true},
    {"W5", EQ, "10.*", "110.1.2.3", false},
    {"W5", EQ, "*\\users\\*", "c:\\Users\\bob", true},
    {"W5", EQ, "a*", "a", true},
    {"W5", EQ, "a?", "ab", false},
    {"W5", EQ, "a?", "a?", true},
    {"W5", NE, "10.*", "10.1.2.3", false},
    {"W5", NE, "10.*", "11.1.2.3", true},
    /* W6: null never passes; f!=* never does */
    {"W6", EQ, "a", NULL, false},
    {"W6", NE, "a", NULL, false},
    {"W6", NE, "7844", NULL, false},
    {"W6", NE, "*", "a", false},
    {"W6", NE, "*", NULL, false},
    {"W6", LT, "1", NULL, false},
    {"W6", GE, "1", NULL, false},
    /* W3: numbers by value where both are numbers */
    {"W3", LT, "10", "9", true},
    {"W3", LT, "10", "10", false},
    {"W3", LE, "10", "10.0", true},
    {"W3", GE, "10", "1e1", true},
    {"W3", GT, "10", "10.00000000000000000000000000001", true},
    {"W3", GT, "-1", "0", true},
    {"W3", GT, "0", "-0", false},
    {"W3", GE, "0", "-0", true},
    {"W3", GT, "9007199254740992", "9007199254740993", true},
    {"W3", LT, "1024", "443", true},
    {"W3", GT, "1024", "443", false},
    /* else text, folded */
    {"W3", LT, "10", "9a", false},
    {"W3", GT, "10", "9a", true},
    {"W3", LT, "b", "A", true},
    {"W3", LT, "B", "a", true},
    {"W3", GT, "a", "B", true},
    {"W3", LE, "a", "A", true},
    {"W3", GE, "a", "A", true},
    {"W3", LT, "a", "A", false},
    {"W3", LT, "1 ", "1", true}, /* a blank makes a text */
    {"W3", GT, "+1", "2", true},
    {"W3", LT, "inf", "1e300", true},
    {"W3", LT, "*", "!", true}, /* no wildcard here */
    {"W3", GT, "*", "a", true},
    {"W3", LT, "a", "", true},
    /* a multivalue passes if any of its values does */
    {"B4", EQ, "b", "a|b", true},
    {"B4", EQ, "c", "a|b", false},
    {"B4", EQ, "", "a|", true},
    {"B4", NE, "a", "a|b", true},
    {"B4", NE, "a", "a|A", false},
    {"B4", LT, "10", "70|9", true},
    {"B4", GT, "70", "70|9", false},
};

START_TEST(each_comparison)
{
    for (size_t i = 0; i < COUNT_OF(comparisons); i++) {
        const struct comparison *c = &comparisons[i];
        struct match match;
        ck_assert(match_compile(&arena, c->comparison, text_of(c->wanted), &match));
        ck_assert_msg(match_passes(&match, values_of(c->values)) == c->passes,
                      "row %zu, %s: '%s' against '%s'", i, c->rule, c->wanted,
                      c->values != NULL ? c->values : "null");
    }
}
END_TEST

START_TEST(any_length_compares)
{
    struct match match;
    struct slice nothing = {NULL, 0};
    struct values values = {&nothing, 1};
    ck_assert(match_compile(&arena, EQ, nothing, &match));
    ck_assert(match_passes(&match, values));
    ck_assert(match_compile(&arena, LT, nothing, &match));
    ck_assert(!match_passes(&match, values));
    struct slice nul = SLICE("a\0b");
    values = (struct values){&nul, 1};
    ck_assert(match_compile(&arena, EQ, SLICE("a\0*"), &match));
    ck_assert(match_passes(&match, values));
    ck_assert(match_compile(&arena, GT, SLICE("a\0a"), &match));
    ck_assert(match_passes(&match, values));
}
END_TEST

START_TEST(is_number_tells_W6_what_the_value_is)
{
    struct match match;
    ck_assert(match_compile(&arena, EQ, SLICE("7844"), &match) && match.is_number);
    ck_assert(match_compile(&arena, NE, SLICE("-1.5e3"), &match) && match.is_number);
    ck_assert(match_compile(&arena, LT, SLICE("1"), &match) && match.is_number);
    ck_assert(match_compile(&arena, EQ, SLICE("784*"), &match) && !match.is_number);
    ck_assert(match_compile(&arena, EQ, SLICE("0x10"), &match) && !match.is_number);
    ck_assert(match_compile(&arena, EQ, SLICE(""), &match) && !match.is_number);
}
END_TEST

START_TEST(every_refusal_is_told)
{
    struct failing_source failing = {.refused = true};
    size_t n = 0;
    for (; failing.refused; n++) {
        failing = (struct failing_source){.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct arena small;
        arena_init(&small, &refusing, 1); /* a block for each request */
        struct match match;
        ck_assert(match_compile(&small, EQ, SLICE("a*b"), &match) != failing.refused);
        arena_release(&small);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_ge(n, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("match");
    TCase *cases = tcase_create("match");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, each_comparison);
    tcase_add_test(cases, any_length_compares);
    tcase_add_test(cases, is_number_tells_W6_what_the_value_is);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
