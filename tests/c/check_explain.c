#include "explain.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"
#include "text.h"
#include "tstats.h"

static struct memory memory;
static struct plan plan;
static struct buffer body;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    plan_init(&plan, &memory);
    buffer_init(&body, &memory);
}

static void tear_down(void)
{
    plan_release(&plan);
    buffer_release(&body);
    ck_assert_uint_eq(memory.used, 0);
}

static void explain(const char *search)
{
    struct cfh_error error = {.code = CFH_OK};
    plan_release(&plan);
    ck_assert_msg(tstats_parse(&plan, text_of(search), &error) == CFH_OK, "%s: %s", search,
                  error.sentence);
    buffer_clear(&body);
    ck_assert(explain_plan(&plan, &body));
}

/* The rows of one part as item=value, each with a LF behind it, as a CSV reader reads them. */
static const char *rows_of(const char *part)
{
    static char list[8192];
    static char text[16384];
    struct rows rows;
    size_t length = 0;
    ck_assert_uint_lt(body.length, sizeof(text));
    memcpy(text, body.bytes, body.length);
    text[body.length] = '\0';
    rows_init(&rows, &memory);
    ck_assert_int_eq(rows_begin(&rows, text), CFH_OK);
    ck_assert_uint_eq(rows.record.column_count, 3);
    while (rows_next(&rows) == CFH_OK) {
        struct values cells[3];
        for (size_t i = 0; i < 3; i++)
            ck_assert_int_eq(record_values(&rows.record, i, &cells[i]), CFH_OK);
        ck_assert_uint_eq(cells[0].count, 1);
        if (!slice_is(cells[0].items[0], part)) continue;
        for (size_t i = 1; i < 3; i++) {
            struct slice cell = cells[i].count > 0 ? cells[i].items[0] : (struct slice){"", 0};
            ck_assert_uint_lt(length + cell.length + 2, sizeof(list));
            if (cell.length > 0) memcpy(list + length, cell.bytes, cell.length);
            length += cell.length;
            list[length++] = i == 1 ? '=' : '\n';
        }
    }
    list[length] = '\0';
    rows_release(&rows);
    return list;
}

static void part_is(const char *search, const char *part, const char *expected)
{
    explain(search);
    const char *rows = rows_of(part);
    ck_assert_msg(strcmp(rows, expected) == 0, "%s of %s:\n%s", part, search, rows);
}

#define OMITTED "include_events_omitted_when_filtering_numeric_values"
#define HUNT "count from datamodel=Network_Traffic.All_Traffic"

START_TEST(a_whole_explanation)
{
    explain("explain=true hyphen=ip count as n from datamodel=Network_Traffic.All_Traffic where "
            "All_Traffic.dest_port=7844 by All_Traffic.src "
            "| `drop_dm_object_name(All_Traffic)`");
    ck_assert(slice_is(
        buffer_slice(&body),
        "part,item,value\n"
        "option,hyphen,ip\n"
        "option,entities,raw\n"
        "option,dest,host\n"
        "option,\"" OMITTED "\",false\n"
        "option,\"fillnull_value\",\"(none: a row with a null BY field is left out)\"\n"
        "function,n,count\n"
        "from,datamodel,\"Network_Traffic.All_Traffic\"\n"
        "from,known,\"yes: its defaults and evals are applied\"\n"
        "from,\"raw events\",\"Microsoft-Windows-Sysmon EventID 3\"\n"
        "from,\"raw events\",\"Linux-Sysmon EventID 3\"\n"
        "where,,\"\"\"All_Traffic.dest_port\"\"=\"\"7844\"\" (the whole text, case ignored)\"\n"
        "by,src,\n"
        "index,word,7844\n"
        "plan,canonical,\"hyphen=ip entities=raw dest=host " OMITTED "=false count as \"\"n\"\" "
        "from datamodel=Network_Traffic.All_Traffic where \"\"All_Traffic.dest_port\"\"="
        "\"\"7844\"\" by \"\"All_Traffic.src\"\" | "
        "`drop_dm_object_name(\"\"All_Traffic\"\")`\"\n"));
}
END_TEST

START_TEST(options)
{
    part_is("hyphen=null entities=decode dest=computer maxmem=64 " OMITTED "=t "
            "fillnull_value=\"a b\" " HUNT,
            "option",
            "hyphen=null\nentities=decode\ndest=computer\n" OMITTED
            "=true\nfillnull_value=a b\nmaxmem=64\n");
    part_is("fillnull_value=\"\" " HUNT, "option",
            "hyphen=keep\nentities=raw\ndest=host\n" OMITTED "=false\nfillnull_value=\n");
}
END_TEST

START_TEST(T5_functions)
{
    part_is("count Count(x) max(\"a b\") as \"m n\" perc99.9(D.x) from datamodel=M.D", "function",
            "count=count\ncount(x)=count(x)\nm n=max(a b)\nperc99.9(D.x)=perc99.9(D.x)\n");
}
END_TEST

#define KNOWN "known=yes: its defaults and evals are applied\n"
#define UNKNOWN "known=no: fields are taken as they come\n"
#define SYSMON "raw events=Microsoft-Windows-Sysmon EventID 3\nraw events=Linux-Sysmon EventID 3\n"

START_TEST(models)
{
    part_is("count from datamodel=Network_Traffic", "from",
            "datamodel=Network_Traffic\n" KNOWN SYSMON);
    /* a child has the profiles of its parents */
    part_is("count from datamodel=Network_Traffic.Allowed_Traffic", "from",
            "datamodel=Network_Traffic.Allowed_Traffic\n" KNOWN SYSMON);
    part_is("count from datamodel=Endpoint.Processes", "from",
            "datamodel=Endpoint.Processes\n" KNOWN);
    part_is("count from datamodel=Site.Logs", "from", "datamodel=Site.Logs\n" UNKNOWN);
    part_is("count from datamodel=Network_Traffic.Other", "from",
            "datamodel=Network_Traffic.Other\n" UNKNOWN);
    part_is("count from datamodel=Site", "from", "datamodel=Site\n" UNKNOWN);
}
END_TEST

struct form {
    const char *where, *rows;
};

#define WHOLE " (the whole text, case ignored)\n"

static const struct form forms[] = {
    {"a=1", "=\"a\"=\"1\"" WHOLE},
    {"a!=x", "=\"a\"!=\"x\"" WHOLE},
    {"a=\"\"", "=\"a\"=\"\"" WHOLE},
    {"a=*", "=\"a\"=\"*\" (any value)\n"},
    {"a=x*y", "=\"a\"=\"x*y\" (wildcards, case ignored)\n"},
    {"a!=**", "=\"a\"!=\"**\" (wildcards, case ignored)\n"},
    {"a=10.0.0.0/8", "=\"a\"=\"10.0.0.0/8\" (addresses in this network)\n"},
    {"a!=fe80::/10", "=\"a\"!=\"fe80::/10\" (addresses in this network)\n"},
    {"a=10.0.0.0/33", "=\"a\"=\"10.0.0.0/33\"" WHOLE},
    {"a<5", "=\"a\"<\"5\" (by number, text by bytes, case ignored)\n"},
    {"a>=-1.5e3", "=\"a\">=\"-1.5e3\" (by number, text by bytes, case ignored)\n"},
    {"a>x", "=\"a\">\"x\" (by bytes, case ignored)\n"},
    {"a<=10.0.0.0/8", "=\"a\"<=\"10.0.0.0/8\" (by bytes, case ignored)\n"},
    /* W7: a list of texts is one set; else each value is told */
    {"a IN (1, b)", "=\"a\" IN (\"1\", \"b\") (any of these whole texts, case ignored)\n"},
    {"NOT a IN (1, b*, 10.0.0.0/8)",
     "=not\n=  \"a\" IN (\"1\", \"b*\", \"10.0.0.0/8\") (any of these)\n=    \"a\"=\"1\"" WHOLE
     "=    \"a\"=\"b*\" (wildcards, case ignored)\n"
     "=    \"a\"=\"10.0.0.0/8\" (addresses in this network)\n"},
    {"*", "=*\n"},
    /* W1: the tree, its children indented */
    {"a=1 OR b=2 c=3",
     "=all of\n=  any of\n=    \"a\"=\"1\"" WHOLE "=    \"b\"=\"2\"" WHOLE "=  \"c\"=\"3\"" WHOLE},
    {"NOT (a=1 NOT *)", "=not\n=  all of\n=    \"a\"=\"1\"" WHOLE "=    not\n=      *\n"},
    /* W12: a dataset and below it what it demands; of a site's model nothing is known */
    {"nodename=D a=1", "=all of\n=  nodename=\"D\"\n=  \"a\"=\"1\"" WHOLE},
};

START_TEST(W1_each_term_and_its_compiled_form)
{
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        char search[128] = "count from datamodel=M.D where ";
        part_is(strcat(search, forms[i].where), "where", forms[i].rows);
        ck_assert_str_eq(rows_of("dataset"), "");
    }
    part_is("count from datamodel=M.D", "where", "=(every event)\n");
}
END_TEST

START_TEST(W12_what_a_dataset_demands)
{
    part_is("count from datamodel=Network_Traffic.Blocked_Traffic", "dataset",
            "=all of\n=  \"All_Traffic.action\"=\"blocked\"" WHOLE
            "=  \"All_Traffic.action\"=\"*\" (any value)\n");
    ck_assert_str_eq(rows_of("where"), "=(every event)\n");
    part_is("count from datamodel=Network_Traffic where nodename=Traffic_By_Action", "where",
            "=nodename=\"Traffic_By_Action\"\n=  \"All_Traffic.action\"=\"*\" (any value)\n");
    ck_assert_str_eq(rows_of("dataset"), "");
    part_is("count from datamodel=Network_Traffic where NOT nodename=All_Traffic", "where",
            "=not\n=  nodename=\"All_Traffic\"\n");
    part_is("count from datamodel=Authentication.Authentication", "dataset",
            "=not\n=  all of\n=    \"Authentication.action\"=\"success\"" WHOLE
            "=    \"Authentication.user\"=\"*$\" (wildcards, case ignored)\n");
}
END_TEST

START_TEST(B6_by_and_its_span)
{
    part_is(HUNT " by _time All_Traffic.src span=2mon host", "by",
            "_time=span=2mon\nAll_Traffic.src=\nhost=\n");
    part_is(HUNT " by _time | `drop_dm_object_name(All_Traffic)`", "by", "_time=span=1s\n");
    part_is(HUNT " by All_Traffic.src | `drop_dm_object_name(All_Traffic)`", "by", "src=\n");
    part_is(HUNT, "by", "");
}
END_TEST

START_TEST(words_of_the_index)
{
    part_is(HUNT " where All_Traffic.dest=region1.example.com", "index",
            "word=region1\nword=example\nword=com\n");
    part_is(HUNT " where All_Traffic.action=allowed", "index",
            "word=(none: no word is in every event of the answer)\n");
}
END_TEST

START_TEST(the_canonical_text_is_the_plans)
{
    explain("explain=t " HUNT " where a=\"\\\"\" by b");
    const char *row = rows_of("plan");
    ck_assert(strncmp(row, "canonical=", 10) == 0);
    ck_assert_uint_eq(strlen(row), 10 + plan.text.length + 1);
    ck_assert(memcmp(row + 10, plan.text.bytes, plan.text.length) == 0);
    ck_assert_ptr_null(strstr(row, "explain"));
}
END_TEST

START_TEST(rows_are_appended)
{
    explain(HUNT);
    size_t length = body.length;
    ck_assert(explain_plan(&plan, &body));
    ck_assert_uint_eq(body.length, 2 * length);
    ck_assert(memcmp(body.bytes, body.bytes + length, length) == 0);
}
END_TEST

/* As deep as the parser lets a WHERE be: 200 levels, each two blanks further. */
START_TEST(a_deep_tree_is_shown_whole)
{
    struct buffer search;
    struct cfh_error error;
    buffer_init(&search, &memory);
    ck_assert(buffer_append(&search, SLICE(HUNT " where ")));
    for (size_t i = 0; i < 199; i++)
        ck_assert(buffer_append(&search, SLICE("NOT ")));
    ck_assert(buffer_append(&search, SLICE("a=1")));
    ck_assert_int_eq(tstats_parse(&plan, buffer_slice(&search), &error), CFH_OK);
    ck_assert(explain_plan(&plan, &body));
    size_t rows = 0;
    for (size_t i = 0; i < body.length; i++)
        rows += body.bytes[i] == '\n';
    ck_assert_uint_eq(rows, 1 + 5 + 1 + 4 + 200 + 1 + 1);
    buffer_release(&search);
}
END_TEST

/* ---- refused memory ---- */

static const char everything[] =
    "maxmem=1 fillnull_value=x count min(All_Traffic.x) from datamodel=Network_Traffic where "
    "nodename=Blocked_Traffic (All_Traffic.dest=a.b OR NOT All_Traffic.src IN (1, 2*)) "
    "All_Traffic.user=bob by _time span=1h All_Traffic.src";

START_TEST(every_refusal_is_told)
{
    struct failing_source failing = {.refused = true};
    size_t refusals = 0;
    explain(everything);
    for (size_t n = 0; failing.refused; n++) {
        failing = (struct failing_source){.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct plan moved = plan; /* the explanation's own memory is that of the plan */
        struct buffer rows;
        moved.memory = &refusing;
        buffer_init(&rows, &refusing);
        bool done = explain_plan(&moved, &rows);
        ck_assert(done || failing.refused);
        if (done) ck_assert(text_equal(buffer_slice(&rows), buffer_slice(&body)));
        refusals += !done;
        buffer_release(&rows);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_ge(refusals, 1); /* a buffer that is refused room asks for less */
}
END_TEST

START_TEST(a_full_memory_is_told)
{
    explain(everything);
    for (size_t limit = 1;; limit += 61) {
        struct memory full;
        struct plan moved = plan;
        struct buffer rows;
        memory_init(&full, NULL, limit);
        moved.memory = &full;
        buffer_init(&rows, &full);
        bool done = explain_plan(&moved, &rows);
        ck_assert(done != full.limited);
        buffer_release(&rows);
        ck_assert_uint_eq(full.used, 0);
        if (done) break;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explain");
    TCase *cases = tcase_create("explain");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_whole_explanation);
    tcase_add_test(cases, options);
    tcase_add_test(cases, T5_functions);
    tcase_add_test(cases, models);
    tcase_add_test(cases, W1_each_term_and_its_compiled_form);
    tcase_add_test(cases, W12_what_a_dataset_demands);
    tcase_add_test(cases, B6_by_and_its_span);
    tcase_add_test(cases, words_of_the_index);
    tcase_add_test(cases, the_canonical_text_is_the_plans);
    tcase_add_test(cases, rows_are_appended);
    tcase_add_test(cases, a_deep_tree_is_shown_whole);
    tcase_add_test(cases, every_refusal_is_told);
    tcase_add_test(cases, a_full_memory_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
