#include "where.h"

#include <check.h>
#include <stdio.h>
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

/* ---- one row: m is a multivalue, d and e are null, n is an address and t the text of a network */

static const char row[] = "a,b,c,d,e,m,__mv_m,n,t\n"
                          "1,2,text,,,\"x\ny\",$x$;$7844$,10.1.2.3,10.0.0.0/8\n";

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
    /* W10: addresses lie in a network or not, other texts are compared as texts */
    {"n=10.0.0.0/8", true},
    {"n=10.1.2.0/25", true},
    {"n=10.1.2.128/25", false},
    {"n!=10.0.0.0/8", false},
    {"n!=11.0.0.0/8", true},
    {"NOT n=11.0.0.0/8", true},
    {"n IN (11.0.0.0/8, 10.0.0.0/8)", true},
    {"n=0::/0", false},
    {"c=10.0.0.0/8", false},
    {"c!=10.0.0.0/8", true},
    {"t=10.0.0.0/8", true},
    {"d=0.0.0.0/0", false},
    {"d!=0.0.0.0/0", false},
    {"NOT d=10.0.0.0/8", true}, /* no numeric value */
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

/* ---- datasets (W12, J) ---- */

struct membership {
    const char *search, *body;
    bool passes;
};

#define CHANGE "count from datamodel=Change"
#define LOGINS "count from datamodel=Authentication"
#define BLOCKED "Network_Traffic.Blocked_Traffic"

static const struct membership memberships[] = {
    /* a root without demands is always true; a column of that name is not asked */
    {TRAFFIC "nodename=All_Traffic", "user,nodename\nbob,Other\n", true},
    {TRAFFIC "NOT nodename=All_Traffic", "user\nbob\n", false},
    {TRAFFIC "All_Traffic.user=bob (nodename = All_Traffic)", "user\nbob\n", true},
    {UNKNOWN_MODEL "nodename=Events", "a\n1\n", true},
    /* a child: its demands and its parents', before the search's own WHERE */
    {"count from datamodel=" BLOCKED " where All_Traffic.user=b", "action,user\nblocked,b\n", true},
    {"count from datamodel=" BLOCKED " where All_Traffic.user=b", "action,user\nblocked,c\n",
     false},
    {"count from datamodel=" BLOCKED " where All_Traffic.user=b", "action,user\nallowed,b\n",
     false},
    {"count from datamodel=" BLOCKED " where All_Traffic.user=b OR All_Traffic.user=c",
     "action,user\nallowed,b\n", false},
    {"count from datamodel=" BLOCKED, "All_Traffic.action\nBlocked\n", true},
    {"count from datamodel=" BLOCKED, "user\nb\n", false}, /* action is unknown */
    {"count from datamodel=Network_Traffic.Traffic_By_Action", "user\nb\n", true},
    {TRAFFIC "nodename=Blocked_Traffic", "action\nblocked\n", true},
    {TRAFFIC "nodename=Blocked_Traffic", "action\nallowed\n", false},
    {TRAFFIC "nodename=All_Traffic.Traffic_By_Action.Blocked_Traffic", "action\nblocked\n", true},
    {TRAFFIC "nodename=Blocked_Traffic OR All_Traffic.user=b", "action,user\nx,b\n", true},
    {TRAFFIC "NOT nodename=Blocked_Traffic", "action\nblocked\n", false},
    {TRAFFIC "NOT nodename=Blocked_Traffic", "action\nallowed\n", true},
    {TRAFFIC "nodename IN (Blocked_Traffic, Allowed_Traffic)", "action\nallowed\n", true},
    {TRAFFIC "nodename IN (Blocked_Traffic, Allowed_Traffic)", "action\nteardown\n", false},
    /* tags: any of the row's, bare or prefixed, and a grandchild has all of its line's */
    {CHANGE ".Account_Management", "user,tag\nb,account\n", true},
    {CHANGE ".Account_Management", "user,tag,__mv_tag\nb,x,$change$;$account$\n", true},
    {CHANGE ".Account_Management", "user,All_Changes.tag\nb,account\n", true},
    {CHANGE ".Account_Management", "user,tag\nb,network\n", false},
    {CHANGE ".Account_Management", "user\nb\n", false},
    {CHANGE ".Accounts_Created", "tag,action\naccount,created\n", true},
    {CHANGE ".Accounts_Created", "tag,action\naccount,deleted\n", false},
    {CHANGE ".Accounts_Created", "tag,action\nnetwork,created\n", false},
    {CHANGE " where nodename=All_Changes.Account_Management.Accounts_Created",
     "tag,action\naccount,created\n", true},
    /* what a root itself demands */
    {CHANGE ".All_Changes", "user,object_category\nb,user\n", true},
    {CHANGE ".All_Changes", "user,object_category\nb,file\n", false},
    {CHANGE ".All_Changes", "user,object_category\nb,Registry\n", false},
    {CHANGE ".All_Changes", "user\nb\n", true},
    {CHANGE " where nodename=All_Changes", "object_category\nfile\n", false},
    {CHANGE " where NOT nodename=All_Changes", "object_category\nfile\n", false},
    {CHANGE " where All_Changes.user=*", "user,object_category\nb,directory\n", false},
    {LOGINS, "action,user\nsuccess,BOX$\n", false},
    {LOGINS, "action,user\nfailure,BOX$\n", true},
    {LOGINS, "action,user\nsuccess,bob\n", true},
    {LOGINS, "action\nsuccess\n", true},
    {LOGINS ".Failed_Authentication", "action,user\nfailure,BOX$\n", true},
    {LOGINS ".Successful_Authentication", "action,user\nsuccess,BOX$\n", false},
};

START_TEST(W12_J_what_a_dataset_demands)
{
    for (size_t i = 0; i < COUNT_OF(memberships); i++)
        ck_assert_msg(passes(memberships[i].search, memberships[i].body) == memberships[i].passes,
                      "%s on %s", memberships[i].search, memberships[i].body);
}
END_TEST

/* ---- long lists (W7) ---- */

#define EIGHT "v1, v2, v3, v4, v5, v6, v7, v8"

struct listing {
    const char *list; /* of a IN (...) */
    const char *value;
    bool passes;
};

/* Up to eight plain values are compared one by one, nine and more are looked up in a table:
 * nothing else may differ. */
static const struct listing listings[] = {
    {EIGHT, "v8", true},
    {EIGHT, "v9", false},
    {EIGHT ", v9", "v1", true},
    {EIGHT ", v9", "V9", true},
    {EIGHT ", V9", "v9", true},
    {EIGHT ", v9", "v", false},
    {EIGHT ", v9", "v10", false},
    {EIGHT ", v1, v1, v1", "v1", true},
    {EIGHT ", v1, v1, v1", "v2x", false},
    {EIGHT ", \"\"", "$$", true}, /* an empty value is a value */
    {EIGHT ", v9", "$$", false},
    {EIGHT ", v9", "", false},
    {EIGHT ", v9", "$x$;$v9$", true},
    {EIGHT ", v9", "$x$;$y$", false},
    {EIGHT ", v9, 1", "1.0", false}, /* W2: texts */
    /* beside the table: wildcards and networks */
    {EIGHT ", v9, x*", "xyz", true},
    {EIGHT ", v9, *", "xyz", true},
    {EIGHT ", v9, x*", "ax", false},
    {EIGHT ", v9, x*", "v3", true},
    {EIGHT ", v9, 10.0.0.0/8", "10.9.8.7", true},
    {EIGHT ", v9, 10.0.0.0/8", "11.9.8.7", false},
    {EIGHT ", v9, 10.0.0.0/8", "10.0.0.0/8", true},
    {EIGHT ", x*, y*, z*", "v8", true}, /* eight plain ones: no table */
    {EIGHT ", \xc3\x84", "\xc3\x84", true},
    {EIGHT ", \xc3\x84", "\xc3\xa4", false}, /* W4: ASCII alone is folded */
};

START_TEST(W7_a_long_list_gives_what_a_short_one_gives)
{
    for (size_t i = 0; i < COUNT_OF(listings); i++) {
        const struct listing *l = &listings[i];
        bool multivalue = l->value[0] == '$';
        char body[128], search[256] = UNKNOWN_MODEL "a IN (",
                        negated[256] = UNKNOWN_MODEL "NOT a IN (";
        strcat(strcat(search, l->list), ")");
        strcat(strcat(negated, l->list), ")");
        strcpy(body, "a,__mv_a,b\n");
        strcat(strcat(body, multivalue ? "x," : ""), l->value);
        strcat(body, multivalue ? ",1\n" : ",,1\n");
        if (l->value[0] == '$' && l->value[1] == '$') strcpy(body, "a,__mv_a,b\n,$$,1\n");
        ck_assert_msg(passes(search, body) == l->passes, "%s: %s", l->list, l->value);
        bool null_and_number = l->value[0] == '\0' && strstr(l->list, ", 1") != NULL;
        ck_assert_msg(passes(negated, body) == (!l->passes && !null_and_number), "NOT %s: %s",
                      l->list, l->value);
    }
}
END_TEST

/* Q: one numeric value in a negated list is enough, in whichever of the two ways it is looked up;
 * an address or a network is no number. */
START_TEST(W6_long_lists)
{
    static const char *const numeric[] = {EIGHT ", 9", EIGHT ", v9, -1.5e3", ("1, " EIGHT)};
    static const char *const plain[] = {EIGHT ", v9", EIGHT ", v9, 10.0.0.0/8", EIGHT ", 10.0.0.1",
                                        EIGHT ", v9, 1*"};
    for (size_t i = 0; i < COUNT_OF(numeric); i++) {
        char search[256] = UNKNOWN_MODEL "NOT d IN (", kept[256] = KEEP UNKNOWN_MODEL "NOT d IN (";
        ck_assert(!passes(strcat(strcat(search, numeric[i]), ")"), row));
        ck_assert(passes(strcat(strcat(kept, numeric[i]), ")"), row));
    }
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        char search[256] = UNKNOWN_MODEL "NOT d IN (";
        ck_assert(passes(strcat(strcat(search, plain[i]), ")"), row));
    }
}
END_TEST

/* A list of thousands: each of its values is found, and none that is not in it. */
START_TEST(W7_thousands_of_values)
{
    enum { MANY = 5000 };
    struct buffer search, body;
    char text[32];
    buffer_init(&search, &memory);
    buffer_init(&body, &memory);
    bool done =
        buffer_append(&search, SLICE(UNKNOWN_MODEL "a IN (")) && buffer_append(&body, SLICE("a\n"));
    for (size_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), i % 2 == 0 ? "Value%zu\n" : "other value %zu\n", i);
        done = done && buffer_append(&body, text_of(text));
        if (i % 2 == 0)
            done = done && buffer_append(&search, SLICE(" ")) &&
                   buffer_append(&search, (struct slice){text, strlen(text) - 1});
    }
    ck_assert(done && buffer_append(&search, SLICE(")\0")) && buffer_append(&body, SLICE("\0")));
    struct hunt hunt;
    ck_assert_int_eq(hunt_open(&hunt, &memory, search.bytes, body.bytes), CFH_OK);
    ck_assert_uint_eq(hunt.where.terms[0].match_count, 0);
    ck_assert_uint_ge(hunt.where.terms[0].capacity, MANY);
    size_t passed = 0, wrong = 0;
    for (size_t i = 0; i < MANY; i++) {
        bool passes_here;
        if (i > 0) {
            ck_assert_int_eq(rows_next(&hunt.rows), CFH_OK);
            ck_assert_int_eq(view_open(&hunt.view, &hunt.rows.record), CFH_OK);
        }
        ck_assert_int_eq(where_passes(&hunt.where, &hunt.view, &passes_here), CFH_OK);
        passed += passes_here;
        wrong += passes_here != (i % 2 == 0);
    }
    ck_assert_uint_eq(passed, MANY / 2);
    ck_assert_uint_eq(wrong, 0);
    hunt_close(&hunt);
    buffer_release(&search);
    buffer_release(&body);
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
    ck_assert_int_eq(hunt_open(&hunt, &memory,
                               UNKNOWN_MODEL "a=x*y NOT b IN (1, 2) c<3 d IN (" EIGHT ", 9, 1*)",
                               row),
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
    ck_assert_uint_ge(n, 20);
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
    tcase_add_test(cases, W12_J_what_a_dataset_demands);
    tcase_add_test(cases, W7_a_long_list_gives_what_a_short_one_gives);
    tcase_add_test(cases, W6_long_lists);
    tcase_add_test(cases, W7_thousands_of_values);
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
