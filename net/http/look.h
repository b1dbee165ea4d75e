/*
 * look - what all shards and loops are doing at a moment: what /metrics and the live page are made of.
 *
 *     shard --> report, longest turn lately, keys read most --+
 *     loop  --> report, limits in force, tally  --------------+--> struct looks --> struct look
 *
 * Owner   the thread that serves HTTP. The two rows run where the inspector's questions arrive.
 * Memory  the last answer of each shard and loop; a look is one object of some 50 KiB, and 8 KiB for
 *         each shard when keys were asked for.
 * Cost    a copy of each report; tallies are some 3 KiB for each command that was ever run.
 * Errors  who has not answered, or not yet, is shown as it was last, and said to be silent.
 */
#ifndef NET_HTTP_LOOK_H
#define NET_HTTP_LOOK_H

#include "cache/hotkeys.h"
#include "net/footprint.h"
#include "net/info.h"
#include "shard/inspector.h"

/* What the inspector asks. With LOOK_CLOSELY as what is hidden, keys are told, too, and the longest
 * turn begins anew. */
extern const struct command look_at_shard_command;
extern const struct command look_at_loop_command;
extern const char look_closely[];
#define LOOK_CLOSELY ((void *)(uintptr_t)look_closely)

/* The settings in force, as far as they are shown. */
struct look_limits {
    uint64_t maxmemory;
    uint64_t maxclients;
    char policy[24];
    bool secret; /* a password is asked for: keys are nobody's business here */
};

/* Sums over all shards and loops, as INFO has them. */
struct look_sums {
    struct net_stats net;
    struct cache_stats cache;
    struct footprint memory;
    uint64_t clients;
    uint64_t blocked;
    uint64_t ops; /* per second, sampled */
    uint64_t expiring;
    uint64_t uptime; /* seconds */
};

struct look {
    struct info info; /* its settings are NULL */
    struct look_limits limits;
    struct look_sums sums;
    uint64_t lately_us[SHARDS_MAX];      /* longest turn of the shard's thread */
    struct hotkeys *hotkeys[SHARDS_MAX]; /* NULL: were not asked for */
    bool shard_silent[SHARDS_MAX], loop_silent[LOOPS_MAX];
    unsigned silent; /* how many are */
};

struct looks;

struct looks *looks_new(const struct server_facts *facts,
                        const struct inspector *inspector) ON_MAIN;
void looks_free(struct looks *looks) ON_MAIN;

/* The answer of one; a handler for inspector_receive, with the looks as its context. */
void looks_take(void *looks, unsigned which, struct bytes answer) ON_HTTP;

/* All answers together; NULL as long as not everybody has answered once. */
struct look *look_new(const struct looks *looks) ON_HTTP;
void look_free(struct look *look) ON_HTTP;

static inline uint64_t look_keys(const struct shard_report *shard)
{
    uint64_t keys = 0;
    unsigned i;

    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        keys += shard->cache.databases[i].keys;
    return keys;
}

#endif
