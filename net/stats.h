/*
 * stats - the counters of one loop, from the rows of stats.def.
 *
 * Owner   the loop. Memory a plain struct. Cost ++. Errors none; counters wrap after 2^64.
 */
#ifndef NET_STATS_H
#define NET_STATS_H

#include <stdint.h>

struct net_stats {
#define STAT(name, help) uint64_t name;
#include "net/stats.def"
#undef STAT
};

/* Adds `more` to `sum`. */
static inline void net_stats_add(struct net_stats *sum, const struct net_stats *more)
{
#define STAT(name, help) sum->name += more->name;
#include "net/stats.def"
#undef STAT
}

#endif
