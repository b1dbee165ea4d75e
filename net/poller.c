#include "net/poller.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

#include "cache/clock.h"
#include "cache/panic.h"

struct poller {
    struct loop *loop;
    struct event_base *base;
    struct event woken;
    struct event tick;
};

/* Being awake is all: the turn looks into the inbox. Edge-triggered, so nothing needs to be read.
 */
static void on_woken(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    struct poller *poller = context;

    (void)fd;
    (void)what;
    loop_tick(poller->loop, clock_wall_ms());
}

static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base;

    if (config == NULL)
        return NULL;
    /* No change list: what is closed must be out of epoll at once, for another thread may get its
     * number. */
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV |
                                      EVENT_BASE_FLAG_NO_CACHE_TIME);
    event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
    base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

struct poller *poller_new(struct loop *loop, struct why *why)
{
    static const struct timeval second = {1, 0};
    struct poller *poller = must_calloc(1, sizeof(*poller));

    poller->loop = loop;
    poller->base = new_base();
    if (poller->base == NULL) {
        why_set(why, "cannot make an event base: this system has no epoll");
        free(poller);
        return NULL;
    }
    event_assign(&poller->woken, poller->base, courier_fd(loop->courier),
                 EV_READ | EV_ET | EV_PERSIST, on_woken, poller);
    event_add(&poller->woken, NULL);
    event_assign(&poller->tick, poller->base, -1, EV_PERSIST, on_tick, poller);
    event_add(&poller->tick, &second);
    loop->poller = poller;
    return poller;
}

void poller_free(struct poller *poller)
{
    event_del(&poller->woken);
    event_del(&poller->tick);
    event_base_free(poller->base);
    free(poller);
}

static void wait(struct poller *poller, bool at_all)
{
    poller->loop->stats.polls++;
    if (at_all && loop_may_sleep(poller->loop)) {
        event_base_loop(poller->base, EVLOOP_ONCE);
        loop_rise(poller->loop);
        return;
    }
    event_base_loop(poller->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* Where the kernel does not allow it all goes on without; who asked for it is told. */
static void start_exchange(struct loop *loop)
{
    struct why why;

    if (loop->settings->io_uring == IO_URING_NO || exchange_start(loop->exchange, &why) ||
        loop->settings->io_uring == IO_URING_AUTO)
        return;
    log_write(loop->log, LOG_WARNING, "io-uring yes: %s; every receive and send is a call",
              why.text);
}

void poller_run(struct poller *poller)
{
    start_exchange(poller->loop);
    while (!loop_is_over(poller->loop)) {
        const bool more = loop_step(poller->loop, clock_wall_ms());

        if (!loop_is_over(poller->loop))
            wait(poller, !more);
    }
    exchange_stop(poller->loop->exchange);
}

struct event_base *poller_base(struct poller *poller)
{
    return poller->base;
}

struct loop *poller_loop(struct poller *poller)
{
    return poller->loop;
}
