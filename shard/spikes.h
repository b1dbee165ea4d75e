/*
 * spikes - when something took longer than `latency-monitor-threshold`, and how long: LATENCY.
 *
 *     each loop   "command", "fast-command"                                      SPIKES_KEPT samples each:
 *     each host   "expire-cycle", "eviction-cycle", "active-defrag-cycle"        a second, and the longest
 *                                                                                time within it
 *     who asks has all tell theirs, and puts them together second by second.
 *
 * Owner   a loop, or a host.
 * Memory  2 KiB per event that has happened.
 * Cost    none as long as nothing is that slow.
 * Errors  none.
 */
#ifndef SHARD_SPIKES_H
#define SHARD_SPIKES_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/reply.h"
#include "shard/owner.h"

#define SPIKES_KEPT 160

enum spike_event {
    SPIKE_COMMAND,
    SPIKE_FAST_COMMAND,
    SPIKE_EXPIRE,
    SPIKE_EVICTION,
    SPIKE_DEFRAG,
    SPIKE_EVENTS
};

struct spike {
    int64_t seconds; /* wall clock */
    uint32_t milliseconds;
};

/* What happened to one event; samples with the oldest first. */
struct spike_series {
    uint32_t most; /* milliseconds, ever */
    unsigned count;
    struct spike samples[SPIKES_KEPT];
};

struct spikes {
    struct spike_series *series[SPIKE_EVENTS]; /* NULL: it has not happened */
};

void spikes_fini(struct spikes *spikes)
    ANY_THREAD; /* all are forgotten; as all zeros it is empty */

void spikes_note(struct spikes *spikes, enum spike_event event, int64_t seconds,
                 uint64_t nanoseconds) ANY_THREAD;

/* Forgets an event; true when there was something to forget. */
bool spikes_forget(struct spikes *spikes, enum spike_event event) ANY_THREAD;

/* As Redis calls it. By name: false when there is no such event. */
const char *spikes_name(enum spike_event event) ANY_THREAD;
bool spikes_find(struct bytes name, enum spike_event *event) ANY_THREAD;

/* As they lie in memory; and added to others. */
void spikes_write(const struct spikes *spikes, struct reply *reply) ANY_THREAD;
bool spikes_read(struct spikes *spikes, struct bytes written) ANY_THREAD; /* false: no memory */

#endif
