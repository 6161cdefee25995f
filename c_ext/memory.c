#include "memory.h"

#include <stdlib.h>
#include <string.h>

static void *source_resize(void *context, void *block, size_t size)
{
    (void)context;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

void memory_init(struct memory *memory, const struct memory_source *source, size_t limit)
{
    *memory = (struct memory){.limit = limit};
    memory->source = source != NULL ? *source : (struct memory_source){source_resize, NULL};
}

static bool memory_allows(struct memory *memory, size_t growth)
{
    if (memory->limit == 0 || growth == 0) return true;
    if (memory->used <= memory->limit && growth <= memory->limit - memory->used) return true;
    memory->limited = true;
    return false;
}

void *memory_resize(struct memory *memory, void *block, size_t old_size, size_t new_size)
{
    if (new_size == 0) {
        if (block != NULL) memory->source.resize(memory->source.context, block, 0);
        memory->used -= old_size;
        return NULL;
    }
    if (!memory_allows(memory, new_size > old_size ? new_size - old_size : 0)) return NULL;
    void *resized = memory->source.resize(memory->source.context, block, new_size);
    if (resized == NULL) return NULL;
    memory->used = memory->used - old_size + new_size;
    if (memory->used > memory->peak) memory->peak = memory->used;
    return resized;
}

bool size_add(size_t left, size_t right, size_t *sum)
{
    if (left > SIZE_MAX - right) return false;
    *sum = left + right;
    return true;
}

bool size_multiply(size_t left, size_t right, size_t *product)
{
    if (right != 0 && left > SIZE_MAX / right) return false;
    *product = left * right;
    return true;
}

/* ---- buffer ---- */

enum { BUFFER_FIRST_CAPACITY = 256 };

void buffer_init(struct buffer *buffer, struct memory *memory)
{
    *buffer = (struct buffer){.memory = memory};
}

/* The block at *wanted bytes or, where that is refused, at the most that halving the slack finds: a
 * buffer near the bound must not move for every few bytes. NULL when even needed is refused. */
static char *buffer_resize(struct buffer *buffer, size_t needed, size_t *wanted)
{
    bool limited = buffer->memory->limited;
    char *bytes = memory_resize(buffer->memory, buffer->bytes, buffer->capacity, *wanted);
    while (bytes == NULL && *wanted > needed) {
        *wanted = needed + (*wanted - needed) / 2;
        bytes = memory_resize(buffer->memory, buffer->bytes, buffer->capacity, *wanted);
    }
    if (bytes != NULL) buffer->memory->limited = limited;
    return bytes;
}

/* Doubles, so that appending n bytes one by one copies O(n) bytes. */
bool buffer_grow(struct buffer *buffer, size_t extra)
{
    size_t needed;
    if (!size_add(buffer->length, extra, &needed)) return false;
    if (needed <= buffer->capacity) return true;
    size_t doubled = buffer->capacity > SIZE_MAX / 2 ? SIZE_MAX : buffer->capacity * 2;
    size_t wanted = doubled > needed ? doubled : needed;
    if (wanted < BUFFER_FIRST_CAPACITY) wanted = BUFFER_FIRST_CAPACITY;
    char *bytes = buffer_resize(buffer, needed, &wanted);
    if (bytes == NULL) return false;
    buffer->bytes = bytes;
    buffer->capacity = wanted;
    return true;
}

bool buffer_append(struct buffer *buffer, struct slice text)
{
    if (text.length == 0) return true;
    if (!buffer_reserve(buffer, text.length)) return false;
    memcpy(buffer->bytes + buffer->length, text.bytes, text.length);
    buffer->length += text.length;
    return true;
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
}

void buffer_release(struct buffer *buffer)
{
    if (buffer->bytes != NULL) memory_resize(buffer->memory, buffer->bytes, buffer->capacity, 0);
    buffer_init(buffer, buffer->memory);
}

struct slice buffer_slice(const struct buffer *buffer)
{
    return (struct slice){buffer->bytes, buffer->length};
}

/* ---- arena ---- */

void arena_init(struct arena *arena, struct memory *memory, size_t block_size)
{
    *arena = (struct arena){.memory = memory, .block_size = block_size};
}

static bool arena_align(size_t size, size_t *aligned)
{
    if (!size_add(size, ARENA_ALIGNMENT - 1, aligned)) return false;
    *aligned &= ~(size_t)(ARENA_ALIGNMENT - 1);
    return true;
}

static struct arena_block *arena_block_new(struct arena *arena, size_t size)
{
    size_t whole;
    if (!size_add(size, sizeof(struct arena_block), &whole)) return NULL;
    if (whole < arena->block_size) whole = arena->block_size;
    struct arena_block *block = memory_resize(arena->memory, NULL, 0, whole);
    if (block == NULL) return NULL;
    *block = (struct arena_block){.size = whole, .taken = sizeof(struct arena_block)};
    return block;
}

/* A block of its own for an oversize request goes behind the newest one, whose room stays in use.
 */
static void arena_add_block(struct arena *arena, struct arena_block *block)
{
    if (arena->blocks != NULL && block->size > arena->block_size) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
        return;
    }
    block->next = arena->blocks;
    arena->blocks = block;
}

/* From a new block: the newest has no room left, or there is none. */
void *arena_take_block(struct arena *arena, size_t size)
{
    size_t aligned;
    if (!arena_align(size, &aligned)) return NULL;
    struct arena_block *block = arena_block_new(arena, aligned);
    if (block == NULL) return NULL;
    arena_add_block(arena, block);
    void *bytes = (char *)block + block->taken;
    block->taken += aligned;
    return bytes;
}

bool arena_copy(struct arena *arena, struct slice text, struct slice *copy)
{
    *copy = (struct slice){NULL, 0};
    if (text.length == 0) return true;
    char *bytes = arena_take(arena, text.length);
    if (bytes == NULL) return false;
    memcpy(bytes, text.bytes, text.length);
    *copy = (struct slice){bytes, text.length};
    return true;
}

void arena_clear(struct arena *arena)
{
    struct arena_block *kept = NULL;
    struct arena_block *block = arena->blocks;
    while (block != NULL) {
        struct arena_block *next = block->next;
        if (kept == NULL && block->size <= arena->block_size)
            kept = block;
        else
            memory_resize(arena->memory, block, block->size, 0);
        block = next;
    }
    if (kept != NULL) {
        kept->next = NULL;
        kept->taken = sizeof(struct arena_block);
    }
    arena->blocks = kept;
}

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block != NULL) {
        struct arena_block *next = block->next;
        memory_resize(arena->memory, block, block->size, 0);
        block = next;
    }
    arena->blocks = NULL;
}

/* ---- pool ---- */

enum { POOL_SMALLEST = 16 };

/* Rounds size up to its class, a power of two; false when there is no such class. */
static bool pool_class(size_t size, size_t *class_size, size_t *class_index)
{
    *class_size = POOL_SMALLEST;
    *class_index = 0;
    while (*class_size < size) {
        if (*class_index + 1 == POOL_CLASSES || *class_size > SIZE_MAX / 2) return false;
        *class_size *= 2;
        *class_index += 1;
    }
    return true;
}

void pool_init(struct pool *pool, struct memory *memory, size_t block_size)
{
    *pool = (struct pool){.free_blocks = {NULL}};
    arena_init(&pool->arena, memory, block_size);
}

void *pool_take(struct pool *pool, size_t size)
{
    size_t class_size, class_index;
    if (!pool_class(size, &class_size, &class_index)) return NULL;
    if (class_size > pool->largest) pool->largest = class_size;
    void *block = pool->free_blocks[class_index];
    if (block == NULL) return arena_take(&pool->arena, class_size);
    memcpy(&pool->free_blocks[class_index], block, sizeof(void *));
    return block;
}

void pool_give(struct pool *pool, void *block, size_t size)
{
    size_t class_size, class_index;
    if (block == NULL || !pool_class(size, &class_size, &class_index)) return;
    memcpy(block, &pool->free_blocks[class_index], sizeof(void *));
    pool->free_blocks[class_index] = block;
}

void pool_clear(struct pool *pool)
{
    arena_clear(&pool->arena);
    memset(pool->free_blocks, 0, sizeof(pool->free_blocks));
    pool->largest = 0;
}

void pool_release(struct pool *pool)
{
    arena_release(&pool->arena);
    memset(pool->free_blocks, 0, sizeof(pool->free_blocks));
}
