/*
 * panic - the last words of a process that cannot go on: out of memory before it has begun.
 *
 * Owner   pure function. Memory none. Cost irrelevant. Errors it does not return.
 */
#ifndef CACHE_PANIC_H
#define CACHE_PANIC_H

#include <stddef.h>

void panic(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* malloc and its like for what is made once, at the start. What clients make the server ask for may be
 * refused, and must not end it. */
void *must_malloc(size_t size) __attribute__((malloc));
void *must_calloc(size_t count, size_t size) __attribute__((malloc));
void *must_realloc(void *at, size_t size);
void *must_aligned(size_t alignment, size_t size) __attribute__((malloc)); /* zeroed */

#endif
