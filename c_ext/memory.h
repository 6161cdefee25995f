/* memory: counted allocation, and the three shapes in which the engine holds bytes.
 *
 *   struct memory  the count and the bound; every block of the engine is taken through one
 *   struct buffer  bytes that grow at the end
 *   struct arena   blocks that live and die together: row scratch, plan, groups
 *   struct pool    an arena whose blocks can be given back, by size class (states that grow)
 *
 * Rule of the room: who inits a thing releases it; releasing a zeroed or released thing is fine.
 * Nothing here aborts: refusal is NULL or false, and the thing stays as it was.
 * Not thread-safe; a struct memory serves one engine.
 */
#ifndef CFHUNT_MEMORY_H
#define CFHUNT_MEMORY_H

#include "cfhunt.h"

/* Where blocks come from. resize(context, NULL, n) allocates, resize(context, block, 0) frees,
 * anything else is realloc; NULL is a refusal and leaves the old block alone. */
struct memory_source {
    void *(*resize)(void *context, void *block, size_t size);
    void *context;
};

struct memory {
    struct memory_source source;
    size_t used;  /* bytes held now */
    size_t peak;  /* the most that was ever held */
    size_t limit; /* the bound in bytes; 0 is none */
    bool limited; /* a request was refused because of the bound, not by the source */
};

/* source NULL is the C library's realloc. limit: bytes, 0 for none. */
void memory_init(struct memory *memory, const struct memory_source *source, size_t limit);

/* The block at its new size, or NULL (refused; the old block is still valid and still counted).
 * old_size must be the size the block was last given; block NULL with old_size 0 allocates,
 * new_size 0 frees and gives NULL. */
void *memory_resize(struct memory *memory, void *block, size_t old_size, size_t new_size);

/* left + right and left * right, or false when the result does not fit a size_t. */
bool size_add(size_t left, size_t right, size_t *sum);
bool size_multiply(size_t left, size_t right, size_t *product);

/* ---- buffer ---- */

struct buffer {
    struct memory *memory;
    char *bytes;
    size_t length;
    size_t capacity;
};

void buffer_init(struct buffer *buffer, struct memory *memory);
/* Room for extra bytes behind length; false when refused. */
bool buffer_grow(struct buffer *buffer, size_t extra);
static inline bool buffer_reserve(struct buffer *buffer, size_t extra)
{
    return extra <= buffer->capacity - buffer->length || buffer_grow(buffer, extra);
}
bool buffer_append(struct buffer *buffer, struct slice text);
/* Forgets the bytes, keeps the room. */
void buffer_clear(struct buffer *buffer);
void buffer_release(struct buffer *buffer);
/* The bytes so far; valid until the next append. */
struct slice buffer_slice(const struct buffer *buffer);

/* ---- arena ---- */

struct arena_block {
    struct arena_block *next;
    size_t size; /* of the whole block, this head included */
    size_t taken;
    size_t padding; /* keeps the bytes behind the head aligned on 64-bit machines */
};

enum { ARENA_ALIGNMENT = 16 };

struct arena {
    struct memory *memory;
    struct arena_block *blocks; /* the newest first */
    size_t block_size;
};

/* block_size: bytes of an ordinary block; a larger request gets a block of its own. */
void arena_init(struct arena *arena, struct memory *memory, size_t block_size);
/* size bytes, aligned for any type, not cleared; NULL when refused. Lives until clear or release.
 */
void *arena_take_block(struct arena *arena, size_t size);
static inline void *arena_take(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->blocks;
    size_t aligned = (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if (block == NULL || aligned < size || aligned > block->size - block->taken)
        return arena_take_block(arena, size);
    void *bytes = (char *)block + block->taken;
    block->taken += aligned;
    return bytes;
}
/* A copy of text in the arena; false when refused. An empty text copies to an empty slice. */
bool arena_copy(struct arena *arena, struct slice text, struct slice *copy);
/* Everything taken is gone. Keeps one ordinary block for the next use. O(blocks). */
void arena_clear(struct arena *arena);
void arena_release(struct arena *arena);

/* ---- pool ---- */

enum { POOL_CLASSES = 48 };

struct pool {
    struct arena arena;
    void *free_blocks[POOL_CLASSES]; /* one list for each power of two */
    size_t largest;                  /* the largest block taken since the last clear, bytes */
};

void pool_init(struct pool *pool, struct memory *memory, size_t block_size);
/* At least size bytes, aligned for any type; NULL when refused. */
void *pool_take(struct pool *pool, size_t size);
/* Gives a block back for later takes; size as it was asked for. NULL is fine. */
void pool_give(struct pool *pool, void *block, size_t size);
void pool_clear(struct pool *pool);
void pool_release(struct pool *pool);

#endif
