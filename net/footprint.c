#include "net/footprint.h"

static void add_loops(const struct info *info, struct footprint *sum)
{
    unsigned i;

    for (i = 0; i < info->loop_count; i++)
        sum->buffers += info->loops[i].memory;
}

static void add_shards(const struct info *info, struct footprint *sum)
{
    unsigned i;

    for (i = 0; i < info->shard_count; i++) {
        const struct cache_report *cache = &info->shards[i].cache;

        sum->used += cache->memory_used;
        sum->peak += cache->memory_peak;
        sum->held += cache->memory_held;
        sum->overhead += cache->memory_overhead;
        sum->loose += cache->memory_loose;
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void footprint_sum(const struct info *info, struct footprint *sum)
{
    unsigned i;

    *sum = (struct footprint){.rss = info->process.rss};
    add_loops(info, sum);
    add_shards(info, sum);
    sum->startup = least(info->facts->startup_memory, sum->buffers);
    sum->clients = sum->buffers - sum->startup;
    sum->used += sum->buffers;
    sum->peak = most(sum->peak + sum->buffers, sum->used);
    sum->held += sum->buffers;
    sum->overhead = least(sum->overhead + sum->buffers, sum->used);
    sum->dataset = sum->used - sum->overhead;
    sum->resident = least(sum->held, sum->rss);
    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        sum->keys += footprint_keys(info, i);
}

uint64_t footprint_tables(const struct info *info, unsigned database)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < info->shard_count; i++)
        sum += info->shards[i].cache.databases[database].overhead;
    return sum;
}

uint64_t footprint_keys(const struct info *info, unsigned database)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < info->shard_count; i++)
        sum += info->shards[i].cache.databases[database].keys;
    return sum;
}
