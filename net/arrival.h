/*
 * arrival - large words of a command on their way in: each is received straight into a block of its
 * own, which a shard can keep.
 *
 *     input block    *3 $3 SET $5 greet $1048576 | \r\n *1 ...
 *                                                ^
 *     large block                                +-- 1048576 bytes
 *
 * Owner   the connection; from the moment the command is complete, its request.
 * Memory  blocks->larges; a block that is larger than twice what has come is given only while not
 *         much more is on its way to the same loop.
 * Cost    what of a word was read with its header is copied; the rest is not.
 * Errors  no memory: arrival_begin returns false and the word goes where all others do;
 *         arrival_room returns 0.
 */
#ifndef NET_ARRIVAL_H
#define NET_ARRIVAL_H

#include "net/block.h"
#include "net/resp.h"
#include "shard/request.h"

struct arrival {
    struct large *large; /* being received; NULL: none */
    size_t wanted;       /* the length of that */
    struct large *first; /* those of the command at hand that are complete */
    struct large *last;
    size_t done; /* bytes in these */
    size_t size; /* of all their slots */
    bool lately; /* the last command had one: the next has not much in front of its own, either */
};

/* After RESP_MORE with a large word: what is here of it, the end of `input`, moves to a new block. */
bool arrival_begin(struct arrival *arrival, struct blocks *blocks, struct resp *resp,
                   struct block *input, size_t parsed) ON_NET;

/* How much may be received behind what is there; a little more than belongs to the word, so that
 * one receive is enough. */
size_t arrival_room(struct arrival *arrival, struct blocks *blocks) ON_NET;

static inline bool arrival_is_complete(const struct arrival *arrival)
{
    return arrival->large->len >= arrival->wanted;
}

/* The word is complete. Returns what was received behind it: a view until the block moves on. */
struct bytes arrival_end(struct arrival *arrival, struct blocks *blocks) ON_NET;

/* Bytes that are here. */
static inline size_t arrival_bytes(const struct arrival *arrival)
{
    return arrival->done + (arrival->large == NULL ? 0 : arrival->large->len);
}

/* The command is complete: its request carries the blocks, and its words look into them. */
void arrival_hand_over(struct arrival *arrival, const struct resp *resp,
                       struct request *request) ON_NET;

/* The same for values, of keys `first` to `last`, that no entry has room for and that came with everything
 * else: who writes them must find them in blocks. False: no memory, and all is as it was. */
bool arrival_carry(struct blocks *blocks, struct request *request, uint32_t first,
                   uint32_t last) ON_NET;

/* The connection is at its end. */
void arrival_drop(struct arrival *arrival, struct blocks *blocks) ON_NET;

/* A request that carried blocks is home: those that nobody kept, and those it got in exchange. */
void arrival_take_back(struct blocks *blocks, struct request *request) ON_NET;

#endif
