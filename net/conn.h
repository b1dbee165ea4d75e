/*
 * conn - a connection: bytes in, bytes out, and what is under way between them.
 *
 *     receive -> input block -> resp -> dispatch -> order of requests -> output blocks -> send
 *
 * Owner   its loop.
 * Memory  an idle connection holds no block; input grows with what has been received, not with
 *         what was announced, but for a limited number of large words at once (see arrival); output grows until the peer reads or client-output-buffer-limit says
 *         no.
 * Cost    one receive and one send per turn in which it has something to do.
 * Errors  a broken connection is closed; its requests come home to nobody.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "net/arrival.h"
#include "net/block.h"
#include "net/order.h"
#include "net/resp.h"
#include "net/session.h"
#include "net/transport.h"

/* Requests of one connection that may be under way at once; then its input waits. */
#define CONN_IN_FLIGHT 1024u

struct conn {
    struct session session;
    struct transport *transport;
    struct loop *loop;
    struct conn *next; /* all connections of the loop */
    struct conn **back;
    struct conn *next_todo;  /* has bytes to read or to parse */
    struct conn *next_dirty; /* has answers to send, or is to be looked at when the turn ends */
    struct conn *next_stalled;
    struct request *blocker; /* why it is stalled */
    struct request *queued;  /* its latest command that waits, or has waited, for a reservation */
    struct request *parked;  /* parsed, but not sent until `queued` is: it must not overtake */
    bool in_todo;
    bool in_dirty;
    bool stalled;
    bool barrier;  /* stalled until the blocker is home, not just on its way */
    bool readable; /* there may be bytes to receive */
    bool unsure;   /* nothing has shown since the last bytes came that it is still there */
    bool hung_up;  /* the peer has said that it sends no more: read until the end */
    bool ended;    /* the end was read */
    bool writing;  /* the socket took less than all; waits to be writable */
    bool hungry;   /* all that is buffered was parsed or waits for the rest of a command */
    bool dead;     /* closed; freed when the turn ends */
    bool choked;   /* there was no memory for its answers */

    struct resp resp;
    struct block *input; /* NULL: nothing buffered */
    size_t parsed;       /* start of the next command in it */
    uint32_t refused;    /* words of a command that is only gone through; 0: it is not */
    struct arrival arrival;

    struct order order;

    struct block *output;      /* oldest first */
    struct block *output_tail; /* the youngest, when there is any */
    size_t output_bytes;
    int64_t over_soft_ms; /* since when output has been over the soft limit; 0: it is not */
};

/* NULL: no memory. */
struct conn *conn_new(struct loop *loop, struct transport *transport, uint64_t id) ON_NET;

/* Closes at once: what is unsent is lost, what is under way comes home to nobody. */
void conn_kill(struct conn *conn) ON_NET;

/* There is no memory for what it sends or is sent: closes, and says why in the log. */
void conn_starve(struct conn *conn) ON_NET;

/* The memory of a dead one. */
void conn_free(struct conn *conn) ON_NET;

/* Receives once if there may be something and all that is here was parsed. */
void conn_receive(struct conn *conn) ON_NET;

/* The same in two steps, for who receives for several at once. True: bytes are to be received into
 * `room`, and how many were, 0 at the end or -errno, is told before anything else is done with it. */
struct conn_room {
    char *at;
    size_t len;
};
bool conn_wants(struct conn *conn, struct conn_room *room) ON_NET;
void conn_received(struct conn *conn, size_t room, ssize_t result) ON_NET;

/* Parses and dispatches what is buffered, as far as it may. */
void conn_parse(struct conn *conn) ON_NET;

/* It has said nothing for a while: half a command takes no more room than it needs. */
void conn_shrink(struct conn *conn) ON_NET;

/* Moves answers that are due into the output, and sends. Closes the connection when it is through. */
void conn_flush(struct conn *conn) ON_NET;

/* A part of the same ahead of it, for who sends for several at once: moves answers that are due; the
 * parts that may be sent, 0: none; and what became of sending them: bytes, or -errno. */
#define CONN_PARTS 64
void conn_collect(struct conn *conn) ON_NET;
int conn_parts(const struct conn *conn, struct iovec *parts) ON_NET;
void conn_sent(struct conn *conn, ssize_t result) ON_NET;

/* Bytes held for it: as CLIENT LIST tells. */
size_t conn_query_bytes(const struct conn *conn) ON_NET;
size_t conn_memory(const struct conn *conn) ON_NET;

#endif
