#include "shard/pool.h"

#include <stdlib.h>
#include <string.h>

void pool_init(struct pool *pool, unsigned home)
{
    *pool = (struct pool){.home = (uint16_t)home};
}

static void free_one(struct pool *pool)
{
    struct request *request = pool->free;

    pool->free = request->net.next;
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
    struct request *request = aligned_alloc(REQUEST_LINE, sizeof(*request));

    if (request == NULL)
        return NULL;
    memset(request, 0, sizeof(*request));
    reply_init(&request->cargo.reply);
    request->cargo.usual = false;
    request->net.next = NULL;
    pool->free = request;
    pool->made++;
    return request;
}

void pool_renew(struct request *request)
{
    memset(&request->net, 0, sizeof(request->net));
    request->cargo.command = NULL;
    request->cargo.holder = NULL;
    request->cargo.nanoseconds = 0;
    request->cargo.database = 0;
    request->cargo.hold = HOLD_NONE;
    request->cargo.answered = false;
    request->cargo.linked = false;
    request->cargo.usual = false;
    request->cargo.shard = REQUEST_NO_SHARD;
    request->cargo.args.words = request->cargo.words;
    request->cargo.args.hash = 0;
    request->cargo.args.asker = 0;
    request->cargo.args.hidden = NULL;
    request->cargo.args.progress = NULL;
    request->cargo.args.larges = NULL;
    request->cargo.args.spare = NULL;
}

void pool_take(struct pool *pool, struct request *request, uint8_t protocol, uint32_t count)
{
    pool->free = request->net.next;
    pool->out++;
    pool_renew(request);
    request->cargo.home = pool->home;
    request->cargo.args.count = count;
    reply_reset(&request->cargo.reply, protocol);
    request->cargo.reply.special = true;
}

struct request *pool_make(struct pool *pool, uint8_t protocol)
{
    struct request *request = pool_next(pool);

    if (request != NULL)
        pool_take(pool, request, protocol, 0);
    return request;
}

void pool_give_back(struct pool *pool, struct request **request)
{
    struct request *back = *request;

    if (!back->cargo.usual)
        free(back->net.spare);
    if (back->cargo.reply.capacity > REPLY_SPILL_KEPT) /* one that was not sent */
        reply_fini(&back->cargo.reply);
    pool_give_back_usual(pool, back, back, 1);
    *request = NULL;
}

static size_t kept_at(size_t peak)
{
    return 2 * peak + POOL_KEPT;
}

bool pool_trim(struct pool *pool, unsigned budget)
{
    size_t keep;

    pool_count_back(pool, 0);
    keep = kept_at(pool->peak);
    for (; budget > 0 && pool->made > keep && pool->free != NULL; budget--)
        free_one(pool);
    pool->peak = pool->out;
    return pool->free != NULL && pool->made > kept_at(pool->peak);
}

struct bytes *pool_words(struct request *request, size_t count)
{
    assert(request->net.spare == NULL);
    if (count > REQUEST_WORDS) {
        request->net.spare = malloc(count * sizeof(struct bytes));
        if (request->net.spare == NULL)
            return NULL;
        request->cargo.args.words = request->net.spare;
    }
    request->cargo.args.count = (uint32_t)count;
    return request->cargo.args.words;
}
