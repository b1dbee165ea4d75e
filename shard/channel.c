#include "shard/channel.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "cache/panic.h"
#include "shard/request.h"

#define LINE 64
#define AHEAD 4 /* requests */

struct channel {
    /* Written by the producer. */
    _Alignas(LINE) _Atomic unsigned shared_tail;
    unsigned tail;      /* what will be published */
    unsigned head_seen; /* the consumer's progress when last looked at */
    /* Written by the consumer. */
    _Alignas(LINE) _Atomic unsigned shared_head;
    unsigned head;
    unsigned tail_seen;
    /* Constant. */
    _Alignas(LINE) unsigned mask;
    struct request *places[];
};

struct channel *channel_new(unsigned capacity)
{
    struct channel *channel;
    size_t size = sizeof(*channel) + capacity * sizeof(channel->places[0]);

    assert(capacity > 0 && (capacity & (capacity - 1)) == 0);
    channel = must_aligned(LINE, (size + LINE - 1) / LINE * LINE);
    channel->mask = capacity - 1;
    return channel;
}

void channel_free(struct channel *channel)
{
    free(channel);
}

bool channel_push(struct channel *channel, struct request **request)
{
    if (channel->tail - channel->head_seen > channel->mask) {
        channel->head_seen = atomic_load_explicit(&channel->shared_head, memory_order_acquire);
        if (channel->tail - channel->head_seen > channel->mask)
            return false;
    }
    channel->places[channel->tail++ & channel->mask] = *request;
    *request = NULL;
    return true;
}

void channel_publish(struct channel *channel)
{
    atomic_store_explicit(&channel->shared_tail, channel->tail, memory_order_release);
}

/* The other thread's processor has what it wrote: it takes as long as memory to get it from there. So
 * what will be popped soon is called for now. */
static inline void call_ahead(const struct channel *channel)
{
    const unsigned ahead = channel->head + AHEAD;

    if ((int)(channel->tail_seen - ahead) > 0)
        request_prefetch(channel->places[ahead & channel->mask]);
}

struct request *channel_pop(struct channel *channel)
{
    struct request *request;

    if (channel_is_empty(channel))
        return NULL;
    call_ahead(channel);
    request = channel->places[channel->head++ & channel->mask];
    atomic_store_explicit(&channel->shared_head, channel->head, memory_order_release);
    return request;
}

bool channel_is_empty(struct channel *channel)
{
    if (channel->head != channel->tail_seen)
        return false;
    channel->tail_seen = atomic_load_explicit(&channel->shared_tail, memory_order_acquire);
    return channel->head == channel->tail_seen;
}

bool channel_is_drained(struct channel *channel)
{
    const unsigned head = atomic_load_explicit(&channel->shared_head, memory_order_relaxed);

    return head == atomic_load_explicit(&channel->shared_tail, memory_order_relaxed);
}
