/* What a hunt counts, how counts travel, and every sentence that is made of them. */
#include <check.h>

#include "counters.h"
#include "test_hunts.h"

enum { ARENA_BLOCK = 256 };

static const char search[] = "count from datamodel=Network_Traffic.All_Traffic where "
                             "All_Traffic.dest_port=7844 NOT All_Traffic.transport IN (tcp, udp) "
                             "by All_Traffic.dest All_Traffic.src";

struct bench {
    struct memory memory;
    struct arena arena;
    struct plan plan;
    struct counters counters;
    struct buffer text;
    struct message message;
};

static void bench_init(struct bench *bench, const char *text)
{
    *bench = (struct bench){.memory = test_memory()};
    arena_init(&bench->arena, &bench->memory, ARENA_BLOCK);
    test_plan(&bench->plan, text, &bench->memory);
    buffer_init(&bench->text, &bench->memory);
    bench->message.text = &bench->text;
    ck_assert(counters_init(&bench->counters, &bench->plan, &bench->arena));
}

static void bench_release(struct bench *bench)
{
    buffer_release(&bench->text);
    plan_release(&bench->plan);
    arena_release(&bench->arena);
    ck_assert_uint_eq(bench->memory.used, 0);
}

static void set(struct bench *bench, enum counter counter, uint64_t count)
{
    bench->counters.counts[counter] = count;
}

/* ---- counts ---- */

START_TEST(counters_start_at_zero)
{
    struct bench bench;
    bench_init(&bench, search);
    ck_assert_uint_eq(bench.counters.term_count, 2);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNTER_COUNT; i++)
            ck_assert_uint_eq(bench.counters.counts[i], 0);
        for (size_t i = 0; i < 2; i++)
            ck_assert_uint_eq(bench.counters.terms[i], 0);
        for (size_t i = 0; i < COUNTER_COUNT; i++)
            bench.counters.counts[i] = i + 1;
        bench.counters.terms[1] = 9;
        counters_clear(&bench.counters);
    }
    bench_release(&bench);
}
END_TEST

START_TEST(a_plan_without_terms)
{
    struct bench bench;
    bench_init(&bench, "count from datamodel=Network_Traffic.All_Traffic");
    ck_assert_uint_eq(bench.counters.term_count, 0);
    counters_clear(&bench.counters);
    ck_assert(counters_save(&bench.counters, &bench.text));
    EXPECT_SLICE(buffer_slice(&bench.text), "0,0,0,0,0,0,0,0,0,0,0,0", "no terms");
    ck_assert(counters_load(&bench.counters, buffer_slice(&bench.text)));
    bench_release(&bench);
}
END_TEST

START_TEST(saved_counts_are_added)
{
    struct bench bench;
    bench_init(&bench, search);
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        set(&bench, (enum counter)i, i);
    bench.counters.terms[0] = UINT64_C(10000000000);
    ck_assert(counters_save(&bench.counters, &bench.text));
    EXPECT_SLICE(buffer_slice(&bench.text), "0,1,2,3,4,5,6,7,8,9,10,11,10000000000,0", "saved");
    ck_assert(counters_load(&bench.counters, buffer_slice(&bench.text)));
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        ck_assert_uint_eq(bench.counters.counts[i], 2 * i);
    ck_assert_uint_eq(bench.counters.terms[0], UINT64_C(20000000000));
    ck_assert_uint_eq(bench.counters.terms[1], 0);
    bench_release(&bench);
}
END_TEST

START_TEST(the_largest_count_travels)
{
    struct bench bench;
    bench_init(&bench, search);
    set(&bench, COUNTER_READ, UINT64_MAX);
    ck_assert(counters_save(&bench.counters, &bench.text));
    counters_clear(&bench.counters);
    ck_assert(counters_load(&bench.counters, buffer_slice(&bench.text)));
    ck_assert_uint_eq(bench.counters.counts[COUNTER_READ], UINT64_MAX);
    bench_release(&bench);
}
END_TEST

static const char *const damaged[] = {
    "",
    ",",
    "1",
    "1,2,3,4,5,6,7,8,9,10,11,12,13",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
    ",1,2,3,4,5,6,7,8,9,10,11,12,13",
    "1,2,3,,5,6,7,8,9,10,11,12,13,14",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,x",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,-1",
    "1,2,3,4,5,6,7,8,9,10,11,12,13, 1",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,01",
    "18446744073709551616,2,3,4,5,6,7,8,9,10,11,12,13,14",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,99999999999999999999999",
};

START_TEST(damaged_counts_add_nothing)
{
    struct bench bench;
    bench_init(&bench, search);
    for (size_t i = 0; i < COUNT_OF(damaged); i++) {
        ck_assert_msg(!counters_load(&bench.counters, text_of(damaged[i])), "%s", damaged[i]);
        for (size_t j = 0; j < COUNTER_COUNT; j++)
            ck_assert_uint_eq(bench.counters.counts[j], 0);
    }
    ck_assert(!counters_load(&bench.counters, (struct slice){NULL, 0}));
    ck_assert_uint_eq(bench.counters.terms[0], 0);
    bench_release(&bench);
}
END_TEST

/* ---- sentences ---- */

#define NO_EVENT                                                                                   \
    "cfhunt found nothing because no event reached it. Check the time range and the search "       \
    "before the command: the report \"cfhunt - Coverage of Sysmon network events\" shows which "   \
    "indexes and hosts send such events at all."

static const struct {
    uint64_t read, checked, mapped, profiled, other, terms[2];
    bool scheduled;
    enum message_level level;
    const char *sentence;
} empties[] = {
    {0, 0, 0, 0, 0, {0, 0}, false, MESSAGE_WARN, NO_EVENT},
    {0, 0, 0, 0, 0, {0, 0}, true, MESSAGE_INFO, NO_EVENT},
    {1,
     1,
     1,
     0,
     0,
     {0, 1},
     false,
     MESSAGE_INFO,
     "cfhunt found nothing in 1 row. Of the first 1 row, 1 was usable (1 with the model's fields, "
     "0 Sysmon events of the right id). Of the usable rows, 0 have "
     "\"All_Traffic.dest_port\"=\"7844\", 1 has \"All_Traffic.transport\" IN (\"tcp\", \"udp\")."},
    {2345678,
     10000,
     3,
     1,
     5000,
     {0, 2},
     false,
     MESSAGE_INFO,
     "cfhunt found nothing in 2,345,678 rows. Of the first 10,000 rows, 4 were usable (3 with the "
     "model's fields, 1 Sysmon event of the right id) and 5,000 were Sysmon events of another id. "
     "Of the usable rows, 0 have \"All_Traffic.dest_port\"=\"7844\", 2 have "
     "\"All_Traffic.transport\" IN (\"tcp\", \"udp\")."},
    {7,
     7,
     0,
     0,
     1,
     {0, 0},
     true,
     MESSAGE_WARN,
     "cfhunt found nothing in 7 rows. Of the first 7 rows, 0 were usable (0 with the model's "
     "fields, 0 Sysmon events of the right id) and 1 was a Sysmon event of another id. Of the "
     "usable rows, 0 have \"All_Traffic.dest_port\"=\"7844\", 0 have \"All_Traffic.transport\" IN "
     "(\"tcp\", \"udp\")."},
};

START_TEST(why_there_are_no_rows)
{
    for (size_t i = 0; i < COUNT_OF(empties); i++) {
        struct bench bench;
        bench_init(&bench, search);
        set(&bench, COUNTER_READ, empties[i].read);
        set(&bench, COUNTER_CHECKED, empties[i].checked);
        set(&bench, COUNTER_MAPPED, empties[i].mapped);
        set(&bench, COUNTER_PROFILED, empties[i].profiled);
        set(&bench, COUNTER_OTHER_EVENT, empties[i].other);
        memcpy(bench.counters.terms, empties[i].terms, sizeof(empties[i].terms));
        ck_assert(counters_say_no_rows(&bench.counters, &bench.plan, empties[i].scheduled,
                                       &bench.message));
        EXPECT_SLICE(buffer_slice(&bench.text), empties[i].sentence, "no rows");
        ck_assert_int_eq(bench.message.level, empties[i].level);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(no_rows_and_no_terms)
{
    struct bench bench;
    bench_init(&bench, "count from datamodel=Network_Traffic.All_Traffic");
    set(&bench, COUNTER_READ, 2);
    set(&bench, COUNTER_CHECKED, 2);
    ck_assert(counters_say_no_rows(&bench.counters, &bench.plan, false, &bench.message));
    EXPECT_SLICE(buffer_slice(&bench.text),
                 "cfhunt found nothing in 2 rows. Of the first 2 rows, 0 were usable (0 with the "
                 "model's fields, 0 Sysmon events of the right id).",
                 "no terms");
    bench_release(&bench);
}
END_TEST

static const struct {
    size_t i;
    enum counter counter;
    uint64_t count;
    const char *sentence;
} warnings[] = {
    {0, COUNTER_CAPPED, 1,
     "1 row would have been counted into more than 10,000 groups each: there the values of every "
     "multivalue BY field were joined by newlines (BY All_Traffic.dest, All_Traffic.src)."},
    {0, COUNTER_CAPPED, 1234,
     "1,234 rows would have been counted into more than 10,000 groups each: there the values of "
     "every multivalue BY field were joined by newlines (BY All_Traffic.dest, All_Traffic.src)."},
    {1, COUNTER_DAMAGED_CELL, 1, "1 multivalue cell was damaged: its plain text was used."},
    {1, COUNTER_DAMAGED_CELL, 2, "2 multivalue cells were damaged: their plain text was used."},
    {2, COUNTER_DAMAGED_PART, 1,
     "1 partial row from an indexer was damaged: what it counted is missing from this table."},
    {2, COUNTER_DAMAGED_PART, 1000000,
     "1,000,000 partial rows from the indexers were damaged: what they counted is missing from "
     "this table."},
    {3, COUNTER_BEYOND, 1,
     "1 row has a number too long or too large to calculate with exactly: it was left out."},
    {3, COUNTER_BEYOND, 1001,
     "1,001 rows have numbers too long or too large to calculate with exactly: they were left "
     "out."},
    {4, COUNTER_RAGGED, 1, "1 of the first 8,000 rows had more or fewer cells than the header."},
    {4, COUNTER_RAGGED, 8000,
     "8,000 of the first 8,000 rows had more or fewer cells than the header."},
};

START_TEST(rows_that_need_attention)
{
    ck_assert_uint_eq(BY_COMBINATIONS_MAX, 10000);
    for (size_t i = 0; i < COUNT_OF(warnings); i++) {
        struct bench bench;
        bench_init(&bench, search);
        set(&bench, COUNTER_CHECKED, 8000);
        set(&bench, warnings[i].counter, warnings[i].count);
        for (size_t j = 0; j < COUNTERS_WARNINGS; j++) {
            ck_assert(counters_say_warning(&bench.counters, &bench.plan, j, &bench.message));
            EXPECT_SLICE(buffer_slice(&bench.text), j == warnings[i].i ? warnings[i].sentence : "",
                         "warning");
            if (bench.text.length > 0) ck_assert_int_eq(bench.message.level, MESSAGE_WARN);
            buffer_clear(&bench.text);
        }
        bench_release(&bench);
    }
}
END_TEST

/* ---- refused memory ---- */

static bool run_everything(const struct plan *plan, struct memory *memory)
{
    struct arena arena;
    struct buffer text;
    struct message message = {.text = &text};
    struct counters counters;
    buffer_init(&text, memory);
    arena_init(&arena, memory, 0);
    bool done = counters_init(&counters, plan, &arena);
    for (size_t i = 0; done && i < COUNTER_COUNT; i++)
        counters.counts[i] = UINT64_MAX;
    done = done && counters_save(&counters, &text);
    buffer_release(&text);
    done = done && counters_say_no_rows(&counters, plan, false, &message);
    buffer_release(&text);
    for (size_t i = 0; done && i < COUNTERS_WARNINGS; i++) {
        done = counters_say_warning(&counters, plan, i, &message) && text.length > 0;
        buffer_release(&text);
    }
    arena_release(&arena);
    return done;
}

START_TEST(every_refusal_is_said)
{
    struct memory own = test_memory();
    struct plan plan;
    test_plan(&plan, search, &own);
    bool refused = true;
    for (size_t n = 0; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory memory = failing_memory(&failing);
        bool done = run_everything(&plan, &memory);
        refused = failing.refused;
        ck_assert_msg(done || refused, "request %zu", n);
        ck_assert_uint_eq(memory.used, 0);
    }
    plan_release(&plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("counters");
    TCase *counts = tcase_create("counts"), *sentences = tcase_create("sentences");
    tcase_add_test(counts, counters_start_at_zero);
    tcase_add_test(counts, a_plan_without_terms);
    tcase_add_test(counts, saved_counts_are_added);
    tcase_add_test(counts, the_largest_count_travels);
    tcase_add_test(counts, damaged_counts_add_nothing);
    tcase_add_test(counts, every_refusal_is_said);
    tcase_add_test(sentences, why_there_are_no_rows);
    tcase_add_test(sentences, no_rows_and_no_terms);
    tcase_add_test(sentences, rows_that_need_attention);
    suite_add_tcase(suite, counts);
    suite_add_tcase(suite, sentences);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
