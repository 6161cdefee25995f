#include "reply.h"

#include <string.h>

#include "group_order.h"
#include "number.h"
#include "text.h"

enum { REPLY_SCRATCH_BLOCK = 16384, REPLY_TIME_FRACTION = 6 };

void reply_init(struct reply *reply, const struct hash_key *key, struct store *store,
                struct memory *memory)
{
    *reply = (struct reply){.store = store};
    buffer_init(&reply->window, memory);
    arena_init(&reply->scratch, memory, REPLY_SCRATCH_BLOCK);
    partial_writer_init(&reply->partials, key, memory);
}

void reply_release(struct reply *reply)
{
    buffer_release(&reply->window);
    arena_release(&reply->scratch);
    partial_writer_release(&reply->partials);
}

/* ---- a table's rows ---- */

static bool is_multivalued(const struct hunt *hunt, size_t function)
{
    return hunt->groups.functions[function]->multivalued;
}

/* __mv_NAME */
static bool write_multivalue_name(struct reply *reply, struct slice name)
{
    static const char prefix[] = {'_', '_', 'm', 'v', '_'};
    char *bytes = arena_take(&reply->scratch, sizeof(prefix) + name.length);
    if (bytes == NULL) return false;
    memcpy(bytes, prefix, sizeof(prefix));
    if (name.length > 0) memcpy(bytes + sizeof(prefix), name.bytes, name.length);
    csv_writer_cell(&reply->writer, (struct slice){bytes, sizeof(prefix) + name.length});
    return true;
}

/* Plain columns first, in the order of T6, then the __mv_ columns of those that may have several
 * values (protocol section 7). */
static bool write_table_header(struct reply *reply, const struct hunt *hunt)
{
    const struct plan *plan = &hunt->plan;
    for (size_t i = 0; i < plan->by_count; i++)
        csv_writer_cell(&reply->writer, plan_output_name(plan, plan->fields[plan->by[i]].name));
    for (size_t i = 0; i < plan->function_count; i++)
        csv_writer_cell(&reply->writer, plan_output_name(plan, plan->functions[i].output));
    for (size_t i = 0; i < plan->function_count; i++)
        if (is_multivalued(hunt, i) &&
            !write_multivalue_name(reply, plan_output_name(plan, plan->functions[i].output)))
            return false;
    csv_writer_end_row(&reply->writer);
    return true;
}

/* F9, F10: numbers as numbers; of a time at most microseconds. */
static bool print_numbers(struct reply *reply, size_t fraction_limit, struct values *values)
{
    struct slice *items = arena_take(&reply->scratch, values->count * sizeof(*items));
    if (items == NULL) return false;
    for (size_t i = 0; i < values->count; i++)
        if (!number_print(values->items[i], fraction_limit, &reply->scratch, &items[i]))
            return false;
    values->items = items;
    return true;
}

static bool function_result(struct reply *reply, const struct hunt *hunt, struct group *group,
                            size_t function, struct values *result)
{
    enum aggregate_print print = hunt->groups.functions[function]->print;
    if (!group_result(&hunt->groups, group, function, &reply->scratch, result)) return false;
    if (print == AGGREGATE_AS_TEXT) return true;
    bool time = print == AGGREGATE_AS_TIME ||
                plan_is_time(&hunt->plan, hunt->plan.functions[function].field);
    return print_numbers(reply, time ? REPLY_TIME_FRACTION : SIZE_MAX, result);
}

static bool write_table_group(struct reply *reply, struct hunt *hunt, struct group *group)
{
    struct slice key = group_key(group);
    size_t count = hunt->plan.function_count;
    struct values *results = arena_take(&reply->scratch, count * sizeof(*results));
    if (results == NULL) return false;
    if (key.length > 0) csv_writer_cells(&reply->writer, (struct slice){key.bytes, key.length - 1});
    for (size_t i = 0; i < count; i++) {
        if (!function_result(reply, hunt, group, i, &results[i])) return false;
        csv_writer_joined(&reply->writer, results[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (is_multivalued(hunt, i)) csv_writer_multivalue(&reply->writer, results[i]);
    csv_writer_end_row(&reply->writer);
    return true;
}

/* ---- partial rows ---- */

static bool write_partial_row(void *context, struct slice marker, struct slice state)
{
    struct csv_writer *writer = context;
    csv_writer_cell(writer, marker);
    csv_writer_cell(writer, state);
    csv_writer_end_row(writer);
    return !writer->failed;
}

/* ---- the walk ---- */

static bool write_header(struct reply *reply)
{
    if (reply->kind == REPLY_TABLE) return write_table_header(reply, reply->hunts[0]);
    return write_partial_row(&reply->writer, SLICE(PARTIAL_MARKER), SLICE(PARTIAL_STATE));
}

static bool write_group(struct reply *reply, struct hunt *hunt, struct group *group)
{
    struct partial_sink sink = {write_partial_row, &reply->writer};
    if (reply->kind == REPLY_TABLE) return write_table_group(reply, hunt, group);
    return partial_write_group(&reply->partials, &hunt->groups, group, &sink);
}

static bool write_hunt_end(struct reply *reply, struct hunt *hunt)
{
    struct partial_sink sink = {write_partial_row, &reply->writer};
    if (reply->kind == REPLY_TABLE || reply->early) return true;
    return partial_write_counters(&reply->partials, &hunt->plan, &hunt->counters, &sink);
}

/* The next group of the present hunt, NULL behind its last. */
static enum cfh_status next_group(struct reply *reply, struct hunt *hunt, struct group **group)
{
    enum cfh_status status = CFH_OK;
    bool first = reply->group == 0;
    *group = NULL;
    if (!spill_has_runs(&hunt->spill)) {
        const struct group_table *groups = &hunt->groups;
        if (reply->group + GROUP_AHEAD < groups->count)
            group_ask_for(groups, groups->groups[reply->group + GROUP_AHEAD]);
        if (reply->group < groups->count) *group = groups->groups[reply->group++];
        return CFH_OK;
    }
    if (first) status = spill_begin(&hunt->spill, &hunt->groups, reply->store);
    if (status == CFH_OK) status = spill_next(&hunt->spill, reply->store, group);
    reply->group++;
    if (*group == NULL) spill_end(&hunt->spill);
    return status;
}

static enum cfh_status write_next(struct reply *reply, struct hunt *hunt)
{
    struct group *group;
    enum cfh_status status = next_group(reply, hunt, &group);
    if (status != CFH_OK) return status;
    if (group != NULL) return write_group(reply, hunt, group) ? CFH_OK : CFH_NO_MEMORY;
    reply->hunt++;
    reply->group = 0;
    return write_hunt_end(reply, hunt) ? CFH_OK : CFH_NO_MEMORY;
}

/* One step of the walk: the header, a group, or what ends a hunt. *more is false behind the last.
 */
static enum cfh_status reply_step(struct reply *reply, bool *more)
{
    enum cfh_status status = CFH_OK;
    *more = true;
    arena_clear(&reply->scratch);
    if (!reply->header_written) {
        status = write_header(reply) ? CFH_OK : CFH_NO_MEMORY;
        reply->header_written = true;
    } else if (reply->hunt == reply->hunt_count) {
        *more = false;
        return CFH_OK;
    } else {
        status = write_next(reply, reply->hunts[reply->hunt]);
    }
    return status == CFH_OK && reply->writer.failed ? CFH_NO_MEMORY : status;
}

/* Rows in the store come behind the header, which is with them. */
static void reply_rewind(struct reply *reply, struct buffer *target)
{
    reply->hunt = 0;
    reply->group = 0;
    reply->header_written = reply_has_stored(reply);
    csv_writer_init(&reply->writer, target);
}

static size_t window_size(const struct reply *reply)
{
    size_t limit = reply->window.memory->limit;
    return limit == 0 || limit / REPLY_WINDOWS > REPLY_WINDOW ? REPLY_WINDOW
                                                              : limit / REPLY_WINDOWS;
}

/* Walks until the window is full. */
static enum cfh_status fill_window(struct reply *reply, bool *more)
{
    enum cfh_status status = CFH_OK;
    *more = true;
    buffer_clear(&reply->window);
    while (*more && status == CFH_OK && reply->window.length < window_size(reply))
        status = reply_step(reply, more);
    return status;
}

/* ---- rows in the store ---- */

bool reply_has_stored(const struct reply *reply)
{
    return reply->stored_end > reply->stored_begin;
}

/* Another reply begins, without the rows of the one before. */
static void forget_stored(struct reply *reply)
{
    reply->stored_begin = reply->stored_end = reply->stored_at = 0;
}

/* One walk, into the store. */
static enum cfh_status walk_to_store(struct reply *reply)
{
    bool more = true;
    enum cfh_status status = CFH_OK;
    if (!reply_has_stored(reply))
        reply->stored_begin = reply->stored_end = reply->stored_at = reply->store->length;
    reply_rewind(reply, &reply->window);
    while (more && status == CFH_OK) {
        status = fill_window(reply, &more);
        if (status == CFH_OK) status = store_append(reply->store, buffer_slice(&reply->window));
    }
    reply->stored_end = reply->store->length;
    return status;
}

enum cfh_status reply_store(struct reply *reply, struct hunt **hunts, size_t hunt_count)
{
    reply->kind = REPLY_PARTIAL;
    reply->hunts = hunts;
    reply->hunt_count = hunt_count;
    reply->early = true;
    enum cfh_status status = walk_to_store(reply);
    reply->early = false;
    return status;
}

static enum cfh_status read_window(struct reply *reply, struct slice *window)
{
    uint64_t left = reply->stored_end - reply->stored_at;
    size_t length = left < window_size(reply) ? (size_t)left : window_size(reply);
    buffer_clear(&reply->window);
    if (!buffer_reserve(&reply->window, length)) return CFH_NO_MEMORY;
    enum cfh_status status =
        store_read(reply->store, reply->stored_at, reply->window.bytes, length);
    reply->window.length = length;
    reply->stored_at += length;
    *window = buffer_slice(&reply->window);
    return status;
}

/* ---- the reply ---- */

static enum cfh_status count_bytes(struct reply *reply, uint64_t *length)
{
    /* Records in pieces are numbered: the second walk must give them the numbers of the first. */
    uint64_t records = reply->partials.records;
    bool more = true;
    reply_rewind(reply, NULL);
    while (more) {
        enum cfh_status status = reply_step(reply, &more);
        if (status != CFH_OK) return status;
    }
    *length = reply->writer.length;
    reply->partials.records = records;
    /* Counting needed no order, and groups as they came lie side by side in memory. */
    if (reply->kind == REPLY_TABLE) group_table_sort(&reply->hunts[0]->groups);
    reply_rewind(reply, &reply->window);
    return CFH_OK;
}

/* Runs are merged by passes first: the rows must lie in one piece. */
static enum cfh_status write_merged(struct reply *reply)
{
    enum cfh_status status = CFH_OK;
    forget_stored(reply);
    for (size_t i = 0; i < reply->hunt_count && status == CFH_OK; i++)
        status = spill_reduce(&reply->hunts[i]->spill, reply->store);
    return status == CFH_OK ? walk_to_store(reply) : status;
}

static bool any_has_runs(const struct reply *reply)
{
    for (size_t i = 0; i < reply->hunt_count; i++)
        if (spill_has_runs(&reply->hunts[i]->spill)) return true;
    return false;
}

enum cfh_status reply_begin(struct reply *reply, enum reply_kind kind, struct hunt **hunts,
                            size_t hunt_count, uint64_t *length)
{
    enum cfh_status status;
    if (kind == REPLY_TABLE) forget_stored(reply);
    reply->kind = kind;
    reply->hunts = hunts;
    reply->hunt_count = hunt_count;
    reply->stored_at = reply->stored_begin;
    *length = 0;
    if (any_has_runs(reply))
        status = write_merged(reply); /* it ends behind the last hunt: nothing is left to walk */
    else
        status = count_bytes(reply, length);
    *length += reply->stored_end - reply->stored_begin;
    return status;
}

enum cfh_status reply_next(struct reply *reply, struct slice *window)
{
    bool more;
    if (reply->stored_at < reply->stored_end) return read_window(reply, window);
    enum cfh_status status = fill_window(reply, &more);
    *window = buffer_slice(&reply->window);
    if (window->length == 0) forget_stored(reply);
    return status;
}
