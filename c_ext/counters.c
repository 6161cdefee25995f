#include "counters.h"

#include <string.h>

bool counters_init(struct counters *counters, const struct plan *plan, struct arena *arena)
{
    *counters = (struct counters){.term_count = plan->term_count};
    counters->terms = arena_take(arena, plan->term_count * sizeof(uint64_t));
    if (counters->terms == NULL) return false;
    counters_clear(counters);
    return true;
}

void counters_clear(struct counters *counters)
{
    memset(counters->counts, 0, sizeof(counters->counts));
    if (counters->term_count > 0)
        memset(counters->terms, 0, counters->term_count * sizeof(uint64_t));
}

/* ---- travelling ---- */

static bool say(struct buffer *target, const char *text)
{
    return buffer_append(target, slice_of(text));
}

static bool say_digits(struct buffer *target, uint64_t number, bool grouped)
{
    char digits[27];
    size_t start = sizeof(digits), written = 0;
    do {
        if (grouped && written > 0 && written % 3 == 0) digits[--start] = ',';
        digits[--start] = (char)('0' + number % 10);
        written++;
    } while ((number /= 10) > 0);
    return buffer_append(target, (struct slice){digits + start, sizeof(digits) - start});
}

static uint64_t *counter_at(const struct counters *counters, size_t i)
{
    if (i < COUNTER_COUNT) return (uint64_t *)&counters->counts[i];
    return &counters->terms[i - COUNTER_COUNT];
}

bool counters_save(const struct counters *counters, struct buffer *target)
{
    for (size_t i = 0; i < COUNTER_COUNT + counters->term_count; i++) {
        if (i > 0 && !say(target, ",")) return false;
        if (!say_digits(target, *counter_at(counters, i), false)) return false;
    }
    return true;
}

/* The number at the front of text, and text moved behind it and its comma. */
static bool read_number(struct slice *text, uint64_t *number)
{
    size_t i = 0;
    *number = 0;
    for (; i < text->length && text->bytes[i] != ','; i++) {
        char digit = text->bytes[i];
        if (digit < '0' || digit > '9' || *number > UINT64_MAX / 10) return false;
        *number *= 10;
        if (*number > UINT64_MAX - (uint64_t)(digit - '0')) return false;
        *number += (uint64_t)(digit - '0');
    }
    if (i == 0 || (i > 1 && text->bytes[0] == '0')) return false;
    if (i < text->length) i++;
    text->bytes += i;
    text->length -= i;
    return true;
}

bool counters_load(struct counters *counters, struct slice text)
{
    struct slice rest = text;
    uint64_t number;
    size_t count = COUNTER_COUNT + counters->term_count;
    for (size_t i = 0; i < count; i++)
        if (!read_number(&rest, &number)) return false;
    if (rest.length > 0 || text.bytes[text.length - 1] == ',') return false;
    for (size_t i = 0; i < count; i++) {
        if (!read_number(&text, &number)) return false;
        *counter_at(counters, i) += number;
    }
    return true;
}

/* ---- sentences ---- */

static bool say_count(struct buffer *target, uint64_t count, const char *one, const char *many)
{
    return say_digits(target, count, true) && say(target, " ") &&
           say(target, count == 1 ? one : many);
}

static const struct plan_node *find_term(const struct plan_node *node, size_t term)
{
    if (node == NULL) return NULL;
    if ((node->kind == PLAN_COMPARE || node->kind == PLAN_IN) && node->term == term) return node;
    for (const struct plan_node *child = node->first_child; child != NULL;
         child = child->next_sibling) {
        const struct plan_node *found = find_term(child, term);
        if (found != NULL) return found;
    }
    return NULL;
}

static const struct plan_node *plan_term(const struct plan *plan, size_t term)
{
    const struct plan_node *found = find_term(plan->where, term);
    return found != NULL ? found : find_term(plan->dataset_condition, term);
}

static bool say_terms(const struct counters *counters, const struct plan *plan,
                      struct buffer *target)
{
    for (size_t i = 0; i < counters->term_count; i++) {
        if (!say(target, i == 0 ? " Of the usable rows, " : ", ")) return false;
        if (!say_count(target, counters->terms[i], "has ", "have ")) return false;
        if (!plan_print_term(plan, plan_term(plan, i), target)) return false;
    }
    return counters->term_count == 0 || say(target, ".");
}

static bool say_checked(const struct counters *counters, struct buffer *target)
{
    const uint64_t *counts = counters->counts;
    uint64_t usable = counts[COUNTER_MAPPED] + counts[COUNTER_PROFILED];
    if (!say(target, " Of the first ") ||
        !say_count(target, counts[COUNTER_CHECKED], "row, ", "rows, ") ||
        !say_count(target, usable, "was usable (", "were usable (") ||
        !say_count(target, counts[COUNTER_MAPPED], "with the model's fields, ",
                   "with the model's fields, ") ||
        !say_count(target, counts[COUNTER_PROFILED], "Sysmon event of the right id)",
                   "Sysmon events of the right id)"))
        return false;
    if (counts[COUNTER_OTHER_EVENT] > 0 &&
        !(say(target, " and ") &&
          say_count(target, counts[COUNTER_OTHER_EVENT], "was a Sysmon event of another id",
                    "were Sysmon events of another id")))
        return false;
    return say(target, ".");
}

bool counters_say_no_rows(const struct counters *counters, const struct plan *plan, bool scheduled,
                          struct message *message)
{
    const uint64_t *counts = counters->counts;
    if (counts[COUNTER_READ] == 0) {
        message->level = scheduled ? MESSAGE_INFO : MESSAGE_WARN;
        return say(message->text,
                   "cfhunt found nothing because no event reached it. Check the time range and the "
                   "search before the command: the report \"cfhunt - Coverage of Sysmon network "
                   "events\" shows which indexes and hosts send such events at all.");
    }
    bool usable = counts[COUNTER_MAPPED] + counts[COUNTER_PROFILED] > 0;
    message->level = usable ? MESSAGE_INFO : MESSAGE_WARN;
    return say(message->text, "cfhunt found nothing in ") &&
           say_count(message->text, counts[COUNTER_READ], "row.", "rows.") &&
           say_checked(counters, message->text) && say_terms(counters, plan, message->text);
}

static bool say_by_fields(const struct plan *plan, struct buffer *target)
{
    for (size_t i = 0; i < plan->by_count; i++) {
        if (i > 0 && !say(target, ", ")) return false;
        if (!buffer_append(target, plan->fields[plan->by[i]].name)) return false;
    }
    return true;
}

static bool say_capped(const struct counters *counters, const struct plan *plan,
                       struct buffer *target)
{
    return say_count(target, counters->counts[COUNTER_CAPPED], "row", "rows") &&
           say(target, " would have been counted into more than ") &&
           say_digits(target, BY_COMBINATIONS_MAX, true) &&
           say(target, " groups each: there the values of every multivalue BY field were joined "
                       "by newlines (BY ") &&
           say_by_fields(plan, target) && say(target, ").");
}

static bool say_ragged(const struct counters *counters, struct buffer *target)
{
    return say_digits(target, counters->counts[COUNTER_RAGGED], true) &&
           say(target, " of the first ") &&
           say_count(target, counters->counts[COUNTER_CHECKED], "row", "rows") &&
           say(target, " had more or fewer cells than the header.");
}

bool counters_say_warning(const struct counters *counters, const struct plan *plan, size_t i,
                          struct message *message)
{
    static const struct {
        enum counter counter;
        const char *one;
        const char *many;
    } warnings[COUNTERS_WARNINGS] = {
        {COUNTER_CAPPED, NULL, NULL},
        {COUNTER_DAMAGED_CELL, "multivalue cell was damaged: its plain text was used.",
         "multivalue cells were damaged: their plain text was used."},
        {COUNTER_DAMAGED_PART,
         "partial row from an indexer was damaged: what it counted is missing from this table.",
         "partial rows from the indexers were damaged: what they counted is missing from this "
         "table."},
        {COUNTER_BEYOND,
         "row has a number too long or too large to calculate with exactly: it was left out.",
         "rows have numbers too long or too large to calculate with exactly: they were left out."},
        {COUNTER_RAGGED, NULL, NULL},
    };
    uint64_t count = counters->counts[warnings[i].counter];
    message->level = MESSAGE_WARN;
    if (count == 0) return true;
    if (warnings[i].counter == COUNTER_CAPPED) return say_capped(counters, plan, message->text);
    if (warnings[i].counter == COUNTER_RAGGED) return say_ragged(counters, message->text);
    return say_count(message->text, count, warnings[i].one, warnings[i].many);
}
