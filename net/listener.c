#include "net/listener.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cache/panic.h"
#include "net/address.h"
#include "net/plain.h"

#define SOCKETS_MAX 64
#define REST_MILLISECONDS 100
#define REST_LOG_MILLISECONDS 10000 /* a line about it now and then is enough */
#define RESERVED_CLIENTS 4 /* above maxclients, over the Unix socket: to see what is wrong */

#define TOO_MANY "-ERR max number of clients reached\r\n"
#define DENIED                                                                                    \
    "-DENIED croft is running in protected mode because protected mode is enabled and no "        \
    "password is set for the default user. In this mode connections are only accepted from the "  \
    "loopback interface. To serve other machines, set a password with CONFIG SET requirepass or " \
    "in the configuration file, or say protected-mode no there, or in CONFIG SET protected-mode " \
    "no sent from the server's own machine.\r\n"

struct socket {
    struct listener *listener;
    int fd;
    bool unix_socket;
    struct event event;
};

struct listener {
    struct poller *poller;
    struct loop *loop;
    struct log *log;
    char *unlink_path; /* of the Unix socket */
    struct event rest;
    bool resting;
    int64_t rest_logged_ms;
    unsigned next_loop;
    unsigned count;
    struct socket sockets[SOCKETS_MAX];
};

/* --- opening --- */

static bool add_socket(struct listener *listener, int fd, bool unix_socket, struct why *why)
{
    if (listener->count == SOCKETS_MAX) {
        why_set(why, "more than %d addresses to listen on", SOCKETS_MAX);
        close(fd);
        return false;
    }
    listener->sockets[listener->count++] =
        (struct socket){.listener = listener, .fd = fd, .unix_socket = unix_socket};
    return true;
}

static bool open_word(struct listener *listener, const char *word, int backlog, int *port,
                      struct why *why)
{
    int fd;

    if (!address_open(word, backlog, port, &fd, why))
        return false;
    return fd < 0 || add_socket(listener, fd, false, why);
}

static bool open_tcp(struct listener *listener, const struct settings *settings, int *port,
                     struct why *why)
{
    static char *everywhere[] = {"*", "-::*"};
    const bool any = settings->bind.count > 0;
    char *const *words = any ? settings->bind.at : everywhere;
    const size_t count = any ? settings->bind.count : 2;
    size_t i;

    *port = settings->port == SETTINGS_AUTO ? 0 : (int)settings->port;
    for (i = 0; i < count; i++)
        if (!open_word(listener, words[i], (int)settings->tcp_backlog, port, why)) {
            log_write(listener->log, LOG_WARNING, "Warning: %s", why->text);
            why_set(why, "Failed listening on port %d (tcp), aborting.", *port);
            return false;
        }
    if (listener->count == 0) {
        why_set(why, "Failed listening on port %d (tcp), aborting.", *port);
        return false;
    }
    return true;
}

/* The permissions are right from the first moment: nobody slips in before a chmod. */
static int open_unix_socket(const struct sockaddr_un *address, const struct settings *settings)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const mode_t before = umask(0777 & ~(mode_t)settings->unixsocketperm);
    bool opened;

    if (settings->unixsocketperm == 0)
        umask(before);
    opened = fd >= 0 && bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
             listen(fd, (int)settings->tcp_backlog) == 0;
    umask(before);
    if (opened || fd < 0)
        return fd;
    close(fd);
    return -1;
}

static bool open_unix(struct listener *listener, const struct settings *settings, struct why *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = settings->unixsocket;
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        why_set(why, "Failed opening Unix socket: %s: the path is too long", path);
        return false;
    }
    unlink(path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = open_unix_socket(&address, settings);
    if (fd < 0) {
        why_errno(why, "Failed opening Unix socket: bind: %s", path);
        return false;
    }
    listener->unlink_path = strdup(path);
    return add_socket(listener, fd, true, why);
}

struct listener *listener_new(const struct settings *settings, struct log *log, int *port,
                              struct why *why)
{
    struct listener *listener = must_calloc(1, sizeof(*listener));

    listener->log = log;
    *port = 0;
    if (settings->port != 0 && !open_tcp(listener, settings, port, why))
        goto free_listener;
    if (settings->unixsocket[0] != '\0' && !open_unix(listener, settings, why))
        goto free_listener;
    if (listener->count == 0) {
        why_set(why, "Configured to not listen anywhere, exiting.");
        goto free_listener;
    }
    return listener;
free_listener:
    listener_free(listener);
    return NULL;
}

static void close_sockets(struct listener *listener)
{
    for (; listener->count > 0; listener->count--) {
        struct socket *socket = &listener->sockets[listener->count - 1];

        if (listener->poller != NULL)
            event_del(&socket->event);
        close(socket->fd);
    }
    if (listener->unlink_path != NULL)
        unlink(listener->unlink_path);
    free(listener->unlink_path);
    listener->unlink_path = NULL;
}

void listener_free(struct listener *listener)
{
    close_sockets(listener);
    free(listener);
}

void listener_stop(struct listener *listener)
{
    if (listener->resting)
        event_del(&listener->rest);
    close_sockets(listener);
}

/* --- accepting --- */

static void on_handover(struct loop *loop, struct args *args, struct reply *reply)
{
    const struct bytes word = args_word(args, 0); /* at: is it a Unix socket; len: the descriptor */

    (void)reply;
    plain_open(loop->poller, (int)word.len, word.at != NULL);
}

static const struct command handover_command = {
    .name = "listener|handover", .flags = INTERNAL, .on_loop = on_handover};

/* The loop with the fewest connections; among equals they take turns. */
static unsigned choose_loop(struct listener *listener)
{
    const struct loop *loop = listener->loop;
    const unsigned count = shards_loops(loop->facts->shards);
    unsigned best = listener->next_loop % count;
    unsigned i;

    for (i = 0; i < count; i++) {
        const unsigned other = (listener->next_loop + i) % count;

        if (loop->loads[other] < loop->loads[best])
            best = other;
    }
    listener->next_loop = best + 1;
    return best;
}

static void hand_over(struct listener *listener, int fd, bool unix_socket)
{
    struct loop *loop = listener->loop;
    const unsigned chosen = choose_loop(listener);
    struct request *request;

    loop->loads[chosen]++;
    if (chosen == loop->index) {
        plain_open(listener->poller, fd, unix_socket);
        return;
    }
    request = courier_make(loop->courier, 2);
    if (request == NULL) {
        loop->loads[chosen]--;
        loop->stats.rejected_connections++;
        close(fd);
        return;
    }
    request->cargo.command = &handover_command;
    pool_words(request, 1)[0] = bytes_new(unix_socket ? "u" : NULL, (size_t)fd);
    courier_send_to_loop(loop->courier, request, chosen);
}

static uint64_t connected(const struct loop *loop)
{
    uint64_t count = 0;
    unsigned i;

    for (i = 0; i < shards_loops(loop->facts->shards); i++)
        count += loop->loads[i];
    return count;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;

    if (address->ss_family == AF_INET)
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
               (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) && six->sin6_addr.s6_addr[12] == 127);
    return true;
}

static void refuse(struct listener *listener, int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
    listener->loop->stats.rejected_connections++;
}

static void set_options(const struct settings *settings, int fd)
{
    const int on = 1;
    const int idle = (int)settings->tcp_keepalive;
    const int interval = idle / 3 > 0 ? idle / 3 : 1;
    const int probes = 3;
    const unsigned patience = ((unsigned)idle + (unsigned)(probes * interval)) * 1000u;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (idle == 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
    /* No probes are sent while something is unacknowledged: that has to end as well. */
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
}

static void admit(struct listener *listener, int fd, const struct sockaddr_storage *address,
                  bool unix_socket)
{
    const struct settings *settings = listener->loop->settings;

    const uint64_t most = (uint64_t)settings->maxclients + (unix_socket ? RESERVED_CLIENTS : 0);

    if (connected(listener->loop) >= most) {
        refuse(listener, fd, TOO_MANY);
    } else if (!unix_socket && settings->protected_mode && settings->requirepass[0] == '\0' &&
               !is_loopback(address)) {
        refuse(listener, fd, DENIED);
    } else {
        if (!unix_socket)
            set_options(settings, fd);
        hand_over(listener, fd, unix_socket);
    }
}

/* --- out of descriptors or memory: rest, then try again --- */

static void listen_again(struct listener *listener, bool again)
{
    unsigned i;

    for (i = 0; i < listener->count; i++) {
        if (again)
            event_add(&listener->sockets[i].event, NULL);
        else
            event_del(&listener->sockets[i].event);
    }
    listener->resting = !again;
}

static void on_rested(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    listen_again(context, true);
}

static void log_rest(struct listener *listener, int error)
{
    const int64_t now = listener->loop->now_ms;

    if (listener->rest_logged_ms != 0 && now - listener->rest_logged_ms < REST_LOG_MILLISECONDS)
        return;
    listener->rest_logged_ms = now;
    log_write(listener->log, LOG_WARNING, "Accepting client connection: accept: %s",
              strerror(error));
}

static void rest(struct listener *listener)
{
    static const struct timeval pause = {0, REST_MILLISECONDS * 1000};

    log_rest(listener, errno);
    listen_again(listener, false);
    event_add(&listener->rest, &pause);
}

/* Errors that concern the one connection that was to be accepted: what lies before it in the network
 * is told that way (see accept(2)), and the next may be fine. */
static bool concerns_one(int error)
{
    static const int errors[] = {ECONNABORTED, EINTR,        EPERM,     EPROTO,
                                 ENETDOWN,     ENOPROTOOPT,  EHOSTDOWN, ENONET,
                                 ENETUNREACH,  EHOSTUNREACH, EOPNOTSUPP};
    size_t i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (error == errors[i])
            return true;
    return false;
}

static void on_acceptable(evutil_socket_t fd, short what, void *context)
{
    struct socket *socket = context;
    unsigned i;

    (void)what;
    for (i = 0; i < LISTENER_BURST; i++) {
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof(address);
        const int client =
            accept4(fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (client >= 0) {
            admit(socket->listener, client, &address, socket->unix_socket);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (!concerns_one(
                       errno)) { /* no descriptors, no memory: trying again at once spins */
            rest(socket->listener);
            return;
        }
    }
}

void listener_start(struct listener *listener, struct poller *poller)
{
    unsigned i;

    listener->poller = poller;
    listener->loop = poller_loop(poller);
    assert(listener->loop->index == 0);
    listener->loop->listener = listener;
    listener->loop->stop_accepting = listener_stop;
    event_assign(&listener->rest, poller_base(poller), -1, 0, on_rested, listener);
    for (i = 0; i < listener->count; i++) {
        struct socket *socket = &listener->sockets[i];

        event_assign(&socket->event, poller_base(poller), socket->fd, EV_READ | EV_PERSIST,
                     on_acceptable, socket);
        event_add(&socket->event, NULL);
    }
}
