/* Groups out of memory: the same bytes come out, however often they go; a store or a memory that
 * fails gives a sentence and no table. */
#include <check.h>
#include <stdlib.h>

#include "spill.h"
#include "test_engines.h"
#include "test_events.h"
#include "test_stores.h"

enum { EVENTS = 240, ALL = 0 };

/* An engine with a store that takes its groups as soon as there are groups_max of one hunt. */
struct spilling {
    struct bench bench;
    struct test_store kept;
};

static bool spilling_new(struct spilling *spilling, uint64_t seed, size_t fail_at,
                         size_t groups_max)
{
    test_store_init(&spilling->kept);
    if (!bench_new(&spilling->bench, seed, fail_at)) return false;
    engine_use_store(spilling->bench.engine, &test_store_functions, &spilling->kept, groups_max);
    return true;
}

static void spilling_init(struct spilling *spilling, const char *search, size_t groups_max)
{
    ck_assert(spilling_new(spilling, 1, SIZE_MAX, groups_max));
    if (add_hunt(&spilling->bench, search) != CFH_OK)
        ck_abort_msg("%s", spilling->bench.error.sentence);
}

static void spilling_free(struct spilling *spilling)
{
    bench_free(&spilling->bench);
    test_store_release(&spilling->kept);
}

static struct memory own;

/* The table of an engine that keeps all in memory. */
static void expect_in_memory(const char *search, struct slice body, struct buffer *text)
{
    struct bench bench;
    bench_init(&bench, 1, search);
    feed(&bench, body);
    table(&bench, 0, text);
    ck_assert_uint_eq(engine_figures(bench.engine, 0).spilled, 0);
    bench_free(&bench);
}

static void random_body(struct buffer *body, size_t count, uint64_t random)
{
    buffer_init(body, &own);
    append_events(body, count, &random);
}

/* ---- the same bytes ---- */

/* 1 group at most makes more runs than one pass merges. */
static const size_t group_limits[] = {1, 2, 3, 7, 50};

START_TEST(the_same_table)
{
    struct buffer body, expected, given;
    own = test_memory();
    random_body(&body, EVENTS, 5);
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    size_t most_runs = 0;
    for (size_t hunt = 0; hunt < COUNT_OF(hunts); hunt++) {
        expect_in_memory(hunts[hunt], buffer_slice(&body), &expected);
        for (size_t i = 0; i < COUNT_OF(group_limits); i++) {
            struct spilling spilling;
            spilling_init(&spilling, hunts[hunt], group_limits[i]);
            ck_assert_int_eq(feed_body(&spilling.bench, buffer_slice(&body), 300), CFH_OK);
            struct engine_figures before = engine_figures(spilling.bench.engine, 0);
            if (before.spilled > most_runs) most_runs = before.spilled;
            for (size_t twice = 0; twice < 2; twice++) {
                table(&spilling.bench, 0, &given);
                expect_same(buffer_slice(&given), buffer_slice(&expected), hunts[hunt], i);
            }
            struct engine_figures after = engine_figures(spilling.bench.engine, 0);
            if (before.spilled > 0) ck_assert_uint_gt(after.spilled_bytes, 0);
            ck_assert_uint_le(after.groups, before.groups + 1);
            spilling_free(&spilling);
        }
    }
    ck_assert_uint_gt(most_runs, 2 * SPILL_FAN);
    buffer_release(&given);
    buffer_release(&expected);
    buffer_release(&body);
    ck_assert_uint_eq(own.used, 0);
}
END_TEST

/* All hunts of one pass, some of which never have groups_max groups. */
START_TEST(several_hunts)
{
    struct buffer body, expected, given;
    own = test_memory();
    random_body(&body, EVENTS, 6);
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    for (size_t i = 0; i < COUNT_OF(group_limits); i++) {
        struct spilling spilling;
        spilling_init(&spilling, hunts[0], group_limits[i]);
        for (size_t hunt = 1; hunt < COUNT_OF(hunts); hunt++)
            ck_assert_int_eq(add_hunt(&spilling.bench, hunts[hunt]), CFH_OK);
        feed(&spilling.bench, buffer_slice(&body));
        for (size_t hunt = COUNT_OF(hunts); hunt > 0; hunt--) {
            table(&spilling.bench, hunt - 1, &given);
            expect_in_memory(hunts[hunt - 1], buffer_slice(&body), &expected);
            expect_same(buffer_slice(&given), buffer_slice(&expected), hunts[hunt - 1], i);
        }
        spilling_free(&spilling);
    }
    buffer_release(&given);
    buffer_release(&expected);
    buffer_release(&body);
}
END_TEST

/* The token that makes an engine a map. */
static void map_token(const char *search, struct buffer *token)
{
    struct bench bench;
    bench_init(&bench, 1, search);
    ck_assert(plan_token(engine_plan(bench.engine, 0), PLAN_PHASE_MAP, token));
    append(token, (struct slice){"", 1});
    bench_free(&bench);
}

static size_t rows_of(struct slice body, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i + strlen(kind) <= body.length; i++)
        count += memcmp(body.bytes + i, kind, strlen(kind)) == 0;
    return count;
}

/* What a map writes into the store early and what it sends at the end are one body; and so once
 * more after a flush. An engine that is no map can be asked for partial rows, too. */
START_TEST(partial_rows)
{
    struct buffer body, token, expected, given, sent;
    own = test_memory();
    random_body(&body, EVENTS, 7);
    for (size_t i = 0; i < 2 * COUNT_OF(hunts) * COUNT_OF(group_limits); i++) {
        const char *search = hunts[i / 2 % COUNT_OF(hunts)];
        bool is_map = i % 2 == 0;
        struct spilling map, reduce;
        buffer_init(&token, &own);
        buffer_init(&expected, &own);
        buffer_init(&given, &own);
        buffer_init(&sent, &own);
        map_token(search, &token);
        size_t groups_max = group_limits[i / 2 / COUNT_OF(hunts)];
        spilling_init(&map, is_map ? token.bytes : search, groups_max);
        engine_refuse_partials(map.bench.engine);
        spilling_init(&reduce, search, 5);
        for (size_t flush = 0; flush < 2; flush++) {
            feed(&map.bench, buffer_slice(&body));
            buffer_clear(&sent);
            ck_assert_int_eq(reply(&map.bench, SIZE_MAX, &sent), CFH_OK);
            ck_assert_uint_eq(rows_of(buffer_slice(&sent), ".counters."), 1);
            ck_assert_uint_eq(rows_of(buffer_slice(&sent), PARTIAL_MARKER), 1); /* the header */
            ck_assert_uint_eq(map.kept.bytes.length, 0); /* the file is empty again */
            ck_assert_uint_eq(engine_figures(map.bench.engine, 0).groups, 0);
            feed(&reduce.bench, buffer_slice(&sent));
        }
        table(&reduce.bench, 0, &given);
        struct bench whole;
        bench_init(&whole, 1, search);
        feed(&whole, buffer_slice(&body));
        feed(&whole, buffer_slice(&body));
        table(&whole, 0, &expected);
        expect_same(buffer_slice(&given), buffer_slice(&expected), search, i);
        bench_free(&whole);
        spilling_free(&map);
        spilling_free(&reduce);
        buffer_release(&sent);
        buffer_release(&given);
        buffer_release(&expected);
        buffer_release(&token);
    }
    buffer_release(&body);
}
END_TEST

START_TEST(a_map_whose_groups_have_left_gives_no_table)
{
    struct buffer token;
    struct spilling map;
    uint64_t length;
    own = test_memory();
    buffer_init(&token, &own);
    map_token("count from datamodel=Own.Data by app", &token);
    spilling_init(&map, token.bytes, 1);
    feed(&map.bench, SLICE("app\na\nb\nc\n"));
    ck_assert_int_eq(engine_begin_table(map.bench.engine, 0, &length, &map.bench.error),
                     CFH_BAD_PLAN);
    ck_assert_str_eq(map.bench.error.sentence,
                     "This hunt's groups have left as partial rows: there is no table.");
    spilling_free(&map);
    buffer_release(&token);
}
END_TEST

/* ---- the bound ---- */

/* Groups with long keys, values, or many values; some lines hold a cell of 100 KB. */
static void wide_body(struct buffer *body, size_t count, size_t key, size_t groups, size_t values,
                      bool long_cells)
{
    char text[64];
    buffer_init(body, &own);
    append_text(body, "app,user\n");
    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "%zu", i * 7919 % groups);
        for (size_t at = 0; at < key; at += 10)
            append_text(body, "a long key");
        append_text(body, text);
        snprintf(text, sizeof(text), ",value %zu", i % values);
        append_text(body, text);
        for (size_t at = 0; long_cells && i % 500 == 499 && at < 100000; at += 10)
            append_text(body, "long value");
        append_text(body, "\n");
    }
}

static const struct {
    const char *name;
    size_t rows, key, groups, values;
    bool long_cells;
} wide_bodies[] = {
    {"many groups", 50000, 0, 50000, 1000, false},
    {"repeated groups", 50000, 0, 9000, 1000, false},
    {"long keys", 3000, 4000, 3000, 1000, false},
    {"long cells", 9000, 0, 9000, 1000, true},
    {"few groups with many values", 50000, 0, 40, 50000, false},
};

START_TEST(the_bound_is_kept)
{
    static const char *const searches[] = {
        "count values(user) from datamodel=Own.Data by app",
        "maxmem=1 count values(user) from datamodel=Own.Data by app"};
    own = test_memory();
    for (size_t i = 0; i < COUNT_OF(wide_bodies); i++) {
        struct buffer body, expected, given;
        struct spilling spilling;
        wide_body(&body, wide_bodies[i].rows, wide_bodies[i].key, wide_bodies[i].groups,
                  wide_bodies[i].values, wide_bodies[i].long_cells);
        buffer_init(&expected, &own);
        buffer_init(&given, &own);
        expect_in_memory(searches[0], buffer_slice(&body), &expected);
        spilling_init(&spilling, searches[1], ALL);
        if (feed_body(&spilling.bench, buffer_slice(&body), 4096) != CFH_OK)
            ck_abort_msg("%s: %s", wide_bodies[i].name, spilling.bench.error.sentence);
        buffer_clear(&given);
        if (reply(&spilling.bench, 0, &given) != CFH_OK)
            ck_abort_msg("%s: %s", wide_bodies[i].name, spilling.bench.error.sentence);
        expect_same(buffer_slice(&given), buffer_slice(&expected), wide_bodies[i].name, i);
        struct engine_figures figures = engine_figures(spilling.bench.engine, 0);
        ck_assert_uint_gt(figures.spilled, 0);
        ck_assert_uint_eq(figures.groups, wide_bodies[i].groups);
        ck_assert_uint_le(engine_memory(spilling.bench.engine)->peak, 1024 * 1024);
        const struct messages *messages = engine_table_messages(spilling.bench.engine, 0, false);
        const struct message_line *last = &messages->lines[messages->count - 1];
        ck_assert_int_eq(last->level, MESSAGE_INFO);
        ck_assert(contains(last->text, "did not fit in the memory bound: "));
        spilling_free(&spilling);
        buffer_release(&given);
        buffer_release(&expected);
        buffer_release(&body);
    }
    ck_assert_uint_eq(own.used, 0);
}
END_TEST

/* What no store can help: one group that does not fit. */
START_TEST(one_group_is_too_large)
{
    struct buffer body;
    struct spilling spilling;
    char text[64];
    own = test_memory();
    buffer_init(&body, &own);
    append_text(&body, "user\n");
    for (size_t i = 0; i < 60000; i++) {
        snprintf(text, sizeof(text), "a value of its own %zu\n", i);
        append_text(&body, text);
    }
    spilling_init(&spilling, "maxmem=1 values(user) from datamodel=Own.Data", ALL);
    enum cfh_status status = feed_body(&spilling.bench, buffer_slice(&body), 4096);
    uint64_t length;
    if (status == CFH_OK)
        status = engine_begin_table(spilling.bench.engine, 0, &length, &spilling.bench.error);
    ck_assert_int_eq(status, CFH_LIMIT);
    ck_assert_str_eq(spilling.bench.error.sentence,
                     "cfhunt reached its memory bound of 1 MB. Narrow the search, group by fewer "
                     "fields, or raise the bound with maxmem=MB.");
    ck_assert_uint_le(engine_memory(spilling.bench.engine)->peak, 1024 * 1024);
    spilling_free(&spilling);
    buffer_release(&body);
}
END_TEST

/* ---- failures ---- */

static const char every_function[] = EVERY_FUNCTION("user") " from datamodel=Own.Data by app";

struct failing_run {
    struct slice body;
    bool partials;
};

/* Both ways out of one engine, which is told that it is a map or not. */
static enum cfh_status run_all(struct spilling *spilling, const struct failing_run *run,
                               const char *search, struct buffer *text)
{
    enum cfh_status status = add_hunt(&spilling->bench, search);
    if (status == CFH_OK) status = feed_body(&spilling->bench, run->body, 512);
    if (status == CFH_OK) status = reply(&spilling->bench, run->partials ? SIZE_MAX : 0, text);
    return status;
}

/* The n-th append or read, or the n-th request for memory, fails: no table, or the right one. Once
 * failed, the engine stays so. */
static void check_failures(const struct failing_run *run, const char *search, bool of_memory)
{
    struct buffer expected, given;
    struct spilling spilling;
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    ck_assert(spilling_new(&spilling, 1, SIZE_MAX, 3));
    ck_assert_int_eq(run_all(&spilling, run, search, &expected), CFH_OK);
    spilling_free(&spilling);
    bool failed = true;
    size_t failures = 0;
    for (size_t n = 0; failed; n++) {
        enum cfh_status status = CFH_NO_MEMORY;
        buffer_clear(&given);
        if (spilling_new(&spilling, 1, of_memory ? n : SIZE_MAX, 3)) {
            if (!of_memory) spilling.kept.fail_at = n;
            status = run_all(&spilling, run, search, &given);
        }
        failed = of_memory ? spilling.bench.source.refused : spilling.kept.failed;
        if (status == CFH_OK) {
            ck_assert(of_memory || !failed);
            expect_same(buffer_slice(&given), buffer_slice(&expected), "call", n);
        } else {
            failures++;
            ck_assert_int_eq(status, of_memory ? CFH_NO_MEMORY : CFH_STORE);
            if (!of_memory) ck_assert_str_eq(spilling.bench.error.sentence, TEST_STORE_SENTENCE);
            ck_assert(failed);
        }
        if (status != CFH_OK && spilling.bench.engine != NULL)
            ck_assert_int_eq(engine_feed(spilling.bench.engine, SLICE("x"), &spilling.bench.error),
                             status);
        spilling_free(&spilling);
    }
    ck_assert_uint_gt(failures, 5);
    buffer_release(&given);
    buffer_release(&expected);
}

static void check_all_failures(bool of_memory)
{
    struct buffer body, token;
    own = test_memory();
    random_body(&body, 120, 8);
    buffer_init(&token, &own);
    map_token(every_function, &token);
    struct failing_run run = {.body = buffer_slice(&body)};
    check_failures(&run, every_function, of_memory);
    run.partials = true;
    check_failures(&run, every_function, of_memory);
    check_failures(&run, token.bytes, of_memory);
    buffer_release(&token);
    buffer_release(&body);
    ck_assert_uint_eq(own.used, 0);
}

START_TEST(every_failure_of_the_store)
{
    check_all_failures(false);
}
END_TEST

START_TEST(every_refusal_of_memory)
{
    check_all_failures(true);
}
END_TEST

/* A byte of a run that is read back as another one. */
START_TEST(changed_bytes)
{
    struct buffer body, given;
    own = test_memory();
    random_body(&body, 40, 9);
    buffer_init(&given, &own);
    for (size_t n = 0;; n++) {
        struct spilling spilling;
        spilling_init(&spilling, "count values(user) from datamodel=Own.Data by app", 4);
        spilling.kept.change_at = n;
        feed(&spilling.bench, buffer_slice(&body));
        bool in_a_run = n < spilling.kept.bytes.length;
        if (in_a_run) {
            ck_assert_int_eq(reply(&spilling.bench, 0, &given), CFH_STORE);
            ck_assert_str_eq(spilling.bench.error.sentence,
                             "cfhunt's temporary file does not hold what was written to it.");
        }
        spilling_free(&spilling);
        if (!in_a_run) break;
    }
    buffer_release(&given);
    buffer_release(&body);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spill");
    TCase *same = tcase_create("the same bytes");
    TCase *bound = tcase_create("the bound");
    TCase *failures = tcase_create("failures");
    tcase_add_test(same, the_same_table);
    tcase_add_test(same, several_hunts);
    tcase_add_test(same, partial_rows);
    tcase_add_test(same, a_map_whose_groups_have_left_gives_no_table);
    tcase_add_test(bound, the_bound_is_kept);
    tcase_add_test(bound, one_group_is_too_large);
    tcase_add_test(failures, every_failure_of_the_store);
    tcase_add_test(failures, every_refusal_of_memory);
    tcase_add_test(failures, changed_bytes);
    tcase_set_timeout(same, 120);
    tcase_set_timeout(bound, 120);
    tcase_set_timeout(failures, 120);
    suite_add_tcase(suite, same);
    suite_add_tcase(suite, bound);
    suite_add_tcase(suite, failures);
    return run_suite(suite);
}
