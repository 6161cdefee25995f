#include "plan.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "hash.h"
#include "test_rows.h"
#include "text.h"
#include "tstats.h"

static struct memory memory;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
}

static void tear_down(void)
{
    ck_assert_uint_eq(memory.used, 0);
}

static void parse(struct plan *plan, struct slice text)
{
    struct cfh_error error = {.code = CFH_OK};
    plan_init(plan, &memory);
    enum cfh_status status = tstats_parse(plan, text, &error);
    ck_assert_msg(status == CFH_OK, "%.*s: %s", (int)text.length, text.bytes, error.sentence);
}

/* ---- building ---- */

START_TEST(each_field_stands_once)
{
    struct plan plan;
    size_t first, second, third;
    plan_init(&plan, &memory);
    ck_assert(plan_add_field(&plan, SLICE("All_Traffic.dest_port"), &first));
    ck_assert(plan_add_field(&plan, SLICE("dest_port"), &second));
    ck_assert(plan_add_field(&plan, SLICE("All_Traffic.dest_port"), &third));
    ck_assert(first == 0 && second == 1 && third == 0);
    ck_assert(plan_add_field(&plan, SLICE("All_Traffic.Dest_Port"), &third) && third == 2);
    ck_assert_uint_eq(plan.field_count, 3);
    ck_assert(slice_is(plan.fields[0].name, "All_Traffic.dest_port"));
    ck_assert(slice_is(plan.fields[0].bare, "dest_port")); /* behind the last dot */
    ck_assert(slice_is(plan.fields[1].bare, "dest_port"));
    ck_assert(plan_add_field(&plan, SLICE("a.b.c"), &third));
    ck_assert(slice_is(plan.fields[third].bare, "c"));
    ck_assert(plan_add_field(&plan, SLICE("a."), &third));
    ck_assert(slice_is(plan.fields[third].bare, ""));
    ck_assert(!plan.fields[0].in_where);
    plan_release(&plan);
    plan_release(&plan); /* a released plan may be released */
}
END_TEST

START_TEST(everything_grows_and_belongs_to_the_plan)
{
    enum { MANY = 100 };
    struct plan plan;
    plan_init(&plan, &memory);
    struct plan_node *node = plan_add_node(&plan, PLAN_IN);
    ck_assert_ptr_nonnull(node);
    for (size_t i = 0; i < MANY; i++) {
        char name[16];
        size_t field;
        snprintf(name, sizeof(name), "f%zu", i);
        ck_assert(plan_add_field(&plan, text_of(name), &field) && field == i);
        struct plan_function function = {.name = SLICE("min"), .field = i, .output = SLICE("x")};
        ck_assert(plan_add_function(&plan, function));
        ck_assert(plan_add_by(&plan, MANY - 1 - i));
        ck_assert(plan_add_value(&plan, node, plan.fields[i].name));
    }
    ck_assert(plan.field_count == MANY && plan.function_count == MANY && plan.by_count == MANY);
    ck_assert_uint_eq(node->value_count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof(name), "f%zu", i);
        ck_assert(slice_is(plan.fields[i].name, name));
        ck_assert(slice_is(node->values[i], name));
        ck_assert_uint_eq(plan.functions[i].field, i);
        ck_assert_uint_eq(plan.by[i], MANY - 1 - i);
    }
    plan_release(&plan);
}
END_TEST

START_TEST(terms_are_numbered_and_other_nodes_are_not)
{
    static const enum plan_node_kind kinds[] = {PLAN_AND, PLAN_COMPARE, PLAN_NOT,
                                                PLAN_IN,  PLAN_DATASET, PLAN_EVERYTHING,
                                                PLAN_OR,  PLAN_COMPARE};
    struct plan plan;
    size_t terms = 0;
    plan_init(&plan, &memory);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct plan_node *node = plan_add_node(&plan, kinds[i]);
        ck_assert_ptr_nonnull(node);
        ck_assert_int_eq(node->kind, kinds[i]);
        ck_assert(node->first_child == NULL && node->next_sibling == NULL);
        ck_assert(node->field == PLAN_NO_FIELD && node->value_count == 0);
        if (kinds[i] == PLAN_COMPARE || kinds[i] == PLAN_IN) ck_assert_uint_eq(node->term, terms++);
        ck_assert_uint_eq(plan.term_count, terms);
    }
    plan_release(&plan);
}
END_TEST

/* ---- C1: the name under which a column leaves ---- */

struct output {
    const char *dropped, *name, *expected;
};

static const struct output outputs[] = {
    {"All_Traffic", "All_Traffic.dest", "dest"},
    {"All_Traffic", "All_Traffic.a.b", "a.b"},
    {"All_Traffic", "dest", "dest"},
    {"All_Traffic", "All_Traffic", "All_Traffic"},
    {"All_Traffic", "All_Traffic.", "All_Traffic."},
    {"All_Traffic", "All_Trafficxdest", "All_Trafficxdest"},
    {"All_Traffic", "all_traffic.dest", "all_traffic.dest"},
    {"All_Traffic", "Other.dest", "Other.dest"},
    {"All_Traffic", "min(All_Traffic.dest)", "min(All_Traffic.dest)"},
    {"All_Traffic", "", ""},
    {"", ".dest", ".dest"},
    {"", "All_Traffic.dest", "All_Traffic.dest"},
};

START_TEST(C1_output_names)
{
    for (size_t i = 0; i < COUNT_OF(outputs); i++) {
        struct plan plan = {.dropped = text_of(outputs[i].dropped)};
        struct slice name = plan_output_name(&plan, text_of(outputs[i].name));
        ck_assert_msg(slice_is(name, outputs[i].expected), "row %zu", i);
    }
}
END_TEST

/* ---- parse(print(plan)) is the plan ---- */

#define FROM "count from datamodel=Network_Traffic.All_Traffic"
#define WHERE FROM " where "

static const char *const searches[] = {
    "",
    "hyphen=ip entities=decode dest=computer maxmem=512",
    "include_events_omitted_when_filtering_numeric_values=true",
    FROM,
    "count from datamodel=Network_Traffic",
    "count from datamodel=Network_Traffic by All_Traffic.user",
    "count from datamodel=Site where Logs.x=1 by Logs.y",
    "count from datamodel=Site where \"a b.x\"=1 by \"c\\\"d.x\" E.x", /* prefixes no dataset has */
    "count from datamodel=Site where nodename=Root.Child by x",
    "count from datamodel=Site.Root.Child",
    "count from datamodel=Site by x",
    "count from datamodel=\"Site-2.Root\"",
    "fillnull_value=null hyphen=null " FROM " by a b c",
    "fillnull_value=\"\" " FROM,
    "fillnull_value=\"a \\\"b\\\" \\\\ \\| c\" " FROM,
    "summariesonly=true maxmem=1000000 " FROM,
    /* functions */
    "COUNT(x) Min(x) mAx(y) values(x) from datamodel=M.D",
    "count count as \"a b\" count AS from from datamodel=M.D",
    "min(\"a)b\") as \"q\\\"q\" values(\"x\\\\y\") from datamodel=M.D",
    "count as annotations.mitre_attack{} FROM DATAMODEL = M.D BY x",
    /* WHERE: each comparison, each quoting */
    WHERE "a=1",
    WHERE "a!=1 a<2 a<=3 a>4 a>=5 a = 6 a != 7",
    WHERE "a=\"\" b=* c=\"*\" d=a*b",
    WHERE "a=\"x \\\"y\\\" z\" b=\\\\ c=\\| d=*\\sam e=\"\\\\\\\\\" f=\\\\\\|",
    WHERE "a=x(y)z b=%p% c=$t$ d={e} f=1:2",
    WHERE "a=\"=\" b=\"<x\" c=\"!\" d=!x e=x=y",
    WHERE "a=\"IN\" b=\"AND\" \"OR\"=1 \"NOT\"=2 \"IN\"=3 \"by\"=4",
    WHERE "\"DNS.query\"=x \"a b\"=y \"*\"=z",
    WHERE "a IN (1) b IN (1, 2) c IN (1 2,3) d IN (\"x y\" , *z)",
    WHERE "a=\xc3\xa4 b=\"\xf0\x9f\x98\x80\" c=\"line\nfeed\ttab\"",
    /* WHERE: each shape */
    WHERE "*",
    WHERE "NOT *",
    WHERE "NOT a=1",
    WHERE "NOT NOT NOT a=1",
    WHERE "NOT (NOT (a=1))",
    WHERE "a=1 b=2",
    WHERE "a=1 AND b=2 c=3",
    WHERE "a=1 OR b=2",
    WHERE "a=1 OR b=2 OR c=3",
    WHERE "a=1 OR b=2 c=3",
    WHERE "a=1 b=2 OR c=3",
    WHERE "a=1 OR (b=2 c=3)",
    WHERE "(a=1 b=2) OR (c=3 d=4)",
    WHERE "(a=1 b=2) c=3",
    WHERE "a=1 (b=2 c=3)",
    WHERE "(a=1 OR b=2) OR c=3",
    WHERE "a=1 OR (b=2 OR c=3)",
    WHERE "(a=1 OR b=2) (c=3 OR d=4)",
    WHERE "((((a=1))))",
    WHERE "NOT (a=1 b=2)",
    WHERE "NOT (a=1 OR b=2)",
    WHERE "NOT (a=1 OR b=2) OR c=3",
    WHERE "a=1 OR NOT (b=2 OR NOT (c=3 d=4))",
    WHERE "NOT a=1 NOT b=2 OR NOT c=3",
    WHERE "NOT a IN (1, 2) OR *",
    WHERE "a=1 a=1 a=2 b=a",
    /* functions of every kind of call */
    "dc(x) Distinct_Count(x) estdc(x) perc95(x) PERC99.9(x) exactperc0(x) upperperc100(x) as \"p "
    "%\" "
    "from datamodel=M.D",
    "first(x) last(x) earliest(x) latest(x) earliest_time(x) latest_time(x) rate(x) mode(x) "
    "from datamodel=M.D",
    /* datasets */
    "count from datamodel=Network_Traffic where nodename=All_Traffic",
    "count from datamodel=Network_Traffic where NOT (nodename = Blocked_Traffic) OR a=1",
    "count from datamodel=Network_Traffic where nodename IN (Blocked_Traffic, Allowed_Traffic) a=1",
    "count from datamodel=Network_Traffic.Blocked_Traffic by All_Traffic.src nodename",
    "count from datamodel=Change where nodename=All_Changes.Account_Management "
    "All_Changes.tag=account by All_Changes.Account_Management.src_user All_Changes.user",
    "count from datamodel=Change.All_Changes.Account_Management.Accounts_Created where a=1",
    "count from datamodel=Authentication where Authentication.user=bob by Authentication.action",
    WHERE "a=10.0.0.0/8 b IN (fe80::/10, x)",
    /* spans */
    FROM " by _time",
    FROM " by _time span=1s",
    FROM " by a span=2months _time b",
    FROM " by span=90minutes, _time",
    FROM " by _time a span=1d | `drop_dm_object_name(All_Traffic)`",
    FROM " by \"span\" _time span=1h",
    /* BY and the tail */
    FROM " by a, b c,d",
    FROM " BY \"a b\" \"by\" \"x\\\"y\" \"where\" \"span\"",
    FROM " groupby a a",
    FROM " where a=1 by b | `drop_dm_object_name(All_Traffic)`",
    FROM " | `drop_dm_object_name(\"All Traffic\")`",
};

static bool nodes_are_equal(const struct plan_node *left, const struct plan_node *right)
{
    for (; left != NULL && right != NULL; left = left->next_sibling, right = right->next_sibling) {
        if (left->kind != right->kind || left->field != right->field) return false;
        if (left->term != right->term || left->comparison != right->comparison) return false;
        if (left->value_count != right->value_count) return false;
        for (size_t i = 0; i < left->value_count; i++)
            if (!text_equal(left->values[i], right->values[i])) return false;
        if (!nodes_are_equal(left->first_child, right->first_child)) return false;
    }
    return left == NULL && right == NULL;
}

static void check_lists(const struct plan *left, const struct plan *right)
{
    ck_assert_uint_eq(left->field_count, right->field_count);
    for (size_t i = 0; i < left->field_count; i++) {
        ck_assert(text_equal(left->fields[i].name, right->fields[i].name));
        ck_assert(text_equal(left->fields[i].bare, right->fields[i].bare));
        ck_assert(left->fields[i].in_where == right->fields[i].in_where);
    }
    ck_assert_uint_eq(left->function_count, right->function_count);
    for (size_t i = 0; i < left->function_count; i++) {
        ck_assert(text_equal(left->functions[i].name, right->functions[i].name));
        ck_assert(left->functions[i].field == right->functions[i].field);
        ck_assert(text_equal(left->functions[i].output, right->functions[i].output));
    }
    ck_assert_uint_eq(left->by_count, right->by_count);
    for (size_t i = 0; i < left->by_count; i++)
        ck_assert_uint_eq(left->by[i], right->by[i]);
}

static void check_same(const struct plan *left, const struct plan *right)
{
    ck_assert_msg(text_equal(left->text, right->text), "%.*s\nis not\n%.*s", (int)left->text.length,
                  left->text.bytes, (int)right->text.length, right->text.bytes);
    ck_assert(left->digest == right->digest);
    ck_assert(text_equal(left->model, right->model));
    ck_assert(text_equal(left->dataset, right->dataset));
    ck_assert(text_equal(left->dropped, right->dropped));
    ck_assert(left->options.fill_null == right->options.fill_null);
    ck_assert(text_equal(left->options.fill_value, right->options.fill_value));
    ck_assert(left->options.keep_omitted == right->options.keep_omitted);
    ck_assert(left->options.hyphen == right->options.hyphen);
    ck_assert(left->options.entities == right->options.entities);
    ck_assert(left->options.dest == right->options.dest);
    ck_assert(left->options.memory_megabytes == right->options.memory_megabytes);
    check_lists(left, right);
    ck_assert_uint_eq(left->span.count, right->span.count);
    if (left->span.count > 0) ck_assert_int_eq(left->span.unit, right->span.unit);
    ck_assert(!right->span_assumed); /* what is printed says it */
    ck_assert(nodes_are_equal(left->dataset_condition, right->dataset_condition));
    ck_assert_uint_eq(left->term_count, right->term_count);
    ck_assert_msg(nodes_are_equal(left->where, right->where), "%.*s", (int)left->text.length,
                  left->text.bytes);
}

START_TEST(parse_of_print_is_the_same_plan)
{
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        struct plan plan, again;
        parse(&plan, text_of(searches[i]));
        parse(&again, plan.text);
        check_same(&plan, &again);
        plan_release(&again);
        plan_release(&plan);
    }
}
END_TEST

START_TEST(other_plans_have_other_digests)
{
    struct plan plans[COUNT_OF(searches)];
    size_t same = 0;
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        parse(&plans[i], text_of(searches[i]));
        for (size_t j = 0; j < i; j++) {
            ck_assert((plans[i].digest == plans[j].digest) ==
                      text_equal(plans[i].text, plans[j].text));
            same += plans[i].digest == plans[j].digest;
        }
    }
    ck_assert_uint_eq(same, 2); /* ((((a=1)))) is a=1, and an assumed span is span=1s */
    for (size_t i = 0; i < COUNT_OF(searches); i++)
        plan_release(&plans[i]);
}
END_TEST

#define SWITCHES                                                                                   \
    "hyphen=keep entities=raw dest=host "                                                          \
    "include_events_omitted_when_filtering_numeric_values=false"

START_TEST(the_canonical_text)
{
    struct plan plan;
    parse(&plan, SLICE("summariesonly=t Count min(_time) AS first FROM datamodel=M.D WHERE "
                       "D.a=1 OR (D.b<2 D.c IN (x,\"y z\")) NOT (D.d!=\\\\ OR *) BY D.a,e "
                       "| `drop_dm_object_name(\"D\")`"));
    ck_assert(
        slice_is(plan.text, SWITCHES
                 " count as \"count\" min(\"_time\") as \"first\" from datamodel=M.D where "
                 "\"D.a\"=\"1\" OR (\"D.b\"<\"2\" AND \"D.c\" IN (\"x\", \"y z\")) AND NOT "
                 "(\"D.d\"!=\"\\\\\" OR *) by \"D.a\", \"e\" | `drop_dm_object_name(\"D\")`"));
    ck_assert(plan.digest == hash_digest(plan.text, PLAN_VERSION));
    ck_assert(plan.options.summaries_only);
    plan_release(&plan);
}
END_TEST

/* Two spellings of one search are one plan. */
static const struct {
    const char *search, *canonical; /* behind SWITCHES */
} spellings[] = {
    {"count from datamodel=M.D by _time",
     " count as \"count\" from datamodel=M.D by \"_time\" span=1s"},
    {"count from datamodel=M.D by span=60min a,_time",
     " count as \"count\" from datamodel=M.D by \"a\", \"_time\" span=60m"},
    {"count from datamodel=M.D by _time SPAN = \"1Month\" a",
     " count as \"count\" from datamodel=M.D by \"_time\", \"a\" span=1mon"},
    {"explain=t Perc95(x) from datamodel=M.D",
     " perc95(\"x\") as \"perc95(x)\" from datamodel=M.D"},
    {"count from datamodel=Network_Traffic where (nodename = Blocked_Traffic)",
     " count as \"count\" from datamodel=Network_Traffic.All_Traffic where "
     "nodename=\"Blocked_Traffic\""},
    {"count from datamodel=Change where nodename IN (All_Changes Account_Management) a=1",
     " count as \"count\" from datamodel=Change.All_Changes where nodename=\"All_Changes\" OR "
     "nodename=\"Account_Management\" AND \"a\"=\"1\""},
    /* what a dataset demands follows from its name, so it is not written out */
    {"count from datamodel=Change.Account_Management",
     " count as \"count\" from datamodel=Change.Account_Management"},
    {"count from datamodel=M.D where a=010.0.0.0/08",
     " count as \"count\" from datamodel=M.D where \"a\"=\"010.0.0.0/08\""},
};

START_TEST(spans_datasets_and_networks_in_the_canonical_text)
{
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        struct plan plan;
        char expected[512] = SWITCHES;
        parse(&plan, text_of(spellings[i].search));
        ck_assert_msg(slice_is(plan.text, strcat(expected, spellings[i].canonical)), "%.*s",
                      (int)plan.text.length, plan.text.bytes);
        plan_release(&plan);
    }
}
END_TEST

START_TEST(which_field_is_the_time)
{
    struct plan plan;
    size_t field;
    plan_init(&plan, &memory);
    ck_assert(plan_add_field(&plan, SLICE("_time"), &field) && plan_is_time(&plan, field));
    ck_assert(plan_add_field(&plan, SLICE("A._time"), &field) && !plan_is_time(&plan, field));
    ck_assert(plan_add_field(&plan, SLICE("_Time"), &field) && !plan_is_time(&plan, field));
    plan_release(&plan);
}
END_TEST

START_TEST(W18_names_of_models)
{
    static const char *const good[] = {"M", "Network_Traffic", "M.D", "a-b.C_1.d", "1"};
    static const char *const bad[] = {"",    ".",   "M.",       ".M",  "M..D", "a b",
                                      "a*b", "M.*", "\xc3\xa4", "M/D", "M\"",  "M=D"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        ck_assert_msg(plan_is_model_name(text_of(good[i])), "%s", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(!plan_is_model_name(text_of(bad[i])), "%s", bad[i]);
    ck_assert(!plan_is_model_name((struct slice){NULL, 0}));
}
END_TEST

START_TEST(a_span_prints_alone)
{
    struct plan plan;
    struct buffer text;
    buffer_init(&text, &memory);
    parse(&plan, SLICE(FROM " by _time span=1000000seconds"));
    ck_assert(plan_print_span(&plan, &text));
    ck_assert(slice_is(buffer_slice(&text), "span=1000000s"));
    plan_release(&plan);
    buffer_release(&text);
}
END_TEST

START_TEST(terms_print_alone)
{
    struct plan plan;
    struct buffer text;
    buffer_init(&text, &memory);
    parse(&plan, SLICE(WHERE "All_Traffic.dest_port=7844 b IN (\"x y\", 2) * c>=\"\\\"\" "
                             "nodename=Blocked_Traffic"));
    for (const struct plan_node *node = plan.where->first_child; node; node = node->next_sibling)
        ck_assert(plan_print_term(&plan, node, &text) && buffer_append(&text, SLICE(";")));
    ck_assert(slice_is(buffer_slice(&text),
                       "\"All_Traffic.dest_port\"=\"7844\";\"b\" IN (\"x y\", "
                       "\"2\");*;\"c\">=\"\\\"\";nodename=\"Blocked_Traffic\";"));
    plan_release(&plan);
    buffer_release(&text);
}
END_TEST

/* ---- tokens ---- */

static void make_token(const char *search, enum plan_phase phase, struct buffer *token)
{
    struct plan plan;
    parse(&plan, text_of(search));
    buffer_init(token, &memory);
    ck_assert(plan_token(&plan, phase, token));
    plan_release(&plan);
}

static enum cfh_status read_token(struct slice token, struct buffer *text, struct cfh_error *error)
{
    enum plan_phase phase;
    *error = (struct cfh_error){.code = CFH_OK};
    return plan_read_token(token, &phase, text, error);
}

START_TEST(a_token_brings_the_plan)
{
    for (size_t i = 0; i < 2 * COUNT_OF(searches); i++) {
        enum plan_phase phase = i % 2 == 0 ? PLAN_PHASE_MAP : PLAN_PHASE_WHOLE, read;
        struct plan plan;
        struct buffer token, text;
        struct cfh_error error;
        parse(&plan, text_of(searches[i / 2]));
        make_token(searches[i / 2], phase, &token);
        struct slice bytes = buffer_slice(&token);
        ck_assert(memcmp(bytes.bytes, i % 2 == 0 ? "map1_" : "plan1_", 5) == 0);
        for (size_t j = 0; j < bytes.length; j++) {
            unsigned char byte = text_fold_byte((unsigned char)bytes.bytes[j]);
            ck_assert((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
                      byte == '_');
        }
        ck_assert(plan_is_token(bytes));
        buffer_init(&text, &memory);
        ck_assert(buffer_append(&text, SLICE("before ")));
        ck_assert_int_eq(plan_read_token(bytes, &read, &text, &error), CFH_OK);
        ck_assert_int_eq(read, phase);
        struct slice sent = {text.bytes + 7, text.length - 7}; /* appended */
        ck_assert(text_equal(sent, plan.text));
        buffer_release(&text);
        buffer_release(&token);
        plan_release(&plan);
    }
}
END_TEST

#define DAMAGED "The plan was damaged on its way."
#define NO_PLAN "This is not a plan of cfhunt."

/* Every byte in turn becomes another of the token's alphabet. */
START_TEST(no_damage_to_a_byte_goes_unseen)
{
    struct buffer token, text;
    struct cfh_error error;
    buffer_init(&text, &memory);
    for (size_t ending = 0; ending < 3; ending++) { /* each length modulo 3 of the text */
        static const char *const endings[] = {FROM " by a", FROM " by ab", FROM " by abc"};
        make_token(endings[ending], PLAN_PHASE_MAP, &token);
        for (size_t i = 0; i < token.length; i++) {
            static const char bytes[] = "Ab0_-";
            for (size_t j = 0; j < sizeof(bytes) - 1; j++) {
                char kept = token.bytes[i];
                if (kept == bytes[j]) continue;
                token.bytes[i] = bytes[j];
                ck_assert_int_eq(read_token(buffer_slice(&token), &text, &error), CFH_BAD_PLAN);
                ck_assert_uint_eq(text.length, 0);
                ck_assert_int_eq(error.code, CFH_BAD_PLAN);
                if (i > 5) ck_assert(strcmp(error.sentence, DAMAGED) == 0 || i == 21);
                token.bytes[i] = kept;
            }
        }
        ck_assert_int_eq(read_token(buffer_slice(&token), &text, &error), CFH_OK);
        buffer_clear(&text);
        buffer_release(&token);
    }
    buffer_release(&text);
}
END_TEST

START_TEST(a_token_cut_or_continued_is_damaged)
{
    struct buffer token, text;
    struct cfh_error error;
    buffer_init(&text, &memory);
    make_token(FROM, PLAN_PHASE_WHOLE, &token);
    for (size_t length = 0; length < token.length; length++) {
        struct slice front = {token.bytes, length};
        ck_assert_int_eq(read_token(front, &text, &error), CFH_BAD_PLAN);
        ck_assert_str_eq(error.sentence, plan_is_token(front) ? DAMAGED : NO_PLAN);
    }
    for (size_t more = 0; more < 4; more++) {
        ck_assert(buffer_append(&token, SLICE("A")));
        ck_assert_int_eq(read_token(buffer_slice(&token), &text, &error), CFH_BAD_PLAN);
        ck_assert_str_eq(error.sentence, DAMAGED);
    }
    buffer_release(&token);
    buffer_release(&text);
}
END_TEST

START_TEST(another_version_is_said_so)
{
    static const char *const tokens[] = {"map2_0123456789abcdef_QQ", "plan0_0123456789abcdef_QQ",
                                         "map11_0123456789abcdef_", "plan01_0123456789abcdef_QQ",
                                         "plan99999999999999999999_0123456789abcdef_!!"};
    struct buffer text;
    struct cfh_error error;
    buffer_init(&text, &memory);
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        ck_assert(plan_is_token(text_of(tokens[i])));
        ck_assert_int_eq(read_token(text_of(tokens[i]), &text, &error), CFH_BAD_PLAN);
        ck_assert_str_eq(error.sentence,
                         "The search head's cfhunt and this machine's are of different versions: "
                         "install the same version on both.");
        ck_assert_uint_eq(text.length, 0);
    }
    buffer_release(&text);
}
END_TEST

START_TEST(what_is_no_token)
{
    static const char *const texts[] = {
        "",
        "map",
        "map1",
        "plan1_",
        "map1_0123456789abcdef",
        "map_0123456789abcdef_QQ",
        "mapx_0123456789abcdef_QQ",
        "Map1_0123456789abcdef_QQ",
        "plan1-0123456789abcdef_QQ",
        "plan1_0123456789abcdef-QQ",
        "count from datamodel=Network_Traffic.All_Traffic",
        "map1=0123456789abcdef_QQ",
        " map1_0123456789abcdef_QQ",
    };
    struct buffer text;
    struct cfh_error error;
    buffer_init(&text, &memory);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ck_assert_msg(!plan_is_token(text_of(texts[i])), "%s", texts[i]);
        ck_assert_int_eq(read_token(text_of(texts[i]), &text, &error), CFH_BAD_PLAN);
        ck_assert_str_eq(error.sentence, NO_PLAN);
    }
    ck_assert(!plan_is_token((struct slice){NULL, 0}));
    buffer_release(&text);
}
END_TEST

/* ---- refused memory ---- */

static bool build(struct plan *plan)
{
    size_t field;
    struct plan_node *node;
    for (char name = 'a'; name <= 'e'; name++) {
        if (!plan_add_field(plan, (struct slice){&name, 1}, &field)) return false;
        struct plan_function function = {SLICE("min"), field, SLICE("x")};
        if (!plan_add_function(plan, function) || !plan_add_by(plan, field)) return false;
    }
    if ((node = plan_add_node(plan, PLAN_COMPARE)) == NULL) return false;
    plan->where = node;
    node->field = 0;
    return plan_add_value(plan, node, SLICE("v")) && plan_seal(plan);
}

static bool build_and_send(struct plan *plan, struct memory *from)
{
    struct buffer token, text;
    struct cfh_error error;
    enum plan_phase phase;
    buffer_init(&token, from);
    buffer_init(&text, from);
    bool done = build(plan) && plan_token(plan, PLAN_PHASE_MAP, &token);
    if (done) {
        enum cfh_status status = plan_read_token(buffer_slice(&token), &phase, &text, &error);
        ck_assert(status == CFH_OK || status == CFH_NO_MEMORY);
        done = status == CFH_OK;
    }
    if (done) ck_assert(text_equal(buffer_slice(&text), plan->text));
    buffer_release(&token);
    buffer_release(&text);
    return done;
}

START_TEST(every_refusal_is_told)
{
    struct failing_source failing = {.refused = true};
    size_t refusals = 0;
    for (size_t n = 0; failing.refused; n++) {
        failing = (struct failing_source){.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct plan plan;
        plan_init(&plan, &refusing);
        plan.arena.block_size = 1; /* a block for each request */
        bool done = build_and_send(&plan, &refusing);
        ck_assert(done || failing.refused);
        refusals += !done;
        if (failing.refused && !done) ck_assert_uint_le(plan.field_count, 5);
        plan_release(&plan);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_ge(refusals, 15);
}
END_TEST

/* A source that refuses for good, so that no buffer can do with less. */
START_TEST(a_full_memory_is_told)
{
    struct plan plan;
    for (size_t limit = 1;; limit += 61) {
        struct memory full;
        memory_init(&full, NULL, limit);
        plan_init(&plan, &full);
        bool done = build_and_send(&plan, &full);
        plan_release(&plan);
        ck_assert_uint_eq(full.used, 0);
        ck_assert(done != full.limited);
        if (done) break;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *cases = tcase_create("plan");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, each_field_stands_once);
    tcase_add_test(cases, everything_grows_and_belongs_to_the_plan);
    tcase_add_test(cases, terms_are_numbered_and_other_nodes_are_not);
    tcase_add_test(cases, C1_output_names);
    tcase_add_test(cases, parse_of_print_is_the_same_plan);
    tcase_add_test(cases, other_plans_have_other_digests);
    tcase_add_test(cases, the_canonical_text);
    tcase_add_test(cases, spans_datasets_and_networks_in_the_canonical_text);
    tcase_add_test(cases, which_field_is_the_time);
    tcase_add_test(cases, W18_names_of_models);
    tcase_add_test(cases, a_span_prints_alone);
    tcase_add_test(cases, terms_print_alone);
    tcase_add_test(cases, a_token_brings_the_plan);
    tcase_add_test(cases, no_damage_to_a_byte_goes_unseen);
    tcase_add_test(cases, a_token_cut_or_continued_is_damaged);
    tcase_add_test(cases, another_version_is_said_so);
    tcase_add_test(cases, what_is_no_token);
    tcase_add_test(cases, every_refusal_is_told);
    tcase_add_test(cases, a_full_memory_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
