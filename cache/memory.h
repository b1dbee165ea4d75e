/*
 * memory - what one cache has allocated for its data, counted to the byte.
 *
 * Owner   the cache; one per shard, so the counter is a plain number.
 * Memory  the allocator's; memory_used counts what was asked for and not yet given back.
 * Cost    one allocator call and one addition.
 * Errors  NULL when the allocator has none; nothing is counted then.
 */
#ifndef CACHE_MEMORY_H
#define CACHE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct memory {
    size_t used;
    size_t peak;
};

void *memory_alloc(struct memory *memory, size_t size);
void *memory_alloc_lines(struct memory *memory, size_t size); /* zeroed, aligned to a cache line */
void memory_free(struct memory *memory, void *at, size_t size);

#endif
