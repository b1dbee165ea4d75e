/*
 * footprint - what the process takes in memory, from the reports of all shards and loops; INFO and
 * MEMORY tell the same.
 *
 *     used = startup + clients + tables + data          overhead = used - data
 *     used <= held of the system by data and clients ~ resident of it <= rss, with the program
 *
 * Owner   pure functions of the reports.
 * Memory  none.
 * Cost    a loop over shards, loops and databases.
 * Errors  none.
 */
#ifndef NET_FOOTPRINT_H
#define NET_FOOTPRINT_H

#include "net/info.h"

/* In bytes. */
struct footprint {
    uint64_t used;
    uint64_t peak;     /* shards need not have been at theirs at the same time: an upper bound */
    uint64_t held;     /* obtained from the system */
    uint64_t resident; /* of what is held, at most */
    uint64_t rss;      /* of the process */
    uint64_t startup;  /* used before the first client came */
    uint64_t buffers;  /* of loops and clients, with what was there at startup */
    uint64_t clients;  /* of these, without it */
    uint64_t overhead; /* of what is used, what is not keys and values */
    uint64_t dataset;  /* the rest */
    uint64_t loose;    /* held by replies only */
    uint64_t keys;
};

void footprint_sum(const struct info *info, struct footprint *sum) ANY_THREAD;

/* What the tables of a database take. */
uint64_t footprint_tables(const struct info *info, unsigned database) ANY_THREAD;
uint64_t footprint_keys(const struct info *info, unsigned database) ANY_THREAD;

/* `part` of `whole`, as a ratio or of a hundred; 0 of nothing. */
static inline double footprint_ratio(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (double)part / (double)whole;
}

static inline double footprint_percent(uint64_t part, uint64_t whole)
{
    return footprint_ratio(part, whole) * 100;
}

/* Of a hundred of what came after startup. */
static inline double footprint_dataset_percent(const struct footprint *sum)
{
    return footprint_percent(sum->dataset, sum->used - sum->startup);
}

#endif
