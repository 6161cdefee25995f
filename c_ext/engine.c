/* engine: the rooms wired together.
 *
 *   windows of a body
 *        |  csv_reader    rows, each byte scanned once
 *        v  record        a row as names and values
 *   partial row? ---------------------------------.
 *        |  no                                    | yes, and not in a map
 *        v                                        v
 *   for each hunt:                           partial: into the groups
 *        view             which model event is this? mapped, profiled, unusable
 *        where            does it pass?
 *        by_tuple         which groups is it in? their keys
 *        group            those groups, found or new
 *        aggregate        their functions
 *        |
 *        v  reply         the groups as a table, or as partial rows
 *   windows of the reply
 *
 * Between two rows groups go out of memory where it is short. A map writes them into the store as
 * the partial rows that they become anyway; else they go as sorted runs, and reply merges them
 * (spill.h). So every row is counted into its groups as a whole, or not at all.
 */
#include "engine.h"

#include <stdio.h>
#include <string.h>

#include "index_terms.h"
#include "text.h"

struct engine {
    struct memory memory;
    struct hash_key secret;
    struct hunt **hunts;
    size_t hunt_count;
    struct arena macro_arena;
    struct macros macros; /* of files, for detections that are added later */
    struct csv_reader reader;
    struct record record;
    struct store store;
    size_t groups_max; /* of a hunt; 0: as many as memory holds */
    bool is_map;       /* groups will leave as partial rows */
    struct reply reply;
    struct messages messages;
    struct arena literal_work;
    struct slice literal; /* in every row of every hunt's answer; length 0: there is none */
    bool header_seen;     /* in this body */
    bool refuses_partials;
    size_t marker; /* this body's columns of partial rows, or RECORD_NO_COLUMN */
    size_t state;
    size_t time;
    uint64_t rows;            /* in all bodies, for messages about broken input */
    struct cfh_error failure; /* CFH_OK until something failed */
};

static const size_t MEGABYTE = 1024 * 1024;
enum { MACRO_BLOCK = 4096 };

struct engine *engine_new(const struct memory_source *source, const struct hash_key *secret)
{
    struct memory memory;
    memory_init(&memory, source, ENGINE_MEMORY_MEGABYTES * MEGABYTE);
    struct engine *engine = memory_resize(&memory, NULL, 0, sizeof(*engine));
    if (engine == NULL) return NULL;
    *engine = (struct engine){.memory = memory, .secret = *secret};
    arena_init(&engine->macro_arena, &engine->memory, MACRO_BLOCK);
    csv_reader_init(&engine->reader, &engine->memory);
    record_init(&engine->record, &engine->memory);
    reply_init(&engine->reply, &engine->secret, &engine->store, &engine->memory);
    messages_init(&engine->messages, &engine->memory);
    arena_init(&engine->literal_work, &engine->memory, 0);
    return engine;
}

static void engine_free_hunt(struct engine *engine, struct hunt *hunt)
{
    hunt_release(hunt);
    memory_resize(&engine->memory, hunt, sizeof(*hunt), 0);
}

void engine_free(struct engine *engine)
{
    if (engine == NULL) return;
    for (size_t i = 0; i < engine->hunt_count; i++)
        engine_free_hunt(engine, engine->hunts[i]);
    memory_resize(&engine->memory, engine->hunts, engine->hunt_count * sizeof(*engine->hunts), 0);
    arena_release(&engine->macro_arena);
    csv_reader_release(&engine->reader);
    record_release(&engine->record);
    reply_release(&engine->reply);
    messages_release(&engine->messages);
    arena_release(&engine->literal_work);
    struct memory memory = engine->memory;
    memory_resize(&memory, engine, sizeof(*engine), 0);
}

/* ---- failure ---- */

/* Makes a refusal of memory a sentence, and keeps the failure for every later call. */
static enum cfh_status engine_fail(struct engine *engine, enum cfh_status status,
                                   struct cfh_error *error)
{
    if (status == CFH_OK) return CFH_OK;
    if (status == CFH_NO_MEMORY && engine->memory.limited) {
        *error = (struct cfh_error){.code = CFH_LIMIT};
        snprintf(error->sentence, CFH_SENTENCE_SIZE,
                 "cfhunt reached its memory bound of %zu MB. Narrow the search, group by fewer "
                 "fields, or raise the bound with maxmem=MB.",
                 engine->memory.limit / MEGABYTE);
    } else if (status == CFH_NO_MEMORY) {
        *error = (struct cfh_error){.code = CFH_NO_MEMORY};
        snprintf(error->sentence, CFH_SENTENCE_SIZE, "The machine has no memory left for cfhunt.");
    } else if (status == CFH_STORE) {
        *error = engine->store.failure;
    }
    engine->failure = *error;
    return error->code;
}

static bool engine_failed(const struct engine *engine, struct cfh_error *error)
{
    if (engine->failure.code == CFH_OK) return false;
    *error = engine->failure;
    return true;
}

/* ---- hunts ---- */

static enum cfh_status parse_arguments(struct engine *engine, struct plan *plan,
                                       struct slice arguments, enum plan_phase *phase,
                                       struct cfh_error *error)
{
    *phase = PLAN_PHASE_WHOLE;
    if (!plan_is_token(arguments)) return tstats_parse(plan, arguments, error);
    struct buffer text;
    buffer_init(&text, &engine->memory);
    enum cfh_status status = plan_read_token(arguments, phase, &text, error);
    if (status == CFH_OK) status = tstats_parse(plan, buffer_slice(&text), error);
    buffer_release(&text);
    return status;
}

/* One literal serves several hunts only where it is the same for all. */
static void find_literal(struct engine *engine)
{
    struct slice first = index_literal(&engine->hunts[0]->plan, &engine->literal_work);
    struct slice last =
        index_literal(&engine->hunts[engine->hunt_count - 1]->plan, &engine->literal_work);
    bool same = engine->hunt_count == 1 ||
                (text_equal_folded(engine->literal, first) && text_equal_folded(first, last));
    engine->literal = same ? first : (struct slice){NULL, 0};
    arena_clear(&engine->literal_work);
}

/* Takes the plan over, also on failure. */
static bool add_plan(struct engine *engine, struct plan *plan)
{
    size_t count = engine->hunt_count;
    struct hunt *hunt = memory_resize(&engine->memory, NULL, 0, sizeof(*hunt));
    if (hunt == NULL) {
        plan_release(plan);
        return false;
    }
    if (!hunt_init(hunt, plan, &engine->secret, &engine->memory)) {
        memory_resize(&engine->memory, hunt, sizeof(*hunt), 0);
        return false;
    }
    struct hunt **hunts = memory_resize(&engine->memory, engine->hunts, count * sizeof(*hunts),
                                        (count + 1) * sizeof(*hunts));
    if (hunts == NULL) {
        engine_free_hunt(engine, hunt);
        return false;
    }
    hunts[count] = hunt;
    engine->hunts = hunts;
    engine->hunt_count = count + 1;
    find_literal(engine);
    if (hunt->plan.options.memory_megabytes > 0)
        engine->memory.limit = hunt->plan.options.memory_megabytes * MEGABYTE;
    return true;
}

/* What reading the plan came to; the plan is taken over. */
static enum cfh_status finish_plan(struct engine *engine, struct plan *plan, enum cfh_status status,
                                   struct cfh_error *error)
{
    if (status != CFH_OK)
        plan_release(plan);
    else if (!add_plan(engine, plan))
        status = CFH_NO_MEMORY;
    return engine_fail(engine, status, error);
}

enum cfh_status engine_add_hunt(struct engine *engine, struct slice arguments,
                                enum plan_phase *phase, struct cfh_error *error)
{
    struct plan plan;
    if (engine_failed(engine, error)) return error->code;
    plan_init(&plan, &engine->memory);
    enum cfh_status status = parse_arguments(engine, &plan, arguments, phase, error);
    engine->is_map = *phase == PLAN_PHASE_MAP;
    return finish_plan(engine, &plan, status, error);
}

enum cfh_status engine_hunt_name(struct engine *engine, struct slice arguments, struct buffer *name,
                                 struct cfh_error *error)
{
    struct plan plan;
    struct slice found = {NULL, 0};
    enum cfh_status status = CFH_OK;
    buffer_init(name, &engine->memory);
    if (engine_failed(engine, error)) return error->code;
    if (plan_is_token(arguments)) return CFH_OK;
    plan_init(&plan, &engine->memory);
    status = tstats_hunt_name(&plan, arguments, &found, error);
    if (status == CFH_OK && !buffer_append(name, found)) status = CFH_NO_MEMORY;
    plan_release(&plan);
    return engine_fail(engine, status, error);
}

enum cfh_status engine_add_macros(struct engine *engine, const struct hunt_file *file,
                                  struct cfh_error *error)
{
    if (engine_failed(engine, error)) return error->code;
    enum cfh_status status =
        hunt_file_read_macros(file, &engine->macro_arena, &engine->macros, error);
    return engine_fail(engine, status, error);
}

enum cfh_status engine_add_detection(struct engine *engine, struct slice arguments,
                                     const struct hunt_file *file, struct cfh_error *error)
{
    struct plan plan;
    struct slice name;
    if (engine_failed(engine, error)) return error->code;
    plan_init(&plan, &engine->memory);
    enum cfh_status status = tstats_hunt_name(&plan, arguments, &name, error);
    if (status == CFH_OK) status = hunt_file_read(file, arguments, &engine->macros, &plan, error);
    return finish_plan(engine, &plan, status, error);
}

size_t engine_hunt_count(const struct engine *engine)
{
    return engine->hunt_count;
}

const struct plan *engine_plan(const struct engine *engine, size_t hunt)
{
    return &engine->hunts[hunt]->plan;
}

void engine_refuse_partials(struct engine *engine)
{
    engine->refuses_partials = true;
}

/* ---- groups out of memory ---- */

/* What a row may take besides the growth of tables: blocks, texts of its own, the reply's window.
 * At most a quarter of the bound. */
enum { ENGINE_SPARE = 8 * 1024 * 1024, ENGINE_SPARES = 4 };
/* A row's values lie in scratch, in keys and in states, each rounded up. */
enum { ENGINE_ROW_COPIES = 8 };

void engine_use_store(struct engine *engine, const struct store_functions *functions, void *context,
                      size_t groups_max)
{
    store_init(&engine->store, functions, context);
    engine->groups_max = groups_max;
}

static bool holds_groups(const struct engine *engine)
{
    for (size_t i = 0; i < engine->hunt_count; i++)
        if (engine->hunts[i]->groups.count > 0) return true;
    return false;
}

static enum cfh_status spill_partials(struct engine *engine)
{
    for (size_t i = 0; i < engine->hunt_count; i++)
        hunt_gather(engine->hunts[i]);
    uint64_t before = engine->store.length;
    enum cfh_status status = reply_store(&engine->reply, engine->hunts, engine->hunt_count);
    for (size_t i = 0; i < engine->hunt_count && status == CFH_OK; i++)
        hunt_give_groups(engine->hunts[i], engine->store.length - before);
    return status;
}

/* All groups of all hunts. */
static enum cfh_status engine_spill(struct engine *engine)
{
    enum cfh_status status = CFH_OK;
    if (engine->is_map) return spill_partials(engine);
    for (size_t i = 0; i < engine->hunt_count && status == CFH_OK; i++)
        status = hunt_spill(engine->hunts[i], &engine->store);
    return status;
}

/* Is memory short for a row of that many bytes? */
static bool is_short(const struct engine *engine, size_t row)
{
    const struct memory *memory = &engine->memory;
    size_t need = row > memory->limit / ENGINE_ROW_COPIES ? memory->limit : row * ENGINE_ROW_COPIES;
    if (memory->used + need < memory->limit / 2) return false;
    size_t share = memory->limit / ENGINE_SPARES;
    need += share < ENGINE_SPARE ? share : (size_t)ENGINE_SPARE;
    for (size_t i = 0; i < engine->hunt_count; i++)
        need += group_table_growth(&engine->hunts[i]->groups);
    return memory->used + need > memory->limit;
}

static bool too_many_groups(const struct engine *engine)
{
    if (engine->groups_max == 0) return false;
    for (size_t i = 0; i < engine->hunt_count; i++)
        if (engine->hunts[i]->groups.count >= engine->groups_max) return true;
    return false;
}

/* Between two rows: no group is in anybody's hands. row: bytes of the next. */
static enum cfh_status make_room(struct engine *engine, size_t row)
{
    if (!store_given(&engine->store)) return CFH_OK;
    if (!is_short(engine, row) && !too_many_groups(engine)) return CFH_OK;
    return holds_groups(engine) ? engine_spill(engine) : CFH_OK;
}

/* What failed for want of memory may be tried again once groups are out of it. */
static bool may_retry(struct engine *engine, enum cfh_status *status)
{
    if (*status != CFH_NO_MEMORY || !store_given(&engine->store) || !holds_groups(engine))
        return false;
    *status = engine_spill(engine);
    return *status == CFH_OK;
}

/* ---- rows ---- */

static enum cfh_status engine_header(struct engine *engine, const struct csv_row *row)
{
    bool changed;
    enum cfh_status status = record_set_header(&engine->record, row, &changed);
    engine->header_seen = status == CFH_OK;
    if (status != CFH_OK || !changed) return status;
    for (size_t i = 0; i < engine->hunt_count; i++)
        hunt_bind(engine->hunts[i], &engine->record);
    engine->marker = record_column(&engine->record, SLICE(PARTIAL_MARKER));
    engine->state = record_column(&engine->record, SLICE(PARTIAL_STATE));
    engine->time = record_column(&engine->record, SLICE("_time"));
    return CFH_OK;
}

static enum cfh_status first_value(struct record *record, size_t column, struct slice *value)
{
    struct values values;
    enum cfh_status status = record_values(record, column, &values);
    *value = values.count > 0 ? values.items[0] : (struct slice){NULL, 0};
    return status;
}

/* A damaged cell is read once, by the first hunt that asks for it, but concerns all. */
static void count_damaged_cells(struct engine *engine, uint64_t before)
{
    for (size_t i = 0; i < engine->hunt_count; i++)
        engine->hunts[i]->counters.counts[COUNTER_DAMAGED_CELL] +=
            engine->record.damaged_multivalues - before;
}

/* A row can be partial only if it has no text and no time of its own: so no event can pass for
 * one, whatever fields its text puts into the row. */
static enum cfh_status can_be_partial(struct engine *engine, bool *can)
{
    bool null;
    *can = false;
    if (engine->refuses_partials || engine->marker == RECORD_NO_COLUMN) return CFH_OK;
    enum cfh_status status = record_is_null(&engine->record, engine->record.raw, &null);
    if (status == CFH_OK && null) status = record_is_null(&engine->record, engine->time, &null);
    *can = status == CFH_OK && null;
    return status;
}

static enum cfh_status engine_partial(struct engine *engine, bool *taken, struct cfh_error *error)
{
    struct slice marker, state;
    enum cfh_status status = first_value(&engine->record, engine->marker, &marker);
    if (status == CFH_OK) status = first_value(&engine->record, engine->state, &state);
    for (size_t i = 0; status == CFH_OK && i < engine->hunt_count && !*taken; i++)
        status = hunt_partial(engine->hunts[i], marker, state, taken, error);
    return status;
}

static enum cfh_status engine_row(struct engine *engine, const struct csv_row *row,
                                  struct cfh_error *error)
{
    bool partial, taken = false;
    uint64_t damaged = engine->record.damaged_multivalues;
    engine->rows++;
    record_set_row(&engine->record, row);
    enum cfh_status status = can_be_partial(engine, &partial);
    if (status == CFH_OK && partial) status = engine_partial(engine, &taken, error);
    for (size_t i = 0; status == CFH_OK && i < engine->hunt_count && !taken; i++)
        status = hunt_event(engine->hunts[i], &engine->record);
    count_damaged_cells(engine, damaged);
    return status;
}

static enum cfh_status engine_take_row(struct engine *engine, struct csv_row *row,
                                       struct cfh_error *error)
{
    enum cfh_status status = make_room(engine, row->bytes.length);
    if (status == CFH_OK) status = csv_reader_split(&engine->reader, row);
    if (status != CFH_OK) return status;
    return engine->header_seen ? engine_row(engine, row, error) : engine_header(engine, row);
}

/* Once the first rows have been looked into, rows without the literal are passed over: but never
 * where partial rows may come, which hold what no event holds. */
static void engine_watch(struct engine *engine)
{
    if (engine->literal.length == 0 || engine->reader.needle.length > 0) return;
    if (engine->marker != RECORD_NO_COLUMN && !engine->refuses_partials) return;
    for (size_t i = 0; i < engine->hunt_count; i++)
        if (hunt_checks_rows(engine->hunts[i])) return;
#ifndef CFHUNT_PLAIN
    csv_reader_look_for(&engine->reader, engine->literal);
#endif
}

static void count_skipped(struct engine *engine)
{
    engine->rows += engine->reader.skipped;
    for (size_t i = 0; i < engine->hunt_count; i++)
        hunt_skip(engine->hunts[i], engine->reader.skipped);
    engine->reader.skipped = 0;
}

void engine_begin_body(struct engine *engine)
{
    csv_reader_begin(&engine->reader);
    engine->header_seen = false;
}

enum cfh_status engine_feed(struct engine *engine, struct slice window, struct cfh_error *error)
{
    struct csv_row row;
    enum cfh_status status = CFH_OK;
    if (engine_failed(engine, error)) return error->code;
    csv_reader_feed(&engine->reader, window);
    while (status == CFH_OK) {
        if (engine->header_seen) engine_watch(engine);
        enum cfh_status next = csv_reader_next(&engine->reader, &row);
        if (may_retry(engine, &next)) next = csv_reader_next(&engine->reader, &row);
        if (next == CFH_MORE) break;
        status = next == CFH_ROW ? engine_take_row(engine, &row, error) : next;
    }
    count_skipped(engine);
    return engine_fail(engine, status, error);
}

static enum cfh_status unclosed_quote(const struct engine *engine, struct cfh_error *error)
{
    *error = (struct cfh_error){.code = CFH_BAD_INPUT};
    snprintf(error->sentence, CFH_SENTENCE_SIZE,
             "The events that reached cfhunt end inside a quoted cell, in row %llu.",
             (unsigned long long)engine->rows + 1);
    return CFH_BAD_INPUT;
}

enum cfh_status engine_end_body(struct engine *engine, struct cfh_error *error)
{
    struct csv_row row;
    if (engine_failed(engine, error)) return error->code;
    enum cfh_status status = csv_reader_finish(&engine->reader, &row);
    if (status == CFH_BAD_INPUT)
        status = unclosed_quote(engine, error);
    else if (status == CFH_ROW)
        status = engine_take_row(engine, &row, error);
    else if (status == CFH_END)
        status = CFH_OK;
    return engine_fail(engine, status, error);
}

struct engine_figures engine_figures(const struct engine *engine, size_t hunt)
{
    const struct hunt *asked = engine->hunts[hunt];
    const uint64_t *counts = asked->counters.counts;
    return (struct engine_figures){
        .rows = counts[COUNTER_READ],
        .checked = counts[COUNTER_CHECKED],
        .usable = counts[COUNTER_MAPPED] + counts[COUNTER_PROFILED],
        .matched = counts[COUNTER_MATCHED],
        .groups = hunt_group_count(asked),
        .spilled = asked->spill.groups,
        .spilled_bytes = asked->spill.bytes,
    };
}

const struct memory *engine_memory(const struct engine *engine)
{
    return &engine->memory;
}

/* ---- replies ---- */

/* Groups of a hunt whose first ones are in the store join them: one way leads to the reply. And
 * those of all others make room for the merge. */
static enum cfh_status spill_rest(struct engine *engine)
{
    for (size_t i = 0; i < engine->hunt_count; i++)
        if (spill_has_runs(&engine->hunts[i]->spill)) return engine_spill(engine);
    return CFH_OK;
}

static enum cfh_status begin_table(struct engine *engine, size_t hunt, uint64_t *length)
{
    enum cfh_status status = hunt_finish(engine->hunts[hunt]);
    if (status == CFH_OK) status = spill_rest(engine);
    if (status != CFH_OK) return status;
    return reply_begin(&engine->reply, REPLY_TABLE, &engine->hunts[hunt], 1, length);
}

static enum cfh_status refuse_table(struct cfh_error *error)
{
    static const char sentence[] =
        "This hunt's groups have left as partial rows: there is no table.";
    *error = (struct cfh_error){.code = CFH_BAD_PLAN};
    memcpy(error->sentence, sentence, sizeof(sentence));
    return CFH_BAD_PLAN;
}

enum cfh_status engine_begin_table(struct engine *engine, size_t hunt, uint64_t *length,
                                   struct cfh_error *error)
{
    enum cfh_status status;
    if (engine_failed(engine, error)) return error->code;
    if (engine->is_map && reply_has_stored(&engine->reply))
        status = refuse_table(error);
    else
        status = begin_table(engine, hunt, length);
    if (!engine->is_map && may_retry(engine, &status)) status = begin_table(engine, hunt, length);
    return engine_fail(engine, status, error);
}

static enum cfh_status begin_partials(struct engine *engine, uint64_t *length)
{
    enum cfh_status status = spill_rest(engine);
    if (status != CFH_OK) return status;
    for (size_t i = 0; i < engine->hunt_count; i++)
        hunt_gather(engine->hunts[i]);
    return reply_begin(&engine->reply, REPLY_PARTIAL, engine->hunts, engine->hunt_count, length);
}

enum cfh_status engine_begin_partials(struct engine *engine, uint64_t *length,
                                      struct cfh_error *error)
{
    if (engine_failed(engine, error)) return error->code;
    enum cfh_status status = begin_partials(engine, length);
    if (may_retry(engine, &status)) status = begin_partials(engine, length);
    return engine_fail(engine, status, error);
}

enum cfh_status engine_reply_next(struct engine *engine, struct slice *window,
                                  struct cfh_error *error)
{
    if (engine_failed(engine, error)) return error->code;
    enum cfh_status status = reply_next(&engine->reply, window);
    if (status == CFH_OK && window->length == 0 && engine->reply.kind == REPLY_PARTIAL) {
        for (size_t i = 0; i < engine->hunt_count; i++)
            hunt_clear(engine->hunts[i]);
        if (store_given(&engine->store)) store_drop(&engine->store);
    }
    return engine_fail(engine, status, error);
}

/* ---- messages ---- */

static bool add_remarks(struct engine *engine, const struct plan *plan)
{
    struct buffer text;
    struct message remark = {.text = &text};
    bool done = true;
    buffer_init(&text, &engine->memory);
    for (size_t i = 0; done && remarks_say(plan, i, &remark); i++) {
        done = messages_add(&engine->messages, remark.level, buffer_slice(&text));
        buffer_clear(&text);
    }
    buffer_release(&text);
    return done;
}

const struct messages *engine_table_messages(struct engine *engine, size_t hunt, bool scheduled)
{
    messages_clear(&engine->messages);
    bool done = add_remarks(engine, &engine->hunts[hunt]->plan) &&
                messages_add_table(&engine->messages, engine->hunts[hunt], scheduled);
    return done ? &engine->messages : NULL;
}

const struct messages *engine_map_messages(struct engine *engine)
{
    messages_clear(&engine->messages);
    bool done =
        messages_add_columns(&engine->messages, &engine->record, engine->hunts, engine->hunt_count);
    return done ? &engine->messages : NULL;
}
