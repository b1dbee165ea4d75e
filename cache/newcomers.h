/*
 * newcomers - the keys that came last.
 *
 * Most of what comes is never asked for again, and a random sample meets it late: so eviction looks at
 * some of these each time, besides its sample.
 *
 * Source  N. Beckmann, H. Chen, A. Cidon, "LHD: improving cache hit rate by maximizing hit density",
 *         2018, where those admitted last are candidates, too.
 * Owner   eviction (see evict.h); plain numbers.
 * Memory  1 KiB.
 * Cost    a store of 16 bytes per new key.
 * Errors  none.
 */
#ifndef CACHE_NEWCOMERS_H
#define CACHE_NEWCOMERS_H

#include <stdint.h>

#define NEWCOMERS 64

/* Of the past: since then it may have been used, have moved or gone. */
struct newcomer {
    uint64_t hash;
    uint32_t heat; /* 0: there was none yet */
    uint32_t database;
};

struct newcomers {
    struct newcomer at[NEWCOMERS];
    uint64_t came;
};

static inline void newcomers_add(struct newcomers *newcomers, const struct newcomer *newcomer)
{
    newcomers->at[newcomers->came++ % NEWCOMERS] = *newcomer;
}

#endif
