#include "match.h"

bool match_compile(struct arena *arena, enum plan_comparison comparison, struct slice value,
                   struct match *match)
{
    *match = (struct match){.comparison = comparison, .value = value};
    match->is_number = number_parse(value, &match->number);
    if (comparison != PLAN_EQUAL && comparison != PLAN_NOT_EQUAL) return true;
    match->is_network = network_parse(value, &match->network);
    return pattern_compile(arena, value, &match->pattern);
}

static int match_order(const struct match *match, struct slice value)
{
    struct number number;
    if (match->is_number && number_parse(value, &number))
        return number_compare(&number, &match->number);
    return text_compare_folded(value, match->value);
}

/* A network holds addresses; what is no address is compared as text (W10). */
static bool match_equal(const struct match *match, struct slice value)
{
    struct address address;
    if (match->is_network && address_parse(value, &address))
        return network_contains(&match->network, &address);
    return pattern_matches(&match->pattern, value);
}

static bool match_value(const struct match *match, struct slice value)
{
    switch (match->comparison) {
    case PLAN_EQUAL:
        return match_equal(match, value);
    case PLAN_NOT_EQUAL:
        return !match_equal(match, value);
    case PLAN_LESS:
        return match_order(match, value) < 0;
    case PLAN_LESS_OR_EQUAL:
        return match_order(match, value) <= 0;
    case PLAN_GREATER:
        return match_order(match, value) > 0;
    case PLAN_GREATER_OR_EQUAL:
        return match_order(match, value) >= 0;
    }
    return false;
}

bool match_passes(const struct match *match, struct values values)
{
    for (size_t i = 0; i < values.count; i++)
        if (match_value(match, values.items[i])) return true;
    return false;
}
