/* One plan over rows: what is counted on the way, which rows are partial, and how a hunt ends. */
#include <check.h>

#include <stdio.h>

#include "hunt.h"
#include "test_hunts.h"

static const char search[] = "count from datamodel=Network_Traffic.All_Traffic where "
                             "All_Traffic.dest_port=7844 by All_Traffic.src";

#define SYSMON(provider, id, port)                                                                 \
    "\"<Event><System><Provider Name='" provider "'/><EventID>" id                                 \
    "</EventID></System><EventData><Data Name='DestinationPort'>" port                             \
    "</Data></EventData></Event>\""

struct bench {
    struct memory memory;
    struct hash_key key;
    struct hunt hunt;
};

static void bench_init(struct bench *bench, const char *text)
{
    struct plan plan;
    bench->memory = test_memory();
    bench->key = test_key(1);
    test_plan(&plan, text, &bench->memory);
    ck_assert(hunt_init(&bench->hunt, &plan, &bench->key, &bench->memory));
    ck_assert_ptr_null(plan.fields); /* it has been taken over */
}

static void bench_release(struct bench *bench)
{
    hunt_release(&bench->hunt);
    ck_assert_uint_eq(bench->memory.used, 0);
}

static enum cfh_status hunt_rows(struct hunt *hunt, struct rows *rows)
{
    enum cfh_status status = CFH_OK;
    hunt_bind(hunt, &rows->record);
    while (status == CFH_OK && rows_next(rows))
        status = hunt_event(hunt, &rows->record);
    return status;
}

static void hunt_body(struct bench *bench, const char *body)
{
    struct rows rows;
    ck_assert(rows_begin(&rows, text_of(body), &bench->memory));
    ck_assert_int_eq(hunt_rows(&bench->hunt, &rows), CFH_OK);
    rows_release(&rows);
}

static uint64_t counted(const struct bench *bench, enum counter counter)
{
    return bench->hunt.counters.counts[counter];
}

/* ---- events ---- */

static const struct {
    const char *name;
    const char *body;
    uint64_t
        counts[COUNTER_CAPPED]; /* read checked ragged mapped profiled other unusable matched */
    uint64_t term;
    size_t groups;
} bodies[] = {
    {"mapped, a match", "src,dest_port\nx,7844\n", {1, 1, 0, 1, 0, 0, 0, 1}, 1, 1},
    {"mapped, none", "src,dest_port\nx,80\ny,\n", {2, 2, 0, 2, 0, 0, 0, 0}, 0, 0},
    {"the prefixed name", "src,All_Traffic.dest_port\nx,7844\n", {1, 1, 0, 1, 0, 0, 0, 1}, 1, 1},
    {"profiled",
     "_raw\n" SYSMON("Microsoft-Windows-Sysmon", "3", "7844") "\n",
     {1, 1, 0, 0, 1, 0, 0, 1},
     1,
     1},
    {"profiled, none",
     "_raw\n" SYSMON("Linux-Sysmon", "3", "443") "\n",
     {1, 1, 0, 0, 1, 0, 0, 0},
     0,
     0},
    {"another event of Sysmon",
     "_raw\n" SYSMON("Microsoft-Windows-Sysmon", "1", "7844") "\n",
     {1, 1, 0, 0, 0, 1, 1, 0},
     0,
     0},
    {"another provider",
     "_raw\n" SYSMON("Microsoft-Windows-Kernel", "3", "7844") "\n",
     {1, 1, 0, 0, 0, 0, 1, 0},
     0,
     0},
    {"unusable", "_raw,_time\nhello,1\n", {1, 1, 0, 0, 0, 0, 1, 0}, 0, 0},
    {"ragged", "src,dest_port\nx,7844,more\nx\nx,7844\n", {3, 3, 2, 3, 0, 0, 0, 2}, 2, 1},
};

START_TEST(what_is_counted)
{
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct bench bench;
        bench_init(&bench, search);
        hunt_body(&bench, bodies[i].body);
        for (size_t j = 0; j < COUNTER_CAPPED; j++)
            ck_assert_msg(bench.hunt.counters.counts[j] == bodies[i].counts[j],
                          "%s: counter %zu is %llu", bodies[i].name, j,
                          (unsigned long long)bench.hunt.counters.counts[j]);
        ck_assert_uint_eq(bench.hunt.counters.terms[0], bodies[i].term);
        ck_assert_uint_eq(bench.hunt.groups.count, bodies[i].groups);
        bench_release(&bench);
    }
}
END_TEST

/* Rows with numbers that no sum takes, until the counters have left: a row once, however many
 * functions and groups, and one that the memo knows too. */
START_TEST(F6_rows_with_numbers_beyond_are_counted_once)
{
    struct bench bench;
    bench_init(&bench, "sum(x) avg(x) max(x) from datamodel=Own.Data by a");
    hunt_body(&bench, "a,x,__mv_a,__mv_x\nk,1e401,,\nk,7,,\nk,word,,\nk,1e401,,\n"
                      ",,$k$;$l$,$1e401$;$-1e401$;$7$\n");
    ck_assert_uint_eq(counted(&bench, COUNTER_BEYOND), 3);
    hunt_clear(&bench.hunt);
    ck_assert_uint_eq(counted(&bench, COUNTER_BEYOND), 0);
    hunt_body(&bench, "a,x\nk,-1e401\n");
    ck_assert_uint_eq(counted(&bench, COUNTER_BEYOND), 1);
    bench_release(&bench);
}
END_TEST

/* A row of the three columns below. */
#define SYSMON_AT(time, port)                                                                      \
    ",,\"<Event><System><Provider Name='Linux-Sysmon'/><EventID>3</EventID><TimeCreated "          \
    "SystemTime='" time "'/></System><EventData><Data Name='SourcePort'>" port                     \
    "</Data></EventData></Event>\"\n"

static const char timed_rows[] = "_time,src_port,_raw\n1675000000.5,5,\n1674999999,1,\n" SYSMON_AT(
    "2023-01-29T13:46:41.75Z", "9") SYSMON_AT("2023-01-29T13:46:40.25Z", "7");

/* F7 on both kinds of rows: the row's _time, or a profiled event's SystemTime in whole seconds. */
START_TEST(times_of_mapped_and_profiled_rows)
{
    static const char *const expected[] = {"9", "1", "1675000001"};
    struct bench bench;
    struct arena scratch;
    bench_init(&bench, "latest(All_Traffic.src_port) earliest(All_Traffic.src_port) "
                       "latest_time(All_Traffic.src_port) from "
                       "datamodel=Network_Traffic.All_Traffic");
    arena_init(&scratch, &bench.memory, 0);
    hunt_body(&bench, timed_rows);
    ck_assert_int_eq(hunt_finish(&bench.hunt), CFH_OK);
    ck_assert_uint_eq(bench.hunt.groups.count, 1);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct values result;
        ck_assert(
            group_result(&bench.hunt.groups, bench.hunt.groups.groups[0], i, &scratch, &result));
        ck_assert_uint_eq(result.count, 1);
        EXPECT_SLICE(result.items[0], expected[i], "time");
    }
    arena_release(&scratch);
    bench_release(&bench);
}
END_TEST

/* B4's limit is counted, once a row. */
START_TEST(capped_rows_are_counted)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer body;
    char item[32];
    buffer_init(&body, &own);
    append_text(&body, "dest_port,src,__mv_src\n7844,x,");
    for (size_t i = 0; i <= BY_COMBINATIONS_MAX; i++) {
        snprintf(item, sizeof(item), "%s$%zu$", i > 0 ? ";" : "", i);
        append_text(&body, item);
    }
    append_text(&body, "\n");
    append(&body, (struct slice){"\0", 1});
    bench_init(&bench, search);
    hunt_body(&bench, body.bytes);
    ck_assert_uint_eq(counted(&bench, COUNTER_CAPPED), 1);
    ck_assert_uint_eq(bench.hunt.groups.count, 1);
    buffer_release(&body);
    bench_release(&bench);
}
END_TEST

/* Only the first rows of a process are looked into; flushes and maps' counts change nothing. */
START_TEST(the_first_rows_of_a_process)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer body;
    bool taken;
    struct cfh_error error;
    buffer_init(&body, &own);
    append_text(&body, "src,dest_port\n");
    for (size_t i = 0; i < 6000; i++)
        append_text(&body, "x,7844\n");
    append(&body, (struct slice){"\0", 1});
    bench_init(&bench, search);
    bench.hunt.counters.counts[COUNTER_CHECKED] = 20000; /* as if a map had sent them */
    hunt_body(&bench, body.bytes);
    ck_assert_uint_eq(counted(&bench, COUNTER_CHECKED), 26000);
    hunt_clear(&bench.hunt);
    hunt_body(&bench, body.bytes);
    ck_assert_uint_eq(counted(&bench, COUNTER_CHECKED), COUNTERS_CHECKED_ROWS - 6000);
    ck_assert_uint_eq(counted(&bench, COUNTER_MAPPED), COUNTERS_CHECKED_ROWS - 6000);
    ck_assert_uint_eq(counted(&bench, COUNTER_READ), 6000);
    ck_assert_uint_eq(counted(&bench, COUNTER_MATCHED), 6000);
    ck_assert_int_eq(hunt_partial(&bench.hunt, SLICE(""), SLICE(""), &taken, &error), CFH_OK);
    buffer_release(&body);
    bench_release(&bench);
}
END_TEST

/* ---- partial rows ---- */

struct row_of_map {
    char marker[64];
    char state[256];
    size_t marker_length;
    size_t state_length;
};

static bool keep_row(void *context, struct slice marker, struct slice state)
{
    struct row_of_map *row = context;
    ck_assert(marker.length < sizeof(row->marker) && state.length < sizeof(row->state));
    memcpy(row->marker, marker.bytes, marker.length);
    memcpy(row->state, state.bytes, state.length);
    row->marker_length = marker.length;
    row->state_length = state.length;
    return true;
}

/* What a map with this search sends for one event: the row of its group. */
static void map_row(const char *text, struct row_of_map *row)
{
    struct bench map;
    struct partial_writer writer;
    struct partial_sink sink = {keep_row, row};
    bench_init(&map, text);
    hunt_body(&map, "src,dest_port\nx,7844\nx,7844\n");
    hunt_gather(&map.hunt);
    partial_writer_init(&writer, &map.key, &map.memory);
    ck_assert(partial_write_group(&writer, &map.hunt.groups, map.hunt.groups.groups[0], &sink));
    partial_writer_release(&writer);
    bench_release(&map);
}

static enum cfh_status read_partial(struct bench *bench, struct slice marker, struct slice state,
                                    bool *taken)
{
    struct cfh_error error = {.code = CFH_OK};
    enum cfh_status status = hunt_partial(&bench->hunt, marker, state, taken, &error);
    if (status == CFH_BAD_INPUT) {
        ck_assert_int_eq(error.code, CFH_BAD_INPUT);
        ck_assert(contains(text_of(error.sentence), "another version of cfhunt"));
    }
    return status;
}

START_TEST(a_partial_row_is_taken)
{
    struct bench bench;
    struct row_of_map row;
    bool taken;
    map_row(search, &row);
    bench_init(&bench, search);
    struct slice marker = {row.marker, row.marker_length}, state = {row.state, row.state_length};
    for (uint64_t i = 1; i <= 3; i++) {
        ck_assert_int_eq(read_partial(&bench, marker, state, &taken), CFH_OK);
        ck_assert(taken);
        ck_assert_uint_eq(bench.hunt.groups.count, 1);
    }
    ck_assert_int_eq(hunt_finish(&bench.hunt), CFH_OK);
    ck_assert_uint_eq(*(uint64_t *)group_state(&bench.hunt.groups, bench.hunt.groups.groups[0], 0),
                      6);
    ck_assert_uint_eq(counted(&bench, COUNTER_DAMAGED_PART), 0);
    ck_assert_uint_eq(counted(&bench, COUNTER_READ), 0);
    bench_release(&bench);
}
END_TEST

START_TEST(every_other_row_is_an_event)
{
    struct bench bench;
    struct row_of_map row, other;
    bool taken = true;
    map_row(search, &row);
    map_row("count from datamodel=Network_Traffic.All_Traffic by All_Traffic.dest", &other);
    bench_init(&bench, search);
    struct slice state = {row.state, row.state_length};
    ck_assert_int_eq(read_partial(&bench, SLICE(""), state, &taken), CFH_OK);
    ck_assert(!taken);
    ck_assert_uint_eq(counted(&bench, COUNTER_DAMAGED_PART), 0);
    taken = true;
    ck_assert_int_eq(read_partial(&bench, (struct slice){other.marker, other.marker_length},
                                  (struct slice){other.state, other.state_length}, &taken),
                     CFH_OK);
    ck_assert(!taken);
    ck_assert_uint_eq(counted(&bench, COUNTER_DAMAGED_PART), 0);
    taken = true;
    ck_assert_int_eq(read_partial(&bench, SLICE("nonsense"), state, &taken), CFH_OK);
    ck_assert(!taken);
    ck_assert_uint_eq(counted(&bench, COUNTER_DAMAGED_PART), 1);
    ck_assert_uint_eq(bench.hunt.groups.count, 0);
    bench_release(&bench);
}
END_TEST

START_TEST(another_version_is_fatal)
{
    struct bench bench;
    struct row_of_map row;
    bool taken = true;
    map_row(search, &row);
    ck_assert(row.marker[0] == '0' + PLAN_VERSION);
    row.marker[0] = '0' + PLAN_VERSION + 1;
    bench_init(&bench, search);
    ck_assert_int_eq(read_partial(&bench, (struct slice){row.marker, row.marker_length},
                                  (struct slice){row.state, row.state_length}, &taken),
                     CFH_BAD_INPUT);
    ck_assert(!taken);
    bench_release(&bench);
}
END_TEST

/* A checksum proves little: whoever knows the plan can make one. What then cannot be read is taken
 * out of the rows and counted. */
START_TEST(a_forged_state_is_damaged)
{
    struct bench bench;
    char digits[2][HASH_DIGITS + 1] = {"", ""}, marker[80];
    bool taken = false;
    bench_init(&bench, search);
    hash_print(bench.hunt.plan.digest, digits[0]);
    hash_print(hash_digest(SLICE("x;9:9"), bench.hunt.plan.digest), digits[1]);
    snprintf(marker, sizeof(marker), "%d.%s.group.%s", PLAN_VERSION, digits[0], digits[1]);
    ck_assert_int_eq(read_partial(&bench, text_of(marker), SLICE("x;9:9"), &taken), CFH_OK);
    ck_assert(taken);
    ck_assert_uint_eq(counted(&bench, COUNTER_DAMAGED_PART), 1);
    bench_release(&bench);
}
END_TEST

/* ---- the end ---- */

static const char without_by[] = "count from datamodel=Network_Traffic.All_Traffic where "
                                 "All_Traffic.dest_port=7844";

/* Without BY there is one row always; with BY none where nothing matched. Twice is once. */
START_TEST(a_hunt_ends)
{
    for (size_t matches = 0; matches < 2; matches++) {
        struct bench bench;
        bench_init(&bench, without_by);
        if (matches > 0) hunt_body(&bench, "dest_port\n7844\n");
        for (size_t i = 0; i < 3; i++) {
            ck_assert_int_eq(hunt_finish(&bench.hunt), CFH_OK);
            ck_assert_uint_eq(bench.hunt.groups.count, 1);
        }
        struct group *only = bench.hunt.groups.groups[0];
        ck_assert_uint_eq(*(uint64_t *)group_state(&bench.hunt.groups, only, 0), matches);
        bench_release(&bench);
    }
    struct bench bench;
    bench_init(&bench, search);
    ck_assert_int_eq(hunt_finish(&bench.hunt), CFH_OK);
    ck_assert_uint_eq(bench.hunt.groups.count, 0);
    bench_release(&bench);
}
END_TEST

START_TEST(incomplete_records_are_damaged)
{
    struct bench bench;
    char digits[2][HASH_DIGITS + 1] = {"", ""}, marker[80];
    static const char state[] = "p-1.0.2;x";
    bool taken = false;
    bench_init(&bench, search);
    hash_print(bench.hunt.plan.digest, digits[0]);
    hash_print(hash_digest(SLICE(state), bench.hunt.plan.digest + 2), digits[1]);
    snprintf(marker, sizeof(marker), "%d.%s.piece.%s", PLAN_VERSION, digits[0], digits[1]);
    ck_assert_int_eq(read_partial(&bench, text_of(marker), SLICE(state), &taken), CFH_OK);
    ck_assert(taken);
    ck_assert_uint_eq(counted(&bench, COUNTER_DAMAGED_PART), 0);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(hunt_finish(&bench.hunt), CFH_OK);
        ck_assert_uint_eq(counted(&bench, COUNTER_DAMAGED_PART), 1);
    }
    bench_release(&bench);
}
END_TEST

START_TEST(a_cleared_hunt_goes_on)
{
    struct bench bench;
    bench_init(&bench, search);
    for (size_t round = 0; round < 3; round++) {
        hunt_body(&bench, "src,dest_port\nx,7844\ny,7844\n");
        hunt_gather(&bench.hunt);
        ck_assert_uint_eq(bench.hunt.groups.count, 2);
        ck_assert_uint_eq(counted(&bench, COUNTER_READ), 2);
        ck_assert_uint_eq(bench.hunt.counters.terms[0], 2);
        hunt_clear(&bench.hunt);
        ck_assert_uint_eq(bench.hunt.groups.count, 0);
        for (size_t i = 0; i < COUNTER_COUNT; i++)
            ck_assert_uint_eq(bench.hunt.counters.counts[i], 0);
        ck_assert_uint_eq(bench.hunt.counters.terms[0], 0);
    }
    bench_release(&bench);
}
END_TEST

/* ---- refused memory ---- */

static bool run_refused(struct memory *memory)
{
    static const char body[] = "_raw,src,dest_port\n,x,7844\n,y,80\n" SYSMON(
        "Microsoft-Windows-Sysmon", "3", "7844") "\n" SYSMON("Linux-Sysmon", "1", "1") "\n";
    struct hash_key key = test_key(1);
    struct cfh_error error;
    struct plan plan;
    struct hunt hunt;
    struct rows rows;
    plan_init(&plan, memory);
    if (tstats_parse(&plan, text_of(search), &error) != CFH_OK) {
        plan_release(&plan);
        return false;
    }
    if (!hunt_init(&hunt, &plan, &key, memory)) return false;
    bool done = rows_begin(&rows, text_of(body), memory) && hunt_rows(&hunt, &rows) == CFH_OK &&
                rows.ended && hunt_finish(&hunt) == CFH_OK;
    if (done && hunt.counters.counts[COUNTER_READ] == 4) ck_assert_uint_eq(hunt.groups.count, 2);
    rows_release(&rows);
    hunt_release(&hunt);
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
    Suite *suite = suite_create("hunt");
    TCase *events = tcase_create("events"), *partials = tcase_create("partials");
    TCase *end = tcase_create("end");
    tcase_add_test(events, what_is_counted);
    tcase_add_test(events, F6_rows_with_numbers_beyond_are_counted_once);
    tcase_add_test(events, times_of_mapped_and_profiled_rows);
    tcase_add_test(events, capped_rows_are_counted);
    tcase_add_test(events, the_first_rows_of_a_process);
    tcase_add_test(partials, a_partial_row_is_taken);
    tcase_add_test(partials, every_other_row_is_an_event);
    tcase_add_test(partials, another_version_is_fatal);
    tcase_add_test(partials, a_forged_state_is_damaged);
    tcase_add_test(end, a_hunt_ends);
    tcase_add_test(end, incomplete_records_are_damaged);
    tcase_add_test(end, a_cleared_hunt_goes_on);
    tcase_add_test(end, every_refusal_is_said);
    suite_add_tcase(suite, events);
    suite_add_tcase(suite, partials);
    suite_add_tcase(suite, end);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
