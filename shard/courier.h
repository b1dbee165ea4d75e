/*
 * courier - a loop's way to the shards and to the other loops: sends its requests, takes in what
 * arrives, keeps its pool.
 *
 * Owner   the loop.
 * Memory  the pool, and fanouts under way.
 * Cost    a message for each request that leaves the thread; none for shards that the loop hosts.
 * Errors  what cannot go yet waits, and courier_send says what that means for the connection. For
 *         what there is no memory comes back as refused with ERROR_OOM: nothing of it was done.
 */
#ifndef SHARD_COURIER_H
#define SHARD_COURIER_H

#include "shard/fanout.h"
#include "shard/pool.h"
#include "shard/shards.h"

struct courier;

/* What a connection may do after a send. */
enum courier_way {
    WAY_FREE,    /* go on */
    WAY_LINED,   /* wait until the request is no longer net.lined: its shard has enough to do */
    WAY_BARRIER, /* wait until the request is net.home: what follows must not overtake it */
    WAY_WATCHED, /* go on; but when it turns to net.lined again, as if it were WAY_QUEUED */
    WAY_QUEUED,  /* it waits for a reservation; only commands that are ATOMIC may be sent, `behind`
                    it,  until it is no longer net.lined */
};

struct courier *courier_new(struct shards *shards, unsigned thread, struct loop *loop) ON_MAIN;
void courier_free(struct courier *courier) ON_MAIN;

struct request *courier_make(struct courier *courier,
                             uint8_t protocol) ON_NET; /* NULL: no memory */

/* The same in two steps, see pool_next: its words may be filled in before it is taken. */
struct request *courier_next(struct courier *courier) ON_NET; /* NULL: no memory */
void courier_take(struct courier *courier, struct request *request, uint8_t protocol,
                  uint32_t count) ON_NET;
void courier_take_usual(struct courier *courier, struct request *request, uint8_t protocol) ON_NET;

void courier_give_back(struct courier *courier, struct request **request) ON_NET;
void courier_give_back_usual(struct courier *courier, struct request *first, struct request *last,
                             unsigned count) ON_NET;

/* Sends a request where its row says. It comes back by courier_ready. `behind`: see WAY_QUEUED. */
enum courier_way courier_send(struct courier *courier, struct request *request, bool behind) ON_NET;

/* Sends a message of the loop's own: a row that no client can name, whose handlers find `hidden`, and
 * one word. False: no memory, and nobody hears of it. */
bool courier_tell(struct courier *courier, const struct command *command, void *hidden) ON_NET;
bool courier_tell_word(struct courier *courier, const struct command *command, void *hidden,
                       struct bytes word) ON_NET;

/*
 * The same for usual ones, whose key is the first word behind the name. Each is routed. True: to this
 * very thread, for courier_accept, which takes all `taken` ones at once: `first` to `last` are linked
 * by `link`, if there are any. False: it is to be sent; false from that: it waits in line, as
 * WAY_LINED says.
 */
bool courier_route_usual(struct courier *courier, struct request *request) ON_NET;
bool courier_send_usual(struct courier *courier, struct request *request) ON_NET;
void courier_accept(struct courier *courier, struct request *first, struct request *last,
                    unsigned taken) ON_NET;

/* Sends a message to another loop: a row with .on_loop, or .on_message for one that is answered
 * later. */
void courier_send_to_loop(struct courier *courier, struct request *request, unsigned thread) ON_NET;

/* Loans that replies no longer need go back to their keepers. Leaves NULL behind, or those for which
 * there is no memory now. */
void courier_return_loans(struct courier *courier, struct loan **loans) ON_NET;

/* Answers a request that came to .on_message. */
void courier_answer(struct courier *courier, struct request **request) ON_NET;

/* Takes in what has arrived: answers, and work for the shards and the loop of this thread. */
bool courier_receive(struct courier *courier) ON_NET;

/* Does this thread host shards? */
bool courier_hosts(const struct courier *courier) ON_NET;

/* Runs the shards that this thread hosts. `now`: steady milliseconds. True when something ran. */
bool courier_run_hosted(struct courier *courier, int64_t now) ON_NET;

/* Is there something for them to run? Then the thread must not sleep. */
bool courier_has_work(const struct courier *courier) ON_NET;

/* Housekeeping of hosted shards; true when there is more to do. */
bool courier_tidy(struct courier *courier, int64_t now, unsigned budget) ON_NET;
/* Now and then: requests that nobody needed go back to the system. True: there are more. */
bool courier_trim(struct courier *courier) ON_NET;
bool courier_has_expiring(const struct courier *courier) ON_NET;

/* Whole requests that are answered, linked by `link`, in no order; NULL when none is left. */
struct request *courier_ready(struct courier *courier) ON_NET;

/* Makes everything sent and answered visible to the other threads. Short work for hosts that sleep is
 * done in their place. `now`: steady milliseconds. */
void courier_publish(struct courier *courier, int64_t now) ON_NET;

/* When courier_publish has something to do even if nothing happens, in milliseconds; 0: never. */
int64_t courier_alarm_ms(const struct courier *courier) ON_NET;

/* Nothing is under way, and nothing will be any more: there is nobody left to be told anything. */
void courier_retire(struct courier *courier) ON_NET;

bool courier_may_sleep(struct courier *courier) ON_NET;
void courier_rise(struct courier *courier) ON_NET;
int courier_fd(const struct courier *courier) ON_NET;

const struct pool *courier_pool(const struct courier *courier) ON_NET;
const struct outbox_stats *courier_stats(const struct courier *courier) ON_NET;

#endif
