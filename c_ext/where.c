#include "where.h"

#include <string.h>

#include "hash.h"
#include "text.h"

static bool is_term(const struct plan_node *node)
{
    return node->kind == PLAN_COMPARE || node->kind == PLAN_IN;
}

/* Text alone: no wildcard, no network. */
static bool is_plain(const struct plan_node *node, size_t i)
{
    struct slice value = node->values[i];
    struct network network;
    return node->kind == PLAN_IN && !network_parse(value, &network) &&
           (value.length == 0 || memchr(value.bytes, '*', value.length) == NULL);
}

/* The slot of a folded text in the table, or the free one where it belongs. */
static struct slice *plain_slot(const struct where_term *term, struct slice folded)
{
    size_t index = (size_t)hash_digest(folded, 0) & (term->capacity - 1);
    while (term->plain[index].bytes != NULL && !text_equal(term->plain[index], folded))
        index = (index + 1) & (term->capacity - 1);
    return &term->plain[index];
}

static bool add_plain(struct arena *arena, struct where_term *term, struct slice value)
{
    struct slice folded;
    if (!text_fold(arena, value, &folded)) return false;
    if (folded.length == 0) folded.bytes = "";
    *plain_slot(term, folded) = folded;
    return true;
}

/* A table for the plain values where they are many; at most half full. */
static bool make_table(struct arena *arena, const struct plan_node *node, struct where_term *term)
{
    size_t count = 0;
    for (size_t i = 0; i < node->value_count; i++)
        count += is_plain(node, i);
    if (count <= WHERE_LIST_MAX) return true;
    term->capacity = 4 * WHERE_LIST_MAX;
    while (term->capacity / 2 < count)
        term->capacity *= 2;
    term->plain = arena_take(arena, term->capacity * sizeof(struct slice));
    if (term->plain == NULL) return false;
    memset(term->plain, 0, term->capacity * sizeof(struct slice));
    for (size_t i = 0; i < node->value_count; i++)
        if (is_plain(node, i) && !add_plain(arena, term, node->values[i])) return false;
    return true;
}

static bool term_compile(struct arena *arena, const struct plan_node *node, struct where_term *term)
{
    *term = (struct where_term){.node = node, .field = node->field};
    term->matches = arena_take(arena, node->value_count * sizeof(struct match));
    if (term->matches == NULL || !make_table(arena, node, term)) return false;
    enum plan_comparison comparison = node->kind == PLAN_IN ? PLAN_EQUAL : node->comparison;
    for (size_t i = 0; i < node->value_count; i++) {
        term->has_number = term->has_number || number_parse(node->values[i], NULL);
        if (term->capacity > 0 && is_plain(node, i)) continue;
        struct match *match = &term->matches[term->match_count++];
        if (!match_compile(arena, comparison, node->values[i], match)) return false;
    }
    return true;
}

static bool compile_node(struct arena *arena, struct where *where, const struct plan_node *node)
{
    if (is_term(node)) return term_compile(arena, node, &where->terms[node->term]);
    for (const struct plan_node *child = node->first_child; child != NULL;
         child = child->next_sibling)
        if (!compile_node(arena, where, child)) return false;
    return true;
}

bool where_compile(struct arena *arena, const struct plan *plan, struct where *where)
{
    *where = (struct where){.plan = plan};
    where->terms = arena_take(arena, plan->term_count * sizeof(struct where_term));
    if (where->terms == NULL) return false;
    return (plan->where == NULL || compile_node(arena, where, plan->where)) &&
           (plan->dataset_condition == NULL || compile_node(arena, where, plan->dataset_condition));
}

/* ---- one row ---- */

static enum cfh_status is_listed(const struct where_term *term, struct arena *scratch,
                                 struct values values, bool *listed)
{
    *listed = false;
    for (size_t i = 0; term->capacity > 0 && i < values.count && !*listed; i++) {
        struct slice folded;
        if (!text_fold(scratch, values.items[i], &folded)) return CFH_NO_MEMORY;
        *listed = plain_slot(term, folded)->bytes != NULL;
    }
    return CFH_OK;
}

static enum cfh_status term_holds(const struct where_term *term, struct view *view,
                                  struct values values, bool *holds)
{
    enum cfh_status status = is_listed(term, &view->record->scratch, values, holds);
    for (size_t i = 0; status == CFH_OK && i < term->match_count && !*holds; i++)
        *holds = match_passes(&term->matches[i], values);
    return status;
}

static enum cfh_status term_passes(const struct where *where, const struct where_term *term,
                                   struct view *view, bool negated, bool *passes)
{
    struct values values;
    enum cfh_status status = view_values(view, term->field, &values);
    if (status != CFH_OK) return status;
    bool omitted = negated && values.count == 0 && term->has_number &&
                   !where->plan->options.keep_omitted; /* W6 */
    status = term_holds(term, view, values, passes);
    *passes = !omitted && *passes != negated;
    return status;
}

static enum cfh_status node_passes(const struct where *where, const struct plan_node *node,
                                   struct view *view, bool negated, bool *passes)
{
    if (is_term(node)) return term_passes(where, &where->terms[node->term], view, negated, passes);
    if (node->kind == PLAN_NOT)
        return node_passes(where, node->first_child, view, !negated, passes);
    *passes = !negated;
    if (node->first_child == NULL) return CFH_OK; /* everything, or a dataset without demands */
    if (node->kind == PLAN_DATASET)
        return node_passes(where, node->first_child, view, negated, passes);
    /* A negated OR asks for all of its negated children, a negated AND for any. */
    bool all = (node->kind == PLAN_AND) != negated;
    *passes = all;
    for (const struct plan_node *child = node->first_child; child != NULL && *passes == all;
         child = child->next_sibling) {
        enum cfh_status status = node_passes(where, child, view, negated, passes);
        if (status != CFH_OK) return status;
    }
    return CFH_OK;
}

/* The dataset first: a row that is none of its is not asked the rest. */
enum cfh_status where_passes(const struct where *where, struct view *view, bool *passes)
{
    const struct plan *plan = where->plan;
    enum cfh_status status = CFH_OK;
    *passes = true;
    if (plan->dataset_condition != NULL)
        status = node_passes(where, plan->dataset_condition, view, false, passes);
    if (status != CFH_OK || !*passes || plan->where == NULL) return status;
    return node_passes(where, plan->where, view, false, passes);
}

enum cfh_status where_count_terms(const struct where *where, struct view *view, uint64_t *counts)
{
    for (size_t i = 0; i < where->plan->term_count; i++) {
        struct values values;
        enum cfh_status status = view_values(view, where->terms[i].field, &values);
        if (status != CFH_OK) return status;
        bool holds;
        status = term_holds(&where->terms[i], view, values, &holds);
        if (status != CFH_OK) return status;
        counts[i] += holds;
    }
    return CFH_OK;
}
