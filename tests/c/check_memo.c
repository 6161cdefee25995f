/* memo: equal cells lead where they led; other cells, other columns and a cleared memo know
 * nothing. */
#include <check.h>

#include "memo.h"
#include "test_memory.h"
#include "tstats.h"

/* A hunt's view and WHERE over one body, and the memo on top. */
struct bench {
    struct memory memory;
    struct hash_key key;
    struct plan plan;
    struct arena arena;
    struct view view;
    struct where where;
    struct record record;
    struct csv_reader reader;
    struct memo memo;
};

static void bench_init(struct bench *bench, const char *search)
{
    struct cfh_error error;
    *bench = (struct bench){.plan = {.memory = NULL}};
    memory_init(&bench->memory, NULL, 0);
    for (size_t i = 0; i < sizeof(bench->key.secret); i++)
        bench->key.secret[i] = (unsigned char)(i * 37 + 1);
    plan_init(&bench->plan, &bench->memory);
    ck_assert_int_eq(tstats_parse(&bench->plan, text_of(search), &error), CFH_OK);
    arena_init(&bench->arena, &bench->memory, 4096);
    ck_assert(view_init(&bench->view, &bench->plan, &bench->memory));
    ck_assert(where_compile(&bench->arena, &bench->plan, &bench->where));
    record_init(&bench->record, &bench->memory);
    csv_reader_init(&bench->reader, &bench->memory);
    memo_init(&bench->memo, &bench->key, &bench->memory);
}

static void bench_release(struct bench *bench)
{
    memo_release(&bench->memo);
    csv_reader_release(&bench->reader);
    record_release(&bench->record);
    view_release(&bench->view);
    arena_release(&bench->arena);
    plan_release(&bench->plan);
    ck_assert_uint_eq(bench->memory.used, 0);
}

static void take_row(struct bench *bench, struct csv_row *row)
{
    ck_assert_int_eq(csv_reader_next(&bench->reader, row), CFH_ROW);
    ck_assert_int_eq(csv_reader_split(&bench->reader, row), CFH_OK);
}

/* Begins a body with its header. */
static void begin(struct bench *bench, const char *body)
{
    struct csv_row row;
    bool changed;
    csv_reader_begin(&bench->reader);
    csv_reader_feed(&bench->reader, text_of(body));
    take_row(bench, &row);
    ck_assert_int_eq(record_set_header(&bench->record, &row, &changed), CFH_OK);
    view_bind(&bench->view, &bench->record);
    ck_assert(memo_bind(&bench->memo, &bench->view, &bench->where, &bench->record));
}

static const struct memo_entry *next(struct bench *bench)
{
    struct csv_row row;
    take_row(bench, &row);
    record_set_row(&bench->record, &row);
    return memo_find(&bench->memo, &bench->record);
}

#define HUNT "count from datamodel=Network_Traffic.All_Traffic where All_Traffic.dest_port=7844"

START_TEST(equal_cells_lead_where_they_led)
{
    struct bench bench;
    struct group group;
    bench_init(&bench, HUNT " by All_Traffic.user");
    begin(&bench, "dest_port,user,other\n7844,bob,1\n7844,bob,2\n7844,eve,1\n7843,bob,1\n");
    ck_assert_ptr_null(next(&bench));
    memo_keep(&bench.memo, &group);
    const struct memo_entry *entry = next(&bench); /* other is no column that decides */
    ck_assert_ptr_nonnull(entry);
    ck_assert_ptr_eq(entry->group, &group);
    ck_assert_ptr_null(next(&bench));
    memo_keep(&bench.memo, NULL);
    ck_assert_ptr_null(next(&bench));
    bench_release(&bench);
}
END_TEST

START_TEST(several_values_lead_elsewhere)
{
    struct bench bench;
    struct group one, several;
    bench_init(&bench, HUNT " by All_Traffic.user");
    begin(&bench, "dest_port,user,__mv_dest_port,__mv_user\n7844,bob,,\n7844,bob,,$a$;$b$\n"
                  "7844,bob,,\n7844,bob,,$a$;$b$\n7844,bob,,$a$;$c$\n7844,bob\n");
    ck_assert_ptr_null(next(&bench));
    memo_keep(&bench.memo, &one);
    ck_assert_ptr_null(next(&bench));
    memo_keep(&bench.memo, &several);
    const struct memo_entry *entry = next(&bench);
    ck_assert(entry != NULL && entry->group == &one);
    entry = next(&bench);
    ck_assert(entry != NULL && entry->group == &several);
    ck_assert_ptr_null(next(&bench));
    ck_assert_ptr_null(next(&bench)); /* a row that lacks cells */
    bench_release(&bench);
}
END_TEST

/* Of a bound it takes a share: rows beyond it are read again, and cost no group its memory. */
START_TEST(it_takes_its_share_of_a_bound)
{
    static const size_t shares[] = {20000, 200000, 1000000};
    for (size_t i = 0; i < 3; i++) {
        struct bench bench;
        char body[200], cell[] = "000";
        bench_init(&bench, HUNT " by All_Traffic.user");
        bench.memory.limit = shares[i] * MEMO_SHARE;
        size_t kept = 0;
        begin(&bench, "dest_port,user\n");
        for (size_t row = 0; row < 1000; row++) {
            for (size_t digit = 0, rest = row; digit < 3; digit++, rest /= 10)
                cell[digit] = (char)('0' + rest % 10);
            memset(body, 'x', sizeof(body));
            memcpy(body, "7844,", 5);
            memcpy(body + 5, cell, 3);
            body[sizeof(body) - 1] = '\n';
            csv_reader_feed(&bench.reader, (struct slice){body, sizeof(body)});
            next(&bench);
            memo_keep(&bench.memo, NULL);
            csv_reader_feed(&bench.reader, (struct slice){body, sizeof(body)});
            kept += next(&bench) != NULL;
            ck_assert_uint_le(bench.memo.held, shares[i]);
        }
        ck_assert(i == 0 ? kept == 0 : i == 1 ? kept > 50 && kept < 500 : kept == 1000);
        memo_clear(&bench.memo);
        ck_assert_uint_eq(bench.memo.held, 0);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(a_row_that_leads_nowhere_is_known_too)
{
    struct bench bench;
    bench_init(&bench, HUNT " by All_Traffic.user");
    begin(&bench, "dest_port,user\n80,bob\n80,bob\n");
    ck_assert_ptr_null(next(&bench));
    memo_keep(&bench.memo, NULL);
    const struct memo_entry *entry = next(&bench);
    ck_assert_ptr_nonnull(entry);
    ck_assert_ptr_null(entry->group);
    bench_release(&bench);
}
END_TEST

/* What an eval reads decides, too: vendor makes vendor_product (M2), as its sourcetype does. */
START_TEST(inputs_of_evals_decide)
{
    static const char *const bodies[] = {
        "dest_port,vendor\n1,ACME\n1,Other\n",
        "dest_port,All_Traffic.product\n1,ACME\n1,Other\n",
        "dest_port,sourcetype\n1,ACME\n1,Other\n",
        "dest_port,user,__mv_user\n1,a,\n1,a,$a$;$b$\n",
        "dest_port,All_Traffic.user,user\n1,,a\n1,a,a\n",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct bench bench;
        struct group group;
        bench_init(&bench, HUNT " by All_Traffic.user All_Traffic.vendor_product");
        begin(&bench, bodies[i]);
        ck_assert_ptr_null(next(&bench));
        memo_keep(&bench.memo, &group);
        ck_assert_msg(next(&bench) == NULL, "%s", bodies[i]);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(what_cannot_be_kept_is_not)
{
    struct bench bench;
    struct group group;
    static char body[3 * MEMO_KEY_MAX];
    bench_init(&bench, HUNT " by All_Traffic.user");
    begin(&bench, "dest_port,other,user\n7844\n7844\n"); /* cells are missing */
    ck_assert_ptr_null(next(&bench));
    memo_keep(&bench.memo, &group);
    ck_assert_ptr_null(next(&bench));
    memset(body, 'x', sizeof(body) - 1);
    memcpy(body, "dest_port,user\n1,", 17);
    body[17 + MEMO_KEY_MAX] = '\n'; /* a key that is too long */
    begin(&bench, body);
    ck_assert_ptr_null(next(&bench));
    memo_keep(&bench.memo, &group);
    ck_assert_ptr_null(bench.memo.entries);
    bench_release(&bench);
}
END_TEST

START_TEST(a_cleared_memo_and_other_columns_know_nothing)
{
    struct bench bench;
    struct group group;
    bench_init(&bench, HUNT " by All_Traffic.user");
    begin(&bench, "dest_port,user\n1,a\n1,a\n1,a\n");
    ck_assert_ptr_null(next(&bench));
    memo_keep(&bench.memo, &group);
    ck_assert_ptr_nonnull(next(&bench));
    memo_clear(&bench.memo);
    ck_assert_ptr_null(next(&bench));
    memo_keep(&bench.memo, &group);
    begin(&bench, "user,dest_port\n1,a\n");
    ck_assert_ptr_null(next(&bench));
    bench_release(&bench);
}
END_TEST

START_TEST(a_model_of_the_site_has_no_memo)
{
    struct bench bench;
    bench_init(&bench, "count from datamodel=Site.Logs where Logs.port=1");
    begin(&bench, "port\n1\n");
    ck_assert(!bench.memo.usable);
    bench_release(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memo");
    TCase *rows = tcase_create("rows");
    tcase_add_test(rows, equal_cells_lead_where_they_led);
    tcase_add_test(rows, several_values_lead_elsewhere);
    tcase_add_test(rows, it_takes_its_share_of_a_bound);
    tcase_add_test(rows, a_row_that_leads_nowhere_is_known_too);
    tcase_add_test(rows, inputs_of_evals_decide);
    tcase_add_test(rows, what_cannot_be_kept_is_not);
    tcase_add_test(rows, a_cleared_memo_and_other_columns_know_nothing);
    tcase_add_test(rows, a_model_of_the_site_has_no_memo);
    suite_add_tcase(suite, rows);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
