/*
 * figures - what happened between two samples, and what did before.
 *
 * Owner   whoever made it.
 * Memory  some 600 KiB, of fixed size: samples and pasts.
 * Cost    a pass over what a sample holds.
 * Errors  counters that go back are those of a server that was started anew: so is the past.
 */
#ifndef TOP_FIGURES_H
#define TOP_FIGURES_H

#include "top/past.h"
#include "top/sample.h"

#define FIGURES_MIX 32u

/* What bars and time lines of shards may show. */
enum figures_what { WHAT_REQUESTS, WHAT_QUEUE, WHAT_MEMORY, WHAT_LONGEST, WHATS };

struct figures_shard {
    double rate, evicting; /* per second */
    double found, read;    /* reads per second that found something, and all */
    double of[WHATS];
    struct past past[WHATS];
};

struct figures_command {
    const char *name; /* in the sample */
    double rate, mean_us;
};

struct figures {
    struct sample now; /* the last */
    struct sample before;
    bool differ;    /* there were two, and what follows is of the time between them */
    double seconds; /* that it took */
    double rate, found, read, evicting, expiring, input, output, errors;
    double busy;           /* processors */
    double latency_count;  /* commands that `within` is of */
    uint64_t within_us[3]; /* half, 99 of 100, 999 of 1,000 of them took at most that */
    struct past past_rate;
    struct figures_shard shards[SAMPLE_SHARDS];
    unsigned mix_count;
    struct figures_command mix[FIGURES_MIX]; /* those called now, most first */
};

struct figures *figures_new(void);
void figures_free(struct figures *figures);

/* Where the next sample is to be written: valid until figures_reckon. */
struct sample *figures_next(struct figures *figures);
void figures_reckon(struct figures *figures);

/* How many shards as busy as the busiest would do all of the work. */
double figures_like_shards(const struct figures *figures);

/* Threads that run shards. */
unsigned figures_threads(const struct figures *figures);

#endif
