/*
 * replay - asks a server for what a trace asks for: GET, and after a miss SET.
 *
 * Owner   one thread and one connection; each request waits for its reply.
 * Memory  a buffer as large as the largest value.
 * Errors  false and the reason in `why`: nobody listens, the connection ends, or a reply that is
 *         neither a value nor nil nor OK. A SET refused for want of memory is no error: the value is
 *         just not kept.
 */
#ifndef BENCH_SIM_REPLAY_H
#define BENCH_SIM_REPLAY_H

#include <stdbool.h>

#include "bench/sim/score.h"
#include "bench/sim/trace.h"
#include "conf/why.h"

/* On this machine. Values are `extra` bytes smaller than the trace says: what a key costs beside. */
bool replay_run(struct score *score, const struct trace *trace, unsigned port, uint32_t extra,
                size_t warmup, struct why *why);

#endif
