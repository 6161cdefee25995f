#include "index_terms.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_rows.h"
#include "text.h"
#include "tstats.h"
#include "view.h"
#include "where.h"

enum { BLOCK_SIZE = 1024 };

static struct memory memory;
static struct arena arena;
static struct plan plan;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    arena_init(&arena, &memory, BLOCK_SIZE);
    plan_init(&plan, &memory);
}

static void tear_down(void)
{
    arena_release(&arena);
    plan_release(&plan);
    ck_assert_uint_eq(memory.used, 0);
}

static void parse(const char *search)
{
    struct cfh_error error = {.code = CFH_OK};
    plan_release(&plan);
    ck_assert_msg(tstats_parse(&plan, text_of(search), &error) == CFH_OK, "%s: %s", search,
                  error.sentence);
}

static bool words_are(const char *search, const char *expected)
{
    struct values words;
    parse(search);
    ck_assert(index_terms(&plan, &arena, &words));
    return values_are(words, expected);
}

struct row {
    const char *search;
    const char *words; /* with '|' between them; NULL: none */
};

#define T "count from datamodel=Network_Traffic.All_Traffic where All_Traffic."
#define P "count from datamodel=Endpoint.Processes where Processes."

static const struct row rows[] = {
    {"", "7844"}, /* the default hunt */
    {T "dest_port=7844", "7844"},
    {T "dest_port=7844 All_Traffic.user=Bob", "7844|Bob"},
    {T "dest_port=7844 AND (All_Traffic.user=bob All_Traffic.src=box)", "7844|bob|box"},
    {T "dest_ip=198.41.192.7", "198|41|192|7"},
    {T "app=\"C:\\\\Program Files\\\\cloudflared.exe\"", "C|Program|Files|cloudflared|exe"},
    {T "dest=::1", "1"},
    {T "transport=TCP", "TCP"}, /* lower() cannot make a word: an index ignores case */
    /* each once, whatever its case */
    {T "src=a.b.A All_Traffic.dest=B", "a|b"},
    {T "dest_port=7844 All_Traffic.dest_port=7844", "7844"},
    /* a wildcard is no word, nor what it touches */
    {T "dest_port=*7844*", NULL},
    {T "dest_port=78*", NULL},
    {T "dest_port=*44", NULL},
    {T "dest_port=*", NULL},
    {T "app=*\\\\cloudflared.exe", "cloudflared|exe"},
    {T "app=*cloudflared.exe", "exe"},
    {T "app=*\\\\cloud*.exe", "exe"},
    {T "app=\"* tunnel run *\"", "tunnel|run"},
    {T "app=\"*tunnel run*\"", NULL},
    /* a part of what an index takes for one word */
    {T "app=a_b", NULL},
    {T "app=_a.b", "b"},
    {T "app=\"caf\xc3\xa9 bar\"", "bar"},
    {T "app=\xc3\xa9t\xc3\xa9", NULL},
    {T "app=a%20b", "a"}, /* an index takes %20 apart as one */
    /* bytes that an event in JSON may write otherwise: it\u0027s, a\nb, a\u003db */
    {T "app=it's", "it"},
    {T "app=\"a\nb\"", "a"},
    {T "app=\"a\tb c\"", "a|c"},
    {T "app=\"a=b&c<d>e+f\"", "a"},
    {T "app=\"a \\\"b\\\" c\"", "a|c"},
    {T "app=\"a/b:c@d.e-f,g;h|i(j)[k]{l}#m$n^o~p!q?r\"", "a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r"},
    {T "app=\"\"", NULL},
    {T "app=\"-\"", NULL},
    /* not every match must hold it */
    {T "dest_port=7844 OR All_Traffic.dest_port=443", NULL},
    {T "dest_port=7844 OR All_Traffic.dest_port=7844", NULL},
    {T "user=bob All_Traffic.dest_port=7844 OR All_Traffic.dest_port=443", "bob"},
    {T "user=bob OR (All_Traffic.dest_port=7844 All_Traffic.src=x)", NULL},
    {T "user=bob NOT All_Traffic.src=box", "bob"},
    {T "user=bob NOT (All_Traffic.src=box All_Traffic.dest=x)", "bob"},
    {T "user=bob NOT NOT All_Traffic.src=box", "bob"},
    {T "user=bob nodename=All_Traffic", "bob"},
    {T "user=bob *", "bob"},
    {T "dest_port IN (7844)", NULL},
    {T "dest_port IN (7844, 443) All_Traffic.user=bob", "bob"},
    {T "dest_port!=7844", NULL},
    {T "dest_port>=7844", NULL},
    {T "dest_port<7844", NULL},
    /* W10: an address in a network does not hold the network's text */
    {T "dest_ip=10.0.0.0/8", NULL},
    {T "dest_ip=fe80::/10 All_Traffic.user=bob", "bob"},
    {T "dest_ip=10.0.0.0/33", "10|0|33"}, /* no network */
    /* a default of the model */
    {T "dest_port=0", NULL},
    {T "dest_port=00", "00"},
    {T "src_port=0", NULL},
    {T "user=unknown", NULL},
    {T "user=UNKNOWN", NULL},
    {T "transport=unknown", NULL},
    {T "dest=unknown All_Traffic.src=box", "box"},
    {T "rule=\"unknown one\"", "unknown|one"},
    {T "app=unknown", "unknown"}, /* no default */
    {T "app=0", "0"},
    /* what a profile makes out of nothing, and what an eval puts together */
    {T "action=allowed", NULL},
    {T "action=blocked", NULL},
    {T "action=unknown", NULL},
    {T "direction=outbound", NULL},
    {T "protocol=ip", NULL},
    {T "protocol_version=ipv4", NULL},
    {T "vendor_product=\"Microsoft Sysmon\"", NULL},
    {T "bytes=1000", NULL},
    {T "packets_in=1000", NULL},
    /* an entity that is decoded need not be in the event */
    {"entities=decode " T "dest_port=7844", NULL},
    {"entities=raw hyphen=ip dest=computer " T "dest=box", "box"},
    {"entities=decode " P "process=whoami", "whoami"}, /* no profile, no entities */
    /* fields that the model does not have, that stand beside it, or that another row has */
    {T "temp=x", NULL},
    {T "vendor=x", NULL}, /* an input of evals */
    {T "Dest_port=7844", NULL},
    {"count from datamodel=Network_Traffic.All_Traffic where dest_port=7844", NULL}, /* W17 */
    {"count from datamodel=Network_Traffic.All_Traffic where Other.dest_port=7844", NULL},
    {T "user=bob index=main host=h source=s sourcetype=x", "bob"},
    {T "user=bob _time=1674991980", "bob"},
    {"count from datamodel=Site.Logs where Logs.user=bob", NULL},
    {"count from datamodel=Network_Traffic.Other where All_Traffic.user=bob", NULL},
    {"count from datamodel=Network_Traffic where All_Traffic.dest_port=7844", "7844"},
    /* children have the profiles of their parents; what a dataset demands is no word either */
    {"count from datamodel=Network_Traffic.Allowed_Traffic where All_Traffic.dest_port=7844",
     "7844"},
    {"count from datamodel=Network_Traffic.Allowed_Traffic where All_Traffic.action=allowed", NULL},
    {"entities=decode count from datamodel=Network_Traffic.Allowed_Traffic where "
     "All_Traffic.dest_port=7844",
     NULL},
    {"count from datamodel=Network_Traffic where nodename=Allowed_Traffic", NULL},
    {"count from datamodel=Change.Account_Management", NULL},
    {"count from datamodel=Change where nodename=All_Changes.Account_Management "
     "All_Changes.Account_Management.src_user=bob",
     "bob"},
    /* other models */
    {P "process_name=whoami.exe", NULL}, /* the first word of process, where there is none */
    {P "process=\"* -enc *\" Processes.user=bob", "enc|bob"},
    {P "user=unknown", NULL},
    {"count from datamodel=Network_Resolution.DNS where DNS.query=*.example.com", "example|com"},
    {"count from datamodel=Web.Web where Web.url_length=12", NULL},
    {"count from datamodel=Web.Web where Web.url_domain=example.com", NULL},
    /* no WHERE */
    {"count from datamodel=Network_Traffic.All_Traffic", NULL},
};

START_TEST(words_that_every_event_of_the_answer_holds)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool are = words_are(rows[i].search, rows[i].words);
        struct values words = {NULL, 0};
        ck_assert(index_terms(&plan, &arena, &words));
        ck_assert_msg(are, "%s: %zu words, the first is %.*s", rows[i].search, words.count,
                      words.count > 0 ? (int)words.items[0].length : 0,
                      words.count > 0 ? words.items[0].bytes : "");
    }
}
END_TEST

/* ---- the property: no row that passes lacks a word ---- */

static uint64_t random_state = 88172645463325252;

static size_t below(size_t count)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)((random_state >> 11) % count);
}

static bool is_alphanumeric(char byte)
{
    unsigned char folded = text_fold_byte((unsigned char)byte);
    return (folded >= 'a' && folded <= 'z') || (folded >= '0' && folded <= '9');
}

/* Does the row's text hold the word as an index would cut it, case ignored? */
static bool holds_word(const char *row, struct slice word)
{
    size_t length = strlen(row);
    for (size_t i = 0; i + word.length <= length; i++) {
        if (!text_equal_folded((struct slice){row + i, word.length}, word)) continue;
        bool is_part = (i > 0 && is_alphanumeric(row[i - 1])) ||
                       (i + word.length < length && is_alphanumeric(row[i + word.length]));
        if (!is_part) return true;
    }
    return false;
}

static const char *const names[] = {"action",    "app",           "dest",      "dest_ip",
                                    "dest_port", "user",          "transport", "direction",
                                    "dvc",       "vendor_product"};
static const char *const filters[] = {"7844",     "0",          "unknown",    "allowed", "78*",
                                      "*44",      "10.0.0.0/8", "10.1.2.3",   "tcp",     "*",
                                      "outbound", "\"a b\"",    "\"a* b\"",   "bob",     "\"\"",
                                      "Sysmon",   "UNKNOWN",    "box.lan",    "b*",      "ip",
                                      "443",      "*known",     "Microsoft*", "*.lan",   "0*"};
static const char *const cells[] = {"",    "7844", "0", "unknown", "allowed", "10.1.2.3", "TCP",
                                    "a b", "ab b", "-", "bob",     "box.lan", "443",      "x"};

static void random_term(char *text)
{
    static const char *const operators[] = {"=", "=", "=", "=", "!=", "<", ">="};
    char term[128];
    const char *name = names[below(COUNT_OF(names))];
    if (below(8) == 0)
        snprintf(term, sizeof(term), "All_Traffic.%s IN (%s, %s)", name,
                 filters[below(COUNT_OF(filters))], filters[below(COUNT_OF(filters))]);
    else
        snprintf(term, sizeof(term), "%sAll_Traffic.%s%s%s", below(6) == 0 ? "NOT " : "", name,
                 operators[below(COUNT_OF(operators))], filters[below(COUNT_OF(filters))]);
    strcat(text, term);
}

static void random_where(char *text, size_t depth)
{
    size_t terms = 1 + below(3);
    for (size_t i = 0; i < terms; i++) {
        if (i > 0) strcat(text, below(3) == 0 ? " OR " : " ");
        if (depth == 0 || below(4) > 0) {
            random_term(text);
            continue;
        }
        strcat(text, below(3) == 0 ? "NOT (" : "(");
        random_where(text, depth - 1);
        strcat(text, ")");
    }
}

/* A mapped row under bare or prefixed names, or a Sysmon event. */
static void random_body(char *body)
{
    if (below(3) == 0) {
        static const char *const data[] = {"Image",          "User",     "Protocol",
                                           "Initiated",      "SourceIp", "DestinationIp",
                                           "DestinationPort"};
        strcpy(body, "_raw\n<Event><System><Provider Name='Linux-Sysmon'/><EventID>3</EventID>"
                     "<Computer>box.lan</Computer></System>");
        for (size_t i = 0; i < COUNT_OF(data); i++)
            if (below(2) == 0)
                sprintf(body + strlen(body), "<Data Name='%s'>%s</Data>", data[i],
                        cells[below(COUNT_OF(cells))]);
        strcat(body, "\n");
        return;
    }
    const char *prefix = below(2) == 0 ? "All_Traffic." : "";
    for (size_t i = 0; i < COUNT_OF(names); i++)
        sprintf(body + strlen(body), "%s%s,", prefix, names[i]);
    strcat(body, "vendor\n");
    for (size_t i = 0; i < COUNT_OF(names); i++)
        sprintf(body + strlen(body), "%s,", cells[below(COUNT_OF(cells))]);
    strcat(body, below(2) == 0 ? "ACME\n" : "\n");
}

/* check writes each assertion to a file, so here are few. */
static bool first_row_passes(const char *body)
{
    struct where where;
    struct view view;
    struct rows body_rows;
    bool passes = false;
    rows_init(&body_rows, &memory);
    bool done = view_init(&view, &plan, &memory) && where_compile(&arena, &plan, &where) &&
                rows_begin(&body_rows, body) == CFH_OK;
    view_bind(&view, &body_rows.record);
    done = done && rows_next(&body_rows) == CFH_OK && view_open(&view, &body_rows.record) == CFH_OK;
    if (view.kind != VIEW_UNUSABLE) done = done && where_passes(&where, &view, &passes) == CFH_OK;
    if (!done) ck_abort_msg("%s", body);
    view_release(&view);
    rows_release(&body_rows);
    return passes;
}

START_TEST(no_row_that_passes_lacks_a_word)
{
    size_t passed = 0;
    for (size_t i = 0; i < 6000; i++) {
        char search[4096] = "count from datamodel=Network_Traffic.All_Traffic where ";
        struct cfh_error error;
        struct values words;
        random_where(search, 2);
        plan_release(&plan);
        if (tstats_parse(&plan, text_of(search), &error) != CFH_OK ||
            !index_terms(&plan, &arena, &words))
            ck_abort_msg("%s", search);
        for (size_t j = 0; j < 40 && words.count > 0; j++) {
            char body[2048] = "";
            random_body(body);
            if (!first_row_passes(body)) continue;
            passed++;
            for (size_t word = 0; word < words.count; word++)
                if (!holds_word(strchr(body, '\n') + 1, words.items[word]))
                    ck_abort_msg("%s: %.*s is not in %s", search, (int)words.items[word].length,
                                 words.items[word].bytes, body);
        }
        arena_clear(&arena);
    }
    ck_assert_uint_ge(passed, 500);
}
END_TEST

START_TEST(words_are_cut_from_the_plan)
{
    struct values words;
    parse(T "dest=region1.example.com");
    ck_assert(index_terms(&plan, &arena, &words));
    ck_assert_uint_eq(words.count, 3);
    for (size_t i = 0; i < words.count; i++) {
        const char *value = plan.where->values[0].bytes;
        ck_assert(words.items[i].bytes >= value && words.items[i].bytes + words.items[i].length <=
                                                       value + plan.where->values[0].length);
    }
}
END_TEST

START_TEST(every_refusal_is_told)
{
    struct failing_source failing = {.refused = true};
    size_t refusals = 0;
    parse(T "dest=region1.example.com (All_Traffic.user=bob All_Traffic.user=BOB)");
    for (size_t n = 0; failing.refused; n++) {
        failing = (struct failing_source){.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct arena small;
        struct values words;
        arena_init(&small, &refusing, 1);
        bool done = index_terms(&plan, &small, &words);
        ck_assert(done != failing.refused);
        if (done) ck_assert(values_are(words, "region1|example|com|bob"));
        refusals += !done;
        arena_release(&small);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_eq(refusals, 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("index_terms");
    TCase *cases = tcase_create("index_terms");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, words_that_every_event_of_the_answer_holds);
    tcase_add_test(cases, no_row_that_passes_lacks_a_word);
    tcase_add_test(cases, words_are_cut_from_the_plan);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
