/*
 * schedule - when requests are due in an open loop, whatever the server does.
 *
 * Owner   one per worker.
 * Memory  one table of 4,096 gaps, 32 KB, when arrivals are random.
 * Cost    a load and an addition per arrival.
 * Errors  false when memory is short.
 */
#ifndef BENCH_SCHEDULE_H
#define BENCH_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/dice.h"

struct schedule {
    double due;  /* nanoseconds of the monotonic clock */
    double gap;  /* the mean */
    float *gaps; /* of a Poisson process, its mean 1; NULL: all gaps are the same */
};

bool schedule_init(struct schedule *, double per_second, bool poisson);
void schedule_fini(struct schedule *);

void schedule_start(struct schedule *, uint64_t now);

static inline uint64_t schedule_due(const struct schedule *schedule)
{
    return (uint64_t)schedule->due;
}

/* On to the next arrival. */
void schedule_advance(struct schedule *, struct dice *);

#endif
