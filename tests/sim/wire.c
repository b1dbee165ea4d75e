#include "tests/sim/wire.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "net/loop.h"
#include "tests/shortage/shortage.h"
#include "tests/sim/buffer.h"

#define INTERRUPTED 40 /* one call in so many */
#define WOULD_BLOCK 16
#define SHORT 4

struct wire {
    struct transport transport;
    struct random *random;
    unsigned number;
    size_t up_capacity;
    size_t down_capacity;
    struct buffer up;
    size_t arrived; /* of `up`, what the server can read */
    struct buffer down;
    bool ended;       /* the client sends no more */
    bool end_arrived; /* and the server can see it */
    bool end_told;
    bool cut; /* the client's end is gone */
    bool cut_told;
    bool news; /* bytes have arrived since the loop was told last */
    bool wants_write;
    bool server_gone;
};

static bool one_in(struct wire *wire, unsigned many)
{
    return random_below(wire->random, many) == 0;
}

static struct wire *wire_of(struct transport *transport)
{
    return (struct wire *)transport;
}

/* --- the server's end --- */

static ssize_t fail(int error)
{
    errno = error;
    return -1;
}

/* What was not taken is as if it arrived only now: so the loop will be told again. */
static void arrives_later(struct wire *wire)
{
    wire->arrived = 0;
    if (!wire->end_told)
        wire->end_arrived = false;
}

static ssize_t receive(struct transport *transport, void *into, size_t len)
{
    struct wire *wire = wire_of(transport);
    size_t now = wire->arrived < len ? wire->arrived : len;

    assert(len > 0 && !wire->server_gone);
    if (wire->cut)
        return fail(ECONNRESET);
    if (one_in(wire, INTERRUPTED))
        return fail(EINTR);
    if (wire->arrived == 0)
        return wire->end_arrived && wire->up.len == 0 ? 0 : fail(EAGAIN);
    if (!wire->end_told && one_in(wire, WOULD_BLOCK)) {
        arrives_later(wire);
        return fail(EAGAIN);
    }
    if (!wire->end_told && one_in(wire, SHORT))
        now = 1 + random_below(wire->random, now);
    memcpy(into, buffer_bytes(&wire->up).at, now);
    buffer_use(&wire->up, now);
    wire->arrived -= now;
    if (now < len)
        arrives_later(wire);
    return (ssize_t)now;
}

static size_t length_of(const struct iovec *parts, int count)
{
    size_t sum = 0;
    int i;

    for (i = 0; i < count; i++) {
        assert(parts[i].iov_len > 0); /* an empty block was kept */
        sum += parts[i].iov_len;
    }
    return sum;
}

static ssize_t send(struct transport *transport, const struct iovec *parts, int count)
{
    struct wire *wire = wire_of(transport);
    const size_t room = wire->down_capacity - wire->down.len;
    const size_t len = length_of(parts, count);
    size_t now = len < room ? len : room;
    size_t left;

    assert(!wire->server_gone && len > 0);
    if (wire->cut)
        return fail(EPIPE);
    if (one_in(wire, INTERRUPTED))
        return fail(EINTR);
    if (now == 0 || one_in(wire, WOULD_BLOCK))
        return fail(EAGAIN);
    if (one_in(wire, SHORT))
        now = 1 + random_below(wire->random, now);
    for (left = now; left > 0; parts++) {
        const size_t here = parts->iov_len < left ? parts->iov_len : left;

        shortage_pause();
        buffer_add(&wire->down, parts->iov_base, here);
        shortage_go_on();
        left -= here;
    }
    return (ssize_t)now;
}

static void want_write(struct transport *transport, bool want)
{
    wire_of(transport)->wants_write = want;
}

static void end(struct transport *transport)
{
    struct wire *wire = wire_of(transport);

    assert(!wire->server_gone);
    wire->server_gone = true;
    wire->transport.conn = NULL;
}

static void names(struct transport *transport, char *peer, char *local, size_t size)
{
    snprintf(peer, size, "10.0.0.1:%u", wire_of(transport)->number);
    snprintf(local, size, "10.0.0.2:6379");
}

static int descriptor(struct transport *transport)
{
    return (int)wire_of(transport)->number;
}

static const struct transport_ops wire_ops = {
    .receive = receive,
    .send = send,
    .want_write = want_write,
    .close = end,
    .names = names,
    .fd = descriptor,
};

struct wire *wire_new(struct random *random, unsigned number, size_t up, size_t down)
{
    struct wire *wire = must_calloc(1, sizeof(*wire));

    wire->transport.ops = &wire_ops;
    wire->random = random;
    wire->number = number;
    wire->up_capacity = up;
    wire->down_capacity = down;
    return wire;
}

void wire_free(struct wire *wire)
{
    assert(wire_is_gone(wire));
    buffer_fini(&wire->up);
    buffer_fini(&wire->down);
    free(wire);
}

void wire_refuse(struct wire *wire)
{
    wire->server_gone = true;
    wire->cut = true;
}

bool wire_is_gone(const struct wire *wire)
{
    return wire->server_gone && wire->cut;
}

struct transport *wire_transport(struct wire *wire)
{
    return &wire->transport;
}

/* --- the client's end --- */

/* Bytes for a server that is gone vanish. */
size_t wire_room(const struct wire *wire)
{
    return wire->server_gone ? SIZE_MAX : wire->up_capacity - wire->up.len;
}

void wire_put(struct wire *wire, struct bytes bytes)
{
    assert(!wire->ended && !wire->cut);
    if (!wire->server_gone)
        buffer_add(&wire->up, bytes.at, bytes.len);
}

void wire_put_end(struct wire *wire)
{
    wire->ended = true;
}

struct bytes wire_get(struct wire *wire)
{
    return buffer_bytes(&wire->down);
}

void wire_got(struct wire *wire, size_t len)
{
    buffer_use(&wire->down, len);
}

bool wire_is_over(const struct wire *wire)
{
    return wire->server_gone && wire->down.len == 0;
}

void wire_cut(struct wire *wire)
{
    assert(!wire->cut);
    wire->cut = true;
}

/* --- the network --- */

static bool can_arrive(const struct wire *wire)
{
    return !wire->cut && (wire->arrived < wire->up.len || (wire->ended && !wire->end_arrived));
}

static bool can_tell_room(const struct wire *wire)
{
    return wire->wants_write && (wire->cut || wire->down.len < wire->down_capacity);
}

static bool can_tell_end(const struct wire *wire)
{
    return wire->end_arrived && !wire->end_told;
}

bool wire_can_move(const struct wire *wire)
{
    return !wire->server_gone && (can_arrive(wire) || can_tell_room(wire) || wire->news ||
                                  can_tell_end(wire) || (wire->cut && !wire->cut_told));
}

static void arrive(struct wire *wire)
{
    if (wire->arrived < wire->up.len) {
        const size_t more = wire->up.len - wire->arrived;

        wire->arrived += one_in(wire, 2) ? more : 1 + random_below(wire->random, more);
        wire->news = true;
    }
    if (wire->ended && wire->arrived == wire->up.len && one_in(wire, 2))
        wire->end_arrived = true;
}

/* As epoll does for a connection that was reset: everything it was waiting for. */
static void tell_cut(struct wire *wire)
{
    wire->cut_told = true;
    loop_readable(wire->transport.conn);
    if (wire->wants_write)
        loop_writable(wire->transport.conn);
}

static bool tell(struct wire *wire)
{
    if (wire->cut && !wire->cut_told) {
        tell_cut(wire);
    } else if (can_tell_room(wire) && one_in(wire, 2)) {
        loop_writable(wire->transport.conn);
    } else if (can_tell_end(wire)) {
        wire->end_told = true;
        wire->news = false;
        loop_hung_up(wire->transport.conn);
    } else if (wire->news) {
        wire->news = false;
        loop_readable(wire->transport.conn);
    } else {
        return false;
    }
    return true;
}

bool wire_move(struct wire *wire)
{
    if (can_arrive(wire) && (!wire->news || one_in(wire, 2))) {
        arrive(wire);
        return false;
    }
    return tell(wire);
}
