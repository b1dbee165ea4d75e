#include "net/skew.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/clock.h"
#include "net/dispatch.h"
#include "net/loop.h"

#define ROUNDING 1 /* milliseconds that two measurements may differ by */

static void adopt_on_loop(struct loop *loop, struct args *args, struct reply *reply)
{
    const int64_t *skew = args->hidden;

    (void)reply;
    loop->skew_ms = *skew;
}

static void adopt_on_host(struct host *host, unsigned shard, struct args *args, struct reply *reply)
{
    const int64_t *skew = args->hidden;

    (void)reply;
    host_set_skew(host, shard, *skew);
}

static void on_adopted(struct loop *first, struct request *whole, struct request *parts)
{
    (void)first;
    (void)parts;
    free(whole->cargo.args.hidden);
}

static const struct command skew_command = {
    .name = "clock|skew",
    .flags = INTERNAL,
    .route = EVERYWHERE,
    .gather = GATHERED,
    .on_loop = adopt_on_loop,
    .on_host = adopt_on_host,
    .on_gathered = on_adopted,
};

/* Without memory it is found out again by the next tick. */
static void tell_all(struct loop *first, int64_t skew)
{
    int64_t *told = malloc(sizeof(*told));

    if (told == NULL)
        return;
    *told = skew;
    if (!courier_tell(first->courier, &skew_command, told))
        free(told);
}

void skew_check(struct loop *first)
{
    const int64_t skew = clock_skew_ms();
    const int64_t jump = skew - first->skew_ms;

    assert(first->index == 0);
    if ((jump >= -ROUNDING && jump <= ROUNDING) || loop_is_draining(first))
        return;
    log_write(first->log, LOG_NOTICE, "The wall clock was set %s by %lld milliseconds",
              jump > 0 ? "ahead" : "back", (long long)(jump > 0 ? jump : -jump));
    tell_all(first, skew);
}
