/*
 * histogram - how often each latency occurred, to within one part in 128.
 *
 * Owner   whoever holds the struct; one thread. Merge those of several threads when they are done.
 * Memory  fixed, 38 KB; only the lines of latencies that occur are touched.
 * Cost    adding is a handful of instructions; asking is one pass over the counts.
 * Errors  none; what is beyond the range (4.9 hours) counts as the largest, and max stays exact.
 *
 * Log-linear: numbers below 128 have a count each; from there on every power of two is cut into
 * 128 equal steps.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEP_BITS 7
#define HISTOGRAM_STEPS (1u << HISTOGRAM_STEP_BITS)
#define HISTOGRAM_TOP_BITS 44 /* of nanoseconds */
#define HISTOGRAM_COUNTS ((HISTOGRAM_TOP_BITS - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS)

struct histogram {
    uint64_t total, sum, min, max;
    uint64_t counts[HISTOGRAM_COUNTS];
};

void histogram_init(struct histogram *);

/* `value` occurred `times` more times. */
void histogram_add(struct histogram *, uint64_t value, uint64_t times);

/* Adds all that is in `other`. */
void histogram_merge(struct histogram *, const struct histogram *other);

/*
 * The smallest number that at least `percent` of a hundred values do not exceed: the top of its
 * step, but never above the largest value seen. 0 when nothing was added.
 */
uint64_t histogram_percentile(const struct histogram *, double percent);

double histogram_mean(const struct histogram *);

#endif
