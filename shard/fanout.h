/*
 * fanout - one command for several shards or threads: split into parts, gathered into one answer.
 *
 *     whole (keeps its place in the order of replies, does not travel)
 *       +-- part for shard 1      parts for the same host travel and run together
 *       +-- part for shard 4
 *
 *     What writes on several hosts waits for a reservation first. Commands that need other shards'
 *     values are done in steps: fetch, run, clear up.
 *
 * Owner   the loop that asked; a shard sees only parts.
 * Memory  one object per command under way, and the words of its parts.
 * Cost    one message per shard concerned, none when all keys have one owner.
 * Errors  a part that answers an error makes that the answer of the whole, and so does a broken one.
 */
#ifndef SHARD_FANOUT_H
#define SHARD_FANOUT_H

#include "cache/random.h"
#include "shard/pool.h"
#include "shard/request.h"
#include "shard/shards.h"

/* In this order. Most have only parts. */
enum fanout_step {
    FANOUT_BEFORE, /* fetches what the parts need to know: see cache/foreign.h */
    FANOUT_PARTS,  /* these make the answer */
    FANOUT_AFTER,  /* clears up, if that turns out to be needed */
    FANOUT_STEPS
};

struct fanout {
    struct request *whole;
    /* Each linked by net.next, in ascending order of target and shard. */
    struct request *before;
    struct request *parts;
    struct request *after;
    unsigned waiting; /* of those sent, not home yet */
    unsigned step;    /* that comes next, when they are taken one by one */
    uint32_t keys;
    uint8_t *owners; /* of each key: its shard */
    struct foreign *foreign;
    struct bytes *words;
    struct dated *dated; /* one for each part, when it must be known whether they saw one state */
    uint64_t asked;
    bool open; /* something may be sent behind it: see shard/warning.h */
};

/*
 * Splits a command by the owners of its keys: whole->net.fanout, which is NULL when one shard owns
 * them all: the whole has that shard in its cargo then, and travels itself. False: no memory.
 */
bool fanout_split(const struct shards *shards, struct pool *pool, struct request *whole) ON_NET;

/*
 * For commands that only read on several hosts: has a write on several hosts ended on one of them
 * since they were asked? Then some parts may have run before it and others after it. First, before
 * they are sent; then, when they are home; then they can be sent once more, as if new.
 */
bool fanout_date(struct fanout *fanout, uint64_t now) ON_NET; /* false: no memory */
bool fanout_is_doubtful(const struct fanout *fanout) ON_NET;
void fanout_renew(struct fanout *fanout) ON_NET;

/* One part for each shard, for each loop, or both, with the words of the whole. False: no memory. */
bool fanout_spread(const struct shards *shards, struct pool *pool, struct request *whole,
                   bool all_shards, bool all_loops) ON_NET;

/* Does it go to more than one host? */
bool fanout_has_hosts(const struct fanout *fanout) ON_NET;

/* Must its steps be taken one by one, each when the one before it is home? Otherwise one host runs
 * all of them in a row. */
bool fanout_is_stepped(const struct fanout *fanout) ON_NET;

struct request *fanout_list(const struct fanout *fanout, enum fanout_step step) ON_NET;

/* The requests of the next step that has any; NULL when all are done. */
struct request *fanout_next(struct fanout *fanout) ON_NET;

/* It is not sent: gives parts and fanout back. */
void fanout_free(struct fanout *fanout, struct pool *pool) ON_NET;

/* All parts are home: writes the whole's answer, gives parts and fanout back. */
void fanout_gather(struct fanout *fanout, struct pool *pool, struct random *random,
                   struct loop *loop) ON_NET;

#endif
