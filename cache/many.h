/*
 * many - commands on many keys: so many at a time that no turn gets long, and those in runs whose cache
 * misses overlap.
 *
 *     words    MGET k k k k ... k | k k k ... k | k k
 *                   run   run       run   run
 *                   slice            slice          slice
 *
 * Owner   the command under way; what it needs to go on is in args->progress (see cache_run).
 * Memory  a few words from the second slice on.
 * Cost    a run asks for all its buckets, then for all its entries, before the first is looked up.
 * Errors  see many_put_off.
 */
#ifndef CACHE_MANY_H
#define CACHE_MANY_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/args.h"

struct cache;

#define MANY_RUN 16

struct many {
    uint32_t next; /* word of the next key */
    int64_t sum;   /* for the command */
};

/* Where the command goes on; `first`: with which word it begins. `here` is used if it has not been put
 * off yet. */
struct many *many_begin(const struct args *args, uint32_t first, struct many *here);

/* It goes on later: afterwards `many` is gone. False: there is no memory to note where; it goes on now. */
bool many_put_off(struct args *args, const struct many *many);

/* It is through. */
void many_end(struct args *args, struct many *many);

/* Hashes of the keys at `many->next`, `step` words apart, which are asked for; how many. */
unsigned many_ahead(struct cache *cache, const struct args *args, const struct many *many,
                    uint32_t step, uint64_t *hashes);

#endif
