/*
 * reservation - one loop's commands that write on several hosts, taken together.
 *
 *     waiting --> batch: its hosts are reserved one after the other, in ascending order
 *             --> all its parts are sent --> each host is released behind the last of them
 *
 *     While a host is reserved it runs nothing but the batch, so nobody sees one half of a command.
 *     Every loop reserves in the same order, so no cycle of waiting can arise. Commands that come
 *     while a batch is under way form the next one: what a reservation costs is shared.
 *
 * Owner   the loop's courier.
 * Memory  lists through the requests. What reserves a host releases it again: who has been reserved
 *         can be released whatever memory there is.
 * Cost    two messages per host and batch.
 * Errors  none.
 */
#ifndef SHARD_RESERVATION_H
#define SHARD_RESERVATION_H

#include "shard/fanout.h"
#include "shard/request.h"

#define RESERVATION_STEPPED \
    8u /* commands done in steps in one batch: others wait for all of them */
#define RESERVATION_THREADS (LOOPS_MAX + SHARDS_MAX + 1)

struct reservation {
    struct request_list waiting;
    struct request_list batch;
    bool active;
    struct request *current;              /* is under way in steps; those behind it wait */
    bool writes;                          /* something of the batch does */
    bool refused;                         /* a host has no memory for what would be written */
    bool starved;                         /* there was none to reserve them all: nothing is run */
    struct request_list holds;            /* home from reserving, for releasing the same hosts */
    unsigned next;                        /* threads below it are reserved */
    uint16_t counts[RESERVATION_THREADS]; /* requests of the batch by the thread they go to */
};

void reservation_init(struct reservation *reservation) ON_NET;

/* A whole with its fanout, or one for a single shard that must not overtake those before it. */
void reservation_add(struct reservation *reservation, struct request *whole) ON_NET;

/* Forms a batch of those that wait, when none is under way; true when there is one to be reserved
 * for. */
bool reservation_begin(struct reservation *reservation) ON_NET;

/* The next thread to reserve; false when that was the last. */
bool reservation_next(struct reservation *reservation, unsigned *thread) ON_NET;

/* The batch's commands in their order; NULL when all are taken, or one that is done in steps was
 * and is not done yet. */
struct request *reservation_take(struct reservation *reservation) ON_NET;

/* A command is done. True when it was the one that those behind it waited for. */
bool reservation_done(struct reservation *reservation, const struct request *whole) ON_NET;

/* Everything was sent and released: the next batch may begin. */
void reservation_end(struct reservation *reservation) ON_NET;

#endif
