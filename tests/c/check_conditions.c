#include "conditions.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_rows.h"
#include "text.h"

static struct memory memory;
static struct plan plan;
static struct scanner scanner;
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

/* Reads a WHERE of a model; dataset "" is one that the search has not named. */
static bool parse_of(const char *model, const char *dataset, struct slice where)
{
    plan_release(&plan);
    plan.model = text_of(model);
    plan.dataset = text_of(dataset);
    error = (struct cfh_error){.code = CFH_OK};
    scanner = (struct scanner){.text = where, .arena = &plan.arena, .error = &error};
    bool parsed = conditions_parse(&scanner, &plan, &plan.where);
    ck_assert(parsed == (scanner.status == CFH_OK));
    return parsed;
}

static bool parse(const char *where)
{
    return parse_of("M", "D", text_of(where));
}

/* ---- trees ---- */

static void print_tree(const struct plan_node *node, struct buffer *text)
{
    static const char *const names[] = {"AND", "OR", "NOT"};
    bool inner = node->kind <= PLAN_NOT;
    ck_assert(inner ? buffer_append(text, slice_of(names[node->kind]))
                    : plan_print_term(&plan, node, text));
    if (node->first_child == NULL) return;
    ck_assert(buffer_append(text, SLICE("[")));
    for (const struct plan_node *child = node->first_child; child; child = child->next_sibling) {
        if (child != node->first_child) ck_assert(buffer_append(text, SLICE("; ")));
        print_tree(child, text);
    }
    ck_assert(buffer_append(text, SLICE("]")));
}

static void check_tree(const struct plan_node *node, const char *where, const char *expected)
{
    struct buffer text;
    buffer_init(&text, &memory);
    if (node != NULL) print_tree(node, &text);
    for (size_t i = 0; i < text.length; i++) /* quotes are tiresome in C */
        if (text.bytes[i] == '"') text.bytes[i] = '\'';
    bool is = slice_is(buffer_slice(&text), expected);
    if (!is) ck_abort_msg("%s:\n%.*s", where, (int)text.length, text.bytes);
    buffer_release(&text);
}

struct tree {
    const char *rule, *where, *printed;
};

static const struct tree trees[] = {
    /* comparisons; blanks around them or none */
    {"section 4", "a=1", "'a'='1'"},
    {"section 4", "a != 1", "'a'!='1'"},
    {"section 4", "a<1", "'a'<'1'"},
    {"section 4", "a<= 1", "'a'<='1'"},
    {"section 4", "a >1", "'a'>'1'"},
    {"section 4", "a\n>=\t1", "'a'>='1'"},
    {"section 4", "\"DNS.query\"=x", "'DNS.query'='x'"},
    {"section 4", "\"a b\"=\"c d\"", "'a b'='c d'"},
    {"section 4", "a=\"\"", "'a'=''"},
    {"section 4", "a=x(y)z", "'a'='x(y)z'"},
    {"section 4", "a=b=c", "'a'='b=c'"},
    /* W1: parentheses, NOT, OR, AND */
    {"W1", "a=1 OR a=2 b=3", "AND[OR['a'='1'; 'a'='2']; 'b'='3']"},
    {"W1", "a=1 b=2 OR c=3", "AND['a'='1'; OR['b'='2'; 'c'='3']]"},
    {"W1", "a=1 AND b=2 c=3", "AND['a'='1'; 'b'='2'; 'c'='3']"},
    {"W1", "a=1 OR b=2 OR c=3", "OR['a'='1'; 'b'='2'; 'c'='3']"},
    {"W1", "a=1 OR b=2 AND c=3 OR d=4", "AND[OR['a'='1'; 'b'='2']; OR['c'='3'; 'd'='4']]"},
    {"W1", "NOT a=1 OR b=2", "OR[NOT['a'='1']; 'b'='2']"},
    {"W1", "NOT a=1 b=2", "AND[NOT['a'='1']; 'b'='2']"},
    {"W1", "NOT (a=1 b=2)", "NOT[AND['a'='1'; 'b'='2']]"},
    {"W1", "NOT NOT a=1", "NOT[NOT['a'='1']]"},
    {"W1", "(((a=1)))", "'a'='1'"},
    {"W1", "( a=1 )", "'a'='1'"},
    {"W1", "a=1 OR (b=2 c=3)", "OR['a'='1'; AND['b'='2'; 'c'='3']]"},
    {"W1", "(a=1 b=2) c=3", "AND[AND['a'='1'; 'b'='2']; 'c'='3']"},
    {"W1", "(a=1 OR b=2) OR c=3", "OR[OR['a'='1'; 'b'='2']; 'c'='3']"},
    {"W1", "(a=1)(b=2)", "AND['a'='1'; 'b'='2']"},
    {"W1", "a=\"1\"b=2", "AND['a'='1'; 'b'='2']"},
    {"W1", "NOT(a=1)", "NOT['a'='1']"},
    {"W1", "(a=1)OR(b=2)", "OR['a'='1'; 'b'='2']"},
    /* W7, B7: commas or blanks, and one production search has two commas in a row */
    {"W7", "a IN (1)", "'a' IN ('1')"},
    {"W7", "a IN(1,2)", "'a' IN ('1', '2')"},
    {"W7", "a IN (1 2, \"3 4\" , 5*)", "'a' IN ('1', '2', '3 4', '5*')"},
    {"W7", "a IN (1,,2,)", "'a' IN ('1', '2')"},
    {"W7", "a IN (\"\")", "'a' IN ('')"},
    {"W7", "NOT a IN (1)", "NOT['a' IN ('1')]"},
    {"W7", "a IN (1)OR b=2", "OR['a' IN ('1'); 'b'='2']"},
    {"W7", "a IN (f(x), g)", "'a' IN ('f(x)', 'g')"},
    /* W8, W9, W10, W11, W13, W16 */
    {"W8", "a=*\\\\users\\\\* b=*\\sam", "AND['a'='*\\\\users\\\\*'; 'b'='*\\\\sam']"},
    {"W9", "a=\"AND\" \"OR\"=1 \"NOT\"=\"IN\"", "AND['a'='AND'; 'OR'='1'; 'NOT'='IN']"},
    {"W9", "and=1 or=2 not=3 in=4", "AND['and'='1'; 'or'='2'; 'not'='3'; 'in'='4']"},
    {"W10", "a=10.0.0.0/8 b!=fe80::/10", "AND['a'='10.0.0.0/8'; 'b'!='fe80::/10']"},
    {"W11", "*", "*"},
    {"W11", "NOT * a=*", "AND[NOT[*]; 'a'='*']"},
    {"W13", "index=main source=\"a b\"", "AND['index'='main'; 'source'='a b']"},
    {"W16", "a=1 ```b=2``` c ```x``` = ```y``` 3", "AND['a'='1'; 'c'='3']"},
    /* W12: of a model that is not in the tables only the dataset that is read is known */
    {"W12", "nodename=D", "nodename='D'"},
    {"W12", "(nodename = \"D\")", "nodename='D'"},
    {"W12", "a=1 OR NOT nodename=D", "OR['a'='1'; NOT[nodename='D']]"},
    {"W12", "nodename IN (D, D)", "OR[nodename='D'; nodename='D']"},
    {"W12", "nodename IN (D)", "nodename='D'"},
    {"W12", "\"nodename\"=D", "nodename='D'"},
};

START_TEST(W1_to_W16_trees)
{
    for (size_t i = 0; i < COUNT_OF(trees); i++) {
        ck_assert_msg(parse(trees[i].where), "%s: %s", trees[i].where, error.sentence);
        check_tree(plan.where, trees[i].where, trees[i].printed);
        ck_assert(scanner_at_end(&scanner));
    }
}
END_TEST

/* What ends a WHERE is left to whoever reads on. */
START_TEST(a_where_ends_where_something_else_begins)
{
    static const struct {
        const char *where;
        size_t at;
    } ends[] = {
        {"a=1", 3},          {"a=1 by b", 4},         {"a=1 BY b", 4}, {"a=1 groupby b", 4},
        {"a=1 | `x`", 4},    {"a=1) b=2", 3},         {"a=1  ", 5},    {"a=1 byte=2 by c", 11},
        {"a=1 ```c```", 11}, {"a=1 OR by=2 by b", 12}};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        ck_assert_msg(parse(ends[i].where), "%s: %s", ends[i].where, error.sentence);
        ck_assert_uint_eq(scanner.at, ends[i].at);
    }
}
END_TEST

START_TEST(terms_are_numbered_and_their_fields_are_the_wheres)
{
    ck_assert(parse("a=1 (b IN (2) OR NOT a=3) index=x"));
    ck_assert_uint_eq(plan.term_count, 4);
    ck_assert_uint_eq(plan.field_count, 3);
    for (size_t i = 0; i < plan.field_count; i++)
        ck_assert(plan.fields[i].in_where);
    const struct plan_node *first = plan.where->first_child;
    ck_assert(first->term == 0 && first->field == 0);
    ck_assert(first->next_sibling->first_child->term == 1);
    ck_assert(first->next_sibling->next_sibling->term == 3);
}
END_TEST

/* ---- datasets (W12) ---- */

#define NO_FILES                                                                                   \
    "NOT[OR['All_Changes.object_category'='file'; 'All_Changes.object_category'='directory'; "     \
    "'All_Changes.object_category'='registry']]"
#define ACCOUNT "AND['All_Changes.tag'='account'; " NO_FILES "]"

struct node_name {
    const char *model, *dataset, *where;
    const char *printed;
    const char *read; /* the dataset that the plan then reads */
};

static const struct node_name node_names[] = {
    /* a root without demands is always true */
    {"Network_Traffic", "All_Traffic", "nodename=All_Traffic", "nodename='All_Traffic'",
     "All_Traffic"},
    {"Network_Traffic", "", "nodename=All_Traffic", "nodename='All_Traffic'", "All_Traffic"},
    /* a root's own demands */
    {"Change", "", "nodename=All_Changes", "nodename='All_Changes'[" NO_FILES "]", "All_Changes"},
    /* a child by its name or its path: its demands and its parents'; the root is what is read */
    {"Network_Traffic", "", "nodename=Traffic_By_Action",
     "nodename='Traffic_By_Action'['All_Traffic.action'='*']", "All_Traffic"},
    {"Network_Traffic", "", "nodename=All_Traffic.Traffic_By_Action.Blocked_Traffic",
     "nodename='All_Traffic.Traffic_By_Action.Blocked_Traffic'"
     "[AND['All_Traffic.action'='blocked'; 'All_Traffic.action'='*']]",
     "All_Traffic"},
    {"Change", "", "nodename=Account_Management", "nodename='Account_Management'[" ACCOUNT "]",
     "All_Changes"},
    {"Change", "All_Changes", "nodename=All_Changes.Account_Management",
     "nodename='All_Changes.Account_Management'[" ACCOUNT "]", "All_Changes"},
    {"Change", "Account_Management", "nodename=All_Changes", "nodename='All_Changes'[" NO_FILES "]",
     "Account_Management"},
    /* inside OR and NOT, and as a list */
    {"Network_Traffic", "", "NOT nodename=Traffic_By_Action OR a=1",
     "OR[NOT[nodename='Traffic_By_Action'['All_Traffic.action'='*']]; 'a'='1']", "All_Traffic"},
    {"Network_Traffic", "", "nodename IN (All_Traffic, Traffic_By_Action)",
     "OR[nodename='All_Traffic'; nodename='Traffic_By_Action'['All_Traffic.action'='*']]",
     "All_Traffic"},
    /* a model with several roots */
    {"Endpoint", "", "nodename=Registry", "nodename='Registry'", "Registry"},
    /* an unknown model: the first name is the dataset */
    {"M", "", "nodename=D.E a=1", "AND[nodename='D.E'; 'a'='1']", "D.E"},
};

START_TEST(W12_nodename_demands_what_the_dataset_demands)
{
    for (size_t i = 0; i < COUNT_OF(node_names); i++) {
        const struct node_name *n = &node_names[i];
        ck_assert_msg(parse_of(n->model, n->dataset, text_of(n->where)), "%s: %s", n->where,
                      error.sentence);
        check_tree(plan.where, n->where, n->printed);
        ck_assert(slice_is(plan.dataset, n->read));
    }
}
END_TEST

/* Else a row with a tag and nothing more would count as mapped by the user's own WHERE. */
START_TEST(J_fields_of_a_constraint_are_no_fields_of_the_where)
{
    ck_assert(parse_of("Change", "", SLICE("nodename=Account_Management All_Changes.user=x")));
    ck_assert_uint_eq(plan.field_count, 3);
    for (size_t i = 0; i < plan.field_count; i++)
        ck_assert(plan.fields[i].in_where == slice_is(plan.fields[i].name, "All_Changes.user"));
    ck_assert(parse_of("Change", "", SLICE("nodename=Account_Management All_Changes.tag=x")));
    for (size_t i = 0; i < plan.field_count; i++)
        ck_assert(plan.fields[i].in_where == slice_is(plan.fields[i].name, "All_Changes.tag"));
}
END_TEST

static const struct model_dataset *const tables[] = {model_network, model_endpoint, model_identity};

/* Every constraint of the tables is a WHERE, on fields that its model has. */
START_TEST(every_dataset_of_the_tables_has_its_constraints)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct model_dataset *row = tables[i]; row->model != NULL; row++) {
            struct plan_node *node;
            size_t constraints = 0;
            const struct model_dataset *at = row;
            for (; at != NULL; at = model_parent(at))
                constraints += at->constraint != NULL;
            plan_release(&plan);
            plan.model = text_of(row->model);
            scanner = (struct scanner){.arena = &plan.arena, .error = &error};
            ck_assert_msg(conditions_of_dataset(&scanner, &plan, row, &node), "%s.%s: %s",
                          row->model, row->name, error.sentence);
            ck_assert((node == NULL) == (constraints == 0));
            ck_assert((plan.field_count == 0) == (constraints == 0));
            for (size_t field = 0; field < plan.field_count; field++) {
                ck_assert(!plan.fields[field].in_where);
                ck_assert_ptr_nonnull(model_field(row, plan.fields[field].name));
            }
        }
}
END_TEST

/* ---- depth ---- */

START_TEST(depth_is_bounded)
{
    static const char *const openings[] = {"(", "NOT ", "a=1 OR ("};
    for (size_t i = 0; i < COUNT_OF(openings); i++)
        for (size_t more = 0; more < 2; more++) {
            struct buffer where;
            buffer_init(&where, &memory);
            for (size_t level = 0; level < CONDITIONS_DEPTH_MAX - 1 + more; level++)
                ck_assert(buffer_append(&where, slice_of(openings[i])));
            ck_assert(buffer_append(&where, SLICE("a=1")));
            for (size_t level = 0; i != 1 && level < CONDITIONS_DEPTH_MAX - 1 + more; level++)
                ck_assert(buffer_append(&where, SLICE(")")));
            ck_assert(parse_of("M", "D", buffer_slice(&where)) == (more == 0));
            if (more == 1)
                ck_assert(strncmp(error.sentence, "The WHERE is nested too deeply at \"", 35) == 0);
            buffer_release(&where);
        }
}
END_TEST

/* ---- sentences ---- */

struct refusal {
    const char *where;
    size_t position;
    const char *sentence;
};

#define UPPER "AND, OR, NOT and IN are written in upper case, not "
#define BARE                                                                                       \
    ": one of = != < <= > >= or IN (...). cfhunt searches no bare words; a value with blanks in "  \
    "it needs double quotes."
#define NO_FIELD "A field, \"(\" or NOT is missing before "
#define THE_END "the end of the search."
#define OWN_RANGE "The time range is that of the search, so cfhunt takes no "
#define ITSELF                                                                                     \
    " In Splunk's search bar Splunk itself replaces it before cfhunt runs; here write its "
#define NO_FUNCTIONS "WHERE compares fields and takes no TERM, CASE or functions: "
#define EXCLUDE ": to exclude a dataset write NOT nodename=NAME."
#define QUOTE_WORD "; as a value this word needs double quotes."

static const struct refusal refusals[] = {
    {"", 0, NO_FIELD THE_END},
    {"a", 0, "A comparison is missing behind \"a\" at column 1" BARE},
    {"a b=1", 0, "A comparison is missing behind \"a\" at column 1" BARE},
    {"a=1 b", 4, "A comparison is missing behind \"b\" at column 5" BARE},
    {"by x", 0, "A comparison is missing behind \"by\" at column 1" BARE},
    {"a ! 1", 0, "A comparison is missing behind \"a\" at column 1" BARE},
    {"\"a b\"", 0, "A comparison is missing behind '\"a' at column 1" BARE},
    {"*a", 0, "A comparison is missing behind \"*a\" at column 1" BARE},
    {"a=", 2, "A value is missing before " THE_END},
    {"a==1", 2,
     "A value is missing before \"=1\" at column 3; a value that begins with = < or > needs double "
     "quotes."},
    {"a=>1", 2,
     "A value is missing before \">1\" at column 3; a value that begins with = < or > needs double "
     "quotes."},
    {"a=1 OR", 6, NO_FIELD THE_END},
    {"a=1 AND", 7, NO_FIELD THE_END},
    {"NOT", 3, NO_FIELD THE_END},
    {"=1", 0, NO_FIELD "\"=1\" at column 1."},
    {",a=1", 0, NO_FIELD "\",a=1\" at column 1."},
    {"a=1, b=2", 3, NO_FIELD "\",\" at column 4."},
    {"OR a=1", 0, "A comparison is missing before \"OR\" at column 1."},
    {"a=1 OR OR b=2", 7, "A comparison is missing before \"OR\" at column 8."},
    {"a=1 AND AND b=1", 8, "A comparison is missing before \"AND\" at column 9."},
    {"IN (1)", 0, "A comparison is missing before \"IN\" at column 1."},
    {"a=1 and b=2", 4, UPPER "\"and\" at column 5."},
    {"a=1 or (b=2)", 4, UPPER "\"or\" at column 5."},
    {"Not a=1", 0, UPPER "\"Not\" at column 1."},
    {"a in (1, 2)", 2, UPPER "\"in\" at column 3."},
    {"a IN 1", 5, "IN needs a list in parentheses, not \"1\" at column 6."},
    {"a IN", 4, "IN needs a list in parentheses, not " THE_END},
    {"a IN ()", 6, "A value is missing before \")\" at column 7."},
    {"a IN (,1)", 6, "A value is missing before \",1)\" at column 7."},
    {"a IN (1,2", 9, "The list's \")\" is missing before " THE_END},
    {"a IN (1 OR 2)", 8, "A value is missing before \"OR\" at column 9" QUOTE_WORD},
    {"a=IN", 2, "A value is missing before \"IN\" at column 3" QUOTE_WORD},
    {"(a=1 by x", 5, "A \")\" is missing before \"by\" at column 6."},
    {"(a=1", 4, "A \")\" is missing before " THE_END},
    {"()", 1, NO_FIELD "\")\" at column 2."},
    {"\"\"=1", 0, "A name cannot be empty: '\"\"=1' at column 1."},
    {"\"a=1", 0, "A quote is not closed: '\"a=1' at column 1."},
    {"a=\"b", 2, "A quote is not closed: '\"b' at column 3."},
    /* W11, T13, W15, W14 */
    {"TERM(x)", 0, NO_FUNCTIONS "\"TERM(x)\" at column 1."},
    {"CASE(x)", 0, NO_FUNCTIONS "\"CASE(x)\" at column 1."},
    {"like(a,\"x%\")", 0, NO_FUNCTIONS "'like(a,\"x%\")' at column 1."},
    {"earliest=-1d", 0, OWN_RANGE "\"earliest=-1d\" at column 1."},
    {"a=1 latest=now", 4, OWN_RANGE "\"latest=now\" at column 5."},
    {"[search x]", 0,
     "A subsearch cannot stand here: \"[search\" at column 1." ITSELF "values out."},
    {"a=[search x]", 2,
     "A subsearch cannot stand here: \"[search\" at column 3." ITSELF "values out."},
    {"`m`", 0, "A macro cannot stand here: \"`m`\" at column 1." ITSELF "text out."},
    /* W12 */
    {"nodename!=D", 0,
     "nodename takes only = and IN (...), not \"nodename!=D\" at column 1" EXCLUDE},
    {"nodename>D", 0, "nodename takes only = and IN (...), not \"nodename>D\" at column 1" EXCLUDE},
    {"nodename", 0, "A comparison is missing behind \"nodename\" at column 1" BARE},
    {"nodename=", 9, "A value is missing before " THE_END},
    {"nodename IN D", 12, "IN needs a list in parentheses, not \"D\" at column 13."},
};

START_TEST(a_refusal_says_what_where_and_what_is_allowed)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        ck_assert_msg(!parse(refusals[i].where), "%s", refusals[i].where);
        ck_assert_str_eq(error.sentence, refusals[i].sentence);
        ck_assert_uint_eq(error.position, refusals[i].position);
        ck_assert_int_eq(error.code, CFH_BAD_PLAN);
        ck_assert_int_eq(scanner.status, CFH_BAD_PLAN);
    }
}
END_TEST

struct wrong_name {
    const char *model, *dataset, *where, *sentence;
};

#define ONLY_THAT                                                                                  \
    "cfhunt does not know this data model, so nodename can only be the dataset that the search "   \
    "reads, not "

static const struct wrong_name wrong_names[] = {
    {"Change", "", "nodename=Acount_Management",
     "The data model has no dataset \"Acount_Management\" at column 10: did you mean "
     "Account_Management?"},
    {"Change", "All_Changes", "a=1 nodename=All_Changes.Acounts_Created",
     "The data model has no dataset \"All_Changes.Acounts_Created\" at column 14: did you mean "
     "Accounts_Created?"},
    {"Change", "", "nodename IN (All_Changes, account_management)",
     "The data model has no dataset \"account_management)\" at column 27: did you mean "
     "Account_Management?"}, /* W4: names are case-sensitive */
    {"Change", "All_Changes", "nodename=\"\"",
     "The data model has no dataset '\"\"' at column 10: did you mean All_Changes?"},
    {"Change", "All_Changes", "nodename=*",
     "The data model has no dataset \"*\" at column 10: did you mean All_Changes?"},
    {"M", "D", "nodename=E", ONLY_THAT "\"E\" at column 10."},
    {"M", "D", "nodename=D.E", ONLY_THAT "\"D.E\" at column 10."},
    {"M", "", "nodename=D OR nodename=E", ONLY_THAT "\"E\" at column 24."},
    {"M", "", "nodename=\"a b\"", ONLY_THAT "'\"a' at column 10."}, /* no dataset's name */
    {"M", "", "nodename=D.", ONLY_THAT "\"D.\" at column 10."},
    {"M", "", "nodename=\"\"", ONLY_THAT "'\"\"' at column 10."},
};

START_TEST(W12_an_unknown_dataset_is_told_the_nearest)
{
    for (size_t i = 0; i < COUNT_OF(wrong_names); i++) {
        const struct wrong_name *w = &wrong_names[i];
        ck_assert_msg(!parse_of(w->model, w->dataset, text_of(w->where)), "%s", w->where);
        ck_assert_str_eq(error.sentence, w->sentence);
    }
}
END_TEST

/* ---- refused memory ---- */

START_TEST(every_refusal_is_told)
{
    static const struct slice where =
        SLICE("nodename IN (Account_Management, All_Changes) \"a b\"=1 OR NOT (b IN (1, \"2\") * "
              "All_Changes.tag!=3)");
    struct failing_source failing = {.refused = true};
    size_t refusals_of_memory = 0;
    for (size_t n = 0; failing.refused; n++) {
        failing = (struct failing_source){.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct plan small;
        plan_init(&small, &refusing);
        small.arena.block_size = 1; /* a block for each request */
        small.model = SLICE("Change");
        scanner = (struct scanner){.text = where, .arena = &small.arena, .error = &error};
        bool done = conditions_parse(&scanner, &small, &small.where);
        ck_assert(done != failing.refused);
        ck_assert_int_eq(scanner.status, done ? CFH_OK : CFH_NO_MEMORY);
        refusals_of_memory += !done;
        plan_release(&small);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_ge(refusals_of_memory, 40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conditions");
    TCase *cases = tcase_create("conditions");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, W1_to_W16_trees);
    tcase_add_test(cases, a_where_ends_where_something_else_begins);
    tcase_add_test(cases, terms_are_numbered_and_their_fields_are_the_wheres);
    tcase_add_test(cases, W12_nodename_demands_what_the_dataset_demands);
    tcase_add_test(cases, J_fields_of_a_constraint_are_no_fields_of_the_where);
    tcase_add_test(cases, every_dataset_of_the_tables_has_its_constraints);
    tcase_add_test(cases, depth_is_bounded);
    tcase_add_test(cases, a_refusal_says_what_where_and_what_is_allowed);
    tcase_add_test(cases, W12_an_unknown_dataset_is_told_the_nearest);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
