#include "tstats.h"

#include <check.h>
#include <stdlib.h>

#include "test_default_hunt.h"
#include "test_rows.h"

static struct memory memory;
static struct plan plan;
static struct cfh_error error;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    plan_init(&plan, &memory);
}

static void tear_down(void)
{
    plan_release(&plan);
    ck_assert_uint_eq(memory.used, 0);
}

static enum cfh_status parse(const char *text)
{
    plan_release(&plan);
    error = (struct cfh_error){.code = CFH_OK};
    return tstats_parse(&plan, text_of(text), &error);
}

static void parse_well(const char *text)
{
    ck_assert_msg(parse(text) == CFH_OK, "%s: %s", text, error.sentence);
}

static struct slice field_name(size_t field)
{
    ck_assert_uint_lt(field, plan.field_count);
    return plan.fields[field].name;
}

/* ---- the default hunt (design section 1) ---- */

static const char *const default_by[] = {
    "action",    "app",       "dest",     "dest_ip",          "dest_port",
    "direction", "dvc",       "protocol", "protocol_version", "src",
    "src_ip",    "transport", "user",     "vendor_product"};

static void check_default_hunt(void)
{
    ck_assert(slice_is(plan.model, "Network_Traffic"));
    ck_assert(slice_is(plan.dataset, "All_Traffic"));
    ck_assert(slice_is(plan.dropped, "All_Traffic"));
    ck_assert(plan.options.fill_null && slice_is(plan.options.fill_value, "null")); /* B2 */
    ck_assert(!plan.options.summaries_only);
    static const char *const outputs[] = {"count", "firstTime", "lastTime", "src_port"};
    ck_assert_uint_eq(plan.function_count, COUNT_OF(outputs));
    for (size_t i = 0; i < COUNT_OF(outputs); i++)
        ck_assert(slice_is(plan.functions[i].output, outputs[i]));
    ck_assert_uint_eq(plan.functions[0].field, PLAN_NO_FIELD);
    ck_assert(slice_is(field_name(plan.functions[1].field), "_time"));
    ck_assert(slice_is(field_name(plan.functions[3].field), "All_Traffic.src_port"));
    ck_assert_uint_eq(plan.by_count, COUNT_OF(default_by)); /* T6 */
    for (size_t i = 0; i < COUNT_OF(default_by); i++)
        ck_assert(slice_is(plan_output_name(&plan, field_name(plan.by[i])), default_by[i]));
    ck_assert_int_eq(plan.where->kind, PLAN_COMPARE);
    ck_assert_int_eq(plan.where->comparison, PLAN_EQUAL);
    ck_assert(slice_is(field_name(plan.where->field), "All_Traffic.dest_port"));
    ck_assert(slice_is(plan.where->values[0], "7844"));
    ck_assert_uint_eq(plan.term_count, 1);
    for (size_t i = 0; i < plan.field_count; i++)
        ck_assert(plan.fields[i].in_where == (i == plan.where->field));
}

START_TEST(the_default_hunt)
{
    parse_well(DEFAULT_HUNT_SEARCH);
    check_default_hunt();
}
END_TEST

START_TEST(no_search_is_refused)
{
    static const char *const texts[] = {"", "  \n", "``` only a comment ```", "hyphen=ip"};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ck_assert_int_eq(parse(texts[i]), CFH_BAD_PLAN);
    plan_release(&plan);
    ck_assert_int_eq(tstats_parse(&plan, (struct slice){NULL, 0}, &error), CFH_BAD_PLAN);
}
END_TEST

START_TEST(own_switches_go_with_the_default_hunt)
{
    parse_well("hyphen=ip entities=decode dest=computer maxmem=64 "
               "include_events_omitted_when_filtering_numeric_values=t " DEFAULT_HUNT_SEARCH);
    check_default_hunt();
    ck_assert_int_eq(plan.options.hyphen, PLAN_HYPHEN_IP);
    ck_assert_int_eq(plan.options.entities, PLAN_ENTITIES_DECODE);
    ck_assert_int_eq(plan.options.dest, PLAN_DEST_COMPUTER);
    ck_assert_uint_eq(plan.options.memory_megabytes, 64);
    ck_assert(plan.options.keep_omitted);
}
END_TEST

START_TEST(nothing_of_the_default_hunt_is_mixed_in)
{
    ck_assert_int_eq(parse("fillnull_value=x"), CFH_BAD_PLAN);
    ck_assert_int_eq(parse("hyphen=ip summariesonly=false"), CFH_BAD_PLAN);
    ck_assert_int_eq(parse("where All_Traffic.dest_port=1"), CFH_BAD_PLAN);
    ck_assert_int_eq(parse("count"), CFH_BAD_PLAN);
    parse_well("hyphen=ip count from datamodel=M.D");
    ck_assert(!plan.options.fill_null && plan.where == NULL && plan.by_count == 0);
    ck_assert_uint_eq(plan.function_count, 1);
    ck_assert_uint_eq(plan.dropped.length, 0);
}
END_TEST

/* ---- functions ---- */

#define FROM " from datamodel=M.D"

struct output {
    const char *rule, *functions, *names; /* of the outputs, with ';' between */
};

static const struct output outputs[] = {
    {"T5", "count", "count"},
    {"T5", "COUNT", "count"},
    {"T5", "count(D.x)", "count(D.x)"},
    {"T5", "min(_time)", "min(_time)"},
    {"T5", "values( All_Traffic.bytes )", "values(All_Traffic.bytes)"},
    {"T5", "Max(\"a b\")", "max(a b)"},
    {"T4", "count as n", "n"},
    {"T4", "count AS n", "n"},
    {"T4", "count As \"two words\"", "two words"},
    {"T4", "count as annotations.mitre_attack.id", "annotations.mitre_attack.id"},
    {"T4", "count as from", "from"},
    {"T6", "max(x) count min(x) as a", "max(x);count;a"},
    {"T6", "max(x), count ,min(x) as a,values(y)", "max(x);count;a;values(y)"},
    {"T6", "count count count(x)", "count;count;count(x)"},
    {"W16", "count ```of rows``` as ```so``` n", "n"},
};

START_TEST(T3_to_T6_functions)
{
    for (size_t i = 0; i < COUNT_OF(outputs); i++) {
        char search[128], names[128] = "";
        parse_well(strcat(strcpy(search, outputs[i].functions), FROM));
        for (size_t j = 0; j < plan.function_count; j++) {
            if (j > 0) strcat(names, ";");
            strncat(names, plan.functions[j].output.bytes, plan.functions[j].output.length);
        }
        ck_assert_msg(strcmp(names, outputs[i].names) == 0, "%s: %s", outputs[i].functions, names);
    }
}
END_TEST

/* ---- FROM ---- */

struct from {
    const char *search, *model, *dataset;
};

static const struct from froms[] = {
    {"count from datamodel=M.D", "M", "D"},
    {"count FROM DataModel = \"M.D\"", "M", "D"},
    {"count from datamodel=M.D.E-1_f", "M", "D.E-1_f"},
    {"count from datamodel=M", "M", ""},
    /* the prefix in the fields names the dataset */
    {"count from datamodel=M by D.x E.y", "M", "D"},
    {"count from datamodel=M where D.x=1 by E.y", "M", "D"},
    {"min(_time) values(D.x)"
     " from datamodel=M by host",
     "M", "D"},
    {"count from datamodel=M by D.E.x", "M", "D"},
    {"count from datamodel=M by \"a b.x\" D.y", "M", "D"}, /* no dataset's name */
    {"count from datamodel=M by host", "M", ""},
    {"count from datamodel=Network_Traffic by All_Traffic.x", "Network_Traffic", "All_Traffic"},
    {"count from datamodel=Network_Traffic by Other.x All_Traffic.y", "Network_Traffic",
     "All_Traffic"},
    {"count from datamodel=Network_Traffic by Other.x", "Network_Traffic", ""},
    /* W12 */
    {"count from datamodel=M where nodename=D.E by F.x", "M", "D.E"},
    {"count from datamodel=M.D where (nodename = D)", "M", "D"},
    {"count from datamodel=Network_Traffic where nodename=All_Traffic", "Network_Traffic",
     "All_Traffic"},
};

START_TEST(W12_W18_from)
{
    for (size_t i = 0; i < COUNT_OF(froms); i++) {
        parse_well(froms[i].search);
        ck_assert_msg(slice_is(plan.model, froms[i].model), "%s", froms[i].search);
        ck_assert_msg(slice_is(plan.dataset, froms[i].dataset), "%s", froms[i].search);
    }
}
END_TEST

/* ---- BY ---- */

static const char *const by_lists[] = {
    "by a b c",         "BY a,b,c",         "By a , b c,",       "groupby a b,c",
    "by \"a\" \"b\",c", "by a,```x``` b c", "\n by\n a\n b\n c",
};

START_TEST(B7_by_lists)
{
    for (size_t i = 0; i < COUNT_OF(by_lists); i++) {
        char search[128] = "count" FROM " ";
        parse_well(strcat(search, by_lists[i]));
        ck_assert_uint_eq(plan.by_count, 3);
        for (size_t j = 0; j < 3; j++)
            ck_assert(slice_is(field_name(plan.by[j]), j == 0 ? "a" : j == 1 ? "b" : "c"));
    }
    parse_well("count" FROM " where by=1 by by1, \"by\", \"where\" \"span\"");
    ck_assert_uint_eq(plan.by_count, 4);
}
END_TEST

/* ---- WHERE: what the text becomes (W1) ---- */

struct tree {
    const char *where;
    const char *printed; /* all parentheses that the tree has */
};

static const struct tree trees[] = {
    {"a=1 OR a=2 b=3", "AND(OR(a,a),b)"},
    {"a=1 b=2 OR c=3", "AND(a,OR(b,c))"},
    {"a=1 AND b=2 c=3", "AND(a,b,c)"},
    {"a=1 OR b=2 OR c=3", "OR(a,b,c)"},
    {"NOT a=1 OR b=2", "OR(NOT(a),b)"},
    {"NOT a=1 b=2", "AND(NOT(a),b)"},
    {"NOT (a=1 b=2)", "NOT(AND(a,b))"},
    {"NOT NOT a=1", "NOT(NOT(a))"},
    {"(((a=1)))", "a"},
    {"a=1 OR (b=2 c=3)", "OR(a,AND(b,c))"},
    {"(a=1 b=2) c=3", "AND(AND(a,b),c)"},
    {"*", "*"},
    {"(a=1)(b=2)", "AND(a,b)"},
    {"a IN (1)OR b=2", "OR(a,b)"},
    {"a=\"1\"b=2", "AND(a,b)"},
};

static void print_tree(const struct plan_node *node, char *text)
{
    static const char *const names[] = {"AND", "OR", "NOT"};
    if (node->kind == PLAN_EVERYTHING) strcat(text, "*");
    if (node->kind == PLAN_COMPARE || node->kind == PLAN_IN)
        strncat(text, field_name(node->field).bytes, field_name(node->field).length);
    if (node->first_child == NULL) return;
    strcat(strcat(text, names[node->kind]), "(");
    for (const struct plan_node *child = node->first_child; child; child = child->next_sibling) {
        if (child != node->first_child) strcat(text, ",");
        print_tree(child, text);
    }
    strcat(text, ")");
}

START_TEST(W1_precedence)
{
    for (size_t i = 0; i < COUNT_OF(trees); i++) {
        char search[128] = "count" FROM " where ", text[128] = "";
        parse_well(strcat(search, trees[i].where));
        print_tree(plan.where, text);
        ck_assert_msg(strcmp(text, trees[i].printed) == 0, "%s: %s", trees[i].where, text);
    }
}
END_TEST

/* ---- depth ---- */

static void nest(struct buffer *text, const char *opening, const char *inner, const char *closing,
                 size_t levels)
{
    buffer_clear(text);
    ck_assert(buffer_append(text, SLICE("count" FROM " where ")));
    for (size_t i = 0; i < levels; i++)
        ck_assert(buffer_append(text, text_of(opening)));
    ck_assert(buffer_append(text, text_of(inner)));
    for (size_t i = 0; i < levels; i++)
        ck_assert(buffer_append(text, text_of(closing)));
}

struct nesting {
    const char *opening, *inner, *closing;
};

static const struct nesting nestings[] = {
    {"(", "a=1", ")"},
    {"NOT ", "a=1", ""},
    {"NOT (", "a=1", ")"}, /* two levels each */
    {"(a=1 OR b=2 ", "c=3", ")"},
    {"(b=2 a=1 OR ", "c=3", ")"},
    {"(", "a=1", " OR b=2 c=3)"},
};

/* What is accepted prints as a text that is accepted: else an indexer would refuse the plan. */
START_TEST(depth_is_bounded_and_its_print_is_no_deeper)
{
    struct buffer text;
    buffer_init(&text, &memory);
    for (size_t i = 0; i < COUNT_OF(nestings); i++) {
        const struct nesting *n = &nestings[i];
        size_t deepest = i == 2 ? TSTATS_DEPTH_MAX / 2 - 1 : TSTATS_DEPTH_MAX - 1;
        struct plan again;
        plan_release(&plan);
        nest(&text, n->opening, n->inner, n->closing, deepest);
        ck_assert_int_eq(tstats_parse(&plan, buffer_slice(&text), &error), CFH_OK);
        plan_init(&again, &memory);
        ck_assert_int_eq(tstats_parse(&again, plan.text, &error), CFH_OK);
        ck_assert(again.digest == plan.digest);
        plan_release(&again);
        plan_release(&plan);
        nest(&text, n->opening, n->inner, n->closing, deepest + 1);
        ck_assert_int_eq(tstats_parse(&plan, buffer_slice(&text), &error), CFH_BAD_PLAN);
        ck_assert_ptr_nonnull(strstr(error.sentence, "The WHERE is nested too deeply at \""));
        ck_assert_ptr_nonnull(strstr(error.sentence, ": at most 200 levels."));
    }
    plan_release(&plan);
    nest(&text, "(", "", "", 1000000);
    ck_assert_int_eq(tstats_parse(&plan, buffer_slice(&text), &error), CFH_BAD_PLAN);
    buffer_release(&text);
}
END_TEST

/* ---- sentences ---- */

struct refusal {
    const char *search;
    size_t position;
    const char *sentence;
};

#define W "count from datamodel=A.B where "
#define BY "count from datamodel=A.B by "
#define UPPER "AND, OR, NOT and IN are written in upper case, not "
#define BARE ": one of = != < <= > >= or IN (...). cfhunt searches no bare words."
#define ORDER ": a search is functions, FROM, WHERE and BY, in this order."
#define TAIL "Behind \"|\" only `drop_dm_object_name(...)` can stand, not "

static const struct refusal refusals[] = {
    /* functions: T3 */
    {"min from datamodel=A.B", 0,
     "This function needs a field in parentheses: \"min\" at column 1."},
    {"min() from datamodel=A.B", 4, "A function's field is missing before \")\" at column 5."},
    {"min(x from datamodel=A.B", 6, "A function's \")\" is missing before \"from\" at column 7."},
    {"min(\"\")" FROM, 4, "A name cannot be empty: \"\"\")\" at column 5."},
    {"count values(*)" FROM, 6, "A function takes no wildcard: \"values(*)\" at column 7."},
    {"count(eval(a=1))" FROM, 0,
     "A function takes a field, not an expression: \"count(eval(a=1))\" at column 1."},
    {"from datamodel=A.B", 0,
     "A function is missing before \"from\" at column 1, for example count."},
    {"hyphen=ip fillnull_value=x", 26,
     "A function is missing before the end of the search, for example count."},
    {"count as", 8, "A name is missing after AS, before the end of the search."},
    {"count as \"\"" FROM, 9, "A name cannot be empty: \"\"\"\" at column 10."},
    {"count as \"n" FROM, 9, "A quote is not closed: \"\"n\" at column 10."},
    /* FROM: W18 */
    {"count", 5, "FROM datamodel=... is missing before the end of the search."},
    {"count where a=1 by b", 6, "FROM datamodel=... is missing before \"where\" at column 7."},
    {"count by b", 6, "FROM datamodel=... is missing before \"by\" at column 7."},
    {"count from", 10, "FROM needs datamodel=MODEL.DATASET, not the end of the search."},
    {"count from A.B", 11, "FROM needs datamodel=MODEL.DATASET, not \"A.B\" at column 12."},
    {"count from datamodel=", 21, "A value is missing before the end of the search."},
    {"count from datamodel=A.", 21, "This is not the name of a data model: \"A.\" at column 22."},
    {"count from datamodel=A..B", 21,
     "This is not the name of a data model: \"A..B\" at column 22."},
    {"count from datamodel=\"\"", 21,
     "This is not the name of a data model: \"\"\"\" at column 22."},
    {"count from datamodel=A$B", 21, "This is not the name of a data model: \"A$B\" at column 22."},
    /* WHERE */
    {W, 31, "A field, \"(\" or NOT is missing before the end of the search."},
    {W "a", 31, "A comparison is missing behind \"a\" at column 32" BARE},
    {W "a b=1", 31, "A comparison is missing behind \"a\" at column 32" BARE},
    {W "by x", 31, "A comparison is missing behind \"by\" at column 32" BARE},
    {W "a=", 33, "A value is missing before the end of the search."},
    {W "a==1", 33,
     "A value is missing before \"=1\" at column 34; a value that begins with = < or > needs "
     "double "
     "quotes."},
    {W "a=1 OR", 37, "A field, \"(\" or NOT is missing before the end of the search."},
    {W "OR a=1", 31, "A comparison is missing before \"OR\" at column 32."},
    {W "a=1 AND AND b=1", 39, "A comparison is missing before \"AND\" at column 40."},
    {W "a=1 and b=2", 35, UPPER "\"and\" at column 36."},
    {W "a=1 or (b=2)", 35, UPPER "\"or\" at column 36."},
    {W "Not a=1", 31, UPPER "\"Not\" at column 32."},
    {W "a in (1, 2)", 33, UPPER "\"in\" at column 34."},
    {W "a IN 1", 36, "IN needs a list in parentheses, not \"1\" at column 37."},
    {W "a IN ()", 37, "A value is missing before \")\" at column 38."},
    {W "a IN (1,,2)", 39, "A value is missing before \",2)\" at column 40."},
    {W "a IN (1,2", 40, "The list's \")\" is missing before the end of the search."},
    {W "a=IN", 33,
     "A value is missing before \"IN\" at column 34; as a value this word needs double quotes."},
    {W "(a=1 by x", 36, "A \")\" is missing before \"by\" at column 37."},
    {W "(a=1", 35, "A \")\" is missing before the end of the search."},
    {W "()", 32, "A field, \"(\" or NOT is missing before \")\" at column 33."},
    {W "a=1) by x", 34, "cfhunt does not understand \")\" at column 35" ORDER},
    {W "\"\"=1", 31, "A name cannot be empty: \"\"\"=1\" at column 32."},
    {W "TERM(x)", 31, "cfhunt compares fields; it takes no \"TERM(x)\" at column 32."}, /* W11 */
    {W "CASE(x)", 31, "cfhunt compares fields; it takes no \"CASE(x)\" at column 32."},
    {W "earliest=-1d", 31,
     "The time range is that of the search, so cfhunt takes no \"earliest=-1d\" at column 32."},
    {W "latest=now", 31,
     "The time range is that of the search, so cfhunt takes no \"latest=now\" at column 32."},
    {W "[search x]", 31,
     "A subsearch cannot stand here: \"[search\" at column 32. In Splunk's search bar Splunk "
     "itself "
     "replaces it before cfhunt runs; here write its values out."}, /* W15 */
    {W "`m`", 31,
     "A macro cannot stand here: \"`m`\" at column 32. In Splunk's search bar Splunk itself "
     "replaces it before cfhunt runs; here write its text out."},
    /* BY */
    {BY, 28, "A field is missing in BY before the end of the search."},
    {BY ",a", 28, "A field is missing in BY before \",a\" at column 29."},
    {BY "a,,b", 30, "A field is missing in BY before \",b\" at column 31."},
    {BY "\"\"", 28, "A name cannot be empty: \"\"\"\" at column 29."},
    {BY "D.*", 28, "BY takes no wildcard: \"D.*\" at column 29."}, /* T3 */
    {BY "a where b=1", 30, "WHERE stands before BY, not behind it: \"where\" at column 31."},
    {BY "a by b", 30, "BY stands only once: \"by\" at column 31."},
    {BY "a)", 29, "A field is missing in BY before \")\" at column 30."},
    {"count from datamodel=A.B extra", 25,
     "cfhunt does not understand \"extra\" at column 26" ORDER},
    /* the tail */
    {BY "a | sort a", 32, TAIL "\"sort\" at column 33."},
    {BY "a |", 31, TAIL "the end of the search."},
    {BY "a | `other(x)`", 32, TAIL "\"`other(x)`\" at column 33."},
    {BY "a | `drop_dm_object_name()`", 53,
     "The macro's object name is missing before \")`\" at column 54."},
    {BY "a | `drop_dm_object_name(B)` | sort a", 57,
     "cfhunt does not understand \"|\" at column 58" ORDER},
    /* options come first (T1) */
    {"count hyphen=ip from datamodel=A.B", 6, NULL},
    {"presstats=f count" FROM, 0,
     "There is no option \"presstats=f\" at column 1: did you mean prestats?"},
};

START_TEST(a_refusal_says_what_where_and_what_is_allowed)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        ck_assert_msg(parse(refusals[i].search) == CFH_BAD_PLAN, "%s", refusals[i].search);
        if (refusals[i].sentence != NULL) ck_assert_str_eq(error.sentence, refusals[i].sentence);
        ck_assert_uint_eq(error.position, refusals[i].position);
        ck_assert_int_eq(error.code, CFH_BAD_PLAN);
    }
}
END_TEST

START_TEST(T2_an_unknown_function_is_told_the_nearest_and_all)
{
    ck_assert_int_eq(parse("count cuont(x)" FROM), CFH_BAD_PLAN);
    ck_assert_uint_eq(error.position, 6);
    const char *start = "There is no function \"cuont(x)\" at column 7: did you mean count? "
                        "The functions are ";
    ck_assert(strncmp(error.sentence, start, strlen(start)) == 0);
    size_t length = strlen(error.sentence);
    ck_assert_uint_lt(length, CFH_SENTENCE_SIZE - 1);
    ck_assert_str_eq(error.sentence + length - 12, " and values.");
    ck_assert_ptr_nonnull(strstr(error.sentence, " min"));
    ck_assert_int_eq(parse("list(x)" FROM), CFH_BAD_PLAN); /* T2: not in the list */
    ck_assert_int_eq(parse("\"count\"" FROM), CFH_BAD_PLAN);
}
END_TEST

/* ---- remarks ---- */

static bool remark_is(size_t i, enum message_level level, const char *expected)
{
    struct buffer text;
    struct message remark = {.text = &text};
    buffer_init(&text, &memory);
    bool there = tstats_remark(&plan, i, &remark);
    bool is = there == (expected != NULL);
    if (is && there) is = remark.level == level && slice_is(buffer_slice(&text), expected);
    if (!is) ck_abort_msg("%zu: %.*s", i, (int)text.length, text.length > 0 ? text.bytes : "");
    buffer_release(&text);
    return is;
}

#define NULL_FIELD " is not in the data model and is null in every row. The nearest name is "

START_TEST(B3_unknown_fields_are_named_with_the_nearest)
{
    parse_well("summariesonly=t count from datamodel=Network_Traffic.All_Traffic where "
               "All_Traffic.dest_prot=1 by All_Traffic.user sourcetype user All_Traffic.vendor");
    remark_is(0, MESSAGE_WARN,
              "The field All_Traffic.dest_prot" NULL_FIELD "All_Traffic.dest_port.");
    remark_is(1, MESSAGE_WARN, "The field user" NULL_FIELD "All_Traffic.user.");
    remark_is(2, MESSAGE_WARN, "The field All_Traffic.vendor" NULL_FIELD "All_Traffic.action.");
    remark_is(3, MESSAGE_INFO,
              "summariesonly=true has no effect: cfhunt reads events, there is no summary.");
    remark_is(4, MESSAGE_INFO, NULL);
    remark_is(SIZE_MAX, MESSAGE_INFO, NULL);
}
END_TEST

START_TEST(an_unknown_model_or_dataset_is_named)
{
    parse_well("summariesonly=t count from datamodel=Network_Trafic.All_Traffic by All_Traffic.x");
    remark_is(0, MESSAGE_WARN,
              "cfhunt does not know the data model Network_Trafic: fields are taken as they come, "
              "without the model's defaults. The nearest name that it knows is Network_Traffic.");
    remark_is(1, MESSAGE_INFO,
              "summariesonly=true has no effect: cfhunt reads events, there is no summary.");
    remark_is(2, MESSAGE_INFO, NULL);
    parse_well("count from datamodel=Network_Traffic.Blocked_Traffic");
    remark_is(0, MESSAGE_WARN,
              "cfhunt does not know the dataset Network_Traffic.Blocked_Traffic: fields are taken "
              "as they come, without the model's defaults and without the dataset's constraint. "
              "The nearest name that it knows is Network_Traffic.All_Traffic.");
    remark_is(1, MESSAGE_INFO, NULL);
}
END_TEST

START_TEST(a_plain_plan_needs_no_remark)
{
    parse_well(DEFAULT_HUNT_SEARCH);
    remark_is(0, MESSAGE_INFO, NULL);
    parse_well("count from datamodel=Network_Traffic");
    remark_is(0, MESSAGE_INFO, NULL);
}
END_TEST

/* ---- refused memory ---- */

START_TEST(every_refusal_is_told)
{
    static const struct slice searches[] = {
        SLICE(DEFAULT_HUNT_SEARCH),
        SLICE("fillnull_value=\"x\" count values(\"D.a\") as \"b\" max(D.c) from datamodel=M where "
              "nodename=D D.a=1 OR NOT (D.b IN (1, \"2\") * D.c!=3) by D.a, D.d | "
              "`drop_dm_object_name(\"D\")`")};
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        struct failing_source failing = {.refused = true};
        size_t refusals_of_memory = 0;
        for (size_t n = 0; failing.refused; n++) {
            failing = (struct failing_source){.fail_at = n};
            struct memory refusing = failing_memory(&failing);
            struct plan small;
            plan_init(&small, &refusing);
            small.arena.block_size = 1; /* a block for each request */
            enum cfh_status status = tstats_parse(&small, searches[i], &error);
            ck_assert(status == CFH_OK || (failing.refused && status == CFH_NO_MEMORY));
            refusals_of_memory += status != CFH_OK;
            plan_release(&small);
            ck_assert_uint_eq(refusing.used, 0);
        }
        ck_assert_uint_ge(refusals_of_memory, 40);
    }
}
END_TEST

START_TEST(a_refused_remark_ends_the_list)
{
    parse_well("count from datamodel=Network_Traffic.All_Traffic by user");
    struct failing_source failing = {.fail_at = 0};
    struct memory refusing = failing_memory(&failing);
    struct buffer text;
    struct message remark = {.text = &text};
    refusing.limit = 1;
    buffer_init(&text, &refusing);
    ck_assert(!tstats_remark(&plan, 0, &remark));
    buffer_release(&text);
    ck_assert_uint_eq(refusing.used, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tstats");
    TCase *cases = tcase_create("tstats");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, the_default_hunt);
    tcase_add_test(cases, no_search_is_refused);
    tcase_add_test(cases, own_switches_go_with_the_default_hunt);
    tcase_add_test(cases, nothing_of_the_default_hunt_is_mixed_in);
    tcase_add_test(cases, T3_to_T6_functions);
    tcase_add_test(cases, W12_W18_from);
    tcase_add_test(cases, B7_by_lists);
    tcase_add_test(cases, W1_precedence);
    tcase_add_test(cases, depth_is_bounded_and_its_print_is_no_deeper);
    tcase_add_test(cases, a_refusal_says_what_where_and_what_is_allowed);
    tcase_add_test(cases, T2_an_unknown_function_is_told_the_nearest_and_all);
    tcase_add_test(cases, B3_unknown_fields_are_named_with_the_nearest);
    tcase_add_test(cases, an_unknown_model_or_dataset_is_named);
    tcase_add_test(cases, a_plain_plan_needs_no_remark);
    tcase_add_test(cases, every_refusal_is_told);
    tcase_add_test(cases, a_refused_remark_ends_the_list);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
