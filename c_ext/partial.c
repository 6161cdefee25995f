#include "partial.h"

#include <string.h>

#include "csv_cell.h"
#include "hash.h"
#include "number.h"
#include "partial_text.h"
#include "text.h"

static const struct slice kind_names[PARTIAL_KINDS] = {{"group", 5}, {"counters", 8}, {"piece", 5}};

/* ---- numbers and parts ---- */

static bool append_number(struct buffer *target, uint64_t number)
{
    char digits[NUMBER_DIGITS_MAX];
    return buffer_append(target, number_digits(number, digits));
}

static bool append_hash(struct buffer *target, uint64_t hash)
{
    char digits[HASH_DIGITS];
    hash_print(hash, digits);
    return buffer_append(target, (struct slice){digits, HASH_DIGITS});
}

static bool append_byte(struct buffer *target, char byte)
{
    return buffer_append(target, (struct slice){&byte, 1});
}

/* The text before the first separator (all of it where there is none), and rest moved behind it.
 * False when rest was already used up: its bytes are NULL from then on. */
static bool next_part(struct slice *rest, char separator, struct slice *part)
{
    if (rest->bytes == NULL) return false;
    const char *end = rest->length > 0 ? memchr(rest->bytes, separator, rest->length) : NULL;
    size_t length = end != NULL ? (size_t)(end - rest->bytes) : rest->length;
    *part = (struct slice){rest->bytes, length};
    if (end == NULL) {
        *rest = (struct slice){NULL, 0};
    } else {
        rest->bytes += length + 1;
        rest->length -= length + 1;
    }
    return true;
}

static bool parse_number(struct slice text, size_t limit, size_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') return false;
        *number = *number * 10 + (size_t)(text.bytes[i] - '0');
        if (*number > limit) return false;
    }
    return text.length > 0;
}

/* ---- the marker ---- */

/* Digest and kind are part of what is summed, so that no part of a row can be exchanged. */
static uint64_t state_checksum(const struct plan *plan, enum partial_kind kind, struct slice state)
{
    return hash_digest(state, plan->digest + (uint64_t)kind);
}

static bool append_marker(struct buffer *target, const struct plan *plan, enum partial_kind kind,
                          struct slice state)
{
    return append_number(target, PLAN_VERSION) && append_byte(target, '.') &&
           append_hash(target, plan->digest) && append_byte(target, '.') &&
           buffer_append(target, kind_names[kind]) && append_byte(target, '.') &&
           append_hash(target, state_checksum(plan, kind, state));
}

struct marker {
    size_t version;
    uint64_t digest;
    enum partial_kind kind;
    uint64_t checksum;
};

static bool parse_kind(struct slice name, enum partial_kind *kind)
{
    for (size_t i = 0; i < PARTIAL_KINDS; i++) {
        if (!text_equal(kind_names[i], name)) continue;
        *kind = (enum partial_kind)i;
        return true;
    }
    return false;
}

/* The version is read first: what follows it is another version's own affair. */
static bool parse_marker(struct slice text, struct marker *marker)
{
    struct slice version, digest, kind, checksum;
    if (!next_part(&text, '.', &version) || !parse_number(version, 1000000, &marker->version))
        return false;
    if (!next_part(&text, '.', &digest) || !hash_parse(digest, &marker->digest)) return false;
    if (!next_part(&text, '.', &kind) || !next_part(&text, '.', &checksum)) return false;
    if (text.bytes != NULL || !hash_parse(checksum, &marker->checksum)) return false;
    return parse_kind(kind, &marker->kind) || marker->version != PLAN_VERSION;
}

enum partial_verdict partial_judge(const struct plan *plan, struct slice text, struct slice state,
                                   enum partial_kind *kind)
{
    struct marker marker;
    if (text.length == 0) return PARTIAL_NONE;
    if (!parse_marker(text, &marker)) return PARTIAL_DAMAGED;
    if (marker.version != PLAN_VERSION) return PARTIAL_OTHER_VERSION;
    if (marker.digest != plan->digest) return PARTIAL_OTHER_PLAN;
    *kind = marker.kind;
    return marker.checksum == state_checksum(plan, marker.kind, state) ? PARTIAL_MINE
                                                                       : PARTIAL_DAMAGED;
}

/* ---- writing ---- */

enum { PARTIAL_BLOCK = 4096, PARTIAL_MARKER_MAX = 64, PARTIAL_PIECE_HEAD_MAX = 80 };

void partial_writer_init(struct partial_writer *writer, const struct hash_key *key,
                         struct memory *memory)
{
    *writer = (struct partial_writer){.process = hash_keyed(key, SLICE("process"))};
    buffer_init(&writer->state, memory);
    buffer_init(&writer->piece, memory);
    arena_init(&writer->scratch, memory, PARTIAL_BLOCK);
}

void partial_writer_release(struct partial_writer *writer)
{
    buffer_release(&writer->state);
    buffer_release(&writer->piece);
    arena_release(&writer->scratch);
}

static bool emit_row(const struct plan *plan, enum partial_kind kind, struct slice state,
                     const struct partial_sink *sink)
{
    char bytes[PARTIAL_MARKER_MAX];
    struct buffer marker = {.bytes = bytes, .capacity = sizeof(bytes)};
    return append_marker(&marker, plan, kind, state) &&
           sink->row(sink->context, buffer_slice(&marker), state);
}

static bool emit_piece(struct partial_writer *writer, const struct plan *plan, size_t index,
                       size_t count, struct slice bytes, const struct partial_sink *sink)
{
    struct buffer *piece = &writer->piece;
    buffer_clear(piece);
    return append_hash(piece, writer->process) && append_byte(piece, '-') &&
           append_number(piece, writer->records) && append_byte(piece, '.') &&
           append_number(piece, index) && append_byte(piece, '.') && append_number(piece, count) &&
           append_byte(piece, ';') && buffer_append(piece, bytes) &&
           emit_row(plan, PARTIAL_PIECE, buffer_slice(piece), sink);
}

static bool emit_pieces(struct partial_writer *writer, const struct plan *plan, struct slice state,
                        const struct partial_sink *sink)
{
    const size_t size = PARTIAL_CELL_MAX - PARTIAL_PIECE_HEAD_MAX;
    size_t count = (state.length + size - 1) / size;
    writer->records++;
    for (size_t i = 0; i < count; i++) {
        size_t left = state.length - i * size;
        struct slice bytes = {state.bytes + i * size, left < size ? left : size};
        if (!emit_piece(writer, plan, i, count, bytes, sink)) return false;
    }
    return true;
}

static bool emit_group(struct partial_writer *writer, const struct plan *plan, struct slice state,
                       const struct partial_sink *sink)
{
    if (state.length > PARTIAL_CELL_MAX) return emit_pieces(writer, plan, state, sink);
    return emit_row(plan, PARTIAL_GROUP, state, sink);
}

/* How long a record may grow before its items leave. Each record repeats the key: so where that is
 * long the items come in pieces, or a key of 1 MB would leave once for every value. */
static size_t record_limit(size_t key_end)
{
    return key_end > PARTIAL_CELL_MAX / 4 ? 4 * key_end : PARTIAL_CELL_MAX;
}

/* Appends one item; where it no longer fits behind the others, those leave first and it moves up
 * to the end of the key. */
static bool write_item(struct partial_writer *writer, const struct plan *plan, size_t function,
                       struct slice item, size_t key_end, const struct partial_sink *sink)
{
    struct buffer *state = &writer->state;
    size_t mark = state->length;
    if (!append_byte(state, ';') || !append_number(state, function) || !append_byte(state, ':') ||
        !partial_text_append(state, item))
        return false;
    if (state->length <= record_limit(key_end) || mark == key_end) return true;
    if (!emit_group(writer, plan, (struct slice){state->bytes, mark}, sink)) return false;
    memmove(state->bytes + key_end, state->bytes + mark, state->length - mark);
    state->length = key_end + (state->length - mark);
    return true;
}

static bool write_items(struct partial_writer *writer, const struct group_table *table,
                        struct group *group, size_t key_end, const struct partial_sink *sink)
{
    for (size_t f = 0; f < table->plan->function_count; f++) {
        const struct aggregate *aggregate = table->functions[f];
        const void *state = group_state(table, group, f);
        size_t count = aggregate->item_count(state);
        for (size_t i = 0; i < count; i++) {
            struct slice item;
            arena_clear(&writer->scratch);
            if (!aggregate->save(state, i, &writer->scratch, &item)) return false;
            if (!write_item(writer, table->plan, f, item, key_end, sink)) return false;
        }
    }
    return true;
}

bool partial_write_group(struct partial_writer *writer, const struct group_table *table,
                         struct group *group, const struct partial_sink *sink)
{
    buffer_clear(&writer->state);
    if (!partial_text_append(&writer->state, group_key(group))) return false;
    size_t key_end = writer->state.length;
    return write_items(writer, table, group, key_end, sink) &&
           emit_group(writer, table->plan, buffer_slice(&writer->state), sink);
}

bool partial_write_counters(struct partial_writer *writer, const struct plan *plan,
                            const struct counters *counters, const struct partial_sink *sink)
{
    buffer_clear(&writer->state);
    return counters_save(counters, &writer->state) &&
           emit_row(plan, PARTIAL_COUNTERS, buffer_slice(&writer->state), sink);
}

/* ---- reading ---- */

struct partial_record {
    struct partial_record *next;
    struct slice id;
    size_t count;
    size_t received;
    struct buffer *pieces; /* count of them; an empty one has not come */
};

void partial_reader_init(struct partial_reader *reader, const struct plan *plan,
                         struct memory *memory)
{
    *reader = (struct partial_reader){.plan = plan, .memory = memory};
    buffer_init(&reader->key, memory);
    buffer_init(&reader->text, memory);
}

static void record_free(struct partial_reader *reader, struct partial_record *record)
{
    for (size_t i = 0; record->pieces != NULL && i < record->count; i++)
        buffer_release(&record->pieces[i]);
    memory_resize(reader->memory, record->pieces,
                  record->pieces != NULL ? record->count * sizeof(struct buffer) : 0, 0);
    memory_resize(reader->memory, record, sizeof(*record) + record->id.length, 0);
}

void partial_reader_release(struct partial_reader *reader)
{
    while (reader->records != NULL) {
        struct partial_record *record = reader->records;
        reader->records = record->next;
        record_free(reader, record);
    }
    buffer_release(&reader->key);
    buffer_release(&reader->text);
}

static enum cfh_status read_key(struct partial_reader *reader, struct slice text)
{
    bool any_empty;
    enum cfh_status status = partial_text_decode(text, &reader->key);
    if (status != CFH_OK) return status;
    size_t cells = csv_cells_written_so(buffer_slice(&reader->key), &any_empty);
    bool none = text.length == 0;
    return cells == reader->plan->by_count && none == (cells == 0) ? CFH_OK : CFH_BAD_INPUT;
}

static enum cfh_status read_item(struct partial_reader *reader, struct slice text,
                                 struct group_table *table, struct group *group)
{
    struct slice number;
    size_t function;
    if (!next_part(&text, ':', &number) || text.bytes == NULL) return CFH_BAD_INPUT;
    if (!parse_number(number, reader->plan->function_count, &function) ||
        function >= reader->plan->function_count)
        return CFH_BAD_INPUT;
    enum cfh_status status = partial_text_decode(text, &reader->text);
    if (status != CFH_OK) return status;
    return table->functions[function]->load(group_state(table, group, function),
                                            buffer_slice(&reader->text), &table->home);
}

static enum cfh_status read_group(struct partial_reader *reader, struct slice state,
                                  struct group_table *table)
{
    struct slice part;
    if (!next_part(&state, ';', &part)) return CFH_BAD_INPUT;
    enum cfh_status status = read_key(reader, part);
    if (status != CFH_OK) return status;
    struct group *group = group_find(table, buffer_slice(&reader->key));
    if (group == NULL) return CFH_NO_MEMORY;
    while (status == CFH_OK && next_part(&state, ';', &part))
        status = read_item(reader, part, table, group);
    return status;
}

/* A record with room for its pieces, at the front of the list; NULL when refused. */
static struct partial_record *record_new(struct partial_reader *reader, struct slice id,
                                         size_t count)
{
    struct partial_record *record =
        memory_resize(reader->memory, NULL, 0, sizeof(*record) + id.length);
    if (record == NULL) return NULL;
    *record = (struct partial_record){.count = count};
    record->id = (struct slice){(char *)(record + 1), id.length};
    memcpy(record + 1, id.bytes, id.length);
    record->pieces = memory_resize(reader->memory, NULL, 0, count * sizeof(struct buffer));
    if (record->pieces == NULL) {
        record_free(reader, record);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        buffer_init(&record->pieces[i], reader->memory);
    record->next = reader->records;
    reader->records = record;
    return record;
}

static struct partial_record *record_find(struct partial_reader *reader, struct slice id)
{
    struct partial_record *record = reader->records;
    while (record != NULL && !text_equal(record->id, id))
        record = record->next;
    return record;
}

static enum cfh_status record_finish(struct partial_reader *reader, struct partial_record *record,
                                     struct group_table *table)
{
    struct buffer state;
    enum cfh_status status = CFH_OK;
    buffer_init(&state, reader->memory);
    for (size_t i = 0; i < record->count && status == CFH_OK; i++) {
        if (!buffer_append(&state, buffer_slice(&record->pieces[i]))) status = CFH_NO_MEMORY;
        buffer_release(&record->pieces[i]);
    }
    struct partial_record **link = &reader->records;
    while (*link != record)
        link = &(*link)->next;
    *link = record->next;
    record_free(reader, record);
    if (status == CFH_OK) status = read_group(reader, buffer_slice(&state), table);
    buffer_release(&state);
    return status;
}

static enum cfh_status read_piece(struct partial_reader *reader, struct slice state,
                                  struct group_table *table)
{
    struct slice head, id, index_text, count_text;
    size_t index, count;
    if (!next_part(&state, ';', &head) || state.length == 0) return CFH_BAD_INPUT;
    if (!next_part(&head, '.', &id) || !next_part(&head, '.', &index_text) ||
        !next_part(&head, '.', &count_text) || head.bytes != NULL)
        return CFH_BAD_INPUT;
    if (!parse_number(count_text, PARTIAL_PIECES_MAX, &count) ||
        !parse_number(index_text, PARTIAL_PIECES_MAX, &index) || index >= count || id.length == 0)
        return CFH_BAD_INPUT;
    struct partial_record *record = record_find(reader, id);
    if (record == NULL) record = record_new(reader, id, count);
    if (record == NULL) return CFH_NO_MEMORY;
    if (record->count != count || record->pieces[index].length > 0) return CFH_BAD_INPUT;
    if (!buffer_append(&record->pieces[index], state)) return CFH_NO_MEMORY;
    if (++record->received < count) return CFH_OK;
    return record_finish(reader, record, table);
}

enum cfh_status partial_read(struct partial_reader *reader, enum partial_kind kind,
                             struct slice state, struct group_table *table,
                             struct counters *counters)
{
    if (state.length == 0) state.bytes = ""; /* NULL would be a state that is used up */
    switch (kind) {
    case PARTIAL_GROUP:
        return read_group(reader, state, table);
    case PARTIAL_COUNTERS:
        return counters_load(counters, state) ? CFH_OK : CFH_BAD_INPUT;
    default:
        return read_piece(reader, state, table);
    }
}

size_t partial_incomplete(const struct partial_reader *reader)
{
    size_t count = 0;
    for (const struct partial_record *record = reader->records; record != NULL;
         record = record->next)
        count++;
    return count;
}
