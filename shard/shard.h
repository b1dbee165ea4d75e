/*
 * shard - one cache and the right to touch it.
 *
 * Owner   the host that runs it, for the life of the process; nobody else may call anything here.
 * Memory  its cache.
 * Cost    running a request is one call through the command's row.
 * Errors  see cache.
 */
#ifndef SHARD_SHARD_H
#define SHARD_SHARD_H

#include "cache/cache.h"
#include "shard/request.h"

struct shard;

/* What a shard tells of itself, for INFO and DEBUG. */
struct shard_report {
    struct cache_report cache;
    uint64_t walked;  /* bytes found by host_walk, when that was asked for, */
    uint64_t unfiled; /* and entries that expire but would not be found */
    uint32_t index;
    uint32_t thread;     /* that runs it */
    uint64_t turns;      /* of its host in which it had something to do */
    uint64_t longest_us; /* turn of its host since the last reset, in microseconds of wall time */
    uint64_t longest_cpu_us; /* the same in time of its thread on a processor */
    uint64_t queue;          /* requests that were waiting for its host when this was written */
    uint64_t queue_peak;     /* the most that its host ever found waiting */
};

struct shard *shard_new(const struct cache_setup *setup) ON_MAIN;
void shard_free(struct shard *shard) ON_MAIN;

/* The only door to the data. */
struct cache *shard_cache(struct shard *shard) ON_SHARD;

/* Runs the request's command; the answer is in its slot. */
void shard_run(struct shard *shard, struct request *request) ON_SHARD;

/* The same for a usual one, whose entry was looked for ahead: see cache_run_usual. */
void shard_run_usual(struct shard *shard, struct request *request, struct entry *likely) ON_SHARD;

#endif
