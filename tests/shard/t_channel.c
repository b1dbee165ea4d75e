#include "shard/channel.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "shard/request.h"
#include "tests/tap/tap.h"

#define MANY 2000000u

/* Requests are only carried: any address will do. */
static struct request *numbered(uintptr_t number)
{
    return (struct request *)(number * 64);
}

static bool push(struct channel *channel, uintptr_t number)
{
    struct request *request = numbered(number);
    const bool pushed = channel_push(channel, &request);

    assert(pushed == (request == NULL));
    return pushed;
}

static void it_is_full_and_empty(unsigned capacity)
{
    struct channel *channel = channel_new(capacity);
    unsigned i;

    ok(channel_is_empty(channel), "room for %u: empty at first", capacity);
    for (i = 1; i <= capacity; i++)
        ok(push(channel, i), "%u of %u go in", i, capacity);
    ok(!push(channel, i), "and no more");
    ok(channel_pop(channel) == NULL, "none comes out before it is published");
    channel_publish(channel);
    ok(!channel_is_empty(channel), "then it is not empty");
    ok(!push(channel, i), "but as full");
    for (i = 1; i <= capacity; i++)
        ok(channel_pop(channel) == numbered(i), "%u comes out", i);
    ok(channel_pop(channel) == NULL && channel_is_empty(channel), "and it is empty again");
    ok(push(channel, 1), "and has room");
    channel_free(channel);
}

static void it_goes_round(unsigned capacity)
{
    struct channel *channel = channel_new(capacity);
    uintptr_t in = 0, out = 0;
    bool right = true;
    unsigned i;

    for (i = 0; i < 1000; i++) {
        unsigned some = 1 + i % capacity;

        while (some-- > 0)
            if (push(channel, in + 1))
                in++;
        channel_publish(channel);
        for (some = 1 + i * 7 % capacity; some > 0 && out < in; some--)
            right &= channel_pop(channel) == numbered(++out);
    }
    ok(right && in > 500, "room for %u: %zu go round in order", capacity, (size_t)in);
    channel_free(channel);
}

/* --- two threads --- */

static void *produce(void *argument)
{
    struct channel *channel = argument;
    uintptr_t number = 1;

    while (number <= MANY) {
        unsigned batch;

        for (batch = 0; batch < 50 && number <= MANY && push(channel, number); batch++)
            number++;
        channel_publish(channel);
        if (batch == 0)
            sched_yield();
    }
    return NULL;
}

static void two_threads_keep_the_order(unsigned capacity)
{
    struct channel *channel = channel_new(capacity);
    uintptr_t expected = 1;
    bool right = true;
    pthread_t id;

    pthread_create(&id, NULL, produce, channel);
    while (expected <= MANY) {
        struct request *request = channel_pop(channel);

        if (request == NULL)
            sched_yield();
        else
            right &= request == numbered(expected++);
    }
    pthread_join(id, NULL);
    ok(right && channel_is_empty(channel), "room for %u: %u in order", capacity, MANY);
    channel_free(channel);
}

int main(void)
{
    unsigned capacity;

    for (capacity = 1; capacity <= 4; capacity *= 2) {
        it_is_full_and_empty(capacity);
        it_goes_round(capacity);
    }
    it_goes_round(1024);
    two_threads_keep_the_order(1024);
    return tap_done();
}
