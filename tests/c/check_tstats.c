#include "tstats.h"

#include <check.h>
#include <stdlib.h>

#include "test_default_hunt.h"
#include "conditions.h"
#include "model.h"
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
    {"T5", "dc(Processes.process)", "dc(Processes.process)"},
    {"T5", "Distinct_Count(x)", "distinct_count(x)"},
    {"T5", "PERC95(D.x) perc99.9(x)", "perc95(D.x);perc99.9(x)"},
    {"T5", "exactperc0(x) upperperc100(x)", "exactperc0(x);upperperc100(x)"},
    {"T2", "avg(x) estdc(x) median(x) mode(x) range(x) rate(x)",
     "avg(x);estdc(x);median(x);mode(x);range(x);rate(x)"},
    {"T2", "stdev(x) stdevp(x) sum(x) sumsq(x) var(x) varp(x)",
     "stdev(x);stdevp(x);sum(x);sumsq(x);var(x);varp(x)"},
    {"T2", "first(x) last(x) earliest(x) latest(x) earliest_time(x) latest_time(x)",
     "first(x);last(x);earliest(x);latest(x);earliest_time(x);latest_time(x)"},
    {"T4", "perc95(x) as \"95 %\"", "95 %"},
    {"T6", "max(x) count min(x) as a", "max(x);count;a"},
    {"T6", "max(x), count ,min(x) as a,values(y)", "max(x);count;a;values(y)"},
    {"T6", "count count count(x)", "count;count;count(x)"},
    {"W16", "count ```of rows``` as ```so``` n", "n"},
};

START_TEST(T3_to_T6_functions)
{
    for (size_t i = 0; i < COUNT_OF(outputs); i++) {
        char search[160], names[160] = "";
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
    {"count from datamodel=Network_Traffic by Allowed_Traffic.x", "Network_Traffic", ""},
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

/* ---- depth ---- */

static void nest(struct buffer *text, const char *opening, const char *inner, const char *closing,
                 size_t levels)
{
    buffer_clear(text);
    bool done = buffer_append(text, SLICE("count" FROM " where "));
    for (size_t i = 0; i < levels; i++)
        done = done && buffer_append(text, text_of(opening));
    done = done && buffer_append(text, text_of(inner));
    for (size_t i = 0; i < levels; i++)
        done = done && buffer_append(text, text_of(closing));
    ck_assert(done); /* once: check writes each assertion to a file */
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
        size_t deepest = i == 2 ? CONDITIONS_DEPTH_MAX / 2 - 1 : CONDITIONS_DEPTH_MAX - 1;
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
#define BARE                                                                                       \
    ": one of = != < <= > >= or IN (...). cfhunt searches no bare words; a value with blanks in "  \
    "it needs double quotes."
#define A_SPAN ". A span is a whole number up to 1000000 and s, m, h, d or mon, for example 1h."
#define ORDER ": a search is functions, FROM, WHERE and BY, in this order."
#define TAIL "Behind \"|\" only `drop_dm_object_name(...)` can stand, not "

static const struct refusal refusals[] = {
    /* functions: T3 */
    {"min from datamodel=A.B", 0,
     "This function needs a field in parentheses: \"min\" at column 1."},
    {"min() from datamodel=A.B", 4, "A function's field is missing before \")\" at column 5."},
    {"min(x from datamodel=A.B", 6, "A function's \")\" is missing before \"from\" at column 7."},
    {"min(\"\")" FROM, 4, "A name cannot be empty: '\"\")' at column 5."},
    {"count values(*)" FROM, 6, "A function takes no wildcard: \"values(*)\" at column 7."},
    {"count(eval(a=1))" FROM, 0,
     "A function takes a field, not an expression: \"count(eval(a=1))\" at column 1."},
    {"count as a summariesonly=t from datamodel=A.B", 11,
     "Options stand before the first function, not behind it: \"summariesonly=t\" at column 12."},
    {"count, dest = 7 from datamodel=A.B", 7,
     "Options stand before the first function, not behind it: \"dest\" at column 8."},
    {"count, maxmem= 7 from datamodel=A.B", 7,
     "Options stand before the first function, not behind it: \"maxmem=\" at column 8."},
    {"count D.port=7 from datamodel=A.B", 6,
     "Comparisons stand behind WHERE, not among the functions: \"D.port=7\" at column 7."},
    {"hyphen count from datamodel=A.B", 0,
     "An option needs = and a value: \"hyphen\" at column 1."},
    {"from datamodel=A.B", 0,
     "A function is missing before \"from\" at column 1, for example count."},
    {"hyphen=ip fillnull_value=x", 26,
     "A function is missing before the end of the search, for example count."},
    {"count as", 8, "A name is missing after AS, before the end of the search."},
    {"count as \"\"" FROM, 9, "A name cannot be empty: '\"\"' at column 10."},
    {"count as \"n" FROM, 9, "A quote is not closed: '\"n' at column 10."},
    /* FROM: W18 */
    {"count", 5, "FROM datamodel=... is missing before the end of the search."},
    {"count where a=1 by b", 6, "FROM datamodel=... is missing before \"where\" at column 7."},
    {"count by b", 6, "FROM datamodel=... is missing before \"by\" at column 7."},
    {"count datamodel=A.B where a=1", 6, "FROM is missing before \"datamodel=A.B\" at column 7."},
    {"sum(a) as b, DataModel = A", 13, "FROM is missing before \"DataModel\" at column 14."},
    {"count form datamodel=A.B", 6, "FROM stands before datamodel=, not \"form\" at column 7."},
    {"count as a frm datamodel=A.B", 11,
     "FROM stands before datamodel=, not \"frm\" at column 12."},
    {"datamodel=A.B", 0,
     "A function is missing before \"datamodel=A.B\" at column 1, for example count."},
    {"count as from datamodel=A.B", 9, "A name is missing after AS, before \"from\" at column 10."},
    {"count from", 10, "FROM needs datamodel=MODEL.DATASET, not the end of the search."},
    {"count from A.B", 11, "FROM needs datamodel=MODEL.DATASET, not \"A.B\" at column 12."},
    {"count from datamodel=", 21, "A value is missing before the end of the search."},
    {"count from datamodel=A.", 21, "This is not the name of a data model: \"A.\" at column 22."},
    {"count from datamodel=A..B", 21,
     "This is not the name of a data model: \"A..B\" at column 22."},
    {"count from datamodel=\"\"", 21, "This is not the name of a data model: '\"\"' at column 22."},
    {"count from datamodel=A$B", 21, "This is not the name of a data model: \"A$B\" at column 22."},
    /* WHERE */
    {W, 31, "A field, \"(\" or NOT is missing before the end of the search."},
    {W "a", 31, "A comparison is missing behind \"a\" at column 32" BARE},
    {W "a b=1", 31, "A comparison is missing behind \"a\" at column 32" BARE},
    {W "by x", 31, "A comparison is missing behind \"by\" at column 32" BARE},
    {W "a=1 and b=2", 35,
     "AND, OR, NOT and IN are written in upper case, not \"and\" at column 36."},
    {W "(a=1 by x", 36, "A \")\" is missing before \"by\" at column 37."},
    {W "a=1) by x", 34, "cfhunt does not understand \")\" at column 35" ORDER},
    {W "nodename=C", 40,
     "cfhunt does not know this data model, so nodename can only be the dataset that the search "
     "reads, not \"C\" at column 41."}, /* W12 */
    {"count from datamodel=Change where nodename=Accounts_Craeted", 43,
     "The data model has no dataset \"Accounts_Craeted\" at column 44: did you mean "
     "Accounts_Created?"},
    /* BY */
    {BY, 28, "A field is missing in BY before the end of the search."},
    {BY ",a", 28, "A field is missing in BY before \",a\" at column 29."},
    {BY "a,,b", 30, "A field is missing in BY before \",b\" at column 31."},
    {BY "\"\"", 28, "A name cannot be empty: '\"\"' at column 29."},
    {BY "D.*", 28, "BY takes no wildcard: \"D.*\" at column 29."}, /* T3 */
    {BY "a b=1", 30, "BY lists fields and compares none: \"b=1\" at column 31."},
    {BY "a b != 1", 30, "BY lists fields and compares none: \"b\" at column 31."},
    {BY "a where b=1", 30, "WHERE stands before BY, not behind it: \"where\" at column 31."},
    {BY "a by b", 30, "BY stands only once: \"by\" at column 31."},
    {BY "a)", 29, "A field is missing in BY before \")\" at column 30."},
    {"count from datamodel=A.B extra", 25,
     "cfhunt does not understand \"extra\" at column 26" ORDER},
    /* spans: B6 */
    {BY "a span=1h", 30, "A span divides _time, but BY has no _time: \"span=1h\" at column 31."},
    {BY "span=1h", 28, "A span divides _time, but BY has no _time: \"span=1h\" at column 29."},
    {BY "span = 1h, A._time", 28,
     "A span divides _time, but BY has no _time: \"span\" at column 29."},
    {BY "_time span=1h span=1h", 42, "span stands only once: \"span=1h\" at column 43."},
    {BY "_time span=1w", 39, "This is no span: \"1w\" at column 40" A_SPAN},
    {BY "_time span=auto", 39, "This is no span: \"auto\" at column 40" A_SPAN},
    {BY "_time span=0h", 39, "This is no span: \"0h\" at column 40" A_SPAN},
    {BY "_time span=\"\"", 39, "This is no span: '\"\"' at column 40" A_SPAN},
    {BY "_time span=500ms", 39, "This is no span: \"500ms\" at column 40" A_SPAN},
    {BY "_time span=", 39, "A value is missing before the end of the search."},
    {BY "_time span=,a", 39, "A value is missing before \",a\" at column 40."},
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
    ck_assert_str_eq(error.sentence + length - 10, " and varp.");
    ck_assert_ptr_nonnull(strstr(error.sentence, " min"));
    ck_assert_int_eq(parse("list(x)" FROM), CFH_BAD_PLAN); /* T2: not in the list */
    ck_assert_int_eq(parse("\"count\"" FROM), CFH_BAD_PLAN);
}
END_TEST

static const struct {
    const char *call, *nearest;
} percentages[] = {
    {"perc(x)", "perc<N>, where N is 0 to 100?"},
    {"perc101(x)", "perc<N>, where N is 0 to 100?"},
    {"perc-1(x)", "perc<N>, where N is 0 to 100?"},
    {"perc99.9999(x)", "perc<N>, where N is 0 to 100?"},
    {"perc95.(x)", "perc<N>, where N is 0 to 100?"},
    {"percentile95(x)", "perc<N>, where N is 0 to 100?"},
    {"exactperc(x)", "exactperc<N>, where N is 0 to 100?"},
    {"uperperc95(x)", "upperperc<N>, where N is 0 to 100?"},
    {"median50(x)", "median?"},
    {"distinctcount(x)", "distinct_count?"},
};

START_TEST(T2_a_percentage_is_told_its_range)
{
    for (size_t i = 0; i < COUNT_OF(percentages); i++) {
        char search[64];
        strcat(strcpy(search, percentages[i].call), FROM);
        ck_assert_msg(parse(search) == CFH_BAD_PLAN, "%s", search);
        const char *mean = strstr(error.sentence, ": did you mean ");
        ck_assert_ptr_nonnull(mean);
        mean += strlen(": did you mean ");
        ck_assert_msg(strncmp(mean, percentages[i].nearest, strlen(percentages[i].nearest)) == 0,
                      "%s: %s", search, error.sentence);
        ck_assert_str_eq(error.sentence + strlen(error.sentence) - 15, ", var and varp.");
    }
}
END_TEST

/* ---- spans (B6) ---- */

static const struct {
    const char *by;
    uint32_t count;
    enum span_unit unit;
    bool assumed;
} spans[] = {
    {"_time span=1h", 1, SPAN_HOUR, false},
    {"span=1s _time a", 1, SPAN_SECOND, false},
    {"a _time, SPAN = 2mon, b", 2, SPAN_MONTH, false},
    {"a span=\"1d\" b _time", 1, SPAN_DAY, false},
    {"_time,span=5minutes", 5, SPAN_MINUTE, false},
    {"\"_time\" span=1h", 1, SPAN_HOUR, false},
    {"a _time", 1, SPAN_SECOND, true}, /* said once: remarks.h */
    {"_time \"span\" span=1h", 1, SPAN_HOUR, false},
    {"span _time", 1, SPAN_SECOND, true}, /* a field */
    {"span", 0, SPAN_SECOND, false},
    {"a b", 0, SPAN_SECOND, false},
};

START_TEST(B6_a_span_may_stand_anywhere_in_the_list)
{
    for (size_t i = 0; i < COUNT_OF(spans); i++) {
        char search[128] = "count" FROM " by ";
        parse_well(strcat(search, spans[i].by));
        ck_assert_msg(plan.span.count == spans[i].count, "%s", spans[i].by);
        if (spans[i].count > 0) ck_assert_int_eq(plan.span.unit, spans[i].unit);
        ck_assert(plan.span_assumed == spans[i].assumed);
        for (size_t j = 0; j < plan.by_count; j++)
            ck_assert(!slice_is(field_name(plan.by[j]), "span=1h"));
    }
    parse_well("count" FROM " by a, span=1h, _time, b");
    ck_assert_uint_eq(plan.by_count, 3);
    ck_assert(slice_is(field_name(plan.by[1]), "_time"));
}
END_TEST

/* ---- what a dataset demands (W12) ---- */

static const struct {
    const char *from;
    bool demands;
} demands[] = {
    {"Network_Traffic.All_Traffic", false},
    {"Network_Traffic", false},
    {"Network_Traffic.Blocked_Traffic", true},
    {"Network_Traffic.All_Traffic.Traffic_By_Action.Blocked_Traffic", true},
    {"Network_Traffic.Other", false}, /* a site's own: nobody knows */
    {"M.D", false},
    {"Change", true},
    {"Change.All_Changes", true},
    {"Change.Account_Management", true},
    {"Authentication", true},
    {"Endpoint.Processes", false},
};

START_TEST(W12_a_dataset_demands_beside_the_where)
{
    for (size_t i = 0; i < COUNT_OF(demands); i++) {
        char search[128] = "count from datamodel=";
        parse_well(strcat(search, demands[i].from));
        ck_assert_msg((plan.dataset_condition != NULL) == demands[i].demands, "%s",
                      demands[i].from);
        ck_assert_ptr_null(plan.where);
        for (size_t j = 0; j < plan.field_count; j++)
            ck_assert(!plan.fields[j].in_where);
    }
}
END_TEST

/* ---- refused memory ---- */

START_TEST(every_refusal_is_told)
{
    static const struct slice searches[] = {
        SLICE(DEFAULT_HUNT_SEARCH),
        SLICE("fillnull_value=\"x\" count values(\"D.a\") as \"b\" max(D.c) from datamodel=M where "
              "nodename=D D.a=1 OR NOT (D.b IN (1, \"2\") * D.c!=3) by D.a, D.d _time span=1h | "
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
    tcase_add_test(cases, depth_is_bounded_and_its_print_is_no_deeper);
    tcase_add_test(cases, a_refusal_says_what_where_and_what_is_allowed);
    tcase_add_test(cases, T2_a_percentage_is_told_its_range);
    tcase_add_test(cases, B6_a_span_may_stand_anywhere_in_the_list);
    tcase_add_test(cases, W12_a_dataset_demands_beside_the_where);
    tcase_add_test(cases, T2_an_unknown_function_is_told_the_nearest_and_all);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
