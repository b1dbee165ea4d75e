/*
 * crew - all workers, sent through one phase after the other and watched meanwhile.
 *
 * Owner   main.
 * Memory  the workers.
 * Cost    one thread per worker and phase; main looks up five times a second.
 * Errors  false and the sentence of the first worker that failed; the others are stopped.
 *
 * While a phase runs, SIGINT and SIGTERM end it early and its results stand; the second one ends
 * the program.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include <stdbool.h>

#include "bench/worker.h"

struct crew;

/* Blocks the signals, so it must come before any thread. */
struct crew *crew_new(struct world *, struct why *);
void crew_free(struct crew *);

/* `requests` of the phase are those of all workers together. Merges into `tally`. */
bool crew_run(struct crew *, const struct phase *, struct tally *, struct why *);

/* Did a signal ask for the end? */
bool crew_was_stopped(const struct crew *);

#endif
