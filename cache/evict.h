/*
 * evict - which key goes when memory is short.
 *
 * A victim is the least of a sample: the entries of some random buckets, a few left over from
 * samples before and, where worth decides, a few that came lately. What is least, the policy says:
 *
 *     allkeys-lru, volatile-lru    the least worth per byte (see worth.h): frequency, recency and size
 *     allkeys-lfu, volatile-lfu    the fewest uses, which fade; of those the one unused the longest
 *     volatile-ttl                 the soonest to expire
 *     *-random                     any
 *
 * volatile-* choose among keys with an expiry; noeviction never chooses. With `eviction-goal bytes`
 * the size does not matter: it is bytes that should be found, not keys.
 *
 * Owner   the cache. The same seed and the same calls evict the same keys.
 * Memory  some 10 KiB, and ghosts (see ghosts.h) once keys were evicted.
 * Cost    evict_one: 16 entries looked at with the default of maxmemory-samples, most of their lines
 *         asked for before the first is read; about a microsecond. Where few keys of many have an
 *         expiry, volatile-* look at more until they find one. evict_used: a store or none.
 * Errors  none.
 */
#ifndef CACHE_EVICT_H
#define CACHE_EVICT_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/ghosts.h"
#include "cache/heat.h"
#include "cache/newcomers.h"
#include "cache/worth.h"

struct cache;

#define EVICT_POOL 4

/* An entry that was looked at; it may have changed, moved or gone since. */
struct candidate {
    uint64_t bucket;
    int64_t expiry;
    size_t size;
    uint32_t heat;
    uint32_t database;
};

struct evict {
    struct heat_clock clock;
    struct worth worth;
    struct ghosts ghosts;
    struct newcomers newcomers;
    uint64_t requests; /* when the tick began */
    uint64_t bytes;    /* evicted */
    uint64_t cursor;   /* where volatile-* go on when chance finds nothing */
    unsigned pooled;
    struct candidate pool[EVICT_POOL];
};

struct evict *evict_new(int64_t now);
void evict_free(struct evict *evict, struct memory *memory);

/* Another command uses an entry: its new heat. Store it only if it is another. */
static inline uint32_t evict_used(struct evict *evict, uint32_t heat)
{
    const uint32_t age = heat_age(heat, &evict->clock);

    if (age == 0) /* this very tick: only the count is another */
        return heat_count(heat) == HEAT_COUNT_MAX ? heat : heat + 1;
    worth_note_use(&evict->worth, heat, age);
    return heat_used(heat, &evict->clock);
}

/* The heat of a new entry, in the database of that number: its key may have been here before. */
static inline uint32_t evict_heat_of_new(struct evict *evict, uint64_t hash, uint32_t database)
{
    const uint32_t heat = heat_new(&evict->clock, ghosts_recall(&evict->ghosts, hash));

    newcomers_add(&evict->newcomers, &(struct newcomer){hash, heat, database});
    return heat;
}

/* Removes one key by the policy of the settings; false when none may go. */
bool evict_one(struct cache *cache);

/* Bytes of the keys and values that were evicted so far. */
uint64_t evict_bytes(const struct cache *cache);

#endif
