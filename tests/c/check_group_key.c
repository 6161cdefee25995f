/* The bytes of a BY tuple (B5), walked and put in order (T7). */
#include <check.h>

#include "group_key.h"
#include "number.h"
#include "test_hunts.h"

enum { SCRATCH_BLOCK = 1024, FIELDS = 3, KEYS = 400 };

START_TEST(keys_are_walked_as_they_were_made)
{
    static const struct slice values[] = {
        {"a", 1}, {NULL, 0}, {"\0\xff\n,", 4}, {"\"b\"\"", 4}, {"bcd", 3}};
    static const char expected[] = "a,,\"\0\xff\n,\",\"\"\"b\"\"\"\"\",bcd,";
    struct memory memory = test_memory();
    struct buffer key;
    struct slice value;
    struct arena scratch;
    buffer_init(&key, &memory);
    arena_init(&scratch, &memory, SCRATCH_BLOCK);
    for (size_t i = 0; i < COUNT_OF(values); i++)
        ck_assert(group_key_append(&key, values[i]));
    ck_assert(text_equal(buffer_slice(&key), (struct slice){expected, sizeof(expected) - 1}));
    struct slice rest = buffer_slice(&key);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        ck_assert(group_key_next(&rest, &value) && group_key_text(value, &scratch, &value));
        ck_assert(text_equal(value, values[i]));
    }
    ck_assert(!group_key_next(&rest, &value));
    ck_assert(!group_key_next(&(struct slice){NULL, 0}, &value));
    buffer_release(&key);
    arena_release(&scratch);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

START_TEST(a_value_over_4_gb_is_refused)
{
    struct memory memory = test_memory();
    struct buffer key;
    buffer_init(&key, &memory);
    ck_assert(!group_key_append(&key, (struct slice){"x", (size_t)UINT32_MAX + 1}));
    ck_assert_uint_eq(key.length, 0);
    buffer_release(&key);
}
END_TEST

/* ---- two keys ---- */

/* Short texts of bytes that matter to cells and to numbers, so that many keys begin alike. */
static struct slice random_value(uint64_t *random, char bytes[16])
{
    static const char alphabet[] = "1122.-e,\"\"! aabc";
    size_t length = (size_t)(next_random(random) % 5);
    if (next_random(random) % 4 == 0) {
        memcpy(bytes, "a longer ", 9);
        length += 9;
    }
    for (size_t i = length < 9 ? 0 : 9; i < length; i++)
        bytes[i] = alphabet[next_random(random) % (sizeof(alphabet) - 1)];
    return (struct slice){bytes, length};
}

struct tuple {
    char bytes[FIELDS][16];
    struct slice values[FIELDS];
    struct buffer key;
};

static void random_tuple(struct tuple *tuple, uint64_t *random, struct memory *memory)
{
    buffer_init(&tuple->key, memory);
    for (size_t i = 0; i < FIELDS; i++) {
        tuple->values[i] = random_value(random, tuple->bytes[i]);
        ck_assert(group_key_append(&tuple->key, tuple->values[i]));
    }
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static int compare(const struct tuple *left, const struct tuple *right)
{
    for (size_t i = 0; i < FIELDS; i++) {
        int order = number_order(left->values[i], right->values[i]);
        if (order != 0) return sign(order);
    }
    return 0;
}

static size_t common(struct slice left, struct slice right)
{
    size_t at = 0;
    while (at < left.length && at < right.length && left.bytes[at] == right.bytes[at])
        at++;
    return at;
}

START_TEST(t7_keys_order_as_their_values_do)
{
    static struct tuple tuples[KEYS];
    struct memory memory = test_memory();
    uint64_t random = 7;
    for (size_t i = 0; i < KEYS; i++)
        random_tuple(&tuples[i], &random, &memory);
    for (size_t i = 0; i < KEYS; i++) {
        for (size_t j = 0; j < KEYS; j++) {
            struct slice left = buffer_slice(&tuples[i].key), right = buffer_slice(&tuples[j].key);
            int order = sign(group_key_order(left, right));
            ck_assert_msg(order == compare(&tuples[i], &tuples[j]), "%.*s %.*s: %d",
                          (int)left.length, left.bytes, (int)right.length, right.bytes, order);
            ck_assert((order == 0) == text_equal(left, right));
            ck_assert_uint_eq(group_key_common(left, right), common(left, right));
        }
    }
    for (size_t i = 0; i < KEYS; i++)
        buffer_release(&tuples[i].key);
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

START_TEST(keys_without_a_field_are_the_same)
{
    ck_assert_int_eq(group_key_order((struct slice){NULL, 0}, (struct slice){NULL, 0}), 0);
    ck_assert_uint_eq(group_key_common((struct slice){NULL, 0}, SLICE("a,")), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("group_key");
    TCase *all = tcase_create("all");
    tcase_add_test(all, keys_are_walked_as_they_were_made);
    tcase_add_test(all, a_value_over_4_gb_is_refused);
    tcase_add_test(all, t7_keys_order_as_their_values_do);
    tcase_add_test(all, keys_without_a_field_are_the_same);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
