#include "reply.h"

#include <string.h>

#include "group_order.h"
#include "number.h"
#include "text.h"

enum { REPLY_SCRATCH_BLOCK = 16384, REPLY_TIME_FRACTION = 6 };

void reply_init(struct reply *reply, const struct hash_key *key, struct memory *memory)
{
    *reply = (struct reply){.hunts = NULL};
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
    struct slice rest = group_key(&hunt->groups, group), value;
    size_t count = hunt->plan.function_count;
    struct values *results = arena_take(&reply->scratch, count * sizeof(*results));
    if (results == NULL) return false;
    while (group_key_next(&rest, &value))
        csv_writer_cell(&reply->writer, value);
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
    if (reply->kind == REPLY_TABLE) return true;
    return partial_write_counters(&reply->partials, &hunt->plan, &hunt->counters, &sink);
}

/* One step of the walk: the header, a group, or what ends a hunt. *more is false behind the last.
 */
static enum cfh_status reply_step(struct reply *reply, bool *more)
{
    bool done;
    *more = true;
    arena_clear(&reply->scratch);
    if (!reply->header_written) {
        done = write_header(reply);
        reply->header_written = true;
    } else if (reply->hunt == reply->hunt_count) {
        *more = false;
        return CFH_OK;
    } else if (reply->group < reply->hunts[reply->hunt]->groups.count) {
        struct hunt *hunt = reply->hunts[reply->hunt];
        const struct group_table *groups = &hunt->groups;
        if (reply->group + GROUP_AHEAD < groups->count)
            group_ask_for(groups, groups->groups[reply->group + GROUP_AHEAD]);
        done = write_group(reply, hunt, groups->groups[reply->group++]);
    } else {
        done = write_hunt_end(reply, reply->hunts[reply->hunt++]);
        reply->group = 0;
    }
    return done && !reply->writer.failed ? CFH_OK : CFH_NO_MEMORY;
}

static void reply_rewind(struct reply *reply, struct buffer *target)
{
    reply->hunt = 0;
    reply->group = 0;
    reply->header_written = false;
    csv_writer_init(&reply->writer, target);
}

enum cfh_status reply_begin(struct reply *reply, enum reply_kind kind, struct hunt **hunts,
                            size_t hunt_count, uint64_t *length)
{
    reply->kind = kind;
    reply->hunts = hunts;
    reply->hunt_count = hunt_count;
    /* Counting needs no order: groups as they came lie side by side in memory. */
    reply_rewind(reply, NULL);
    /* Records in pieces are numbered: the second walk must give them the numbers of the first. */
    uint64_t records = reply->partials.records;
    bool more = true;
    while (more) {
        enum cfh_status status = reply_step(reply, &more);
        if (status != CFH_OK) return status;
    }
    if (kind == REPLY_TABLE && !group_table_sort(&hunts[0]->groups)) return CFH_NO_MEMORY;
    *length = reply->writer.length;
    reply->partials.records = records;
    reply_rewind(reply, &reply->window);
    return CFH_OK;
}

enum cfh_status reply_next(struct reply *reply, struct slice *window)
{
    bool more = true;
    buffer_clear(&reply->window);
    while (more && reply->window.length < REPLY_WINDOW) {
        enum cfh_status status = reply_step(reply, &more);
        if (status != CFH_OK) return status;
    }
    *window = buffer_slice(&reply->window);
    return CFH_OK;
}
