/* The rows that leave: their bytes, that their length is known before, and their windows. */
#include <check.h>

#include <stdio.h>

#include "reply.h"
#include "test_every_function.h"
#include "test_hunts.h"

struct bench {
    struct memory memory;
    struct hash_key key;
    struct hunt hunts[2];
    struct hunt *pointers[2];
    size_t count;
    struct reply reply;
};

static void bench_add(struct bench *bench, const char *search)
{
    struct plan plan;
    struct hunt *hunt = &bench->hunts[bench->count];
    test_plan(&plan, search, &bench->memory);
    ck_assert(hunt_init(hunt, &plan, &bench->key, &bench->memory));
    bench->pointers[bench->count++] = hunt;
}

static void bench_init(struct bench *bench, const char *search)
{
    *bench = (struct bench){.memory = test_memory(), .key = test_key(1)};
    bench_add(bench, search);
    reply_init(&bench->reply, &bench->key, NULL, &bench->memory);
}

static void bench_release(struct bench *bench)
{
    reply_release(&bench->reply);
    for (size_t i = 0; i < bench->count; i++)
        hunt_release(&bench->hunts[i]);
    ck_assert_uint_eq(bench->memory.used, 0);
}

static void hunt_body(struct bench *bench, struct slice body)
{
    struct rows rows;
    ck_assert(rows_begin(&rows, body, &bench->memory));
    for (size_t i = 0; i < bench->count; i++)
        hunt_bind(&bench->hunts[i], &rows.record);
    while (rows_next(&rows))
        for (size_t i = 0; i < bench->count; i++)
            ck_assert_int_eq(hunt_event(&bench->hunts[i], &rows.record), CFH_OK);
    rows_release(&rows);
}

/* All windows in one; each but the last is at least REPLY_WINDOW long. */
static void collect(struct bench *bench, enum reply_kind kind, struct buffer *text)
{
    uint64_t length;
    struct slice window;
    size_t windows = 0, last = REPLY_WINDOW;
    size_t count = kind == REPLY_TABLE ? 1 : bench->count;
    ck_assert_int_eq(reply_begin(&bench->reply, kind, bench->pointers, count, &length), CFH_OK);
    buffer_clear(text);
    for (;; windows++) {
        ck_assert_int_eq(reply_next(&bench->reply, &window), CFH_OK);
        if (window.length == 0) break;
        ck_assert_uint_ge(last, REPLY_WINDOW);
        last = window.length;
        append(text, window);
    }
    ck_assert_uint_eq(text->length, length);
    ck_assert_uint_ge(windows, length / (4 * REPLY_WINDOW));
    ck_assert_int_eq(reply_next(&bench->reply, &window), CFH_OK);
    ck_assert_uint_eq(window.length, 0); /* the end stays the end */
}

static void finish(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++)
        ck_assert_int_eq(hunt_finish(&bench->hunts[i]), CFH_OK);
}

/* ---- tables ---- */

#define OWN " from datamodel=Own.Data "

static const struct {
    const char *rule;
    const char *search;
    const char *body;
    const char *expected;
} tables[] = {
    {"T6 BY, then functions", "count min(b) as low" OWN "by c a", "a,b,c\nx,2,y\n",
     "c,a,count,low\ny,x,1,2\n"},
    {"T5 default names", "min(_time) values(Data.b)" OWN "by a", "_time,a,b\n1,x,y\n",
     "a,\"min(_time)\",\"values(Data.b)\",\"__mv_values(Data.b)\"\nx,1,y,\n"},
    {"T4 an alias with a dot", "count as \"a.b\"" OWN "by a", "a\nx\n", "a,\"a.b\"\nx,1\n"},
    {"C1 the dropped object name",
     "count min(Data.b) as Data.low" OWN "by Data.a | `drop_dm_object_name(Data)`", "a,b\nx,1\n",
     "a,count,low\nx,1,1\n"},
    {"F3 F4 several values", "values(b) as v count" OWN "by a", "a,b\nx,1\nx,2\ny,$\nx,10\n",
     "a,v,count,\"__mv_v\"\nx,\"1\n10\n2\",3,\"$1$;$10$;$2$\"\ny,\"$\",1,\n"},
    {"F4 a doubled sign", "values(b) as v" OWN "by a", "a,b\nx,a$b\nx,c\n",
     "a,v,\"__mv_v\"\nx,\"a$b\nc\",\"$a$$b$;$c$\"\n"},
    {"F4 an empty value alone", "values(b) as v" OWN "by a", "a,b,__mv_b\nx,,$$\n",
     "a,v,\"__mv_v\"\nx,,\"$$\"\n"},
    {"F3 no value", "values(b) as v min(b) as m" OWN "by a", "a,b\nx,\n",
     "a,v,m,\"__mv_v\"\nx,,,\n"},
    {"F9 six digits of a time", "min(_time) as f max(_time) as l" OWN "by a",
     "_time,a\n12.12345678,x\n13.5000000,x\n", "a,f,l\nx,\"12.123456\",\"13.500000\"\n"},
    {"F9 only of a time", "min(b) as m" OWN "by a", "a,b\nx,12.12345678\n",
     "a,m\nx,\"12.12345678\"\n"},
    {"F10 a whole number has no point", "min(b) as low max(b) as high" OWN "by a",
     "a,b\nx,5.00\nx,7\nx,1e3\n", "a,low,high\nx,5,1000\n"},
    {"F10 not of values and BY", "values(b) as v" OWN "by b", "b\n5.00\n",
     "b,v,\"__mv_v\"\n\"5.00\",\"5.00\",\n"},
    {"F2 text stays", "max(b) as m" OWN "by a", "a,b\nx,z\nx,5.0\n", "a,m\nx,z\n"},
    {"no rows: a header line only", "count values(b) as v" OWN "by a", "a,b\n",
     "a,count,v,\"__mv_v\"\n"},
    {"no BY: one row always", "count values(b) as v" OWN, "a,b\n", "count,v,\"__mv_v\"\n0,,\n"},
    {"T5 default names, in lower case", "DC(Data.b) Perc99.9(b) Count(b)" OWN "by a", "a,b\nx,1\n",
     "a,\"dc(Data.b)\",\"perc99.9(b)\",\"count(b)\"\nx,1,1,1\n"},
    {"F8 printed as numbers", "perc0(b) as p median(b) as m exactperc100(b) as e" OWN "by a",
     "a,b\nx,5.00\nx,1e3\nx,7.0\n", "a,p,m,e\nx,5,7,1000\n"},
    {"F7 values as they came", "latest(b) as l mode(b) as m first(b) as f" OWN "by a",
     "_time,a,b\n1,x,5.00\n", "a,l,m,f\nx,\"5.00\",\"5.00\",\"5.00\"\n"},
    {"F7 F9 six digits of a time", "earliest_time(b) as e latest_time(b) as l" OWN "by a",
     "_time,a,b\n12.12345678,x,p\n13.000,x,q\n", "a,e,l\nx,\"12.123456\",13\n"},
    {"F9 of every number of a time", "perc0(_time) as p latest(_time) as l" OWN "by a",
     "_time,a\n12.12345678,x\n", "a,p,l\nx,\"12.123456\",\"12.12345678\"\n"},
    {"F6 sums have all their digits", "sum(b) as s sumsq(b) as q range(b) as r" OWN "by a",
     "a,b\nx,1e25\nx,0.25\n",
     "a,s,q,r\nx,\"10000000000000000000000000.25\","
     "\"100000000000000000000000000000000000000000000000000.0625\","
     "\"9999999999999999999999999.75\"\n"},
    {"F6 rounded once", "avg(b) as a1 stdev(b) as s varp(b) as v" OWN "by a",
     "a,b\nx,1\nx,2\nx,2\n",
     "a,a1,s,v\nx,\"1.6666666666666667\",\"0.57735026918962576\",\"0.22222222222222222\"\n"},
    {"F6 no number", "sum(b) as s avg(b) as v stdev(b) as d range(b) as r rate(b) as t" OWN "by a",
     "a,b\nx,y\n", "a,s,v,d,r,t\nx,,,,,\n"},
    {"B6 the column _time", "count" OWN "by _time span=1h a", "_time,a\n3700,x\n7200,x\n",
     "\"_time\",a,count\n3600,x,1\n7200,x,1\n"},
    {"no BY, no rows: nulls and noughts",
     "count dc(b) as d estdc(b) as e sum(b) as s perc95(b) as p mode(b) as m latest(b) as l" OWN,
     "a,b\n", "count,d,e,s,p,m,l\n0,0,0,,,,\n"},
    {"T7 order", "count" OWN "by a", "a\nb\n10\n9\n\"a,b\"\n",
     "a,count\n9,1\n10,1\n\"a,b\",1\nb,1\n"},
    {"odd bytes", "count" OWN "by a", "a\n\"q\"\"q\"\n\"l\nl\"\n",
     "a,count\n\"l\nl\",1\n\"q\"\"q\",1\n"},
    {"an empty BY value", "fillnull_value=\"\" count" OWN "by a b", "a,b\nx,\n",
     "a,b,count\nx,,1\n"},
};

START_TEST(the_rows_of_a_table)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        struct bench bench;
        struct memory own = test_memory();
        struct buffer text;
        buffer_init(&text, &own);
        bench_init(&bench, tables[i].search);
        hunt_body(&bench, text_of(tables[i].body));
        finish(&bench);
        for (size_t round = 0; round < 2; round++) { /* a second reply is the same */
            collect(&bench, REPLY_TABLE, &text);
            EXPECT_SLICE(buffer_slice(&text), tables[i].expected, tables[i].rule);
        }
        buffer_release(&text);
        bench_release(&bench);
    }
}
END_TEST

/* ---- large replies ---- */

/* Rows that make many groups, long cells among them; every 97th value of b is 100 KB long. */
static void make_body(struct buffer *body, size_t rows)
{
    char text[64];
    append_text(body, "a,b\n");
    for (size_t i = 0; i < rows; i++) {
        snprintf(text, sizeof(text), "group %zu,value %zu", i % 5000, i);
        append_text(body, text);
        for (size_t j = 0; i % 97 == 0 && j < 1000; j++)
            append_text(body,
                        "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 012345");
        append_text(body, "\n");
    }
}

START_TEST(windows_of_large_replies)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer body, first, second;
    buffer_init(&body, &own);
    buffer_init(&first, &own);
    buffer_init(&second, &own);
    make_body(&body, 15000);
    bench_init(&bench, "count values(b)" OWN "by a");
    bench_add(&bench, "count min(b)" OWN "by b");
    hunt_body(&bench, buffer_slice(&body));
    finish(&bench);
    collect(&bench, REPLY_TABLE, &first);
    ck_assert_uint_gt(first.length, 4 * REPLY_WINDOW);
    collect(&bench, REPLY_PARTIAL, &first);
    ck_assert_uint_gt(first.length, 4 * REPLY_WINDOW);
    collect(&bench, REPLY_PARTIAL, &second); /* the numbers of its records have more digits */
    ck_assert_uint_ge(second.length, first.length);
    collect(&bench, REPLY_TABLE, &first);
    collect(&bench, REPLY_TABLE, &second);
    ck_assert(text_equal(buffer_slice(&first), buffer_slice(&second)));
    buffer_release(&body);
    buffer_release(&first);
    buffer_release(&second);
    bench_release(&bench);
}
END_TEST

/* The body of a reply is never in memory as a whole. */
START_TEST(memory_of_a_large_reply)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer body, text;
    buffer_init(&body, &own);
    buffer_init(&text, &own);
    make_body(&body, 15000);
    bench_init(&bench, "count values(b)" OWN "by a");
    hunt_body(&bench, buffer_slice(&body));
    finish(&bench);
    size_t before = bench.memory.used;
    bench.memory.peak = before;
    collect(&bench, REPLY_TABLE, &text);
    ck_assert_uint_gt(text.length, 16 * REPLY_WINDOW);
    ck_assert_uint_lt(bench.memory.peak - before, 8 * REPLY_WINDOW);
    buffer_release(&body);
    buffer_release(&text);
    bench_release(&bench);
}
END_TEST

/* ---- partial rows ---- */

static size_t count_lines(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.bytes[i] == '\n' ? 1 : 0;
    return count;
}

START_TEST(partial_rows_of_all_hunts)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer text;
    buffer_init(&text, &own);
    bench_init(&bench, "count" OWN "by a");
    bench_add(&bench, "count" OWN "by b");
    collect(&bench, REPLY_PARTIAL, &text);
    ck_assert_uint_eq(count_lines(buffer_slice(&text)), 3); /* counters also without a group */
    hunt_body(&bench, SLICE("a,b\nx,1\ny,2\nx,3\n"));
    hunt_gather(&bench.hunts[0]);
    hunt_gather(&bench.hunts[1]);
    collect(&bench, REPLY_PARTIAL, &text);
    ck_assert_uint_eq(count_lines(buffer_slice(&text)), 1 + 2 + 1 + 3 + 1);
    static const char header[] = "\"cfhunt_partial\",\"cfhunt_state\"\n";
    ck_assert(memcmp(text.bytes, header, strlen(header)) == 0);
    ck_assert(contains(buffer_slice(&text), ",\"x,;0:2\"\n"));
    ck_assert(contains(buffer_slice(&text), ",\"3,;0:1\"\n"));
    buffer_release(&text);
    bench_release(&bench);
}
END_TEST

/* ---- refused memory ---- */

static bool run_refused(struct memory *memory, struct bench *bench, enum reply_kind kind)
{
    struct reply reply;
    struct slice window;
    uint64_t length, given = 0;
    reply_init(&reply, &bench->key, NULL, memory);
    enum cfh_status status = reply_begin(&reply, kind, bench->pointers, 1, &length);
    do {
        if (status == CFH_OK) status = reply_next(&reply, &window);
        if (status == CFH_OK) given += window.length;
    } while (status == CFH_OK && window.length > 0);
    if (status == CFH_OK) ck_assert_uint_eq(given, length);
    reply_release(&reply);
    return status == CFH_OK;
}

START_TEST(every_refusal_is_said)
{
    struct memory own = test_memory();
    struct buffer body;
    struct bench bench;
    buffer_init(&body, &own);
    make_body(&body, 100);
    bench_init(&bench, EVERY_FUNCTION("b") OWN "by a");
    hunt_body(&bench, buffer_slice(&body));
    finish(&bench);
    for (size_t kind = 0; kind < 2; kind++) {
        bool refused = true;
        for (size_t n = 0; refused; n++) {
            struct failing_source failing = {.fail_at = n};
            struct memory memory = failing_memory(&failing);
            bool done = run_refused(&memory, &bench, kind == 0 ? REPLY_TABLE : REPLY_PARTIAL);
            refused = failing.refused;
            ck_assert_msg(done || refused, "request %zu", n);
            ck_assert_uint_eq(memory.used, 0);
        }
    }
    buffer_release(&body);
    bench_release(&bench);
}
END_TEST

START_TEST(a_reply_begins_without_memory)
{
    struct memory memory = test_memory();
    struct hash_key key = test_key(1);
    struct reply reply;
    reply_init(&reply, &key, NULL, &memory);
    ck_assert_uint_eq(memory.used, 0);
    reply_release(&reply);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reply");
    TCase *rows = tcase_create("rows"), *room = tcase_create("room");
    tcase_add_test(rows, the_rows_of_a_table);
    tcase_add_test(rows, partial_rows_of_all_hunts);
    tcase_add_test(room, windows_of_large_replies);
    tcase_add_test(room, memory_of_a_large_reply);
    tcase_add_test(room, every_refusal_is_said);
    tcase_add_test(room, a_reply_begins_without_memory);
    tcase_set_timeout(room, 60);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, room);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
