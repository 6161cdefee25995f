/* Rows as splunkd writes them; counting and writing agree; what is written is read back. */
#include <check.h>

#include "csv_reader.h"
#include "csv_writer.h"
#include "multivalue.h"
#include "test_memory.h"
#include "test_random.h"

enum { ARENA_BLOCK = 1024, VALUES_MAX = 4, VALUE_SIZE = 20 };

static bool same(struct slice left, struct slice right)
{
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.bytes, right.bytes, left.length) == 0);
}

/* One row: the three forms of the values' cell, each once. */
static void write_values(struct csv_writer *writer, struct values values)
{
    csv_writer_cell(writer, values.count > 0 ? values.items[0] : (struct slice){NULL, 0});
    csv_writer_joined(writer, values);
    csv_writer_multivalue(writer, values);
    csv_writer_end_row(writer);
}

/* The row must be this, and be counted right without a target. */
static void expect_row(struct values values, struct slice row, const char *name)
{
    struct memory memory;
    struct buffer target;
    struct csv_writer writer, counter;
    memory_init(&memory, NULL, 0);
    buffer_init(&target, &memory);
    csv_writer_init(&writer, &target);
    csv_writer_init(&counter, NULL);
    write_values(&writer, values);
    write_values(&counter, values);
    ck_assert_msg(same(buffer_slice(&target), row), "%s: %.*s", name, (int)target.length,
                  target.bytes);
    ck_assert(!writer.failed && !writer.row_open);
    ck_assert(!counter.failed && !counter.row_open);
    ck_assert_uint_eq(writer.length, row.length);
    ck_assert_uint_eq(counter.length, row.length);
    buffer_release(&target);
}

START_TEST(single_values)
{
    const struct {
        const char *name;
        struct slice value;
        struct slice row; /* cell, joined, multivalue */
    } cases[] = {
        {"letters", SLICE("abcXYZ"), SLICE("abcXYZ,abcXYZ,\n")},
        {"digits", SLICE("0189"), SLICE("0189,0189,\n")},
        {"both", SLICE("azAZ09"), SLICE("azAZ09,azAZ09,\n")},
        {"empty", SLICE(""), SLICE(",,\"$$\"\n")},
        {"point", SLICE("1.5"), SLICE("\"1.5\",\"1.5\",\n")},
        {"underscore", SLICE("_time"), SLICE("\"_time\",\"_time\",\n")},
        {"blank", SLICE(" "), SLICE("\" \",\" \",\n")},
        {"comma", SLICE("a,b"), SLICE("\"a,b\",\"a,b\",\n")},
        {"quote", SLICE("\""), SLICE("\"\"\"\",\"\"\"\",\n")},
        {"quotes", SLICE("\"a\"\"b\""), SLICE("\"\"\"a\"\"\"\"b\"\"\",\"\"\"a\"\"\"\"b\"\"\",\n")},
        {"LF", SLICE("a\nb"), SLICE("\"a\nb\",\"a\nb\",\n")},
        {"CR", SLICE("\r"), SLICE("\"\r\",\"\r\",\n")},
        {"dollar", SLICE("a$b"), SLICE("\"a$b\",\"a$b\",\n")},
        {"NUL", SLICE("a\0b"), SLICE("\"a\0b\",\"a\0b\",\n")},
        {"UTF-8", SLICE("\xc3\xa9"), SLICE("\"\xc3\xa9\",\"\xc3\xa9\",\n")},
        {"no UTF-8", SLICE("\xff"), SLICE("\"\xff\",\"\xff\",\n")},
        {"beside the letters", SLICE("@"), SLICE("\"@\",\"@\",\n")},
        {"behind the letters", SLICE("["), SLICE("\"[\",\"[\",\n")},
        {"between the letters", SLICE("`"), SLICE("\"`\",\"`\",\n")},
        {"behind them all", SLICE("{"), SLICE("\"{\",\"{\",\n")},
        {"beside the digits", SLICE("/"), SLICE("\"/\",\"/\",\n")},
        {"behind the digits", SLICE(":"), SLICE("\":\",\":\",\n")},
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        expect_row((struct values){&cases[index].value, 1}, cases[index].row, cases[index].name);
    }
}
END_TEST

START_TEST(no_value_and_several_values)
{
    const struct {
        const char *name;
        size_t count;
        struct slice values[VALUES_MAX];
        struct slice row;
    } cases[] = {
        {"none", 0, {{NULL, 0}}, SLICE(",,\n")},
        {"two", 2, {SLICE("a"), SLICE("b")}, SLICE("a,\"a\nb\",\"$a$;$b$\"\n")},
        {"with a dollar", 2, {SLICE("a$"), SLICE("b")}, SLICE("\"a$\",\"a$\nb\",\"$a$$$;$b$\"\n")},
        {"protocol section 8",
         3,
         {SLICE("a$b"), SLICE("c"), SLICE("")},
         SLICE("\"a$b\",\"a$b\nc\n\",\"$a$$b$;$c$;$$\"\n")},
        {"two empty", 2, {SLICE(""), SLICE("")}, SLICE(",\"\n\",\"$$;$$\"\n")},
        {"an empty and a null slice", 2, {{NULL, 0}, SLICE("")}, SLICE(",\"\n\",\"$$;$$\"\n")},
        {"quotes and dollars",
         2,
         {SLICE("\"$\""), SLICE("$\"")},
         SLICE("\"\"\"$\"\"\",\"\"\"$\"\"\n$\"\"\",\"$\"\"$$\"\"$;$$$\"\"$\"\n")},
        {"separators", 2, {SLICE(";"), SLICE("\n")}, SLICE("\";\",\";\n\n\",\"$;$;$\n$\"\n")},
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        struct values values = {cases[index].values, cases[index].count};
        expect_row(values, cases[index].row, cases[index].name);
    }
}
END_TEST

START_TEST(rows_stand_one_after_another)
{
    struct memory memory;
    struct buffer target;
    struct csv_writer writer;
    memory_init(&memory, NULL, 0);
    buffer_init(&target, &memory);
    ck_assert(buffer_append(&target, SLICE("before:")));
    csv_writer_init(&writer, &target);
    csv_writer_cell(&writer, SLICE("a"));
    ck_assert(writer.row_open);
    csv_writer_cell(&writer, SLICE(""));
    csv_writer_end_row(&writer);
    csv_writer_cell(&writer, SLICE(""));
    csv_writer_cell(&writer, SLICE("b c"));
    csv_writer_end_row(&writer);
    csv_writer_cell(&writer, SLICE(""));
    csv_writer_end_row(&writer);
    ck_assert(slice_is(buffer_slice(&target), "before:a,\n,\"b c\"\n\n"));
    ck_assert_uint_eq(writer.length, target.length - 7);
    buffer_release(&target);
}
END_TEST

/* ---- against the reader ---- */

struct random_values {
    char bytes[VALUES_MAX][VALUE_SIZE];
    struct slice items[VALUES_MAX];
    struct values values;
};

static void fill_randomly(struct random_values *random, uint64_t *state)
{
    static const char alphabet[] = "a\"$,;\n\r\0zZ09\xff";
    size_t letters = 1 + next_random(state) % (sizeof(alphabet) - 1);
    size_t count = next_random(state) % (VALUES_MAX + 1);
    for (size_t index = 0; index < count; index++) {
        size_t length = next_random(state) % VALUE_SIZE;
        for (size_t at = 0; at < length; at++) {
            random->bytes[index][at] = alphabet[next_random(state) % letters];
        }
        random->items[index] = (struct slice){random->bytes[index], length};
    }
    random->values = (struct values){random->items, count};
}

static void expect_read_back(struct values written, struct csv_row *row, struct arena *scratch)
{
    struct slice text, cell;
    struct values read;
    ck_assert_uint_eq(row->count, 3);
    ck_assert(csv_row_text(row, 0, scratch, &text));
    ck_assert(csv_row_text(row, 2, scratch, &cell));
    ck_assert(same(text, written.count > 0 ? written.items[0] : SLICE("")));
    bool plain = written.count == 1 && written.items[0].length > 0;
    if (written.count == 0 || plain) {
        ck_assert_uint_eq(cell.length, 0);
        return;
    }
    ck_assert_int_eq(multivalue_decode(cell, scratch, &read), CFH_OK);
    ck_assert_uint_eq(read.count, written.count);
    for (size_t index = 0; index < read.count; index++) {
        ck_assert(same(read.items[index], written.items[index]));
    }
}

START_TEST(what_is_written_is_counted_and_read_back)
{
    struct memory memory;
    struct buffer target;
    struct arena scratch;
    struct csv_reader reader;
    uint64_t state = 5;
    memory_init(&memory, NULL, 0);
    buffer_init(&target, &memory);
    arena_init(&scratch, &memory, ARENA_BLOCK);
    csv_reader_init(&reader, &memory);
    for (size_t round = 0; round < 3000; round++) {
        struct random_values random;
        struct csv_writer writer, counter;
        struct csv_row row;
        fill_randomly(&random, &state);
        buffer_clear(&target);
        csv_writer_init(&writer, &target);
        csv_writer_init(&counter, NULL);
        write_values(&writer, random.values);
        write_values(&counter, random.values);
        ck_assert_uint_eq(writer.length, target.length);
        ck_assert_uint_eq(counter.length, target.length);
        csv_reader_begin(&reader);
        csv_reader_feed(&reader, buffer_slice(&target));
        ck_assert_int_eq(csv_reader_next(&reader, &row), CFH_ROW);
        ck_assert_uint_eq(row.bytes.length, target.length - 1);
        ck_assert_int_eq(csv_reader_split(&reader, &row), CFH_OK);
        expect_read_back(random.values, &row, &scratch);
        arena_clear(&scratch);
    }
    csv_reader_release(&reader);
    arena_release(&scratch);
    buffer_release(&target);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

/* ---- refusals ---- */

START_TEST(a_failure_sticks)
{
    struct memory memory;
    struct buffer target;
    struct csv_writer writer;
    memory_init(&memory, NULL, 6);
    buffer_init(&target, &memory);
    csv_writer_init(&writer, &target);
    csv_writer_cell(&writer, SLICE("abc"));
    ck_assert(!writer.failed);
    csv_writer_cell(&writer, SLICE("defg"));
    ck_assert(writer.failed);
    csv_writer_cell(&writer, SLICE(""));
    csv_writer_end_row(&writer);
    ck_assert(writer.failed);
    ck_assert(slice_is(buffer_slice(&target), "abc"));
    ck_assert_uint_eq(writer.length, 3);
    buffer_release(&target);
}
END_TEST

START_TEST(any_refused_request_is_reported)
{
    bool succeeded = false;
    for (size_t n = 0; !succeeded; n++) {
        struct failing_source source = {.fail_at = n};
        struct memory memory = failing_memory(&source);
        struct buffer target;
        struct csv_writer writer;
        const struct slice items[] = {SLICE("a\"b"), SLICE("c$"), SLICE("")};
        buffer_init(&target, &memory);
        csv_writer_init(&writer, &target);
        for (size_t row = 0; row < 100; row++)
            write_values(&writer, (struct values){items, 3});
        ck_assert(!writer.failed || source.refused);
        ck_assert_uint_eq(writer.length, target.length);
        succeeded = !source.refused;
        if (succeeded) ck_assert_uint_gt(n, 2);
        buffer_release(&target);
        ck_assert_uint_eq(memory.used, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_writer");
    TCase *cases = tcase_create("cells and rows");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, single_values);
    tcase_add_test(cases, no_value_and_several_values);
    tcase_add_test(cases, rows_stand_one_after_another);
    tcase_add_test(cases, what_is_written_is_counted_and_read_back);
    tcase_add_test(cases, a_failure_sticks);
    tcase_add_test(cases, any_refused_request_is_reported);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
