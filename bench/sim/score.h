/*
 * score - requests and misses, in objects and in bytes, after the cache has warmed up.
 */
#ifndef BENCH_SIM_SCORE_H
#define BENCH_SIM_SCORE_H

#include <stdint.h>

struct score {
    uint64_t requests, misses;
    uint64_t bytes, bytes_missed;
    double seconds; /* of processor time, all in all */
};

static inline double score_objects(const struct score *score)
{
    return (double)score->misses / (double)score->requests;
}

static inline double score_bytes(const struct score *score)
{
    return (double)score->bytes_missed / (double)score->bytes;
}

static inline void score_count(struct score *score, uint32_t size, int missed)
{
    score->requests++;
    score->bytes += size;
    score->misses += (uint64_t)missed;
    score->bytes_missed += missed ? size : 0;
}

#endif
