#include "store.h"

void store_init(struct store *store, const struct store_functions *functions, void *context)
{
    *store = (struct store){.functions = functions, .context = context};
}

bool store_given(const struct store *store)
{
    return store->functions != NULL;
}

enum cfh_status store_append(struct store *store, struct slice bytes)
{
    if (store->failure.code != CFH_OK) return store->failure.code;
    if (bytes.length == 0) return CFH_OK;
    enum cfh_status status = store->functions->append(store->context, bytes, &store->failure);
    store->failure.code = status;
    if (status == CFH_OK) store->length += bytes.length;
    return status;
}

enum cfh_status store_read(struct store *store, uint64_t offset, char *bytes, size_t length)
{
    if (store->failure.code != CFH_OK) return store->failure.code;
    if (offset > store->length || length > store->length - offset) return store_damaged(store);
    if (length == 0) return CFH_OK;
    store->failure.code =
        store->functions->read(store->context, offset, bytes, length, &store->failure);
    return store->failure.code;
}

void store_drop(struct store *store)
{
    if (store->length > 0) store->functions->drop(store->context);
    store->length = 0;
}

enum cfh_status store_damaged(struct store *store)
{
    static const char sentence[] = "cfhunt's temporary file does not hold what was written to it.";
    store->failure = (struct cfh_error){.code = CFH_STORE};
    memcpy(store->failure.sentence, sentence, sizeof(sentence));
    return CFH_STORE;
}
