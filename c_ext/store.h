/* store: bytes kept outside memory, by functions that the caller gives; the engine opens no file.
 *
 * One stream: bytes are appended at its end and read at any place. The first failure sticks: what
 * was written behind it would not lie where it is looked for.
 */
#ifndef CFHUNT_STORE_H
#define CFHUNT_STORE_H

#include "cfhunt.h"

struct store_functions {
    /* Each CFH_OK, or CFH_STORE with a sentence. */
    enum cfh_status (*append)(void *context, struct slice bytes, struct cfh_error *error);
    enum cfh_status (*read)(void *context, uint64_t offset, char *bytes, size_t length,
                            struct cfh_error *error);
    /* All bytes are gone; the next are appended at 0. */
    void (*drop)(void *context);
};

struct store {
    const struct store_functions *functions; /* NULL: there is no store */
    void *context;
    uint64_t length;
    struct cfh_error failure; /* CFH_OK until a call failed */
};

/* Both borrowed. A zeroed store is none. */
void store_init(struct store *store, const struct store_functions *functions, void *context);
bool store_given(const struct store *store);
/* CFH_OK, or CFH_STORE with the sentence in store->failure. */
enum cfh_status store_append(struct store *store, struct slice bytes);
/* length bytes from offset on, into the caller's room. */
enum cfh_status store_read(struct store *store, uint64_t offset, char *bytes, size_t length);
void store_drop(struct store *store);
/* The bytes that were read are not those that were written. Gives CFH_STORE. */
enum cfh_status store_damaged(struct store *store);

#endif
