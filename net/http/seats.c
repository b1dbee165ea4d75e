#include "net/http/seats.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "cache/clock.h"
#include "cache/panic.h"

#define INPUT_MOST (16 * 1024)  /* that is not looked at yet */
#define SEND_BUFFER (16 * 1024) /* in the kernel, for one who is streamed to: twice that */

static int64_t now_ms(void)
{
    return clock_mono_us() / 1000;
}

/* Who is accepted must get one: it is made ahead. */
static struct bufferevent *new_spare(struct event_base *base)
{
    return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
}

void seats_init(struct seats *seats, struct event_base *base)
{
    unsigned i;

    *seats = (struct seats){.base = base};
    seats->spare = new_spare(base);
    for (i = 0; i < SEATS; i++)
        seats->at[i].seats = seats;
}

/* --- listeners --- */

static void rest(struct seats *seats)
{
    unsigned i;

    seats->full = true;
    for (i = 0; i < seats->listener_count; i++)
        evconnlistener_disable(seats->listeners[i]);
}

static void go_on(struct seats *seats)
{
    unsigned i;

    if (!seats->full || seats->taken == SEATS)
        return;
    if (seats->spare == NULL && (seats->spare = new_spare(seats->base)) == NULL)
        return;
    seats->full = false;
    for (i = 0; i < seats->listener_count; i++)
        evconnlistener_enable(seats->listeners[i]);
}

/* No descriptors, say: seats_tidy tries again. */
static void on_accept_failed(struct evconnlistener *listener, void *context)
{
    (void)listener;
    rest(context);
}

void seats_listen(struct seats *seats, struct evconnlistener *listener)
{
    /* at the start: there is memory */
    seats->listeners =
        must_realloc(seats->listeners, (seats->listener_count + 1) * sizeof(*seats->listeners));
    seats->listeners[seats->listener_count++] = listener;
    evconnlistener_set_error_cb(listener, on_accept_failed);
}

/* --- taking and leaving --- */

static void leave(struct seat *seat)
{
    struct seats *seats = seat->seats;

    bufferevent_decref(seat->bufferevent);
    *seat = (struct seat){.seats = seats};
    seats->taken--;
}

/* evhttp has let go of it: it was closed before a request came. */
static bool is_abandoned(const struct seat *seat)
{
    bufferevent_data_cb on_read;
    bufferevent_event_cb on_event;

    if (seat->state != SEAT_READING)
        return false;
    bufferevent_getcb(seat->bufferevent, &on_read, NULL, &on_event, NULL);
    return on_read == NULL && on_event == NULL;
}

static void leave_abandoned(struct seats *seats)
{
    unsigned i;

    for (i = 0; i < SEATS; i++)
        if (seats->at[i].state != SEAT_FREE && is_abandoned(&seats->at[i]))
            leave(&seats->at[i]);
}

static struct seat *free_seat(struct seats *seats)
{
    unsigned i;

    for (i = 0; i < SEATS; i++)
        if (seats->at[i].state == SEAT_FREE)
            return &seats->at[i];
    return NULL;
}

/* evhttp has accepted somebody and wants a bufferevent for them. */
static struct bufferevent *on_accepted(struct event_base *base, void *context)
{
    struct seats *seats = context;
    struct seat *seat;

    if (seats->taken == SEATS - 1)
        leave_abandoned(seats);
    seat = free_seat(seats);
    /* When the last one is taken, or there is no spare, nobody is accepted. */
    assert(seat != NULL && seats->spare != NULL);
    seat->bufferevent = seats->spare;
    seats->spare = new_spare(base);
    bufferevent_incref(seat->bufferevent);
    bufferevent_setwatermark(seat->bufferevent, EV_READ, 0, INPUT_MOST);
    seat->state = SEAT_READING;
    seat->since_ms = now_ms();
    seats->taken++;
    if (seats->taken == SEATS || seats->spare == NULL)
        rest(seats);
    return seat->bufferevent;
}

void seats_serve(struct seats *seats, struct evhttp *http)
{
    evhttp_set_bevcb(http, on_accepted, seats);
}

void seats_fini(struct seats *seats)
{
    leave_abandoned(seats);
    assert(seats->taken == 0);
    if (seats->spare != NULL)
        bufferevent_free(seats->spare);
    free(seats->listeners);
}

/* A request that was cut off from its connection before it was answered is ours to free. */
static void on_closed(struct evhttp_connection *connection, void *context)
{
    struct seat *seat = context;
    struct evhttp_request *request = seat->request;

    (void)connection;
    if (request != NULL && evhttp_request_get_connection(request) == NULL)
        evhttp_request_free(request);
    leave(seat);
    go_on(seat->seats);
}

struct seat *seats_of(struct seats *seats, struct evhttp_request *request)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct bufferevent *bufferevent = evhttp_connection_get_bufferevent(connection);
    struct seat *seat = seats->at;
    const int size = SEND_BUFFER;

    while (seat->bufferevent != bufferevent)
        seat++;
    setsockopt(bufferevent_getfd(bufferevent), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    evhttp_connection_set_closecb(connection, on_closed, seat);
    return seat;
}

unsigned seats_in(const struct seats *seats, enum seat_state state)
{
    unsigned count = 0, i;

    for (i = 0; i < SEATS; i++)
        count += seats->at[i].state == state;
    return count;
}

/* --- limits --- */

static bool is_behind(const struct seat *seat)
{
    return evbuffer_get_length(bufferevent_get_output(seat->bufferevent)) > 0;
}

static bool must_go(struct seat *seat, int64_t now)
{
    if (seat->state == SEAT_STREAMED && !is_behind(seat))
        seat->since_ms = now;
    return seat->state != SEAT_FREE && now - seat->since_ms > SEAT_SECONDS * 1000;
}

/* evhttp notices, and closes it as if the client had gone. */
void seats_push_out(struct seat *seat)
{
    shutdown(bufferevent_getfd(seat->bufferevent), SHUT_RDWR);
}

void seats_tidy(struct seats *seats)
{
    const int64_t now = now_ms();
    unsigned i;

    leave_abandoned(seats);
    for (i = 0; i < SEATS; i++)
        if (must_go(&seats->at[i], now))
            seats_push_out(&seats->at[i]);
    go_on(seats);
}
