#include "cache/many.h"

#include <stdlib.h>

#include "cache/cache.h"
#include "cache/keyspace.h"

struct many *many_begin(const struct args *args, uint32_t first, struct many *here)
{
    if (args->progress != NULL)
        return args->progress;
    *here = (struct many){.next = first};
    return here;
}

bool many_put_off(struct args *args, const struct many *many)
{
    if (args->progress == NULL && (args->progress = malloc(sizeof(*many))) != NULL)
        *(struct many *)args->progress = *many;
    return args->progress != NULL;
}

void many_end(struct args *args, struct many *many)
{
    if (args->progress == many)
        free(many);
    args->progress = NULL;
}

static unsigned hash_all(const struct cache *cache, const struct args *args, uint32_t index,
                         uint32_t step, uint64_t *hashes)
{
    unsigned count = 0;

    for (; index < args->count && count < MANY_RUN; index += step)
        hashes[count++] = index == 1 ? args->hash : keyspace_hash(cache, args_word(args, index));
    return count;
}

unsigned many_ahead(struct cache *cache, const struct args *args, const struct many *many,
                    uint32_t step, uint64_t *hashes)
{
    const unsigned count = hash_all(cache, args, many->next, step, hashes);
    const struct bucket *buckets[MANY_RUN];
    struct entry *likely;
    unsigned i;

    cache_look_ahead(
        cache); /* nothing that was foreseen before is relied upon: these are not usual */
    for (i = 0; i < count; i++)
        buckets[i] = cache_prefetch_bucket(cache, cache_database(cache), hashes[i]);
    for (i = 0; i < count && buckets[i] != NULL; i++)
        cache_prefetch_entry(cache, buckets[i], hashes[i], &likely);
    return count;
}
