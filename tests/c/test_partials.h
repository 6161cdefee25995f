/* test_partials: processes that send partial rows to one another, and all that they hold as bytes.
 */
#ifndef CFHUNT_TEST_PARTIALS_H
#define CFHUNT_TEST_PARTIALS_H

#include <check.h>
#include <stdio.h>

#include "group_order.h"
#include "partial.h"
#include "test_hunts.h"

enum { SCRATCH_BLOCK = 4096, ROWS_MAX = 1024 };

/* ---- the rows that a writer gave ---- */

struct sent_row {
    char marker[64];
    char *state;
    size_t length;
};

struct sent {
    struct sent_row *rows;
    size_t count;
    size_t stop_at; /* the sink says no at this row; SIZE_MAX: never */
};

/* Printable ASCII without blanks, and nothing that CSV doubles. */
static inline bool is_safe(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] <= ' ' || text.bytes[i] > '~' || text.bytes[i] == '"') return false;
    return true;
}

static inline bool take_row(void *context, struct slice marker, struct slice state)
{
    struct sent *sent = context;
    if (sent->count == sent->stop_at) return false;
    ck_assert_uint_lt(sent->count, ROWS_MAX);
    ck_assert_uint_lt(marker.length, sizeof(sent->rows[0].marker));
    ck_assert_uint_le(state.length, PARTIAL_CELL_MAX);
    ck_assert(is_safe(marker) && is_safe(state));
    struct sent_row *row = &sent->rows[sent->count++];
    *row = (struct sent_row){.state = malloc(state.length + 1), .length = state.length};
    if (row->state == NULL) ck_abort_msg("no memory for a row");
    memcpy(row->marker, marker.bytes, marker.length);
    if (state.length > 0) memcpy(row->state, state.bytes, state.length);
    return true;
}

static inline void sent_init(struct sent *sent)
{
    *sent = (struct sent){.stop_at = SIZE_MAX};
    sent->rows = calloc(ROWS_MAX, sizeof(*sent->rows));
    if (sent->rows == NULL) ck_abort_msg("no memory for rows");
}

static inline void sent_release(struct sent *sent)
{
    for (size_t i = 0; i < sent->count; i++)
        free(sent->rows[i].state);
    free(sent->rows);
}

static inline struct slice row_state(const struct sent_row *row)
{
    return (struct slice){row->state, row->length};
}

/* ---- a process: a plan, a table, counters, and both ends of the way ---- */

struct process {
    struct memory memory;
    struct hash_key key;
    struct plan plan;
    struct arena arena;
    struct group_table table;
    struct counters counters;
    struct partial_writer writer;
    struct partial_reader reader;
};

static inline void process_init(struct process *process, const char *text, uint64_t seed)
{
    *process = (struct process){.memory = test_memory(), .key = test_key(seed)};
    test_plan(&process->plan, text, &process->memory);
    arena_init(&process->arena, &process->memory, SCRATCH_BLOCK);
    ck_assert(group_table_init(&process->table, &process->plan, &process->key,
                               &process->counters.counts[COUNTER_BEYOND], &process->memory));
    ck_assert(counters_init(&process->counters, &process->plan, &process->arena));
    partial_writer_init(&process->writer, &process->key, &process->memory);
    partial_reader_init(&process->reader, &process->plan, &process->memory);
}

static inline void process_release(struct process *process)
{
    partial_reader_release(&process->reader);
    partial_writer_release(&process->writer);
    group_table_release(&process->table);
    arena_release(&process->arena);
    plan_release(&process->plan);
    ck_assert_uint_eq(process->memory.used, 0);
}

/* One event with these two BY values and these values of c. */
static inline void add_event_at(struct process *process, struct slice a, struct slice b,
                                struct values values, struct slice time)
{
    static const struct slice nothing = {NULL, 0};
    struct group_table *table = &process->table;
    buffer_clear(&table->by.key);
    ck_assert(group_key_append(&table->by.key, a) && group_key_append(&table->by.key, b));
    struct group *group = group_find(table, buffer_slice(&table->by.key));
    ck_assert_ptr_nonnull(group);
    for (size_t i = 0; i < process->plan.function_count; i++) {
        bool bare = process->plan.functions[i].field == PLAN_NO_FIELD;
        struct aggregate_input input = {bare ? (struct values){&nothing, 1} : values, time};
        ck_assert(table->functions[i]->update(group_state(table, group, i), &input, &table->home));
    }
}

static inline void add_event(struct process *process, struct slice a, struct slice b,
                             struct values values)
{
    add_event_at(process, a, b, values, (struct slice){NULL, 0});
}

static inline bool send_all(struct process *process, struct sent *sent)
{
    struct partial_sink sink = {take_row, sent};
    group_table_gather(&process->table);
    for (size_t i = 0; i < process->table.count; i++)
        if (!partial_write_group(&process->writer, &process->table, process->table.groups[i],
                                 &sink))
            return false;
    return partial_write_counters(&process->writer, &process->plan, &process->counters, &sink);
}

static inline enum cfh_status read_cells(struct process *process, struct slice marker,
                                         struct slice state)
{
    enum partial_kind kind;
    ck_assert_int_eq(partial_judge(&process->plan, marker, state, &kind), PARTIAL_MINE);
    return partial_read(&process->reader, kind, state, &process->table, &process->counters);
}

static inline enum cfh_status read_row(struct process *process, const struct sent_row *row)
{
    return read_cells(process, text_of(row->marker), row_state(row));
}

static inline void read_shuffled(struct process *process, const struct sent *sent, uint64_t seed)
{
    size_t *order = calloc(sent->count + 1, sizeof(*order));
    uint64_t random = seed;
    if (order == NULL) ck_abort_msg("no memory for an order");
    shuffle(order, sent->count, &random);
    for (size_t i = 0; i < sent->count; i++)
        ck_assert_int_eq(read_row(process, &sent->rows[order[i]]), CFH_OK);
    free(order);
}

static inline void append_length(struct buffer *text, size_t length)
{
    append(text, (struct slice){(const char *)&length, sizeof(length)});
}

/* All keys and results, each with its length before it. */
static inline void describe(struct process *process, struct buffer *text)
{
    struct group_table *table = &process->table;
    group_table_gather(table);
    group_table_sort(table);
    append_length(text, table->count);
    for (size_t i = 0; i < table->count; i++) {
        append(text, group_key(table->groups[i]));
        for (size_t f = 0; f < process->plan.function_count; f++) {
            struct values result;
            ck_assert(group_result(table, table->groups[i], f, &process->arena, &result));
            append_length(text, result.count);
            for (size_t j = 0; j < result.count; j++) {
                append_length(text, result.items[j].length);
                append(text, result.items[j]);
            }
        }
    }
}

/* Sends all that from holds, which hunts that search, to fresh processes, in several orders: each
 * must then hold the same. */
static inline void check_round_trip_of(const char *hunted, struct process *from, struct sent *sent)
{
    struct memory own = test_memory();
    struct buffer expected, given;
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    ck_assert(send_all(from, sent));
    describe(from, &expected);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct process to;
        process_init(&to, hunted, 100 + seed);
        read_shuffled(&to, sent, seed);
        ck_assert_uint_eq(partial_incomplete(&to.reader), 0);
        buffer_clear(&given);
        describe(&to, &given);
        ck_assert(text_equal(buffer_slice(&expected), buffer_slice(&given)));
        ck_assert_mem_eq(to.counters.counts, from->counters.counts, sizeof(to.counters.counts));
        process_release(&to);
    }
    buffer_release(&expected);
    buffer_release(&given);
}

static inline struct values one(const struct slice *item)
{
    return (struct values){item, 1};
}

static inline void event_of(struct process *process, const char *a, const char *b, const char *c)
{
    struct slice value = text_of(c);
    add_event(process, text_of(a), text_of(b), one(&value));
}

#endif
