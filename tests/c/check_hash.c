#include "hash.h"

#include <check.h>
#include <stdlib.h>

#include "test_memory.h"

static struct hash_key key_of(unsigned char first)
{
    struct hash_key key;
    for (size_t i = 0; i < HASH_SECRET_SIZE; i++)
        key.secret[i] = (unsigned char)(first + i * 37);
    return key;
}

/* Published values of XXH3-64: a digest travels between machines and versions. */
START_TEST(digest_is_xxh3)
{
    ck_assert_uint_eq(hash_digest(SLICE(""), 0), UINT64_C(0x2d06800538d394c2));
    ck_assert_uint_eq(hash_digest((struct slice){NULL, 0}, 0), UINT64_C(0x2d06800538d394c2));
    ck_assert_uint_eq(hash_digest(SLICE("a"), 0), UINT64_C(0xe6c632b61e964e1f));
    ck_assert_uint_eq(hash_digest(SLICE("abc"), 0), UINT64_C(0x78af5f94892f3950));
}
END_TEST

START_TEST(digest_depends_on_the_seed)
{
    ck_assert_uint_ne(hash_digest(SLICE("abc"), 0), hash_digest(SLICE("abc"), 1));
    ck_assert_uint_ne(hash_digest(SLICE(""), 0), hash_digest(SLICE(""), 1));
}
END_TEST

START_TEST(keyed_is_the_same_for_the_same_bytes)
{
    struct hash_key key = key_of(1);
    char copy[] = "cloudflared";
    ck_assert_uint_eq(hash_keyed(&key, SLICE("cloudflared")), hash_keyed(&key, text_of(copy)));
    ck_assert_uint_eq(hash_keyed(&key, SLICE("")), hash_keyed(&key, (struct slice){NULL, 0}));
    ck_assert_uint_ne(hash_keyed(&key, SLICE("a\0b")), hash_keyed(&key, SLICE("a\0c")));
    ck_assert_uint_ne(hash_keyed(&key, SLICE("a")), hash_keyed(&key, SLICE("a\0")));
}
END_TEST

/* Every length has its own path in XXH3 (0, 1-3, 4-8, 9-16, 17-128, 129-240, more): in each, the
 * key and the last byte must count. */
START_TEST(keyed_depends_on_key_and_bytes)
{
    struct hash_key first = key_of(1), second = key_of(2);
    char bytes[600] = {0};
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        struct slice text = {bytes, length};
        uint64_t hash = hash_keyed(&first, text);
        ck_assert_uint_ne(hash, hash_keyed(&second, text));
        if (length == 0) continue;
        bytes[length - 1] = 1;
        ck_assert_uint_ne(hash, hash_keyed(&first, text));
        bytes[length - 1] = 0;
    }
}
END_TEST

START_TEST(printed_digits_parse_back)
{
    static const struct {
        uint64_t hash;
        const char *digits;
    } cases[] = {
        {0, "0000000000000000"},
        {UINT64_C(0x0123456789abcdef), "0123456789abcdef"},
        {UINT64_MAX, "ffffffffffffffff"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char digits[HASH_DIGITS];
        uint64_t hash;
        hash_print(cases[i].hash, digits);
        ck_assert_mem_eq(digits, cases[i].digits, HASH_DIGITS);
        ck_assert(hash_parse(text_of(cases[i].digits), &hash));
        ck_assert_uint_eq(hash, cases[i].hash);
    }
}
END_TEST

START_TEST(other_digits_do_not_parse)
{
    static const char *const texts[] = {
        "",
        "0123456789abcde",
        "0123456789abcdef0",
        "0123456789ABCDEF",
        "0123456789abcdeg",
        " 123456789abcdef",
        "0x23456789abcdef",
        "-123456789abcdef",
    };
    uint64_t hash;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ck_assert_msg(!hash_parse(text_of(texts[i]), &hash), "%s", texts[i]);
    ck_assert(!hash_parse((struct slice){NULL, 0}, &hash));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hash");
    TCase *cases = tcase_create("hash");
    tcase_add_test(cases, digest_is_xxh3);
    tcase_add_test(cases, digest_depends_on_the_seed);
    tcase_add_test(cases, keyed_is_the_same_for_the_same_bytes);
    tcase_add_test(cases, keyed_depends_on_key_and_bytes);
    tcase_add_test(cases, printed_digits_parse_back);
    tcase_add_test(cases, other_digits_do_not_parse);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
