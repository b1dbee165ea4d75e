#include "bench/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/now.h"

static int connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int connect_one(const struct addrinfo *info)
{
    const int on = 1;
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, info->ai_protocol);

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, info->ai_addr, info->ai_addrlen) == 0)
        return fd;
    close(fd);
    return -1;
}

static int connect_tcp(const char *host, uint64_t port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC}, *all;
    char service[24];
    int fd = -1;

    snprintf(service, sizeof(service), "%" PRIu64, port);
    if (getaddrinfo(host, service, &hints, &all) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    for (const struct addrinfo *info = all; info != NULL && fd < 0; info = info->ai_next)
        fd = connect_one(info);
    freeaddrinfo(all);
    return fd;
}

static uint32_t power_of_two_from(size_t number)
{
    uint32_t power = 1;

    while (power < number)
        power *= 2;
    return power;
}

static bool allocate(struct connection *connection, size_t outstanding)
{
    connection->mask = power_of_two_from(outstanding) - 1;
    connection->expected = calloc(connection->mask + 1, sizeof(*connection->expected));
    connection->kept = malloc(SCANNER_KEPT);
    return connection->expected != NULL && connection->kept != NULL;
}

bool connection_open(struct connection *connection, const struct options *options,
                     const struct phrase *phrase, size_t outstanding, struct why *why)
{
    char address[OPTIONS_ADDRESS];

    *connection = (struct connection){.socket = -1};
    scanner_init(&connection->scanner, phrase);
    if (!allocate(connection, outstanding)) {
        why_set(why, "no memory for a connection");
        goto fail;
    }
    connection->socket = options->path != NULL ? connect_unix(options->path)
                                               : connect_tcp(options->host, options->port);
    if (connection->socket < 0 || fcntl(connection->socket, F_SETFL, O_NONBLOCK) != 0) {
        why_errno(why, "cannot connect to %s", options_address(options, address));
        goto fail;
    }
    return true;
fail:
    connection_close(connection);
    return false;
}

void connection_close(struct connection *connection)
{
    if (connection->socket >= 0)
        close(connection->socket);
    free(connection->expected);
    free(connection->kept);
    batch_fini(&connection->rest);
    *connection = (struct connection){.socket = -1};
}

static bool keep_rest(struct connection *connection, struct batch *batch,
                      const struct phrase *phrase, struct why *why)
{
    if (connection->rest.bytes == NULL &&
        !phrase_make_batch(phrase, &connection->rest, connection->mask + 1)) {
        why_set(why, "no memory for what a connection cannot send yet");
        return false;
    }
    batch_move(batch, &connection->rest);
    return true;
}

bool connection_send(struct connection *connection, struct batch *batch,
                     const struct phrase *phrase, struct tally *tally, struct why *why)
{
    switch (batch_send(batch, connection->socket, &tally->bytes_sent)) {
    case BATCH_SENT:
        return true;
    case BATCH_BLOCKED:
        return keep_rest(connection, batch, phrase, why);
    case BATCH_FAILED:
        break;
    }
    why_errno(why, "cannot send to the server");
    return false;
}

bool connection_flush(struct connection *connection, struct tally *tally, struct why *why)
{
    if (batch_send(&connection->rest, connection->socket, &tally->bytes_sent) != BATCH_FAILED)
        return true;
    why_errno(why, "cannot send to the server");
    return false;
}

/* Replies that were due at the same time and came at the same time are added as one. */
struct run {
    uint64_t since;
    uint32_t gets, sets;
};

static void end_run(struct run *run, uint64_t now, struct tally *tally)
{
    if (run->gets > 0)
        histogram_add(&tally->get, now - run->since, run->gets);
    if (run->sets > 0)
        histogram_add(&tally->set, now - run->since, run->sets);
    run->gets = run->sets = 0;
}

static void add_to_run(struct run *run, struct expected expected, uint64_t now, struct tally *tally)
{
    if (expected.since != run->since) {
        end_run(run, now, tally);
        run->since = expected.since;
    }
    if (expected.is_get)
        run->gets++;
    else
        run->sets++;
}

static bool broken(const struct connection *connection, struct why *why)
{
    const struct scanner *scanner = &connection->scanner;

    why_set(why, "the server answered with something that is no reply to a %s: %.*s",
            connection->expected[connection->head & connection->mask].is_get ? "GET" : "SET",
            scanner->line == NULL    ? 0
            : scanner->line_len > 80 ? 80
                                     : (int)scanner->line_len,
            scanner->line == NULL ? "" : scanner->line);
    return false;
}

static void count(struct connection *connection, enum scanner_found found, struct tally *tally)
{
    switch (found) {
    case SCANNER_STORED:
        tally->stored++;
        break;
    case SCANNER_HIT:
        tally->hits++;
        break;
    case SCANNER_MISS:
        tally->misses++;
        break;
    case SCANNER_ERROR:
        tally->errors++;
        tally_complain(tally, connection->scanner.line, connection->scanner.line_len);
        break;
    case SCANNER_WRONG:
        tally->wrong++;
        break;
    case SCANNER_MORE:
    case SCANNER_BROKEN:
        break;
    }
}

static bool read_replies(struct connection *connection, struct input *input, struct tally *tally,
                         struct why *why)
{
    const uint64_t now = now_ns();
    struct run run = {0};

    while (input->len > 0 && connection_outstanding(connection) > 0) {
        const struct expected expected = connection->expected[connection->head & connection->mask];
        const enum scanner_found found = scanner_read(&connection->scanner, expected, input);

        if (found == SCANNER_MORE)
            break;
        if (found == SCANNER_BROKEN)
            return broken(connection, why);
        count(connection, found, tally);
        add_to_run(&run, expected, now, tally);
        connection->head++;
    }
    end_run(&run, now, tally);
    return true;
}

static bool keep(struct connection *connection, struct input input, struct why *why)
{
    if (input.len > SCANNER_KEPT || (input.len > 0 && connection_outstanding(connection) == 0)) {
        why_set(why, "the server sent more than was asked for");
        return false;
    }
    memcpy(connection->kept, input.at, input.len);
    connection->kept_len = input.len;
    return true;
}

bool connection_receive(struct connection *connection, char *input, struct tally *tally,
                        struct why *why)
{
    const size_t kept = connection->kept_len;
    struct input all = {input, kept};
    ssize_t len;

    memcpy(input, connection->kept, kept);
    len = recv(connection->socket, input + kept, CONNECTION_INPUT - kept, 0);
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (len <= 0) {
        if (len == 0)
            why_set(why, "the server closed a connection");
        else
            why_errno(why, "cannot receive from the server");
        return false;
    }
    tally->bytes_received += (uint64_t)len;
    all.len += (size_t)len;
    return read_replies(connection, &all, tally, why) && keep(connection, all, why);
}
