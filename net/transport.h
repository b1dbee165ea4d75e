/*
 * transport - how bytes get to the other side: the calls that a socket, TLS or a simulator makes.
 *
 * Owner   the loop of its connection.
 * Memory  the implementation's; close frees it.
 * Cost    receive and send are one system call each for a socket.
 * Errors  as recv and sendmsg: -1 and errno, EAGAIN when it would block; 0 from receive is the end.
 *
 * The implementation calls loop_readable, loop_writable and loop_hung_up when the other side moves.
 * Readiness is edge-triggered: after loop_readable the connection reads until a read comes back
 * short.
 */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "shard/owner.h"

struct conn;
struct transport;

struct transport_ops {
    bool is_socket; /* receive and send are recv and sendmsg on fd, and may be called so */
    ssize_t (*receive)(struct transport *, void *into, size_t len);
    ssize_t (*send)(struct transport *, const struct iovec *parts, int count);
    void (*want_write)(struct transport *, bool);
    void (*close)(struct transport *);
    /* "127.0.0.1:6379" or "/path:0", as CLIENT LIST shows them. */
    void (*names)(struct transport *, char *peer, char *local, size_t size);
    int (*fd)(struct transport *);
};

struct transport {
    const struct transport_ops *ops;
    struct conn *conn;
};

#endif
