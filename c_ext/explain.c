#include "explain.h"

#include "address.h"
#include "functions.h"
#include "index_terms.h"
#include "model.h"
#include "number.h"
#include "pipeline.h"
#include "text.h"

enum { EXPLAIN_BLOCK = 4096, EXPLAIN_INDENT = 2 };

struct explanation {
    const struct plan *plan;
    const struct model_dataset *dataset;
    struct csv_writer writer;
    struct buffer text; /* of the cell that is being built */
    struct arena arena;
};

static void write_row(struct explanation *explanation, const char *part, struct slice item,
                      struct slice value)
{
    csv_writer_cell(&explanation->writer, slice_of(part));
    csv_writer_cell(&explanation->writer, item);
    csv_writer_cell(&explanation->writer, value);
    csv_writer_end_row(&explanation->writer);
}

static bool say(struct explanation *explanation, const char *text)
{
    return buffer_append(&explanation->text, slice_of(text));
}

/* ---- what the hunt's file says ---- */

static void explain_file(struct explanation *explanation)
{
    const struct plan *plan = explanation->plan;
    for (size_t i = 0; i < plan->note_count; i++)
        write_row(explanation, "hunt", plan->notes[i].key, plan->notes[i].value);
}

/* One row a command, each with its pipe: the values, one after another, are what to append. */
static void explain_tail(struct explanation *explanation)
{
    struct slice tail = explanation->plan->tail;
    while (tail.length > 0) {
        struct slice behind = {tail.bytes + 1, tail.length - 1}; /* the tail begins with a pipe */
        size_t length = pipeline_end(behind) + 1;
        write_row(explanation, "tail", SLICE("append"),
                  pipeline_trim((struct slice){tail.bytes, length}));
        tail = (struct slice){tail.bytes + length, tail.length - length};
    }
}

/* ---- options, functions, model ---- */

static void explain_options(struct explanation *explanation)
{
    static const char *const hyphens[] = {"keep", "null", "ip"};
    static const char *const entities[] = {"raw", "decode"};
    static const char *const dests[] = {"host", "computer"};
    const struct plan_options *options = &explanation->plan->options;
    write_row(explanation, "option", SLICE("hyphen"), slice_of(hyphens[options->hyphen]));
    write_row(explanation, "option", SLICE("entities"), slice_of(entities[options->entities]));
    write_row(explanation, "option", SLICE("dest"), slice_of(dests[options->dest]));
    write_row(explanation, "option", SLICE("include_events_omitted_when_filtering_numeric_values"),
              options->keep_omitted ? SLICE("true") : SLICE("false"));
    write_row(explanation, "option", SLICE("fillnull_value"),
              options->fill_null ? options->fill_value
                                 : SLICE("(none: a row with a null BY field is left out)"));
    char digits[NUMBER_DIGITS_MAX];
    if (options->memory_megabytes > 0)
        write_row(explanation, "option", SLICE("maxmem"),
                  number_digits(options->memory_megabytes, digits));
}

static bool explain_functions(struct explanation *explanation)
{
    const struct plan *plan = explanation->plan;
    for (size_t i = 0; i < plan->function_count; i++) {
        const struct plan_function *function = &plan->functions[i];
        buffer_clear(&explanation->text);
        if (!buffer_append(&explanation->text, function->name)) return false;
        if (function->field != PLAN_NO_FIELD &&
            !(say(explanation, "(") &&
              buffer_append(&explanation->text, plan->fields[function->field].name) &&
              say(explanation, ")")))
            return false;
        write_row(explanation, "function", plan_output_name(plan, function->output),
                  buffer_slice(&explanation->text));
    }
    return true;
}

static bool explain_profiles(struct explanation *explanation, const struct model_dataset *dataset)
{
    for (size_t i = 0; i < dataset->profile_count; i++) {
        const struct profile *profile = &dataset->profiles[i];
        buffer_clear(&explanation->text);
        if (!say(explanation, profile->provider) || !say(explanation, " EventID ") ||
            !say(explanation, profile->event_id))
            return false;
        write_row(explanation, "from", SLICE("raw events"), buffer_slice(&explanation->text));
    }
    return true;
}

static bool explain_model(struct explanation *explanation)
{
    const struct plan *plan = explanation->plan;
    buffer_clear(&explanation->text);
    bool named = plan->dataset.length > 0;
    if (!buffer_append(&explanation->text, plan->model) || (named && !say(explanation, ".")) ||
        !buffer_append(&explanation->text, plan->dataset))
        return false;
    write_row(explanation, "from", SLICE("datamodel"), buffer_slice(&explanation->text));
    write_row(explanation, "from", SLICE("known"),
              explanation->dataset != NULL ? SLICE("yes: its defaults and evals are applied")
                                           : SLICE("no: fields are taken as they come"));
    for (const struct model_dataset *dataset = explanation->dataset; dataset != NULL;
         dataset = model_parent(dataset))
        if (!explain_profiles(explanation, dataset)) return false;
    return true;
}

/* ---- WHERE ---- */

static const char whole_text[] = " (the whole text, case ignored)";

static const char *compiled_form(enum plan_comparison comparison, struct slice value)
{
    struct network network;
    bool equal = comparison == PLAN_EQUAL || comparison == PLAN_NOT_EQUAL;
    if (!equal)
        return number_parse(value, NULL) ? " (by number, text by bytes, case ignored)"
                                         : " (by bytes, case ignored)";
    if (network_parse(value, &network)) return " (addresses in this network)";
    if (text_equal(value, SLICE("*"))) return " (any value)";
    if (value.length > 0 && memchr(value.bytes, '*', value.length) != NULL)
        return " (wildcards, case ignored)";
    return whole_text;
}

/* An IN list with wildcards or networks among its values. */
static bool is_mixed_list(const struct plan_node *node)
{
    for (size_t i = 0; node->kind == PLAN_IN && i < node->value_count; i++)
        if (compiled_form(PLAN_EQUAL, node->values[i]) != whole_text) return true;
    return false;
}

static bool say_term(struct explanation *explanation, const struct plan_node *node)
{
    if (!plan_print_term(explanation->plan, node, &explanation->text)) return false;
    if (is_mixed_list(node)) return say(explanation, " (any of these)");
    if (node->kind == PLAN_IN) return say(explanation, " (any of these whole texts, case ignored)");
    return node->kind != PLAN_COMPARE ||
           say(explanation, compiled_form(node->comparison, node->values[0]));
}

static bool say_node(struct explanation *explanation, const struct plan_node *node)
{
    switch (node->kind) {
    case PLAN_AND:
        return say(explanation, "all of");
    case PLAN_OR:
        return say(explanation, "any of");
    case PLAN_NOT:
        return say(explanation, "not");
    default:
        return say_term(explanation, node);
    }
}

static bool explain_line(struct explanation *explanation, const char *part,
                         const struct plan_node *node, size_t depth)
{
    buffer_clear(&explanation->text);
    for (size_t i = 0; i < depth * EXPLAIN_INDENT; i++)
        if (!say(explanation, " ")) return false;
    if (!say_node(explanation, node)) return false;
    write_row(explanation, part, (struct slice){NULL, 0}, buffer_slice(&explanation->text));
    return true;
}

/* A mixed list is an OR of equals (W7), each of its own form. */
static bool explain_list(struct explanation *explanation, const char *part,
                         const struct plan_node *list, size_t depth)
{
    struct plan_node equal = {.kind = PLAN_COMPARE, .field = list->field, .value_count = 1};
    for (size_t i = 0; i < list->value_count; i++) {
        equal.values = &list->values[i];
        if (!explain_line(explanation, part, &equal, depth)) return false;
    }
    return true;
}

/* One row a node, children indented below; as deep as the parser lets a tree be. */
static bool explain_node(struct explanation *explanation, const char *part,
                         const struct plan_node *node, size_t depth)
{
    if (!explain_line(explanation, part, node, depth)) return false;
    if (is_mixed_list(node)) return explain_list(explanation, part, node, depth + 1);
    for (const struct plan_node *child = node->first_child; child != NULL;
         child = child->next_sibling)
        if (!explain_node(explanation, part, child, depth + 1)) return false;
    return true;
}

static bool explain_conditions(struct explanation *explanation)
{
    const struct plan *plan = explanation->plan;
    if (plan->dataset_condition != NULL &&
        !explain_node(explanation, "dataset", plan->dataset_condition, 0))
        return false;
    if (plan->where != NULL) return explain_node(explanation, "where", plan->where, 0);
    write_row(explanation, "where", (struct slice){NULL, 0}, SLICE("(every event)"));
    return true;
}

/* ---- BY, words ---- */

static bool explain_by(struct explanation *explanation)
{
    const struct plan *plan = explanation->plan;
    for (size_t i = 0; i < plan->by_count; i++) {
        buffer_clear(&explanation->text);
        if (plan_is_time(plan, plan->by[i]) && !plan_print_span(plan, &explanation->text))
            return false;
        write_row(explanation, "by", plan_output_name(plan, plan->fields[plan->by[i]].name),
                  buffer_slice(&explanation->text));
    }
    return true;
}

static bool explain_words(struct explanation *explanation)
{
    struct values words;
    if (!index_terms(explanation->plan, &explanation->arena, &words)) return false;
    for (size_t i = 0; i < words.count; i++)
        write_row(explanation, "index", SLICE("word"), words.items[i]);
    if (words.count == 0)
        write_row(explanation, "index", SLICE("word"),
                  SLICE("(none: no word is in every event of the answer)"));
    return true;
}

bool explain_plan(const struct plan *plan, struct buffer *body)
{
    struct explanation explanation = {.plan = plan,
                                      .dataset = model_find(plan->model, plan->dataset)};
    csv_writer_init(&explanation.writer, body);
    buffer_init(&explanation.text, plan->memory);
    arena_init(&explanation.arena, plan->memory, EXPLAIN_BLOCK);
    write_row(&explanation, "part", SLICE("item"), SLICE("value"));
    explain_file(&explanation);
    explain_options(&explanation);
    bool done = explain_functions(&explanation) && explain_model(&explanation) &&
                explain_conditions(&explanation) && explain_by(&explanation) &&
                explain_words(&explanation);
    explain_tail(&explanation);
    write_row(&explanation, "plan", SLICE("canonical"), plan->text);
    buffer_release(&explanation.text);
    arena_release(&explanation.arena);
    return done && !explanation.writer.failed;
}
