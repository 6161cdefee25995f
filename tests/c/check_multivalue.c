/* The text form of several values: read by position, written back the same. */
#include <check.h>

#include "multivalue.h"
#include "test_memory.h"
#include "test_random.h"

enum { ARENA_BLOCK = 64, VALUES_MAX = 4 };

static bool same(struct slice left, struct slice right)
{
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.bytes, right.bytes, left.length) == 0);
}

/* The bytes in a block of exactly their size, so that a sanitizer sees a read behind them. */
static struct slice exact_copy(struct slice bytes)
{
    char *copy = malloc(bytes.length > 0 ? bytes.length : 1);
    ck_assert_ptr_nonnull(copy);
    if (bytes.length > 0) memcpy(copy, bytes.bytes, bytes.length);
    return (struct slice){copy, bytes.length};
}

/* The values written as a cell. */
static bool encode(struct buffer *target, struct values values)
{
    for (size_t index = 0; index < values.count; index++) {
        if (index > 0 && !buffer_append(target, SLICE(";"))) return false;
        if (!multivalue_append(target, values.items[index])) return false;
    }
    return true;
}

static void expect_values(struct slice text, struct values expected)
{
    struct memory memory;
    struct arena scratch;
    struct buffer again;
    struct values values;
    memory_init(&memory, NULL, 0);
    arena_init(&scratch, &memory, ARENA_BLOCK);
    buffer_init(&again, &memory);
    struct slice cell = exact_copy(text);
    ck_assert_int_eq(multivalue_decode(cell, &scratch, &values), CFH_OK);
    ck_assert_uint_eq(values.count, expected.count);
    for (size_t index = 0; index < values.count; index++) {
        ck_assert_msg(same(values.items[index], expected.items[index]), "value %zu of %.*s", index,
                      (int)text.length, text.bytes);
    }
    ck_assert(encode(&again, values));
    ck_assert(same(buffer_slice(&again), text));
    free((void *)(uintptr_t)cell.bytes);
    buffer_release(&again);
    arena_release(&scratch);
    ck_assert_uint_eq(memory.used, 0);
}

START_TEST(well_formed_cells)
{
    const struct {
        struct slice cell;
        size_t count;
        struct slice values[VALUES_MAX];
    } cases[] = {
        {SLICE("$a$"), 1, {SLICE("a")}},
        {SLICE("$a$;$b$"), 2, {SLICE("a"), SLICE("b")}},
        {SLICE("$$"), 1, {SLICE("")}},
        {SLICE("$$;$$"), 2, {SLICE(""), SLICE("")}},
        {SLICE("$$;$$;$$"), 3, {SLICE(""), SLICE(""), SLICE("")}},
        {SLICE("$$$$"), 1, {SLICE("$")}},
        {SLICE("$$$$$$"), 1, {SLICE("$$")}},
        {SLICE("$$$$;$$$$"), 2, {SLICE("$"), SLICE("$")}},
        {SLICE("$a$$b$"), 1, {SLICE("a$b")}},
        {SLICE("$a$$b$;$c$;$$"), 3, {SLICE("a$b"), SLICE("c"), SLICE("")}},
        {SLICE("$a$$;$$b$"), 1, {SLICE("a$;$b")}},
        {SLICE("$a$$$;$b$"), 2, {SLICE("a$"), SLICE("b")}},
        {SLICE("$$$a$"), 1, {SLICE("$a")}},
        {SLICE("$$$;$"), 1, {SLICE("$;")}},
        {SLICE("$;$"), 1, {SLICE(";")}},
        {SLICE("$;$;$;$"), 2, {SLICE(";"), SLICE(";")}},
        {SLICE("$a;b\nc$;$\n$"), 2, {SLICE("a;b\nc"), SLICE("\n")}},
        {SLICE("$\"$;$,$"), 2, {SLICE("\""), SLICE(",")}},
        {SLICE("$\0$;$a\0$$$"), 2, {SLICE("\0"), SLICE("a\0$")}},
        {SLICE("$\xff$;$\xc3\xa9$"), 2, {SLICE("\xff"), SLICE("\xc3\xa9")}},
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        expect_values(cases[index].cell, (struct values){cases[index].values, cases[index].count});
    }
}
END_TEST

START_TEST(malformed_cells)
{
    const struct slice cases[] = {
        SLICE(""),         SLICE("$"),        SLICE("$a"),       SLICE("a$"),
        SLICE("a"),        SLICE(";"),        SLICE("$a$;"),     SLICE("$a$;;$b$"),
        SLICE(";$a$"),     SLICE("$$$"),      SLICE("$$$$$"),    SLICE("$a$b"),
        SLICE("$a$b$"),    SLICE("$a$ ;$b$"), SLICE("$a$; $b$"), SLICE("$a$;$"),
        SLICE("$a$;$b"),   SLICE("$a$;b$"),   SLICE("a;b"),      SLICE("$a$$"),
        SLICE("$a$$;$b$"), SLICE("$a$\n$b$"), SLICE(" $a$"),     SLICE("$a$ "),
        SLICE("$$;"),      SLICE("\0"),       SLICE("$\0"),      SLICE("$a$;$b$\0"),
        SLICE("$$a$"),     SLICE("$a$$b$;"),
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        struct memory memory;
        struct arena scratch;
        const struct slice item = SLICE("before");
        struct values values = {&item, 1};
        memory_init(&memory, NULL, 0);
        arena_init(&scratch, &memory, ARENA_BLOCK);
        struct slice cell = exact_copy(cases[index]);
        ck_assert_msg(multivalue_decode(cell, &scratch, &values) == CFH_BAD_INPUT, "cell %zu",
                      index);
        ck_assert(values.items == &item && values.count == 1);
        ck_assert_uint_eq(memory.peak, 0);
        free((void *)(uintptr_t)cell.bytes);
    }
}
END_TEST

START_TEST(values_lie_in_the_cell_where_they_can)
{
    struct memory memory;
    struct arena scratch;
    struct values values;
    memory_init(&memory, NULL, 0);
    arena_init(&scratch, &memory, ARENA_BLOCK);
    struct slice cell = SLICE("$ab$;$c$$d$;$$");
    ck_assert_int_eq(multivalue_decode(cell, &scratch, &values), CFH_OK);
    ck_assert_ptr_eq(values.items[0].bytes, cell.bytes + 1);
    ck_assert(values.items[1].bytes < cell.bytes ||
              values.items[1].bytes >= cell.bytes + cell.length);
    arena_release(&scratch);
}
END_TEST

START_TEST(append_writes_one_value)
{
    const struct {
        struct slice value;
        struct slice encoded;
    } cases[] = {
        {SLICE(""), SLICE("x$$")},
        {SLICE("a"), SLICE("x$a$")},
        {SLICE("$"), SLICE("x$$$$")},
        {SLICE("a$b$$"), SLICE("x$a$$b$$$$$")},
        {SLICE("a;b\n\""), SLICE("x$a;b\n\"$")},
        {SLICE("\0"), SLICE("x$\0$")},
        {(struct slice){NULL, 0}, SLICE("x$$")},
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        struct memory memory;
        struct buffer target;
        memory_init(&memory, NULL, 0);
        buffer_init(&target, &memory);
        ck_assert(buffer_append(&target, SLICE("x")));
        ck_assert(multivalue_append(&target, cases[index].value));
        ck_assert_msg(same(buffer_slice(&target), cases[index].encoded), "value %zu", index);
        buffer_release(&target);
    }
}
END_TEST

START_TEST(any_values_come_back)
{
    static const char alphabet[] = "$$;a\n\0\"";
    uint64_t state = 3;
    for (size_t round = 0; round < 1000; round++) {
        char bytes[VALUES_MAX][24];
        struct slice items[VALUES_MAX];
        size_t count = 1 + next_random(&state) % VALUES_MAX;
        for (size_t index = 0; index < count; index++) {
            size_t length = next_random(&state) % sizeof(bytes[index]);
            for (size_t at = 0; at < length; at++) {
                bytes[index][at] = alphabet[next_random(&state) % (sizeof(alphabet) - 1)];
            }
            items[index] = (struct slice){bytes[index], length};
        }
        struct memory memory;
        struct buffer cell;
        memory_init(&memory, NULL, 0);
        buffer_init(&cell, &memory);
        ck_assert(encode(&cell, (struct values){items, count}));
        expect_values(buffer_slice(&cell), (struct values){items, count});
        buffer_release(&cell);
    }
}
END_TEST

static void append_times(struct buffer *target, struct slice text, size_t times)
{
    for (size_t index = 0; index < times; index++) {
        if (!buffer_append(target, text)) ck_abort_msg("no memory for the cell");
    }
}

/* One value with a million dollars, and a million empty values. */
START_TEST(large_cells)
{
    enum { COUNT = 1000000 };
    struct memory memory;
    struct arena scratch;
    struct buffer cell;
    struct values values;
    memory_init(&memory, NULL, 0);
    arena_init(&scratch, &memory, ARENA_BLOCK);
    buffer_init(&cell, &memory);
    append_times(&cell, SLICE("$$"), COUNT + 1);
    ck_assert_int_eq(multivalue_decode(buffer_slice(&cell), &scratch, &values), CFH_OK);
    ck_assert_uint_eq(values.count, 1);
    ck_assert_uint_eq(values.items[0].length, COUNT);
    buffer_clear(&cell);
    arena_clear(&scratch);
    append_times(&cell, SLICE("$$;"), COUNT);
    ck_assert_int_eq(multivalue_decode(buffer_slice(&cell), &scratch, &values), CFH_BAD_INPUT);
    append_times(&cell, SLICE("$$"), 1);
    ck_assert_int_eq(multivalue_decode(buffer_slice(&cell), &scratch, &values), CFH_OK);
    ck_assert_uint_eq(values.count, COUNT + 1);
    buffer_release(&cell);
    arena_release(&scratch);
}
END_TEST

START_TEST(any_refused_request_is_reported)
{
    bool succeeded = false;
    for (size_t n = 0; !succeeded; n++) {
        struct failing_source source = {.fail_at = n};
        struct memory memory = failing_memory(&source);
        struct arena scratch;
        struct values values = {NULL, 0};
        arena_init(&scratch, &memory, ARENA_BLOCK);
        enum cfh_status status = multivalue_decode(
            SLICE("$a$$b$;$c$;$0123456789012345678901234567890123456789$$$"), &scratch, &values);
        ck_assert_int_eq(status, source.refused ? CFH_NO_MEMORY : CFH_OK);
        ck_assert_uint_eq(values.count, source.refused ? 0 : 3);
        succeeded = !source.refused;
        if (succeeded) ck_assert_uint_gt(n, 1);
        arena_release(&scratch);
        ck_assert_uint_eq(memory.used, 0);
    }
}
END_TEST

START_TEST(a_refused_append_leaves_the_target)
{
    struct memory memory;
    struct buffer target;
    memory_init(&memory, NULL, 8);
    buffer_init(&target, &memory);
    ck_assert(multivalue_append(&target, SLICE("a$b")));
    ck_assert(!multivalue_append(&target, SLICE("c")));
    ck_assert(slice_is(buffer_slice(&target), "$a$$b$"));
    ck_assert(multivalue_append(&target, SLICE("")));
    ck_assert(slice_is(buffer_slice(&target), "$a$$b$$$"));
    buffer_release(&target);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multivalue");
    TCase *cases = tcase_create("values");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, well_formed_cells);
    tcase_add_test(cases, malformed_cells);
    tcase_add_test(cases, values_lie_in_the_cell_where_they_can);
    tcase_add_test(cases, append_writes_one_value);
    tcase_add_test(cases, any_values_come_back);
    tcase_add_test(cases, large_cells);
    tcase_add_test(cases, any_refused_request_is_reported);
    tcase_add_test(cases, a_refused_append_leaves_the_target);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
