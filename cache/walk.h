/*
 * walk - counts the memory of a cache again, by looking at all that is there.
 *
 * Owner   the cache.
 * Memory  none.
 * Cost    every entry is touched, in one turn; what was cleared is freed first, as a whole. For tests and
 *         DEBUG.
 * Errors  none.
 */
#ifndef CACHE_WALK_H
#define CACHE_WALK_H

#include <stdint.h>

struct cache;

/* What cache_report tells as memory_used should be the same. Entries that will not be found when their
 * time has come are counted in `unfiled`: there should be none. */
uint64_t walk_bytes(struct cache *cache, uint64_t *unfiled);

#endif
