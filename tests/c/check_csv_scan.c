/* Rows end where the dialect says, however the bytes are cut and wherever they lie. */
#include <check.h>

#include "csv_scan.h"
#include "test_memory.h"
#include "test_random.h"
#include "text.h"

/* The dialect in its plainest form, to compare with. */
static size_t plain_row_end(bool *quoted, struct slice bytes)
{
    for (size_t at = 0; at < bytes.length; at++) {
        if (bytes.bytes[at] == '"') *quoted = !*quoted;
        if (bytes.bytes[at] == '\n' && !*quoted) return at + 1;
    }
    return CSV_SCAN_NO_END;
}

/* The bytes in a block of exactly their size, so that a sanitizer sees a read behind them. */
static char *exact_copy(struct slice bytes)
{
    char *copy = malloc(bytes.length > 0 ? bytes.length : 1);
    ck_assert_ptr_nonnull(copy);
    if (bytes.length > 0) memcpy(copy, bytes.bytes, bytes.length);
    return copy;
}

START_TEST(rows_end_at_an_lf_outside_quotes)
{
    const struct {
        struct slice bytes;
        size_t end;
        bool quoted; /* afterwards */
    } cases[] = {
        {SLICE(""), CSV_SCAN_NO_END, false},
        {SLICE("\n"), 1, false},
        {SLICE("a"), CSV_SCAN_NO_END, false},
        {SLICE("a\nb\n"), 2, false},
        {SLICE("a\r\n"), 3, false},
        {SLICE("a\rb"), CSV_SCAN_NO_END, false},
        {SLICE("\"\n"), CSV_SCAN_NO_END, true},
        {SLICE("\"\n\"\n"), 4, false},
        {SLICE("\"a\"\"\n\"\"b\"\n"), 10, false},
        {SLICE("a\"\nb\"c\n"), 7, false},
        {SLICE("\0\0\n"), 3, false},
        {SLICE("1234567\n"), 8, false},
        {SLICE("12345678\n"), 9, false},
        {SLICE("\"1234567\n890\"\n"), 14, false},
        {SLICE("\"\"\"\"\"\"\"\"\n"), 9, false},
        {SLICE("\"\"\"\"\"\"\"\n"), CSV_SCAN_NO_END, true},
        {SLICE("123456789012345678901234567890\"\n"), CSV_SCAN_NO_END, true},
        {SLICE("\n\n"), 1, false},
        {SLICE("\x8a\xa2\x0b\x23\x21\x09\n"), 7, false},
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        char *copy = exact_copy(cases[index].bytes);
        struct csv_scan scan = {.quoted = false};
        struct slice bytes = {copy, cases[index].bytes.length};
        size_t end = csv_scan_row_end(&scan, bytes);
        size_t looked_at = end == CSV_SCAN_NO_END ? bytes.length : end;
        ck_assert_msg(end == cases[index].end, "case %zu ended at %zu", index, end);
        ck_assert_msg(scan.quoted == cases[index].quoted, "case %zu", index);
        ck_assert_uint_eq(scan.scanned, looked_at);
        free(copy);
    }
}
END_TEST

START_TEST(no_bytes_may_be_null)
{
    struct csv_scan scan = {.quoted = true};
    ck_assert_uint_eq(csv_scan_row_end(&scan, (struct slice){NULL, 0}), CSV_SCAN_NO_END);
    ck_assert(scan.quoted);
    ck_assert_uint_eq(scan.scanned, 0);
}
END_TEST

/* Is every end of every row in bytes, fed in pieces, where the plain form has it? */
static bool agrees_with_plain(struct slice bytes, size_t piece)
{
    struct csv_scan scan = {.quoted = false};
    bool quoted = false;
    size_t at = 0;
    while (at < bytes.length) {
        size_t left = bytes.length - at;
        struct slice part = {bytes.bytes + at, piece < left ? piece : left};
        size_t end = csv_scan_row_end(&scan, part);
        if (end != plain_row_end(&quoted, part) || scan.quoted != quoted) return false;
        at += end == CSV_SCAN_NO_END ? part.length : end;
        if (scan.scanned != at) return false;
    }
    return true;
}

START_TEST(it_agrees_with_the_plain_form)
{
    static const char alphabet[] = "\"\"\n\n,ab\r\0\x8a\xa2\x21\x23\x0b\x09";
    static const size_t pieces[] = {1, 2, 3, 4, 5, 17, SIZE_MAX};
    uint64_t state = 7;
    for (size_t round = 0; round < 3000; round++) {
        char bytes[96];
        size_t length = next_random(&state) % sizeof(bytes);
        size_t letters = 3 + next_random(&state) % (sizeof(alphabet) - 3);
        for (size_t at = 0; at < length; at++) {
            bytes[at] = alphabet[next_random(&state) % letters];
        }
        char *copy = exact_copy((struct slice){bytes, length});
        for (size_t index = 0; index < sizeof(pieces) / sizeof(pieces[0]); index++) {
            bool agrees = agrees_with_plain((struct slice){copy, length}, pieces[index]);
            ck_assert_msg(agrees, "round %zu in pieces of %zu", round, pieces[index]);
        }
        free(copy);
    }
}
END_TEST

/* ---- candidates ---- */

static bool is_text(char byte)
{
    return byte != ',' && byte != '\n' && byte != '"';
}

static bool row_holds(struct slice row, const struct csv_needle *needle)
{
    for (size_t at = 0; at + needle->length <= row.length; at++) {
        size_t same = 0;
        while (same < needle->length &&
               text_fold_byte((unsigned char)row.bytes[at + same]) == needle->folded[same])
            same++;
        if (same == needle->length) return true;
    }
    return false;
}

/* May this row hold the needle torn apart? Text, which is no quote, comma or LF, stands behind a
 * quote: inside quotes behind one that stands behind text, outside quotes behind any. */
static bool row_is_torn(struct slice row)
{
    bool quoted = false;
    for (size_t at = 0; at < row.length; at++) {
        if (row.bytes[at] == '"') quoted = !quoted;
        if (at == 0 || row.bytes[at - 1] != '"' || !is_text(row.bytes[at])) continue;
        if (!quoted || (at > 1 && is_text(row.bytes[at - 2]))) return true;
    }
    return false;
}

/* The same by the plain form, row by row. */
static struct csv_candidate plain_candidate(const struct csv_needle *needle, struct slice bytes)
{
    struct csv_candidate candidate = {.start = 0};
    while (candidate.start < bytes.length) {
        bool quoted = false;
        struct slice rest = {bytes.bytes + candidate.start, bytes.length - candidate.start};
        size_t end = plain_row_end(&quoted, rest);
        if (end == CSV_SCAN_NO_END) break;
        struct slice row = {rest.bytes, end};
        if (row_holds(row, needle) || row_is_torn(row)) break;
        candidate.start += end;
        candidate.skipped++;
    }
    return candidate;
}

static struct slice random_rows(uint64_t *state, char *bytes, size_t size)
{
    static const char alphabet[] = "7778844\n,aB.xyz....................................";
    static const char *const quoted[] = {",\"", "\",", "\"\n\"", "\"\""};
    size_t wanted = next_random(state) % size, length = 0;
    bool torn = next_random(state) % 4 == 0; /* with quotes anywhere */
    while (length < wanted) {
        const char *text = quoted[next_random(state) % 4];
        if (next_random(state) % 12 > 0) {
            bytes[length++] = alphabet[next_random(state) % (sizeof(alphabet) - 1)];
        } else if (torn && next_random(state) % 4 == 0) {
            bytes[length++] = '"';
        } else {
            for (; *text != '\0' && length < wanted; text++)
                bytes[length++] = *text;
        }
    }
    return (struct slice){bytes, length};
}

/* Walks a whole body from candidate to candidate. */
static void walk_body(struct slice body, const struct csv_needle *needle,
                      const struct csv_version *version)
{
    char *copy = exact_copy(body);
    struct slice rest = {copy, body.length};
    size_t end = 0;
    while (rest.length > 0 && end != CSV_SCAN_NO_END) {
        struct csv_candidate found, plain = plain_candidate(needle, rest);
        csv_scan_candidate(version, needle, rest, &found);
        ck_assert_uint_eq(found.skipped, plain.skipped);
        ck_assert_uint_eq(found.start, plain.start);
        bool quoted = false;
        rest = (struct slice){rest.bytes + found.start, rest.length - found.start};
        end = plain_row_end(&quoted, rest);
        if (end != CSV_SCAN_NO_END) rest = (struct slice){rest.bytes + end, rest.length - end};
    }
    free(copy);
}

START_TEST(candidates_are_the_rows_that_hold_the_needle)
{
    enum { BODIES = 3000, SIZE = 700 };
    static const struct csv_needle needles[] = {{"7844", 4}, {"8", 1}, {"ab", 2}, {"78448", 5}};
    char bytes[SIZE];
    uint64_t state = 88172645463325252;
    for (size_t i = 0; i < BODIES; i++) {
        struct slice body = random_rows(&state, bytes, SIZE);
        for (size_t version = 0; csv_masks_at(version) != NULL; version++)
            walk_body(body, &needles[i % 4], csv_masks_at(version));
    }
}
END_TEST

/* Rows longer than a go of the skim, and a needle far behind the row's beginning. */
START_TEST(a_candidate_is_found_in_and_behind_long_rows)
{
    enum { GO = CSV_SKIM_MAX * CSV_BLOCK, SIZE = 3 * GO };
    static const size_t lengths[] = {1, 63, 64, 65, GO - 1, GO, GO + 1, GO + 70, 2 * GO, SIZE - 10};
    const struct csv_needle needle = {"7844", 4};
    char *bytes = malloc(SIZE);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t length = lengths[i];
        memset(bytes, '.', SIZE);
        memcpy(bytes + length, "7844\n", 5);
        for (size_t version = 0; csv_masks_at(version) != NULL; version++) {
            struct csv_candidate found;
            struct slice body = {bytes, length + 5};
            bytes[0] = '.';
            csv_scan_candidate(csv_masks_at(version), &needle, body, &found);
            ck_assert_uint_eq(found.start, 0);
            ck_assert_uint_eq(found.skipped, 0);
            bytes[0] = '\n';
            csv_scan_candidate(csv_masks_at(version), &needle, body, &found);
            ck_assert_uint_eq(found.start, 1);
            ck_assert_uint_eq(found.skipped, 1);
            bytes[length - 1] = '\n';
            csv_scan_candidate(csv_masks_at(version), &needle, body, &found);
            ck_assert_uint_eq(found.start, length);
            bytes[length - 1] = '.';
        }
    }
    free(bytes);
}
END_TEST

START_TEST(a_needle_torn_by_quotes_is_not_missed)
{
    static const char *const rows[] = {"a,7\"8\"44,b\n", "7\"\"844\n",   "\"78\"44\n",
                                       "\"7844\"\n",     "a,\"78\"44\n", "78\"44,\"\n"};
    const struct csv_needle needle = {"7844", 4};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t version = 0; csv_masks_at(version) != NULL; version++) {
            char bytes[300];
            struct csv_candidate found;
            /* At every place of a block. */
            size_t before = (i * 11 + version * 7) % 130, length = strlen(rows[i]);
            memset(bytes, '.', before);
            bytes[before] = '\n';
            memcpy(bytes + before + 1, rows[i], length);
            csv_scan_candidate(csv_masks_at(version), &needle,
                               (struct slice){bytes, before + 1 + length}, &found);
            ck_assert_uint_eq(found.start, before + 1);
            ck_assert_uint_eq(found.skipped, 1);
        }
    }
}
END_TEST

START_TEST(no_bytes_have_no_candidate)
{
    const struct csv_needle needle = {"7844", 4};
    struct csv_candidate found;
    csv_scan_candidate(csv_masks_best(), &needle, (struct slice){NULL, 0}, &found);
    ck_assert_uint_eq(found.skipped, 0);
    ck_assert_uint_eq(found.start, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_scan");
    TCase *cases = tcase_create("rows");
    tcase_add_test(cases, rows_end_at_an_lf_outside_quotes);
    tcase_add_test(cases, no_bytes_may_be_null);
    tcase_add_test(cases, it_agrees_with_the_plain_form);
    tcase_add_test(cases, candidates_are_the_rows_that_hold_the_needle);
    tcase_add_test(cases, a_candidate_is_found_in_and_behind_long_rows);
    tcase_add_test(cases, a_needle_torn_by_quotes_is_not_missed);
    tcase_add_test(cases, no_bytes_have_no_candidate);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
