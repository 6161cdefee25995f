/* The rooms together: no size of windows, no split into maps and no order changes a byte. */
#include <check.h>

#include "test_engines.h"
#include "test_events.h"

/* ---- the hunt ---- */

START_TEST(the_default_hunt)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer text;
    buffer_init(&text, &own);
    bench_init(&bench, 1, DEFAULT_HUNT_SEARCH);
    ck_assert_uint_eq(engine_hunt_count(bench.engine), 1);
    ck_assert_uint_eq(engine_plan(bench.engine, 0)->by_count, 14);
    ck_assert_uint_eq(engine_memory(bench.engine)->limit,
                      (size_t)ENGINE_MEMORY_MEGABYTES * 1024 * 1024);
    feed(&bench, SLICE("_time,dest,dest_port,src_port,transport\n"
                       "20,h,7844,9,TCP\n10.5,h,7844,10,tcp\n5,h,443,1,tcp\n"));
    table(&bench, 0, &text);
    EXPECT_SLICE(buffer_slice(&text),
                 "action,app,dest,\"dest_ip\",\"dest_port\",direction,dvc,protocol,"
                 "\"protocol_version\",src,\"src_ip\",transport,user,\"vendor_product\",count,"
                 "firstTime,lastTime,\"src_port\",\"__mv_src_port\"\n"
                 "unknown,null,h,null,7844,null,unknown,null,null,unknown,null,tcp,unknown,"
                 "unknown,2,\"10.5\",20,\"10\n9\",\"$10$;$9$\"\n",
                 "the default hunt");
    buffer_release(&text);
    bench_free(&bench);
}
END_TEST

START_TEST(bodies_of_all_shapes)
{
    static const struct {
        const char *first, *second;
        const char *expected;
    } bodies[] = {
        {"", "", "app,count\n"},
        {"app\n", "", "app,count\n"},
        {"app\nx\n", "app\nx\n", "app,count\nx,2\n"},
        {"app\nx", "app\ny\r\n", "app,count\nx,1\ny,1\n"},  /* no LF at the end */
        {"app,b\nx,\n", "b,app\n,x\n", "app,count\nx,2\n"}, /* other columns */
        {"b,app\n1,x\n", "app,b\nx,1\n", "app,count\nx,2\n"},
        {"Data.app,app\n,x\ny,x\n", "", "app,count\nx,1\ny,1\n"},
        {"\n\n", "app\nx\n", "app,count\nx,1\n"},
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct bench bench;
        struct memory own = test_memory();
        struct buffer text;
        buffer_init(&text, &own);
        bench_init(&bench, 1,
                   "count from datamodel=Own.Data by Data.app | `drop_dm_object_name(Data)`");
        feed(&bench, text_of(bodies[i].first));
        feed(&bench, text_of(bodies[i].second));
        for (size_t round = 0; round < 2; round++) {
            table(&bench, 0, &text);
            EXPECT_SLICE(buffer_slice(&text), bodies[i].expected, bodies[i].first);
        }
        buffer_release(&text);
        bench_free(&bench);
    }
}
END_TEST

/* Hand-worked: one group of 4, 2, 4 and 10, one of a text, one of nothing. */
START_TEST(every_function_of_a_body)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer text;
    buffer_init(&text, &own);
    bench_init(&bench, 1, EVERY_FUNCTION("x") " from datamodel=Own.Data by a");
    feed(&bench, SLICE("_time,a,x\n3,k,4\n2,k,2\n1,k,4\n4,k,10\n5,t,word\n6,z,\n"));
    table(&bench, 0, &text);
    const char *rows = (const char *)memchr(text.bytes, '\n', text.length) + 1;
    struct slice given = {rows, text.length - (size_t)(rows - text.bytes)};
    EXPECT_SLICE(given,
                 "k,4,4,3,3,3,\"10\n2\n4\",4,2,10,8,20,136,5,12,9,\"3.4641016151377546\",3,4,2,"
                 "10,10,10,2,4,4,10,10,4,1,4,2,\"$10$;$2$;$4$\"\n"
                 "t,1,1,1,1,1,word,word,word,word,,,,,,,,,,,,,,,,word,word,word,word,5,5,,\n"
                 "z,1,0,0,0,0,,,,,,,,,,,,,,,,,,,,,,,,,,,\n",
                 "every function");
    buffer_release(&text);
    bench_free(&bench);
}
END_TEST

/* Without BY there is one row; asking twice gives it twice. */
START_TEST(a_table_may_be_asked_for_twice)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer text;
    buffer_init(&text, &own);
    bench_init(&bench, 1, "count from datamodel=Own.Data where a=*");
    feed(&bench, SLICE("a\nx\ny\n"));
    for (size_t i = 0; i < 3; i++) {
        table(&bench, 0, &text);
        EXPECT_SLICE(buffer_slice(&text), "count\n2\n", "twice");
    }
    buffer_release(&text);
    bench_free(&bench);
}
END_TEST

/* ---- windows ---- */

START_TEST(windows_of_any_size)
{
    static const size_t pieces[] = {0, 1, 2, 3, 4, 5, 17, 4096, SIZE_MAX};
    struct memory own = test_memory();
    struct buffer body, expected, given;
    buffer_init(&body, &own);
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    uint64_t random = 3;
    append_events(&body, 500, &random);
    for (size_t hunt = 0; hunt < COUNT_OF(hunts); hunt++) {
        for (size_t i = COUNT_OF(pieces); i-- > 0;) {
            struct bench bench;
            struct buffer *text = pieces[i] == SIZE_MAX ? &expected : &given;
            bench_init(&bench, i, hunts[hunt]);
            ck_assert_int_eq(feed_body(&bench, buffer_slice(&body), pieces[i]), CFH_OK);
            table(&bench, 0, text);
            expect_same(buffer_slice(text), buffer_slice(&expected), "windows of", pieces[i]);
            bench_free(&bench);
        }
        ck_assert_uint_gt(expected.length, 100);
    }
    buffer_release(&body);
    buffer_release(&expected);
    buffer_release(&given);
}
END_TEST

/* ---- several hunts ---- */

START_TEST(several_hunts_in_one_pass)
{
    struct bench all;
    struct memory own = test_memory();
    struct buffer body, together, alone;
    buffer_init(&body, &own);
    buffer_init(&together, &own);
    buffer_init(&alone, &own);
    uint64_t random = 5;
    append_events(&body, 1000, &random);
    bench_init(&all, 1, hunts[0]);
    for (size_t i = 1; i < COUNT_OF(hunts); i++)
        ck_assert_int_eq(add_hunt(&all, hunts[i]), CFH_OK);
    ck_assert_uint_eq(engine_hunt_count(all.engine), COUNT_OF(hunts));
    feed(&all, buffer_slice(&body));
    for (size_t i = COUNT_OF(hunts); i-- > 0;) {
        struct bench one;
        bench_init(&one, 2, hunts[i]);
        feed(&one, buffer_slice(&body));
        table(&one, 0, &alone);
        table(&all, i, &together);
        expect_same(buffer_slice(&together), buffer_slice(&alone), "hunt", i);
        bench_free(&one);
    }
    bench_free(&all);
    buffer_release(&body);
    buffer_release(&together);
    buffer_release(&alone);
}
END_TEST

/* ---- map and reduce ---- */

enum { MAPS_MAX = 8, EVENTS = 400, BODIES_MAX = 64 };

static void add_all(struct bench *bench, uint64_t seed)
{
    bench_init(bench, seed, hunts[0]);
    for (size_t i = 1; i < COUNT_OF(hunts); i++)
        ck_assert_int_eq(add_hunt(bench, hunts[i]), CFH_OK);
}

/* One map: its events in several bodies, a flush after some of them, as many bodies of partial
 * rows. */
static size_t run_map(struct buffer *bodies, struct slice events[2], uint64_t seed)
{
    struct bench map;
    size_t count = 0;
    add_all(&map, seed);
    engine_refuse_partials(map.engine);
    for (size_t i = 0; i < 2; i++) {
        feed(&map, events[i]);
        if (i == 0 && seed % 2 == 0) continue;
        ck_assert_int_eq(reply(&map, SIZE_MAX, &bodies[count++]), CFH_OK);
    }
    bench_free(&map);
    return count;
}

/* The same events to one engine, and to maps whose rows and the rest of the events reach a reduce
 * in a random order. */
static void check_maps(size_t maps, uint64_t seed)
{
    struct bench whole, reduce;
    struct memory own = test_memory();
    struct buffer events[MAPS_MAX + 1][2], partials[BODIES_MAX], expected, given;
    struct slice bodies[BODIES_MAX];
    size_t count = 0, order[BODIES_MAX];
    uint64_t random = seed;
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    for (size_t i = 0; i < BODIES_MAX; i++)
        buffer_init(&partials[i], &own);
    add_all(&whole, seed);
    add_all(&reduce, seed + 1);
    for (size_t map = 0; map <= maps; map++) { /* the last one's events go to the reduce itself */
        struct slice slices[2];
        for (size_t i = 0; i < 2; i++) {
            buffer_init(&events[map][i], &own);
            append_events(&events[map][i], EVENTS / (maps + 1), &random);
            slices[i] = buffer_slice(&events[map][i]);
            feed(&whole, slices[i]);
            if (map == maps) bodies[count++] = slices[i];
        }
        if (map == maps) break;
        size_t made = run_map(&partials[2 * map], slices, seed * 10 + map);
        for (size_t i = 0; i < made; i++)
            bodies[count++] = buffer_slice(&partials[2 * map + i]);
    }
    shuffle(order, count, &random);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(feed_body(&reduce, bodies[order[i]], 1 + seed % 50), CFH_OK);
    for (size_t hunt = 0; hunt < COUNT_OF(hunts); hunt++) {
        table(&whole, hunt, &expected);
        table(&reduce, hunt, &given);
        expect_same(buffer_slice(&given), buffer_slice(&expected), "maps", maps);
        const struct messages *messages = engine_table_messages(reduce.engine, hunt, false);
        ck_assert_ptr_nonnull(messages);
        for (size_t i = 0; i < messages->count; i++)
            ck_assert(!contains(messages->lines[i].text, "partial row"));
    }
    bench_free(&whole);
    bench_free(&reduce);
    for (size_t map = 0; map <= maps; map++)
        for (size_t i = 0; i < 2; i++)
            buffer_release(&events[map][i]);
    for (size_t i = 0; i < BODIES_MAX; i++)
        buffer_release(&partials[i]);
    buffer_release(&expected);
    buffer_release(&given);
}

START_TEST(maps_and_reduce_give_what_one_engine_gives)
{
    for (size_t maps = 0; maps <= MAPS_MAX; maps++)
        for (uint64_t seed = 1; seed <= 3; seed++)
            check_maps(maps, seed);
}
END_TEST

/* ---- which rows are partial ---- */

static const char simple[] = "count from datamodel=Own.Data by app";

/* The marker and the state of a group of two events, as one engine sends them to another. */
static void sent_cells(struct buffer *cells)
{
    struct bench map;
    struct memory own = test_memory();
    struct buffer text;
    buffer_init(&text, &own);
    bench_init(&map, 7, simple);
    feed(&map, SLICE("app\nx\nx\n"));
    ck_assert_int_eq(reply(&map, SIZE_MAX, &text), CFH_OK);
    const char *start = (const char *)memchr(text.bytes, '\n', text.length) + 1;
    const char *end = memchr(start, '\n', text.length - (size_t)(start - text.bytes));
    append(cells, (struct slice){start, (size_t)(end - start)});
    buffer_release(&text);
    bench_free(&map);
}

static const struct {
    const char *name;
    const char *columns;
    const char *cells; /* behind the two cells of the partial row */
    const char *refused;
    const char *expected;
} judged[] = {
    {"without other columns", "", "", "", "app,count\nx,2\n"},
    {"with other columns", ",app,_raw,_time", ",y,,", "", "app,count\nx,2\n"},
    {"an event that forges one", ",app,_raw", ",y,text", "", "app,count\ny,1\n"},
    {"an event with a time", ",app,_time", ",y,5", "", "app,count\ny,1\n"},
    {"an event with an empty _raw", ",app,_raw,__mv__raw", ",y,,$$", "", "app,count\ny,1\n"},
    {"in a map", ",app", ",y", "yes", "app,count\ny,1\n"},
    {"in a map, without a field", "", "", "yes", "app,count\n"},
};

START_TEST(partial_rows_and_events)
{
    for (size_t i = 0; i < COUNT_OF(judged); i++) {
        struct bench bench;
        struct memory own = test_memory();
        struct buffer body, text;
        buffer_init(&body, &own);
        buffer_init(&text, &own);
        append_text(&body, "cfhunt_partial,cfhunt_state");
        append_text(&body, judged[i].columns);
        append_text(&body, "\n");
        sent_cells(&body);
        append_text(&body, judged[i].cells);
        append_text(&body, "\n");
        bench_init(&bench, 1, simple);
        if (judged[i].refused[0] != '\0') engine_refuse_partials(bench.engine);
        feed(&bench, buffer_slice(&body));
        table(&bench, 0, &text);
        EXPECT_SLICE(buffer_slice(&text), judged[i].expected, judged[i].name);
        buffer_release(&text);
        buffer_release(&body);
        bench_free(&bench);
    }
}
END_TEST

/* A damaged marker is counted, and its row hunted as an event. */
START_TEST(a_damaged_marker)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer text;
    buffer_init(&text, &own);
    bench_init(&bench, 1, simple);
    feed(&bench, SLICE("cfhunt_partial,cfhunt_state,app\nnonsense,,x\n"));
    table(&bench, 0, &text);
    EXPECT_SLICE(buffer_slice(&text), "app,count\nx,1\n", "damaged");
    const struct messages *messages = engine_table_messages(bench.engine, 0, false);
    bool said = false;
    for (size_t i = 0; i < messages->count; i++)
        said = said || contains(messages->lines[i].text, "1 partial row from an indexer was dam");
    ck_assert(said);
    buffer_release(&text);
    bench_free(&bench);
}
END_TEST

/* ---- failures ---- */

/* Every call that can fail fails as the first one did. */
static void expect_stuck(struct bench *bench)
{
    struct cfh_error first = bench->error;
    uint64_t length;
    struct slice window;
    enum plan_phase phase;
    struct engine *engine = bench->engine;
    for (size_t i = 0; i < 6; i++) {
        struct cfh_error error = {.code = CFH_OK};
        enum cfh_status status = CFH_OK;
        if (i == 0) engine_begin_body(engine);
        if (i == 0) status = engine_feed(engine, SLICE("app\nx\n"), &error);
        if (i == 1) status = engine_end_body(engine, &error);
        if (i == 2) status = engine_begin_table(engine, 0, &length, &error);
        if (i == 3) status = engine_begin_partials(engine, &length, &error);
        if (i == 4) status = engine_reply_next(engine, &window, &error);
        if (i == 5) status = engine_add_hunt(engine, SLICE(""), &phase, &error);
        ck_assert_int_eq(status, first.code);
        ck_assert_int_eq(error.code, first.code);
        ck_assert_str_eq(error.sentence, first.sentence);
    }
}

START_TEST(an_unclosed_quote)
{
    struct bench bench;
    bench_init(&bench, 1, simple);
    ck_assert_int_eq(feed_body(&bench, SLICE("app\nx\n\"y\n"), SIZE_MAX), CFH_BAD_INPUT);
    ck_assert_str_eq(bench.error.sentence, "The events that reached cfhunt end inside a quoted "
                                           "cell, in row 2.");
    expect_stuck(&bench);
    bench_free(&bench);
}
END_TEST

START_TEST(wrong_arguments)
{
    struct bench bench;
    ck_assert(bench_new(&bench, 1, SIZE_MAX));
    ck_assert_int_eq(add_hunt(&bench, "coumt from datamodel=A.B"), CFH_BAD_PLAN);
    ck_assert_int_eq(bench.error.code, CFH_BAD_PLAN);
    ck_assert_uint_eq(engine_hunt_count(bench.engine), 0);
    expect_stuck(&bench);
    bench_free(&bench);
}
END_TEST

START_TEST(rows_of_another_version)
{
    struct bench bench;
    char body[256];
    bench_init(&bench, 1, simple);
    snprintf(body, sizeof(body),
             "cfhunt_partial,cfhunt_state\n%d.0123456789abcdef.group.0123456789abcdef,x\n",
             PLAN_VERSION + 1);
    ck_assert_int_eq(feed_body(&bench, text_of(body), SIZE_MAX), CFH_BAD_INPUT);
    ck_assert(contains(text_of(bench.error.sentence), "another version of cfhunt"));
    expect_stuck(&bench);
    bench_free(&bench);
    bench_init(&bench, 1, simple); /* a map takes no partial rows, of whatever version */
    engine_refuse_partials(bench.engine);
    ck_assert_int_eq(feed_body(&bench, text_of(body), SIZE_MAX), CFH_OK);
    bench_free(&bench);
}
END_TEST

START_TEST(the_memory_bound)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer body;
    char text[64];
    buffer_init(&body, &own);
    append_text(&body, "app\n");
    for (size_t i = 0; i < 50000; i++) {
        snprintf(text, sizeof(text), "a group of its own %zu\n", i);
        append_text(&body, text);
    }
    bench_init(&bench, 1, "maxmem=1 count from datamodel=Own.Data by app");
    ck_assert_uint_eq(engine_memory(bench.engine)->limit, 1024 * 1024);
    ck_assert_int_eq(feed_body(&bench, buffer_slice(&body), 4096), CFH_LIMIT);
    ck_assert_str_eq(bench.error.sentence,
                     "cfhunt reached its memory bound of 1 MB. Narrow the search, group by fewer "
                     "fields, or raise the bound with maxmem=MB.");
    ck_assert_uint_le(engine_memory(bench.engine)->peak, 1024 * 1024);
    expect_stuck(&bench);
    bench_free(&bench);
    buffer_release(&body);
}
END_TEST

START_TEST(the_machine_refuses)
{
    struct bench bench;
    ck_assert(!bench_new(&bench, 1, 0));
    bench_free(&bench);
    bench_init(&bench, 1, simple);
    bench.source.fail_at = bench.source.requests;
    ck_assert_int_eq(feed_body(&bench, SLICE("app\nx\n"), SIZE_MAX), CFH_NO_MEMORY);
    ck_assert_str_eq(bench.error.sentence, "The machine has no memory left for cfhunt.");
    expect_stuck(&bench);
    bench_free(&bench);
}
END_TEST

START_TEST(nothing_is_freed_as_nothing)
{
    engine_free(NULL);
}
END_TEST

/* ---- tokens ---- */

START_TEST(a_plan_travels_as_a_token)
{
    struct memory own = test_memory();
    struct buffer token, expected, given;
    buffer_init(&token, &own);
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    for (size_t i = 0; i < COUNT_OF(hunts); i++) {
        struct bench whole, map;
        enum plan_phase phase;
        bench_init(&whole, 1, hunts[i]);
        buffer_clear(&token);
        ck_assert(plan_token(engine_plan(whole.engine, 0), PLAN_PHASE_MAP, &token));
        ck_assert(bench_new(&map, 2, SIZE_MAX));
        ck_assert_int_eq(engine_add_hunt(map.engine, buffer_slice(&token), &phase, &map.error),
                         CFH_OK);
        ck_assert_int_eq(phase, PLAN_PHASE_MAP);
        ck_assert_uint_eq(engine_plan(map.engine, 0)->digest, engine_plan(whole.engine, 0)->digest);
        bench_free(&whole);
        bench_free(&map);
    }
    struct bench bench;
    token.bytes[token.length - 1] = token.bytes[token.length - 1] == 'A' ? 'B' : 'A';
    append(&token, (struct slice){"\0", 1});
    ck_assert(bench_new(&bench, 1, SIZE_MAX));
    ck_assert_int_eq(add_hunt(&bench, token.bytes), CFH_BAD_PLAN);
    expect_stuck(&bench);
    bench_free(&bench);
    buffer_release(&token);
    buffer_release(&expected);
    buffer_release(&given);
}
END_TEST

/* ---- messages ---- */

START_TEST(what_a_map_says)
{
    struct bench bench;
    bench_init(&bench, 1, simple);
    feed(&bench, SLICE("app,other,_raw\nx,y,z\n"));
    const struct messages *messages = engine_map_messages(bench.engine);
    ck_assert_ptr_nonnull(messages);
    ck_assert_uint_eq(messages->count, 1);
    ck_assert(contains(messages->lines[0].text, "did not need 1 of the 3 columns"));
    messages = engine_table_messages(bench.engine, 0, false);
    ck_assert_ptr_nonnull(messages);
    for (size_t i = 0; i < messages->count; i++)
        ck_assert(!contains(messages->lines[i].text, "did not need"));
    bench_free(&bench);
}
END_TEST

/* ---- refused memory ---- */

struct failing_run {
    struct slice body;
    bool partials;
};

static enum cfh_status run_refused(struct bench *bench, const struct failing_run *run,
                                   struct buffer *text)
{
    enum cfh_status status = add_hunt(bench, hunts[0]);
    if (status == CFH_OK) status = add_hunt(bench, hunts[4]); /* every function */
    if (status == CFH_OK) status = feed_body(bench, run->body, 512);
    if (status == CFH_OK) status = reply(bench, run->partials ? SIZE_MAX : 1, text);
    return status;
}

static void check_refusals(const struct failing_run *run)
{
    struct memory own = test_memory();
    struct buffer expected, given;
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    struct bench bench;
    ck_assert(bench_new(&bench, 1, SIZE_MAX));
    ck_assert_int_eq(run_refused(&bench, run, &expected), CFH_OK);
    bench_free(&bench);
    bool refused = true;
    for (size_t n = 0; refused; n++) {
        buffer_clear(&given);
        enum cfh_status status = CFH_NO_MEMORY;
        if (bench_new(&bench, 1, n)) status = run_refused(&bench, run, &given);
        refused = bench.source.refused;
        if (status == CFH_OK)
            expect_same(buffer_slice(&given), buffer_slice(&expected), "request", n);
        else
            ck_assert_msg(status == CFH_NO_MEMORY && refused, "request %zu: %d", n, status);
        if (status != CFH_OK && bench.engine != NULL) expect_stuck(&bench);
        if (bench.engine != NULL && engine_hunt_count(bench.engine) > 0)
            engine_table_messages(bench.engine, 0, false); /* refused or not: no crash, no leak */
        bench_free(&bench);
    }
    buffer_release(&expected);
    buffer_release(&given);
}

START_TEST(every_refusal_is_said)
{
    struct memory own = test_memory();
    struct buffer body;
    uint64_t random = 11;
    buffer_init(&body, &own);
    append_events(&body, 60, &random);
    append_text(&body, "1,,a,7844,5,");
    for (size_t i = 0; i < PARTIAL_CELL_MAX / 8; i++)
        append_text(&body, "a long user;");
    append_text(&body, ",\n");
    struct failing_run run = {.body = buffer_slice(&body)};
    check_refusals(&run);
    run.partials = true;
    check_refusals(&run);
    /* What a map sent, into a reduce. */
    struct bench map;
    struct buffer partials;
    buffer_init(&partials, &own);
    ck_assert(bench_new(&map, 5, SIZE_MAX));
    ck_assert_int_eq(run_refused(&map, &run, &partials), CFH_OK);
    bench_free(&map);
    run = (struct failing_run){.body = buffer_slice(&partials)};
    check_refusals(&run);
    buffer_release(&partials);
    buffer_release(&body);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine");
    TCase *hunt = tcase_create("hunt"), *merging = tcase_create("merging");
    TCase *failures = tcase_create("failures");
    tcase_add_test(hunt, the_default_hunt);
    tcase_add_test(hunt, bodies_of_all_shapes);
    tcase_add_test(hunt, every_function_of_a_body);
    tcase_add_test(hunt, a_table_may_be_asked_for_twice);
    tcase_add_test(hunt, windows_of_any_size);
    tcase_add_test(hunt, several_hunts_in_one_pass);
    tcase_add_test(hunt, a_plan_travels_as_a_token);
    tcase_add_test(hunt, what_a_map_says);
    tcase_add_test(merging, maps_and_reduce_give_what_one_engine_gives);
    tcase_add_test(merging, partial_rows_and_events);
    tcase_add_test(merging, a_damaged_marker);
    tcase_add_test(failures, an_unclosed_quote);
    tcase_add_test(failures, wrong_arguments);
    tcase_add_test(failures, rows_of_another_version);
    tcase_add_test(failures, the_memory_bound);
    tcase_add_test(failures, the_machine_refuses);
    tcase_add_test(failures, nothing_is_freed_as_nothing);
    tcase_add_test(failures, every_refusal_is_said);
    tcase_set_timeout(hunt, 60);
    tcase_set_timeout(merging, 60);
    tcase_set_timeout(failures, 60);
    suite_add_tcase(suite, hunt);
    suite_add_tcase(suite, merging);
    suite_add_tcase(suite, failures);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
