/* The functions: what they give (F1 to F3), and that no split and no order changes it. */
#include <check.h>

#include <stdio.h>

#include "aggregate.h"
#include "test_hunts.h"

enum { POOL_BLOCK = 4096, SCRATCH_BLOCK = 1024, VALUES_MAX = 64 };

/* ---- a state and all that it needs ---- */

struct bench {
    struct memory memory;
    struct hash_key key;
    struct pool pool;
    struct arena scratch;
    struct aggregate_home home;
    const struct aggregate *function;
};

static void bench_init(struct bench *bench, const char *name, struct memory memory)
{
    bench->memory = memory;
    bench->key = test_key(1);
    pool_init(&bench->pool, &bench->memory, POOL_BLOCK);
    arena_init(&bench->scratch, &bench->memory, SCRATCH_BLOCK);
    bench->home = (struct aggregate_home){&bench->pool, &bench->key};
    bench->function = aggregate_find(text_of(name));
    ck_assert_msg(bench->function != NULL, "no function %s", name);
}

static void bench_release(struct bench *bench)
{
    pool_release(&bench->pool);
    arena_release(&bench->scratch);
    ck_assert_uint_eq(bench->memory.used, 0);
}

/* Zeroed, as a group's states start. */
static void *new_state(const struct bench *bench)
{
    void *state = calloc(1, bench->function->state_size);
    if (state == NULL) ck_abort_msg("no memory for a state");
    return state;
}

static void arrange(const struct bench *bench, void *state)
{
    if (bench->function->arrange != NULL) bench->function->arrange(state);
}

/* The result as text: each value in brackets. */
static bool describe(struct bench *bench, void *state, struct buffer *text)
{
    struct values result;
    arrange(bench, state);
    if (!bench->function->finish(state, &bench->scratch, &result)) return false;
    for (size_t i = 0; i < result.count; i++) {
        append_text(text, "[");
        append(text, result.items[i]);
        append_text(text, "]");
    }
    return true;
}

/* The values of events: ';' ends an event, '|' a value, "" alone is an event without a value. */
static size_t next_event(const char **events, struct slice items[VALUES_MAX])
{
    size_t count = 0;
    const char *from = *events, *end = from + strcspn(from, ";");
    while (from < end) {
        size_t length = strcspn(from, "|;");
        if (count == VALUES_MAX) ck_abort_msg("too many values");
        items[count++] = (struct slice){from, length};
        from += length;
        if (*from == '|') from++;
    }
    *events = *end == ';' ? end + 1 : end;
    return count;
}

static bool update_all(const struct bench *bench, void *state, const char *events)
{
    struct slice items[VALUES_MAX];
    while (*events != '\0') {
        size_t count = next_event(&events, items);
        if (!bench->function->update(state, (struct values){items, count}, &bench->home))
            return false;
    }
    return true;
}

/* ---- the table ---- */

START_TEST(the_table_is_whole)
{
    static const char *const needed[] = {"count", "max", "min", "values"};
    size_t count = 0;
    for (; aggregate_name(count) != NULL; count++) {
        const struct aggregate *function = aggregate_find(text_of(aggregate_name(count)));
        ck_assert_str_eq(function->name, aggregate_name(count));
        ck_assert_uint_gt(function->state_size, 0);
        ck_assert(function->update != NULL && function->item_count != NULL);
        ck_assert(function->save != NULL && function->load != NULL && function->finish != NULL);
        for (const char *letter = function->name; *letter != '\0'; letter++)
            ck_assert(*letter < 'A' || *letter > 'Z');
    }
    ck_assert_ptr_null(aggregate_name(count + 1));
    ck_assert_ptr_null(aggregate_name(SIZE_MAX));
    for (size_t i = 0; i < COUNT_OF(needed); i++)
        ck_assert_ptr_nonnull(aggregate_find(text_of(needed[i])));
}
END_TEST

START_TEST(what_is_no_function_is_not_found)
{
    static const char *const names[] = {"", "Count", "COUNT", "coun", "counts", "list", "values "};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_ptr_null(aggregate_find(text_of(names[i])));
    ck_assert_ptr_null(aggregate_find((struct slice){"min\0", 4}));
}
END_TEST

/* T3: only count may lack an argument. F4: only values has several. */
START_TEST(t3_f4_properties)
{
    ck_assert(!aggregate_find(SLICE("count"))->needs_field);
    ck_assert(aggregate_find(SLICE("min"))->needs_field);
    ck_assert(aggregate_find(SLICE("max"))->needs_field);
    ck_assert(aggregate_find(SLICE("values"))->needs_field);
    ck_assert(aggregate_find(SLICE("values"))->multivalued);
    ck_assert(!aggregate_find(SLICE("min"))->multivalued);
    ck_assert_int_eq(aggregate_find(SLICE("max"))->print, AGGREGATE_AS_NUMBER);
    ck_assert_int_eq(aggregate_find(SLICE("values"))->print, AGGREGATE_AS_TEXT);
}
END_TEST

/* ---- what each gives ---- */

static const struct {
    const char *rule;
    const char *function;
    const char *events;
    const char *expected;
} results[] = {
    {"F1 no event", "count", "", "[0]"},
    {"F1 an event without a value", "count", ";", "[0]"},
    {"F1 each value of a multivalue", "count", "a|b;;a|", "[3]"},
    {"F1 an empty value is a value", "count", "|b", "[2]"},
    {"F2 no value", "min", ";;", ""},
    {"F2 no value", "max", "", ""},
    {"F2 numbers by value", "min", "10;9;100", "[9]"},
    {"F2 numbers by value", "max", "10;9;100", "[100]"},
    {"F2 negative", "min", "-1;-20;3", "[-20]"},
    {"F2 fractions and exponents", "max", "1.5;15e-1;1.49", "[1.5]"},
    {"F2 text by bytes, upper case first", "min", "b;B;a", "[B]"},
    {"F2 text by bytes, upper case first", "max", "b;B;a", "[b]"},
    {"F2 a mix: the smallest number", "min", "abc;10;9;Z", "[9]"},
    {"F2 a mix: the largest text", "max", "9;abc;10;Z", "[abc]"},
    {"F2 UTF-8 order", "max", "z;\xc3\xa9;Z", "[\xc3\xa9]"},
    {"F2 what only looks like a number is text", "min", "+1;0x1; 1;5", "[5]"},
    {"F2 an empty value is a text", "max", "5;|7", "[]"},
    {"F2 an empty value is a text", "min", "a|;b", "[a]"},
    {"F2 equal numbers: the smallest text", "min", "1.0;1;01;1e0", "[01]"},
    {"F2 equal numbers: the smallest text", "max", "1.0;1;01;1e0", "[01]"},
    {"F2 equal numbers, other order", "min", "01;1e0;1;1.0", "[01]"},
    {"F2 equal numbers, other order", "max", "1;01;1.0;0.1e1", "[0.1e1]"},
    {"F2 zero in two spellings", "max", "0;-0;0.0", "[-0]"},
    {"F2 longer and shorter texts", "max", "aaaa;b;cccccccccccccccccccccccccc;a",
     "[cccccccccccccccccccccccccc]"},
    {"F3 no value", "values", ";", ""},
    {"F3 distinct, in order of bytes", "values", "70;9|100;10;9;70", "[10][100][70][9]"},
    {"F3 exact text", "values", "a;A;01;1;1.0", "[01][1][1.0][A][a]"},
    {"F3 an empty value is listed", "values", "b|;|", "[][b]"},
};

START_TEST(results_of_events)
{
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        struct bench bench;
        struct memory own = test_memory();
        struct buffer text;
        buffer_init(&text, &own);
        bench_init(&bench, results[i].function, test_memory());
        void *state = new_state(&bench);
        ck_assert(update_all(&bench, state, results[i].events));
        ck_assert(describe(&bench, state, &text));
        EXPECT_SLICE(buffer_slice(&text), results[i].expected, results[i].rule);
        free(state);
        buffer_release(&text);
        bench_release(&bench);
    }
}
END_TEST

/* ---- any split, any order ---- */

/* Saves a state's items and loads them into another, in a new order. */
static bool move_items(struct bench *bench, void *from, void *to, uint64_t *random)
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

/* A text of all sorts: numbers in many spellings, short and long texts, odd bytes, empty. */
static struct slice random_value(char bytes[64], uint64_t *random)
{
    static const char *const texts[] = {"1",   "01", "1.0", "1e0", "-0", "0",      "0.0", "10", "9",
                                        "100", "-5", "a",   "A",   "",   "5e-324", "~",   "-"};
    uint64_t choice = next_random(random) % 24;
    if (choice < COUNT_OF(texts)) return text_of(texts[choice]);
    size_t length = (size_t)(next_random(random) % 64);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(unsigned char)(choice == 20 ? 'x' : next_random(random) % 256);
    return (struct slice){bytes, length};
}

enum { EVENTS = 40, STATES_MAX = 6 };

/* The same events into one state, and spread over several whose items are then loaded in a random
 * order into a fresh one, some by way of another state. */
static void check_split(const char *name, uint64_t seed)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer expected, given;
    uint64_t random = seed;
    void *states[STATES_MAX + 2];
    size_t order[STATES_MAX];
    buffer_init(&expected, &own);
    buffer_init(&given, &own);
    bench_init(&bench, name, test_memory());
    for (size_t i = 0; i < STATES_MAX + 2; i++)
        states[i] = new_state(&bench);
    void *whole = states[STATES_MAX], *merged = states[STATES_MAX + 1];
    for (size_t event = 0; event < seed % EVENTS; event++) {
        char bytes[3][64];
        struct slice items[3];
        size_t count = (size_t)(next_random(&random) % 4);
        for (size_t i = 0; i < count; i++)
            items[i] = random_value(bytes[i], &random);
        struct values values = {items, count};
        void *state = states[next_random(&random) % STATES_MAX];
        ck_assert(bench.function->update(whole, values, &bench.home));
        ck_assert(bench.function->update(state, values, &bench.home));
    }
    shuffle(order, STATES_MAX, &random);
    for (size_t i = 0; i < STATES_MAX; i++) {
        bool detour = i + 1 < STATES_MAX && next_random(&random) % 2 == 0;
        void *to = detour ? states[order[i + 1]] : merged;
        /* A state that has been saved is in its final order: nothing may come after that. */
        ck_assert(move_items(&bench, states[order[i]], to, &random));
    }
    ck_assert(describe(&bench, whole, &expected));
    ck_assert(describe(&bench, merged, &given));
    ck_assert_msg(text_equal(buffer_slice(&expected), buffer_slice(&given)),
                  "%s, seed %llu: %.*s, not %.*s", name, (unsigned long long)seed,
                  (int)given.length, given.length > 0 ? given.bytes : "", (int)expected.length,
                  expected.length > 0 ? expected.bytes : "");
    for (size_t i = 0; i < STATES_MAX + 2; i++)
        free(states[i]);
    buffer_release(&expected);
    buffer_release(&given);
    bench_release(&bench);
}

START_TEST(any_split_and_order_gives_the_same)
{
    for (uint64_t seed = 1; seed < 400; seed++) {
        check_split("count", seed);
        check_split("min", seed);
        check_split("max", seed);
        check_split("values", seed);
    }
}
END_TEST

START_TEST(a_state_that_saw_nothing_saves_nothing)
{
    for (size_t i = 0; aggregate_name(i) != NULL; i++) {
        struct bench bench;
        bench_init(&bench, aggregate_name(i), test_memory());
        void *state = new_state(&bench);
        arrange(&bench, state);
        ck_assert_uint_eq(bench.function->item_count(state), 0);
        free(state);
        bench_release(&bench);
    }
}
END_TEST

/* ---- what save never wrote ---- */

START_TEST(count_loads_only_what_it_saved)
{
    static const char *const wrong[] = {"",
                                        "0",
                                        "01",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "a",
                                        "18446744073709551616",
                                        "99999999999999999999",
                                        "100000000000000000000"};
    struct bench bench;
    bench_init(&bench, "count", test_memory());
    uint64_t *state = new_state(&bench);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        enum cfh_status status = bench.function->load(state, text_of(wrong[i]), &bench.home);
        ck_assert_msg(status == CFH_BAD_INPUT, "%s", wrong[i]);
    }
    ck_assert_int_eq(bench.function->load(state, (struct slice){NULL, 0}, &bench.home),
                     CFH_BAD_INPUT);
    ck_assert_uint_eq(bench.function->item_count(state), 0);
    free(state);
    bench_release(&bench);
}
END_TEST

START_TEST(count_reaches_its_end_and_no_further)
{
    struct bench bench;
    struct memory own = test_memory();
    struct buffer text;
    buffer_init(&text, &own);
    bench_init(&bench, "count", test_memory());
    void *state = new_state(&bench);
    ck_assert_int_eq(bench.function->load(state, SLICE("18446744073709551614"), &bench.home),
                     CFH_OK);
    ck_assert_int_eq(bench.function->load(state, SLICE("1"), &bench.home), CFH_OK);
    ck_assert_int_eq(bench.function->load(state, SLICE("1"), &bench.home), CFH_BAD_INPUT);
    ck_assert(describe(&bench, state, &text));
    EXPECT_SLICE(buffer_slice(&text), "[18446744073709551615]", "the largest count");
    free(state);
    buffer_release(&text);
    bench_release(&bench);
}
END_TEST

/* ---- growth ---- */

/* Text number i, of every length from short ones that lie in the set to long ones that do not. */
static struct slice numbered(char bytes[64], size_t i)
{
    int length = snprintf(bytes, 64, "%zu", i * 7919);
    size_t wanted = (size_t)length + i % 40;
    while ((size_t)length < wanted)
        bytes[length++] = 'x';
    return (struct slice){bytes, (size_t)length};
}

static void add_numbered(const struct bench *bench, void *state, size_t count)
{
    char bytes[64];
    for (size_t i = 0; i < count; i++) {
        struct slice item = numbered(bytes, i);
        ck_assert(bench->function->update(state, (struct values){&item, 1}, &bench->home));
    }
}

static void check_growth(size_t count)
{
    struct bench bench;
    struct values result;
    bench_init(&bench, "values", test_memory());
    void *state = new_state(&bench);
    add_numbered(&bench, state, count);
    add_numbered(&bench, state, count); /* each a second time: nothing new */
    ck_assert_uint_eq(bench.function->item_count(state), count);
    arrange(&bench, state);
    arrange(&bench, state); /* once is enough, twice does no harm */
    ck_assert(bench.function->finish(state, &bench.scratch, &result));
    ck_assert_uint_eq(result.count, count);
    size_t bytes_listed = 0, bytes_added = 0;
    for (size_t i = 0; i < count; i++) {
        char bytes[64];
        bytes_listed += result.items[i].length;
        bytes_added += numbered(bytes, i).length;
        if (i > 0) ck_assert_int_lt(text_compare(result.items[i - 1], result.items[i]), 0);
    }
    ck_assert_uint_eq(bytes_listed, bytes_added);
    free(state);
    bench_release(&bench);
}

START_TEST(f3_values_grow)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 6, 7, 12, 13, 100, 100000};
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        check_growth(counts[i]);
}
END_TEST

/* Where a text stops lying in the slot itself, and bytes that a C string could not hold. */
START_TEST(f3_short_and_long_texts)
{
    static const char odd[] = "\0a\xff\n;$%,\"0123456789abcdefghij";
    struct bench bench;
    struct values result;
    bench_init(&bench, "values", test_memory());
    void *state = new_state(&bench);
    for (size_t length = sizeof(odd); length-- > 0;) {
        struct slice item = {odd, length};
        ck_assert(bench.function->update(state, (struct values){&item, 1}, &bench.home));
    }
    arrange(&bench, state);
    ck_assert(bench.function->finish(state, &bench.scratch, &result));
    ck_assert_uint_eq(result.count, sizeof(odd));
    for (size_t length = 0; length < sizeof(odd); length++)
        ck_assert(text_equal(result.items[length], (struct slice){odd, length}));
    free(state);
    bench_release(&bench);
}
END_TEST

/* A max that keeps growing gives its old texts back to the pool. */
START_TEST(f2_extremes_reuse_their_room)
{
    struct bench bench;
    char bytes[2000];
    memset(bytes, 'a', sizeof(bytes));
    bench_init(&bench, "max", test_memory());
    void *state = new_state(&bench);
    for (size_t length = 1; length <= sizeof(bytes); length++) {
        struct slice item = {bytes, length};
        ck_assert(bench.function->update(state, (struct values){&item, 1}, &bench.home));
    }
    ck_assert_uint_le(bench.memory.peak, 4 * POOL_BLOCK);
    free(state);
    bench_release(&bench);
}
END_TEST

/* ---- refused memory ---- */

static bool run_everything(struct bench *bench, void *first, void *second, struct buffer *text)
{
    static const char events[] = "9;10;abcdefghijklmnopqrstuvwxyz;1|2|3|4|5|6|7|8|9;0123456789abcd;"
                                 "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz;-1";
    uint64_t random = 7;
    return update_all(bench, first, events) && move_items(bench, first, second, &random) &&
           describe(bench, second, text);
}

START_TEST(every_refusal_is_said)
{
    for (size_t i = 0; aggregate_name(i) != NULL; i++) {
        bool refused = true;
        for (size_t n = 0; refused; n++) {
            struct failing_source failing = {.fail_at = n};
            struct bench bench;
            struct memory own = test_memory();
            struct buffer text;
            buffer_init(&text, &own);
            bench_init(&bench, aggregate_name(i), failing_memory(&failing));
            bench.pool.arena.block_size = 0; /* each block is a request of its own */
            bench.scratch.block_size = 0;
            void *first = new_state(&bench), *second = new_state(&bench);
            bool done = run_everything(&bench, first, second, &text);
            refused = failing.refused;
            ck_assert_msg(done != refused, "%s, request %zu", aggregate_name(i), n);
            free(first);
            free(second);
            buffer_release(&text);
            bench_release(&bench);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("aggregate");
    TCase *table = tcase_create("table"), *rules = tcase_create("rules");
    TCase *merging = tcase_create("merging"), *room = tcase_create("room");
    tcase_add_test(table, the_table_is_whole);
    tcase_add_test(table, what_is_no_function_is_not_found);
    tcase_add_test(table, t3_f4_properties);
    tcase_add_test(rules, results_of_events);
    tcase_add_test(merging, any_split_and_order_gives_the_same);
    tcase_add_test(merging, a_state_that_saw_nothing_saves_nothing);
    tcase_add_test(merging, count_loads_only_what_it_saved);
    tcase_add_test(merging, count_reaches_its_end_and_no_further);
    tcase_add_test(room, f3_values_grow);
    tcase_add_test(room, f3_short_and_long_texts);
    tcase_add_test(room, f2_extremes_reuse_their_room);
    tcase_add_test(room, every_refusal_is_said);
    tcase_set_timeout(room, 60);
    suite_add_tcase(suite, table);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, merging);
    suite_add_tcase(suite, room);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
