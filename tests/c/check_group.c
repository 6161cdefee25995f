/* Rows into groups (B1, B3, B4, B5, B6, B8), the table's growth and its order (T7). */
#include <check.h>

#include <stdio.h>

#include "group_order.h"
#include "test_every_function.h"
#include "test_hunts.h"

enum { SCRATCH_BLOCK = 4096, MANY_GROUPS = 100000 };

/* ---- a table over the rows of a body ---- */

/* A row's place may be worked out ahead, or be that of a row before, which is nobody's. */
enum expect { EXPECT_NOTHING, EXPECT_ROW, EXPECT_LATE, EXPECT_MODES };

struct bench {
    enum expect expect;
    struct memory memory;
    struct hash_key key;
    struct plan plan;
    struct view view;
    struct group_table table;
    struct arena scratch;
    uint64_t beyond;
    size_t capped; /* rows */
};

static void bench_init(struct bench *bench, const char *search)
{
    *bench = (struct bench){.memory = test_memory(), .key = test_key(1)};
    test_plan(&bench->plan, search, &bench->memory);
    arena_init(&bench->scratch, &bench->memory, SCRATCH_BLOCK);
    ck_assert(view_init(&bench->view, &bench->plan, &bench->memory));
    ck_assert(
        group_table_init(&bench->table, &bench->plan, &bench->key, &bench->beyond, &bench->memory));
}

static void bench_release(struct bench *bench)
{
    group_table_release(&bench->table);
    view_release(&bench->view);
    arena_release(&bench->scratch);
    plan_release(&bench->plan);
    ck_assert_uint_eq(bench->memory.used, 0);
}

static enum cfh_status count_rows(struct bench *bench, struct rows *rows)
{
    enum cfh_status status = CFH_OK;
    view_bind(&bench->view, &rows->record);
    by_tuple_bind(&bench->table.by, &bench->view);
    while (status == CFH_OK && rows_next(rows)) {
        bool capped = false;
        status = view_open(&bench->view, &rows->record);
        if (bench->expect == EXPECT_ROW) group_expect(&bench->table, &bench->view);
        if (status == CFH_OK && bench->view.kind != VIEW_UNUSABLE)
            status = group_row(&bench->table, &bench->view, &capped);
        if (bench->expect == EXPECT_LATE) group_expect(&bench->table, &bench->view);
        bench->capped += capped ? 1 : 0;
    }
    return status;
}

static void count_body(struct bench *bench, struct slice body)
{
    struct rows rows;
    ck_assert(rows_begin(&rows, body, &bench->memory));
    ck_assert_int_eq(count_rows(bench, &rows), CFH_OK);
    rows_release(&rows);
}

/* A group as text: value|value=result,result;result and a blank behind it. LF is printed as '/'. */
static void describe_group(struct bench *bench, struct group *group, struct buffer *text)
{
    struct slice rest = group_key(group), value;
    for (bool first = true; group_key_next(&rest, &value); first = false) {
        append_text(text, first ? "" : "|");
        append(text, value);
    }
    append_text(text, "=");
    for (size_t f = 0; f < bench->plan.function_count; f++) {
        struct values result;
        ck_assert(group_result(&bench->table, group, f, &bench->scratch, &result));
        for (size_t i = 0; i < result.count; i++) {
            append_text(text, i == 0 ? "" : ",");
            append(text, result.items[i]);
        }
        append_text(text, f + 1 < bench->plan.function_count ? ";" : " ");
    }
}

static void describe(struct bench *bench, struct buffer *text)
{
    group_table_gather(&bench->table);
    group_table_sort(&bench->table);
    for (size_t i = 0; i < bench->table.count; i++)
        describe_group(bench, bench->table.groups[i], text);
    for (size_t i = 0; i < text->length; i++)
        if (text->bytes[i] == '\n') text->bytes[i] = '/';
}

/* ---- rows ---- */

#define FILLED "fillnull_value=null "
#define OWN " from datamodel=Own.Data "

struct body {
    const char *rule;
    const char *search;
    const char *body;
    const char *expected;
};

static void check_bodies(const struct body *rows, size_t count, enum expect expect)
{
    for (size_t i = 0; i < count; i++) {
        struct bench bench;
        struct memory own = test_memory();
        struct buffer text;
        buffer_init(&text, &own);
        bench_init(&bench, rows[i].search);
        bench.expect = expect;
        count_body(&bench, text_of(rows[i].body));
        describe(&bench, &text);
        EXPECT_SLICE(buffer_slice(&text), rows[i].expected, rows[i].rule);
        ck_assert_uint_eq(bench.capped, 0);
        buffer_release(&text);
        bench_release(&bench);
    }
}

static const struct body bodies[] = {
    {"F1 one group, counted", "count" OWN "by a", "a\nx\nx\ny\n", "x=2 y=1 "},
    {"F1 count of a field", "count count(b)" OWN "by a", "a,b,__mv_b\nx,1,\nx,,\nx,z,$p$;$q$\n",
     "x=3;3 "},
    {"F3 values", "values(b)" OWN "by a", "a,b\nx,9\nx,10\nx,9\ny,\n", "x=10,9 y= "},
    {"no BY: one group without a value", "count" OWN "where a=*", "a\nx\ny\n", "=2 "},
    {"B1 a null drops the row", "count" OWN "by a b", "a,b\nx,\nx,1\n,1\n", "x|1=1 "},
    {"B1 fillnull_value", FILLED "count" OWN "by a b", "a,b\nx,\nx,1\n,1\n",
     "null|1=1 x|1=1 x|null=1 "},
    {"B1 not the functions' fields", FILLED "values(b)" OWN "by a", "a,b\nx,\n", "x= "},
    {"B1 an empty fill value", "fillnull_value=\"\" count" OWN "by a b", "a,b\nx,\n", "x|=1 "},
    {"B3 a field that no row has", FILLED "count" OWN "by a nothing", "a\nx\n", "x|null=1 "},
    {"B3 without a fill no group", "count" OWN "by a nothing", "a\nx\n", ""},
    {"B4 once for each distinct value", "count" OWN "by a", "a,__mv_a\nx,$p$;$q$;$p$\n",
     "p=1 q=1 "},
    {"B4 once for each combination", "count" OWN "by a b",
     "a,__mv_a,b,__mv_b\nx,$p$;$q$,y,$1$;$2$;$1$\n", "p|1=1 p|2=1 q|1=1 q|2=1 "},
    {"B4 functions see the whole multivalue", "count count(a)" OWN "by a",
     "a,__mv_a\nx,$p$;$q$;$p$\n", "p=1;3 q=1;3 "},
    {"B5 exact text", "count" OWN "by a", "a\n1\n01\n1.0\nx\nX\n\" x\"\n",
     "01=1 1=1 1.0=1  x=1 X=1 x=1 "},
    {"B5 fields do not run together", "count" OWN "by a b", "a,b\nxy,z\nx,yz\n", "x|yz=1 xy|z=1 "},
    {"B8 an empty value is none", FILLED "count" OWN "by a b", "a,__mv_a,b\n,$$,1\n", "null|1=1 "},
    {"B8 an empty value is dropped", "count" OWN "by a b", "a,__mv_a,b\n,$$,1\n", ""},
    {"B8 empty ones among others", FILLED "count" OWN "by a", "a,__mv_a\nx,$$;$p$;$$\n", "p=1 "},
    {"the same field twice", "count" OWN "by a a", "a\nx\n", "x|x=1 "},
    {"the model's evals",
     "count from datamodel=Network_Traffic.All_Traffic by "
     "All_Traffic.dest_port All_Traffic.transport",
     "dest_port,transport\n-,TCP\n7844,\n", "0|tcp=1 7844|unknown=1 "},
};

START_TEST(rows_into_groups)
{
    check_bodies(bodies, COUNT_OF(bodies), (enum expect)_i);
}
END_TEST

/* ---- times (B6, F7) ---- */

static const struct body times[] = {
    {"B6 hours", "count" OWN "where a=* by _time span=1h",
     "_time,a\n0,x\n3599.999,x\n3600,x\n7199,x\n", "0=2 3600=2 "},
    {"B6 before 1970", "count" OWN "where a=* by _time span=1h",
     "_time,a\n-1,x\n-3600,x\n-3600.5,x\n-0.5,x\n", "-7200=1 -3600=3 "},
    {"B6 minutes and seconds", "count" OWN "where a=* by _time span=90s",
     "_time,a\n89,x\n90,x\n179,x\n180,x\n", "0=1 90=2 180=1 "},
    {"B6 minutes", "count" OWN "where a=* by _time span=15m", "_time,a\n899,x\n900,x\n",
     "0=1 900=1 "},
    {"B6 days of UTC", "count" OWN "where a=* by _time span=1d",
     "_time,a\n86399,x\n86400,x\n172799,x\n", "0=1 86400=2 "},
    {"B6 months", "count" OWN "where a=* by _time span=1mon",
     "_time,a\n1675000000,x\n1675209599,x\n1675209600,x\n",
     "1672531200=2 1675209600=1 "}, /* January and February 2023 */
    {"B6 months from January 1970", "count" OWN "where a=* by _time span=2mon",
     "_time,a\n3456000,x\n5097600,x\n", "0=1 5097600=1 "},
    {"B6 long names", "count" OWN "where a=* by _time span=2hours", "_time,a\n7199,x\n7200,x\n",
     "0=1 7200=1 "},
    {"B6 no span: seconds", "count" OWN "where a=* by _time", "_time,a\n1,x\n1.5,x\n2,x\n1.999,x\n",
     "1=3 2=1 "},
    {"B6 a time as text", "count" OWN "where a=* by _time span=1h",
     "_time,a\n1970-01-01T01:30:00Z,x\n1970-01-01T02:30:00+01:00,x\n", "3600=2 "},
    {"B6 among other fields", "count" OWN "by a _time span=1m b",
     "_time,a,b\n61,x,y\n62,x,y\n1,x,y\n", "x|0|y=1 x|60|y=2 "},
    {"B6 the span anywhere", "count" OWN "by a span=1m _time", "_time,a\n61,x\n62,x\n", "x|60=2 "},
    {"B6 no time drops the row", "count" OWN "where a=* by _time span=1h",
     "_time,a\n,x\nsoon,x\n5,x\n", "0=1 "},
    {"B6 no time is filled", FILLED "count" OWN "where a=* by _time span=1h",
     "_time,a\n,x\nsoon,x\n5,x\n", "0=1 null=2 "},
    {"B6 several times", "count" OWN "where a=* by _time span=1h",
     "_time,__mv__time,a\n5,$5$;$9$;$3600$,x\n", "0=1 3600=1 "},
    {"B6 bins are numbers in order", "count" OWN "where a=* by _time span=1s",
     "_time,a\n10,x\n9,x\n100,x\n", "9=1 10=1 100=1 "},
    {"F7 in groups", "earliest(b) latest(b) latest_time(b)" OWN "by a",
     "_time,a,b\n5,x,p\n7,x,q\n6,y,r\n4,y,s\n", "x=p;q;7 y=s;r;6 "},
    {"F7 without a time", "earliest(b) count(b)" OWN "by a", "_time,a,b\n,x,p\nsoon,x,q\n",
     "x=;2 "},
    {"F7 no column of times", "first(b) rate(b)" OWN "by a", "a,b\nx,1\n", "x=; "},
    {"F7 a time as text", "earliest_time(b) rate(b)" OWN "by a",
     "_time,a,b\n1970-01-01T00:00:10Z,x,1\n12,x,2\n", "x=10;0.5 "},
    {"F7 the first of several times", "earliest(b)" OWN "by a",
     "_time,__mv__time,a,b\n9,$9$;$1$,x,p\n5,,x,q\n", "x=q "},
    {"F7 the event's own time, not its bin's", "earliest_time(b)" OWN "by _time span=1h",
     "_time,b\n3700.5,x\n3800,y\n", "3600=3700.5 "},
    {"functions of _time", "min(_time) range(_time) avg(_time)" OWN "by a", "_time,a\n5.5,x\n7,x\n",
     "x=5.5;1.5;6.25 "},
};

START_TEST(times_into_groups)
{
    check_bodies(times, COUNT_OF(times), (enum expect)_i);
}
END_TEST

START_TEST(who_needs_a_time)
{
    static const struct {
        const char *search;
        bool needed;
    } searches[] = {
        {"count dc(a) min(_time)" OWN "by _time span=1h", false},
        {"count latest(a)" OWN "by b", true},
        {"rate(a) count" OWN, true},
    };
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        struct bench bench;
        bench_init(&bench, searches[i].search);
        ck_assert(bench.table.needs_time == searches[i].needed);
        bench_release(&bench);
    }
}
END_TEST

/* ---- functions ---- */

static const struct body functions[] = {
    {"F8 a percentage of each function",
     "perc0(b) perc50(b) perc100(b) exactperc99.9(b)" OWN "by a", "a,b\nx,3\nx,1\nx,2\n",
     "x=1;2;3;3 "},
    {"F6 sums in groups", "sum(b) avg(b) var(b) range(b)" OWN "by a",
     "a,b\nx,0.1\nx,0.2\ny,z\nx,0.3\n", "x=0.6;0.2;0.01;0.2 y=;;; "},
    {"F5 distinct", "dc(b) mode(b)" OWN "by a", "a,b\nx,p\nx,q\nx,q\ny,\n", "x=2;q y=0; "},
    {"names in any case", "COUNT Dc(b) PERC50(b)" OWN "by a", "a,b\nx,1\n", "x=1;1;1 "},
    {"no BY", "sum(b) median(b) latest(b)" OWN, "_time,b\n1,5\n2,7\n", "=12;7;7 "},
};

START_TEST(functions_of_groups)
{
    check_bodies(functions, COUNT_OF(functions), (enum expect)_i);
}
END_TEST

/* As often as a function left a number out, in each group that the row is in. */
START_TEST(f6_what_is_beyond_is_counted)
{
    struct bench bench;
    bench_init(&bench, "sum(b) range(b) max(b)" OWN "by a");
    count_body(&bench, SLICE("a,__mv_a,b\nx,,1e400\nx,,1e401\nx,$x$;$y$,1e401\nx,,word\n"));
    ck_assert_uint_eq(bench.beyond, 2 + 4);
    bench_release(&bench);
}
END_TEST

/* ---- combinations (B4) ---- */

/* $N0$;$N1$;... */
static void append_multivalue(struct buffer *body, const char *name, size_t count)
{
    char item[32];
    for (size_t i = 0; i < count; i++) {
        snprintf(item, sizeof(item), "%s$%s%zu$", i > 0 ? ";" : "", name, i);
        append_text(body, item);
    }
}

static void check_combinations(size_t left, size_t right, const char *third, size_t groups,
                               size_t capped)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer body;
    buffer_init(&body, &own);
    append_text(&body, "a,b,c,__mv_a,__mv_b\nx,y,");
    append_text(&body, third);
    append_text(&body, ",");
    append_multivalue(&body, "a", left);
    append_text(&body, ",");
    append_multivalue(&body, "b", right);
    append_text(&body, "\n");
    bench_init(&bench, "count" OWN "by a b c");
    count_body(&bench, buffer_slice(&body));
    ck_assert_uint_eq(bench.table.count, groups);
    ck_assert_uint_eq(bench.capped, capped);
    buffer_release(&body);
    bench_release(&bench);
}

START_TEST(b4_the_most_combinations)
{
    check_combinations(100, 100, "z", BY_COMBINATIONS_MAX, 0);
    check_combinations(10000, 1, "z", BY_COMBINATIONS_MAX, 0);
    check_combinations(73, 137, "z", 1, 1); /* 10,001 */
    check_combinations(10001, 1, "z", 1, 1);
    check_combinations(10001, 10001, "z", 1, 1);
}
END_TEST

/* B1 goes before B4: a row without a group is in none, and is not capped. */
START_TEST(b4_no_value_beside_too_many)
{
    check_combinations(10001, 2, "", 0, 0);
    check_combinations(2, 2, "", 0, 0);
}
END_TEST

/* The multivalues alone are joined, distinct and in order of arrival; functions see them whole. */
START_TEST(b4_joined_by_newlines)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer body, text;
    buffer_init(&body, &own);
    buffer_init(&text, &own);
    append_text(&body, "a,b,c,__mv_a,__mv_b\nx,y,z,");
    append_multivalue(&body, "a", 5001);
    append_text(&body, ",$q$;$$;$p$;$q$\n");
    bench_init(&bench, "count(b) count" OWN "by b c a");
    count_body(&bench, buffer_slice(&body));
    ck_assert_uint_eq(bench.capped, 1);
    describe(&bench, &text);
    ck_assert(text.length > 12 && memcmp(text.bytes, "q/p|z|a0/a1/", 12) == 0);
    ck_assert(contains(buffer_slice(&text), "/a5000=4;1 "));
    buffer_release(&text);
    buffer_release(&body);
    bench_release(&bench);
}
END_TEST

/* ---- order ---- */

static const struct {
    const char *body; /* in any order */
    const char *expected;
} orders[] = {
    {"a,b\n10,x\n9,x\n100,x\n", "9|x=1 10|x=1 100|x=1 "},
    {"a,b\nb,x\na,x\nB,x\n", "B|x=1 a|x=1 b|x=1 "},
    {"a,b\nx,x\n5,x\n-,x\n-1,x\n", "-1|x=1 5|x=1 -|x=1 x|x=1 "},
    {"a,b\n1.0,x\n1,x\n01,x\n", "01|x=1 1|x=1 1.0|x=1 "},
    {"a,b\n1e2,x\n99.5,x\n-1e2,x\n", "-1e2|x=1 99.5|x=1 1e2|x=1 "},
    {"a,b\n2,1\n1,10\n1,9\n1,x\n", "1|9=1 1|10=1 1|x=1 2|1=1 "},
    {"a,b\nab,1\na,2\nabc,0\n", "a|2=1 ab|1=1 abc|0=1 "},
    {"a,b\n\xc3\xa9,1\nz,1\n", "z|1=1 \xc3\xa9|1=1 "},
};

START_TEST(t7_order)
{
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct bench bench;
        struct memory own = test_memory();
        struct buffer text;
        buffer_init(&text, &own);
        bench_init(&bench, "count" OWN "by a b");
        count_body(&bench, text_of(orders[i].body));
        describe(&bench, &text);
        EXPECT_SLICE(buffer_slice(&text), orders[i].expected, "T7");
        buffer_release(&text);
        bench_release(&bench);
    }
}
END_TEST

/* ---- the table ---- */

static struct group *find_numbered(struct bench *bench, size_t i)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%zu", i);
    buffer_clear(&bench->table.by.key);
    ck_assert(group_key_append(&bench->table.by.key, (struct slice){text, (size_t)length}));
    return group_find(&bench->table, buffer_slice(&bench->table.by.key));
}

static const char search_of_two[] = "count values(b)" OWN "by a";

START_TEST(a_new_table_holds_no_table)
{
    struct bench bench;
    bench_init(&bench, search_of_two);
    ck_assert_ptr_null(bench.table.slots);
    ck_assert_uint_eq(bench.table.count, 0);
    group_table_gather(&bench.table);
    group_table_sort(&bench.table);
    ck_assert_uint_eq(bench.table.count, 0);
    group_table_clear(&bench.table);
    bench_release(&bench);
}
END_TEST

START_TEST(states_start_zeroed_and_aligned)
{
    struct bench bench;
    bench_init(&bench, search_of_two);
    for (size_t i = 0; i < 100; i++) {
        struct group *group = find_numbered(&bench, i);
        for (size_t f = 0; f < 2; f++) {
            const unsigned char *state = group_state(&bench.table, group, f);
            ck_assert_uint_eq((uintptr_t)state % sizeof(uint64_t), 0);
            for (size_t byte = 0; byte < bench.table.functions[f]->state_size; byte++)
                ck_assert_uint_eq(state[byte], 0);
        }
        ck_assert_ptr_ne(group_state(&bench.table, group, 0), group_state(&bench.table, group, 1));
    }
    bench_release(&bench);
}
END_TEST

static void check_numbered(struct bench *bench, size_t count)
{
    ck_assert_uint_eq(bench->table.count, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t *counted = group_state(&bench->table, find_numbered(bench, i), 0);
        ck_assert_uint_eq(*counted, i);
    }
    ck_assert_uint_eq(bench->table.count, count);
}

/* However many rows come: what the next one takes was said before it. */
START_TEST(its_growth_is_known_before)
{
    struct bench bench;
    static const struct slice value = {"a value that does not fit in a slot", 35};
    struct aggregate_input input = {.values = {&value, 1}};
    bench_init(&bench, search_of_two);
    for (size_t i = 0; i < MANY_GROUPS; i++) {
        size_t blocks = 2 * (size_t)65536; /* of the pool: the bytes come from new ones */
        size_t most = bench.memory.used + group_table_growth(&bench.table) + blocks;
        bench.memory.peak = bench.memory.used;
        struct group *group = find_numbered(&bench, i / 3);
        ck_assert(bench.table.functions[1]->update(group_state(&bench.table, group, 1), &input,
                                                   &bench.table.home));
        ck_assert_uint_le(bench.memory.peak, most);
    }
    bench_release(&bench);
}
END_TEST

START_TEST(one_group_alone)
{
    struct bench bench;
    struct buffer key;
    bench_init(&bench, search_of_two);
    buffer_init(&key, &bench.memory);
    ck_assert(group_key_append(&key, SLICE("a key")));
    for (size_t round = 0; round < 1000; round++) {
        struct group *group = group_alone(&bench.table, buffer_slice(&key));
        ck_assert(group != NULL && text_equal(group_key(group), buffer_slice(&key)));
        uint64_t *counted = group_state(&bench.table, group, 0);
        ck_assert_uint_eq((*counted)++, 0);
        group_arrange(&bench.table, group);
        ck_assert_uint_eq(bench.table.count, 0);
    }
    ck_assert_uint_lt(bench.memory.used, 200000);
    buffer_release(&key);
    bench_release(&bench);
}
END_TEST

START_TEST(a_hundred_thousand_groups)
{
    struct bench bench;
    bench_init(&bench, search_of_two);
    for (size_t i = 0; i < MANY_GROUPS; i++) {
        uint64_t *counted = group_state(&bench.table, find_numbered(&bench, i), 0);
        *counted = i;
    }
    check_numbered(&bench, MANY_GROUPS);
    group_table_gather(&bench.table);
    group_table_gather(&bench.table); /* once is enough, twice does no harm */
    group_table_sort(&bench.table);
    for (size_t i = 0; i < MANY_GROUPS; i++) {
        uint64_t *counted = group_state(&bench.table, bench.table.groups[i], 0);
        ck_assert_uint_eq(*counted, i);
    }
    bench_release(&bench);
}
END_TEST

START_TEST(a_cleared_table_is_as_new)
{
    struct bench bench;
    bench_init(&bench, search_of_two);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < 1000; i++)
            *(uint64_t *)group_state(&bench.table, find_numbered(&bench, i), 0) += i;
        check_numbered(&bench, 1000);
        group_table_gather(&bench.table);
        group_table_clear(&bench.table);
        ck_assert_uint_eq(bench.table.count, 0);
        ck_assert_ptr_null(bench.table.slots);
    }
    size_t used = bench.memory.used;
    group_table_clear(&bench.table);
    ck_assert_uint_eq(bench.memory.used, used);
    bench_release(&bench);
}
END_TEST

/* ---- refused memory ---- */

static const char failing_body[] = "_time,a,__mv_a,b,__mv_b\n"
                                   "5,x,$p$;$q$,1,$1$;$2$\n"
                                   "6,,,2,\n"
                                   "7.5,y,,a long text that lies in no slot,\n"
                                   ",p,,another long text that lies in no slot,$$\n";

/* Whether all went well; everything is given back either way. */
static bool run_refused(struct memory *memory, const struct plan *plan)
{
    struct hash_key key = test_key(1);
    struct bench bench = {.plan = *plan};
    struct rows rows;
    bool done = false;
    if (!view_init(&bench.view, &bench.plan, memory)) return false;
    if (group_table_init(&bench.table, &bench.plan, &key, &bench.beyond, memory)) {
        done = rows_begin(&rows, text_of(failing_body), memory) &&
               count_rows(&bench, &rows) == CFH_OK && rows.ended && bench.table.count == 5;
        rows_release(&rows);
        group_table_release(&bench.table);
    }
    view_release(&bench.view);
    return done;
}

START_TEST(every_refusal_is_said)
{
    struct memory own = test_memory();
    struct plan plan;
    test_plan(&plan, FILLED EVERY_FUNCTION("b") OWN "by a _time span=1h", &own);
    bool refused = true;
    for (size_t n = 0; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory memory = failing_memory(&failing);
        bool done = run_refused(&memory, &plan);
        refused = failing.refused;
        /* Both: a buffer was refused, and asked again for less. */
        ck_assert_msg(done || refused, "request %zu", n);
        ck_assert_uint_eq(memory.used, 0);
    }
    plan_release(&plan);
}
END_TEST

/* A table that could not grow still holds what it held. */
START_TEST(a_refused_group_leaves_the_table_whole)
{
    struct memory own = test_memory();
    struct hash_key key = test_key(1);
    struct plan plan;
    test_plan(&plan, search_of_two, &own);
    for (size_t n = 1; n < 40; n++) {
        struct failing_source failing = {.fail_at = n};
        struct bench bench = {.plan = plan, .memory = failing_memory(&failing)};
        ck_assert(group_table_init(&bench.table, &bench.plan, &key, &bench.beyond, &bench.memory) ||
                  n < 7);
        if (failing.refused) continue;
        buffer_reserve(&bench.table.by.key, 64);
        size_t made = 0;
        while (!failing.refused) {
            struct group *group = find_numbered(&bench, made);
            if (group != NULL) *(uint64_t *)group_state(&bench.table, group, 0) = made++;
            if (made == 20000) break;
        }
        check_numbered(&bench, made);
        group_table_release(&bench.table);
        ck_assert_uint_eq(bench.memory.used, 0);
    }
    plan_release(&plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("group");
    TCase *rules = tcase_create("rules"), *room = tcase_create("room");
    tcase_add_loop_test(rules, rows_into_groups, 0, EXPECT_MODES);
    tcase_add_loop_test(rules, times_into_groups, 0, EXPECT_MODES);
    tcase_add_test(rules, who_needs_a_time);
    tcase_add_loop_test(rules, functions_of_groups, 0, EXPECT_MODES);
    tcase_add_test(rules, f6_what_is_beyond_is_counted);
    tcase_add_test(rules, b4_the_most_combinations);
    tcase_add_test(rules, b4_no_value_beside_too_many);
    tcase_add_test(rules, b4_joined_by_newlines);
    tcase_add_test(rules, t7_order);
    tcase_add_test(room, a_new_table_holds_no_table);
    tcase_add_test(room, states_start_zeroed_and_aligned);
    tcase_add_test(room, its_growth_is_known_before);
    tcase_add_test(room, one_group_alone);
    tcase_add_test(room, a_hundred_thousand_groups);
    tcase_add_test(room, a_cleared_table_is_as_new);
    tcase_add_test(room, every_refusal_is_said);
    tcase_add_test(room, a_refused_group_leaves_the_table_whole);
    tcase_set_timeout(room, 60);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, room);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
