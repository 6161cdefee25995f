/* test_stores: a store in plain memory that fails at the n-th call, and can change what it holds.
 */
#ifndef CFHUNT_TEST_STORES_H
#define CFHUNT_TEST_STORES_H

#include "store.h"
#include "test_hunts.h"

struct test_store {
    struct memory memory;
    struct buffer bytes;
    size_t fail_at; /* the append or read, counted from 0, that fails; SIZE_MAX: none */
    size_t calls;
    size_t reads;
    size_t drops;
    size_t change_at; /* the byte that is read as another one; SIZE_MAX: none */
    bool failed;
};

#define TEST_STORE_SENTENCE "The test's store is full."

static inline enum cfh_status test_store_fail(struct test_store *store, struct cfh_error *error)
{
    store->failed = true;
    *error = (struct cfh_error){.code = CFH_STORE, .sentence = TEST_STORE_SENTENCE};
    return CFH_STORE;
}

static inline enum cfh_status test_store_append(void *context, struct slice bytes,
                                                struct cfh_error *error)
{
    struct test_store *store = context;
    ck_assert_uint_gt(bytes.length, 0);
    if (store->calls++ == store->fail_at) return test_store_fail(store, error);
    append(&store->bytes, bytes);
    return CFH_OK;
}

static inline enum cfh_status test_store_read(void *context, uint64_t offset, char *bytes,
                                              size_t length, struct cfh_error *error)
{
    struct test_store *store = context;
    ck_assert(length > 0 && offset + length <= store->bytes.length);
    if (store->calls++ == store->fail_at) return test_store_fail(store, error);
    memcpy(bytes, store->bytes.bytes + offset, length);
    store->reads++;
    if (store->change_at >= offset && store->change_at - offset < length)
        bytes[store->change_at - offset] ^= (char)0xa5;
    return CFH_OK;
}

static inline void test_store_drop(void *context)
{
    struct test_store *store = context;
    buffer_clear(&store->bytes);
    store->drops++;
}

static const struct store_functions test_store_functions = {test_store_append, test_store_read,
                                                            test_store_drop};

static inline void test_store_init(struct test_store *store)
{
    *store = (struct test_store){.fail_at = SIZE_MAX, .change_at = SIZE_MAX};
    memory_init(&store->memory, NULL, 0);
    buffer_init(&store->bytes, &store->memory);
}

static inline void test_store_release(struct test_store *store)
{
    buffer_release(&store->bytes);
}

#endif
