/*
 * moments - which of two things that happened on different threads was first.
 *
 * Owner   shards; any thread may ask.
 * Memory  a flag, and for simulators a count.
 * Cost    reading the monotonic clock, which is one for all processors.
 * Errors  none. Two moments may be equal: then nobody knows.
 *
 * A simulator runs everything in one thread and wants the same run for the same seed: there moments
 * are counted, and nothing else touches the count.
 */
#ifndef SHARD_MOMENTS_H
#define SHARD_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/clock.h"

struct moments {
    bool counted;
    uint64_t count;
};

/* In nanoseconds, or counted; never 0. */
static inline uint64_t moments_next(struct moments *moments)
{
    return moments->counted ? ++moments->count : clock_mono_ns();
}

#endif
