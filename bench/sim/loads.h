/*
 * loads - traces that are made up, each of a kind that caches meet.
 *
 *     zipf-0.7, zipf-0.99   the same objects, always as popular as before
 *     scans                 Zipf 0.9; a quarter of the time something reads what nobody else does
 *     moving                Zipf 0.9; every 15,000 requests a seventh of the ranks move on
 *     drift                 Zipf 0.99; all ranks move on by one object every eight requests
 *     loops                 three programs read files in circles, then others
 *     loop-and-zipf         one circle, half of the time; Zipf 0.9 else
 *     churn                 ever new objects, asked for most while they are new
 *     bursts                each object is asked for some times, then never again
 *
 * Sizes are log-normal, with a median of 200 bytes and a sigma of 1.2, from 16 bytes to 64 KiB.
 *
 * Owner   one thread. Same seed, same load.
 * Errors  loads_make: false when there is no load of that name.
 */
#ifndef BENCH_SIM_LOADS_H
#define BENCH_SIM_LOADS_H

#include <stdbool.h>

#include "bench/sim/trace.h"

/* The names, NULL behind the last. */
extern const char *const loads_names[];

/* Fills an empty trace of that name. */
bool loads_make(struct trace *trace, const char *name, size_t requests, uint64_t seed);

#endif
