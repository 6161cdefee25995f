#include "where.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"
#include "tstats.h"

enum { BLOCK_SIZE = 1024 };

static struct memory memory;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
}

static void tear_down(void)
{
    ck_assert_uint_eq(memory.used, 0);
}

/* A search of a model that is not in the tables: its fields come without evals, so null stays null.
 */
#define UNKNOWN_MODEL "count from datamodel=Site.Events where "
#define TRAFFIC "count from datamodel=Network_Traffic.All_Traffic where "
#define KEEP "include_events_omitted_when_filtering_numeric_values=true "

struct hunt {
    struct plan plan;
    struct arena arena;
    struct where where;
    struct view view;
    struct rows rows;
};

static enum cfh_status hunt_open(struct hunt *hunt, struct memory *from, const char *search,
                                 const char *body)
{
    struct cfh_error error = {.code = CFH_OK};
    plan_init(&hunt->plan, from);
    rows_init(&hunt->rows, from);
    arena_init(&hunt->arena, from, BLOCK_SIZE);
    hunt->view = (struct view){.plan = &hunt->plan};
    enum cfh_status status = tstats_parse(&hunt->plan, text_of(search), &error);
    if (status == CFH_BAD_PLAN) ck_abort_msg("%s: %s", search, error.sentence);
    if (status != CFH_OK) return status;
    if (!view_init(&hunt->view, &hunt->plan, from)) return CFH_NO_MEMORY;
    if (!where_compile(&hunt->arena, &hunt->plan, &hunt->where)) return CFH_NO_MEMORY;
    status = rows_begin(&hunt->rows, body);
    if (status == CFH_OK) view_bind(&hunt->view, &hunt->rows.record);
    if (status == CFH_OK) status = rows_next(&hunt->rows);
    return status == CFH_OK ? view_open(&hunt->view, &hunt->rows.record) : status;
}

static void hunt_close(struct hunt *hunt)
{
    view_release(&hunt->view);
    rows_release(&hunt->rows);
    arena_release(&hunt->arena);
    plan_release(&hunt->plan);
}

static bool passes(const char *search, const char *body)
{
    struct hunt hunt;
    bool passed;
    ck_assert_int_eq(hunt_open(&hunt, &memory, search, body), CFH_OK);
    ck_assert_int_eq(where_passes(&hunt.where, &hunt.view, &passed), CFH_OK);
    hunt_close(&hunt);
    return passed;
}

/* ---- one row, columns a b c d and m (a multivalue); e is there and null ---- */

static const char row[] = "a,b,c,d,e,m,__mv_m\n1,2,text,,,\"x\ny\",$x$;$7844$\n";

struct condition {
    const char *where;
    bool passes;
};

static const struct condition conditions[] = {
    /* W1: OR binds tighter than AND */
    {"a=1 OR a=9 b=9", false},
    {"b=9 a=1 OR a=9", false},
    {"a=9 OR b=2 AND c=text", true},
    {"a=1 OR b=9 AND c=x OR b=9", false},
    {"a=1 OR (b=9 c=x)", true},
    {"(a=1 OR b=9) c=x", false},
    {"a=1 b=2 c=text", true},
    {"a=1 AND b=2 AND c=x", false},
    /* W1: NOT first of all */
    {"NOT a=1 OR b=2", true},
    {"NOT (a=1 OR b=9)", false},
    {"NOT a=9 b=2", true},
    {"NOT NOT a=1", true},
    {"NOT NOT NOT a=1", false},
    /* De Morgan */
    {"NOT (a=1 b=9)", true},
    {"NOT (a=1 b=2)", false},
    {"NOT (a=9 OR b=9)", true},
    {"NOT (NOT a=1 OR NOT b=2)", true},
    {"NOT (a=9 OR NOT (b=2 c=text))", true},
    {"NOT (NOT (a=1 b=2))", true},
    /* W2, W3, W4, W5 by way of the tree */
    {"a=1.0", false},
    {"\"a\"=\"1\"", true},
    {"c=TEXT", true},
    {"c=t*t", true},
    {"c!=t*", false},
    {"b>1.5 b<=2", true},
    {"b>10", false},
    /* W7 */
    {"a IN (9, 1)", true},
    {"a IN (9 8)", false},
    {"c IN (x, t*)", true},
    {"NOT a IN (9, 8)", true},
    {"NOT a IN (9, 1)", false},
    {"d IN (*)", false},
    /* W11 */
    {"*", true},
    {"NOT *", false},
    {"* a=9", false},
    {"* OR a=9", true},
    /* B4: any value of a multivalue */
    {"m=x m=7844", true},
    {"m=y", false}, /* the values, not the text */
    {"m!=x", true},
    {"NOT m=x", false},
    {"NOT m=z", true},
    {"m IN (z, 7844)", true},
    {"m>7000", true},
    /* W6: d and e are null */
    {"d=1", false},
    {"d!=1", false},
    {"d!=x", false},
    {"d=*", false},
    {"d!=*", false},
    {"NOT d=*", true},
    {"NOT a=*", false},
    {"NOT d!=*", true},
    {"NOT d=x", true},
    {"NOT e=x", true},
    {"NOT nowhere=x", true},
    {"NOT d!=x", true},
    {"NOT d<x", true},
    {"NOT d IN (x, y)", true},
    {"NOT d=\"\"", true},
};

START_TEST(W1_to_W7_and_W11)
{
    for (size_t i = 0; i < COUNT_OF(conditions); i++) {
        char search[256] = UNKNOWN_MODEL;
        strcat(search, conditions[i].where);
        ck_assert_msg(passes(search, row) == conditions[i].passes, "%s", conditions[i].where);
    }
}
END_TEST

struct omission {
    const char *where;
    bool passes;      /* by default: what a number filters out is out where the field is null */
    bool passes_kept; /* with the option */
};

static const struct omission omissions[] = {
    {"NOT d=7844", false, true},
    {"NOT d=-1.5e3", false, true},
    {"NOT d!=7844", false, true},
    {"NOT d<1", false, true},
    {"NOT d>=1", false, true},
    {"NOT \"d\"=\"7844\"", false, true},
    {"NOT d IN (1, 2)", false, true},
    {"NOT d IN (x, 2)", false, true}, /* one number is enough */
    {"NOT d IN (2, x)", false, true},
    {"NOT (d=7844 OR a=9)", false, true},
    {"NOT (d=7844 a=9)", true, true},
    {"NOT NOT d=7844", false, false},
    {"NOT NOT NOT d=7844", false, true},
    {"NOT (NOT d=7844)", false, false},
    {"NOT (NOT d!=7844)", false, false},
    {"d=7844", false, false},
    {"d!=7844", false, false},
    /* no number */
    {"NOT d=784*", true, true},
    {"NOT d=0x10", true, true},
    {"NOT d=\"7844 \"", true, true},
    {"NOT d=*", true, true},
    /* not null */
    {"NOT a=7844", true, true},
    {"NOT a=1", false, false},
    {"NOT c=7844", true, true},
    {"NOT m=7844", false, false},
    {"NOT a!=1", true, true},
};

START_TEST(W6_numeric_filter_values)
{
    for (size_t i = 0; i < COUNT_OF(omissions); i++) {
        char search[256] = UNKNOWN_MODEL, kept[256] = KEEP UNKNOWN_MODEL;
        strcat(search, omissions[i].where);
        strcat(kept, omissions[i].where);
        ck_assert_msg(passes(search, row) == omissions[i].passes, "%s", omissions[i].where);
        ck_assert_msg(passes(kept, row) == omissions[i].passes_kept, "kept: %s",
                      omissions[i].where);
    }
}
END_TEST

/* "it cannot matter for the seed (dest_port is never null in the model)" */
START_TEST(W6_what_the_model_fills_is_not_null)
{
    static const char events[] = "user,dest_ip\nbob,\n";
    ck_assert(passes(TRAFFIC "NOT All_Traffic.dest_port=7844", events));
    ck_assert(passes(TRAFFIC "All_Traffic.dest_port!=7844", events));
    ck_assert(passes(TRAFFIC "All_Traffic.dest_port=0", events));
    ck_assert(passes(TRAFFIC "All_Traffic.action=unknown", events));
    ck_assert(!passes(TRAFFIC "NOT All_Traffic.dest_ip=1", events));
    ck_assert(passes(KEEP TRAFFIC "NOT All_Traffic.dest_ip=1", events));
}
END_TEST

START_TEST(W13_metadata_are_the_events_own)
{
    static const char events[] = "dest_port,index,host,sourcetype\n7844,main,box,XmlWinEventLog\n";
    ck_assert(passes(TRAFFIC "All_Traffic.dest_port=7844 index=main host=BOX", events));
    ck_assert(!passes(TRAFFIC "All_Traffic.dest_port=7844 index=other", events));
    ck_assert(passes(TRAFFIC "All_Traffic.dest_port=7844 sourcetype=xml*", events));
}
END_TEST

START_TEST(W12_nodename_is_the_dataset)
{
    static const char events[] = "dest_port,nodename\n7844,Other\n";
    ck_assert(passes(TRAFFIC "All_Traffic.dest_port=7844 (nodename = All_Traffic)", events));
    ck_assert(!passes(TRAFFIC "nodename!=All_Traffic All_Traffic.dest_port=*", events));
    ck_assert(passes("count from datamodel=Network_Traffic where nodename=All_Traffic", events));
}
END_TEST

START_TEST(no_where_is_everything)
{
    ck_assert(passes("count from datamodel=Network_Traffic.All_Traffic", "user\nbob\n"));
}
END_TEST

/* ---- the terms one by one ---- */

START_TEST(terms_are_counted_by_themselves)
{
    struct hunt hunt;
    ck_assert_int_eq(hunt_open(&hunt, &memory,
                               UNKNOWN_MODEL "NOT a=1 OR b IN (2, 3) c!=x OR d=1 NOT (a=9 OR *)",
                               row),
                     CFH_OK);
    static const uint64_t expected[] = {1, 1, 1, 0, 0};
    uint64_t counts[5] = {0};
    ck_assert_uint_eq(hunt.plan.term_count, 5);
    for (uint64_t times = 1; times <= 2; times++) {
        ck_assert_int_eq(where_count_terms(&hunt.where, &hunt.view, counts), CFH_OK);
        for (size_t i = 0; i < 5; i++)
            ck_assert_uint_eq(counts[i], expected[i] * times);
    }
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(hunt.where.terms[i].node->term, i);
    hunt_close(&hunt);
}
END_TEST

START_TEST(no_terms_no_counts)
{
    struct hunt hunt;
    ck_assert_int_eq(hunt_open(&hunt, &memory, UNKNOWN_MODEL "*", row), CFH_OK);
    ck_assert_int_eq(where_count_terms(&hunt.where, &hunt.view, NULL), CFH_OK);
    hunt_close(&hunt);
}
END_TEST

/* ---- refused memory ---- */

START_TEST(every_refusal_is_told)
{
    static const char events[] = "dest_port,transport,__mv_transport\n7844,TCP,$TCP$;$Udp$\n";
    static const char search[] = TRAFFIC "All_Traffic.dest_port IN (1, 7*4) OR All_Traffic.src=x "
                                         "NOT All_Traffic.transport=*x*";
    struct failing_source failing = {.refused = true};
    size_t refusals = 0;
    for (size_t n = 0; failing.refused; n++) {
        failing = (struct failing_source){.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct hunt hunt;
        bool passed = false;
        uint64_t counts[3] = {0};
        enum cfh_status status = hunt_open(&hunt, &refusing, search, events);
        if (status == CFH_OK) status = where_passes(&hunt.where, &hunt.view, &passed);
        if (status == CFH_OK) status = where_count_terms(&hunt.where, &hunt.view, counts);
        ck_assert(status == CFH_OK ? passed : failing.refused && status == CFH_NO_MEMORY);
        refusals += status != CFH_OK;
        hunt_close(&hunt);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_ge(refusals, 5);
}
END_TEST

/* The arena's own blocks are few; here each request needs one. */
START_TEST(every_refusal_of_compiling_is_told)
{
    struct hunt hunt;
    ck_assert_int_eq(hunt_open(&hunt, &memory, UNKNOWN_MODEL "a=x*y NOT b IN (1, 2) c<3", row),
                     CFH_OK);
    struct failing_source failing = {.refused = true};
    size_t n = 0;
    for (; failing.refused; n++) {
        failing = (struct failing_source){.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct arena small;
        struct where where;
        arena_init(&small, &refusing, 1);
        ck_assert(where_compile(&small, &hunt.plan, &where) != failing.refused);
        arena_release(&small);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_ge(n, 8);
    hunt_close(&hunt);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("where");
    TCase *cases = tcase_create("where");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, W1_to_W7_and_W11);
    tcase_add_test(cases, W6_numeric_filter_values);
    tcase_add_test(cases, W6_what_the_model_fills_is_not_null);
    tcase_add_test(cases, W13_metadata_are_the_events_own);
    tcase_add_test(cases, W12_nodename_is_the_dataset);
    tcase_add_test(cases, no_where_is_everything);
    tcase_add_test(cases, terms_are_counted_by_themselves);
    tcase_add_test(cases, no_terms_no_counts);
    tcase_add_test(cases, every_refusal_is_told);
    tcase_add_test(cases, every_refusal_of_compiling_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
