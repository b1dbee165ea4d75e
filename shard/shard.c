#include "shard/shard.h"

#include <stdlib.h>

#include "cache/panic.h"

struct shard {
    struct cache *cache;
};

struct shard *shard_new(const struct cache_setup *setup)
{
    struct shard *shard = must_malloc(sizeof(*shard));

    shard->cache = cache_new(setup);
    return shard;
}

void shard_free(struct shard *shard)
{
    cache_free(shard->cache);
    free(shard);
}

struct cache *shard_cache(struct shard *shard)
{
    return shard->cache;
}

void shard_run(struct shard *shard, struct request *request)
{
    cache_run(shard->cache, request->cargo.command, &request->cargo.args, &request->cargo.reply,
              request->cargo.database);
}

void shard_run_usual(struct shard *shard, struct request *request, struct entry *likely)
{
    cache_run_usual(shard->cache, request->cargo.command, &request->cargo.args,
                    &request->cargo.reply, request->cargo.database, likely);
}
