/*
 * buffer - bytes that grow at the end and are used up from the front.
 *
 * Owner   whoever holds it. Memory doubles. Cost amortised constant. Errors none: no memory ends
 * the process.
 */
#ifndef TESTS_SIM_BUFFER_H
#define TESTS_SIM_BUFFER_H

#include <stdio.h>
#include <stdlib.h>

#include "cache/bytes.h"
#include "cache/panic.h"

struct buffer {
    char *at;
    size_t start;
    size_t len; /* from start on */
    size_t capacity;
};

static inline void buffer_fini(struct buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct buffer){0};
}

static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
    return buffer->at == NULL ? bytes_new(NULL, 0)
                              : bytes_new(buffer->at + buffer->start, buffer->len);
}

static inline void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    if (buffer->start > 0 && buffer->start + buffer->len + len > buffer->capacity) {
        memmove(buffer->at, buffer->at + buffer->start, buffer->len);
        buffer->start = 0;
    }
    if (buffer->len + len > buffer->capacity) {
        buffer->capacity = 2 * (buffer->len + len) + 64;
        buffer->at = must_realloc(buffer->at, buffer->capacity);
    }
    if (len > 0)
        memcpy(buffer->at + buffer->start + buffer->len, bytes, len);
    buffer->len += len;
}

static inline void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

static inline void buffer_use(struct buffer *buffer, size_t len)
{
    buffer->start += len;
    buffer->len -= len;
    if (buffer->len == 0)
        buffer->start = 0;
}

#endif
