/*
 * host - runs the turns of one or more shards on one thread: a thread of its own, or a loop that
 * hosts them.
 *
 *     arrived --> up to 256 usual ones, or 32 others, at once (see batch.h) -------> answered
 *        |
 *        |                                                                  |
 *        |                                   unfinished, a slice per turn <-+ of a long command
 *        +--> deferred, while the host is reserved for a command that writes on several hosts
 *
 * A long command that is UNBROKEN goes on, slice by slice, before anything else is taken: what has
 * arrived waits, but the thread is free to do other things in between, and for all slices it is the same time.
 *
 * Owner   the thread it was made for, for the life of the process.
 * Memory  lists through the requests; nothing per request.
 * Cost    one call through the row per request; two clock reads per batch.
 * Errors  none.
 */
#ifndef SHARD_HOST_H
#define SHARD_HOST_H

#include "shard/moments.h"
#include "shard/outbox.h"
#include "shard/request.h"
#include "shard/shard.h"
#include "shard/spikes.h"

struct host;

/* A command run on a shard, and when its host was last released from a reservation for writing. */
struct dated {
    const struct command *command;
    uint64_t released; /* a moment, 0: never; filled in */
    unsigned database;
};

/* `thread` runs it and answers through `outbox`. Shards are added before the first turn. */
struct host *host_new(unsigned thread, unsigned shards_in_all, struct outbox *outbox,
                      struct moments *moments) ON_MAIN;
void host_free(struct host *host) ON_MAIN; /* with its shards */
void host_add(struct host *host, unsigned index, struct shard *shard) ON_MAIN;

/* There are several shards: this one's part of the limit. Once it is added. */
struct treasury;
void host_open_till(struct host *host, unsigned index, struct treasury *treasury) ON_MAIN;

/* A request for one of its shards, or for itself. */
void host_accept(struct host *host, struct request **request) ON_SHARD;

/* The same for several, linked by `link` up to the last. */
void host_accept_run(struct host *host, struct request *first, struct request *last) ON_SHARD;

/* Runs one batch; true when more has arrived than it took. `now`: steady milliseconds. */
bool host_step(struct host *host, int64_t now) ON_SHARD;

/* Runs one slice of a command that a turn was not enough for; host_is_in_midst: is there one? What
 * has arrived meanwhile is run between the slices. */
void host_go_on(struct host *host, int64_t now) ON_SHARD;
bool host_is_in_midst(const struct host *host) ON_SHARD;

/* Housekeeping of its shards, bounded; true when there is more to do right away. */
bool host_tidy(struct host *host, int64_t now, unsigned budget) ON_SHARD;
bool host_has_expiring(const struct host *host) ON_SHARD;

/*
 * Answered requests that this very thread had asked: all wholes, linked by `link`, and one by one
 * the parts of fanouts and reservations; NULL when none is left.
 */
struct request *host_answered(struct host *host) ON_SHARD;
struct request *host_answered_part(struct host *host) ON_SHARD;

bool host_is_told_to_stop(const struct host *host) ON_SHARD;
bool host_has_arrived(const struct host *host) ON_SHARD; /* host_step has something to do */
bool host_is_idle(const struct host *host) ON_SHARD;     /* nothing waits */

/* Rows of what is sent to hosts without a client having asked. */
extern const struct command host_stop_command; /* to the thread of a host of its own: end */
/* HOLD_TAKE and HOLD_RELEASE. With the first a word for each shard that will be written to, `at` is which
 * and `len` how many pages; its reply has failed when there are not as many. */
extern const struct command host_hold_command;
extern const struct command host_dated_command; /* runs what args.hidden, a struct dated, says */
extern const struct command host_loan_command;  /* the loans in args.hidden come back */

/* What rows with .on_host do with a shard: tell, forget, adopt new settings. */
void host_report(struct host *host, unsigned index, struct shard_report *report) ON_SHARD;
/* Its longest turn since this was asked last, in microseconds of wall time. */
uint64_t host_longest_lately_us(struct host *host) ON_SHARD;
/* See cache/walk.h. */
uint64_t host_walk(struct host *host, unsigned index, uint64_t *unfiled) ON_SHARD;
struct hotkeys *host_hotkeys(struct host *host, unsigned index) ON_SHARD;
struct spikes *host_spikes(struct host *host) ON_SHARD;
void host_reset_stats(struct host *host, unsigned index) ON_SHARD;
void host_take_back(struct host *host, unsigned index, struct loan *loans) ON_SHARD;
void host_adopt(struct host *host, unsigned index, const struct settings *settings) ON_SHARD;
void host_set_skew(struct host *host, unsigned index, int64_t skew) ON_SHARD;

#endif
