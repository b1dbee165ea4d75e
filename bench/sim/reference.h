/*
 * reference - what a cache with an exact policy would have found.
 *
 *     fifo, lru, lfu     the oldest, the one unused the longest, the one used the least goes
 *     gdsf               uses / size, on top of that of the last one that went (L. Cherkasova,
 *                        "Improving WWW proxies performance with greedy-dual-size-frequency
 *                        caching policy", 1998)
 *     belady             the one that is needed the latest: no policy finds more objects of like size
 *     belady-size        the one for which next use x size is most: close to the best for objects
 *
 * The last two know the future: what is never asked for again, they do not keep at all.
 *
 * Memory  some 60 bytes per object of the trace.
 * Cost    a step in a heap per request.
 */
#ifndef BENCH_SIM_REFERENCE_H
#define BENCH_SIM_REFERENCE_H

#include "bench/sim/score.h"
#include "bench/sim/trace.h"

enum reference { FIFO, LRU, LFU, GDSF, BELADY, BELADY_SIZE, REFERENCES };

extern const char *const reference_names[REFERENCES];

struct score reference_run(enum reference reference, const struct trace *trace, uint64_t capacity,
                           size_t warmup);

#endif
