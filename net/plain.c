#include "net/plain.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cache/clock.h"
#include "net/describe.h"

struct plain {
    struct transport transport;
    int fd;
    struct event readable;
    struct event writable;
    char *peer; /* NULL until somebody asks for the names */
    char *local;
};

static struct plain *plain_of(struct transport *transport)
{
    return (struct plain *)transport;
}

static ssize_t plain_receive(struct transport *transport, void *into, size_t len)
{
    return recv(plain_of(transport)->fd, into, len, 0);
}

static ssize_t plain_send(struct transport *transport, const struct iovec *parts, int count)
{
    const struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};

    if (count == 1)
        return send(plain_of(transport)->fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL);
    return sendmsg(plain_of(transport)->fd, &message, MSG_NOSIGNAL);
}

static void plain_want_write(struct transport *transport, bool want)
{
    /* Without memory in the system for that nobody would ever say that it is writable: it ends. */
    if (want && event_add(&plain_of(transport)->writable, NULL) != 0)
        shutdown(plain_of(transport)->fd, SHUT_RDWR);
    else if (!want)
        event_del(&plain_of(transport)->writable);
}

static void plain_close(struct transport *transport)
{
    struct plain *plain = plain_of(transport);

    event_del(&plain->readable);
    event_del(&plain->writable);
    close(plain->fd);
    free(plain->peer);
    free(plain->local);
    free(plain);
}

static char *print_address(const struct sockaddr_storage *address)
{
    char text[DESCRIBE_ADDRESS], host[INET6_ADDRSTRLEN];
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    const struct sockaddr_un *local = (const struct sockaddr_un *)address;
    if (address->ss_family == AF_INET)
        snprintf(text, sizeof(text), "%s:%d",
                 inet_ntop(AF_INET, &four->sin_addr, host, sizeof(host)), ntohs(four->sin_port));
    else if (address->ss_family == AF_INET6)
        snprintf(text, sizeof(text), "[%s]:%d",
                 inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof(host)), ntohs(six->sin6_port));
    else
        snprintf(text, sizeof(text), "%s:0", local->sun_path);
    return strdup(text);
}

/* They do not change, and a log of large requests may want them with each. NULL: no memory. */
static void find_names(struct plain *plain)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);

    getsockname(plain->fd, (struct sockaddr *)&address, &len);
    free(plain->local);
    plain->local = print_address(&address);
    if (address.ss_family != AF_UNIX) { /* the peer of a Unix socket has no name */
        len = sizeof(address);
        getpeername(plain->fd, (struct sockaddr *)&address, &len);
    }
    plain->peer = print_address(&address);
}

static void plain_names(struct transport *transport, char *peer, char *local, size_t size)
{
    struct plain *plain = plain_of(transport);

    if (plain->peer == NULL)
        find_names(plain);
    snprintf(peer, size, "%s", plain->peer == NULL ? "" : plain->peer);
    snprintf(local, size, "%s", plain->local == NULL ? "" : plain->local);
}

static int plain_fd(struct transport *transport)
{
    return plain_of(transport)->fd;
}

static const struct transport_ops plain_ops = {
    .is_socket = true,
    .receive = plain_receive,
    .send = plain_send,
    .want_write = plain_want_write,
    .close = plain_close,
    .names = plain_names,
    .fd = plain_fd,
};

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    struct plain *plain = context;

    (void)fd;
    if (what & EV_CLOSED)
        loop_hung_up(plain->transport.conn);
    else
        loop_readable(plain->transport.conn);
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    struct plain *plain = context;

    (void)fd;
    (void)what;
    loop_writable(plain->transport.conn);
}

/* There is no memory for it. */
static void turn_away(struct loop *loop, int fd)
{
    close(fd);
    loop->closed++;
    loop->stats.rejected_connections++;
}

void plain_open(struct poller *poller, int fd, bool unix_socket)
{
    struct loop *loop = poller_loop(poller);
    struct plain *plain = calloc(1, sizeof(*plain));
    struct conn *conn;

    if (plain == NULL) {
        turn_away(loop, fd);
        return;
    }
    plain->transport.ops = &plain_ops;
    plain->fd = fd;
    event_assign(&plain->readable, poller_base(poller), fd,
                 EV_READ | EV_CLOSED | EV_ET | EV_PERSIST, on_readable, plain);
    event_assign(&plain->writable, poller_base(poller), fd, EV_WRITE | EV_ET | EV_PERSIST,
                 on_writable, plain);
    conn = loop_adopt(loop, &plain->transport, unix_socket, clock_steady_ms());
    if (conn == NULL) {
        free(plain);
        turn_away(loop, fd);
    } else if (event_add(&plain->readable, NULL) != 0) {
        conn_starve(conn);
    }
}
