/* test_memory: a source of memory that refuses the n-th request, for the failing-allocation loops.
 *
 * for (size_t n = 0;; n++) {
 *     struct failing_source failing = {.fail_at = n};
 *     struct memory memory = failing_memory(&failing);
 *     ... run; if it succeeded without a refusal, stop the loop ...
 * }
 */
#ifndef CFHUNT_TEST_MEMORY_H
#define CFHUNT_TEST_MEMORY_H

#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct failing_source {
    size_t fail_at;  /* the request, counted from 0, that is refused; SIZE_MAX: none */
    size_t requests; /* so far; freeing is no request */
    bool refused;
};

static inline void *failing_resize(void *context, void *block, size_t size)
{
    struct failing_source *failing = context;
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (failing->requests++ == failing->fail_at) {
        failing->refused = true;
        return NULL;
    }
    return realloc(block, size);
}

static inline struct memory failing_memory(struct failing_source *failing)
{
    struct memory memory;
    struct memory_source source = {failing_resize, failing};
    memory_init(&memory, &source, 0);
    return memory;
}

/* A slice of a NUL-terminated text. */
static inline struct slice text_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

/* Does slice hold exactly this NUL-terminated text? */
static inline bool slice_is(struct slice slice, const char *text)
{
    size_t length = strlen(text);
    return slice.length == length && (length == 0 || memcmp(slice.bytes, text, length) == 0);
}

#endif
