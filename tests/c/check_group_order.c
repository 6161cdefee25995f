/* T7: the order by ranks is the order that comparing field by field gives. */
#include <check.h>

#include <stdio.h>

#include "group_order.h"
#include "number.h"
#include "test_hunts.h"

enum { FIELDS = 3, MANY = 3000 };

struct bench {
    struct memory memory;
    struct hash_key key;
    struct plan plan;
    struct group_table table;
    uint64_t beyond;
};

static void bench_init(struct bench *bench, struct memory memory)
{
    *bench = (struct bench){.memory = memory, .key = test_key(1)};
    test_plan(&bench->plan, "count from datamodel=Own.Data by a b c", &bench->memory);
    ck_assert(
        group_table_init(&bench->table, &bench->plan, &bench->key, &bench->beyond, &bench->memory));
}

static void bench_release(struct bench *bench)
{
    group_table_release(&bench->table);
    plan_release(&bench->plan);
    ck_assert_uint_eq(bench->memory.used, 0);
}

static bool add(struct bench *bench, const struct slice *values)
{
    struct buffer key;
    buffer_init(&key, &bench->memory);
    bool done = true;
    for (size_t i = 0; i < FIELDS; i++)
        done = done && group_key_append(&key, values[i]);
    done = done && group_find(&bench->table, buffer_slice(&key)) != NULL;
    buffer_release(&key);
    return done;
}

static bool next_value(struct slice *rest, struct arena *scratch, struct slice *value)
{
    if (!group_key_next(rest, value)) return false;
    ck_assert(group_key_text(*value, scratch, value));
    return true;
}

/* The rule itself, without ranks and without doubled quotes. */
static int compare(const struct bench *bench, size_t left, size_t right)
{
    struct slice left_rest = group_key(bench->table.groups[left]), left_value;
    struct slice right_rest = group_key(bench->table.groups[right]), right_value;
    struct memory memory = test_memory();
    struct arena scratch;
    int order = 0;
    arena_init(&scratch, &memory, 256);
    while (order == 0 && next_value(&left_rest, &scratch, &left_value) &&
           next_value(&right_rest, &scratch, &right_value))
        order = number_order(left_value, right_value);
    arena_release(&scratch);
    return order;
}

static void expect_order(struct bench *bench)
{
    size_t count = bench->table.count;
    group_table_gather(&bench->table);
    group_table_sort(&bench->table);
    ck_assert_uint_eq(bench->table.count, count);
    for (size_t i = 1; i < count; i++)
        ck_assert_int_lt(compare(bench, i - 1, i), 0);
    for (size_t i = 1; i < count; i++)
        ck_assert_int_lt(group_key_order(group_key(bench->table.groups[i - 1]),
                                         group_key(bench->table.groups[i])),
                         0);
}

/* What a field holds in one run: whole numbers, texts with a common beginning, or a mix. */
static const char *const kinds[][12] = {
    {"7844", "443", "53", "8443", "1", "10", "100", "9", "65535", "-3", "-20", "0"},
    {"10", "010", "10.0", "1e1", "0", "-0", "0.0", "00", "-10", "-010", "5", "05"},
    {"C:\\Program Files\\a.exe", "C:\\Program Files\\a", "C:\\Program Files\\a.exe2",
     "C:\\Program Files\\abcdefg", "C:\\Program Files\\abcdefgh", "C:\\Program Files\\abcdefghi",
     "C:\\Program Files\\", "C:\\Program Files\\b", "C:\\Program Files\\abcdefgz",
     "C:\\Program Files\\abcdefghij", "C:\\Program Files\\a.ex", "C:\\Program Files\\A.exe"},
    {"x.abc", "x.abc\",x", "x.abc\"", "x.abc\"\"", "x.abc!", "x.ab", "x.abcd", "x.abc\"d", "x.abc ",
     "x.", "x.abc\",", "x.abc\"!"},
    {"abcdefghi", "abcdefgh.i", "abcdefgh\"", "abcdefgh", "abcdefghij", "abcdefgh.", "abcdefgh\"\"",
     "abcdefgh\"i", "abcdefg", "abcdefgh ", "abcdefgh,i", "abcdefghh"},
    {"\"", "\"\"", "\"a", "a\"", ",", "\",", "\",\"", "!", " ", "#", "\"!", "\"#"},
    {"7844", "unknown", "443", "10.1.2.3", "1.5", "-", "1e3", "abc", "\xc3\xa4", "1000", "", "a"},
    {"same", "same", "same", "same", "same", "same", "same", "same", "same", "same", "same",
     "same"},
    {"99999999999999999999", "99999999999999999998", "123456789012345678", "1", "2", "1e400",
     "1e-400", "-1e400", "12345678901234567", "-99999999999999999999", "3", "4"},
};

static struct slice pick(uint64_t *state, char bytes[64])
{
    size_t kind = (size_t)(next_random(state) % COUNT_OF(kinds));
    const char *text = kinds[kind][next_random(state) % 12];
    /* Now and then a tail, so that there are many values. */
    unsigned tail = (unsigned)(next_random(state) % 40);
    int length =
        tail < 20 ? snprintf(bytes, 64, "%s", text) : snprintf(bytes, 64, "%s%u", text, tail);
    return (struct slice){bytes, (size_t)length};
}

START_TEST(t7_ranks_order_as_values_do)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct bench bench;
        uint64_t state = seed;
        size_t kind[FIELDS];
        bench_init(&bench, test_memory());
        for (size_t f = 0; f < FIELDS; f++)
            kind[f] = (size_t)(next_random(&state) % (COUNT_OF(kinds) + 1));
        for (size_t i = 0; i < 300; i++) {
            char bytes[FIELDS][64];
            struct slice values[FIELDS];
            for (size_t f = 0; f < FIELDS; f++)
                values[f] = kind[f] < COUNT_OF(kinds)
                                ? text_of(kinds[kind[f]][next_random(&state) % 12])
                                : pick(&state, bytes[f]);
            ck_assert(add(&bench, values));
        }
        expect_order(&bench);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(t7_a_text_that_goes_on_with_nul_comes_behind)
{
    static const struct slice texts[] = {{"a\0", 2}, {"a", 1}, {"a\0\0", 3}, {"", 0}, {"b", 1}};
    struct bench bench;
    bench_init(&bench, test_memory());
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ck_assert(add(&bench, (struct slice[]){texts[i], SLICE("x"), SLICE("y")}));
    expect_order(&bench);
    bench_release(&bench);
}
END_TEST

static bool add_many(struct bench *bench)
{
    for (size_t i = 0; i < MANY; i++) {
        char bytes[32];
        snprintf(bytes, sizeof(bytes), "host%zu", i * 7919 % MANY);
        if (!add(bench, (struct slice[]){SLICE("x"), text_of(bytes), SLICE("")})) return false;
    }
    return true;
}

START_TEST(a_table_without_groups_has_nothing_to_sort)
{
    struct bench bench;
    bench_init(&bench, test_memory());
    group_table_gather(&bench.table);
    group_table_sort(&bench.table);
    ck_assert_uint_eq(bench.table.count, 0);
    bench_release(&bench);
}
END_TEST

START_TEST(many_groups_are_sorted_in_the_slots)
{
    struct bench bench;
    bench_init(&bench, test_memory());
    ck_assert(add_many(&bench));
    size_t used = bench.memory.used, peak = bench.memory.peak;
    expect_order(&bench);
    ck_assert_uint_eq(bench.table.count, MANY);
    ck_assert_uint_eq(bench.memory.used, used);
    ck_assert_uint_eq(bench.memory.peak, peak);
    bench_release(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("group_order");
    TCase *all = tcase_create("T7");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, t7_ranks_order_as_values_do);
    tcase_add_test(all, t7_a_text_that_goes_on_with_nul_comes_behind);
    tcase_add_test(all, a_table_without_groups_has_nothing_to_sort);
    tcase_add_test(all, many_groups_are_sorted_in_the_slots);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
