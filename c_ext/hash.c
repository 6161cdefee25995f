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
    uint64_t value = 0;
    bool valid = digits.length == HASH_DIGITS;
    /* No branch for what a digit is: of a hash nobody can guess it. */
    for (size_t i = 0; i < HASH_DIGITS && valid; i++) {
        unsigned digit = (unsigned char)digits.bytes[i] - (unsigned)'0';
        unsigned letter = (unsigned char)digits.bytes[i] - (unsigned)'a';
        valid = (digit < 10) | (letter < 6);
        value = value << 4 | (digit < 10 ? digit : letter + 10);
    }
    *hash = value;
    return valid;
}
