/*
 * spikes - when something took longer than `latency-monitor-threshold`, and how long: LATENCY.
 *
 *     event "command"       SPIKES_KEPT samples: a second, and the longest time within it
 *     event "fast-command"  ...
 *
 * Owner   the first loop; others tell it by message.
 * Memory  a few KiB per event that has happened.
 * Cost    none as long as nothing is that slow.
 * Errors  none.
 */
#ifndef NET_SPIKES_H
#define NET_SPIKES_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/reply.h"
#include "shard/owner.h"

#define SPIKES_KEPT 160
#define SPIKES_EVENTS 8

struct loop;
struct spikes;

struct spike {
    int64_t seconds; /* wall clock */
    uint32_t milliseconds;
};

/* What happened to one event; samples with the oldest first. */
struct spike_series {
    const char *event; /* NULL: there is none */
    uint32_t most;     /* milliseconds, ever */
    unsigned count;
    struct spike samples[SPIKES_KEPT];
};

struct spikes *spikes_new(void) ON_MAIN;
void spikes_free(struct spikes *spikes) ON_MAIN; /* NULL is fine */

/* `event` is a literal. */
void spikes_note(struct loop *loop, const char *event, uint64_t milliseconds) ON_NET;

/* The index-th event that has happened; NULL behind the last. By name: NULL when it has not. */
const struct spike_series *spikes_at(const struct spikes *spikes, unsigned index) ON_NET;
const struct spike_series *spikes_find(const struct spikes *spikes, struct bytes event) ON_NET;

/* Forgets an event; true when there was something to forget. */
bool spikes_forget(struct spikes *spikes, struct bytes event) ON_NET;

#endif
