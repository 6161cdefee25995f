#include "tstats.h"

#include <stdio.h>
#include <string.h>

#include "aggregate.h"
#include "model.h"
#include "options.h"
#include "scanner.h"
#include "text.h"
#include "view.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

const char tstats_default_hunt[] =
    "summariesonly=false allow_old_summaries=true fillnull_value=null "
    "count min(_time) as firstTime max(_time) as lastTime "
    "values(All_Traffic.src_port) as src_port "
    "from datamodel=Network_Traffic.All_Traffic where All_Traffic.dest_port=7844 "
    "by All_Traffic.action All_Traffic.app All_Traffic.dest All_Traffic.dest_ip "
    "All_Traffic.dest_port All_Traffic.direction All_Traffic.dvc All_Traffic.protocol "
    "All_Traffic.protocol_version All_Traffic.src All_Traffic.src_ip All_Traffic.transport "
    "All_Traffic.user All_Traffic.vendor_product "
    "| `drop_dm_object_name(All_Traffic)`";

struct parser {
    struct scanner scanner;
    struct plan *plan;
    size_t depth; /* of NOTs and parentheses */
};

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

/* ---- functions (T2 to T5) ---- */

static const char *nearest_function(struct slice name)
{
    size_t nearest = 0, distance = SIZE_MAX;
    for (size_t i = 0; aggregate_name(i) != NULL; i++) {
        size_t edits = text_edit_distance(slice_of(aggregate_name(i)), name);
        if (edits < distance) nearest = i, distance = edits;
    }
    return aggregate_name(nearest);
}

static bool fail_function(struct parser *parser, size_t at, struct slice name)
{
    char end[384];
    size_t length = (size_t)snprintf(end, sizeof(end), ": did you mean %s? The functions are",
                                     nearest_function(name));
    for (size_t i = 0; aggregate_name(i) != NULL && length < sizeof(end); i++)
        length += (size_t)snprintf(end + length, sizeof(end) - length, "%s %s",
                                   i == 0                          ? ""
                                   : aggregate_name(i + 1) == NULL ? " and"
                                                                   : ",",
                                   aggregate_name(i));
    if (length < sizeof(end)) snprintf(end + length, sizeof(end) - length, ".");
    return scanner_fail_at(&parser->scanner, at, "There is no function", end);
}

/* The field in the parentheses of the function at start; the opening one has been taken. */
static bool parse_argument(struct parser *parser, size_t start, struct plan_function *function)
{
    struct slice name;
    if (!scanner_take_name(&parser->scanner, "A function's field is missing before", &name))
        return false;
    if (memchr(name.bytes, '*', name.length) != NULL)
        return scanner_fail_at(&parser->scanner, start, "A function takes no wildcard:", ".");
    if (scanner_looking_at(&parser->scanner, SLICE("(")))
        return scanner_fail_at(&parser->scanner, start,
                               "A function takes a field, not an expression:", ".");
    if (!scanner_take_byte(&parser->scanner, ')'))
        return scanner_fail_at(&parser->scanner, parser->scanner.at,
                               "A function's \")\" is missing before", ".");
    return plan_add_field(parser->plan, name, &function->field) ||
           scanner_refused(&parser->scanner);
}

/* "count", or the call as written: name(field) (T5). */
static bool default_output(struct parser *parser, struct plan_function *function)
{
    function->output = function->name;
    if (function->field == PLAN_NO_FIELD) return true;
    struct slice field = parser->plan->fields[function->field].name;
    size_t length = function->name.length + field.length + 2;
    char *bytes = arena_take(&parser->plan->arena, length);
    if (bytes == NULL) return scanner_refused(&parser->scanner);
    memcpy(bytes, function->name.bytes, function->name.length);
    bytes[function->name.length] = '(';
    memcpy(bytes + function->name.length + 1, field.bytes, field.length);
    bytes[length - 1] = ')';
    function->output = (struct slice){bytes, length};
    return true;
}

static bool parse_function(struct parser *parser)
{
    struct plan_function function = {.field = PLAN_NO_FIELD};
    struct slice name = scanner_peek_word(&parser->scanner);
    size_t start = parser->scanner.at;
    if (name.length == 0 || text_equal_folded(name, SLICE("from")))
        return scanner_fail_at(&parser->scanner, start, "A function is missing before",
                               ", for example count.");
    if (!text_fold(&parser->plan->arena, name, &function.name))
        return scanner_refused(&parser->scanner);
    const struct aggregate *aggregate = aggregate_find(function.name);
    if (aggregate == NULL) return fail_function(parser, start, function.name);
    parser->scanner.at += name.length;
    if (scanner_take_byte(&parser->scanner, '(')) {
        if (!parse_argument(parser, start, &function)) return false;
    } else if (aggregate->needs_field) {
        return scanner_fail_at(&parser->scanner, start,
                               "This function needs a field in parentheses:", ".");
    }
    if (!default_output(parser, &function)) return false;
    if (scanner_take_keyword(&parser->scanner, SLICE("as"), true) &&
        !scanner_take_name(&parser->scanner, "A name is missing after AS, before",
                           &function.output))
        return false;
    return plan_add_function(parser->plan, function) || scanner_refused(&parser->scanner);
}

static bool parse_functions(struct parser *parser)
{
    do {
        if (!parse_function(parser)) return false;
        scanner_take_byte(&parser->scanner, ',');
        if (scanner_at_end(&parser->scanner) ||
            scanner_peek_keyword(&parser->scanner, SLICE("where")) ||
            scanner_peek_keyword(&parser->scanner, SLICE("by")))
            return scanner_fail_at(&parser->scanner, parser->scanner.at,
                                   "FROM datamodel=... is missing before", ".");
    } while (!scanner_peek_keyword(&parser->scanner, SLICE("from")));
    return true;
}

/* ---- FROM (W18) ---- */

/* Parts of letters, digits, '_' and '-' with points between; so it needs no quotes in print. */
static bool is_model_name(struct slice name)
{
    char before = '.';
    for (size_t i = 0; i < name.length; i++) {
        unsigned char byte = text_fold_byte((unsigned char)name.bytes[i]);
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '_' &&
            byte != '-' && (byte != '.' || before == '.'))
            return false;
        before = name.bytes[i];
    }
    return before != '.';
}

static bool parse_from(struct parser *parser)
{
    struct slice value;
    scanner_take_keyword(&parser->scanner, SLICE("from"), true);
    if (!scanner_take_keyword(&parser->scanner, SLICE("datamodel"), true) ||
        !scanner_take_byte(&parser->scanner, '='))
        return scanner_fail_at(&parser->scanner, parser->scanner.at,
                               "FROM needs datamodel=MODEL.DATASET, not", ".");
    scanner_skip_blanks(&parser->scanner);
    size_t start = parser->scanner.at;
    if (!scanner_take_value(&parser->scanner, &value)) return false;
    if (!is_model_name(value))
        return scanner_fail_at(&parser->scanner, start,
                               "This is not the name of a data model:", ".");
    const char *dot = memchr(value.bytes, '.', value.length);
    size_t length = dot != NULL ? (size_t)(dot - value.bytes) : value.length;
    parser->plan->model = (struct slice){value.bytes, length};
    if (dot != NULL) parser->plan->dataset = (struct slice){dot + 1, value.length - length - 1};
    return true;
}

/* Can name be a dataset of the plan's model? Of a model that is not in the tables any can. */
static bool can_be_dataset(const struct plan *plan, struct slice name)
{
    if (!is_model_name(name)) return false;
    return model_find(plan->model, (struct slice){NULL, 0}) == NULL ||
           model_find(plan->model, name) != NULL;
}

/* datamodel=M alone: the prefix in the fields names the dataset (W18). */
static void find_dataset(struct plan *plan)
{
    for (size_t i = 0; i < plan->field_count && plan->dataset.length == 0; i++) {
        struct slice name = plan->fields[i].name;
        const char *dot = memchr(name.bytes, '.', name.length);
        if (dot == NULL) continue;
        struct slice prefix = {name.bytes, (size_t)(dot - name.bytes)};
        if (can_be_dataset(plan, prefix)) plan->dataset = prefix;
    }
}

/* ---- WHERE (section 4) ---- */

static bool parse_where(struct parser *parser, struct plan_node **node);

static bool take_comparison(struct parser *parser, enum plan_comparison *comparison)
{
    static const struct {
        const char *sign;
        enum plan_comparison comparison;
    } signs[] = {{"!=", PLAN_NOT_EQUAL}, {"<=", PLAN_LESS_OR_EQUAL}, {">=", PLAN_GREATER_OR_EQUAL},
                 {"=", PLAN_EQUAL},      {"<", PLAN_LESS},           {">", PLAN_GREATER}};
    scanner_skip_blanks(&parser->scanner);
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (!scanner_looking_at(&parser->scanner, slice_of(signs[i].sign))) continue;
        parser->scanner.at += strlen(signs[i].sign);
        *comparison = signs[i].comparison;
        return true;
    }
    return false;
}

/* An address with a prefix length, 10.0.0.0/8 (W10): not yet a network to cfhunt, and as a text it
 * would silently match nothing. */
static bool is_network(struct slice value)
{
    bool slash = false, digits = false;
    for (size_t i = 0; i < value.length; i++) {
        char byte = value.bytes[i];
        if (byte == '/' && !slash && i > 0)
            slash = true;
        else if (slash && byte >= '0' && byte <= '9')
            digits = true;
        else if (slash || !((byte >= '0' && byte <= '9') || byte == '.' || byte == ':' ||
                            (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F')))
            return false;
    }
    return slash && digits &&
           (memchr(value.bytes, '.', value.length) || memchr(value.bytes, ':', value.length));
}

/* nodename names the dataset that every row of the plan belongs to; another one would be a child
 * dataset, whose constraint cfhunt does not know (W12). */
static bool check_node_name(struct parser *parser, size_t at, struct slice value)
{
    struct plan *plan = parser->plan;
    if (plan->dataset.length == 0 && can_be_dataset(plan, value)) plan->dataset = value;
    return (value.length > 0 && text_equal(plan->dataset, value)) ||
           scanner_fail_at(&parser->scanner, at,
                           "nodename can only be the dataset that FROM names, not",
                           ": cfhunt does not know child datasets yet.");
}

static bool is_node_name(const struct parser *parser, const struct plan_node *node)
{
    return text_equal(parser->plan->fields[node->field].name, SLICE("nodename"));
}

static bool add_value(struct parser *parser, struct plan_node *node)
{
    struct slice value;
    scanner_skip_blanks(&parser->scanner);
    size_t start = parser->scanner.at;
    if (!scanner_take_value(&parser->scanner, &value)) return false;
    if (is_network(value))
        return scanner_fail_at(&parser->scanner, start, "cfhunt does not match networks yet:",
                               ". Use a wildcard such as 10.* instead.");
    if (is_node_name(parser, node) && !check_node_name(parser, start, value)) return false;
    return plan_add_value(parser->plan, node, value) || scanner_refused(&parser->scanner);
}

static bool parse_in(struct parser *parser, struct plan_node *node)
{
    if (!scanner_take_byte(&parser->scanner, '('))
        return scanner_fail_at(&parser->scanner, parser->scanner.at,
                               "IN needs a list in parentheses, not", ".");
    do {
        if (!add_value(parser, node)) return false;
        scanner_take_byte(&parser->scanner, ',');
        if (scanner_at_end(&parser->scanner))
            return scanner_fail_at(&parser->scanner, parser->scanner.at,
                                   "The list's \")\" is missing before", ".");
    } while (!scanner_take_byte(&parser->scanner, ')'));
    return true;
}

/* nodename names the dataset that every row of the plan belongs to (W12); the time range is the
 * search's own (T13). */
static bool check_field(struct parser *parser, size_t at, struct slice name)
{
    if (text_equal(name, SLICE("earliest")) || text_equal(name, SLICE("latest")))
        return scanner_fail_at(&parser->scanner, at,
                               "The time range is that of the search, so cfhunt takes no", ".");
    if (parser->scanner.text.bytes[at] != '"' && scanner_looking_at(&parser->scanner, SLICE("(")))
        return scanner_fail_at(&parser->scanner, at, "cfhunt compares fields; it takes no", ".");
    return true;
}

/* "and", "Or", "not", "in": as a hunter writes them who does not know that case counts (T4). */
static bool is_operator_word(struct slice word)
{
    return text_equal_folded(word, SLICE("AND")) || text_equal_folded(word, SLICE("OR")) ||
           text_equal_folded(word, SLICE("NOT")) || text_equal_folded(word, SLICE("IN"));
}

/* Behind the name at start stands neither a comparison nor IN. */
static bool fail_comparison(struct parser *parser, size_t start, struct slice name)
{
    static const char *const upper_case = "AND, OR, NOT and IN are written in upper case, not";
    struct scanner *scanner = &parser->scanner;
    if (text_equal(name, SLICE("AND")) || text_equal(name, SLICE("OR")) ||
        text_equal(name, SLICE("IN")))
        return scanner_fail_at(scanner, start, "A comparison is missing before", ".");
    if (is_operator_word(name)) return scanner_fail_at(scanner, start, upper_case, ".");
    if (scanner_peek_keyword(scanner, SLICE("in")))
        return scanner_fail_at(scanner, scanner->at, upper_case, ".");
    return scanner_fail_at(scanner, start, "A comparison is missing behind",
                           ": one of = != < <= > >= or IN (...). cfhunt searches no bare words.");
}

static bool parse_comparison(struct parser *parser, struct plan_node **node)
{
    struct slice name;
    enum plan_comparison comparison = PLAN_EQUAL;
    scanner_skip_blanks(&parser->scanner);
    size_t start = parser->scanner.at;
    if (scanner_looking_at(&parser->scanner, SLICE("[")))
        return scanner_fail_subsearch(&parser->scanner);
    if (scanner_looking_at(&parser->scanner, SLICE("`")))
        return scanner_fail_at(&parser->scanner, start, "A macro cannot stand here:",
                               ". In Splunk's search bar Splunk itself replaces it before cfhunt "
                               "runs; here write its text out.");
    if (!scanner_take_name(&parser->scanner, "A field, \"(\" or NOT is missing before", &name))
        return false;
    if (!check_field(parser, start, name)) return false;
    bool list = scanner_take_keyword(&parser->scanner, SLICE("IN"), false);
    if (!list && !take_comparison(parser, &comparison)) return fail_comparison(parser, start, name);
    *node = plan_add_node(parser->plan, list ? PLAN_IN : PLAN_COMPARE);
    if (*node == NULL) return scanner_refused(&parser->scanner);
    (*node)->comparison = comparison;
    if (!plan_add_field(parser->plan, name, &(*node)->field))
        return scanner_refused(&parser->scanner);
    parser->plan->fields[(*node)->field].in_where = true;
    return list ? parse_in(parser, *node) : add_value(parser, *node);
}

static bool parse_negation(struct parser *parser, struct plan_node **node);

static bool parse_not(struct parser *parser, struct plan_node **node)
{
    *node = plan_add_node(parser->plan, PLAN_NOT);
    if (*node == NULL) return scanner_refused(&parser->scanner);
    return parse_negation(parser, &(*node)->first_child);
}

static bool parse_primary(struct parser *parser, struct plan_node **node);

/* "NOT" not | "(" where ")" | comparison | "*". The depth bounds this recursion and every later
 * walk over the tree. */
static bool parse_negation(struct parser *parser, struct plan_node **node)
{
    scanner_skip_blanks(&parser->scanner);
    if (parser->depth == TSTATS_DEPTH_MAX)
        return scanner_fail_at(&parser->scanner, parser->scanner.at,
                               "The WHERE is nested too deeply at", ": at most 200 levels.");
    parser->depth++;
    bool negated = scanner_take_keyword(&parser->scanner, SLICE("NOT"), false);
    bool done = negated ? parse_not(parser, node) : parse_primary(parser, node);
    parser->depth--;
    return done;
}

static bool parse_primary(struct parser *parser, struct plan_node **node)
{
    if (scanner_take_byte(&parser->scanner, '(')) {
        if (!parse_where(parser, node)) return false;
        return scanner_take_byte(&parser->scanner, ')') ||
               scanner_fail_at(&parser->scanner, parser->scanner.at, "A \")\" is missing before",
                               ".");
    }
    struct slice word = scanner_peek_word(&parser->scanner);
    if (!text_equal(word, SLICE("*"))) return parse_comparison(parser, node);
    parser->scanner.at += word.length;
    *node = plan_add_node(parser->plan, PLAN_EVERYTHING);
    return *node != NULL || scanner_refused(&parser->scanner);
}

/* One or several children under a node of that kind; a single one stands for itself. */
static bool append_child(struct parser *parser, enum plan_node_kind kind, struct plan_node **node,
                         struct plan_node **last, struct plan_node *child)
{
    if (*node == NULL) {
        *node = *last = child;
        return true;
    }
    if (*node == *last) {
        struct plan_node *parent = plan_add_node(parser->plan, kind);
        if (parent == NULL) return scanner_refused(&parser->scanner);
        parent->first_child = *node;
        *node = parent;
    }
    (*last)->next_sibling = child;
    *last = child;
    return true;
}

static bool parse_or(struct parser *parser, struct plan_node **node)
{
    struct plan_node *last = NULL, *child;
    *node = NULL;
    do {
        if (!parse_negation(parser, &child)) return false;
        if (!append_child(parser, PLAN_OR, node, &last, child)) return false;
    } while (scanner_take_keyword(&parser->scanner, SLICE("OR"), false));
    return true;
}

/* Does the WHERE end here: at its end, a ")", a "|", BY? */
static bool where_ends(struct parser *parser)
{
    if (scanner_at_end(&parser->scanner)) return true;
    char byte = parser->scanner.text.bytes[parser->scanner.at];
    return byte == ')' || byte == '|' || scanner_peek_keyword(&parser->scanner, SLICE("by")) ||
           scanner_peek_keyword(&parser->scanner, SLICE("groupby"));
}

/* AND is implied between terms (W1). */
static bool parse_where(struct parser *parser, struct plan_node **node)
{
    struct plan_node *last = NULL, *child;
    bool more;
    *node = NULL;
    do {
        if (!parse_or(parser, &child)) return false;
        if (!append_child(parser, PLAN_AND, node, &last, child)) return false;
        more = scanner_take_keyword(&parser->scanner, SLICE("AND"), false) || !where_ends(parser);
    } while (more);
    return true;
}

/* ---- BY (section 2) and the tail ---- */

static bool add_by(struct parser *parser)
{
    struct slice name;
    size_t field;
    scanner_skip_blanks(&parser->scanner);
    size_t start = parser->scanner.at;
    if (!scanner_take_name(&parser->scanner, "A field is missing in BY before", &name))
        return false;
    if (memchr(name.bytes, '*', name.length) != NULL)
        return scanner_fail_at(&parser->scanner, start, "BY takes no wildcard:", ".");
    bool is_word = parser->scanner.text.bytes[start] != '"';
    if (text_equal(name, SLICE("_time")) || (is_word && text_equal(name, SLICE("span"))))
        return scanner_fail_at(&parser->scanner, start, "cfhunt does not group by time yet:", ".");
    if (is_word && text_equal_folded(name, SLICE("where")))
        return scanner_fail_at(&parser->scanner, start,
                               "WHERE stands before BY, not behind it:", ".");
    if (is_word && text_equal_folded(name, SLICE("by")))
        return scanner_fail_at(&parser->scanner, start, "BY stands only once:", ".");
    if (!plan_add_field(parser->plan, name, &field)) return scanner_refused(&parser->scanner);
    return plan_add_by(parser->plan, field) || scanner_refused(&parser->scanner);
}

static bool parse_by(struct parser *parser)
{
    do {
        if (!add_by(parser)) return false;
        scanner_take_byte(&parser->scanner, ',');
    } while (!scanner_at_end(&parser->scanner) &&
             parser->scanner.text.bytes[parser->scanner.at] != '|');
    return true;
}

/* | `drop_dm_object_name(NAME)`, with or without quotes around NAME (C1). */
static bool parse_tail(struct parser *parser)
{
    scanner_skip_blanks(&parser->scanner);
    size_t start = parser->scanner.at;
    if (!scanner_take_byte(&parser->scanner, '`') ||
        !scanner_take_keyword(&parser->scanner, SLICE("drop_dm_object_name"), false) ||
        !scanner_take_byte(&parser->scanner, '(') ||
        !scanner_take_name(&parser->scanner, "The macro's object name is missing before",
                           &parser->plan->dropped) ||
        !scanner_take_byte(&parser->scanner, ')') || !scanner_take_byte(&parser->scanner, '`'))
        return scanner_fail_at(&parser->scanner, start,
                               "Behind \"|\" only `drop_dm_object_name(...)` can stand, not", ".");
    return true;
}

/* ---- the whole ---- */

static bool parse_search(struct parser *parser)
{
    if (!parse_functions(parser) || !parse_from(parser)) return false;
    if (scanner_take_keyword(&parser->scanner, SLICE("where"), true) &&
        !parse_where(parser, &parser->plan->where))
        return false;
    if ((scanner_take_keyword(&parser->scanner, SLICE("by"), true) ||
         scanner_take_keyword(&parser->scanner, SLICE("groupby"), true)) &&
        !parse_by(parser))
        return false;
    if (scanner_take_byte(&parser->scanner, '|') && !parse_tail(parser)) return false;
    if (!scanner_at_end(&parser->scanner))
        return scanner_fail_at(&parser->scanner, parser->scanner.at, "cfhunt does not understand",
                               ": a search is functions, FROM, WHERE and BY, in this order.");
    find_dataset(parser->plan);
    return plan_seal(parser->plan) || scanner_refused(&parser->scanner);
}

enum cfh_status tstats_parse(struct plan *plan, struct slice arguments, struct cfh_error *error)
{
    struct parser parser = {.plan = plan, .scanner = {.text = arguments, .error = error}};
    struct scanner *scanner = &parser.scanner;
    bool own_only, ignored;
    scanner->arena = &plan->arena;
    if (!options_take(scanner, &plan->options, &own_only)) return scanner->status;
    if (scanner_at_end(scanner) && own_only) {
        scanner->text = slice_of(tstats_default_hunt);
        scanner->at = 0;
        if (!options_take(scanner, &plan->options, &ignored)) return scanner->status;
    }
    parse_search(&parser);
    return scanner->status;
}

/* ---- remarks ---- */

static bool say(struct buffer *text, const char *part)
{
    return buffer_append(text, slice_of(part));
}

static bool say_unknown_model(const struct plan *plan, struct buffer *text)
{
    return say(text, "cfhunt does not know the data model ") && buffer_append(text, plan->model) &&
           say(text, ": fields are taken as they come, without the model's defaults. The nearest "
                     "name that it knows is ") &&
           say(text, model_nearest(plan->model)) && say(text, ".");
}

/* The model is in the tables, the dataset is not: a child perhaps, whose constraint is not known.
 */
static bool say_unknown_dataset(const struct plan *plan, const struct model_dataset *root,
                                struct buffer *text)
{
    return say(text, "cfhunt does not know the dataset ") && buffer_append(text, plan->model) &&
           say(text, ".") && buffer_append(text, plan->dataset) &&
           say(text, ": fields are taken as they come, without the model's defaults and without "
                     "the dataset's constraint. The nearest name that it knows is ") &&
           say(text, root->model) && say(text, ".") && say(text, root->dataset) && say(text, ".");
}

static bool say_unknown(const struct plan *plan, struct buffer *text)
{
    const struct model_dataset *root = model_find(plan->model, (struct slice){NULL, 0});
    return root == NULL ? say_unknown_model(plan, text) : say_unknown_dataset(plan, root, text);
}

static bool say_unknown_field(const struct plan *plan, const struct model_dataset *dataset,
                              size_t field, struct buffer *text)
{
    return say(text, "The field ") && buffer_append(text, plan->fields[field].name) &&
           say(text, " is not in the data model and is null in every row. The nearest name is ") &&
           say(text, dataset->dataset) && say(text, ".") &&
           say(text, model_nearest_field(dataset, plan->fields[field].bare)) && say(text, ".");
}

bool tstats_remark(const struct plan *plan, size_t i, struct message *remark)
{
    const struct model_dataset *dataset = model_find(plan->model, plan->dataset);
    remark->level = MESSAGE_WARN;
    if (dataset == NULL && i-- == 0) return say_unknown(plan, remark->text);
    for (size_t field = 0; dataset != NULL && field < plan->field_count; field++)
        if (view_is_unknown_field(plan, field) && i-- == 0)
            return say_unknown_field(plan, dataset, field, remark->text);
    remark->level = MESSAGE_INFO;
    return plan->options.summaries_only && i == 0 &&
           say(remark->text,
               "summariesonly=true has no effect: cfhunt reads events, there is no summary.");
}
