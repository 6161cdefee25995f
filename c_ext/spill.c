#include "spill.h"

#include "group_order.h"
#include "text.h"

enum {
    SPILL_BLOCK = 4096,
    SPILL_FIRST_RUNS = 16,
    SPILL_HEAD = 2 * sizeof(uint64_t), /* size and checksum */
    SPILL_VARINT_MAX = 10
};

/* The records of one run, through a window. */
struct spill_reader {
    uint64_t at; /* in the store: what is to be read next */
    uint64_t end;
    struct buffer window;
    size_t place;        /* in the window: the record behind the present one */
    struct slice record; /* the present one, its head included */
    struct slice key;
    struct slice items;
};

void spill_init(struct spill *spill, const struct hash_key *key, struct memory *memory)
{
    *spill = (struct spill){.memory = memory, .key = key};
    buffer_init(&spill->window, memory);
    arena_init(&spill->scratch, memory, SPILL_BLOCK);
}

void spill_end(struct spill *spill)
{
    if (spill->readers == NULL) return;
    for (size_t i = 0; i < SPILL_FAN; i++)
        buffer_release(&spill->readers[i].window);
    memory_resize(spill->memory, spill->readers, SPILL_FAN * sizeof(*spill->readers), 0);
    memory_resize(spill->memory, spill->heap, SPILL_FAN * sizeof(*spill->heap), 0);
    spill->readers = NULL;
    spill->heap = NULL;
    spill->heap_count = 0;
    if (spill->merged.plan != NULL) group_table_release(&spill->merged);
    spill->merged.plan = NULL;
}

void spill_release(struct spill *spill)
{
    spill_end(spill);
    memory_resize(spill->memory, spill->runs, spill->run_capacity * sizeof(*spill->runs), 0);
    spill->runs = NULL;
    spill->run_count = spill->run_capacity = 0;
    buffer_release(&spill->window);
    arena_release(&spill->scratch);
}

bool spill_has_runs(const struct spill *spill)
{
    return spill->run_count > 0;
}

static size_t window_size(const struct spill *spill)
{
    size_t limit = spill->memory->limit;
    size_t size = limit / SPILL_WINDOWS;
    if (limit == 0 || size > SPILL_WINDOW_MAX) return SPILL_WINDOW_MAX;
    return size < SPILL_WINDOW_MIN ? SPILL_WINDOW_MIN : size;
}

/* ---- numbers ---- */

static bool append_varint(struct buffer *buffer, uint64_t number)
{
    char bytes[SPILL_VARINT_MAX];
    size_t length = 0;
    for (; number >= 128; number >>= 7)
        bytes[length++] = (char)(unsigned char)(number | 128);
    bytes[length++] = (char)(unsigned char)number;
    return buffer_append(buffer, (struct slice){bytes, length});
}

static bool next_varint(struct slice *rest, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < SPILL_VARINT_MAX && i < rest->length; i++) {
        unsigned char byte = (unsigned char)rest->bytes[i];
        *number |= (uint64_t)(byte & 127) << (7 * i);
        if (byte >= 128) continue;
        *rest = (struct slice){rest->bytes + i + 1, rest->length - i - 1};
        return true;
    }
    return false;
}

/* A text with its length in front. */
static bool next_text(struct slice *rest, struct slice *text)
{
    uint64_t length;
    if (!next_varint(rest, &length) || length > rest->length) return false;
    *text = (struct slice){rest->bytes, (size_t)length};
    *rest = (struct slice){rest->bytes + length, rest->length - (size_t)length};
    return true;
}

static bool append_text(struct buffer *buffer, struct slice text)
{
    return append_varint(buffer, text.length) && buffer_append(buffer, text);
}

/* ---- runs ---- */

static enum cfh_status add_run(struct spill *spill, struct spill_run run)
{
    if (spill->run_count == spill->run_capacity) {
        size_t capacity =
            spill->run_capacity > 0 ? spill->run_capacity * 2 : (size_t)SPILL_FIRST_RUNS;
        struct spill_run *runs =
            memory_resize(spill->memory, spill->runs, spill->run_capacity * sizeof(*runs),
                          capacity * sizeof(*runs));
        if (runs == NULL) return CFH_NO_MEMORY;
        spill->runs = runs;
        spill->run_capacity = capacity;
    }
    spill->runs[spill->run_count++] = run;
    return CFH_OK;
}

static enum cfh_status flush_window(struct spill *spill, struct store *store)
{
    enum cfh_status status = store_append(store, buffer_slice(&spill->window));
    buffer_clear(&spill->window);
    return status;
}

/* ---- writing ---- */

/* Where the present record begins in the window, and where its items do. */
struct spill_record {
    size_t begin;
    size_t items;
};

static bool open_record(struct buffer *window, struct slice key, struct spill_record *record)
{
    static const char room[SPILL_HEAD] = {0};
    record->begin = window->length;
    if (!buffer_append(window, (struct slice){room, SPILL_HEAD}) || !append_text(window, key))
        return false;
    record->items = window->length;
    return true;
}

static void close_record(struct spill *spill, const struct spill_record *record)
{
    char *bytes = spill->window.bytes + record->begin;
    uint64_t size = spill->window.length - record->begin;
    struct slice rest = {bytes + SPILL_HEAD, (size_t)size - SPILL_HEAD};
    uint64_t checksum = hash_keyed(spill->key, rest);
    memcpy(bytes, &size, sizeof(size));
    memcpy(bytes + sizeof(size), &checksum, sizeof(checksum));
}

/* Every record repeats the key: where that is long, few do. */
static bool record_is_full(const struct spill *spill, const struct spill_record *record)
{
    size_t head = record->items - record->begin;
    size_t length = spill->window.length - record->begin;
    return length > head && length > window_size(spill) / 2 && length > 4 * head;
}

static enum cfh_status write_item(struct spill *spill, struct slice key, size_t function,
                                  struct slice item, struct spill_record *record,
                                  struct store *store)
{
    struct buffer *window = &spill->window;
    if (record_is_full(spill, record)) {
        close_record(spill, record);
        enum cfh_status status = flush_window(spill, store);
        if (status != CFH_OK) return status;
        if (!open_record(window, key, record)) return CFH_NO_MEMORY;
    }
    return append_varint(window, function) && append_text(window, item) ? CFH_OK : CFH_NO_MEMORY;
}

static enum cfh_status write_function(struct spill *spill, const struct group_table *table,
                                      struct group *group, size_t function,
                                      struct spill_record *record, struct store *store)
{
    const struct aggregate *aggregate = table->functions[function];
    const void *state = group_state(table, group, function);
    struct slice key = group_key(group);
    size_t count = aggregate->item_count(state);
    enum cfh_status status = CFH_OK;
    for (size_t i = 0; i < count && status == CFH_OK; i++) {
        struct slice item;
        arena_clear(&spill->scratch);
        if (!aggregate->save(state, i, &spill->scratch, &item)) return CFH_NO_MEMORY;
        status = write_item(spill, key, function, item, record, store);
    }
    return status;
}

static enum cfh_status write_group(struct spill *spill, const struct group_table *table,
                                   struct group *group, struct store *store)
{
    struct spill_record record;
    enum cfh_status status = CFH_OK;
    if (!open_record(&spill->window, group_key(group), &record)) return CFH_NO_MEMORY;
    for (size_t i = 0; i < table->plan->function_count && status == CFH_OK; i++)
        status = write_function(spill, table, group, i, &record, store);
    if (status != CFH_OK) return status;
    close_record(spill, &record);
    return spill->window.length >= window_size(spill) ? flush_window(spill, store) : CFH_OK;
}

static enum cfh_status write_run(struct spill *spill, const struct group_table *table,
                                 struct store *store)
{
    struct spill_run run = {.begin = store->length};
    enum cfh_status status = CFH_OK;
    for (size_t i = 0; i < table->count && status == CFH_OK; i++)
        status = write_group(spill, table, table->groups[i], store);
    if (status == CFH_OK) status = flush_window(spill, store);
    run.end = store->length;
    return status == CFH_OK ? add_run(spill, run) : status;
}

enum cfh_status spill_groups(struct spill *spill, struct group_table *table, struct store *store)
{
    uint64_t before = store->length;
    if (table->count == 0) return CFH_OK;
    group_table_gather(table);
    group_table_sort(table);
    enum cfh_status status = write_run(spill, table, store);
    buffer_release(&spill->window);
    arena_release(&spill->scratch);
    if (status != CFH_OK) return status;
    spill->times++;
    spill->groups += table->count;
    spill->bytes += store->length - before;
    return CFH_OK;
}

/* ---- reading ---- */

/* A window that had to grow for one long record does not stay so: all runs may have such ones. */
static void shrink_window(struct buffer *window, size_t size)
{
    if (window->capacity / 2 <= size || window->length > size) return;
    char *bytes = memory_resize(window->memory, window->bytes, window->capacity, size);
    if (bytes == NULL) return;
    window->bytes = bytes;
    window->capacity = size;
}

/* At least length bytes from the reader's place on, if the run has as many; *enough says so. */
static enum cfh_status fill_window(struct spill *spill, struct spill_reader *reader, size_t length,
                                   struct store *store, bool *enough)
{
    struct buffer *window = &reader->window;
    size_t held = window->length - reader->place;
    *enough = held >= length;
    if (*enough) return CFH_OK;
    if (held > 0) memmove(window->bytes, window->bytes + reader->place, held);
    window->length = held;
    reader->place = 0;
    size_t size = length > window_size(spill) ? length : window_size(spill);
    shrink_window(window, size);
    uint64_t left = reader->end - reader->at;
    if (!buffer_reserve(window, size - held)) return CFH_NO_MEMORY;
    size_t taken = left < size - held ? (size_t)left : size - held;
    enum cfh_status status = store_read(store, reader->at, window->bytes + held, taken);
    if (status != CFH_OK) return status;
    window->length += taken;
    reader->at += taken;
    *enough = window->length >= length;
    return CFH_OK;
}

static bool take_apart(const struct spill *spill, struct spill_reader *reader)
{
    struct slice record = reader->record;
    struct slice rest = {record.bytes + SPILL_HEAD, record.length - SPILL_HEAD};
    uint64_t checksum;
    memcpy(&checksum, record.bytes + sizeof(uint64_t), sizeof(checksum));
    bool sound = hash_keyed(spill->key, rest) == checksum && next_text(&rest, &reader->key);
    reader->items = rest;
    return sound;
}

/* Moves on to the next record; *more is false behind the last. */
static enum cfh_status next_record(struct spill *spill, struct spill_reader *reader,
                                   struct store *store, bool *more)
{
    bool enough;
    uint64_t size;
    *more = reader->place < reader->window.length || reader->at < reader->end;
    if (!*more) return CFH_OK;
    enum cfh_status status = fill_window(spill, reader, SPILL_HEAD, store, &enough);
    if (status != CFH_OK) return status;
    if (!enough) return store_damaged(store);
    memcpy(&size, reader->window.bytes + reader->place, sizeof(size));
    if (size <= SPILL_HEAD || size > reader->end) return store_damaged(store);
    status = fill_window(spill, reader, (size_t)size, store, &enough);
    if (status != CFH_OK) return status;
    if (!enough) return store_damaged(store);
    reader->record = (struct slice){reader->window.bytes + reader->place, (size_t)size};
    reader->place += (size_t)size;
    return take_apart(spill, reader) ? CFH_OK : store_damaged(store);
}

/* ---- merging ---- */

static void swap_readers(struct spill_reader **left, struct spill_reader **right)
{
    struct spill_reader *kept = *left;
    *left = *right;
    *right = kept;
}

/* Puts the reader at the heap's top where it belongs. */
static void sink_top(struct spill *spill)
{
    struct spill_reader **heap = spill->heap;
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= spill->heap_count) return;
        if (child + 1 < spill->heap_count &&
            group_key_order(heap[child + 1]->key, heap[child]->key) < 0)
            child++;
        if (group_key_order(heap[at]->key, heap[child]->key) <= 0) return;
        swap_readers(&heap[at], &heap[child]);
        at = child;
    }
}

static void add_to_heap(struct spill *spill, struct spill_reader *reader)
{
    struct spill_reader **heap = spill->heap;
    size_t at = spill->heap_count++;
    heap[at] = reader;
    while (at > 0 && group_key_order(heap[at]->key, heap[(at - 1) / 2]->key) < 0) {
        swap_readers(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

/* The reader at the top goes on to its next record, or leaves the heap. */
static enum cfh_status advance_top(struct spill *spill, struct store *store)
{
    bool more;
    enum cfh_status status = next_record(spill, spill->heap[0], store, &more);
    if (status != CFH_OK) return status;
    if (!more) spill->heap[0] = spill->heap[--spill->heap_count];
    sink_top(spill);
    return CFH_OK;
}

static enum cfh_status take_readers(struct spill *spill)
{
    size_t size = SPILL_FAN * sizeof(*spill->readers);
    spill->readers = memory_resize(spill->memory, NULL, 0, size);
    if (spill->readers == NULL) return CFH_NO_MEMORY;
    memset(spill->readers, 0, size);
    for (size_t i = 0; i < SPILL_FAN; i++)
        buffer_init(&spill->readers[i].window, spill->memory);
    spill->heap = memory_resize(spill->memory, NULL, 0, SPILL_FAN * sizeof(*spill->heap));
    if (spill->heap != NULL) return CFH_OK;
    memory_resize(spill->memory, spill->readers, size, 0);
    spill->readers = NULL;
    return CFH_NO_MEMORY;
}

/* Readers at the first records of so many runs. */
static enum cfh_status open_runs(struct spill *spill, size_t count, struct store *store)
{
    enum cfh_status status = CFH_OK;
    spill->heap_count = 0;
    for (size_t i = 0; i < count && status == CFH_OK; i++) {
        struct spill_reader *reader = &spill->readers[i];
        bool more;
        buffer_clear(&reader->window);
        reader->place = 0;
        reader->at = spill->runs[i].begin;
        reader->end = spill->runs[i].end;
        status = next_record(spill, reader, store, &more);
        if (status == CFH_OK && more) add_to_heap(spill, reader);
    }
    return status;
}

static enum cfh_status copy_records(struct spill *spill, struct store *store)
{
    enum cfh_status status = CFH_OK;
    while (spill->heap_count > 0 && status == CFH_OK) {
        if (!buffer_append(&spill->window, spill->heap[0]->record)) return CFH_NO_MEMORY;
        if (spill->window.length >= window_size(spill)) status = flush_window(spill, store);
        if (status == CFH_OK) status = advance_top(spill, store);
    }
    return status == CFH_OK ? flush_window(spill, store) : status;
}

/* The first runs become one at the end. Not more of them than are needed so that the last pass can
 * take the rest: two runs too many are no reason to write all once more. */
static enum cfh_status merge_first(struct spill *spill, struct store *store)
{
    size_t count = spill->run_count - SPILL_FAN + 1;
    if (count > SPILL_FAN) count = SPILL_FAN;
    struct spill_run run = {.begin = store->length};
    enum cfh_status status = open_runs(spill, count, store);
    if (status == CFH_OK) status = copy_records(spill, store);
    buffer_release(&spill->window);
    if (status != CFH_OK) return status;
    run.end = store->length;
    spill->run_count -= count;
    memmove(spill->runs, spill->runs + count, spill->run_count * sizeof(*spill->runs));
    return add_run(spill, run);
}

enum cfh_status spill_reduce(struct spill *spill, struct store *store)
{
    enum cfh_status status = CFH_OK;
    if (spill->run_count <= SPILL_FAN) return CFH_OK;
    spill_end(spill);
    status = take_readers(spill);
    while (status == CFH_OK && spill->run_count > SPILL_FAN)
        status = merge_first(spill, store);
    spill_end(spill);
    return status;
}

enum cfh_status spill_begin(struct spill *spill, const struct group_table *table,
                            struct store *store)
{
    spill_end(spill);
    spill->merged_count = 0;
    enum cfh_status status = take_readers(spill);
    if (status == CFH_OK && !group_table_init(&spill->merged, table->plan, table->home.key,
                                              table->home.beyond, spill->memory)) {
        spill->merged.plan = NULL;
        status = CFH_NO_MEMORY;
    }
    return status == CFH_OK ? open_runs(spill, spill->run_count, store) : status;
}

/* What save wrote, load takes: anything else has been damaged. */
static enum cfh_status load_record(struct spill *spill, struct group *group, struct store *store)
{
    struct slice rest = spill->heap[0]->items, item;
    const struct group_table *table = &spill->merged;
    uint64_t function;
    while (rest.length > 0) {
        if (!next_varint(&rest, &function) || function >= table->plan->function_count ||
            !next_text(&rest, &item))
            return store_damaged(store);
        enum cfh_status status = table->functions[function]->load(
            group_state(table, group, (size_t)function), item, &table->home);
        if (status == CFH_BAD_INPUT) return store_damaged(store);
        if (status != CFH_OK) return status;
    }
    return CFH_OK;
}

enum cfh_status spill_next(struct spill *spill, struct store *store, struct group **group)
{
    enum cfh_status status = CFH_OK;
    *group = NULL;
    if (spill->heap_count == 0) return CFH_OK;
    struct group *merged = group_alone(&spill->merged, spill->heap[0]->key);
    if (merged == NULL) return CFH_NO_MEMORY;
    do {
        status = load_record(spill, merged, store);
        if (status == CFH_OK) status = advance_top(spill, store);
    } while (status == CFH_OK && spill->heap_count > 0 &&
             text_equal(spill->heap[0]->key, group_key(merged)));
    if (status != CFH_OK) return status;
    group_arrange(&spill->merged, merged);
    spill->merged_count++;
    *group = merged;
    return CFH_OK;
}
