#include "net/poller.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cache/clock.h"
#include "cache/panic.h"
#include "net/skew.h"

#define SECOND 1000 /* milliseconds */

struct poller {
    struct loop *loop;
    struct event_base *base;
    struct event woken;
    struct event tick;
    bool soon; /* it is due within a second */
    struct event alarm;
    struct event clock; /* that was set: the first loop's */
    int clock_fd;
    bool watches_clock;
};

/* Being awake is all: the turn looks into the inbox. Edge-triggered, so nothing needs to be read.
 */
static void on_woken(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
}

static void tick_in(struct poller *poller, int64_t milliseconds)
{
    const struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};

    poller->soon = milliseconds <= SECOND;
    event_add(&poller->tick, &time);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    struct poller *poller = context;
    const int64_t due = loop_tick(poller->loop, clock_steady_ms());

    (void)fd;
    (void)what;
    if (poller->loop->index == 0)
        skew_check(poller->loop);
    poller->soon = false;
    if (due >= 0)
        tick_in(poller, due);
}

/* As long as nothing happens, and nothing is due, no time is to be waited for. */
static void keep_ticking(struct poller *poller)
{
    if (!poller->soon && loop_is_active(poller->loop))
        tick_in(poller, SECOND);
}

/* Being awake is all here, too. */
static void on_alarm(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
}

/* A timer that is set takes a place in a list, which is there from now on: setting one of these never
 * lacks memory. */
static bool make_timers(struct poller *poller)
{
    const struct timeval second = {1, 0};
    bool made;

    event_assign(&poller->tick, poller->base, -1, 0, on_tick, poller);
    event_assign(&poller->alarm, poller->base, -1, 0, on_alarm, poller);
    made = event_add(&poller->tick, &second) == 0 && event_add(&poller->alarm, &second) == 0;
    event_del(&poller->tick);
    event_del(&poller->alarm);
    return made;
}

/* --- the wall clock --- */

/* Is to be told of when the clock is set; otherwise never, as far as one can live to see. */
static bool arm(int fd)
{
    const struct itimerspec far = {.it_value = {.tv_sec = INT32_MAX}};

    return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL) == 0;
}

static void on_clock_set(evutil_socket_t fd, short what, void *context)
{
    struct poller *poller = context;
    uint64_t times;

    (void)what;
    if (read(fd, &times, sizeof(times)) < 0 && errno == ECANCELED && arm(fd))
        skew_check(poller->loop);
    else
        event_del(&poller->clock);
}

/* Without it the tick finds out. */
static void watch_clock(struct poller *poller)
{
    poller->clock_fd = -1;
    if (poller->loop->index != 0)
        return;
    poller->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (poller->clock_fd < 0 || !arm(poller->clock_fd))
        return;
    event_assign(&poller->clock, poller->base, poller->clock_fd, EV_READ | EV_PERSIST, on_clock_set,
                 poller);
    event_add(&poller->clock, NULL);
    poller->watches_clock = true;
}

static void unwatch_clock(struct poller *poller)
{
    if (poller->watches_clock)
        event_del(&poller->clock);
    if (poller->clock_fd >= 0)
        close(poller->clock_fd);
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
    if (!make_timers(poller) || event_add(&poller->woken, NULL) != 0) {
        why_set(why, "cannot watch anything: no memory");
        event_base_free(poller->base);
        free(poller);
        return NULL;
    }
    watch_clock(poller);
    loop->poller = poller;
    return poller;
}

void poller_free(struct poller *poller)
{
    event_del(&poller->woken);
    event_del(&poller->tick);
    event_del(&poller->alarm);
    unwatch_clock(poller);
    event_base_free(poller->base);
    free(poller);
}

static void set_alarm(struct poller *poller, int64_t due_ms)
{
    const int64_t left = due_ms - clock_steady_ms();
    const int64_t ms = left > 0 ? left : 0;
    const struct timeval time = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};

    event_add(&poller->alarm, &time);
}

static void wait(struct poller *poller, bool at_all)
{
    poller->loop->stats.polls++;
    if (loop_alarm_ms(poller->loop) != 0)
        set_alarm(poller, loop_alarm_ms(poller->loop));
    if (at_all && loop_may_sleep(poller->loop)) {
        event_base_loop(poller->base, EVLOOP_ONCE);
        loop_rise(poller->loop);
        return;
    }
    event_base_loop(poller->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* Where the kernel does not allow it all goes on without; who asked for it is told. */
static void try_uring(struct loop *loop)
{
    struct why why;

    if (loop->settings->io_uring == IO_URING_NO || exchange_start(loop->exchange, &why) ||
        loop->settings->io_uring == IO_URING_AUTO)
        return;
    log_write(loop->log, LOG_WARNING, "io-uring yes: %s; every receive and send is a call",
              why.text);
}

static void start_exchange(struct loop *loop)
{
    try_uring(loop);
    if (loop->index == 0)
        log_write(loop->log, LOG_NOTICE, "io engine: %s, key hash: %s",
                  exchange_name(loop->exchange), keyhash_name(shards_keyhash(loop->facts->shards)));
}

void poller_run(struct poller *poller)
{
    start_exchange(poller->loop);
    while (!loop_is_over(poller->loop)) {
        const bool more = loop_step(poller->loop, clock_steady_ms());

        keep_ticking(poller);
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
