#include "cache/compact.h"

#include <string.h>

#include "cache/inside.h"
#include "cache/keyspace.h"

#define AT_ONCE 4     /* entries of a step; their buckets are asked for before the first is moved */
#define STEPS_MOST 16 /* of a turn */
#define STEPS_PAID 4  /* by a command */
#define BYTES_MOST 8192 /* a step ends after so many */

/* Who lies in a grave is in no map that could be told: that is dug first. */
bool compact_is_due(const struct cache *cache)
{
    return cache->graves == NULL && memory_is_sparse(&cache->memory);
}

static struct map *map_of(struct cache *cache, unsigned database)
{
    return cache->databases[database].map;
}

/* An entry does not say in which database it is; most have but one. */
static bool replace(struct cache *cache, const struct entry *old, struct entry *new, uint64_t hash)
{
    unsigned i;

    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        if (map_of(cache, i) != NULL && map_replace(map_of(cache, i), old, new, hash))
            return true;
    return false;
}

/* Bytes that were copied. */
static size_t move(struct cache *cache, struct entry *old, uint64_t hash)
{
    struct entry *new = entry_move(&cache->memory, old);

    if (new == NULL)
        return 0;
    if (!replace(cache, old, new, hash)) {
        memory_give(&cache->memory, new);
        return 0;
    }
    memory_give(&cache->memory, old);
    return entry_size(new);
}

/* False: there was nothing to move. */
static bool step(struct cache *cache, size_t *bytes)
{
    void *blocks[AT_ONCE];
    uint64_t hashes[AT_ONCE];
    const unsigned count = memory_leave(&cache->memory, blocks, AT_ONCE);
    unsigned i;

    for (i = 0; i < count; i++) {
        hashes[i] = keyspace_hash(cache, entry_key(blocks[i]));
        keyspace_prefetch(cache, hashes[i]);
    }
    for (i = 0; i < count; i++)
        *bytes += move(cache, blocks[i], hashes[i]);
    return count > 0;
}

bool compact_some(struct cache *cache, unsigned steps)
{
    const size_t most = steps < STEPS_MOST ? steps * BYTES_MOST : STEPS_MOST * BYTES_MOST;
    size_t bytes = 0;
    unsigned i;

    for (i = 0; i < steps && i < STEPS_MOST && bytes < most; i++)
        if (!compact_is_due(cache) || !step(cache, &bytes))
            return false;
    return true;
}

bool compact_now(struct cache *cache)
{
    size_t bytes = 0;

    return cache->graves == NULL && !memory_is_dense(&cache->memory) && step(cache, &bytes);
}

void compact_pay(struct cache *cache)
{
    if (!compact_is_due(cache) || !compact_some(cache, STEPS_PAID))
        cache->memory.owed = 0;
}
