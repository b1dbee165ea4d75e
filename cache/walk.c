#include "cache/walk.h"

#include "cache/due.h"
#include "cache/evict.h"
#include "cache/inside.h"

struct walk {
    const struct memory *memory;
    uint64_t bytes;
    uint64_t unfiled;
};

static bool add_entry(void *context, struct entry *entry)
{
    struct walk *walk = context;

    walk->bytes += entry_cost(walk->memory, entry);
    if (entry_is_large(entry))
        walk->bytes += entry_large(entry)->size;
    if (entry_has_expiry(entry))
        walk->unfiled += !due_is_filed(walk->memory, entry, entry_due(walk->memory, entry));
    return false;
}

static void add_map(struct walk *walk, struct map *map)
{
    uint64_t position = 0;

    do
        position = map_scan(map, position, add_entry, walk);
    while (position != 0);
    walk->bytes += map_memory(map);
}

uint64_t walk_bytes(struct cache *cache, uint64_t *unfiled)
{
    struct walk walk = {&cache->memory, ghosts_bytes(&cache->evict->ghosts, &cache->memory), 0};
    unsigned i;

    while (cache->graves != NULL)
        cache_dig(cache, UINT32_MAX);
    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        if (cache->databases[i].map != NULL)
            add_map(&walk, cache->databases[i].map);
    *unfiled = walk.unfiled;
    return walk.bytes;
}
