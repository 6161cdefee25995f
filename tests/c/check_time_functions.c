/* earliest, latest, first, last, their times, and rate: what depends on when a value was seen. */
#include <check.h>

#include "test_functions.h"
#include "time_functions.h"

static const struct result_row results[] = {
    {"F7 no event", "earliest", "", ""},
    {"F7 no value", "earliest", "5@;6@", ""},
    {"F7 the earliest", "earliest", "5@b;3@c;9@a", "[c]"},
    {"F7 the latest", "latest", "5@b;3@c;9@a", "[a]"},
    {"F7 first is the latest", "first", "5@b;3@c;9@a", "[a]"},
    {"F7 last is the earliest", "last", "5@b;3@c;9@a", "[c]"},
    {"F7 its time", "earliest_time", "5@b;3@c;9@a", "[3]"},
    {"F7 its time", "latest_time", "5@b;3@c;9@a", "[9]"},
    {"F7 times as numbers", "earliest", "10@b;9@a", "[a]"},
    {"F7 times as numbers", "latest", "10@b;9@a", "[b]"},
    {"F7 fractions of a second", "latest", "5.25@a;5.3@b", "[b]"},
    {"F7 before 1970", "earliest", "-5@a;-50@b;3@c", "[b]"},
    {"F7 times beyond a double", "latest", "9007199254740993@b;9007199254740992@a", "[b]"},
    {"F7 an exponent", "latest", "1e3@b;999@a", "[b]"},
    {"F7 one time, the smallest text", "earliest", "3@b;3@a;3@c", "[a]"},
    {"F7 one time, the smallest text", "latest", "3@b;3@a;3@c", "[a]"},
    {"F7 one time, the smallest text", "first", "3@b;3@a;3@c", "[a]"},
    {"F7 one time, the smallest text", "last", "3@c;3@b;3@a", "[a]"},
    {"F7 by bytes, not by value", "earliest", "3@9;3@10", "[10]"},
    {"F7 one time in two spellings", "earliest", "3@b;3.0@a", "[a]"},
    {"F7 one time in two spellings", "latest", "3.0@b;3@a", "[a]"},
    {"F7 one time and value, the smallest time text", "earliest_time", "3.0@a;3@a;03@b", "[3]"},
    {"F7 one time and value, the smallest time text", "latest_time", "3@a;3.0@a;03@a", "[03]"},
    {"F7 the time of the value that counts", "latest_time", "3.0@a;3@b", "[3.0]"},
    {"F7 a multivalue, the smallest text", "earliest", "3@b|a|c;4@0", "[a]"},
    {"F7 a multivalue, the smallest text", "latest", "3@0;4@b|a|c", "[a]"},
    {"F7 an empty value is a value", "latest", "3@a;4@|", "[]"},
    {"F7 an empty value is the smallest", "earliest", "3@a;3@|b", "[]"},
    {"F7 without a time", "earliest", "a;5@b;c", "[b]"},
    {"F7 without a time", "latest", "@z;5@b", "[b]"},
    {"F7 without a time", "latest_time", "a;b", ""},
    {"F7 a time that is no number", "latest", "x@z;+9@z; 9@z;9 @z;2023-01-29T11:33:00Z@z;5@b",
     "[b]"},
    {"F7 nothing but such", "first", "x@z;y", ""},
    {"F7 events without a value have no time", "latest_time", "5@a;9@", "[5]"},
};

static const struct result_row rates[] = {
    {"F7 rate of nothing", "rate", "", ""},
    {"F7 rate of one value", "rate", "5@1", ""},
    {"F7 rate of one time", "rate", "5@1;5@3;5.0@9", ""},
    {"F7 rate", "rate", "0@0;10@5", "[0.5]"},
    {"F7 rate, what lies between plays no part", "rate", "0@0;4@1000;5@x;10@5", "[0.5]"},
    {"F7 rate, in any order", "rate", "10@5;0@0", "[0.5]"},
    {"F7 rate of what falls", "rate", "0@5;10@0", "[-0.5]"},
    {"F7 rate of what stays", "rate", "0@7;10@7.0", "[0]"},
    {"F7 rate, seventeen digits", "rate", "0@1;3@2", "[0.33333333333333333]"},
    {"F7 rate, seventeen digits", "rate", "0@1;3@3", "[0.66666666666666667]"},
    {"F7 rate, fractions of a second", "rate", "0.5@1;1@2", "[2]"},
    {"F7 rate, exact", "rate", "0.1@0.1;0.3@0.3", "[1]"},
    {"F7 rate, negative values and times", "rate", "-10@-5;-5@5", "[2]"},
    {"F7 rate, large", "rate", "0@0;1@1e21", "[1e21]"},
    {"F7 rate, of the smallest texts at a time", "rate", "0@9;0@10;5@60;5@7", "[10]"},
    {"F7 rate, no number at the start", "rate", "0@a;5@3;10@5", ""},
    {"F7 rate, no number at the end", "rate", "0@1;5@3;10@|", ""},
    {"F7 rate, too large a value", "rate", "0@1;1@1e401", ""},
    {"F7 rate, too late a time", "rate", "0@1;1e401@2", ""},
    {"F7 rate, without times", "rate", "1;2", ""},
};

START_TEST(f7_values_and_times)
{
    check_results(results, COUNT_OF(results));
}
END_TEST

START_TEST(f7_rates)
{
    check_results(rates, COUNT_OF(rates));
}
END_TEST

/* ---- items: TIME, a blank, VALUE, of the earliest and of the latest ---- */

static const char *const names[] = {"earliest",      "latest",      "first", "last",
                                    "earliest_time", "latest_time", "rate"};

START_TEST(what_travels)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        expect_items(names[i], "5@b c;3.0@c;9@a;4@x", "3.0 c 9 a ");
        expect_items(names[i], "5@|", "5  5  ");
        expect_items(names[i], "x@a;b", "");
    }
}
END_TEST

START_TEST(other_items_are_refused)
{
    static const char *const wrong[] = {"",     " ",    "5",     "a",    " a",   "x a",
                                        "5\ta", "+5 a", "5.a a", "5. a", ".5 a", "0x5 a",
                                        "  a",  "5a a", "5,a",   "inf a"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        check_refused_items(names[i], wrong, COUNT_OF(wrong));
}
END_TEST

/* Values may hold blanks and any bytes; one item alone tells both ends. */
START_TEST(odd_values_come_back)
{
    static const struct slice values[] = {{"a b ", 4}, {"", 0}, {" ", 1}, {"\0\xff\n", 3}};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        for (size_t which = 0; which < 2; which++) {
            struct bench bench;
            bench_init(&bench, which == 0 ? "earliest" : "latest", test_memory());
            void *state = new_state(&bench), *other = new_state(&bench);
            struct aggregate_input input = {{&values[i], 1}, SLICE("1.5e3")};
            struct slice item;
            struct values result;
            ck_assert(bench.function->update(state, &input, &bench.home));
            ck_assert(bench.function->save(state, which, &bench.scratch, &item));
            ck_assert_int_eq(bench.function->load(other, item, &bench.home), CFH_OK);
            ck_assert(bench.function->finish(other, 0, &bench.home, &bench.scratch, &result));
            ck_assert_uint_eq(result.count, 1);
            ck_assert(text_equal(result.items[0], values[i]));
            free(state);
            free(other);
            bench_release(&bench);
        }
    }
}
END_TEST

/* Sightings that replace one another give their room back. */
START_TEST(f7_sightings_reuse_their_room)
{
    struct bench bench;
    char value[2000], time[32];
    memset(value, 'a', sizeof(value));
    bench_init(&bench, "latest", test_memory());
    void *state = new_state(&bench);
    for (size_t i = 1; i <= sizeof(value); i++) {
        struct slice item = {value, i};
        struct aggregate_input input = {{&item, 1}, {time, 0}};
        input.time.length = (size_t)snprintf(time, sizeof(time), "%zu", i);
        ck_assert(bench.function->update(state, &input, &bench.home));
    }
    ck_assert_uint_le(bench.memory.peak, 4 * POOL_BLOCK);
    struct values result;
    ck_assert(bench.function->finish(state, 0, &bench.home, &bench.scratch, &result));
    ck_assert_uint_eq(result.items[0].length, sizeof(value));
    free(state);
    bench_release(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("time_functions");
    TCase *rules = tcase_create("rules"), *items = tcase_create("items");
    tcase_add_test(rules, f7_values_and_times);
    tcase_add_test(rules, f7_rates);
    tcase_add_test(items, what_travels);
    tcase_add_test(items, other_items_are_refused);
    tcase_add_test(items, odd_values_come_back);
    tcase_add_test(items, f7_sightings_reuse_their_room);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, items);
    return run_suite(suite);
}
