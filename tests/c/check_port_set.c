/* Whole numbers in every form of the set: few, a table, bits; their order, and as blocks. */
#include <check.h>

#include <stdio.h>

#include "port_set.h"
#include "test_hunts.h"
#include "text.h"

enum { POOL_BLOCK = 4096 };

struct bench {
    struct memory memory;
    struct pool pool;
    struct port_set set;
};

static void bench_init(struct bench *bench, struct memory memory)
{
    *bench = (struct bench){.memory = memory};
    pool_init(&bench->pool, &bench->memory, POOL_BLOCK);
}

static void bench_release(struct bench *bench)
{
    pool_release(&bench->pool);
    ck_assert_uint_eq(bench->memory.used, 0);
}

START_TEST(only_the_ordinary_spelling_is_taken)
{
    static const char *const others[] = {"",     "0",     "00",    "01",  "0443", "+443",
                                         "-1",   "65536", "99999", "1.0", "1e3",  " 443",
                                         "443 ", "44a",   "a",     "/",   ":",    "123456"};
    uint16_t number = 0;
    char digits[PORT_SET_DIGITS];
    for (size_t i = 0; i < COUNT_OF(others); i++)
        ck_assert_msg(!port_set_takes(text_of(others[i]), &number), "%s", others[i]);
    for (uint32_t i = 1; i < PORT_SET_NUMBERS; i++) {
        char text[8];
        snprintf(text, sizeof(text), "%u", (unsigned)i);
        ck_assert(port_set_takes(text_of(text), &number));
        ck_assert_uint_eq(number, i);
        ck_assert(slice_is(port_set_print(number, digits), text));
    }
}
END_TEST

/* A number for each i, all different as long as i is below PORT_SET_NUMBERS - 1. */
static uint16_t scattered(size_t i)
{
    return (uint16_t)(1 + i * 40504 % (PORT_SET_NUMBERS - 1));
}

static int compare_texts(uint16_t left, uint16_t right)
{
    char left_digits[PORT_SET_DIGITS], right_digits[PORT_SET_DIGITS];
    return text_compare(port_set_print(left, left_digits), port_set_print(right, right_digits));
}

/* Is the arranged set what numbers 0 to before count of scattered are, in the order of texts? */
static void expect_listed(struct port_set *set, size_t count)
{
    static uint16_t listed[PORT_SET_NUMBERS];
    static bool there[PORT_SET_NUMBERS];
    memset(there, 0, sizeof(there));
    ck_assert_uint_eq(set->count, count);
    port_set_arrange(set);
    port_set_arrange(set); /* again does no harm */
    port_set_list(set, listed);
    for (size_t i = 0; i < count; i++)
        there[scattered(i)] = true;
    for (size_t i = 0; i < count; i++) {
        ck_assert(there[listed[i]]);
        if (i > 0) ck_assert_int_lt(compare_texts(listed[i - 1], listed[i]), 0);
    }
}

static const size_t sizes[] = {0,   1,    3,    4,    5,    6,    7,     12,    100,
                               767, 1535, 1536, 1537, 1538, 4000, 30000, 65534, 65535};

START_TEST(f3_every_size_lists_in_the_order_of_texts)
{
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        struct bench bench;
        bench_init(&bench, test_memory());
        for (size_t i = 0; i < sizes[s]; i++)
            ck_assert(port_set_add(&bench.set, scattered(i), &bench.pool));
        for (size_t i = 0; i < sizes[s]; i++) /* all again */
            ck_assert(port_set_add(&bench.set, scattered(i), &bench.pool));
        expect_listed(&bench.set, sizes[s]);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(a_number_costs_few_bytes)
{
    struct bench bench;
    bench_init(&bench, test_memory());
    for (size_t i = 0; i < PORT_SET_FEW; i++)
        ck_assert(port_set_add(&bench.set, scattered(i), &bench.pool));
    ck_assert_uint_eq(bench.memory.used, 0);
    for (size_t i = 0; i < PORT_SET_NUMBERS - 1; i++)
        ck_assert(port_set_add(&bench.set, scattered(i), &bench.pool));
    ck_assert_uint_lt(bench.memory.used, 32768);
    bench_release(&bench);
}
END_TEST

/* Sends a set as it travels to another one. */
static bool send(const struct port_set *from, struct bench *to)
{
    struct port_block block;
    size_t blocks = port_set_block_count(from);
    for (size_t i = 0; i < blocks; i++) {
        port_set_block(from, i, &block);
        if (!port_set_add_block(&to->set, &block, &to->pool)) return false;
    }
    for (size_t i = 0; blocks == 0 && i < from->count; i++)
        if (!port_set_add(&to->set, port_set_at(from, i), &to->pool)) return false;
    return true;
}

START_TEST(what_travels_is_the_whole_set)
{
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        struct bench from, to;
        bench_init(&from, test_memory());
        bench_init(&to, test_memory());
        for (size_t i = 0; i < sizes[s]; i++)
            ck_assert(port_set_add(&from.set, scattered(i), &from.pool));
        port_set_arrange(&from.set);
        ck_assert(send(&from.set, &to));
        ck_assert(send(&from.set, &to)); /* twice is once */
        expect_listed(&to.set, sizes[s]);
        bench_release(&from);
        bench_release(&to);
    }
}
END_TEST

START_TEST(any_refused_request_is_reported)
{
    bool succeeded = false;
    for (size_t n = 0; !succeeded; n++) {
        struct failing_source failing = {.fail_at = n};
        struct bench bench;
        bench_init(&bench, failing_memory(&failing));
        size_t added = 0;
        while (added < 2000 && port_set_add(&bench.set, scattered(added), &bench.pool))
            added++;
        succeeded = added == 2000;
        ck_assert(succeeded != failing.refused);
        /* The set is as it was. */
        expect_listed(&bench.set, added);
        bench_release(&bench);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("port_set");
    TCase *all = tcase_create("numbers");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, only_the_ordinary_spelling_is_taken);
    tcase_add_test(all, f3_every_size_lists_in_the_order_of_texts);
    tcase_add_test(all, a_number_costs_few_bytes);
    tcase_add_test(all, what_travels_is_the_whole_set);
    tcase_add_test(all, any_refused_request_is_reported);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
