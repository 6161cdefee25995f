#include "conditions.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct parser {
    struct scanner *scanner;
    struct plan *plan;
    size_t depth;     /* of NOTs and parentheses */
    const char *root; /* in a dataset's constraint: the name before every field; else NULL */
};

static bool parse_where(struct parser *parser, struct plan_node **node);

static bool take_comparison(struct parser *parser, enum plan_comparison *comparison)
{
    static const struct {
        const char *sign;
        enum plan_comparison comparison;
    } signs[] = {{"!=", PLAN_NOT_EQUAL}, {"<=", PLAN_LESS_OR_EQUAL}, {">=", PLAN_GREATER_OR_EQUAL},
                 {"=", PLAN_EQUAL},      {"<", PLAN_LESS},           {">", PLAN_GREATER}};
    scanner_skip_blanks(parser->scanner);
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (!scanner_looking_at(parser->scanner, slice_of(signs[i].sign))) continue;
        parser->scanner->at += strlen(signs[i].sign);
        *comparison = signs[i].comparison;
        return true;
    }
    return false;
}

static bool add_value(struct parser *parser, struct plan_node *node)
{
    struct slice value;
    if (!scanner_take_value(parser->scanner, &value)) return false;
    return plan_add_value(parser->plan, node, value) || scanner_refused(parser->scanner);
}

/* "(" item { [","] item } ")": item takes one. */
static bool parse_list(struct parser *parser, bool (*item)(struct parser *, void *), void *context)
{
    if (!scanner_take_byte(parser->scanner, '('))
        return scanner_fail_at(parser->scanner, parser->scanner->at,
                               "IN needs a list in parentheses, not", ".");
    do {
        if (!item(parser, context)) return false;
        while (scanner_take_byte(parser->scanner, ','))
            continue; /* one production search has two in a row */
        if (scanner_at_end(parser->scanner))
            return scanner_fail_at(parser->scanner, parser->scanner->at,
                                   "The list's \")\" is missing before", ".");
    } while (!scanner_take_byte(parser->scanner, ')'));
    return true;
}

static bool take_listed_value(struct parser *parser, void *node)
{
    return add_value(parser, node);
}

/* The time range is the search's own (T13); no TERM(), CASE() or eval functions (W11). */
static bool check_field(struct parser *parser, size_t at, struct slice name)
{
    if (text_equal(name, SLICE("earliest")) || text_equal(name, SLICE("latest")))
        return scanner_fail_at(parser->scanner, at,
                               "The time range is that of the search, so cfhunt takes no", ".");
    if (parser->scanner->text.bytes[at] != '"' && scanner_looking_at(parser->scanner, SLICE("(")))
        return scanner_fail_at(parser->scanner, at,
                               "WHERE compares fields and takes no TERM, CASE or functions:", ".");
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
    struct scanner *scanner = parser->scanner;
    if (text_equal(name, SLICE("AND")) || text_equal(name, SLICE("OR")) ||
        text_equal(name, SLICE("IN")))
        return scanner_fail_at(scanner, start, "A comparison is missing before", ".");
    if (is_operator_word(name)) return scanner_fail_at(scanner, start, upper_case, ".");
    if (scanner_peek_keyword(scanner, SLICE("in")))
        return scanner_fail_at(scanner, scanner->at, upper_case, ".");
    return scanner_fail_at(scanner, start, "A comparison is missing behind",
                           ": one of = != < <= > >= or IN (...). cfhunt searches no bare words; a "
                           "value with blanks in it needs double quotes.");
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
        if (parent == NULL) return scanner_refused(parser->scanner);
        parent->first_child = *node;
        *node = parent;
    }
    (*last)->next_sibling = child;
    *last = child;
    return true;
}

/* ---- nodename (W12) ---- */

static bool fail_node_name(struct parser *parser, size_t at, struct slice name)
{
    struct slice model = parser->plan->model;
    char end[CFH_SENTENCE_SIZE / 2];
    if (model_find(model, (struct slice){NULL, 0}) == NULL)
        return scanner_fail_at(parser->scanner, at,
                               "cfhunt does not know this data model, so nodename can only be the "
                               "dataset that the search reads, not",
                               ".");
    snprintf(end, sizeof(end), ": did you mean %s?", model_nearest_dataset(model, name));
    return scanner_fail_at(parser->scanner, at, "The data model has no dataset", end);
}

/* Where FROM names no dataset, nodename does: the root of the one that it asks for. */
static void name_dataset(struct plan *plan, struct slice name, const struct model_dataset *dataset)
{
    if (plan->dataset.length > 0) return;
    if (dataset != NULL) plan->dataset = slice_of(model_root(dataset)->name);
    bool known = model_find(plan->model, (struct slice){NULL, 0}) != NULL;
    if (!known && plan_is_model_name(name)) plan->dataset = name;
}

/* A node for one dataset: its child is what the dataset demands, none for a root without demands.
 * Of datasets that are not in the tables only the one that the search reads is known. */
static bool add_dataset(struct parser *parser, size_t at, struct plan_node *node)
{
    struct plan *plan = parser->plan;
    struct slice name = node->values[0];
    const struct model_dataset *dataset = model_find(plan->model, name);
    if (name.length == 0) return fail_node_name(parser, at, name);
    name_dataset(plan, name, dataset);
    if (dataset != NULL)
        return conditions_of_dataset(parser->scanner, plan, dataset, &node->first_child);
    return text_equal(plan->dataset, name) || fail_node_name(parser, at, name);
}

/* Several datasets: any of them. */
struct node_names {
    struct plan_node *first;
    struct plan_node *last;
};

static bool take_node_name(struct parser *parser, void *context)
{
    struct node_names *names = context;
    scanner_skip_blanks(parser->scanner);
    size_t at = parser->scanner->at;
    struct plan_node *dataset = plan_add_node(parser->plan, PLAN_DATASET);
    if (dataset == NULL) return scanner_refused(parser->scanner);
    return add_value(parser, dataset) && add_dataset(parser, at, dataset) &&
           append_child(parser, PLAN_OR, &names->first, &names->last, dataset);
}

/* nodename=DATASET, nodename IN (DATASET, ...) */
static bool parse_node_names(struct parser *parser, size_t start, bool list,
                             enum plan_comparison comparison, struct plan_node **node)
{
    struct node_names names = {NULL, NULL};
    if (!list && comparison != PLAN_EQUAL)
        return scanner_fail_at(parser->scanner, start, "nodename takes only = and IN (...), not",
                               ": to exclude a dataset write NOT nodename=NAME.");
    bool done = list ? parse_list(parser, take_node_name, &names) : take_node_name(parser, &names);
    *node = names.first;
    return done;
}

/* ---- terms ---- */

/* What can stand where a field should, and is no field. */
static bool check_start(struct parser *parser)
{
    if (scanner_looking_at(parser->scanner, SLICE("[")))
        return scanner_fail_subsearch(parser->scanner);
    if (scanner_looking_at(parser->scanner, SLICE("`")))
        return scanner_fail_at(parser->scanner, parser->scanner->at, "A macro cannot stand here:",
                               ". In Splunk's search bar Splunk itself replaces it before cfhunt "
                               "runs; here write its text out.");
    return true;
}

/* The field of a term: as a search writes it, or, in a dataset's constraint, behind the root's
 * name. */
static bool add_field(struct parser *parser, struct slice name, size_t *field)
{
    if (parser->root == NULL) {
        if (!plan_add_field(parser->plan, name, field)) return scanner_refused(parser->scanner);
        parser->plan->fields[*field].in_where = true;
        return true;
    }
    size_t length = strlen(parser->root);
    char *bytes = arena_take(&parser->plan->arena, length + 1 + name.length);
    if (bytes == NULL) return scanner_refused(parser->scanner);
    memcpy(bytes, parser->root, length);
    bytes[length] = '.';
    memcpy(bytes + length + 1, name.bytes, name.length);
    return plan_add_field(parser->plan, (struct slice){bytes, length + 1 + name.length}, field) ||
           scanner_refused(parser->scanner);
}

static bool parse_comparison(struct parser *parser, struct plan_node **node)
{
    struct slice name;
    enum plan_comparison comparison = PLAN_EQUAL;
    scanner_skip_blanks(parser->scanner);
    size_t start = parser->scanner->at;
    if (!check_start(parser)) return false;
    if (!scanner_take_name(parser->scanner, "A field, \"(\" or NOT is missing before", &name))
        return false;
    if (!check_field(parser, start, name)) return false;
    bool list = scanner_take_keyword(parser->scanner, SLICE("IN"), false);
    if (!list && !take_comparison(parser, &comparison)) return fail_comparison(parser, start, name);
    if (text_equal(name, SLICE("nodename")))
        return parse_node_names(parser, start, list, comparison, node);
    *node = plan_add_node(parser->plan, list ? PLAN_IN : PLAN_COMPARE);
    if (*node == NULL) return scanner_refused(parser->scanner);
    (*node)->comparison = comparison;
    if (!add_field(parser, name, &(*node)->field)) return false;
    return list ? parse_list(parser, take_listed_value, *node) : add_value(parser, *node);
}

static bool parse_negation(struct parser *parser, struct plan_node **node);

static bool parse_not(struct parser *parser, struct plan_node **node)
{
    *node = plan_add_node(parser->plan, PLAN_NOT);
    if (*node == NULL) return scanner_refused(parser->scanner);
    return parse_negation(parser, &(*node)->first_child);
}

static bool parse_primary(struct parser *parser, struct plan_node **node);

/* "NOT" not | "(" where ")" | comparison | "*". The depth bounds this recursion and every later
 * walk over the tree. */
static bool parse_negation(struct parser *parser, struct plan_node **node)
{
    scanner_skip_blanks(parser->scanner);
    if (parser->depth == CONDITIONS_DEPTH_MAX)
        return scanner_fail_at(parser->scanner, parser->scanner->at,
                               "The WHERE is nested too deeply at", ": at most 200 levels.");
    parser->depth++;
    bool negated = scanner_take_keyword(parser->scanner, SLICE("NOT"), false);
    bool done = negated ? parse_not(parser, node) : parse_primary(parser, node);
    parser->depth--;
    return done;
}

static bool parse_primary(struct parser *parser, struct plan_node **node)
{
    if (scanner_take_byte(parser->scanner, '(')) {
        if (!parse_where(parser, node)) return false;
        return scanner_take_byte(parser->scanner, ')') ||
               scanner_fail_at(parser->scanner, parser->scanner->at, "A \")\" is missing before",
                               ".");
    }
    struct slice word = scanner_peek_word(parser->scanner);
    if (!text_equal(word, SLICE("*"))) return parse_comparison(parser, node);
    parser->scanner->at += word.length;
    *node = plan_add_node(parser->plan, PLAN_EVERYTHING);
    return *node != NULL || scanner_refused(parser->scanner);
}

static bool parse_or(struct parser *parser, struct plan_node **node)
{
    struct plan_node *last = NULL, *child;
    *node = NULL;
    do {
        if (!parse_negation(parser, &child)) return false;
        if (!append_child(parser, PLAN_OR, node, &last, child)) return false;
    } while (scanner_take_keyword(parser->scanner, SLICE("OR"), false));
    return true;
}

/* Does the WHERE end here: at its end, a ")", a "|", BY? */
static bool where_ends(struct parser *parser)
{
    if (scanner_at_end(parser->scanner)) return true;
    char byte = parser->scanner->text.bytes[parser->scanner->at];
    return byte == ')' || byte == '|' || scanner_peek_keyword(parser->scanner, SLICE("by")) ||
           scanner_peek_keyword(parser->scanner, SLICE("groupby"));
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
        more = scanner_take_keyword(parser->scanner, SLICE("AND"), false) || !where_ends(parser);
    } while (more);
    return true;
}

bool conditions_parse(struct scanner *scanner, struct plan *plan, struct plan_node **node)
{
    struct parser parser = {.scanner = scanner, .plan = plan};
    return parse_where(&parser, node);
}

/* ---- datasets ---- */

/* One constraint of the tables, read like any WHERE. An error in it would be a fault of the tables,
 * which a test would see: it is told as one of the search. */
static bool parse_constraint(struct scanner *scanner, struct plan *plan, const char *text,
                             const char *root, struct plan_node **node)
{
    struct scanner inner = {
        .text = slice_of(text), .arena = scanner->arena, .error = scanner->error};
    struct parser parser = {.scanner = &inner, .plan = plan, .root = root};
    if (parse_where(&parser, node)) return true;
    scanner->status = inner.status;
    return false;
}

bool conditions_of_dataset(struct scanner *scanner, struct plan *plan,
                           const struct model_dataset *dataset, struct plan_node **node)
{
    struct parser parser = {.scanner = scanner, .plan = plan};
    struct plan_node *last = NULL, *child;
    const char *root = model_root(dataset)->name;
    *node = NULL;
    for (; dataset != NULL; dataset = model_parent(dataset)) {
        if (dataset->constraint == NULL) continue;
        if (!parse_constraint(scanner, plan, dataset->constraint, root, &child)) return false;
        if (!append_child(&parser, PLAN_AND, node, &last, child)) return false;
    }
    return true;
}
