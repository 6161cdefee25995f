/* port_set: distinct whole numbers from 1 to 65535, written in the ordinary way.
 *
 * What ports mostly are, and what values() and dc() mostly collect: two to six bytes each instead
 * of a text's sixteen. Up to PORT_SET_FEW lie in the set itself; more in a table of two-byte slots;
 * more than PORT_SET_TABLE_MAX in a bit for each number there is, 8 KB.
 * The slots are found by an unkeyed hash: the table is so small that numbers made to collide cost
 * no more than reading it.
 * Rule of the room: a zeroed set is empty; what grows lies in the pool that the caller gives.
 */
#ifndef CFHUNT_PORT_SET_H
#define CFHUNT_PORT_SET_H

#include "memory.h"

enum { PORT_SET_FEW = 4, PORT_SET_TABLE_MAX = 1536, PORT_SET_NUMBERS = 65536 };

struct port_set {
    uint32_t count;
    uint32_t capacity; /* slots of the table, a power of two; 0: few; PORT_SET_NUMBERS: bits */
    union {
        uint16_t few[PORT_SET_FEW];
        uint16_t *table; /* 0: a free slot */
        uint64_t *bits;
    } numbers;
};

/* Is the text such a number in its only spelling? 443 is, 0443 and +443 are not. */
bool port_set_takes(struct slice text, uint16_t *number);
/* The number's text, written to the caller's array, in which it lies. */
enum { PORT_SET_DIGITS = 5 };
struct slice port_set_print(uint16_t number, char digits[PORT_SET_DIGITS]);
/* number: not 0. False when refused; then the set is as it was. */
bool port_set_add(struct port_set *set, uint16_t number, struct pool *pool);

/* Puts the numbers in the byte order of their texts; nothing may be added afterwards. */
void port_set_arrange(struct port_set *set);
/* Writes the numbers of an arranged set, in that order, to an array for set->count of them. */
void port_set_list(const struct port_set *set, uint16_t *numbers);

/* ---- travelling ---- */

/* A large set travels as blocks of neighbouring numbers, those that hold any; a small one number by
 * number. */
enum { PORT_BLOCK_NUMBERS = 256, PORT_BLOCK_WORDS = PORT_BLOCK_NUMBERS / 64 };

struct port_block {
    uint8_t index; /* its numbers begin at index * PORT_BLOCK_NUMBERS */
    uint64_t words[PORT_BLOCK_WORDS];
};

/* How many blocks; 0 for a small set, whose numbers port_set_at gives. */
size_t port_set_block_count(const struct port_set *set);
/* i: below that count. */
void port_set_block(const struct port_set *set, size_t i, struct port_block *block);
/* Number i, below set->count, of a small set that is arranged. */
uint16_t port_set_at(const struct port_set *set, size_t i);
/* Adds a block's numbers. False when refused: then some of them may be in the set. */
bool port_set_add_block(struct port_set *set, const struct port_block *block, struct pool *pool);

#endif
