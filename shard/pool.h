/*
 * pool - requests of one loop, ready for use.
 *
 * Owner   the loop. Requests come from here and end here, whoever held them in between.
 * Memory  grows with what is in flight, and shrinks again when it is trimmed; last in, first out,
 *         so that few and warm ones are used. Those in the pool hold no long answer. pool_fini
 *         wants all of them back: anything else is a leak, and stops the program.
 * Cost    a list operation; no allocation once warm.
 * Errors  none to the caller: no memory for a request ends the process.
 */
#ifndef SHARD_POOL_H
#define SHARD_POOL_H

#include <string.h>

#include "shard/request.h"

#define POOL_KEPT 256 /* so many are never trimmed */

struct pool {
    struct request *free;
    size_t made; /* all that exist */
    size_t out;  /* of these, in use */
    size_t peak; /* the most that were out since the last trim */
};

void pool_init(struct pool *pool) ON_NET;
void pool_fini(struct pool *pool) ON_NET;

struct request *pool_make(struct pool *pool, uint16_t home, uint8_t protocol) ON_NET;

/* The same in two steps, for who fills in words first and may find that it needs no request: looks
 * at the next one, then takes it. */
static inline struct request *pool_next(struct pool *pool) ON_NET;
static inline void pool_take(struct pool *pool, struct request *request, uint16_t home,
                             uint8_t protocol) ON_NET;
static inline void pool_give_back(struct pool *pool, struct request **request) ON_NET;

/* Now and then: frees at most `budget` of those that were not needed since the last time. */
void pool_trim(struct pool *pool, unsigned budget) ON_NET;

/* Room for `count` words in the request. */
struct bytes *pool_words(struct request *request, size_t count) ON_NET;

/* One more, which is free. */
struct request *pool_grow(struct pool *pool) ON_NET;

static inline struct request *pool_next(struct pool *pool)
{
    return __builtin_expect(pool->free != NULL, 1) ? pool->free : pool_grow(pool);
}

/* It has memory that it is not to keep. */
void pool_unburden(struct request *request) ON_NET;

static inline void pool_give_back(struct pool *pool, struct request **request)
{
    struct request *back = *request;

    if (__builtin_expect(back->net.spare != NULL || back->cargo.reply.capacity > REPLY_SPILL_KEPT,
                         0))
        pool_unburden(back);
    back->link = pool->free;
    pool->free = back;
    pool->out--;
    *request = NULL;
}

/* All but the words and their number is as new. */
static inline void pool_take(struct pool *pool, struct request *request, uint16_t home,
                             uint8_t protocol)
{
    pool->free = request->link;
    if (++pool->out > pool->peak)
        pool->peak = pool->out;
    memset(&request->net, 0, sizeof(request->net));
    request->cargo.command = NULL;
    request->cargo.holder = NULL;
    request->cargo.nanoseconds = 0;
    request->cargo.database = 0;
    request->cargo.hold = HOLD_NONE;
    request->cargo.answered = false;
    request->cargo.linked = false;
    request->cargo.home = home;
    request->cargo.shard = REQUEST_NO_SHARD;
    request->cargo.args.words = request->cargo.words;
    request->cargo.args.hash = 0;
    request->cargo.args.asker = 0;
    request->cargo.args.hidden = NULL;
    request->cargo.args.progress = NULL;
    request->cargo.args.larges = NULL;
    request->cargo.args.spare = NULL;
    reply_reset(&request->cargo.reply, protocol);
}

#endif
