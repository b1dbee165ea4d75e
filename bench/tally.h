/*
 * tally - what a phase of the load came to: counts, latencies and what it cost the generator.
 *
 * Owner   one per worker; merged when the workers are done.
 * Memory  fixed, about 120 KB.
 * Errors  none; the first complaint of the server is kept to be shown.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "bench/histogram.h"

struct tally {
    struct histogram get, set; /* nanoseconds from when a request was due to its reply */
    struct histogram late;     /* open loop: nanoseconds from when it was due until it was sent */
    uint64_t hits, misses, stored, errors, wrong;
    uint64_t unsent; /* open loop: due before the end, but the server was too far behind */
    uint64_t bytes_sent, bytes_received;
    uint64_t began, ended;     /* nanoseconds of the monotonic clock */
    uint64_t cpu, busiest_cpu; /* nanoseconds of all threads, of the busiest */
    char complaint[128];
};

void tally_init(struct tally *);
void tally_merge(struct tally *, const struct tally *other);

/* Keeps the first. */
void tally_complain(struct tally *, const char *at, size_t len);

uint64_t tally_requests(const struct tally *);
double tally_seconds(const struct tally *);

#endif
