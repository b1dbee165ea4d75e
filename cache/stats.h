/*
 * stats - the counters of one cache, from the rows of stats.def.
 *
 * Owner   the cache. Memory a plain struct. Cost ++. Errors none; counters wrap after 2^64.
 */
#ifndef CACHE_STATS_H
#define CACHE_STATS_H

#include <stdint.h>

struct cache_stats {
#define STAT(name, help) uint64_t name;
#include "cache/stats.def"
#undef STAT
};

/* Adds `more` to `sum`. */
static inline void cache_stats_add(struct cache_stats *sum, const struct cache_stats *more)
{
#define STAT(name, help) sum->name += more->name;
#include "cache/stats.def"
#undef STAT
}

#endif
