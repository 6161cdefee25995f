#include "by_tuple.h"

#include <string.h>

#include "group_key.h"
#include "text.h"

bool by_tuple_init(struct by_tuple *by, const struct plan *plan, const struct hash_key *hash_key,
                   struct arena *arena, struct memory *memory)
{
    size_t count = plan->by_count;
    *by = (struct by_tuple){.plan = plan, .hash_key = hash_key, .count = count};
    buffer_init(&by->key, memory);
    by->fields = arena_take(arena, count * sizeof(*by->fields));
    by->chosen = arena_take(arena, count * sizeof(*by->chosen));
    by->spans = arena_take(arena, count * sizeof(*by->spans));
    by->changing = arena_take(arena, count * sizeof(*by->changing));
    return by->fields != NULL && by->chosen != NULL && by->spans != NULL && by->changing != NULL;
}

void by_tuple_release(struct by_tuple *by)
{
    buffer_release(&by->key);
}

/* ---- the cells as they stand ---- */

/* Has the field one column, whose text is its value wherever the model keeps it? */
static bool is_one_column(const struct view_field *field)
{
    return field->kind == VIEW_MODEL_FIELD && field->first_column != RECORD_NO_COLUMN;
}

/* Where the fill value is empty, an empty cell would be as a key has it. */
static bool cells_can_be_keys(const struct plan_options *options)
{
#ifdef CFHUNT_PLAIN
    return (void)options, false;
#else
    return !options->fill_null || options->fill_value.length > 0;
#endif
}

void by_tuple_bind(struct by_tuple *by, const struct view *view)
{
    by->span_count = by->changing_count = 0;
    by->resting = 0;
    if (!cells_can_be_keys(&by->plan->options)) return;
    for (size_t i = 0; i < by->count; i++) {
        const struct view_field *field = &view->fields[by->plan->by[i]];
        size_t column = field->first_column, spans = by->span_count;
        if (!is_one_column(field)) {
            by->span_count = 0;
            return;
        }
        bool neighbour = spans > 0 && by->spans[spans - 1].last + 1 == column;
        if (!neighbour) by->spans[by->span_count++].first = column;
        by->spans[by->span_count - 1].last = column;
        if (!field->keeps_any) by->changing[by->changing_count++] = by->plan->by[i];
    }
}

/* Does the model leave every BY field's text as it stands? */
static bool keeps_all(const struct by_tuple *by, const struct view *view)
{
    struct slice text;
    for (size_t i = 0; i < by->changing_count; i++)
        if (!view_plain_text(view, by->changing[i], &text)) return false;
    return true;
}

static bool append_span(struct buffer *key, const struct csv_row *row, const struct by_span *span)
{
    if (span->last >= row->count) return false;
    const char *start = csv_row_cell(row, span->first).bytes;
    size_t length = (size_t)(row->bytes.bytes + row->ends[span->last] - start);
    if (!buffer_reserve(key, length + 1)) return false;
    memcpy(key->bytes + key->length, start, length);
    key->length += length;
    key->bytes[key->length++] = ',';
    return true;
}

bool by_tuple_as_it_stands(struct by_tuple *by, const struct view *view)
{
    const struct record *record = view->record;
    if (by->resting > 0) {
        by->resting--;
        return false;
    }
    if (by->span_count == 0 || view->kind != VIEW_MAPPED || !record->all_single) return false;
    if (!keeps_all(by, view)) return false;
    buffer_clear(&by->key);
    for (size_t i = 0; i < by->span_count; i++)
        if (!append_span(&by->key, &record->row, &by->spans[i])) return false;
    return true;
}

void by_tuple_rest(struct by_tuple *by)
{
    by->resting = BY_ROWS_AT_REST;
}

/* ---- the values of a field ---- */

/* Which values of one field came already: open addressing over items, in scratch. */
struct seen_values {
    const struct hash_key *key;
    const struct slice **slots;
    size_t capacity;
};

static bool seen_init(struct seen_values *seen, struct arena *scratch, size_t count)
{
    seen->capacity = 4;
    while (seen->capacity / 2 < count)
        seen->capacity *= 2;
    seen->slots = arena_take(scratch, seen->capacity * sizeof(*seen->slots));
    if (seen->slots != NULL) memset(seen->slots, 0, seen->capacity * sizeof(*seen->slots));
    return seen->slots != NULL;
}

/* False when an equal value came before. item must stay where it is. */
static bool seen_add(struct seen_values *seen, const struct slice *item)
{
    size_t index = (size_t)hash_keyed(seen->key, *item) & (seen->capacity - 1);
    while (seen->slots[index] != NULL) {
        if (text_equal(*seen->slots[index], *item)) return false;
        index = (index + 1) & (seen->capacity - 1);
    }
    seen->slots[index] = item;
    return true;
}

/* A field's values less empty and repeated ones (B4, B8), or the fill value where none is left
 * (B1). values->count 0 afterwards: the row has no group. */
static bool distinct_values(const struct by_tuple *by, struct arena *scratch, struct values *values)
{
    if (values->count == 1 && values->items[0].length > 0) return true;
    struct seen_values seen = {.key = by->hash_key};
    struct slice *items = arena_take(scratch, (values->count + 1) * sizeof(*items));
    if (items == NULL || !seen_init(&seen, scratch, values->count)) return false;
    size_t count = 0;
    for (size_t i = 0; i < values->count; i++) {
        items[count] = values->items[i];
        if (items[count].length > 0 && seen_add(&seen, &items[count])) count++;
    }
    const struct plan_options *options = &by->plan->options;
    if (count == 0 && options->fill_null) items[count++] = options->fill_value;
    *values = (struct values){items, count};
    return true;
}

/* How many combinations there are; BY_COMBINATIONS_MAX + 1 for more than that many. */
static size_t combination_count(const struct by_tuple *by)
{
    size_t product = 1;
    /* A field without a value first: it leaves no combination, however many the others have. */
    for (size_t i = 0; i < by->count; i++)
        if (by->fields[i].count == 0) return 0;
    for (size_t i = 0; i < by->count; i++) {
        if (!size_multiply(product, by->fields[i].count, &product)) return BY_COMBINATIONS_MAX + 1;
        if (product > BY_COMBINATIONS_MAX) return BY_COMBINATIONS_MAX + 1;
    }
    return product;
}

static bool join_values(struct arena *scratch, struct values *values)
{
    size_t length = values->count - 1;
    for (size_t i = 0; i < values->count; i++)
        if (!size_add(length, values->items[i].length, &length)) return false;
    char *bytes = arena_take(scratch, length);
    struct slice *item = arena_take(scratch, sizeof(*item));
    if (bytes == NULL || item == NULL) return false;
    char *end = bytes;
    for (size_t i = 0; i < values->count; i++) {
        if (i > 0) *end++ = '\n';
        memcpy(end, values->items[i].bytes, values->items[i].length);
        end += values->items[i].length;
    }
    *item = (struct slice){bytes, length};
    *values = (struct values){item, 1};
    return true;
}

static bool join_multivalues(struct by_tuple *by, struct arena *scratch)
{
    for (size_t i = 0; i < by->count; i++)
        if (by->fields[i].count > 1 && !join_values(scratch, &by->fields[i])) return false;
    return true;
}

/* B6: a time as the start of its bin; what is no time goes. */
static bool bin_times(const struct plan *plan, struct arena *scratch, struct values *values)
{
    struct slice *items = arena_take(scratch, values->count * sizeof(*items));
    size_t count = 0;
    bool in_bin;
    if (items == NULL) return false;
    for (size_t i = 0; i < values->count; i++) {
        if (!span_floor(&plan->span, values->items[i], scratch, &items[count], &in_bin))
            return false;
        if (in_bin) count++;
    }
    *values = (struct values){items, count};
    return true;
}

/* The values of a BY field that make keys. */
static enum cfh_status by_values(const struct by_tuple *by, struct view *view, size_t field,
                                 struct values *values)
{
    struct arena *scratch = &view->record->scratch;
    enum cfh_status status = view_values(view, field, values);
    if (status != CFH_OK) return status;
    if (plan_is_time(by->plan, field) && !bin_times(by->plan, scratch, values))
        return CFH_NO_MEMORY;
    return distinct_values(by, scratch, values) ? CFH_OK : CFH_NO_MEMORY;
}

/* ---- the keys of a row ---- */

static bool combination_key(struct by_tuple *by)
{
    buffer_clear(&by->key);
    for (size_t i = 0; i < by->count; i++)
        if (!group_key_append(&by->key, by->fields[i].items[by->chosen[i]])) return false;
    return true;
}

/* Moves on to the next combination, the last field fastest; false after the last one. */
static bool next_combination(struct by_tuple *by)
{
    for (size_t i = by->count; i > 0; i--) {
        if (++by->chosen[i - 1] < by->fields[i - 1].count) return true;
        by->chosen[i - 1] = 0;
    }
    return false;
}

/* Builds the key of a row with one value in each BY field, as most rows have. *single false: it has
 * more, or none, in one of them. */
static enum cfh_status single_key(struct by_tuple *by, struct view *view, bool *single)
{
    const struct plan *plan = by->plan;
    *single = true;
    buffer_clear(&by->key);
    for (size_t i = 0; i < by->count; i++) {
        struct slice text;
        bool time = view->fields[plan->by[i]].kind == VIEW_TIME;
        if (time || !view_plain_text(view, plan->by[i], &text)) {
            struct values values;
            enum cfh_status status = by_values(by, view, plan->by[i], &values);
            *single = status == CFH_OK && values.count == 1;
            if (!*single) return status;
            text = values.items[0];
        }
        if (!group_key_append(&by->key, text)) return CFH_NO_MEMORY;
    }
    return CFH_OK;
}

/* The values of all BY fields, and the first combination of them. *any false: there is none. */
static enum cfh_status first_combination(struct by_tuple *by, struct view *view, bool *capped,
                                         bool *any)
{
    for (size_t i = 0; i < by->count; i++) {
        by->chosen[i] = 0;
        enum cfh_status status = by_values(by, view, by->plan->by[i], &by->fields[i]);
        if (status != CFH_OK) return status;
    }
    size_t combinations = combination_count(by);
    *any = combinations > 0;
    *capped = combinations > BY_COMBINATIONS_MAX;
    if (*capped && !join_multivalues(by, &view->record->scratch)) return CFH_NO_MEMORY;
    return !*any || combination_key(by) ? CFH_OK : CFH_NO_MEMORY;
}

enum cfh_status by_tuple_first(struct by_tuple *by, struct view *view, bool *capped, bool *any)
{
    *capped = false;
    enum cfh_status status = single_key(by, view, &by->single);
    *any = by->single;
    if (status != CFH_OK || by->single) return status;
    return first_combination(by, view, capped, any);
}

enum cfh_status by_tuple_next(struct by_tuple *by, bool *more)
{
    *more = !by->single && next_combination(by);
    return !*more || combination_key(by) ? CFH_OK : CFH_NO_MEMORY;
}
