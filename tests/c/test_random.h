/* test_random: numbers that look random and are the same in every run. */
#ifndef CFHUNT_TEST_RANDOM_H
#define CFHUNT_TEST_RANDOM_H

#include <stdint.h>

/* The next one after *state (not 0), which it becomes (xorshift64). */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
