/*
 * fanout - one command for several shards or threads: split into parts, gathered into one answer.
 *
 *     whole (keeps its place in the order of replies, does not travel)
 *       +-- part for shard 1      parts for the same host travel and run together
 *       +-- part for shard 4
 *
 *     What writes on several hosts waits for a reservation first.
 *
 * Owner   the loop that asked; a shard sees only parts.
 * Memory  one object per command under way, and the words of its parts.
 * Cost    one message per shard concerned, none when all keys have one owner.
 * Errors  a part that answers an error makes that the answer of the whole.
 */
#ifndef SHARD_FANOUT_H
#define SHARD_FANOUT_H

#include "cache/random.h"
#include "shard/pool.h"
#include "shard/request.h"
#include "shard/shards.h"

struct fanout {
    struct request *whole;
    struct request *parts; /* all, linked by net.next, in ascending order of target and shard */
    unsigned part_count;
    unsigned waiting; /* parts not home yet */
    uint8_t *owners;  /* of each key, for BY_KEY: its shard */
    struct bytes *words;
};

/*
 * Splits a MULTI_SHARD command by the owners of its keys. NULL when one shard owns them all: the
 * whole has that shard in its cargo then, and travels itself.
 */
struct fanout *fanout_split(const struct shards *shards, struct pool *pool,
                            struct request *whole) ON_NET;

/* One part for each shard, for each loop, or both, with the words of the whole. */
struct fanout *fanout_spread(const struct shards *shards, struct pool *pool, struct request *whole,
                             bool all_shards, bool all_loops) ON_NET;

/* Do its parts go to more than one host? */
bool fanout_has_hosts(const struct fanout *fanout) ON_NET;

/* All parts are home: writes the whole's answer, gives parts and fanout back. */
void fanout_gather(struct fanout *fanout, struct pool *pool, struct random *random,
                   struct loop *loop) ON_NET;

#endif
