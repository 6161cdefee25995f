/* What the user is told beside the rows. */
#include <check.h>

#include "messages.h"
#include "test_hunts.h"

static const char search[] = "count from datamodel=Network_Traffic.All_Traffic where "
                             "All_Traffic.dest_port=7844 by All_Traffic.src";
static const char without_by[] = "count from datamodel=Network_Traffic.All_Traffic where "
                                 "All_Traffic.dest_port=7844";

struct bench {
    struct memory memory;
    struct hash_key key;
    struct hunt hunt;
    struct messages messages;
};

static void bench_init(struct bench *bench, const char *text)
{
    struct plan plan;
    bench->memory = test_memory();
    bench->key = test_key(1);
    test_plan(&plan, text, &bench->memory);
    ck_assert(hunt_init(&bench->hunt, &plan, &bench->key, &bench->memory));
    messages_init(&bench->messages, &bench->memory);
}

static void bench_release(struct bench *bench)
{
    messages_release(&bench->messages);
    hunt_release(&bench->hunt);
    ck_assert_uint_eq(bench->memory.used, 0);
}

/* ---- lines ---- */

START_TEST(lines_are_kept_in_order)
{
    struct bench bench;
    char text[2] = "a";
    bench_init(&bench, search);
    ck_assert_uint_eq(bench.messages.count, 0);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < 20; i++) {
            text[0] = (char)('a' + i);
            ck_assert(messages_add(&bench.messages, i % 2 == 0 ? MESSAGE_INFO : MESSAGE_WARN,
                                   text_of(text)));
        }
        ck_assert_uint_eq(bench.messages.count, 20);
        for (size_t i = 0; i < 20; i++) {
            text[0] = (char)('a' + i);
            EXPECT_SLICE(bench.messages.lines[i].text, text, "line");
            ck_assert_int_eq(bench.messages.lines[i].level,
                             i % 2 == 0 ? MESSAGE_INFO : MESSAGE_WARN);
        }
        messages_clear(&bench.messages);
        ck_assert_uint_eq(bench.messages.count, 0);
    }
    ck_assert(messages_add(&bench.messages, MESSAGE_INFO, (struct slice){NULL, 0}));
    ck_assert_uint_eq(bench.messages.lines[0].text.length, 0);
    bench_release(&bench);
}
END_TEST

/* ---- tables ---- */

static const struct {
    const char *name;
    const char *search;
    bool group;       /* is there a group? */
    uint64_t matched; /* rows */
    uint64_t damaged, ragged;
    size_t lines;
    const char *first, *last; /* how the lines begin */
} tables[] = {
    {"rows", search, true, 1, 0, 0, 0, "", ""},
    {"no rows", search, false, 0, 0, 0, 1, "cfhunt found nothing in 5 rows.", "cfhunt found"},
    {"all rows dropped (B1)", search, false, 3, 0, 0, 1, "cfhunt found nothing", "cfhunt found"},
    {"rows whose counters were lost", search, true, 0, 1, 0, 1, "1 partial row", "1 partial row"},
    {"no BY, nothing matched", without_by, true, 0, 0, 0, 1, "cfhunt found nothing", "cfhunt"},
    {"no BY, something matched", without_by, true, 2, 0, 0, 0, "", ""},
    {"no rows and more to say", search, false, 0, 2, 3, 3, "cfhunt found nothing",
     "3 of the first 5 rows had"},
    {"rows and more to say", search, true, 9, 2, 3, 2, "2 partial rows", "3 of the first"},
};

static bool begins(struct slice text, const char *start)
{
    return text.length >= strlen(start) && memcmp(text.bytes, start, strlen(start)) == 0;
}

START_TEST(what_is_said_of_a_table)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        struct bench bench;
        bench_init(&bench, tables[i].search);
        uint64_t *counts = bench.hunt.counters.counts;
        counts[COUNTER_READ] = counts[COUNTER_CHECKED] = counts[COUNTER_MAPPED] = 5;
        counts[COUNTER_MATCHED] = tables[i].matched;
        counts[COUNTER_DAMAGED_PART] = tables[i].damaged;
        counts[COUNTER_RAGGED] = tables[i].ragged;
        if (tables[i].group && bench.hunt.plan.by_count > 0)
            ck_assert_ptr_nonnull(group_find(&bench.hunt.groups, SLICE("\1\0\0\0x")));
        ck_assert_int_eq(hunt_finish(&bench.hunt), CFH_OK);
        ck_assert(messages_add_table(&bench.messages, &bench.hunt, false));
        ck_assert_msg(bench.messages.count == tables[i].lines, "%s: %zu", tables[i].name,
                      bench.messages.count);
        if (tables[i].lines > 0) {
            const struct message_line *lines = bench.messages.lines;
            ck_assert_msg(begins(lines[0].text, tables[i].first), "%s", tables[i].name);
            ck_assert_msg(begins(lines[tables[i].lines - 1].text, tables[i].last), "%s",
                          tables[i].name);
        }
        bench_release(&bench);
    }
}
END_TEST

START_TEST(numbers_that_no_sum_took)
{
    struct bench bench;
    struct rows rows;
    bench_init(&bench, "sum(x) from datamodel=Own.Data");
    ck_assert(rows_begin(&rows, SLICE("x\n1\n1e401\n-1e500\n"), &bench.memory));
    hunt_bind(&bench.hunt, &rows.record);
    while (rows_next(&rows))
        ck_assert_int_eq(hunt_event(&bench.hunt, &rows.record), CFH_OK);
    rows_release(&rows);
    ck_assert_int_eq(hunt_finish(&bench.hunt), CFH_OK);
    ck_assert(messages_add_table(&bench.messages, &bench.hunt, false));
    ck_assert_uint_eq(bench.messages.count, 1);
    EXPECT_SLICE(
        bench.messages.lines[0].text,
        "2 rows have numbers too long or too large to calculate with exactly: they were left out.",
        "beyond");
    ck_assert_int_eq(bench.messages.lines[0].level, MESSAGE_WARN);
    bench_release(&bench);
}
END_TEST

START_TEST(a_scheduled_search_is_not_warned)
{
    for (size_t scheduled = 0; scheduled < 2; scheduled++) {
        struct bench bench;
        bench_init(&bench, search);
        ck_assert_int_eq(hunt_finish(&bench.hunt), CFH_OK);
        ck_assert(messages_add_table(&bench.messages, &bench.hunt, scheduled > 0));
        ck_assert_uint_eq(bench.messages.count, 1);
        ck_assert_int_eq(bench.messages.lines[0].level,
                         scheduled > 0 ? MESSAGE_INFO : MESSAGE_WARN);
        bench_release(&bench);
    }
}
END_TEST

/* ---- columns ---- */

static const struct {
    const char *header;
    const char *expected; /* "": nothing to say */
} headers[] = {
    {"_raw,_time,sourcetype,host,source,index\n", ""},
    {"dest_port,All_Traffic.dest_port,src\n", ""},
    {"vendor,product,vendor_product\n", ""}, /* M2's inputs */
    {"_raw,_serial,_si,__mv_anything,__mv_src\n", ""},
    {"dest_port,EventData\n", "cfhunt did not need 1 of the 2 columns that came. "},
    {"a,b,_raw,dest_port,c\n", "cfhunt did not need 3 of the 5 columns that came. "},
    {"\n", ""},
};

static void add_columns(struct bench *bench, const char *header)
{
    struct rows rows;
    struct hunt *hunt = &bench->hunt;
    ck_assert(rows_begin(&rows, text_of(header), &bench->memory));
    ck_assert(messages_add_columns(&bench->messages, &rows.record, &hunt, 1));
    rows_release(&rows);
}

START_TEST(columns_that_no_hunt_needed)
{
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        struct bench bench;
        bench_init(&bench, search);
        add_columns(&bench, headers[i].header);
        bool said = headers[i].expected[0] != '\0';
        ck_assert_msg(bench.messages.count == (said ? 1 : 0), "%s", headers[i].header);
        if (said) {
            ck_assert_msg(begins(bench.messages.lines[0].text, headers[i].expected), "%s",
                          headers[i].header);
            ck_assert(contains(bench.messages.lines[0].text, "`cfhunt_fields`"));
            ck_assert_int_eq(bench.messages.lines[0].level, MESSAGE_INFO);
        }
        bench_release(&bench);
    }
}
END_TEST

/* A column that any of the hunts needs is needed. */
START_TEST(columns_of_several_hunts)
{
    struct bench first, second;
    struct rows rows;
    bench_init(&first, "count from datamodel=Own.Data by a");
    bench_init(&second, "count from datamodel=Own.Data by b");
    struct hunt *hunts[] = {&first.hunt, &second.hunt};
    ck_assert(rows_begin(&rows, SLICE("a,b,_raw\n"), &first.memory));
    ck_assert(messages_add_columns(&first.messages, &rows.record, hunts, 2));
    ck_assert_uint_eq(first.messages.count, 0);
    ck_assert(messages_add_columns(&first.messages, &rows.record, hunts, 1));
    ck_assert_uint_eq(first.messages.count, 1);
    rows_release(&rows);
    bench_release(&second);
    bench_release(&first);
}
END_TEST

/* Before the first header there are no columns. */
START_TEST(no_header_came)
{
    struct bench bench;
    struct record record;
    struct hunt *hunt = &bench.hunt;
    bench_init(&bench, search);
    record_init(&record, &bench.memory);
    ck_assert(messages_add_columns(&bench.messages, &record, &hunt, 1));
    ck_assert_uint_eq(bench.messages.count, 0);
    record_release(&record);
    bench_release(&bench);
}
END_TEST

/* ---- refused memory ---- */

static bool run_refused(struct memory *memory)
{
    struct bench bench;
    struct rows rows;
    struct messages messages;
    struct hunt *hunt = &bench.hunt;
    bench_init(&bench, search);
    bench.hunt.counters.counts[COUNTER_READ] = 5;
    bench.hunt.counters.counts[COUNTER_DAMAGED_CELL] = 2;
    bench.hunt.counters.counts[COUNTER_RAGGED] = 3;
    ck_assert(rows_begin(&rows, SLICE("a,b\n"), &bench.memory));
    messages_init(&messages, memory);
    messages.arena.block_size = 0; /* each block is a request of its own */
    bool done = messages_add_table(&messages, &bench.hunt, false) &&
                messages_add_columns(&messages, &rows.record, &hunt, 1);
    if (done) ck_assert_uint_eq(messages.count, 4);
    messages_release(&messages);
    rows_release(&rows);
    bench_release(&bench);
    return done;
}

START_TEST(every_refusal_is_said)
{
    bool refused = true;
    for (size_t n = 0; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory memory = failing_memory(&failing);
        bool done = run_refused(&memory);
        refused = failing.refused;
        ck_assert_msg(done || refused, "request %zu", n);
        ck_assert_uint_eq(memory.used, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("messages");
    TCase *room = tcase_create("room");
    tcase_add_test(room, lines_are_kept_in_order);
    tcase_add_test(room, numbers_that_no_sum_took);
    tcase_add_test(room, what_is_said_of_a_table);
    tcase_add_test(room, a_scheduled_search_is_not_warned);
    tcase_add_test(room, columns_that_no_hunt_needed);
    tcase_add_test(room, columns_of_several_hunts);
    tcase_add_test(room, no_header_came);
    tcase_add_test(room, every_refusal_is_said);
    suite_add_tcase(suite, room);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
