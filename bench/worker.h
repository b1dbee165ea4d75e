/*
 * worker - one thread of the load: its share of the connections, and the loop that serves them.
 *
 * Owner   made and freed by main; worker_run by one thread at a time, which owns all of it but what
 *         is called shared_*.
 * Memory  its connections, one batch, one input buffer, its tally.
 * Cost    per batch one send, one receive and a share of the wait; no allocation while it runs.
 * Errors  false and a sentence, for the first thing that went wrong.
 */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/keys.h"
#include "bench/options.h"
#include "bench/phrase.h"
#include "bench/tally.h"

/* What to do until all workers meet again. */
struct phase {
    const char *name;
    bool is_fill;      /* SET every key once; otherwise the mix of the options */
    uint64_t requests; /* of this worker; 0: until the time is over */
    double seconds;    /* 0: until the requests are done */
};

struct worker;

/* What all workers look at and none changes, but for shared_stop. */
struct world {
    const struct options *options;
    const struct phrase *phrase;
    const struct keys *keys;
    atomic_bool shared_stop; /* set to end the phase early */
};

/* `index` of `options->threads`; connects. */
struct worker *worker_new(struct world *, uint64_t index, struct why *);
void worker_free(struct worker *);

/* Runs a phase; the tally is of this phase alone. */
bool worker_run(struct worker *, const struct phase *, struct why *);

const struct tally *worker_tally(const struct worker *);

/* Replies so far in this phase; any thread may ask. */
uint64_t worker_done(const struct worker *);

#endif
