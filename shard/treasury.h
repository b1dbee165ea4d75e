/*
 * treasury - divides maxmemory among several shards: what one does not use, others may.
 *
 *     ledger (first loop)                                till (each shard's host)
 *     free, and what each shard holds                    units of its own
 *          |  ---- purse: granted ------------------------->  keeps it until it wants something
 *          |  <--- purse: wish, returned -------------------
 *          |  ---- recall: "somebody is short" ------------>  what it does not need goes into the purse;
 *                                                             who has more than a fair share evicts
 *
 *     The limit has TREASURY_UNITS units, whatever it is, so when it changes nobody has to be told
 *     how much anybody has. In the beginning each shard has the same. A shard asks before it has used up its own,
 *     and may overdraw a little while it waits. One that has less than its fair share gets the
 *     rest of that from the richest.
 *
 * Owner   the ledger is the first loop's, a till its host's. A purse or a recall belongs to whoever
 *         has it; there is one of each per shard, so neither piles up.
 * Memory  two requests per shard, none of any pool: they may be anywhere when the process ends.
 * Cost    nothing without a limit, or with one shard. Else a few additions per batch and shard, and
 *         a message there and back for each further sixteenth of a fair share.
 * Errors  none: who gets nothing evicts, or refuses.
 */
#ifndef SHARD_TREASURY_H
#define SHARD_TREASURY_H

#include "shard/request.h"
#include "shard/shard.h"

#define TREASURY_UNITS 8192u
#define TREASURY_OVERDRAFT ((uint64_t)256 << 10) /* of one shard, at most */

struct treasury;
struct purse;

/* For one shard there is none: NULL. */
struct treasury *treasury_new(unsigned shards) ON_MAIN;
void treasury_free(struct treasury *treasury) ON_MAIN;

/* Is it one of the treasury's messages? Such do not count as in flight: see outbox_slip. */
bool treasury_owns(const struct request *request) ANY_THREAD;

/* One has come home. Calls `send` for what is to be sent, also for that one again. */
typedef void treasury_send(void *context, unsigned shard, struct request *request);
void treasury_home(struct treasury *treasury, struct request *request, treasury_send *send,
                   void *context) ON_NET;

/* A shard's part of the limit. */
struct till {
    struct purse *purse; /* NULL: it is on its way */
    unsigned shards;
    unsigned units;
    unsigned owed;     /* of these, to be given up as soon as enough was evicted */
    unsigned returned; /* given up, for the purse to take along */
    bool refused;      /* has asked in vain, at: */
    int64_t asked_ms;
};

void till_open(struct till *till, struct treasury *treasury, unsigned shard,
               unsigned shards) ON_MAIN;

/* The limit of the cache, after the settings have changed. */
void till_apply(const struct till *till, struct cache *cache) ON_SHARD;

/* A message has come. True: it is to be answered at once. */
bool till_receive(struct till *till, struct cache *cache, struct request *request) ON_SHARD;

/* After a turn: the purse, when it is to be sent home; else NULL. */
struct request *till_settle(struct till *till, struct cache *cache, int64_t now) ON_SHARD;

#endif
