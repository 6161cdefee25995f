#include "where.h"

static bool is_term(const struct plan_node *node)
{
    return node->kind == PLAN_COMPARE || node->kind == PLAN_IN;
}

static bool term_compile(struct arena *arena, const struct plan_node *node, struct where_term *term)
{
    *term = (struct where_term){.node = node, .field = node->field};
    term->matches = arena_take(arena, node->value_count * sizeof(struct match));
    if (term->matches == NULL) return false;
    enum plan_comparison comparison = node->kind == PLAN_IN ? PLAN_EQUAL : node->comparison;
    for (size_t i = 0; i < node->value_count; i++) {
        struct match *match = &term->matches[term->match_count++];
        if (!match_compile(arena, comparison, node->values[i], match)) return false;
        term->has_number = term->has_number || match->is_number;
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
    return plan->where == NULL || compile_node(arena, where, plan->where);
}

/* ---- one row ---- */

static bool term_holds(const struct where_term *term, struct values values)
{
    for (size_t i = 0; i < term->match_count; i++)
        if (match_passes(&term->matches[i], values)) return true;
    return false;
}

static enum cfh_status term_passes(const struct where *where, const struct where_term *term,
                                   struct view *view, bool negated, bool *passes)
{
    struct values values;
    enum cfh_status status = view_values(view, term->field, &values);
    if (status != CFH_OK) return status;
    if (negated && values.count == 0 && term->has_number && !where->plan->options.keep_omitted)
        *passes = false;
    else
        *passes = term_holds(term, values) != negated;
    return CFH_OK;
}

static enum cfh_status node_passes(const struct where *where, const struct plan_node *node,
                                   struct view *view, bool negated, bool *passes)
{
    if (is_term(node)) return term_passes(where, &where->terms[node->term], view, negated, passes);
    if (node->kind == PLAN_NOT)
        return node_passes(where, node->first_child, view, !negated, passes);
    *passes = !negated;
    if (node->kind == PLAN_EVERYTHING) return CFH_OK;
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

enum cfh_status where_passes(const struct where *where, struct view *view, bool *passes)
{
    *passes = true;
    if (where->plan->where == NULL) return CFH_OK;
    return node_passes(where, where->plan->where, view, false, passes);
}

enum cfh_status where_count_terms(const struct where *where, struct view *view, uint64_t *counts)
{
    for (size_t i = 0; i < where->plan->term_count; i++) {
        struct values values;
        enum cfh_status status = view_values(view, where->terms[i].field, &values);
        if (status != CFH_OK) return status;
        if (term_holds(&where->terms[i], values)) counts[i]++;
    }
    return CFH_OK;
}
