/* test_engines: an engine over a source of memory that can refuse, what is fed to it and what it
 * replies. */
#ifndef CFHUNT_TEST_ENGINES_H
#define CFHUNT_TEST_ENGINES_H

#include <check.h>
#include <stdio.h>

#include "engine.h"
#include "test_hunts.h"

/* ---- a source of memory that knows what is out, and can refuse ---- */

enum { BLOCK_HEAD = 16 };

struct source {
    size_t fail_at; /* as failing_source */
    size_t requests;
    size_t bytes; /* now out */
    bool refused;
};

static inline void *source_resize(void *context, void *block, size_t size)
{
    struct source *source = context;
    char *head = block != NULL ? (char *)block - BLOCK_HEAD : NULL;
    size_t old_size = 0;
    if (head != NULL) memcpy(&old_size, head, sizeof(old_size));
    if (size == 0) {
        source->bytes -= old_size;
        free(head);
        return NULL;
    }
    if (source->requests++ == source->fail_at) {
        source->refused = true;
        return NULL;
    }
    head = realloc(head, size + BLOCK_HEAD);
    if (head == NULL) return NULL;
    source->bytes = source->bytes - old_size + size;
    memcpy(head, &size, sizeof(size));
    return head + BLOCK_HEAD;
}

/* ---- an engine and what it gave ---- */

struct bench {
    struct source source;
    struct engine *engine;
    struct cfh_error error;
};

/* Does not add a hunt. False when refused. */
static inline bool bench_new(struct bench *bench, uint64_t seed, size_t fail_at)
{
    *bench = (struct bench){.source = {.fail_at = fail_at}};
    struct memory_source source = {source_resize, &bench->source};
    struct hash_key secret = test_key(seed);
    bench->engine = engine_new(&source, &secret);
    return bench->engine != NULL;
}

static inline void bench_free(struct bench *bench)
{
    if (bench->engine != NULL)
        ck_assert_uint_eq(engine_memory(bench->engine)->used, bench->source.bytes);
    engine_free(bench->engine);
    ck_assert_uint_eq(bench->source.bytes, 0);
}

static inline enum cfh_status add_hunt(struct bench *bench, const char *search)
{
    enum plan_phase phase;
    return engine_add_hunt(bench->engine, text_of(search), &phase, &bench->error);
}

static inline void bench_init(struct bench *bench, uint64_t seed, const char *search)
{
    ck_assert(bench_new(bench, seed, SIZE_MAX));
    if (add_hunt(bench, search) != CFH_OK) ck_abort_msg("%s", bench->error.sentence);
}

/* Windows of that many bytes, 0 for an empty one before each byte. Each is a block of its own that
 * is freed after the call, so that a sanitizer sees a slice that was kept too long. */
static inline enum cfh_status feed_body(struct bench *bench, struct slice body, size_t piece)
{
    enum cfh_status status = CFH_OK;
    engine_begin_body(bench->engine);
    for (size_t at = 0; at < body.length && status == CFH_OK;) {
        size_t left = body.length - at;
        size_t length = piece == 0 ? 1 : piece < left ? piece : left;
        char *window = malloc(length);
        if (window == NULL) ck_abort_msg("no memory for a window");
        memcpy(window, body.bytes + at, length);
        if (piece == 0) status = engine_feed(bench->engine, (struct slice){NULL, 0}, &bench->error);
        if (status == CFH_OK)
            status = engine_feed(bench->engine, (struct slice){window, length}, &bench->error);
        free(window);
        at += length;
    }
    return status == CFH_OK ? engine_end_body(bench->engine, &bench->error) : status;
}

static inline void feed(struct bench *bench, struct slice body)
{
    if (feed_body(bench, body, SIZE_MAX) != CFH_OK) ck_abort_msg("%s", bench->error.sentence);
}

/* hunt: SIZE_MAX for the partial rows. */
static inline enum cfh_status reply(struct bench *bench, size_t hunt, struct buffer *text)
{
    uint64_t length, given = 0;
    struct slice window = {NULL, 0};
    enum cfh_status status = hunt == SIZE_MAX
                                 ? engine_begin_partials(bench->engine, &length, &bench->error)
                                 : engine_begin_table(bench->engine, hunt, &length, &bench->error);
    do {
        if (status == CFH_OK) status = engine_reply_next(bench->engine, &window, &bench->error);
        if (status == CFH_OK) append(text, window);
        if (status == CFH_OK) given += window.length;
    } while (status == CFH_OK && window.length > 0);
    if (status == CFH_OK) ck_assert_uint_eq(given, length);
    return status;
}

static inline void table(struct bench *bench, size_t hunt, struct buffer *text)
{
    buffer_clear(text);
    if (reply(bench, hunt, text) != CFH_OK) ck_abort_msg("%s", bench->error.sentence);
}

static inline void expect_same(struct slice given, struct slice expected, const char *what,
                               size_t number)
{
    ck_assert_msg(text_equal(given, expected), "%s %zu:\n%.*s\nnot\n%.*s", what, number,
                  (int)given.length, given.length > 0 ? given.bytes : "", (int)expected.length,
                  expected.length > 0 ? expected.bytes : "");
}

#endif
