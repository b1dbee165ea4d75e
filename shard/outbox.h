/*
 * outbox - what one thread sends to the others: rings with room kept for every answer.
 *
 *     Towards each thread at most `limit` requests are in flight; what is more waits in line on the
 *     sender's side, oldest first. As many places are kept in the rings for the answers, so an
 *     answer never waits, and waiting goes connection -> line -> ring -> host and never back.
 *
 * Owner   the sending thread.
 * Memory  a few words per thread; the line is a list through the requests themselves.
 * Cost    a send is a store; outbox_publish one fence for all, a store per ring touched.
 * Errors  none: what does not fit waits, and outbox_send says so.
 */
#ifndef SHARD_OUTBOX_H
#define SHARD_OUTBOX_H

#include <stdint.h>

#include "shard/inbox.h"
#include "shard/request.h"

struct outbox;

/* With few threads a turn's requests of fifty clients with fifty commands each; with many, smaller rings. */
#define OUTBOX_LIMIT 3648u
#define OUTBOX_LIMIT_MEDIUM 960u
#define OUTBOX_LIMIT_SMALL 64u
#define OUTBOX_SLIPS 128u /* of a kind that may be sent to one thread, or come from it, uncounted */
#define OUTBOX_RESERVED 256u /* of a reservation's requests may be in flight beyond the limit */

struct outbox_stats {
    uint64_t sent;
    uint64_t lined;   /* of these, had to wait in line */
    uint64_t wakeups; /* of threads that slept */
    uint64_t borrows; /* of such, instead of waking them */
};

/* Hosts that slept, were sent a little that takes no time, and have not been woken for it: they are
 * borrowed, see inbox. */
#define OUTBOX_BORROWS 8u
struct outbox_borrowed {
    unsigned first, end; /* threads that may be; the caller says */
    unsigned count;
    uint16_t threads[OUTBOX_BORROWS];
};

/* The size of a ring for that limit: requests one way, answers the other, and releases beyond the
 * limit. */
unsigned outbox_ring_size(unsigned limit) ON_MAIN;

/* `inboxes` has one for each of `threads` threads; `self` sends. */
struct outbox *outbox_new(unsigned self, unsigned threads, struct inbox **inboxes,
                          unsigned limit) ON_MAIN;
void outbox_free(struct outbox *outbox) ON_MAIN;

/*
 * Sends a run of requests that stay together to the thread they all name as target. False: they
 * wait in line, and each says so in net.lined. What runs under a reservation never waits.
 */
bool outbox_send(struct outbox *outbox, struct request_list *run) ANY_THREAD;

/* Sends one of a few, which neither waits nor makes others wait. It comes back like others, but is
 * not to be told to outbox_home. */
void outbox_slip(struct outbox *outbox, struct request **request) ANY_THREAD;

/* Sends an answered request home; there is always room. */
void outbox_return(struct outbox *outbox, struct request **request) ANY_THREAD;

/* A request sent to `target` has come home; the next in line may go. */
void outbox_home(struct outbox *outbox, unsigned target) ANY_THREAD;

/* Makes everything sent visible to those who are awake. The others are woken by outbox_publish, which
 * must follow before the sender sleeps, and soon: who has slept does more at once then. */
void outbox_show(struct outbox *outbox) ANY_THREAD;

/* Makes everything sent visible and wakes who sleeps, or borrows them; NULL: wakes all. */
void outbox_publish(struct outbox *outbox, struct outbox_borrowed *borrowed) ANY_THREAD;

const struct outbox_stats *outbox_stats(const struct outbox *outbox) ANY_THREAD;
unsigned outbox_in_flight(const struct outbox *outbox, unsigned target) ANY_THREAD;

#endif
