/*
 * subject - what croft's own cache finds: its map, its entries, evict_one, not a model of them.
 *
 * The cache has no other bound than the one given here, in the bytes of the trace: evict_one is
 * called while what is cached, so counted, is above it. So it is the policy that is compared with
 * the references, not how densely things are packed.
 */
#ifndef BENCH_SIM_SUBJECT_H
#define BENCH_SIM_SUBJECT_H

#include "bench/sim/score.h"
#include "bench/sim/trace.h"

/* `policy`, `goal` and `samples` as in the configuration. `pace`: requests per second. */
struct subject {
    const char *policy;
    const char *goal;
    const char *samples;
    unsigned pace;
    uint64_t seed;
};

struct score subject_run(const struct subject *subject, const struct trace *trace,
                         uint64_t capacity, size_t warmup);

#endif
