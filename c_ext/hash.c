#include "hash.h"

/* Everything static: no symbol of xxHash leaves this file, and no library must be there at run
 * time. The angle brackets make it a system header, whose warnings are not ours. */
#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(HASH_SECRET_SIZE >= XXH3_SECRET_SIZE_MIN, "XXH3 refuses a shorter secret");

/* xxHash forbids NULL, which an empty slice may hold. */
static const char *hash_bytes(struct slice text)
{
    return text.length == 0 ? "" : text.bytes;
}

uint64_t hash_keyed(const struct hash_key *key, struct slice text)
{
    return XXH3_64bits_withSecret(hash_bytes(text), text.length, key->secret, sizeof(key->secret));
}

uint64_t hash_digest(struct slice text, uint64_t seed)
{
    return XXH3_64bits_withSeed(hash_bytes(text), text.length, seed);
}

void hash_print(uint64_t hash, char digits[HASH_DIGITS])
{
    for (size_t i = 0; i < HASH_DIGITS; i++)
        digits[i] = "0123456789abcdef"[(hash >> (60 - 4 * i)) & 15];
}

bool hash_parse(struct slice digits, uint64_t *hash)
{
    *hash = 0;
    for (size_t i = 0; i < digits.length; i++) {
        char digit = digits.bytes[i];
        if (digit >= '0' && digit <= '9')
            *hash = *hash << 4 | (uint64_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            *hash = *hash << 4 | (uint64_t)(digit - 'a' + 10);
        else
            return false;
    }
    return digits.length == HASH_DIGITS;
}
