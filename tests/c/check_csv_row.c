/* Cells of every length at every place of a block, and the two ways of cutting a row. */
#include <check.h>

#include "csv_row.h"
#include "test_hunts.h"

struct bench {
    struct memory memory;
    struct csv_cutter cutter;
    struct arena scratch;
};

static void bench_init(struct bench *bench, struct memory memory)
{
    *bench = (struct bench){.memory = memory};
    csv_cutter_init(&bench->cutter, &bench->memory);
    arena_init(&bench->scratch, &bench->memory, 256);
}

static void bench_release(struct bench *bench)
{
    csv_cutter_release(&bench->cutter);
    arena_release(&bench->scratch);
    ck_assert_uint_eq(bench->memory.used, 0);
}

/* A cell's text by the dialect in its plainest form. */
static size_t plain_text(struct slice cell, char *text)
{
    size_t length = 0;
    bool quoted = false;
    for (size_t at = 0; at < cell.length; at++) {
        if (cell.bytes[at] != '"') {
            text[length++] = cell.bytes[at];
        } else if (quoted && at + 1 < cell.length && cell.bytes[at + 1] == '"') {
            text[length++] = '"';
            at++;
        } else {
            quoted = !quoted;
        }
    }
    return length;
}

enum { CELL_MAX = 200 };

static void expect_text(struct bench *bench, const struct csv_row *row, size_t i,
                        struct slice expected)
{
    struct slice text, lying;
    ck_assert(csv_row_text(row, i, &bench->scratch, &text));
    ck_assert(text_equal(text, expected));
    if (csv_row_lies(row, i, &lying)) ck_assert(text_equal(lying, expected));
}

/* Three cells: something before, the cell, something behind; as a row and as a line. */
static void check_cell(struct bench *bench, size_t before, struct slice cell, char *plain)
{
    char bytes[3 * CELL_MAX];
    struct slice text = {plain, plain_text(cell, plain)};
    memset(bytes, '.', before);
    bytes[before] = ',';
    memcpy(bytes + before + 1, cell.bytes, cell.length);
    memcpy(bytes + before + 1 + cell.length, ",\"x,\"\nnext,\"", 12);
    size_t end, length = before + 1 + cell.length + 5;
    bool quoted;
    struct csv_row row = {.bytes = {bytes, length}}, line;
    ck_assert(csv_cut_row(&bench->cutter, &row));
    ck_assert_uint_eq(row.count, 3);
    expect_text(bench, &row, 1, text);
    ck_assert(
        csv_cut_line(&bench->cutter, (struct slice){bytes, length + 7}, &line, &end, &quoted));
    ck_assert_uint_eq(end, length + 1);
    ck_assert_uint_eq(line.count, 3);
    ck_assert(text_equal(line.bytes, (struct slice){bytes, length}));
    expect_text(bench, &line, 1, text);
    expect_text(bench, &line, 2, SLICE("x,"));
    arena_clear(&bench->scratch);
}

START_TEST(a_cell_is_found_wherever_it_lies)
{
    static const char *const forms[] = {"%", "\"%\"", "\"%\"\"%\"", "%\"%\"", "\"%\"%", "\"\"%"};
    struct bench bench;
    bench_init(&bench, test_memory());
    for (size_t before = 0; before < 130; before++) {
        for (size_t fill = 0; fill < 70; fill += before % 7 == 0 ? 1 : 9) {
            const char *form = forms[(before + fill) % COUNT_OF(forms)];
            char cell[CELL_MAX], plain[CELL_MAX];
            size_t length = 0;
            for (; *form != '\0'; form++) {
                size_t count = *form == '%' ? fill : 1;
                memset(cell + length, *form == '%' ? 'a' : *form, count);
                length += count;
            }
            check_cell(&bench, before, (struct slice){cell, length}, plain);
        }
    }
    bench_release(&bench);
}
END_TEST

START_TEST(an_unfinished_line_is_not_cut)
{
    struct bench bench;
    struct csv_row row = {.count = 7};
    size_t end;
    bool quoted;
    bench_init(&bench, test_memory());
    ck_assert(csv_cut_line(&bench.cutter, SLICE("a,b"), &row, &end, &quoted));
    ck_assert_uint_eq(end, SIZE_MAX);
    ck_assert(!quoted);
    ck_assert(csv_cut_line(&bench.cutter, SLICE("a,\"b\n"), &row, &end, &quoted));
    ck_assert_uint_eq(end, SIZE_MAX);
    ck_assert(quoted);
    ck_assert_uint_eq(row.count, 7);
    bench_release(&bench);
}
END_TEST

START_TEST(any_refused_request_is_reported)
{
    char bytes[5000];
    memset(bytes, ',', sizeof(bytes));
    bool succeeded = false;
    for (size_t n = 0; !succeeded; n++) {
        struct failing_source failing = {.fail_at = n};
        struct bench bench;
        struct csv_row row = {.bytes = {bytes, sizeof(bytes)}};
        bench_init(&bench, failing_memory(&failing));
        succeeded = csv_cut_row(&bench.cutter, &row);
        ck_assert(succeeded != failing.refused);
        /* Another try goes on with what there is. */
        ck_assert(csv_cut_row(&bench.cutter, &row));
        ck_assert_uint_eq(row.count, sizeof(bytes) + 1);
        bench_release(&bench);
    }
}
END_TEST

START_TEST(a_line_is_tidy_where_quotes_only_wrap_cells)
{
    const struct {
        const char *line;
        bool tidy;
    } cases[] = {
        {"a,b\n", true},       {"\"a\",\"b\"\n", true}, {"a,\"b,c\",\"\",d\n", true},
        {"\"a\nb\"\n", true},  {"\"a\"\"b\"\n", false}, {"a\"b\"\n", false},
        {"a,\"b\"c\n", false}, {"\"a\"\r\n", false}, /* read the slow way: no splunkd writes it */
    };
    struct bench bench;
    bench_init(&bench, test_memory());
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        /* At every place of a block. */
        for (size_t before = 0; before <= CSV_BLOCK; before++) {
            char bytes[2 * CSV_BLOCK];
            struct csv_row row;
            size_t length = strlen(cases[i].line), end;
            bool quoted;
            memset(bytes, ',', before);
            memcpy(bytes + before, cases[i].line, length);
            struct slice line = {bytes, before + length};
            ck_assert(csv_cut_line(&bench.cutter, line, &row, &end, &quoted));
            ck_assert_uint_eq(end, before + length);
            ck_assert_msg(row.tidy == cases[i].tidy, "case %zu behind %zu", i, before);
        }
    }
    bench_release(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_row");
    TCase *all = tcase_create("cells");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, a_cell_is_found_wherever_it_lies);
    tcase_add_test(all, an_unfinished_line_is_not_cut);
    tcase_add_test(all, a_line_is_tidy_where_quotes_only_wrap_cells);
    tcase_add_test(all, any_refused_request_is_reported);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
