/* Which keys a row has (B1, B3, B4, B6, B8), and when its cells are the key as they stand. */
#include <check.h>

#include <stdio.h>

#include "by_tuple.h"
#include "test_hunts.h"

enum { ARENA_BLOCK = 1024, KEYS_MAX = 8 };

#define OWN " from datamodel=Own.Data "
#define TRAFFIC " from datamodel=Network_Traffic.All_Traffic "

struct bench {
    struct memory memory;
    struct hash_key key;
    struct plan plan;
    struct view view;
    struct arena arena;
    struct by_tuple by;
    struct rows rows;
};

/* Opens the body's first row. */
static void bench_init(struct bench *bench, const char *search, const char *body)
{
    *bench = (struct bench){.memory = test_memory(), .key = test_key(3)};
    test_plan(&bench->plan, search, &bench->memory);
    arena_init(&bench->arena, &bench->memory, ARENA_BLOCK);
    ck_assert(view_init(&bench->view, &bench->plan, &bench->memory));
    ck_assert(by_tuple_init(&bench->by, &bench->plan, &bench->key, &bench->arena, &bench->memory));
    ck_assert(rows_begin(&bench->rows, text_of(body), &bench->memory));
    view_bind(&bench->view, &bench->rows.record);
    by_tuple_bind(&bench->by, &bench->view);
    ck_assert(rows_next(&bench->rows));
    ck_assert_int_eq(view_open(&bench->view, &bench->rows.record), CFH_OK);
}

static void bench_release(struct bench *bench)
{
    rows_release(&bench->rows);
    by_tuple_release(&bench->by);
    view_release(&bench->view);
    arena_release(&bench->arena);
    plan_release(&bench->plan);
    ck_assert_uint_eq(bench->memory.used, 0);
}

/* A row, its cells as they stand ("": they cannot be told), and the keys that its values make. */
static const struct {
    const char *rule;
    const char *search;
    const char *body;
    const char *stands;
    const char *keys;
} rows[] = {
    {"neighbours", "count" OWN "by a b c", "a,b,c,d\nx,\"y.z\",7,8\n", "x,\"y.z\",7,",
     "x,\"y.z\",7,"},
    {"in another order", "count" OWN "by c a b", "a,b,c\nx,y,7\n", "7,x,y,", "7,x,y,"},
    {"others between", "count" OWN "by a c", "a,b,c\nx,y,7\n", "x,7,", "x,7,"},
    {"the same field twice", "count" OWN "by a a", "a,b\nx,y\n", "x,x,", "x,x,"},
    {"without BY", "count" OWN "where a=*", "a\nx\n", "", ""},
    {"B5 quoted without need: not as a key has it", "count" OWN "by a b", "a,b\n\"x\",y\n",
     "\"x\",y,", "x,y,"},
    {"B5 bare, but not by splunkd", "count" OWN "by a", "a\nx.y\n", "x.y,", "\"x.y\","},
    {"B5 a quote inside", "count" OWN "by a", "a\n\"x\"\"y\"\n", "\"x\"\"y\",", "\"x\"\"y\","},
    {"B1 null", "count" OWN "by a b", "a,b\nx,\n", "x,,", ""},
    {"B1 fillnull_value", "fillnull_value=null count" OWN "by a b", "a,b\nx,\n", "x,,", "x,null,"},
    {"B1 an empty fill value", "fillnull_value=\"\" count" OWN "by a b", "a,b\nx,\n", "", "x,,"},
    {"B3 a field without a column", "fillnull_value=null count" OWN "by a b", "a\nx\n", "",
     "x,null,"},
    {"B4 several values", "count" OWN "by a b", "a,__mv_a,b,__mv_b\nx,$p$;$q$,y,$1$;$2$\n", "",
     "p,1, p,2, q,1, q,2,"},
    {"B4 a single value", "count" OWN "by a b", "a,b,__mv_a,__mv_b\nx,y,,\n", "x,y,", "x,y,"},
    {"B8 an empty value", "count" OWN "by a", "a,__mv_a\n,$$\n", "", ""},
    {"B6 times", "count" OWN "where a=* by a _time span=1h", "a,_time\nx,3601\n", "", "x,3600,"},
    {"a row that lacks cells", "count" OWN "by a b", "a,b\nx\n", "", ""},
    {"the model's evals keep it", "count" TRAFFIC "by All_Traffic.dest_port All_Traffic.action",
     "dest_port,action\n443,allowed\n", "443,allowed,", "443,allowed,"},
    {"the model's evals change it", "count" TRAFFIC "by All_Traffic.transport", "transport\nTCP\n",
     "", "tcp,"},
    {"the prefixed column is null", "count" TRAFFIC "by All_Traffic.src",
     "All_Traffic.src,src\n,x\n", ",", "x,"},
};

static void list_keys(struct bench *bench, struct buffer *keys)
{
    bool capped, more;
    ck_assert_int_eq(by_tuple_first(&bench->by, &bench->view, &capped, &more), CFH_OK);
    ck_assert(!capped);
    while (more) {
        append_text(keys, keys->length > 0 ? " " : "");
        append(keys, buffer_slice(&bench->by.key));
        ck_assert_int_eq(by_tuple_next(&bench->by, &more), CFH_OK);
    }
}

/* The plain build never asks. */
static bool can_stand(const char *cells)
{
#ifdef CFHUNT_PLAIN
    return (void)cells, false;
#else
    return cells[0] != '\0';
#endif
}

START_TEST(keys_of_rows)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench bench;
        struct memory own = test_memory();
        struct buffer keys;
        buffer_init(&keys, &own);
        bench_init(&bench, rows[i].search, rows[i].body);
        bool stands = by_tuple_as_it_stands(&bench.by, &bench.view);
        ck_assert_msg(stands == can_stand(rows[i].stands), "%s", rows[i].rule);
        if (stands) EXPECT_SLICE(buffer_slice(&bench.by.key), rows[i].stands, rows[i].rule);
        list_keys(&bench, &keys);
        EXPECT_SLICE(buffer_slice(&keys), rows[i].keys, rows[i].rule);
        buffer_release(&keys);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(rows_after_one_of_another_spelling_are_read)
{
    struct bench bench;
    bench_init(&bench, "count" OWN "by a", "a\nx\n");
    by_tuple_rest(&bench.by);
    for (size_t i = 0; i < BY_ROWS_AT_REST; i++)
        ck_assert(!by_tuple_as_it_stands(&bench.by, &bench.view));
    ck_assert(by_tuple_as_it_stands(&bench.by, &bench.view) == can_stand("x,"));
    bench_release(&bench);
}
END_TEST

/* B4: more combinations than there may be; the multivalues are joined. */
START_TEST(b4_too_many_combinations)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer body;
    bool capped, more;
    buffer_init(&body, &own);
    append_text(&body, "a,__mv_a,b,__mv_b\nx,$p$");
    for (size_t i = 0; i < BY_COMBINATIONS_MAX; i++) {
        char text[32];
        append(&body, (struct slice){text, (size_t)snprintf(text, sizeof(text), ";$%zu$", i)});
    }
    append_text(&body, ",y,$r$;$s$\n");
    append(&body, (struct slice){"", 1});
    bench_init(&bench, "count" OWN "by b a", body.bytes);
    ck_assert_int_eq(by_tuple_first(&bench.by, &bench.view, &capped, &more), CFH_OK);
    ck_assert(capped && more);
    ck_assert(contains(buffer_slice(&bench.by.key), "\"r\ns\",\"p\n0\n1\n"));
    ck_assert_int_eq(by_tuple_next(&bench.by, &more), CFH_OK);
    ck_assert(!more);
    buffer_release(&body);
    bench_release(&bench);
}
END_TEST

static bool run_refused(struct memory *memory, const struct plan *plan, struct view *view)
{
    struct hash_key key = test_key(3);
    struct by_tuple by;
    struct arena arena;
    bool capped, more = false;
    enum cfh_status status = CFH_NO_MEMORY;
    arena_init(&arena, memory, 0);
    if (by_tuple_init(&by, plan, &key, &arena, memory)) {
        by_tuple_bind(&by, view);
        by_tuple_as_it_stands(&by, view);
        status = by_tuple_first(&by, view, &capped, &more);
        while (status == CFH_OK && more)
            status = by_tuple_next(&by, &more);
    }
    by_tuple_release(&by);
    arena_release(&arena);
    return status == CFH_OK;
}

START_TEST(every_refusal_is_said)
{
    struct bench bench;
    bool refused = true;
    bench_init(&bench, "count" OWN "by a b", "a,__mv_a,b,__mv_b\nx,$p$;$q$,y,$1$;$2$\n");
    for (size_t n = 0; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory memory = failing_memory(&failing);
        bool done = run_refused(&memory, &bench.plan, &bench.view);
        refused = failing.refused;
        ck_assert_msg(done || refused, "request %zu", n);
        ck_assert_uint_eq(memory.used, 0);
    }
    bench_release(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("by_tuple");
    TCase *all = tcase_create("all");
    tcase_add_test(all, keys_of_rows);
    tcase_add_test(all, rows_after_one_of_another_spelling_are_read);
    tcase_add_test(all, b4_too_many_combinations);
    tcase_add_test(all, every_refusal_is_said);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
