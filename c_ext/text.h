/* text: comparing bytes as tstats does, and wildcard patterns.
 *
 * Case is folded for ASCII letters only (W4). Order is by unsigned bytes, which for UTF-8 is the
 * order of code points (F3, T7).
 */
#ifndef CFHUNT_TEXT_H
#define CFHUNT_TEXT_H

#include "memory.h"

/* The byte with A-Z made a-z. */
unsigned char text_fold_byte(unsigned char byte);

bool text_equal(struct slice left, struct slice right);
/* Equal when ASCII case is ignored (W4). */
bool text_equal_folded(struct slice left, struct slice right);
/* Below, equal to or above zero, by unsigned bytes, the shorter first. */
int text_compare(struct slice left, struct slice right);
int text_compare_folded(struct slice left, struct slice right);
/* A lower-case copy in the arena; false when refused. */
bool text_fold(struct arena *arena, struct slice text, struct slice *folded);
/* How many single-byte edits (insert, delete, replace; case ignored) lead from one to the other;
 * for "did you mean". Texts over TEXT_EDIT_MAX bytes are SIZE_MAX apart. */
enum { TEXT_EDIT_MAX = 64 };
size_t text_edit_distance(struct slice left, struct slice right);
/* How far typed is from a name that it may be meant to be: so many edits, 1 where one
 * begins with the other; SIZE_MAX where more than half of typed would have to change. */
size_t text_misspelling(struct slice name, struct slice typed);

/* ---- eight bytes at a time ---- */

enum { TEXT_WORD_SIZE = 8 };

/* The eight bytes at bytes, the first one lowest on every machine; compilers make it one load. */
static inline uint64_t text_word_load(const char *bytes)
{
    const unsigned char *from = (const unsigned char *)bytes;
    return (uint64_t)from[0] | (uint64_t)from[1] << 8 | (uint64_t)from[2] << 16 |
           (uint64_t)from[3] << 24 | (uint64_t)from[4] << 32 | (uint64_t)from[5] << 40 |
           (uint64_t)from[6] << 48 | (uint64_t)from[7] << 56;
}

/* The high bit of each byte of word that equals byte, and no other bit. Exact: nothing carries from
 * one byte into the next. */
static inline uint64_t text_word_equal(uint64_t word, unsigned char byte)
{
    const uint64_t low_bits = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t difference = word ^ (UINT64_C(0x0101010101010101) * byte);
    return ~(((difference & low_bits) + low_bits) | difference | low_bits);
}

/* Which byte, 0 to 7, the lowest mark stands in; marks is what text_word_equal gave, and not 0. */
static inline size_t text_word_first(uint64_t marks)
{
    return (size_t)__builtin_ctzll(marks) / 8;
}

/* ---- wildcard patterns (W5) ---- */

/* A pattern is its folded literal segments between the asterisks: first and last are anchored,
 * the rest are found left to right. No recursion; at most pattern times value steps. */
struct pattern {
    struct slice *segments; /* folded; count is the number of asterisks + 1; any may be empty */
    size_t count;
    bool any; /* only asterisks: matches every value, also an empty one */
};

/* Compiles text, in which every '*' is a wildcard and every other byte stands for itself.
 * The pattern and its bytes live in the arena. False when refused. */
bool pattern_compile(struct arena *arena, struct slice text, struct pattern *pattern);
/* Does value match, ASCII case ignored? A pattern without asterisk is text_equal_folded. */
bool pattern_matches(const struct pattern *pattern, struct slice value);

#endif
