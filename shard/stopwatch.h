/*
 * stopwatch - how long the turns of a host take, and which was the longest.
 *
 *     In wall time each; in time of the thread's own on a processor where that may matter: reading
 *     that clock is a system call, too dear for every batch.
 *
 *     exact     turns of housekeeping, slices of long commands, and for a while all turns once one
 *               has been suspiciously long
 *     other     wall time, unless the thread was made to wait for a processor meanwhile: then it
 *               only makes the next ones exact
 *
 * Owner   the host.
 * Memory  a plain struct.
 * Cost    two reads of the steady clock; with the exact ones two system calls more.
 * Errors  none.
 */
#ifndef SHARD_STOPWATCH_H
#define SHARD_STOPWATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "shard/owner.h"

struct stopwatch {
    uint64_t start;
    uint64_t lap;       /* when the present one began */
    uint64_t cpu_start; /* of an exact one; else 0 */
    unsigned watchful;  /* so many turns more are exact */
    int64_t preempted;  /* how often the thread had been when last asked */

    uint64_t turns;
    uint64_t longest_ns; /* since stopwatch_lately, ... */
    uint64_t before_ns;  /* ... and until then */
    uint64_t longest_cpu_ns;
};

void stopwatch_start(struct stopwatch *watch, bool exact) ON_SHARD;

/* Nanoseconds of wall time since it was started, or asked last. */
uint64_t stopwatch_lap(struct stopwatch *watch) ON_SHARD;

/* Counts a turn; nanoseconds of wall time, all of it. */
uint64_t stopwatch_stop(struct stopwatch *watch) ON_SHARD;

/* The longest turn since this was asked last, and since the last reset. */
uint64_t stopwatch_lately(struct stopwatch *watch) ON_SHARD;
static inline uint64_t stopwatch_longest(const struct stopwatch *watch)
{
    return watch->longest_ns > watch->before_ns ? watch->longest_ns : watch->before_ns;
}

void stopwatch_reset(struct stopwatch *watch) ON_SHARD;

#endif
