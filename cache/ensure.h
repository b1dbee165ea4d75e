/*
 * ensure - memory for all that a command on several keys is about to write, before it writes the first.
 *
 *     shard 1: are there so many pages? --+
 *     shard 4: are there so many pages? --+--> all say yes: it runs, and finds memory
 *                                              one says no: it runs nowhere
 *
 * Owner   the host of the shards, before any part of an ATOMIC row that is DENYOOM runs.
 * Memory  none: addresses that the system has promised memory for, which whoever comes first may use.
 * Cost    a few comparisons per word; a system call for each 2 MiB that there are not.
 * Errors  false when there is not enough; nothing has changed.
 *
 * Values that no entry has room for are not counted: they must have come in blocks of their own (see
 * net/arrival.h). A key of more than MEMORY_SLOT_MAX bytes is: that is from malloc, and can fail.
 */
#ifndef CACHE_ENSURE_H
#define CACHE_ENSURE_H

#include <stdbool.h>
#include <stddef.h>

#include "cache/args.h"

struct cache;

/* Pages that entries made of these words take at most. */
size_t ensure_pages(const struct args *args);

/* Does an entry have room for them? */
bool ensure_counts(struct bytes key, struct bytes value);

bool ensure_there_are(struct cache *cache, size_t pages);

#endif
