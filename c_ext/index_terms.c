#include "index_terms.h"

#include "address.h"
#include "text.h"

struct term_list {
    const struct plan *plan;
    const struct model_dataset *dataset;
    struct arena *arena;
    struct slice *words;
    size_t count;
    struct slice longest; /* run of letters and digits */
    bool refused;         /* memory was */
};

/* ---- which terms ---- */

/* Does the filter value, with its wildcards, match a text that comes from the model and not from
 * the event? */
static bool matches_default(struct term_list *list, struct slice value, struct slice text)
{
    struct pattern pattern;
    if (pattern_compile(list->arena, value, &pattern)) return pattern_matches(&pattern, text);
    list->refused = true;
    return true;
}

/* Can the model's eval bring about a match where the event does not hold the value? */
static bool rule_copies(struct term_list *list, const struct model_field *field, struct slice value)
{
    switch (field->rule) {
    case MODEL_AS_IT_COMES:
    case MODEL_LOWER:
    case MODEL_LOWER_OR_NULL:
    case MODEL_NUMBER_OR_NULL:
        return true;
    case MODEL_UNKNOWN:
    case MODEL_UNKNOWN_HYPHEN:
    case MODEL_UNKNOWN_LOWER:
        return !matches_default(list, value, SLICE("unknown"));
    case MODEL_NUMBER_OR_ZERO:
    case MODEL_ZERO_IF_EMPTY:
        return !matches_default(list, value, SLICE("0"));
    default:
        return false;
    }
}

static bool profile_copies(const struct profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->field_count; i++) {
        const struct profile_field *field = &profile->fields[i];
        bool copied = field->source == PROFILE_DATA || field->source == PROFILE_ACCOUNT ||
                      field->source == PROFILE_COMPUTER || field->source == PROFILE_HOST ||
                      field->source == PROFILE_DEST_HOST;
        if (!copied && text_equal(slice_of(field->name), slice_of(name))) return false;
    }
    return true;
}

/* Does every profile of the dataset copy the field from the event's text? An entity that is decoded
 * is no copy: &#55;844 is 7844. */
static bool profiles_copy(const struct term_list *list, const char *name)
{
    bool decoded = list->plan->options.entities == PLAN_ENTITIES_DECODE;
    const struct model_dataset *dataset = list->dataset;
    for (; dataset != NULL; dataset = model_parent(dataset))
        for (size_t i = 0; i < dataset->profile_count; i++)
            if (decoded || !profile_copies(&dataset->profiles[i], name)) return false;
    return true;
}

static bool can_be_searched(struct term_list *list, const struct plan_node *node)
{
    struct slice name = list->plan->fields[node->field].name;
    if (node->kind != PLAN_COMPARE || node->comparison != PLAN_EQUAL) return false;
    struct network network;
    if (list->dataset == NULL || model_is_metadata(name)) return false;
    if (network_parse(node->values[0], &network)) return false; /* no address holds its text */
    const struct model_field *field = model_field(list->dataset, name);
    return field != NULL && rule_copies(list, field, node->values[0]) &&
           profiles_copy(list, field->name);
}

/* ---- which words ---- */

static bool is_word_byte(char byte)
{
    unsigned char folded = text_fold_byte((unsigned char)byte);
    return (folded >= 'a' && folded <= 'z') || (folded >= '0' && folded <= '9');
}

static bool is_listed(const struct term_list *list, struct slice word)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal_folded(list->words[i], word)) return true;
    return false;
}

static bool add_word(struct term_list *list, struct slice word)
{
    if (is_listed(list, word)) return true;
    struct slice *words = arena_take(list->arena, (list->count + 1) * sizeof(*words));
    if (words == NULL) return false;
    if (list->count > 0) memcpy(words, list->words, list->count * sizeof(*words));
    words[list->count++] = word;
    list->words = words;
    return true;
}

/* What an index takes apart is cut at everything but letters and digits here, too: a '_' or a byte
 * beyond ASCII belongs to the word for Splunk, so a run beside one is only part of a word. */
static bool ends_word(char byte)
{
    return byte != '*' && byte != '_' && (unsigned char)byte < 0x80;
}

/* Behind these a word need not begin in the event's own text, where JSON writes \u0027 or \n for
 * them, and an index takes %20 apart as one. */
static bool begins_word(char byte)
{
    return ends_word(byte) && (unsigned char)byte >= ' ' && memchr("\"%&'+<=>`", byte, 9) == NULL;
}

static bool add_words(struct term_list *list, struct slice value)
{
    for (size_t start = 0; start < value.length;) {
        size_t end = start;
        while (end < value.length && is_word_byte(value.bytes[end]))
            end++;
        bool whole = end > start && (start == 0 || begins_word(value.bytes[start - 1])) &&
                     (end == value.length || ends_word(value.bytes[end]));
        if (whole && !add_word(list, (struct slice){value.bytes + start, end - start}))
            return false;
        start = end + 1;
    }
    return true;
}

/* Calls take with the value of each term that every match fulfils: those under AND only. */
static bool each_term(struct term_list *list, const struct plan_node *node,
                      bool (*take)(struct term_list *list, struct slice value))
{
    if (node == NULL) return true;
    if (node->kind == PLAN_COMPARE)
        return !can_be_searched(list, node) || take(list, node->values[0]);
    if (node->kind != PLAN_AND) return true;
    for (const struct plan_node *child = node->first_child; child != NULL;
         child = child->next_sibling)
        if (!each_term(list, child, take)) return false;
    return true;
}

bool index_terms(const struct plan *plan, struct arena *arena, struct values *words)
{
    struct term_list list = {
        .plan = plan, .dataset = model_find(plan->model, plan->dataset), .arena = arena};
    if (!each_term(&list, plan->where, add_words) || list.refused) return false;
    *words = (struct values){list.words, list.count};
    return true;
}

/* ---- the longest run ---- */

static bool keep_longest(struct term_list *list, struct slice value)
{
    for (size_t start = 0; start < value.length;) {
        size_t end = start;
        while (end < value.length && is_word_byte(value.bytes[end]))
            end++;
        if (end - start > list->longest.length)
            list->longest = (struct slice){value.bytes + start, end - start};
        start = end + 1;
    }
    return true;
}

/* Decoded entities may spell what the text does not hold: then every event has to be read. */
struct slice index_literal(const struct plan *plan, struct arena *arena)
{
    struct term_list list = {
        .plan = plan, .dataset = model_find(plan->model, plan->dataset), .arena = arena};
    if (plan->options.entities == PLAN_ENTITIES_DECODE || plan->options.every_row)
        return (struct slice){NULL, 0};
    each_term(&list, plan->where, keep_longest);
    return list.longest;
}
