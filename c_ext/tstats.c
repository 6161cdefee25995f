#include "tstats.h"

#include <stdio.h>
#include <string.h>

#include "conditions.h"
#include "functions.h"
#include "model.h"
#include "options.h"
#include "scanner.h"
#include "text.h"

struct parser {
    struct scanner scanner;
    struct plan *plan;
    size_t span_at;        /* where the plan's span stands */
    bool functions_listed; /* in an error: once is enough */
};

/* ---- where FROM begins (W18) ---- */

static bool take_datamodel(struct scanner *scanner)
{
    return scanner_take_keyword(scanner, SLICE("datamodel"), true) &&
           scanner_take_byte(scanner, '=');
}

/* Does datamodel= stand length bytes further on? */
static bool datamodel_ahead(const struct scanner *scanner, size_t length)
{
    struct scanner ahead = *scanner;
    ahead.at += length;
    return take_datamodel(&ahead);
}

/* Is this word, in front of datamodel=, meant to be FROM? */
static bool is_misspelt_from(struct slice word)
{
    enum { FROM_EDITS_MAX = 2 }; /* so far is no function's name from it */
    return word.length > 0 && text_edit_distance(word, SLICE("from")) <= FROM_EDITS_MAX;
}

/* FROM, or where it is left out or misspelt what stands there. */
static bool from_begins(struct parser *parser)
{
    struct slice word = scanner_peek_word(&parser->scanner);
    return text_equal_folded(word, SLICE("from")) || datamodel_ahead(&parser->scanner, 0) ||
           (is_misspelt_from(word) && datamodel_ahead(&parser->scanner, word.length));
}

/* ---- functions (T2 to T5) ---- */

/* name without the digits behind it: a percentage of functions that take one. */
static struct slice without_percentage(struct slice name)
{
    while (name.length > 0 && memchr("0123456789.", name.bytes[name.length - 1], 11) != NULL)
        name.length--;
    return name;
}

/* NULL where no name is near. */
static const struct aggregate *nearest_function(struct slice name)
{
    const struct aggregate *nearest = NULL;
    struct slice letters = without_percentage(name);
    size_t distance = SIZE_MAX;
    for (size_t i = 0; functions_at(i) != NULL; i++) {
        size_t edits = text_misspelling(slice_of(functions_at(i)->name), letters);
        if (edits < distance) nearest = functions_at(i), distance = edits;
    }
    return nearest;
}

static bool takes_percentage(const struct aggregate *function)
{
    return function->argument == AGGREGATE_PERCENT_AND_FIELD;
}

/* "avg, count, ... and varp", percentages as perc<N>, as far as it fits. */
static void list_functions(char *list, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; functions_at(i) != NULL && length < size; i++) {
        const struct aggregate *function = functions_at(i);
        const char *between = i == 0 ? "" : functions_at(i + 1) == NULL ? " and " : ", ";
        const char *percentage = takes_percentage(function) ? "<N>" : "";
        length += (size_t)snprintf(list + length, size - length, "%s%s%s", between, function->name,
                                   percentage);
    }
}

/* name is no function. Behind one it may be the name that AS should give it. */
static bool fail_unknown(struct parser *parser, size_t at, struct slice name, bool is_call)
{
    char list[320], end[480];
    const struct aggregate *nearest = nearest_function(name);
    bool is_name = parser->plan->function_count > 0 && !is_call;
    list_functions(list, sizeof(list));
    int length =
        snprintf(end, sizeof(end), "%s%s%s%s%s", nearest != NULL ? ": did you mean " : "",
                 nearest != NULL ? nearest->name : "",
                 nearest != NULL && takes_percentage(nearest) ? "<N>, where N is 0 to 100" : "",
                 !is_name          ? ""
                 : nearest != NULL ? ", or is AS missing before it"
                                   : ": is AS missing before it",
                 nearest != NULL || is_name ? "?" : ".");
    if (!parser->functions_listed && length > 0)
        snprintf(end + length, sizeof(end) - (size_t)length, " The functions are %s.", list);
    parser->functions_listed = true;
    return scanner_fail_at(&parser->scanner, at, "There is no function", end);
}

/* The word at start is no function: what is it? */
static bool fail_function(struct parser *parser, size_t start, struct slice name)
{
    struct scanner *scanner = &parser->scanner, ahead = *scanner;
    bool is_option = options_is_name(name);
    ahead.at = start + name.length;
    if (!scanner_take_byte(&ahead, '='))
        return is_option ? scanner_fail_at(scanner, start, "An option needs = and a value:", ".")
                         : fail_unknown(parser, start, name, scanner_take_byte(&ahead, '('));
    return scanner_fail_at(scanner, start,
                           is_option ? "Options stand before the first function, not behind it:"
                                     : "Comparisons stand behind WHERE, not among the functions:",
                           ".");
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

/* The name behind AS. A FROM with its model is no name, without it one. */
static bool take_alias(struct parser *parser, struct slice *name)
{
    static const char *const missing = "A name is missing after AS, before";
    struct scanner *scanner = &parser->scanner;
    struct slice word = scanner_peek_word(scanner);
    if (text_equal_folded(word, SLICE("from")) && datamodel_ahead(scanner, word.length))
        return scanner_fail_at(scanner, scanner->at, missing, ".");
    return scanner_take_name(scanner, missing, name);
}

static bool parse_function(struct parser *parser)
{
    struct plan_function function = {.field = PLAN_NO_FIELD};
    struct slice name = scanner_peek_word(&parser->scanner);
    size_t start = parser->scanner.at;
    if (name.length == 0 || from_begins(parser))
        return scanner_fail_at(&parser->scanner, start, "A function is missing before",
                               ", for example count.");
    if (!text_fold(&parser->plan->arena, name, &function.name))
        return scanner_refused(&parser->scanner);
    uint32_t percent;
    const struct aggregate *aggregate = functions_find(function.name, &percent);
    if (aggregate == NULL) return fail_function(parser, start, function.name);
    parser->scanner.at += name.length;
    if (scanner_take_byte(&parser->scanner, '(')) {
        if (!parse_argument(parser, start, &function)) return false;
    } else if (aggregate->argument != AGGREGATE_FIELD_OR_NONE) {
        return scanner_fail_at(&parser->scanner, start,
                               "This function needs a field in parentheses:", ".");
    }
    if (!default_output(parser, &function)) return false;
    if (scanner_take_keyword(&parser->scanner, SLICE("as"), true) &&
        !take_alias(parser, &function.output))
        return false;
    return plan_add_function(parser->plan, function) || scanner_refused(&parser->scanner);
}

/* Behind what begins here, up to a blank or comma outside quotes and parentheses. */
static void skip_word(struct scanner *scanner)
{
    size_t depth = 0;
    bool quoted = false;
    for (; scanner->at < scanner->text.length; scanner->at++) {
        char byte = scanner->text.bytes[scanner->at];
        if (byte == '"') quoted = !quoted;
        if (quoted) continue;
        if (depth == 0 && strchr(" \t\r\n,", byte) != NULL) return;
        if (byte == '(') depth++;
        if (byte == ')' && depth > 0) depth--;
    }
}

/* Behind the value of a word that has been skipped, with blanks around its = or none. */
static void skip_value(struct scanner *scanner)
{
    bool taken = scanner->at > 0 && scanner->text.bytes[scanner->at - 1] == '=';
    if (!taken && !scanner_take_byte(scanner, '=')) return;
    scanner_skip_blanks(scanner);
    skip_word(scanner);
}

/* A function is wrong: the next one is read all the same, so that all errors are said. */
static bool skip_function(struct parser *parser)
{
    struct scanner *scanner = &parser->scanner;
    struct slice name;
    if (!scanner_go_on(scanner) || scanner_at_end(scanner) || from_begins(parser)) return false;
    skip_word(scanner);
    skip_value(scanner);
    return !scanner_take_keyword(scanner, SLICE("as"), true) || take_alias(parser, &name);
}

/* WHERE is wrong: BY is read all the same. False where there is none. */
static bool skip_to_by(struct parser *parser)
{
    struct scanner *scanner = &parser->scanner;
    if (!scanner_go_on(scanner)) return false;
    while (!scanner_at_end(scanner)) {
        if (scanner_peek_keyword(scanner, SLICE("by"))) return true;
        size_t start = scanner->at;
        skip_word(scanner);
        if (scanner->at == start) scanner->at++;
    }
    return false;
}

/* ---- FROM (W18) ---- */

/* After an error here the model is read all the same. */
static bool parse_from_keyword(struct parser *parser)
{
    struct scanner *scanner = &parser->scanner;
    if (scanner_take_keyword(scanner, SLICE("from"), true)) return true;
    size_t start = scanner->at;
    bool left_out = datamodel_ahead(scanner, 0);
    if (!left_out) scanner->at += scanner_peek_word(scanner).length;
    scanner_fail_at(scanner, start,
                    left_out ? "FROM is missing before" : "FROM stands before datamodel=, not",
                    ".");
    return scanner_go_on(scanner);
}

static bool parse_functions(struct parser *parser)
{
    do {
        if (!parse_function(parser) && !skip_function(parser)) return false;
        scanner_take_byte(&parser->scanner, ',');
        if (scanner_at_end(&parser->scanner) ||
            scanner_peek_keyword(&parser->scanner, SLICE("where")) ||
            scanner_peek_keyword(&parser->scanner, SLICE("by")))
            return scanner_fail_at(&parser->scanner, parser->scanner.at,
                                   "FROM datamodel=... is missing before", ".");
    } while (!from_begins(parser));
    return true;
}

static bool parse_from(struct parser *parser)
{
    struct slice value;
    if (!parse_from_keyword(parser)) return false;
    if (!take_datamodel(&parser->scanner))
        return scanner_fail_at(&parser->scanner, parser->scanner.at,
                               "FROM needs datamodel=MODEL.DATASET, not", ".");
    scanner_skip_blanks(&parser->scanner);
    size_t start = parser->scanner.at;
    if (!scanner_take_value(&parser->scanner, &value)) return false;
    if (!plan_is_model_name(value))
        return scanner_fail_at(&parser->scanner, start,
                               "This is not the name of a data model:", ".");
    const char *dot = memchr(value.bytes, '.', value.length);
    size_t length = dot != NULL ? (size_t)(dot - value.bytes) : value.length;
    parser->plan->model = (struct slice){value.bytes, length};
    if (dot != NULL) parser->plan->dataset = (struct slice){dot + 1, value.length - length - 1};
    return true;
}

/* Can name be a root of the plan's model, which begins every field's name (W17)? Of a model that is
 * not in the tables any can. */
static bool can_be_root(const struct plan *plan, struct slice name)
{
    const struct model_dataset *found = model_find(plan->model, name);
    if (!plan_is_model_name(name)) return false;
    return found != NULL ? model_parent(found) == NULL
                         : model_find(plan->model, (struct slice){NULL, 0}) == NULL;
}

/* datamodel=M alone: the prefix in the fields names the dataset (W18). */
static void find_dataset(struct plan *plan)
{
    for (size_t i = 0; i < plan->field_count && plan->dataset.length == 0; i++) {
        struct slice name = plan->fields[i].name;
        const char *dot = memchr(name.bytes, '.', name.length);
        if (dot == NULL) continue;
        struct slice prefix = {name.bytes, (size_t)(dot - name.bytes)};
        if (can_be_root(plan, prefix)) plan->dataset = prefix;
    }
}

/* What the dataset itself demands of a row, beside the WHERE (W12). */
static bool add_dataset_condition(struct parser *parser)
{
    struct plan *plan = parser->plan;
    const struct model_dataset *dataset = model_find(plan->model, plan->dataset);
    return dataset == NULL ||
           conditions_of_dataset(&parser->scanner, plan, dataset, &plan->dataset_condition);
}

/* ---- BY (section 2) and the tail ---- */

/* Does a comparison follow? */
static bool compares(struct scanner *scanner)
{
    return !scanner_at_end(scanner) && memchr("=!<>", scanner->text.bytes[scanner->at], 4) != NULL;
}

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
    if (compares(&parser->scanner))
        return scanner_fail_at(&parser->scanner, start, "BY lists fields and compares none:", ".");
    bool is_word = parser->scanner.text.bytes[start] != '"';
    if (is_word && text_equal_folded(name, SLICE("where")))
        return scanner_fail_at(&parser->scanner, start,
                               "WHERE stands before BY, not behind it:", ".");
    if (is_word && text_equal_folded(name, SLICE("by")))
        return scanner_fail_at(&parser->scanner, start, "BY stands only once:", ".");
    if (!plan_add_field(parser->plan, name, &field)) return scanner_refused(&parser->scanner);
    return plan_add_by(parser->plan, field) || scanner_refused(&parser->scanner);
}

/* span=1h, anywhere in the list (B6). *taken: it stood here. */
static bool take_span(struct parser *parser, bool *taken)
{
    struct scanner *scanner = &parser->scanner;
    struct slice value;
    *taken = false;
    scanner_skip_blanks(scanner);
    size_t start = scanner->at;
    if (!scanner_take_keyword(scanner, SLICE("span"), true)) return true;
    if (!scanner_take_byte(scanner, '=')) {
        scanner->at = start;
        return true;
    }
    *taken = true;
    scanner_skip_blanks(scanner);
    size_t at = scanner->at;
    if (!scanner_take_value(scanner, &value)) return false;
    if (parser->plan->span.count > 0)
        return scanner_fail_at(scanner, start, "span stands only once:", ".");
    parser->span_at = start;
    return span_parse(value, &parser->plan->span) ||
           scanner_fail_at(scanner, at, "This is no span:",
                           ". A span is a whole number up to 1000000 and s, m, h, d or mon, for "
                           "example 1h.");
}

static bool groups_by_time(const struct plan *plan)
{
    for (size_t i = 0; i < plan->by_count; i++)
        if (plan_is_time(plan, plan->by[i])) return true;
    return false;
}

/* Without a span bins are seconds: the rule by which tstats chooses is not published (B6). */
static bool check_span(struct parser *parser)
{
    struct plan *plan = parser->plan;
    bool by_time = groups_by_time(plan);
    if (!by_time && plan->span.count > 0)
        return scanner_fail_at(&parser->scanner, parser->span_at,
                               "A span divides _time, but BY has no _time:", ".");
    plan->span_assumed = by_time && plan->span.count == 0;
    if (plan->span_assumed) plan->span = (struct span){1, SPAN_SECOND};
    return true;
}

static bool parse_by(struct parser *parser)
{
    struct scanner *scanner = &parser->scanner;
    bool is_span;
    do {
        if (!take_span(parser, &is_span) || (!is_span && !add_by(parser))) return false;
        scanner_take_byte(scanner, ',');
    } while (!scanner_at_end(scanner) && scanner->text.bytes[scanner->at] != '|');
    return check_span(parser);
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
        !conditions_parse(&parser->scanner, parser->plan, &parser->plan->where) &&
        !skip_to_by(parser))
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
    return add_dataset_condition(parser) &&
           (plan_seal(parser->plan) || scanner_refused(&parser->scanner));
}

enum cfh_status tstats_hunt_name(struct plan *plan, struct slice arguments, struct slice *name,
                                 struct cfh_error *error)
{
    struct scanner scanner = {.text = arguments, .arena = &plan->arena, .error = error};
    bool own_only;
    *name = (struct slice){NULL, 0};
    if (!options_take(&scanner, &plan->options, &own_only)) return scanner_finish(&scanner);
    bool ends = scanner_at_end(&scanner), named = plan->options.hunt.length > 0;
    if (!named && !(ends && own_only)) return scanner.status; /* tstats_parse says all its errors */
    if (!ends)
        scanner_fail_at(&scanner, scanner.at,
                        "hunt=NAME brings a search of its own, so none can follow, as here", ".");
    if (scanner_finish(&scanner) != CFH_OK) return scanner.status;
    *name = named ? plan->options.hunt : SLICE(TSTATS_DEFAULT_HUNT);
    plan->is_default = text_equal(*name, SLICE(TSTATS_DEFAULT_HUNT));
    return CFH_OK;
}

/* The search of text and its options, then the options of others over them. */
static bool parse_all(struct parser *parser, struct scanner *others)
{
    struct scanner *scanner = &parser->scanner;
    struct plan_options *options = &parser->plan->options;
    bool ignored;
    if (!options_take(scanner, options, &ignored)) return false;
    if (options->hunt.length > 0)
        return scanner_fail_at(scanner, scanner->at,
                               "hunt=NAME names a hunt's file and cannot "
                               "stand in a search, as here before",
                               ".");
    if (others != NULL && !options_take(others, options, &ignored)) {
        scanner->status = others->status;
        return false;
    }
    return parse_search(parser);
}

enum cfh_status tstats_parse(struct plan *plan, struct slice arguments, struct cfh_error *error)
{
    struct parser parser = {.plan = plan, .scanner = {.text = arguments, .error = error}};
    parser.scanner.arena = &plan->arena;
    parse_all(&parser, NULL);
    return scanner_finish(&parser.scanner);
}

enum cfh_status tstats_parse_hunt(struct plan *plan, struct slice search, struct slice arguments,
                                  struct cfh_error *error)
{
    struct parser parser = {.plan = plan, .scanner = {.text = search, .error = error}};
    struct scanner others = {.text = arguments, .arena = &plan->arena, .error = error};
    parser.scanner.arena = &plan->arena;
    parser.scanner.is_file = true;
    plan->options = (struct plan_options){.fill_null = false};
    parse_all(&parser, &others);
    return scanner_finish(&parser.scanner);
}
