/*
 * main - croft-null: a server that does nothing but be called. What it costs is the kernel's floor
 * under every server, and how fast it is shows what the load generator can do.
 *
 *     croft-null PORT
 *
 * One thread, one epoll, one receive and one send per ready connection. A send waits: clients of a
 * null server take what they get.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/null/answer.h"

#define EVENTS 256
#define INPUT (64u << 10)
#define OUTPUT (64u << 10)

struct client {
    int socket;
    size_t len;
    char input[INPUT];
};

struct server {
    int epoll;
    struct client listener; /* only its socket */
    struct answer answer;
    char output[OUTPUT];
};

static bool watch(struct server *server, struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, client->socket, &event) == 0;
}

static bool open_server(struct server *server, uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    answer_init(&server->answer);
    server->listener.socket = listener;
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    return setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
           bind(listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
           listen(listener, 1024) == 0 && watch(server, &server->listener);
}

static void close_client(struct client *client)
{
    close(client->socket);
    free(client);
}

static void accept_client(struct server *server)
{
    const int one = 1, socket = accept4(server->listener.socket, NULL, NULL, SOCK_CLOEXEC);
    struct client *client;

    if (socket < 0)
        return;
    client = malloc(sizeof(*client));
    if (client == NULL) {
        close(socket);
        return;
    }
    client->socket = socket;
    client->len = 0;
    if (setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
        !watch(server, client))
        close_client(client);
}

/* Answers what is whole; false when the client is lost. */
static bool answer(struct server *server, struct client *client)
{
    size_t used = 0, out_len;

    do {
        const size_t taken = answer_all(&server->answer, client->input + used, client->len - used,
                                        server->output, OUTPUT, &out_len);

        if (taken == ANSWER_LOST ||
            (out_len > 0 && send(client->socket, server->output, out_len, MSG_NOSIGNAL) < 0))
            return false;
        used += taken;
    } while (out_len > OUTPUT - ANSWER_ROOM);
    client->len -= used;
    memmove(client->input, client->input + used, client->len);
    return true;
}

static void serve(struct server *server, struct client *client)
{
    const ssize_t len = recv(client->socket, client->input + client->len, INPUT - client->len, 0);

    if (len > 0) {
        client->len += (size_t)len;
        if (answer(server, client))
            return;
    }
    close_client(client);
}

static int run(struct server *server)
{
    struct epoll_event events[EVENTS];

    for (;;) {
        const int ready = epoll_wait(server->epoll, events, EVENTS, -1);

        if (ready < 0 && errno != EINTR)
            return 1;
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == &server->listener)
                accept_client(server);
            else
                serve(server, events[i].data.ptr);
        }
    }
}

int main(int argc, char **argv)
{
    const long port = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    struct server *server = calloc(1, sizeof(*server));

    if (server == NULL || port < 1 || port > UINT16_MAX) {
        fprintf(stderr, "usage: croft-null PORT\n");
        free(server);
        return 1;
    }
    if (!open_server(server, (uint16_t)port)) {
        perror("croft-null: cannot listen");
        free(server);
        return 1;
    }
    return run(server);
}
