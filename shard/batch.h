/*
 * batch - runs usual requests one after the other, while the memory that those behind them will need
 * is on its way into the processor's cache.
 *
 *      run | run |  its entry is asked for  | its bucket is asked for | arrived ...
 *                | 8 | 8 of which spills    | 8 |
 *                      are asked for, too
 *
 * Owner   a host, for one turn.
 * Memory  a plain struct, on the stack.
 * Cost    per request a call through its row; two looks ahead, and a third for those whose entries
 *         are in spills.
 * Errors  none.
 */
#ifndef SHARD_BATCH_H
#define SHARD_BATCH_H

#include "shard/inbox.h"
#include "shard/request.h"
#include "shard/shard.h"

#define BATCH_MOST 256u /* usual ones */
#define BATCH_MIXED 32u /* others */
#define BATCH_STEP 8u   /* these are looked ahead for at once */

/* What is known of a request that has not run yet. */
union batch_foreseen {
    const struct bucket *bucket; /* that has been asked for; NULL: there is none */
    struct entry *likely;        /* then, that it will need; NULL: none, or not known */
};

struct batch {
    unsigned count;
    bool plain;   /* all are usual, and have run */
    bool foreign; /* some are other threads' */
    struct request *requests[BATCH_MOST];
    union batch_foreseen foreseen[BATCH_MOST];
    unsigned missed;
    struct {
        unsigned nth;
        uint32_t spill;
    } misses[BATCH_MOST];
};

/*
 * Takes usual requests from the head of the list, as long as there are such, and runs them. How many.
 * `shards`: by index of all, NULL for those of other threads.
 */
unsigned batch_run(struct batch *batch, unsigned thread, struct shard *const *shards,
                   struct request_list *arrived) ON_SHARD;

/* Only takes what is there, of any kind, and asks for the memory that it will need. What is linked is
 * taken whole. */
void batch_take(struct batch *batch, unsigned thread, struct shard *const *shards,
                struct request_list *arrived) ON_SHARD;

#endif
