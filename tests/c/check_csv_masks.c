/* csv_masks: every version that this machine runs gives the plain version's answer. */
#include <check.h>

#include "csv_masks.h"
#include "test_memory.h"

enum { BLOCKS = 4000 };

static uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Bytes that matter and their neighbours, so that all kinds meet in every block. */
static char random_byte(uint64_t *state)
{
    static const char bytes[] = "\"\n,7844aAzZ\x17\x57\x41\x61\x01\x80\xff\x00 ";
    return bytes[random_next(state) % sizeof(bytes)];
}

static struct csv_needle needle_of(const char *text)
{
    struct csv_needle needle = {.length = strlen(text)};
    memcpy(needle.folded, text, needle.length);
    return needle;
}

enum { AT_ONCE = 5 }; /* blocks in one call */

/* What a version notes of a line, or of all blocks. */
struct noted {
    size_t ends[AT_ONCE * CSV_BLOCK];
    uint64_t quotes[AT_ONCE];
    size_t count;
    size_t blocks;
    size_t line_end;
    bool ended;
};

static void cut_blocks(const struct csv_version *version, const char *bytes, bool to_line_end,
                       struct noted *noted)
{
    struct csv_cut cut;
    csv_cut_begin(&cut, to_line_end, noted->ends, noted->quotes);
    noted->ended = version->cut(bytes, AT_ONCE, &cut);
    noted->count = (size_t)(cut.next_end - noted->ends);
    noted->blocks = (size_t)(cut.next_quotes - noted->quotes);
    noted->line_end = cut.line_end;
}

static void compare_cuts(const char *bytes, const struct csv_version *one,
                         const struct csv_version *other, bool to_line_end)
{
    struct noted left, right;
    cut_blocks(one, bytes, to_line_end, &left);
    cut_blocks(other, bytes, to_line_end, &right);
    ck_assert(right.ended == left.ended);
    ck_assert_uint_eq(right.line_end, left.line_end);
    ck_assert_uint_eq(right.count, left.count);
    ck_assert_uint_eq(right.blocks, left.blocks);
    ck_assert_mem_eq(right.ends, left.ends, left.count * sizeof(left.ends[0]));
    ck_assert_mem_eq(right.quotes, left.quotes, left.blocks * sizeof(left.quotes[0]));
}

static void compare_skims(const struct csv_skim *one, const struct csv_skim *other)
{
    ck_assert_uint_eq(other->passed, one->passed);
    ck_assert_uint_eq(other->rows, one->rows);
    ck_assert_uint_eq(other->places.starts, one->places.starts);
    ck_assert_uint_eq(other->places.suspects, one->places.suspects);
    ck_assert_mem_eq(other->ends, one->ends, one->passed * sizeof(one->ends[0]));
    ck_assert_mem_eq(&other->edge, &one->edge, sizeof(one->edge));
}

/* Goes over the blocks from stop to stop by two versions. */
static void skim_both(const char *bytes, const struct csv_needle *needle,
                      const struct csv_version *one, const struct csv_version *other)
{
    struct csv_skim left = {.rows = 0}, right = {.rows = 0};
    for (size_t at = 0; at < AT_ONCE; at += left.passed) {
        one->skim(bytes + at * CSV_BLOCK, AT_ONCE - at, needle, &left);
        other->skim(bytes + at * CSV_BLOCK, AT_ONCE - at, needle, &right);
        ck_assert(left.passed > 0);
        compare_skims(&left, &right);
    }
}

static void compare_versions(const char *bytes, const struct csv_needle *needle)
{
    for (size_t i = 1; csv_masks_at(i) != NULL; i++) {
        compare_cuts(bytes, csv_masks_at(0), csv_masks_at(i), false);
        compare_cuts(bytes, csv_masks_at(0), csv_masks_at(i), true);
        skim_both(bytes, needle, csv_masks_at(0), csv_masks_at(i));
    }
}

/* Few quotes and needles, so that there are blocks to pass. */
static char rare_byte(uint64_t *state)
{
    return random_next(state) % 40 > 0 ? '.' : random_byte(state);
}

START_TEST(every_version_gives_the_plain_answer)
{
    static const char *const needles[] = {"7", "a", "78", "7844", "az", "zz9"};
    char blocks[AT_ONCE * CSV_BLOCK + CSV_NEEDLE_PROBE - 1];
    uint64_t state = 1;
    for (size_t i = 0; i < BLOCKS; i++) {
        for (size_t j = 0; j < sizeof(blocks); j++)
            blocks[j] = i % 2 == 0 ? random_byte(&state) : rare_byte(&state);
        struct csv_needle needle = needle_of(needles[i % 6]);
        compare_versions(blocks, &needle);
    }
}
END_TEST

START_TEST(a_cut_notes_cells_and_quotes)
{
    char bytes[AT_ONCE * CSV_BLOCK];
    struct noted noted;
    memset(bytes, '.', sizeof(bytes));
    memcpy(bytes, "a,\"b,\n\",c", 10);
    bytes[CSV_BLOCK + 1] = ',';
    bytes[CSV_BLOCK + 2] = '\n';
    bytes[CSV_BLOCK + 3] = ',';
    cut_blocks(csv_masks_at(0), bytes, true, &noted);
    ck_assert(noted.ended);
    ck_assert_uint_eq(noted.line_end, CSV_BLOCK + 2);
    ck_assert_uint_eq(noted.count, 3);
    ck_assert_uint_eq(noted.ends[0], 1);
    ck_assert_uint_eq(noted.ends[1], 7);
    ck_assert_uint_eq(noted.ends[2], CSV_BLOCK + 1);
    ck_assert_uint_eq(noted.blocks, 2);
    ck_assert_uint_eq(noted.quotes[0], 1 << 2 | 1 << 6);
    cut_blocks(csv_masks_at(0), bytes, false, &noted);
    ck_assert(!noted.ended);
    ck_assert_uint_eq(noted.count, 4);
    ck_assert_uint_eq(noted.blocks, AT_ONCE);
}
END_TEST

START_TEST(a_skim_stops_where_the_needle_may_begin)
{
    const struct {
        const char *needle;
        struct slice text;
        uint64_t starts;
    } cases[] = {
        {"7844", SLICE("a,7844"), UINT64_C(1) << 2},
        {"7844", SLICE("a,784,"), UINT64_C(1) << 2},
        {"7844", SLICE("a,78,78"), 0},
        {"ab", SLICE("aB,a,Ab"), 1 | 1 << 5},
        {"7", SLICE("7.7"), 1 | 1 << 2},
        {"abc", SLICE("ab"), 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char blocks[2 * CSV_BLOCK + CSV_NEEDLE_PROBE - 1] = {0};
        struct csv_needle needle = needle_of(cases[i].needle);
        struct csv_skim skim = {.rows = 0};
        memset(blocks, '.', 2 * CSV_BLOCK);
        memcpy(blocks + CSV_BLOCK, cases[i].text.bytes, cases[i].text.length);
        blocks[9] = '\n';
        csv_masks_at(0)->skim(blocks, 2, &needle, &skim);
        ck_assert_uint_eq(skim.passed, 2);
        ck_assert_uint_eq(skim.rows, 1);
        ck_assert_uint_eq(skim.ends[0], UINT64_C(1) << 9);
        ck_assert_uint_eq(skim.places.starts, cases[i].starts);
    }
}
END_TEST

START_TEST(the_best_version_is_one_of_the_list)
{
    bool found = false;
    for (size_t i = 0; csv_masks_at(i) != NULL; i++)
        found = found || csv_masks_at(i) == csv_masks_best();
    ck_assert(found);
    ck_assert(csv_masks_at(0) != NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_masks");
    TCase *masks = tcase_create("masks");
    tcase_add_test(masks, every_version_gives_the_plain_answer);
    tcase_add_test(masks, a_cut_notes_cells_and_quotes);
    tcase_add_test(masks, a_skim_stops_where_the_needle_may_begin);
    tcase_add_test(masks, the_best_version_is_one_of_the_list);
    suite_add_tcase(suite, masks);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
