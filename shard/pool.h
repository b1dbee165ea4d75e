/*
 * pool - requests of one loop, ready for use.
 *
 * Owner   the loop. Requests come from here and end here, whoever held them in between.
 * Memory  grows with what is in flight, and shrinks again when it is trimmed; last in, first out,
 *         so that few and warm ones are used. Those in the pool hold no long answer. pool_fini
 *         wants all of them back: anything else is a leak, and stops the program.
 * Cost    a list operation; no allocation once warm.
 * Errors  NULL, or false, when there is no memory for a request or its words; nothing has changed.
 */
#ifndef SHARD_POOL_H
#define SHARD_POOL_H

#include "shard/request.h"

#define POOL_KEPT 256 /* so many are never trimmed */

struct pool {
    struct request *free; /* linked by net.next */
    uint16_t home;        /* the loop's thread */
    size_t made;          /* all that exist */
    size_t out;           /* of these, in use */
    size_t peak;          /* the most that were out since the last trim */
};

void pool_init(struct pool *pool, unsigned home) ON_NET;
void pool_fini(struct pool *pool) ON_NET;

struct request *pool_make(struct pool *pool, uint8_t protocol) ON_NET; /* NULL: no memory */

/*
 * The same in two steps, for a usual command: one of few words, for one shard, that carries nothing
 * and is answered like any other. The words may be written into the next one before it is taken, or
 * not. Only what such a command changes is made new; what is asked, by whom and where, is for the
 * caller to set. The words are in place.
 */
static inline struct request *pool_next(struct pool *pool) ON_NET; /* NULL: no memory */
static inline void pool_take_usual(struct pool *pool, struct request *request,
                                   uint8_t protocol) ON_NET;
static inline void pool_count_usual(struct pool *pool, unsigned taken) ON_NET; /* afterwards */

/* The next one, for any other command, with its `count` words in place. */
void pool_take(struct pool *pool, struct request *request, uint8_t protocol, uint32_t count) ON_NET;

void pool_give_back(struct pool *pool, struct request **request) ON_NET;

/* The same for `count` usual ones, linked by net.next, whose answers were nothing special. */
static inline void pool_give_back_usual(struct pool *pool, struct request *first,
                                        struct request *last, unsigned count) ON_NET;

/* Now and then: frees at most `budget` of those that were not needed since the last time. True: more
 * would be freed the next time. */
bool pool_trim(struct pool *pool, unsigned budget) ON_NET;

/* Room for `count` words in the request; NULL: no memory. */
struct bytes *pool_words(struct request *request, size_t count) ON_NET;

/* --- inside --- */

struct request *pool_grow(struct pool *pool) ON_NET; /* one more, which is free */
void pool_renew(struct request *request) ON_NET;     /* all but its words is as new */

static inline struct request *pool_next(struct pool *pool)
{
    return __builtin_expect(pool->free != NULL, 1) ? pool->free : pool_grow(pool);
}

static inline void pool_take_usual(struct pool *pool, struct request *request, uint8_t protocol)
{
    pool->free = request->net.next;
    if (__builtin_expect(!request->cargo.usual, 0)) {
        pool_renew(request);
        request->cargo.usual = true;
        request->cargo.home = pool->home;
    }
    request->net.home = false;
    reply_reset(&request->cargo.reply, protocol);
}

static inline void pool_count_usual(struct pool *pool, unsigned taken)
{
    pool->out += taken;
}

/* More are never out than just before some come back. */
static inline void pool_count_back(struct pool *pool, unsigned count)
{
    if (pool->out > pool->peak)
        pool->peak = pool->out;
    pool->out -= count;
}

static inline void pool_give_back_usual(struct pool *pool, struct request *first,
                                        struct request *last, unsigned count)
{
    pool_count_back(pool, count);
    last->net.next = pool->free;
    pool->free = first;
}

#endif
