/* test_hunts: what the suites of the rooms that group and answer share. */
#ifndef CFHUNT_TEST_HUNTS_H
#define CFHUNT_TEST_HUNTS_H

#include <check.h>

#include "csv_reader.h"
#include "hash.h"
#include "record.h"
#include "test_memory.h"
#include "text.h"
#include "test_random.h"
#include "tstats.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* Another seed is another process. */
static inline struct hash_key test_key(uint64_t seed)
{
    struct hash_key key;
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (size_t i = 0; i < sizeof(key.secret); i++)
        key.secret[i] = (unsigned char)(next_random(&state) >> 32);
    return key;
}

static inline struct memory test_memory(void)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    return memory;
}

/* A new order of the indexes 0 to count - 1. */
static inline void shuffle(size_t *indexes, size_t count, uint64_t *random)
{
    for (size_t i = 0; i < count; i++)
        indexes[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(next_random(random) % i);
        size_t kept = indexes[i - 1];
        indexes[i - 1] = indexes[j];
        indexes[j] = kept;
    }
}

static inline void append(struct buffer *buffer, struct slice text)
{
    if (!buffer_append(buffer, text)) ck_abort_msg("no memory for a test's own text");
}

static inline void append_text(struct buffer *buffer, const char *text)
{
    append(buffer, text_of(text));
}

static inline bool contains(struct slice text, const char *part)
{
    size_t length = strlen(part);
    for (size_t i = 0; i + length <= text.length; i++)
        if (memcmp(text.bytes + i, part, length) == 0) return true;
    return false;
}

#define EXPECT_SLICE(slice, expected, name)                                                        \
    ck_assert_msg(slice_is((slice), (expected)), "%s: %.*s", (name), (int)(slice).length,          \
                  (slice).length > 0 ? (slice).bytes : "")

/* The plan of a search that is right. */
static inline void test_plan(struct plan *plan, const char *search, struct memory *memory)
{
    struct cfh_error error = {.code = CFH_OK};
    plan_init(plan, memory);
    if (tstats_parse(plan, text_of(search), &error) != CFH_OK) ck_abort_msg("%s", error.sentence);
}

/* ---- the rows of a body, one after another, as the engine's own loop reads them ---- */

struct rows {
    struct csv_reader reader;
    struct record record;
    bool ended;
};

static inline void rows_release(struct rows *rows)
{
    csv_reader_release(&rows->reader);
    record_release(&rows->record);
}

static inline bool rows_take(struct rows *rows, struct csv_row *row)
{
    enum cfh_status status = CFH_MORE;
    if (!rows->ended) status = csv_reader_next(&rows->reader, row);
    if (status == CFH_MORE && !rows->ended) {
        rows->ended = true;
        status = csv_reader_finish(&rows->reader, row);
    }
    return status == CFH_ROW && csv_reader_split(&rows->reader, row) == CFH_OK;
}

/* Takes the header. False when memory was refused; the rows are to be released either way. */
static inline bool rows_begin(struct rows *rows, struct slice body, struct memory *memory)
{
    struct csv_row row;
    bool changed;
    rows->ended = false;
    csv_reader_init(&rows->reader, memory);
    record_init(&rows->record, memory);
    csv_reader_begin(&rows->reader);
    csv_reader_feed(&rows->reader, body);
    return rows_take(rows, &row) && record_set_header(&rows->record, &row, &changed) == CFH_OK;
}

/* False at the end. */
static inline bool rows_next(struct rows *rows)
{
    struct csv_row row;
    if (!rows_take(rows, &row)) return false;
    record_set_row(&rows->record, &row);
    return true;
}

/* A value of a key as it was appended, its quotes no longer doubled; in scratch. */
static inline bool group_key_text(struct slice value, struct arena *scratch, struct slice *text)
{
    *text = value;
    if (value.length == 0 || memchr(value.bytes, '"', value.length) == NULL) return true;
    char *bytes = arena_take(scratch, value.length);
    if (bytes == NULL) return false;
    char *end = bytes;
    for (size_t i = 0; i < value.length; i++) {
        *end++ = value.bytes[i];
        i += value.bytes[i] == '"';
    }
    *text = (struct slice){bytes, (size_t)(end - bytes)};
    return true;
}

/* ---- the end of a suite ---- */

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
