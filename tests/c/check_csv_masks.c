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

static void compare_masks(const struct csv_masks *one, const struct csv_masks *other)
{
    ck_assert_uint_eq(other->quotes, one->quotes);
    ck_assert_uint_eq(other->commas, one->commas);
    ck_assert_uint_eq(other->line_feeds, one->line_feeds);
    ck_assert_uint_eq(other->starts, one->starts);
}

/* Against the plain version, block by block. */
static void compare_versions(const char *bytes, const struct csv_needle *needle)
{
    struct csv_masks plain, others[AT_ONCE];
    for (size_t i = 0; csv_masks_at(i) != NULL; i++) {
        csv_masks_at(i)(bytes, AT_ONCE, needle, others);
        for (size_t block = 0; block < AT_ONCE; block++) {
            csv_masks_plain(bytes + block * CSV_BLOCK, 1, needle, &plain);
            compare_masks(&plain, &others[block]);
        }
    }
}

START_TEST(every_version_gives_the_plain_answer)
{
    static const char *const needles[] = {"", "7", "a", "78", "7844", "az", "zz9"};
    char blocks[AT_ONCE * CSV_BLOCK + 1];
    uint64_t state = 1;
    for (size_t i = 0; i < BLOCKS; i++) {
        for (size_t j = 0; j < sizeof(blocks); j++)
            blocks[j] = random_byte(&state);
        struct csv_needle needle = needle_of(needles[i % 7]);
        compare_versions(blocks, &needle);
    }
}
END_TEST

START_TEST(the_masks_are_what_the_header_says)
{
    char block[CSV_BLOCK + 1];
    struct csv_masks masks;
    struct csv_needle needle = needle_of("ab"), none = needle_of("");
    memset(block, '.', sizeof(block));
    block[0] = '"';
    block[63] = '\n';
    block[7] = ',';
    block[5] = 'a', block[6] = 'B';
    block[62] = 'A';
    csv_masks_plain(block, 1, &needle, &masks);
    ck_assert_uint_eq(masks.quotes, 1);
    ck_assert_uint_eq(masks.commas, UINT64_C(1) << 7);
    ck_assert_uint_eq(masks.line_feeds, UINT64_C(1) << 63);
    ck_assert_uint_eq(masks.starts, UINT64_C(1) << 5);
    block[63] = 'a', block[64] = 'b';
    csv_masks_plain(block, 1, &needle, &masks);
    ck_assert_uint_eq(masks.starts, UINT64_C(1) << 5 | UINT64_C(1) << 63);
    csv_masks_plain(block, 1, &none, &masks);
    ck_assert_uint_eq(masks.starts, 0);
}
END_TEST

START_TEST(the_best_version_is_one_of_the_list)
{
    bool found = false;
    for (size_t i = 0; csv_masks_at(i) != NULL; i++)
        found = found || csv_masks_at(i) == csv_masks_best();
    ck_assert(found);
    ck_assert(csv_masks_at(0) == csv_masks_plain);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_masks");
    TCase *masks = tcase_create("masks");
    tcase_add_test(masks, every_version_gives_the_plain_answer);
    tcase_add_test(masks, the_masks_are_what_the_header_says);
    tcase_add_test(masks, the_best_version_is_one_of_the_list);
    suite_add_tcase(suite, masks);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
