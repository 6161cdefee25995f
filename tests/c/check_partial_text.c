/* Every byte travels as printable ASCII, at once or one by one, and comes back. */
#include <check.h>

#include <stdio.h>

#include "partial_text.h"
#include "test_hunts.h"

enum { LENGTH = 40 }; /* longer than what is looked at at once, twice */

/* What stands for a text, byte by byte. */
static struct slice encode_plainly(struct slice text, char *encoded)
{
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        bool stands = byte >= ' ' && byte < 0x7f && strchr("%;'~", byte) == NULL;
        if (stands)
            encoded[length++] = byte == '"' ? '\'' : byte == ' ' ? '~' : (char)byte;
        else
            length += (size_t)snprintf(encoded + length, 4, "%%%02X", byte);
    }
    return (struct slice){encoded, length};
}

static void check_text(struct slice text)
{
    char plain[3 * LENGTH + 1];
    struct memory memory = test_memory();
    struct buffer there, back;
    buffer_init(&there, &memory);
    buffer_init(&back, &memory);
    append_text(&there, "before;");
    ck_assert(partial_text_append(&there, text));
    struct slice encoded = {there.bytes + 7, there.length - 7};
    ck_assert(text_equal(encoded, encode_plainly(text, plain)));
    ck_assert_int_eq(partial_text_decode(encoded, &back), CFH_OK);
    ck_assert(text_equal(buffer_slice(&back), text));
    buffer_release(&there);
    buffer_release(&back);
    ck_assert_uint_eq(memory.used, 0);
}

START_TEST(each_byte_in_each_place)
{
    for (size_t place = 0; place < LENGTH; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[LENGTH];
            memset(text, 'a', sizeof(text));
            text[place] = (char)(unsigned char)byte;
            check_text((struct slice){text, sizeof(text)});
        }
    }
}
END_TEST

START_TEST(random_bytes_of_every_length)
{
    uint64_t random = 5;
    for (size_t round = 0; round < 4000; round++) {
        char text[LENGTH];
        for (size_t i = 0; i < sizeof(text); i++)
            text[i] = round % 2 ? (char)(unsigned char)next_random(&random)
                                : "ab\"'~ ;%,.:-"[next_random(&random) % 12];
        check_text((struct slice){text, round % (LENGTH + 1)});
    }
    check_text((struct slice){NULL, 0});
}
END_TEST

/* Each stands for nothing, wherever it stands. */
START_TEST(what_no_text_is_encoded_as)
{
    static const char *const wrong[] = {" ",  "\"",   ";",    "%",        "%4",  "%4g", "%g4",
                                        "%a", "\x7f", "\x01", "\xc3\xa4", "%2f", "%%20"};
    struct memory memory = test_memory();
    struct buffer back;
    buffer_init(&back, &memory);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        for (size_t before = 0; before < LENGTH; before++) {
            char text[2 * LENGTH];
            int length = snprintf(text, sizeof(text), "%0*d%s", (int)before + 1, 0, wrong[i]);
            struct slice encoded = {text, (size_t)length};
            ck_assert_msg(partial_text_decode(encoded, &back) == CFH_BAD_INPUT, "%s", text);
        }
    }
    ck_assert_int_eq(partial_text_decode(SLICE("%2F%61"), &back), CFH_OK);
    EXPECT_SLICE(buffer_slice(&back), "/a", "digits for any byte");
    buffer_release(&back);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

START_TEST(a_refusal_is_said)
{
    struct memory memory;
    struct buffer target;
    memory_init(&memory, NULL, 1); /* byte */
    buffer_init(&target, &memory);
    ck_assert(!partial_text_append(&target, SLICE("a text")) && target.length == 0);
    ck_assert_int_eq(partial_text_decode(SLICE("%00"), &target), CFH_NO_MEMORY);
    ck_assert(memory.limited && memory.used == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partial_text");
    TCase *all = tcase_create("all");
    tcase_add_test(all, each_byte_in_each_place);
    tcase_add_test(all, random_bytes_of_every_length);
    tcase_add_test(all, what_no_text_is_encoded_as);
    tcase_add_test(all, a_refusal_is_said);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
