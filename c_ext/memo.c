#include "memo.h"

#include "text.h"

enum { MEMO_RUN_HEAD = sizeof(size_t) }; /* its length */

void memo_init(struct memo *memo, const struct hash_key *hash_key, struct memory *memory)
{
    *memo = (struct memo){.memory = memory, .hash_key = hash_key};
}

void memo_clear(struct memo *memo)
{
    for (size_t i = 0; memo->entries != NULL && i < MEMO_ENTRIES; i++)
        memory_resize(memo->memory, memo->entries[i].key, memo->entries[i].capacity, 0);
    if (memo->entries != NULL)
        memory_resize(memo->memory, memo->entries, MEMO_ENTRIES * sizeof(struct memo_entry), 0);
    memo->entries = NULL;
    memo->held = 0;
}

/* ---- columns ---- */

static void drop_columns(struct memo *memo)
{
    if (memo->columns != NULL) memory_resize(memo->memory, memo->columns, memo->column_count, 0);
    if (memo->runs != NULL)
        memory_resize(memo->memory, memo->runs, memo->column_count * sizeof(struct memo_run), 0);
    memo->columns = NULL;
    memo->runs = NULL;
    memo->run_count = 0;
    memo->usable = false;
}

void memo_release(struct memo *memo)
{
    memo_clear(memo);
    drop_columns(memo);
}

struct binding {
    struct memo *memo;
    const struct view *view;
    const struct record *record;
    size_t field; /* whose inputs are being marked */
};

static void mark_column(struct binding *binding, size_t column)
{
    if (column == RECORD_NO_COLUMN) return;
    binding->memo->columns[column] = true;
    size_t multivalue = binding->record->columns[column].multivalue;
    if (multivalue != RECORD_NO_COLUMN) binding->memo->columns[multivalue] = true;
}

static bool mark_input(void *context, struct slice name)
{
    struct binding *binding = context;
    struct view_columns columns = view_input(binding->view, binding->field, binding->record, name);
    mark_column(binding, columns.prefixed);
    mark_column(binding, columns.bare);
    return true;
}

static void mark_field(struct binding *binding, size_t index)
{
    const struct view_field *field = &binding->view->fields[index];
    mark_column(binding, field->columns.prefixed);
    mark_column(binding, field->columns.bare);
    binding->field = index;
    if (field->field != NULL) eval_reads(field->field, mark_input, binding);
}

/* No run goes on where the __mv_ columns begin. */
static void find_runs(struct memo *memo, size_t first_multivalue)
{
    memo->run_count = 0;
    memo->plain_run_count = 0;
    for (size_t i = 0; i < memo->column_count; i++) {
        if (!memo->columns[i]) continue;
        bool neighbour = memo->run_count > 0 && i != first_multivalue &&
                         memo->runs[memo->run_count - 1].last + 1 == i;
        if (!neighbour) memo->runs[memo->run_count++].first = i;
        memo->runs[memo->run_count - 1].last = i;
        if (i < first_multivalue) memo->plain_run_count = memo->run_count;
    }
}

bool memo_bind(struct memo *memo, const struct view *view, const struct where *where,
               const struct record *record)
{
    struct binding binding = {memo, view, record, 0};
    memo_clear(memo);
    drop_columns(memo);
    memo->column_count = record->column_count;
    if (view->dataset == NULL) return true; /* no row of it is mapped by its WHERE fields alone */
    if (record->column_count == 0 || record->column_count > MEMO_COLUMNS_MAX) return true;
    memo->columns = memory_resize(memo->memory, NULL, 0, memo->column_count);
    memo->runs = memory_resize(memo->memory, NULL, 0, memo->column_count * sizeof(struct memo_run));
    if (memo->columns == NULL || memo->runs == NULL) {
        drop_columns(memo);
        return false;
    }
    memset(memo->columns, 0, memo->column_count);
    for (size_t i = 0; i < view->plan->term_count; i++)
        mark_field(&binding, where->terms[i].field);
    for (size_t i = 0; i < view->plan->by_count; i++)
        mark_field(&binding, view->plan->by[i]);
    find_runs(memo, record->first_multivalue);
    memo->usable = true;
    return true;
}

/* ---- rows ---- */

/* Finds the bytes of each run, from its first cell to its last with the commas between: cells are
 * cut at the same commas again wherever these bytes stand. False for a row that lacks cells, or
 * whose runs are too long together. */
static bool find_bytes(struct memo *memo, const struct csv_row *row)
{
    size_t length = 0;
    for (size_t i = 0; i < memo->sought_runs; i++) {
        struct memo_run *run = &memo->runs[i];
        if (run->last >= row->count) return false;
        const char *start = csv_row_cell(row, run->first).bytes;
        run->bytes =
            (struct slice){start, (size_t)(row->bytes.bytes + row->ends[run->last] - start)};
        length += run->bytes.length + MEMO_RUN_HEAD;
    }
    return length <= MEMO_KEY_MAX;
}

static uint64_t hash_runs(const struct memo *memo)
{
    uint64_t hash = 0;
    /* Multiplied by an odd number, so that equal runs do not cancel each other. */
    for (size_t i = 0; i < memo->sought_runs; i++)
        hash =
            hash * UINT64_C(0x9E3779B97F4A7C15) + hash_keyed(memo->hash_key, memo->runs[i].bytes);
    return hash;
}

static bool holds_runs(const struct memo *memo, const struct memo_entry *entry)
{
    const char *kept = entry->key;
    if (entry->run_count != memo->sought_runs) return false;
    for (size_t i = 0; i < memo->sought_runs; i++) {
        struct slice bytes = memo->runs[i].bytes;
        if (memcmp(kept, &bytes.length, MEMO_RUN_HEAD) != 0) return false;
        kept += MEMO_RUN_HEAD;
        if (memcmp(kept, bytes.bytes, bytes.length) != 0) return false;
        kept += bytes.length;
    }
    return true;
}

static struct memo_entry *entry_of(const struct memo *memo, uint64_t hash)
{
    return &memo->entries[(size_t)hash & (MEMO_ENTRIES - 1)];
}

static void end_trial(struct memo *memo)
{
    if (memo->found < memo->asked / MEMO_WORTH) memo->resting = MEMO_REST;
    memo->asked = 0;
    memo->found = 0;
}

const struct memo_entry *memo_find(struct memo *memo, const struct record *record)
{
    memo->sought = false;
    if (memo->resting > 0) {
        memo->resting--;
        return NULL;
    }
    memo->sought_runs = record->all_single ? memo->plain_run_count : memo->run_count;
    if (!memo->usable || !find_bytes(memo, &record->row)) return NULL;
    memo->hash = hash_runs(memo);
    memo->sought = true;
    if (++memo->asked == MEMO_TRIAL) end_trial(memo);
    if (memo->entries == NULL) return NULL;
    const struct memo_entry *entry = entry_of(memo, memo->hash);
    bool found = entry->key != NULL && entry->hash == memo->hash && holds_runs(memo, entry);
    memo->found += found;
    return found ? entry : NULL;
}

/* May it take so many bytes more? */
static bool may_take(const struct memo *memo, size_t size)
{
    size_t limit = memo->memory->limit;
    return limit == 0 || memo->held + size <= limit / MEMO_SHARE;
}

static bool take_entries(struct memo *memo)
{
    size_t size = MEMO_ENTRIES * sizeof(struct memo_entry);
    if (memo->entries != NULL) return true;
    if (!may_take(memo, size)) return false;
    memo->entries = memory_resize(memo->memory, NULL, 0, size);
    if (memo->entries == NULL) return false;
    memset(memo->entries, 0, size);
    memo->held = size;
    return true;
}

static size_t key_length(const struct memo *memo)
{
    size_t length = memo->sought_runs * MEMO_RUN_HEAD;
    for (size_t i = 0; i < memo->sought_runs; i++)
        length += memo->runs[i].bytes.length;
    return length;
}

/* Length and bytes of each run. */
static void write_key(const struct memo *memo, char *key)
{
    for (size_t i = 0; i < memo->sought_runs; i++) {
        struct slice bytes = memo->runs[i].bytes;
        memcpy(key, &bytes.length, MEMO_RUN_HEAD);
        key += MEMO_RUN_HEAD;
        if (bytes.length > 0) memcpy(key, bytes.bytes, bytes.length);
        key += bytes.length;
    }
}

void memo_keep(struct memo *memo, struct group *group)
{
    if (!memo->sought || !take_entries(memo)) return;
    size_t length = key_length(memo);
    struct memo_entry *entry = entry_of(memo, memo->hash);
    if (entry->capacity < length) {
        if (!may_take(memo, length - entry->capacity)) return;
        char *bytes = memory_resize(memo->memory, entry->key, entry->capacity, length);
        if (bytes == NULL) return;
        memo->held += length - entry->capacity;
        entry->key = bytes;
        entry->capacity = length;
    }
    write_key(memo, entry->key);
    entry->hash = memo->hash;
    entry->run_count = memo->sought_runs;
    entry->group = group;
}
