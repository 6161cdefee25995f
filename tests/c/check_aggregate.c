/* What the families of functions share: one value as a result, counts as text, counted items. */
#include <check.h>

#include "aggregate.h"
#include "test_functions.h"

START_TEST(one_value_is_a_result)
{
    struct memory memory = test_memory();
    struct arena scratch;
    struct values result = {NULL, 9};
    static const char text[] = "abc";
    arena_init(&scratch, &memory, SCRATCH_BLOCK);
    ck_assert(aggregate_one(text_of(text), &scratch, &result));
    ck_assert_uint_eq(result.count, 1);
    ck_assert(slice_is(result.items[0], "abc"));
    ck_assert_ptr_eq(result.items[0].bytes, text); /* borrowed */
    ck_assert(aggregate_one((struct slice){NULL, 0}, &scratch, &result));
    ck_assert_uint_eq(result.count, 1);
    ck_assert_uint_eq(result.items[0].length, 0);
    arena_release(&scratch);
}
END_TEST

/* ---- counts ---- */

static const struct {
    uint64_t count;
    const char *text;
} counts[] = {
    {0, "0"},
    {1, "1"},
    {9, "9"},
    {10, "10"},
    {1234567890, "1234567890"},
    {UINT64_C(9999999999999999999), "9999999999999999999"},
    {UINT64_C(10000000000000000000), "10000000000000000000"},
    {UINT64_C(18446744073709551609), "18446744073709551609"},
    {UINT64_C(18446744073709551610), "18446744073709551610"},
    {UINT64_MAX - 1, "18446744073709551614"},
    {UINT64_MAX, "18446744073709551615"},
};

START_TEST(counts_as_text_and_back)
{
    struct memory memory = test_memory();
    struct arena scratch;
    arena_init(&scratch, &memory, SCRATCH_BLOCK);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct slice text;
        uint64_t count = 5;
        ck_assert(aggregate_print_count(counts[i].count, &scratch, &text));
        EXPECT_SLICE(text, counts[i].text, "printed");
        ck_assert_msg(aggregate_parse_count(text, &count), "%s", counts[i].text);
        ck_assert_uint_eq(count, counts[i].count);
    }
    arena_release(&scratch);
}
END_TEST

static const char *const no_counts[] = {"",
                                        "00",
                                        "01",
                                        "007",
                                        "-1",
                                        "-0",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "1e3",
                                        "0x1",
                                        "a",
                                        "1a",
                                        "/",
                                        ":",
                                        "18446744073709551616",
                                        "18446744073709551620",
                                        "18446744073709551700",
                                        "99999999999999999999",
                                        "100000000000000000000",
                                        "184467440737095516150"};

START_TEST(other_texts_are_no_counts)
{
    uint64_t count;
    for (size_t i = 0; i < COUNT_OF(no_counts); i++)
        ck_assert_msg(!aggregate_parse_count(text_of(no_counts[i]), &count), "%s", no_counts[i]);
    ck_assert(!aggregate_parse_count((struct slice){NULL, 0}, &count));
    ck_assert(!aggregate_parse_count((struct slice){"1\0", 2}, &count));
}
END_TEST

/* ---- counted items ---- */

static const struct {
    uint64_t count;
    char mark;
    const char *rest;
    const char *item;
} counted[] = {
    {1, ':', "abc", "1:abc"},
    {12, '@', "", "12@"},
    {3, ':', "4:5", "3:4:5"},
    {7, '_', "-1.5_2", "7_-1.5_2"},
    {UINT64_MAX, 'x', "x", "18446744073709551615xx"},
};

START_TEST(counted_items_and_back)
{
    struct memory memory = test_memory();
    struct arena scratch;
    arena_init(&scratch, &memory, SCRATCH_BLOCK);
    for (size_t i = 0; i < COUNT_OF(counted); i++) {
        struct slice item, rest;
        uint64_t count;
        char mark;
        ck_assert(aggregate_print_counted(counted[i].count, counted[i].mark,
                                          text_of(counted[i].rest), &scratch, &item));
        EXPECT_SLICE(item, counted[i].item, "item");
        ck_assert(aggregate_parse_counted(item, &count, &mark, &rest));
        ck_assert_uint_eq(count, counted[i].count);
        ck_assert_int_eq(mark, counted[i].mark);
        EXPECT_SLICE(rest, counted[i].rest, "rest");
    }
    struct slice nothing;
    ck_assert(aggregate_print_counted(2, ':', (struct slice){NULL, 0}, &scratch, &nothing));
    EXPECT_SLICE(nothing, "2:", "an empty text");
    arena_release(&scratch);
}
END_TEST

START_TEST(other_texts_are_no_counted_items)
{
    static const char *const wrong[] = {
        "", "1", "12", ":", ":a", "a", "0:a", "00:a", "01:a", "-1:a", "18446744073709551616:a",
    };
    uint64_t count;
    char mark;
    struct slice rest;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_msg(!aggregate_parse_counted(text_of(wrong[i]), &count, &mark, &rest), "%s",
                      wrong[i]);
    ck_assert(!aggregate_parse_counted((struct slice){NULL, 0}, &count, &mark, &rest));
}
END_TEST

/* ---- refused memory ---- */

START_TEST(every_refusal_is_said)
{
    for (size_t call = 0; call < 3; call++) {
        struct failing_source failing = {.fail_at = 0};
        struct memory memory = failing_memory(&failing);
        struct arena scratch;
        struct values result;
        struct slice text;
        arena_init(&scratch, &memory, 0);
        ck_assert(!(call == 0   ? aggregate_one(SLICE("x"), &scratch, &result)
                    : call == 1 ? aggregate_print_count(5, &scratch, &text)
                                : aggregate_print_counted(5, ':', SLICE("x"), &scratch, &text)));
        arena_release(&scratch);
        ck_assert_uint_eq(memory.used, 0);
    }
}
END_TEST

/* A length that would wrap is refused before anything is asked for. */
START_TEST(a_text_without_end_is_refused)
{
    struct memory memory = test_memory();
    struct arena scratch;
    struct slice item;
    arena_init(&scratch, &memory, 0);
    ck_assert(!aggregate_print_counted(1, ':', (struct slice){"x", SIZE_MAX}, &scratch, &item));
    ck_assert_uint_eq(memory.peak, 0);
    arena_release(&scratch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("aggregate");
    TCase *shared = tcase_create("shared");
    tcase_add_test(shared, one_value_is_a_result);
    tcase_add_test(shared, counts_as_text_and_back);
    tcase_add_test(shared, other_texts_are_no_counts);
    tcase_add_test(shared, counted_items_and_back);
    tcase_add_test(shared, other_texts_are_no_counted_items);
    tcase_add_test(shared, every_refusal_is_said);
    tcase_add_test(shared, a_text_without_end_is_refused);
    suite_add_tcase(suite, shared);
    return run_suite(suite);
}
