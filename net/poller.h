/*
 * poller - waits for a loop, with libevent: sockets, the wake-up of its inbox, its next tick.
 *
 * Owner   the loop's thread.
 * Memory  an event base.
 * Cost    one epoll_wait per turn; none while there is nothing to do and nothing due.
 * Errors  poller_new: NULL with a reason.
 */
#ifndef NET_POLLER_H
#define NET_POLLER_H

#include "conf/why.h"
#include "net/loop.h"

struct event_base;
struct poller;

struct poller *poller_new(struct loop *loop, struct why *why) ON_MAIN;
void poller_free(struct poller *poller) ON_MAIN;

/* Turns and waits until the loop is over. */
void poller_run(struct poller *poller) ON_NET;

struct event_base *poller_base(struct poller *poller) ON_NET;
struct loop *poller_loop(struct poller *poller) ON_NET;

#endif
