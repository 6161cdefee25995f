/* test_functions: what the suites of the functions share: a state, events for it, its result, and
 * the proof that no split and no order changes that.
 *
 * Events are written as one text: ';' ends an event, '|' a value, and a time stands before an '@':
 * "10@a|b;;5@c". An event without a text has no value, one without '@' no time.
 */
#ifndef CFHUNT_TEST_FUNCTIONS_H
#define CFHUNT_TEST_FUNCTIONS_H

#include <check.h>
#include <stdio.h>

#include "functions.h"
#include "test_hunts.h"

enum { POOL_BLOCK = 4096, SCRATCH_BLOCK = 1024, VALUES_MAX = 64 };

/* ---- a function and all that it needs ---- */

struct bench {
    struct memory memory;
    struct hash_key key;
    struct pool pool;
    struct arena scratch;
    uint64_t beyond;
    struct aggregate_home home;
    const struct aggregate *function;
    uint32_t percent;
};

/* called: as in a search, perc95. The bench must stay where it is. */
static inline void bench_init(struct bench *bench, const char *called, struct memory memory)
{
    *bench = (struct bench){.memory = memory, .key = test_key(1)};
    pool_init(&bench->pool, &bench->memory, POOL_BLOCK);
    arena_init(&bench->scratch, &bench->memory, SCRATCH_BLOCK);
    bench->home = (struct aggregate_home){&bench->pool, &bench->key, 77, &bench->beyond};
    bench->function = functions_find(text_of(called), &bench->percent);
    ck_assert_msg(bench->function != NULL, "no function %s", called);
}

static inline void bench_release(struct bench *bench)
{
    pool_release(&bench->pool);
    arena_release(&bench->scratch);
    ck_assert_uint_eq(bench->memory.used, 0);
}

/* Zeroed, as a group's states start. */
static inline void *new_state(const struct bench *bench)
{
    void *state = calloc(1, bench->function->state_size);
    if (state == NULL) ck_abort_msg("no memory for a state");
    return state;
}

static inline void arrange(const struct bench *bench, void *state)
{
    if (bench->function->arrange != NULL) bench->function->arrange(state);
}

/* Appends the result as text: each value in brackets. False when refused. */
static inline bool describe(struct bench *bench, void *state, struct buffer *text)
{
    struct values result;
    arrange(bench, state);
    if (!bench->function->finish(state, bench->percent, &bench->home, &bench->scratch, &result))
        return false;
    for (size_t i = 0; i < result.count; i++) {
        append_text(text, "[");
        append(text, result.items[i]);
        append_text(text, "]");
    }
    return true;
}

/* Is this the result, with a name for the message? */
static inline void expect_result(struct bench *bench, void *state, const char *expected,
                                 const char *name)
{
    struct memory own = test_memory();
    struct buffer text;
    buffer_init(&text, &own);
    ck_assert(describe(bench, state, &text));
    EXPECT_SLICE(buffer_slice(&text), expected, name);
    buffer_release(&text);
}

/* ---- events ---- */

static inline struct aggregate_input next_event(const char **events, struct slice items[VALUES_MAX])
{
    struct aggregate_input input = {.values = {items, 0}};
    const char *from = *events, *end = from + strcspn(from, ";");
    size_t time = strcspn(from, "@;");
    if (from[time] == '@') {
        input.time = (struct slice){from, time};
        from += time + 1;
    }
    while (from < end) {
        size_t length = strcspn(from, "|;");
        if (input.values.count == VALUES_MAX) ck_abort_msg("too many values");
        items[input.values.count++] = (struct slice){from, length};
        from += length;
        if (*from == '|') from++;
    }
    *events = *end == ';' ? end + 1 : end;
    return input;
}

/* False when refused. */
static inline bool update_all(const struct bench *bench, void *state, const char *events)
{
    struct slice items[VALUES_MAX];
    while (*events != '\0') {
        struct aggregate_input input = next_event(&events, items);
        if (!bench->function->update(state, &input, &bench->home)) return false;
    }
    return true;
}

static inline void update_one(const struct bench *bench, void *state, struct slice value)
{
    struct aggregate_input input = {.values = {&value, 1}};
    ck_assert(bench->function->update(state, &input, &bench->home));
}

struct result_row {
    const char *rule;
    const char *function;
    const char *events;
    const char *expected;
};

static inline void check_results(const struct result_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bench bench;
        bench_init(&bench, rows[i].function, test_memory());
        void *state = new_state(&bench);
        ck_assert(update_all(&bench, state, rows[i].events));
        expect_result(&bench, state, rows[i].expected, rows[i].rule);
        expect_result(&bench, state, rows[i].expected, rows[i].rule); /* asked for twice */
        free(state);
        bench_release(&bench);
    }
}

/* ---- items ---- */

/* Saves a state's items and loads them into another, in a new order. False when refused. */
static inline bool move_items(struct bench *bench, void *from, void *to, uint64_t *random)
{
    const struct aggregate *function = bench->function;
    arrange(bench, from);
    size_t count = function->item_count(from);
    size_t *order = calloc(count + 1, sizeof(*order));
    if (order == NULL) ck_abort_msg("no memory for an order");
    shuffle(order, count, random);
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        struct slice item;
        done = function->save(from, order[i], &bench->scratch, &item) &&
               function->load(to, item, &bench->home) == CFH_OK;
    }
    free(order);
    return done;
}

/* The items of the state after these events, with a blank behind each. */
static inline void expect_items(const char *called, const char *events, const char *expected)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer text;
    buffer_init(&text, &own);
    bench_init(&bench, called, test_memory());
    void *state = new_state(&bench);
    ck_assert(update_all(&bench, state, events));
    arrange(&bench, state);
    for (size_t i = 0; i < bench.function->item_count(state); i++) {
        struct slice item;
        ck_assert(bench.function->save(state, i, &bench.scratch, &item));
        append(&text, item);
        append_text(&text, " ");
    }
    EXPECT_SLICE(buffer_slice(&text), expected, called);
    free(state);
    buffer_release(&text);
    bench_release(&bench);
}

/* Items that save never wrote: all are refused, and the state stays as it is. */
static inline void check_refused_items(const char *called, const char *const *items, size_t count)
{
    struct bench bench;
    bench_init(&bench, called, test_memory());
    void *state = new_state(&bench);
    for (size_t i = 0; i < count; i++) {
        enum cfh_status status = bench.function->load(state, text_of(items[i]), &bench.home);
        ck_assert_msg(status == CFH_BAD_INPUT, "%s: %s", called, items[i]);
        ck_assert_uint_eq(bench.function->item_count(state), 0);
    }
    ck_assert_uint_eq(bench.beyond, 0);
    free(state);
    bench_release(&bench);
}

/* ---- any split, any order ---- */

/* A text of all sorts: numbers in many spellings, short and long texts, odd bytes, empty. */
static inline struct slice random_value(char bytes[64], uint64_t *random)
{
    static const char *const texts[] = {"1",
                                        "01",
                                        "1.0",
                                        "1e0",
                                        "-0",
                                        "0",
                                        "0.0",
                                        "10",
                                        "9",
                                        "100",
                                        "-5",
                                        "a",
                                        "A",
                                        "",
                                        "5e-24",
                                        "~",
                                        "-",
                                        "0.1",
                                        "0.2",
                                        "-3.75",
                                        "1e401",
                                        "1e400",
                                        "12345678901234567890",
                                        "33333",
                                        "1e-400"};
    uint64_t choice = next_random(random) % 36;
    if (choice < COUNT_OF(texts)) return text_of(texts[choice]);
    if (choice < 33) {
        int length = snprintf(bytes, 64, "%d.%d", (int)(next_random(random) % 2000) - 1000,
                              (int)(next_random(random) % 100));
        return (struct slice){bytes, (size_t)length};
    }
    size_t length = (size_t)(next_random(random) % 64);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(unsigned char)(choice == 34 ? 'x' : next_random(random) % 256);
    return (struct slice){bytes, length};
}

static inline struct slice random_time(uint64_t *random)
{
    static const char *const times[] = {"",    "5",  "5.0", "05",  "7.25", "-1",
                                        "1e1", "10", "x",   "100", "99.9", "1700000000.123456"};
    return text_of(times[next_random(random) % COUNT_OF(times)]);
}

enum { STATES_MAX = 6, EVENTS_MAX = 40 };

/* Each event goes into whole, and into one of the states. */
static inline void spread_events(struct bench *bench, void *const *states, void *whole,
                                 size_t count, uint64_t *random)
{
    for (size_t event = 0; event < count; event++) {
        char bytes[3][64];
        struct slice items[3];
        size_t values = (size_t)(next_random(random) % 4);
        for (size_t i = 0; i < values; i++)
            items[i] = random_value(bytes[i], random);
        struct aggregate_input input = {{items, values}, random_time(random)};
        void *state = states[next_random(random) % STATES_MAX];
        ck_assert(bench->function->update(whole, &input, &bench->home));
        ck_assert(bench->function->update(state, &input, &bench->home));
    }
}

/* All states into merged in a random order, some by way of another one. A state that was saved is
 * in its final order, and nothing may come after that. */
static inline void merge_states(struct bench *bench, void *const *states, void *merged,
                                uint64_t *random)
{
    size_t order[STATES_MAX];
    shuffle(order, STATES_MAX, random);
    for (size_t i = 0; i < STATES_MAX; i++) {
        bool detour = i + 1 < STATES_MAX && next_random(random) % 2 == 0;
        void *to = detour ? states[order[i + 1]] : merged;
        ck_assert(move_items(bench, states[order[i]], to, random));
    }
}

/* The same events into one state, and spread over several that are then merged. */
static inline void check_split(const char *called, uint64_t seed)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer expected, given;
    uint64_t random = seed;
    void *states[STATES_MAX + 2];
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    bench_init(&bench, called, test_memory());
    for (size_t i = 0; i < STATES_MAX + 2; i++)
        states[i] = new_state(&bench);
    void *whole = states[STATES_MAX], *merged = states[STATES_MAX + 1];
    spread_events(&bench, states, whole, (size_t)seed % EVENTS_MAX, &random);
    uint64_t beyond = bench.beyond;
    merge_states(&bench, states, merged, &random);
    ck_assert_uint_eq(bench.beyond, beyond); /* what merging counts was counted before */
    ck_assert(describe(&bench, whole, &expected));
    ck_assert(describe(&bench, merged, &given));
    ck_assert_msg(text_equal(buffer_slice(&expected), buffer_slice(&given)),
                  "%s, seed %llu: %.*s, not %.*s", called, (unsigned long long)seed,
                  (int)given.length, given.length > 0 ? given.bytes : "", (int)expected.length,
                  expected.length > 0 ? expected.bytes : "");
    for (size_t i = 0; i < STATES_MAX + 2; i++)
        free(states[i]);
    buffer_release(&expected);
    buffer_release(&given);
    bench_release(&bench);
}

/* ---- refused memory ---- */

/* Events, their items into a second state, and its result: with the n-th request for memory refused
 * for every n. */
static inline void check_refusals(const char *called, const char *events)
{
    bool refused = true;
    for (size_t n = 0; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct bench bench;
        struct memory own = test_memory();
        struct buffer text;
        uint64_t random = 7;
        buffer_init(&text, &own);
        bench_init(&bench, called, failing_memory(&failing));
        bench.pool.arena.block_size = 0; /* each block is a request of its own */
        bench.scratch.block_size = 0;
        void *first = new_state(&bench), *second = new_state(&bench);
        bool done = update_all(&bench, first, events) &&
                    move_items(&bench, first, second, &random) && describe(&bench, second, &text);
        refused = failing.refused;
        ck_assert_msg(done != refused, "%s, request %zu", called, n);
        free(first);
        free(second);
        buffer_release(&text);
        bench_release(&bench);
    }
}

#endif
