/*
 * inside - what a struct cache consists of; for cache.c, keyspace.c, evict.c, compact.c
 * and expire.c, nobody else.
 *
 * Owner   the shard whose cache it is. Memory, cost and errors: see cache.h and keyspace.h.
 *
 * Features hang a pointer here, not fields.
 */
#ifndef CACHE_INSIDE_H
#define CACHE_INSIDE_H

#include "cache/cache.h"
#include "cache/evict.h"
#include "cache/limit.h"
#include "cache/map.h"
#include "cache/memory.h"
#include "cache/random.h"

struct database {
    struct map *map; /* NULL until first written to */
    uint64_t expiring;
};

/* Maps that were cleared and are freed bit by bit. */
struct grave {
    struct grave *next;
    struct map *map;
};

struct cache {
    struct database *selected;
    struct entry *likely; /* while a command runs whose key was foreseen: see keyspace.c */
    size_t reach;         /* bytes of an entry behind its first that are asked for ahead, ... */
    size_t reaches;       /* ... the mean of REACH_MEAN, which have this sum */
    struct args *carrier; /* while a command runs that carries large blocks: its words */
    int64_t now;          /* steady milliseconds; memory.skew leads to those of the wall clock */
    const struct keyhash *keyhash;
    struct cache_stats stats;
    struct memory memory;
    struct grave *graves;
    struct loan *loans; /* that came back and were not looked at yet */
    uint64_t expiring;  /* keys with an expiry in all databases */
    bool passive;       /* what has expired stays until somebody asks: DEBUG SET-ACTIVE-EXPIRE */
    uint64_t misdated;  /* place from which on dates may be filed too late: see expire.h */
    struct random random;
    const struct settings *settings;
    struct evict *evict;
    struct limit limit;
    struct hotkeys *hotkeys;
    unsigned index;
    unsigned count;
    struct database databases[CACHE_DATABASES_MAX];
};

/* cache: frees a part of what was cleared; there is something. */
void cache_dig(struct cache *cache, unsigned buckets);

/* keyspace: asks for the buckets of that hash. */
void keyspace_prefetch(const struct cache *cache, uint64_t hash);

/* keyspace: deletes an entry whose time has come from whichever database it is in; false: it is in none. */
bool keyspace_reap(struct cache *cache, struct entry *entry, uint64_t hash);

/* keyspace: puts a map among the graves; the database is empty then. */
void keyspace_bury(struct cache *cache, struct database *database);

/* keyspace: deletes that entry of a database, to make room or because its time has come. */
void keyspace_evict(struct cache *cache, struct database *database, struct entry *entry);

#endif
