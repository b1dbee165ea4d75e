#include "shard/pool.h"

#include <stdlib.h>

#include "cache/panic.h"

void pool_init(struct pool *pool)
{
    *pool = (struct pool){0};
}

static void free_one(struct pool *pool)
{
    struct request *request = pool->free;

    pool->free = request->link;
    pool->made--;
    reply_fini(&request->cargo.reply);
    free(request);
}

void pool_fini(struct pool *pool)
{
    assert(pool->out == 0);
    while (pool->free != NULL)
        free_one(pool);
}

struct request *pool_grow(struct pool *pool)
{
    struct request *request = must_aligned(64, (sizeof(*request) + 63) / 64 * 64);

    reply_init(&request->cargo.reply);
    request->link = NULL;
    pool->free = request;
    pool->made++;
    return request;
}

struct request *pool_make(struct pool *pool, uint16_t home, uint8_t protocol)
{
    struct request *request = pool_next(pool);

    pool_take(pool, request, home, protocol);
    request->cargo.args.count = 0;
    return request;
}

void pool_unburden(struct request *request)
{
    free(request->net.spare);
    if (request->cargo.reply.capacity > REPLY_SPILL_KEPT) /* one that was not sent */
        reply_fini(&request->cargo.reply);
}

void pool_trim(struct pool *pool, unsigned budget)
{
    const size_t keep = 2 * pool->peak + POOL_KEPT;

    for (; budget > 0 && pool->made > keep && pool->free != NULL; budget--)
        free_one(pool);
    pool->peak = pool->out;
}

struct bytes *pool_words(struct request *request, size_t count)
{
    assert(request->net.spare == NULL);
    if (count > REQUEST_WORDS) {
        request->net.spare = must_malloc(count * sizeof(struct bytes));
        request->cargo.args.words = request->net.spare;
    }
    request->cargo.args.count = (uint32_t)count;
    return request->cargo.args.words;
}
