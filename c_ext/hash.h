/* hash: XXH3, keyed for tables and unkeyed for digests.
 *
 * Field values come from attackers: every table of the engine hashes with a secret that the caller
 * drew at random for this process. Digests that travel between processes use no secret.
 */
#ifndef CFHUNT_HASH_H
#define CFHUNT_HASH_H

#include "cfhunt.h"

enum { HASH_SECRET_SIZE = 192 };

struct hash_key {
    unsigned char secret[HASH_SECRET_SIZE];
};

/* The same text and key give the same hash within this process only. */
uint64_t hash_keyed(const struct hash_key *key, struct slice text);

/* The same on every machine and in every version of a token; seed mixes in a context. */
uint64_t hash_digest(struct slice text, uint64_t seed);

/* A hash as HASH_DIGITS lower-case hexadecimal digits, and back; false for anything else. */
enum { HASH_DIGITS = 16 };
void hash_print(uint64_t hash, char digits[HASH_DIGITS]);
bool hash_parse(struct slice digits, uint64_t *hash);

#endif
