#include "tests/talk/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/talk/frame.h"

enum { PATIENCE_MS = 10000, MOMENT_MS = 100, END_BYTES = 1000, MIDDLE_TIMES = 61 };

bool wire_open(struct wire *wire, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int on = 1;

    *wire = (struct wire){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (wire->fd < 0)
        return false;
    setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(wire->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return true;
    wire_close(wire);
    return false;
}

void wire_close(struct wire *wire)
{
    if (wire->fd >= 0)
        close(wire->fd);
    wire->fd = -1;
    text_fini(&wire->in);
    text_fini(&wire->out);
}

void wire_reset(struct wire *wire)
{
    const struct linger at_once = {.l_onoff = 1};

    setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    wire_close(wire);
}

/* Takes in what is there; false when the peer has ended the connection. */
static bool receive(struct wire *wire)
{
    char chunk[16384];
    ssize_t got = recv(wire->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

    if (got > 0)
        text_add(&wire->in, chunk, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        wire->ended = true;
    return !wire->ended;
}

static bool receive_within(struct wire *wire, int milliseconds)
{
    struct pollfd poll_fd = {.fd = wire->fd, .events = POLLIN};

    if (wire->ended || poll(&poll_fd, 1, milliseconds) <= 0)
        return false;
    return receive(wire);
}

/* The middle of what is long goes in larger pieces: there is nothing but more of the same. */
static size_t even_piece(size_t piece, size_t sent, size_t rest)
{
    return piece < SIZE_MAX / MIDDLE_TIMES && sent > END_BYTES && rest > END_BYTES
               ? piece * MIDDLE_TIMES
               : piece;
}

/* Mostly short pieces, now and then a long one, in an order that the seed decides. */
static size_t next_piece(struct wire *wire, size_t piece, size_t sent)
{
    size_t most;

    if (wire->cuts == 0)
        return even_piece(piece, sent, wire->out.len - sent);
    wire->cuts ^= wire->cuts << 13;
    wire->cuts ^= wire->cuts >> 7;
    wire->cuts ^= wire->cuts << 17;
    most = wire->cuts % 8 == 0 ? 5000 : 12;
    return 1 + (size_t)(wire->cuts >> 20) % most;
}

/* Reads while it writes: a server may refuse to read on until we do. */
void wire_flush(struct wire *wire, size_t piece)
{
    size_t sent = 0;

    while (sent < wire->out.len && !wire->ended) {
        struct pollfd poll_fd = {.fd = wire->fd, .events = POLLIN | POLLOUT};
        size_t rest = wire->out.len - sent;
        size_t most = next_piece(wire, piece, sent);
        ssize_t done = 0;

        if (poll(&poll_fd, 1, PATIENCE_MS) <= 0)
            break;
        if (poll_fd.revents & POLLIN)
            receive(wire);
        if (poll_fd.revents & POLLOUT)
            done = send(wire->fd, wire->out.data + sent, rest < most ? rest : most,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0 && errno != EAGAIN)
            break;
        sent += done > 0 ? (size_t)done : 0;
    }
    text_clear(&wire->out);
}

void wire_half_close(struct wire *wire)
{
    shutdown(wire->fd, SHUT_WR);
    wire->half_closed = true;
}

const char *wire_front(const struct wire *wire)
{
    return wire->in.data == NULL ? "" : wire->in.data + wire->taken;
}

size_t wire_left(const struct wire *wire)
{
    return wire->in.len - wire->taken;
}

void wire_take(struct wire *wire, size_t len)
{
    wire->taken += len;
}

bool wire_value(struct wire *wire, size_t *len)
{
    for (;;) {
        long length = frame_length(wire_front(wire), wire_left(wire));

        *len = length > 0 ? (size_t)length : 0;
        if (length != FRAME_INCOMPLETE)
            return length > 0;
        if (!receive_within(wire, PATIENCE_MS))
            return false;
    }
}

bool wire_bytes(struct wire *wire, size_t len)
{
    while (wire_left(wire) < len)
        if (!receive_within(wire, PATIENCE_MS))
            return false;
    return true;
}

bool wire_wait_end(struct wire *wire)
{
    while (receive_within(wire, PATIENCE_MS))
        ;
    return wire->ended;
}

void wire_gather(struct wire *wire)
{
    while (receive_within(wire, MOMENT_MS))
        ;
}

void wire_address(const struct wire *wire, struct text *text)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof(address);

    getsockname(wire->fd, (struct sockaddr *)&address, &size);
    text_format(text, "127.0.0.1:%d", ntohs(address.sin_port));
}
