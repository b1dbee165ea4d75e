/*
 * seats - the clients of the HTTP server: how many there may be, and for how long.
 *
 *     accepted --> reading --> asked --> answered --> closed        within SEAT_SECONDS
 *                                 +----> streamed to, until it leaves or does not keep up
 *
 *     evhttp neither counts its clients nor limits how long a request may take to come. So each
 *     connection has a seat, which holds its bufferevent; when all are taken nobody is accepted, and
 *     the kernel lets others wait.
 *
 * Owner   the thread that serves HTTP.
 * Memory  SEATS of them.
 * Cost    a look at each seat, once a second while any is taken.
 * Errors  none.
 *
 * A connection is for one request: answers say that it is closed behind them.
 */
#ifndef NET_HTTP_SEATS_H
#define NET_HTTP_SEATS_H

#include <stdbool.h>
#include <stdint.h>

#include "shard/owner.h"

#define SEATS 32
#define SEATS_STREAMED 16 /* of these, at most */
#define SEAT_SECONDS 5    /* also that one who is streamed to may be behind */

struct bufferevent;
struct event_base;
struct evconnlistener;
struct evhttp;
struct evhttp_request;

enum seat_state {
    SEAT_FREE,
    SEAT_READING,  /* its request has not come */
    SEAT_ASKED,    /* it waits for a round */
    SEAT_ANSWERED, /* bytes are on their way */
    SEAT_STREAMED, /* it gets news each second */
};

struct route;

struct seat {
    struct seats *seats;
    enum seat_state state;
    struct bufferevent *bufferevent;
    struct evhttp_request *request; /* asked, streamed */
    const struct route *route;      /* what for */
    bool next;                      /* the round under way began before it asked */
    int64_t since_ms;               /* it came, or had all that it was sent */
};

struct seats {
    struct event_base *base;
    struct evconnlistener **listeners;
    unsigned listener_count;
    bool full;                 /* the listeners rest */
    struct bufferevent *spare; /* for the next who comes; NULL: no memory, and the listeners rest */
    unsigned taken;
    struct seat at[SEATS];
};

void seats_init(struct seats *seats, struct event_base *base) ON_MAIN;

/* Whom the server accepts from now on takes a seat. */
void seats_serve(struct seats *seats, struct evhttp *http) ON_MAIN;
void seats_listen(struct seats *seats, struct evconnlistener *listener) ON_MAIN;
void seats_fini(struct seats *seats) ON_MAIN; /* after evhttp_free */

/* Whose request this is. */
struct seat *seats_of(struct seats *seats, struct evhttp_request *request) ON_HTTP;
unsigned seats_in(const struct seats *seats, enum seat_state state) ON_HTTP;

/* There is no memory for an answer. */
void seats_push_out(struct seat *seat) ON_HTTP;

/* Who has taken too long, or is too far behind, goes. To be called once a second. */
void seats_tidy(struct seats *seats) ON_HTTP;

#endif
