/* Cells as splunkd writes them (protocol section 7): each text has one spelling, which is told from
 * all others and read back. */
#include <check.h>

#include "csv_cell.h"
#include "test_hunts.h"

enum { CELL_MAX = 64 };

static const struct {
    const char *text;
    const char *cell;
} cells[] = {
    {"", ""},
    {"a", "a"},
    {"Az09", "Az09"},
    {"/", "\"/\""},
    {":", "\":\""},
    {"@", "\"@\""},
    {"[", "\"[\""},
    {"`", "\"`\""},
    {"{", "\"{\""},
    {"10.0.0.1", "\"10.0.0.1\""},
    {"a b", "\"a b\""},
    {",", "\",\""},
    {"\n", "\"\n\""},
    {"\"", "\"\"\"\""},
    {"say \"so\"", "\"say \"\"so\"\"\""},
    {"\xc3\xa4", "\"\xc3\xa4\""},
    {"$", "\"$\""},
};

START_TEST(a_text_has_one_cell)
{
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        char bytes[CELL_MAX];
        struct csv_cell cell = csv_cell_measure(text_of(cells[i].text));
        ck_assert_uint_eq(cell.length, strlen(cells[i].cell));
        size_t length = (size_t)(csv_cell_write(bytes, &cell) - bytes);
        EXPECT_SLICE(((struct slice){bytes, length}), cells[i].cell, cells[i].text);
    }
}
END_TEST

START_TEST(what_is_doubled)
{
    char bytes[CELL_MAX];
    struct slice text = SLICE("\"$a\"\"$");
    ck_assert_uint_eq(csv_count_doubled(text, false), 3);
    ck_assert_uint_eq(csv_count_doubled(text, true), 5);
    ck_assert_uint_eq(csv_count_doubled(SLICE("ab"), true), 0);
    ck_assert_uint_eq(csv_count_doubled((struct slice){NULL, 0}, true), 0);
    char *end = csv_write_doubled(bytes, text, 3, false);
    EXPECT_SLICE(((struct slice){bytes, (size_t)(end - bytes)}), "\"\"$a\"\"\"\"$", "quotes");
    end = csv_write_doubled(bytes, text, 5, true);
    EXPECT_SLICE(((struct slice){bytes, (size_t)(end - bytes)}), "\"\"$$a\"\"\"\"$$", "dollars");
}
END_TEST

START_TEST(cells_are_read_one_by_one)
{
    struct slice rest = SLICE("a,,\"b,c\",\"\"\"d\"\"\",\"\n\","), text;
    static const char *const texts[] = {"a", "", "b,c", "\"\"d\"\"", "\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ck_assert(csv_cell_next(&rest, &text));
        EXPECT_SLICE(text, texts[i], texts[i]);
    }
    ck_assert(!csv_cell_next(&rest, &text));
    ck_assert(!csv_cell_next(&(struct slice){NULL, 0}, &text));
}
END_TEST

/* ---- the spelling of others ---- */

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

/* The rule itself, of one cell: a quote inside comes twice, and quotes stand only where they must.
 */
static bool is_cell(const char *bytes, size_t length)
{
    size_t letters = 0;
    for (size_t i = 0; i < length; i++)
        letters += is_letter(bytes[i]);
    if (letters == length) return true;
    if (length < 3 || bytes[0] != '"' || bytes[length - 1] != '"' || letters == length - 2)
        return false;
    for (size_t i = 1; i < length - 1; i++)
        if (bytes[i] == '"' && (++i == length - 1 || bytes[i] != '"')) return false;
    return true;
}

/* The number of cells, tried at every comma that may end the first; 0: they are none. */
static size_t cells_of(const char *bytes, size_t length)
{
    for (size_t end = 0; end < length; end++) {
        if (bytes[end] != ',' || !is_cell(bytes, end)) continue;
        if (end + 1 == length) return 1;
        size_t others = cells_of(bytes + end + 1, length - end - 1);
        if (others > 0) return 1 + others;
    }
    return 0;
}

/* Every text of so many bytes of these. */
START_TEST(cells_written_so_are_told_from_all_others)
{
    static const char alphabet[] = {'a', '"', ',', '.'};
    for (size_t length = 0; length <= 8; length++) {
        for (size_t number = 0; number < (size_t)1 << (2 * length); number++) {
            char bytes[8];
            bool any_empty, empty = false;
            for (size_t i = 0; i < length; i++)
                bytes[i] = alphabet[number >> (2 * i) & 3];
            struct slice text = {bytes, length}, rest = text, cell;
            size_t count = csv_cells_written_so(text, &any_empty);
            ck_assert_msg(count == cells_of(bytes, length), "%.*s: %zu", (int)length, bytes, count);
            for (size_t i = 0; i < count; i++) {
                ck_assert(csv_cell_next(&rest, &cell));
                empty = empty || cell.length == 0;
            }
            ck_assert(count == 0 || (rest.length == 0 && any_empty == empty));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_cell");
    TCase *all = tcase_create("all");
    tcase_add_test(all, a_text_has_one_cell);
    tcase_add_test(all, what_is_doubled);
    tcase_add_test(all, cells_are_read_one_by_one);
    tcase_add_test(all, cells_written_so_are_told_from_all_others);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
