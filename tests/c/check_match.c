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
    /* W10: an address lies in the network or not, whatever its text */
    {"W10", EQ, "10.0.0.0/8", "10.1.2.3", true},
    {"W10", EQ, "10.0.0.0/8", "11.1.2.3", false},
    {"W10", EQ, "10.9.9.9/8", "10.1.2.3", true},
    {"W10", EQ, "10.0.0.0/32", "10.0.0.0", true},
    {"W10", EQ, "0.0.0.0/0", "255.255.255.255", true},
    {"W10", EQ, "fe80::/10", "fe80:0:0:0:1:2:3:4", true},
    {"W10", EQ, "FE80::/10", "febf::1", true},
    {"W10", EQ, "fe80::/10", "fec0::1", false},
    {"W10", NE, "10.0.0.0/8", "10.1.2.3", false},
    {"W10", NE, "10.0.0.0/8", "11.1.2.3", true},
    {"W10", NE, "10.0.0.0/8", NULL, false},
    {"W10", EQ, "10.0.0.0/8", NULL, false},
    /* never across the families */
    {"W10", EQ, "0.0.0.0/0", "::1", false},
    {"W10", EQ, "::/0", "10.0.0.1", false},
    {"W10", NE, "0.0.0.0/0", "::1", true},
    /* what is no address is compared as text, folded */
    {"W10", EQ, "10.0.0.0/8", "10.0.0.0/8", true},
    {"W10", EQ, "FE80::/10", "fe80::/10", true},
    {"W10", EQ, "10.0.0.0/8", "10.0.0.0/08", false},
    {"W10", EQ, "10.0.0.0/8", "10.1.2.3.example.com", false}, /* tstats lets this through */
    {"W10", EQ, "10.0.0.0/8", "10.1.2.3 ", false},
    {"W10", EQ, "10.0.0.0/8", "", false},
    {"W10", NE, "10.0.0.0/8", "host", true},
    {"W10", NE, "10.0.0.0/8", "10.0.0.0/8", false},
    /* what is no network is a text */
    {"W10", EQ, "10.0.0.0/33", "10.0.0.1", false},
    {"W10", EQ, "10.0.0.0/33", "10.0.0.0/33", true},
    {"W10", EQ, "10.0.0.1", "10.0.0.1", true},
    {"W10", EQ, "::1", "0:0:0:0:0:0:0:1", false}, /* an address alone, too */
    {"W10", EQ, "10.*/8", "10.0.0.0/8", true},
    /* other comparisons know no networks */
    {"W10", LT, "10.0.0.0/8", "10.0.0.0/7", true},
    {"W10", GE, "10.0.0.0/8", "10.1.2.3", true},
    /* any value of several */
    {"W10", EQ, "10.0.0.0/8", "host|10.1.2.3", true},
    {"W10", EQ, "10.0.0.0/8", "host|11.1.2.3", false},
    {"W10", NE, "10.0.0.0/8", "10.1.2.3|10.1.2.4", false},
    {"W10", NE, "10.0.0.0/8", "10.1.2.3|host", true},
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
    ck_assert(match_compile(&arena, EQ, SLICE("10.0.0.0/8"), &match) && !match.is_number);
    ck_assert(match.is_network);
    ck_assert(match_compile(&arena, LT, SLICE("10.0.0.0/8"), &match) && !match.is_network);
}
END_TEST

/* ---- patterns made to be slow ---- */

/* The room counts no steps, so the sizes say it: one matcher that tries again what it has tried
 * takes C(2^20, 64) steps here, and one that is quadratic in the value 2^40, a quarter of an hour.
 * At most pattern times value steps are 2^20 * 130, and the leftmost search needs fewer: well under
 * a second, where check stops a test after four. */
enum { SLOW_VALUE = 1 << 20, SLOW_SEGMENTS = 64 };

/* COUNT times "*SEGMENT", then "*" and tail. */
static struct slice slow_pattern(const char *segment, size_t count, const char *tail)
{
    size_t length = strlen(segment);
    char *text = arena_take(&arena, count * (length + 1) + 1 + strlen(tail));
    char *end = text;
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < count; i++) {
        *end++ = '*';
        memcpy(end, segment, length);
        end += length;
    }
    *end++ = '*';
    memcpy(end, tail, strlen(tail));
    end += strlen(tail);
    return (struct slice){text, (size_t)(end - text)};
}

struct slow {
    const char *segment;
    size_t count;
    const char *tail;
    bool passes; /* against 1 MB of "a" */
};

static const struct slow slow_patterns[] = {
    {"a", SLOW_SEGMENTS, "", true},
    {"a", SLOW_SEGMENTS, "b", false}, /* the last segment fails */
    {"a", SLOW_SEGMENTS, "a", true},
    {"A", SLOW_SEGMENTS, "A", true},
    {"ab", SLOW_SEGMENTS, "", false}, /* the first one fails, at every place */
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 1, "", false}, /* 40 bytes at every place */
    {"", SLOW_SEGMENTS, "", true},
    {"", SLOW_SEGMENTS, "a", true},
    {"", SLOW_SEGMENTS, "b", false},
    {"a", SLOW_VALUE, "", true},   /* 2 MB of "*a" */
    {"a", SLOW_VALUE, "a", false}, /* one "a" too many */
    {"a", SLOW_VALUE - 1, "a", true},
};

START_TEST(W5_no_pattern_is_slow)
{
    char *value = malloc(SLOW_VALUE);
    ck_assert_ptr_nonnull(value);
    memset(value, 'a', SLOW_VALUE);
    struct slice text = {value, SLOW_VALUE};
    for (size_t i = 0; i < COUNT_OF(slow_patterns); i++) {
        const struct slow *slow = &slow_patterns[i];
        struct match match;
        ck_assert(match_compile(&arena, EQ, slow_pattern(slow->segment, slow->count, slow->tail),
                                &match));
        ck_assert_msg(match_passes(&match, (struct values){&text, 1}) == slow->passes,
                      "row %zu: *%s ... %s", i, slow->segment, slow->tail);
    }
    free(value);
}
END_TEST

/* Many values of one field share the work: none is looked at twice. */
START_TEST(W5_no_multivalue_is_slow)
{
    enum { MANY = 1 << 14, LENGTH = 64 };
    static char text[LENGTH];
    memset(text, 'a', sizeof(text));
    struct slice *items = malloc(MANY * sizeof(*items));
    ck_assert_ptr_nonnull(items);
    for (size_t i = 0; i < MANY; i++)
        items[i] = (struct slice){text, sizeof(text)};
    struct match match;
    ck_assert(match_compile(&arena, EQ, slow_pattern("a", 32, "b"), &match));
    ck_assert(!match_passes(&match, (struct values){items, MANY}));
    ck_assert(match_compile(&arena, NE, slow_pattern("a", 32, ""), &match));
    ck_assert(!match_passes(&match, (struct values){items, MANY}));
    free(items);
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
    tcase_add_test(cases, W5_no_pattern_is_slow);
    tcase_add_test(cases, W5_no_multivalue_is_slow);
    tcase_add_test(cases, is_number_tells_W6_what_the_value_is);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
