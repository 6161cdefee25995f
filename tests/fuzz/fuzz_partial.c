/* Fuzzes partial: each line of the input is a row. Its first byte says what: g, c or p for a state
 * of that kind under a marker that is right, so that the reader is really reached; anything else
 * for a marker as it stands, a blank and a state. Whatever was read must come back the same when it
 * is written and read again.
 *
 *     make fuzz ROOM=partial T=60
 */
#include <stdlib.h>
#include <string.h>

#include "group_order.h"
#include "partial.h"
#include "test_every_function.h"
#include "tstats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MARKER_MAX = 80, BOUND = 64 * 1024 * 1024, BLOCK = 1024 };

static const char search[] = EVERY_FUNCTION("c") " from datamodel=Own.Data where a=* by a b";

static void require(bool condition)
{
    if (!condition) abort();
}

struct process {
    struct memory memory;
    struct hash_key key;
    struct plan plan;
    struct arena arena;
    struct group_table table;
    struct counters counters;
    struct partial_reader reader;
};

static void process_init(struct process *process, unsigned char seed)
{
    struct cfh_error error;
    memory_init(&process->memory, NULL, BOUND);
    memset(process->key.secret, seed, sizeof(process->key.secret));
    plan_init(&process->plan, &process->memory);
    struct slice text = {search, sizeof(search) - 1};
    require(tstats_parse(&process->plan, text, &error) == CFH_OK);
    arena_init(&process->arena, &process->memory, BLOCK);
    require(group_table_init(&process->table, &process->plan, &process->key,
                             &process->counters.counts[COUNTER_BEYOND], &process->memory));
    require(counters_init(&process->counters, &process->plan, &process->arena));
    partial_reader_init(&process->reader, &process->plan, &process->memory);
}

static void process_release(struct process *process)
{
    partial_reader_release(&process->reader);
    group_table_release(&process->table);
    arena_release(&process->arena);
    plan_release(&process->plan);
    require(process->memory.used == 0);
}

/* ---- reading ---- */

static size_t put(char marker[MARKER_MAX], size_t at, struct slice text)
{
    memcpy(marker + at, text.bytes, text.length);
    return at + text.length;
}

/* VERSION.DIGEST.KIND.CHECKSUM as the writer makes it. */
static struct slice right_marker(const struct plan *plan, size_t kind, struct slice state,
                                 char marker[MARKER_MAX])
{
    static const struct slice kinds[] = {{".group.", 7}, {".counters.", 10}, {".piece.", 7}};
    char digits[HASH_DIGITS], version = (char)('0' + PLAN_VERSION);
    size_t at = put(marker, 0, (struct slice){&version, 1});
    at = put(marker, at, (struct slice){".", 1});
    hash_print(plan->digest, digits);
    at = put(marker, at, (struct slice){digits, HASH_DIGITS});
    at = put(marker, at, kinds[kind]);
    hash_print(hash_digest(state, plan->digest + kind), digits);
    return (struct slice){marker, put(marker, at, (struct slice){digits, HASH_DIGITS})};
}

/* CFH_NO_MEMORY after a refusal. */
static enum cfh_status read_row(struct process *process, struct slice marker, struct slice state)
{
    enum partial_kind kind;
    if (partial_judge(&process->plan, marker, state, &kind) != PARTIAL_MINE) return CFH_BAD_INPUT;
    return partial_read(&process->reader, kind, state, &process->table, &process->counters);
}

static enum cfh_status read_line(struct process *process, struct slice line)
{
    char bytes[MARKER_MAX];
    static const char kinds[] = {'g', 'c', 'p'};
    if (line.length == 0) return CFH_OK;
    for (size_t kind = 0; kind < sizeof(kinds); kind++) {
        if (line.bytes[0] != kinds[kind]) continue;
        struct slice state = {line.bytes + 1, line.length - 1};
        struct slice marker = right_marker(&process->plan, kind, state, bytes);
        enum partial_kind judged;
        require(partial_judge(&process->plan, marker, state, &judged) == PARTIAL_MINE);
        require((size_t)judged == kind);
        return read_row(process, marker, state);
    }
    const char *blank = memchr(line.bytes, ' ', line.length);
    size_t length = blank != NULL ? (size_t)(blank - line.bytes) : line.length;
    struct slice state = {NULL, 0};
    if (blank != NULL) state = (struct slice){blank + 1, line.length - length - 1};
    return read_row(process, (struct slice){line.bytes, length}, state);
}

static bool read_lines(struct process *process, struct slice text)
{
    while (text.length > 0) {
        const char *end = memchr(text.bytes, '\n', text.length);
        size_t length = end != NULL ? (size_t)(end - text.bytes) : text.length;
        if (read_line(process, (struct slice){text.bytes, length}) == CFH_NO_MEMORY) return false;
        text.bytes += length + (end != NULL ? 1 : 0);
        text.length -= length + (end != NULL ? 1 : 0);
    }
    return true;
}

/* ---- and back ---- */

static bool take_row(void *context, struct slice marker, struct slice state)
{
    require(state.length <= PARTIAL_CELL_MAX);
    require(read_row(context, marker, state) == CFH_OK);
    return true;
}

static void send_all(struct process *from, struct process *to)
{
    struct partial_sink sink = {take_row, to};
    struct partial_writer writer;
    partial_writer_init(&writer, &from->key, &from->memory);
    group_table_gather(&from->table);
    for (size_t i = 0; i < from->table.count; i++)
        require(partial_write_group(&writer, &from->table, from->table.groups[i], &sink));
    require(partial_write_counters(&writer, &from->plan, &from->counters, &sink));
    partial_writer_release(&writer);
    require(partial_incomplete(&to->reader) == 0);
}

static void require_same_results(struct process *left, struct process *right, size_t group,
                                 size_t function)
{
    struct values first, second;
    require(group_result(&left->table, left->table.groups[group], function, &left->arena, &first));
    require(
        group_result(&right->table, right->table.groups[group], function, &right->arena, &second));
    require(first.count == second.count);
    for (size_t i = 0; i < first.count; i++) {
        require(first.items[i].length == second.items[i].length);
        require(first.items[i].length == 0 ||
                memcmp(first.items[i].bytes, second.items[i].bytes, first.items[i].length) == 0);
    }
}

static void require_same(struct process *left, struct process *right)
{
    group_table_gather(&right->table);
    group_table_sort(&left->table);
    group_table_sort(&right->table);
    require(left->table.count == right->table.count);
    for (size_t group = 0; group < left->table.count; group++) {
        struct slice key = group_key(left->table.groups[group]);
        struct slice other = group_key(right->table.groups[group]);
        require(key.length == other.length);
        require(memcmp(key.bytes, other.bytes, key.length) == 0);
        for (size_t function = 0; function < left->plan.function_count; function++)
            require_same_results(left, right, group, function);
    }
    require(memcmp(left->counters.counts, right->counters.counts, sizeof(left->counters.counts)) ==
            0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct process first, second;
    process_init(&first, 1);
    process_init(&second, 2);
    if (read_lines(&first, (struct slice){(const char *)data, size})) {
        first.memory.limit = 0;
        second.memory.limit = 0;
        send_all(&first, &second);
        require_same(&first, &second);
    }
    process_release(&first);
    process_release(&second);
    return 0;
}
