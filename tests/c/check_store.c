/* A store: what is appended is read, only what is there is read, and the first failure sticks. */
#include <check.h>
#include <stdlib.h>

#include "test_stores.h"

static struct test_store kept;
static struct store store;

static void begin(void)
{
    test_store_init(&kept);
    store_init(&store, &test_store_functions, &kept);
}

START_TEST(none_is_given)
{
    struct store none = {.length = 0};
    ck_assert(!store_given(&none));
    begin();
    ck_assert(store_given(&store));
    test_store_release(&kept);
}
END_TEST

START_TEST(bytes_come_back)
{
    char bytes[8] = "";
    begin();
    ck_assert_int_eq(store_append(&store, SLICE("abc")), CFH_OK);
    ck_assert_int_eq(store_append(&store, (struct slice){NULL, 0}), CFH_OK);
    ck_assert_int_eq(store_append(&store, SLICE("defg")), CFH_OK);
    ck_assert_uint_eq(store.length, 7);
    ck_assert_uint_eq(kept.calls, 2);
    ck_assert_int_eq(store_read(&store, 2, bytes, 3), CFH_OK);
    ck_assert_str_eq(bytes, "cde");
    ck_assert_int_eq(store_read(&store, 7, NULL, 0), CFH_OK);
    store_drop(&store);
    store_drop(&store);
    ck_assert_uint_eq(kept.drops, 1);
    ck_assert_int_eq(store_append(&store, SLICE("x")), CFH_OK);
    ck_assert_int_eq(store_read(&store, 0, bytes, 1), CFH_OK);
    ck_assert_int_eq(bytes[0], 'x');
    test_store_release(&kept);
}
END_TEST

START_TEST(nothing_else_is_read)
{
    static const struct {
        uint64_t offset;
        size_t length;
    } places[] = {{0, 4}, {3, 1}, {4, 0}, {UINT64_MAX, 1}, {1, SIZE_MAX}};
    char byte;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        begin();
        ck_assert_int_eq(store_append(&store, SLICE("abc")), CFH_OK);
        ck_assert_int_eq(store_read(&store, places[i].offset, &byte, places[i].length), CFH_STORE);
        ck_assert_str_eq(store.failure.sentence,
                         "cfhunt's temporary file does not hold what was written to it.");
        ck_assert_uint_eq(kept.reads, 0);
        test_store_release(&kept);
    }
}
END_TEST

START_TEST(a_failure_sticks)
{
    char bytes[3];
    for (size_t n = 0; n < 2; n++) {
        begin();
        kept.fail_at = n;
        ck_assert_int_eq(store_append(&store, SLICE("abc")), n == 0 ? CFH_STORE : CFH_OK);
        ck_assert_uint_eq(store.length, n == 0 ? 0 : 3);
        ck_assert_int_eq(store_read(&store, 0, bytes, n == 0 ? 0 : 3), CFH_STORE);
        ck_assert_int_eq(store_append(&store, SLICE("abc")), CFH_STORE);
        ck_assert_int_eq(store_read(&store, 0, bytes, 1), CFH_STORE);
        ck_assert_str_eq(store.failure.sentence, TEST_STORE_SENTENCE);
        ck_assert_uint_eq(kept.calls, n + 1);
        test_store_release(&kept);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *cases = tcase_create("store");
    tcase_add_test(cases, none_is_given);
    tcase_add_test(cases, bytes_come_back);
    tcase_add_test(cases, nothing_else_is_read);
    tcase_add_test(cases, a_failure_sticks);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
