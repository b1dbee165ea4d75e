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
void pool_give_back(struct pool *pool, struct request **request) ON_NET;

/* Now and then: frees at most `budget` of those that were not needed since the last time. */
void pool_trim(struct pool *pool, unsigned budget) ON_NET;

/* Room for `count` words in the request. */
struct bytes *pool_words(struct request *request, size_t count) ON_NET;

#endif
