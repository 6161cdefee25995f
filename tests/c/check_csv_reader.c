/* The CSV dialect, and that neither the size of the pieces nor a lack of memory changes a row. */
#include <check.h>

#include "csv_reader.h"
#include "test_memory.h"
#include "test_random.h"

enum { ARENA_BLOCK = 256 };

/* 0: an empty window before each byte; SIZE_MAX: all at once. */
static const size_t piece_sizes[] = {0, 1, 2, 3, 4, 5, 17, SIZE_MAX};
enum { PIECE_SIZES = sizeof(piece_sizes) / sizeof(piece_sizes[0]) };

/* ---- a reading written down: [cell|cell] for a row, then ~ for a last one without LF and ! for
 * one that ends inside quotes ---- */

struct reading {
    struct memory memory;
    struct csv_reader reader;
    struct arena scratch;
    struct buffer record; /* has its own memory, which never fails */
    struct memory record_memory;
    char *window;
};

static void reading_init(struct reading *reading, struct memory memory)
{
    *reading = (struct reading){.memory = memory};
    memory_init(&reading->record_memory, NULL, 0);
    buffer_init(&reading->record, &reading->record_memory);
    csv_reader_init(&reading->reader, &reading->memory);
    arena_init(&reading->scratch, &reading->memory, ARENA_BLOCK);
    csv_reader_begin(&reading->reader);
}

/* Everything must have been given back. */
static void reading_release(struct reading *reading)
{
    free(reading->window);
    arena_release(&reading->scratch);
    csv_reader_release(&reading->reader);
    buffer_release(&reading->record);
    ck_assert_uint_eq(reading->memory.used, 0);
    ck_assert_uint_eq(reading->record_memory.used, 0);
}

static void note(struct reading *reading, struct slice text)
{
    if (!buffer_append(&reading->record, text)) ck_abort_msg("no memory for the record");
}

static enum cfh_status note_row(struct reading *reading, struct csv_row *row)
{
    enum cfh_status status = csv_reader_split(&reading->reader, row);
    if (status != CFH_OK) return status;
    for (size_t index = 0; index < row->count; index++) {
        struct slice text;
        note(reading, index == 0 ? SLICE("[") : SLICE("|"));
        if (!csv_row_text(row, index, &reading->scratch, &text)) return CFH_NO_MEMORY;
        note(reading, text);
    }
    note(reading, SLICE("]"));
    arena_clear(&reading->scratch);
    return CFH_OK;
}

/* Each window is a block of its own that is freed as soon as the reader has said CFH_MORE, so that
 * a sanitizer sees a read behind a window and a slice that was kept too long. */
static enum cfh_status feed(struct reading *reading, struct slice bytes)
{
    free(reading->window);
    reading->window = malloc(bytes.length > 0 ? bytes.length : 1);
    if (reading->window == NULL) ck_abort_msg("no memory for a window");
    if (bytes.length > 0) memcpy(reading->window, bytes.bytes, bytes.length);
    csv_reader_feed(&reading->reader, (struct slice){reading->window, bytes.length});
    struct csv_row row;
    enum cfh_status status = csv_reader_next(&reading->reader, &row);
    while (status == CFH_ROW) {
        status = note_row(reading, &row);
        if (status == CFH_OK) status = csv_reader_next(&reading->reader, &row);
    }
    return status == CFH_MORE ? CFH_OK : status;
}

static enum cfh_status finish(struct reading *reading)
{
    struct csv_row row;
    enum cfh_status ended = csv_reader_finish(&reading->reader, &row);
    if (ended == CFH_END) return CFH_OK;
    ck_assert(ended == CFH_ROW || ended == CFH_BAD_INPUT);
    enum cfh_status status = note_row(reading, &row);
    note(reading, ended == CFH_ROW ? SLICE("~") : SLICE("!"));
    return status;
}

static enum cfh_status read_in_pieces(struct reading *reading, struct slice body, size_t piece)
{
    enum cfh_status status = CFH_OK;
    for (size_t at = 0; at < body.length && status == CFH_OK;) {
        size_t left = body.length - at;
        size_t length = piece == 0 ? 1 : piece < left ? piece : left;
        if (piece == 0) status = feed(reading, (struct slice){NULL, 0});
        if (status == CFH_OK) status = feed(reading, (struct slice){body.bytes + at, length});
        at += length;
    }
    return status == CFH_OK ? finish(reading) : status;
}

static struct memory plain_memory(void)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    return memory;
}

static void expect_reading(struct slice body, struct slice expected, const char *name)
{
    for (size_t index = 0; index < PIECE_SIZES; index++) {
        struct reading reading;
        reading_init(&reading, plain_memory());
        ck_assert_int_eq(read_in_pieces(&reading, body, piece_sizes[index]), CFH_OK);
        struct slice record = buffer_slice(&reading.record);
        bool same =
            record.length == expected.length &&
            (record.length == 0 || memcmp(record.bytes, expected.bytes, record.length) == 0);
        ck_assert_msg(same, "%s in pieces of %zu: %.*s", name, piece_sizes[index],
                      (int)record.length, record.bytes);
        ck_assert_uint_eq(reading.reader.scan.scanned, body.length);
        reading_release(&reading);
    }
}

START_TEST(the_dialect)
{
    const struct {
        const char *name;
        struct slice body;
        struct slice rows;
    } cases[] = {
        {"nothing", SLICE(""), SLICE("")},
        {"one row", SLICE("a,b\n"), SLICE("[a|b]")},
        {"an empty row", SLICE("\n"), SLICE("[]")},
        {"empty rows", SLICE("\n\na\n\n"), SLICE("[][][a][]")},
        {"empty cells", SLICE(",\n,,a\n"), SLICE("[|][||a]")},
        {"ragged rows", SLICE("a,b,c\nd\ne,f,g,h\n"), SLICE("[a|b|c][d][e|f|g|h]")},
        {"no last LF", SLICE("a\nb,c"), SLICE("[a][b|c]~")},
        {"no last LF, wrapped", SLICE("a\n\"b\""), SLICE("[a][b]~")},
        {"one comma", SLICE(","), SLICE("[|]~")},
        {"wrapped", SLICE("\"a b\",\"c\"\n"), SLICE("[a b|c]")},
        {"wrapped, empty", SLICE("\"\",\"\"\n"), SLICE("[|]")},
        {"comma in quotes", SLICE("\"a,b\",c\n"), SLICE("[a,b|c]")},
        {"LF in quotes", SLICE("\"a\nb\",c\n"), SLICE("[a\nb|c]")},
        {"only LFs in quotes", SLICE("\"\n\n\"\n"), SLICE("[\n\n]")},
        {"CR LF in quotes", SLICE("\"a\r\nb\"\n"), SLICE("[a\r\nb]")},
        {"CR last in quotes", SLICE("\"a\r\"\n"), SLICE("[a\r]")},
        {"CR LF", SLICE("a,b\r\nc\r\n"), SLICE("[a|b][c]")},
        {"CR LF after quotes", SLICE("\"a\"\r\n\"b\"\r\n"), SLICE("[a][b]")},
        {"CR LF alone", SLICE("\r\n\r\n"), SLICE("[][]")},
        {"one CR is dropped", SLICE("a\r\r\n"), SLICE("[a\r]")},
        {"CR within a row", SLICE("a\rb,c\r,d\n"), SLICE("[a\rb|c\r|d]")},
        {"CR at the end of the body", SLICE("a\r"), SLICE("[a\r]~")},
        {"CR and LF far apart", SLICE("1234567890123456\r\nb\n"), SLICE("[1234567890123456][b]")},
        {"doubled quote", SLICE("\"a\"\"b\"\n"), SLICE("[a\"b]")},
        {"only doubled quotes", SLICE("\"\"\"\"\n\"\"\"\"\"\"\n"), SLICE("[\"][\"\"]")},
        {"doubled at both ends", SLICE("\"\"\"a\"\"\",b\n"), SLICE("[\"a\"|b]")},
        {"doubled, then comma and LF", SLICE("\"a\"\",\n\"\"b\",c\n"), SLICE("[a\",\n\"b|c]")},
        {"quotes in a bare cell", SLICE("a\"b,c\"d,e\n"), SLICE("[ab,cd|e]")},
        {"LF in a bare cell's quotes", SLICE("a\"\n\"b,c\n"), SLICE("[a\nb|c]")},
        {"two quotes in a bare cell", SLICE("a\"\"b\n"), SLICE("[ab]")},
        {"doubled in a bare cell's quotes", SLICE("a\"b\"\"c\"d\n"), SLICE("[ab\"cd]")},
        {"text behind the quotes", SLICE("\"a\"b,\"c\" \n"), SLICE("[ab|c ]")},
        {"text before the quotes", SLICE(" \"a,b\"\n"), SLICE("[ a,b]")},
        {"quotes twice", SLICE("\"a\"b\"c\"\n"), SLICE("[abc]")},
        {"doubled at the end", SLICE("\"a\"\"\"\n"), SLICE("[a\"]")},
        {"four quotes in a bare cell", SLICE("a\"\"\"\"\n"), SLICE("[a\"]")},
        {"unclosed", SLICE("a,\"b,c\nd\n"), SLICE("[a|b,c\nd\n]!")},
        {"unclosed and empty", SLICE("\""), SLICE("[]!")},
        {"unclosed in a bare cell", SLICE("a\"b"), SLICE("[ab]!")},
        {"unclosed after doubled", SLICE("\"a\"\""), SLICE("[a\"]!")},
        {"unclosed at a CR LF", SLICE("\"a\r\n"), SLICE("[a\r\n]!")},
        {"NUL", SLICE("a\0b,\0\n\0\n"), SLICE("[a\0b|\0][\0]")},
        {"NUL in quotes", SLICE("\"a\0\"\"\0\",\"\0\"\n"), SLICE("[a\0\"\0|\0]")},
        {"bytes that are no UTF-8", SLICE("\xff\xfe,\xa2\xac\x8a\n"),
         SLICE("[\xff\xfe|\xa2\xac\x8a]")},
        {"UTF-8", SLICE("\xc3\xa9,\"\xe2\x82\xac \"\n"), SLICE("[\xc3\xa9|\xe2\x82\xac ]")},
        {"blanks stay", SLICE(" a , b\t\n"), SLICE("[ a | b\t]")},
        {"splunkd's own form", SLICE("\"_time\",\"__mv__time\"\n\"1.5\",\n\"\",\"$a$;$b$\"\n"),
         SLICE("[_time|__mv__time][1.5|][|$a$;$b$]")},
        {"words of eight", SLICE("1234567,\"23456\",1234567\n"), SLICE("[1234567|23456|1234567]")},
        {"a byte-order mark is text", SLICE("\xef\xbb\xbf\"a\"\n"),
         SLICE("[\xef\xbb\xbf"
               "a]")},
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        expect_reading(cases[index].body, cases[index].rows, cases[index].name);
    }
}
END_TEST

START_TEST(text_lies_in_the_row_where_it_can)
{
    struct reading reading;
    reading_init(&reading, plain_memory());
    struct slice body = SLICE("a,,\"b,c\",\"\",\"d\"\"e\",f\"g\",\"h\"i,\"j\"\"k\"\n\n\"");
    static const bool in_row[] = {true, true, true, true, false, false, false, false};
    struct memory memory = plain_memory();
    struct arena scratch;
    struct csv_row row;
    struct slice text;
    arena_init(&scratch, &memory, 64);
    csv_reader_feed(&reading.reader, body);
    ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_ROW);
    ck_assert_int_eq(csv_reader_split(&reading.reader, &row), CFH_OK);
    ck_assert_uint_eq(row.count, sizeof(in_row) / sizeof(in_row[0]));
    for (size_t index = 0; index < row.count; index++) {
        ck_assert(csv_row_text(&row, index, &scratch, &text));
        bool inside = text.length == 0 || (text.bytes >= row.bytes.bytes &&
                                           text.bytes < row.bytes.bytes + row.bytes.length);
        ck_assert_msg(inside == in_row[index], "cell %zu", index);
    }
    ck_assert(slice_is(csv_row_cell(&row, 2), "\"b,c\""));
    ck_assert(slice_is(csv_row_cell(&row, 7), "\"j\"\"k\""));
    ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_ROW);
    ck_assert_int_eq(csv_reader_split(&reading.reader, &row), CFH_OK);
    ck_assert_uint_eq(row.count, 1);
    ck_assert_uint_eq(csv_row_cell(&row, 0).length, 0);
    ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_MORE);
    ck_assert_int_eq(csv_reader_finish(&reading.reader, &row), CFH_BAD_INPUT);
    ck_assert_int_eq(csv_reader_split(&reading.reader, &row), CFH_OK);
    ck_assert(slice_is(csv_row_cell(&row, 0), "\""));
    arena_release(&scratch);
    reading_release(&reading);
}
END_TEST

static bool lies_in(struct slice part, struct slice whole)
{
    return part.bytes >= whole.bytes && part.bytes + part.length <= whole.bytes + whole.length;
}

START_TEST(a_row_within_a_window_is_read_in_place)
{
    struct reading reading;
    reading_init(&reading, plain_memory());
    struct slice first = SLICE("a,\"b\",c\nd\ne,");
    struct slice second = SLICE("f\ng,h\r\n\n");
    struct csv_row row;
    struct slice text;
    csv_reader_feed(&reading.reader, first);
    for (size_t rows = 0; rows < 2; rows++) {
        ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_ROW);
        ck_assert(lies_in(row.bytes, first));
        ck_assert_int_eq(csv_reader_split(&reading.reader, &row), CFH_OK);
        ck_assert(csv_row_text(&row, row.count / 2, &reading.scratch, &text));
        ck_assert(lies_in(text, first));
    }
    ck_assert_uint_eq(reading.reader.carry.capacity, 0);
    ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_MORE);
    csv_reader_feed(&reading.reader, second);
    ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_ROW);
    ck_assert(slice_is(row.bytes, "e,f"));
    for (size_t rows = 0; rows < 2; rows++) {
        ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_ROW);
        ck_assert(lies_in(row.bytes, second));
    }
    ck_assert_uint_eq(row.bytes.length, 0);
    ck_assert_uint_eq(reading.reader.carry.length, 0);
    ck_assert_ptr_null(reading.scratch.blocks);
    reading_release(&reading);
}
END_TEST

START_TEST(begin_forgets_the_last_body)
{
    struct reading reading;
    reading_init(&reading, plain_memory());
    struct csv_row row;
    ck_assert_int_eq(feed(&reading, SLICE("a\n\"unfinished\n")), CFH_OK);
    csv_reader_begin(&reading.reader);
    ck_assert_int_eq(csv_reader_finish(&reading.reader, &row), CFH_END);
    ck_assert_int_eq(feed(&reading, SLICE("b\nc")), CFH_OK);
    ck_assert_int_eq(finish(&reading), CFH_OK);
    csv_reader_begin(&reading.reader);
    ck_assert_int_eq(feed(&reading, SLICE("d\n")), CFH_OK);
    ck_assert(slice_is(buffer_slice(&reading.record), "[a][b][c]~[d]"));
    reading_release(&reading);
}
END_TEST

START_TEST(finishing_twice_is_the_end)
{
    static const char *const bodies[] = {"a", "\"a"};
    for (size_t index = 0; index < 2; index++) {
        struct reading reading;
        struct csv_row row;
        reading_init(&reading, plain_memory());
        ck_assert_int_eq(feed(&reading, text_of(bodies[index])), CFH_OK);
        ck_assert_int_ne(csv_reader_finish(&reading.reader, &row), CFH_END);
        ck_assert(slice_is(row.bytes, bodies[index]));
        ck_assert_int_eq(csv_reader_finish(&reading.reader, &row), CFH_END);
        ck_assert_uint_eq(row.bytes.length, 0);
        reading_release(&reading);
    }
}
END_TEST

START_TEST(a_zeroed_reader_can_be_released)
{
    struct csv_reader reader = {.carried = false};
    csv_reader_release(&reader);
    csv_reader_release(&reader);
}
END_TEST

/* ---- limits ---- */

static struct csv_row only_row(struct reading *reading, struct slice body)
{
    struct csv_row row;
    csv_reader_feed(&reading->reader, body);
    ck_assert_int_eq(csv_reader_next(&reading->reader, &row), CFH_ROW);
    ck_assert_int_eq(csv_reader_split(&reading->reader, &row), CFH_OK);
    return row;
}

START_TEST(cells_behind_the_most_are_ignored)
{
    enum { COMMAS = 100000 };
    struct reading reading;
    reading_init(&reading, plain_memory());
    char *body = malloc(COMMAS + 2);
    ck_assert_ptr_nonnull(body);
    memset(body, ',', COMMAS);
    memcpy(body + COMMAS, "x\n", 2);
    struct csv_row row = only_row(&reading, (struct slice){body, COMMAS + 2});
    ck_assert_uint_eq(row.count, CSV_CELLS_MAX);
    ck_assert_uint_eq(csv_row_cell(&row, CSV_CELLS_MAX - 1).length, 0);
    ck_assert_uint_le(reading.reader.cutter.end_capacity, 2 * CSV_CELLS_MAX);

    csv_reader_begin(&reading.reader);
    row =
        only_row(&reading, (struct slice){body + COMMAS - (CSV_CELLS_MAX - 1), CSV_CELLS_MAX + 1});
    ck_assert_uint_eq(row.count, CSV_CELLS_MAX);
    ck_assert(slice_is(csv_row_cell(&row, CSV_CELLS_MAX - 1), "x"));

    csv_reader_begin(&reading.reader);
    row = only_row(&reading, (struct slice){body + COMMAS - CSV_CELLS_MAX, CSV_CELLS_MAX + 2});
    ck_assert_uint_eq(row.count, CSV_CELLS_MAX);
    ck_assert_uint_eq(csv_row_cell(&row, CSV_CELLS_MAX - 1).length, 0);
    free(body);
    reading_release(&reading);
}
END_TEST

/* Rescanning the unfinished row for each piece would look at 2 TB here. */
START_TEST(a_large_field_is_scanned_once)
{
    enum { FIELD = 16 << 20, PIECE = 64 };
    struct failing_source source = {.fail_at = SIZE_MAX};
    struct reading reading;
    reading_init(&reading, failing_memory(&source));
    struct csv_row row;
    char piece[PIECE];
    memset(piece, 'a', PIECE);
    piece[PIECE / 2] = '\n';
    ck_assert_int_eq(feed(&reading, SLICE("b,\"")), CFH_OK);
    for (size_t fed = 0; fed < FIELD; fed += PIECE) {
        csv_reader_feed(&reading.reader, (struct slice){piece, PIECE});
        if (csv_reader_next(&reading.reader, &row) != CFH_MORE) ck_abort_msg("after %zu", fed);
    }
    csv_reader_feed(&reading.reader, SLICE("\"\n"));
    ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_ROW);
    ck_assert_int_eq(csv_reader_split(&reading.reader, &row), CFH_OK);
    ck_assert_uint_eq(row.count, 2);
    ck_assert_uint_eq(csv_row_cell(&row, 1).length, FIELD + 2);
    ck_assert_uint_eq(reading.reader.scan.scanned, FIELD + 5);
    /* The carry doubles, and so does the bit for each byte: few copies, never over twice as much.
     */
    ck_assert_uint_lt(source.requests, 40);
    ck_assert_uint_lt(reading.memory.peak, (size_t)2 * (FIELD + FIELD / 8) + 8192);
    reading_release(&reading);
}
END_TEST

START_TEST(the_memory_bound_stops_the_carry)
{
    enum { CUTTER = 4608 }; /* bytes that noting the cells takes at first */
    struct reading reading;
    struct memory memory;
    memory_init(&memory, NULL, 1000 + CUTTER);
    reading_init(&reading, memory);
    enum cfh_status status = CFH_OK;
    size_t fed = 0;
    for (; fed < 5000 && status == CFH_OK; fed++)
        status = feed(&reading, SLICE("a"));
    ck_assert_int_eq(status, CFH_NO_MEMORY);
    ck_assert_uint_eq(fed, 1001);
    ck_assert(reading.memory.limited);
    csv_reader_begin(&reading.reader);
    csv_reader_feed(&reading.reader, SLICE("b\n"));
    struct csv_row row;
    ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_ROW);
    ck_assert(slice_is(row.bytes, "b"));
    reading_release(&reading);
}
END_TEST

START_TEST(any_refused_request_is_reported)
{
    char body[2048];
    size_t length = 0;
    for (size_t cell = 0; cell < 200; cell++) {
        memcpy(body + length, "\"a\"\"b\",", 7);
        length += 7;
    }
    body[length++] = '\n';
    bool succeeded = false;
    for (size_t n = 0; !succeeded; n++) {
        struct failing_source source = {.fail_at = n};
        struct reading reading;
        reading_init(&reading, failing_memory(&source));
        enum cfh_status status = read_in_pieces(&reading, (struct slice){body, length}, 100);
        ck_assert(status == CFH_OK || (status == CFH_NO_MEMORY && source.refused));
        succeeded = status == CFH_OK && !source.refused;
        if (status == CFH_OK) ck_assert_uint_eq(reading.record.length, 200 * 4 + 2);
        ck_assert_uint_lt(n, 100);
        if (succeeded) ck_assert_uint_gt(n, 5);
        reading_release(&reading);
    }
}
END_TEST

/* Rows that were passed over are not counted twice, and quotes stay open or closed. */
START_TEST(a_refused_next_can_be_tried_again)
{
    static const char first[] = "a,b\n1,x\n2,needle\n3,x\n4,\"quoted\nneed";
    static const char second[] = "le\n\"\n5,needle\n6,x\n";
    for (size_t n = 0; n < 2; n++) {
        struct memory memory;
        struct reading reading;
        memory_init(&memory, NULL, n == 0 ? 1 : 0);
        reading_init(&reading, memory);
        const char *const windows[] = {first, second};
        const char *const expected[] = {"a,b", "2,needle", "4,\"quoted\nneedle\n\"", "5,needle"};
        size_t row_count = 0, refused = 0;
        for (size_t i = 0; i < 2; i++) {
            csv_reader_feed(&reading.reader, text_of(windows[i]));
            for (;;) {
                struct csv_row row;
                enum cfh_status status = csv_reader_next(&reading.reader, &row);
                if (status == CFH_MORE) break;
                if (status == CFH_NO_MEMORY) {
                    reading.memory.limit = 0;
                    refused++;
                    continue;
                }
                ck_assert_uint_lt(row_count, 4);
                ck_assert(slice_is(row.bytes, expected[row_count]));
                if (row_count++ == 0) csv_reader_look_for(&reading.reader, SLICE("needle"));
            }
        }
        ck_assert_uint_eq(row_count, 4);
        ck_assert_uint_eq(reading.reader.skipped, 3);
        ck_assert_uint_eq(refused, n == 0 ? 1 : 0);
        reading_release(&reading);
    }
}
END_TEST

/* Whether a row lies in one window or began in an earlier one: without the needle it is passed
 * over. */
START_TEST(a_carried_row_without_the_needle_is_passed_over)
{
    const struct slice body = SLICE("a,b\nc,Needle\nd,e\n");
    for (size_t cut = 1; cut < body.length; cut++) {
        struct reading reading;
        struct csv_row row;
        size_t count = 0;
        reading_init(&reading, plain_memory());
        csv_reader_look_for(&reading.reader, SLICE("needle"));
        for (size_t half = 0; half < 2; half++) {
            size_t start = half == 0 ? 0 : cut, end = half == 0 ? cut : body.length;
            csv_reader_feed(&reading.reader, (struct slice){body.bytes + start, end - start});
            while (csv_reader_next(&reading.reader, &row) == CFH_ROW) {
                ck_assert(slice_is(row.bytes, "c,Needle"));
                count++;
            }
        }
        ck_assert_uint_eq(count, 1);
        ck_assert_uint_eq(reading.reader.skipped, 2);
        reading_release(&reading);
    }
}
END_TEST

START_TEST(a_refused_split_can_be_tried_again)
{
    struct failing_source source = {.fail_at = 4}; /* behind the first ends, quotes and carry */
    struct reading reading;
    reading_init(&reading, failing_memory(&source));
    char body[600]; /* more cells than there is room for at first */
    memset(body, ',', sizeof(body));
    body[599] = '\n';
    struct csv_row row;
    csv_reader_feed(&reading.reader, (struct slice){body, 10});
    ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_MORE);
    csv_reader_feed(&reading.reader, (struct slice){body + 10, sizeof(body) - 10});
    ck_assert_int_eq(csv_reader_next(&reading.reader, &row), CFH_ROW);
    ck_assert_int_eq(csv_reader_split(&reading.reader, &row), CFH_NO_MEMORY);
    ck_assert_uint_eq(row.count, 0);
    ck_assert_int_eq(csv_reader_split(&reading.reader, &row), CFH_OK);
    ck_assert_uint_eq(row.count, 600);
    reading_release(&reading);
}
END_TEST

/* ---- against the dialect in its plainest form ---- */

/* The rows of body as the record has them, byte by byte, with no word of the reader's code. */
static void plain_reading(struct slice body, struct reading *reading)
{
    bool quoted = false, open = false;
    for (size_t at = 0; at < body.length; at++) {
        char byte = body.bytes[at];
        char next = at + 1 < body.length ? body.bytes[at + 1] : 'x';
        if (!open) note(reading, SLICE("["));
        open = quoted || byte != '\n';
        if (quoted && byte == '"' && next == '"') {
            note(reading, SLICE("\""));
            at++;
        } else if (byte == '"') {
            quoted = !quoted;
        } else if (!open) {
            note(reading, SLICE("]"));
        } else if (byte == ',' && !quoted) {
            note(reading, SLICE("|"));
        } else if (byte != '\r' || next != '\n' || quoted) {
            note(reading, (struct slice){&byte, 1});
        }
    }
    if (open) note(reading, quoted ? SLICE("]!") : SLICE("]~"));
}

START_TEST(random_bodies_agree_with_the_plain_form)
{
    static const char alphabet[] = "\"\",,\n\ra$;b\0\xa2\xac";
    uint64_t state = 11;
    for (size_t round = 0; round < 1000; round++) {
        char bytes[80];
        size_t length = next_random(&state) % sizeof(bytes);
        size_t letters = 4 + next_random(&state) % (sizeof(alphabet) - 4);
        for (size_t at = 0; at < length; at++) {
            bytes[at] = alphabet[next_random(&state) % letters];
        }
        struct reading plain;
        reading_init(&plain, plain_memory());
        plain_reading((struct slice){bytes, length}, &plain);
        expect_reading((struct slice){bytes, length}, buffer_slice(&plain.record), "random");
        reading_release(&plain);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_reader");
    TCase *cases = tcase_create("rows and cells");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, the_dialect);
    tcase_add_test(cases, text_lies_in_the_row_where_it_can);
    tcase_add_test(cases, a_row_within_a_window_is_read_in_place);
    tcase_add_test(cases, begin_forgets_the_last_body);
    tcase_add_test(cases, finishing_twice_is_the_end);
    tcase_add_test(cases, a_zeroed_reader_can_be_released);
    tcase_add_test(cases, cells_behind_the_most_are_ignored);
    tcase_add_test(cases, a_large_field_is_scanned_once);
    tcase_add_test(cases, the_memory_bound_stops_the_carry);
    tcase_add_test(cases, any_refused_request_is_reported);
    tcase_add_test(cases, a_refused_next_can_be_tried_again);
    tcase_add_test(cases, a_carried_row_without_the_needle_is_passed_over);
    tcase_add_test(cases, a_refused_split_can_be_tried_again);
    tcase_add_test(cases, random_bodies_agree_with_the_plain_form);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
