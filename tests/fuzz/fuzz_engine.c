/* Fuzzes the whole engine with the default hunt and one of every function: the first byte is the
 * size of the windows and, in its highest bit, the role; the rest is a body of CSV. What comes of
 * the body in one window must come of it in small ones, and of a map whose partial rows go to a
 * reduce.
 *
 *     make fuzz ROOM=engine T=60
 */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "test_every_function.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TAKES_PARTIALS = 0x80, PIECE_MASK = 0x7f };

/* The empty text is the default hunt. */
static const char *const hunts[] = {
    "",
    "fillnull_value=- " EVERY_FUNCTION("src_port") " from datamodel=Own.Data by app _time span=1m"};
enum { HUNTS = sizeof(hunts) / sizeof(hunts[0]) };

static void require(bool condition)
{
    if (!condition) abort();
}

/* What came of a body: the rows or the sentence, and then the messages. */
struct outcome {
    enum cfh_status status;
    struct buffer text;
};

static void note(struct outcome *outcome, struct slice text)
{
    require(buffer_append(&outcome->text, text));
}

static struct engine *new_engine(unsigned char process, bool takes_partials)
{
    struct hash_key secret;
    struct cfh_error error;
    enum plan_phase phase;
    memset(secret.secret, process, sizeof(secret.secret));
    struct engine *engine = engine_new(NULL, &secret);
    require(engine != NULL);
    for (size_t i = 0; i < HUNTS; i++)
        require(engine_add_hunt(engine, slice_of(hunts[i]), &phase, &error) == CFH_OK);
    if (!takes_partials) engine_refuse_partials(engine);
    return engine;
}

/* Each window is a block of its own, freed after the call: a stale slice is then seen. */
static enum cfh_status feed(struct engine *engine, struct slice body, size_t piece,
                            struct cfh_error *error)
{
    enum cfh_status status = CFH_OK;
    engine_begin_body(engine);
    for (size_t at = 0; at < body.length && status == CFH_OK;) {
        size_t left = body.length - at, length = piece < left ? piece : left;
        char *window = malloc(length);
        require(window != NULL);
        memcpy(window, body.bytes + at, length);
        status = engine_feed(engine, (struct slice){window, length}, error);
        free(window);
        at += length;
    }
    return status == CFH_OK ? engine_end_body(engine, error) : status;
}

/* Begun already: all windows, as many bytes as were promised. */
static void take_reply(struct engine *engine, uint64_t length, struct outcome *outcome)
{
    struct cfh_error error;
    struct slice window;
    do {
        require(engine_reply_next(engine, &window, &error) == CFH_OK);
        require(window.length <= length);
        length -= window.length;
        note(outcome, window);
    } while (window.length > 0);
    require(length == 0);
}

static void take_table(struct engine *engine, size_t hunt, struct outcome *outcome,
                       bool with_messages)
{
    struct cfh_error error;
    uint64_t length;
    require(engine_begin_table(engine, hunt, &length, &error) == CFH_OK);
    take_reply(engine, length, outcome);
    const struct messages *messages = engine_table_messages(engine, hunt, false);
    require(messages != NULL && engine_map_messages(engine) != NULL);
    messages = engine_table_messages(engine, hunt, false);
    for (size_t i = 0; with_messages && i < messages->count; i++)
        note(outcome, messages->lines[i].text);
}

static void take_tables(struct engine *engine, struct outcome *outcome, bool with_messages)
{
    for (size_t i = 0; i < HUNTS; i++)
        take_table(engine, i, outcome, with_messages);
}

static void run(struct slice body, size_t piece, bool takes_partials, struct outcome *outcome)
{
    struct cfh_error error;
    struct engine *engine = new_engine(1, takes_partials);
    outcome->status = feed(engine, body, piece, &error);
    if (outcome->status == CFH_OK)
        take_tables(engine, outcome, true);
    else
        note(outcome, (struct slice){error.sentence, strlen(error.sentence)});
    engine_free(engine);
}

/* The map flushes in the middle: its second flush holds the body once more. */
static void run_map(struct slice body, size_t piece, struct outcome *table)
{
    struct cfh_error error;
    struct engine *map = new_engine(2, false), *reduce = new_engine(3, true);
    struct outcome sent = {.text = {.memory = table->text.memory}};
    for (size_t flush = 0; flush < 2; flush++) {
        uint64_t length;
        sent.status = feed(map, body, SIZE_MAX, &error);
        require(sent.status == CFH_OK);
        require(engine_begin_partials(map, &length, &error) == CFH_OK);
        buffer_clear(&sent.text);
        take_reply(map, length, &sent);
        require(feed(reduce, buffer_slice(&sent.text), piece, &error) == CFH_OK);
    }
    take_tables(reduce, table, false);
    buffer_release(&sent.text);
    engine_free(map);
    engine_free(reduce);
}

static void run_twice(struct slice body, struct outcome *table)
{
    struct cfh_error error;
    struct engine *engine = new_engine(4, false);
    require(feed(engine, body, SIZE_MAX, &error) == CFH_OK);
    require(feed(engine, body, SIZE_MAX, &error) == CFH_OK);
    take_tables(engine, table, false);
    engine_free(engine);
}

static void require_same(const struct outcome *left, const struct outcome *right)
{
    require(left->status == right->status && left->text.length == right->text.length);
    require(left->text.length == 0 ||
            memcmp(left->text.bytes, right->text.bytes, left->text.length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct slice body = {(const char *)data + 1, size - 1};
    size_t piece = (size_t)(data[0] & PIECE_MASK) + 1;
    bool takes_partials = (data[0] & TAKES_PARTIALS) != 0;
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct outcome outcomes[4];
    for (size_t i = 0; i < 4; i++)
        outcomes[i] = (struct outcome){.text = {.memory = &memory}};
    run(body, SIZE_MAX, takes_partials, &outcomes[0]);
    run(body, piece, takes_partials, &outcomes[1]);
    require_same(&outcomes[0], &outcomes[1]);
    if (!takes_partials && outcomes[0].status == CFH_OK) {
        run_twice(body, &outcomes[2]);
        run_map(body, piece, &outcomes[3]);
        require_same(&outcomes[2], &outcomes[3]);
    }
    for (size_t i = 0; i < 4; i++)
        buffer_release(&outcomes[i].text);
    require(memory.used == 0);
    return 0;
}
