/*
 * shortage - there is no memory for the n-th allocation that this thread makes, and for those behind it.
 *
 *     after(3, 2):   given given given  none none  given given ...
 *
 * Owner   a test; each thread has its own. Programs that link it have their calls of malloc, calloc,
 *         realloc, aligned_alloc, posix_memalign, strdup, strndup, open_memstream, mmap, mremap and
 *         mprotect led here by the linker; what libraries call inside is not touched.
 * Memory  none.
 * Cost    a few instructions per allocation.
 * Errors  none.
 */
#ifndef TESTS_SHORTAGE_H
#define TESTS_SHORTAGE_H

#include <stdint.h>

/* The next `given` allocations succeed; then `refused` do not. */
void shortage_after(uint64_t given, uint64_t refused);

/* There is memory again. How many allocations were asked for since shortage_after, and how many of these
 * were refused. */
uint64_t shortage_end(uint64_t *refused);

/* Those of the test itself, in between, neither count nor fail. */
void shortage_pause(void);
void shortage_go_on(void);

#endif
