#include "net/address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_socket(const struct addrinfo *info, int backlog, const char **step)
{
    const int on = 1;
    const int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *step = "socket";
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    *step = "bind";
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0)
        goto close_fd;
    *step = "listen";
    if (listen(fd, backlog) == 0)
        return fd;
close_fd:
    close(fd);
    return -1;
}

static int bound_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return 0;
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port)
                                         : ntohs(((struct sockaddr_in *)&address)->sin_port);
}

/* True when it listens, or when the address was optional and is not there. */
static bool open_address(const char *address, int family, bool optional, int backlog, int *port,
                         int *fd, struct why *why)
{
    const struct addrinfo hints = {
        .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *info = NULL;
    const char *step = NULL;
    char service[16];
    int error;

    snprintf(service, sizeof(service), "%d", *port);
    error = getaddrinfo(address, service, &hints, &info);
    if (error != 0) {
        why_set(why, "Could not create server TCP listening socket %s:%d: %s",
                address == NULL ? "*" : address, *port, gai_strerror(error));
        return optional;
    }
    *fd = open_socket(info, backlog, &step);
    error = errno;
    freeaddrinfo(info);
    if (*fd < 0) {
        why_set(why, "Could not create server TCP listening socket %s:%d: %s: %s",
                address == NULL ? "*" : address, *port, step, strerror(error));
        return optional && (error == EADDRNOTAVAIL || error == EAFNOSUPPORT ||
                            error == EPROTONOSUPPORT || error == EPFNOSUPPORT);
    }
    if (*port == 0)
        *port = bound_port(*fd);
    return true;
}

bool address_open(const char *word, int backlog, int *port, int *fd, struct why *why)
{
    const bool optional = word[0] == '-';
    const char *address = word + optional;

    *fd = -1;
    if (strcmp(address, "*") == 0)
        return open_address(NULL, AF_INET, optional, backlog, port, fd, why);
    if (strcmp(address, "::*") == 0)
        return open_address(NULL, AF_INET6, optional, backlog, port, fd, why);
    return open_address(address, AF_UNSPEC, optional, backlog, port, fd, why);
}
