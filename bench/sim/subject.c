#include "bench/sim/subject.h"

#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/clock.h"
#include "cache/evict.h"
#include "cache/keyspace.h"
#include "cache/panic.h"
#include "conf/settings.h"

struct stage {
    struct cache *cache;
    struct keyhash keyhash;
    struct settings *settings;
    char *filler;
    uint64_t capacity;
    uint64_t inserted; /* bytes of keys and values */
    int64_t began;
};

static void set(struct stage *stage, const char *name, const char *value)
{
    struct why why;

    if (!settings_set_text(stage->settings, name, value, &why))
        panic("%s", why.text);
}

static void set_up(struct stage *stage, const struct subject *subject, const struct trace *trace)
{
    stage->settings = settings_new();
    set(stage, "maxmemory-policy", subject->policy);
    set(stage, "eviction-goal", subject->goal);
    set(stage, "maxmemory-samples", subject->samples);
    stage->keyhash = (struct keyhash){.secret = {subject->seed, 1}};
    stage->filler = must_calloc(1, trace_largest(trace));
    stage->cache = cache_new(&(struct cache_setup){.count = 1,
                                                   .keyhash = &stage->keyhash,
                                                   .settings = stage->settings,
                                                   .seed = subject->seed,
                                                   .now = stage->began});
}

static void tear_down(struct stage *stage)
{
    cache_free(stage->cache);
    settings_free(stage->settings);
    free(stage->filler);
}

/* What the trace counts for the objects that are cached. */
static uint64_t cached(const struct stage *stage)
{
    return stage->inserted - evict_bytes(stage->cache);
}

static bool ask(struct stage *stage, const struct access *access)
{
    const struct bytes key = bytes_new((const char *)&access->object, sizeof(access->object));
    const uint64_t hash = keyspace_hash(stage->cache, key);
    const struct bytes value = bytes_new(stage->filler, access->size - key.len);

    cache_stats(stage->cache)->requests++;
    if (keyspace_read(stage->cache, key, hash) != NULL)
        return true;
    if (access->size > stage->capacity)
        return false;
    cache_stats(stage->cache)->requests++;
    while (cached(stage) + access->size > stage->capacity)
        evict_one(stage->cache);
    keyspace_set(stage->cache, key, hash, value, ENTRY_FOREVER);
    stage->inserted += access->size;
    return false;
}

struct score subject_run(const struct subject *subject, const struct trace *trace,
                         uint64_t capacity, size_t warmup)
{
    struct stage stage = {.capacity = capacity, .began = INT64_C(1700000000000)};
    struct score score = {0};
    const uint64_t start = clock_thread_cpu_ns();
    size_t now;

    set_up(&stage, subject, trace);
    for (now = 0; now < trace->count; now++) {
        bool hit;

        cache_set_now(stage.cache, stage.began + (int64_t)(now * 1000 / subject->pace));
        hit = ask(&stage, &trace->at[now]);
        if (now >= warmup)
            score_count(&score, trace->at[now].size, !hit);
    }
    tear_down(&stage);
    score.seconds = (double)(clock_thread_cpu_ns() - start) * 1e-9;
    return score;
}
