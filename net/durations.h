/*
 * durations - how long something took, each time it was done: a histogram.
 *
 *     up to 1 us in steps of 64 ns, then each power of two in 16 steps: an error of a sixteenth
 *
 * Owner   whoever made it.
 * Memory  a plain struct of some 3 KiB.
 * Cost    one increment.
 * Errors  none; what took longer than 4 seconds counts as that.
 */
#ifndef NET_DURATIONS_H
#define NET_DURATIONS_H

#include <stdint.h>

#define DURATIONS_STEPS 16
#define DURATIONS_SLOTS ((32 - 10 + 1) * DURATIONS_STEPS)

struct durations {
    uint64_t count;
    uint64_t slots[DURATIONS_SLOTS];
};

/* It took so long `count` times. */
void durations_add(struct durations *durations, uint32_t nanoseconds, uint64_t count);

void durations_merge(struct durations *sum, const struct durations *more);

/* How many took less than 1024 << power nanoseconds. */
uint64_t durations_below(const struct durations *durations, unsigned power);

/* So long, in nanoseconds, took those that were faster than the rest, `percent` of all, at most. */
uint64_t durations_percentile(const struct durations *durations, double percent);

#endif
