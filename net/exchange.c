#include "net/exchange.h"

#include <stdlib.h>

#include "cache/panic.h"
#include "net/loop.h"
#include "net/uring.h"

#define WORTH_IT 2 /* a single one costs no more by a call of its own */

struct exchange {
    struct uring *uring; /* NULL: calls are made one by one */
    struct {
        struct conn *conn;
        size_t room;
        struct iovec parts[CONN_PARTS];
    } ops[EXCHANGE_MOST];
};

struct exchange *exchange_new(void)
{
    return must_calloc(1, sizeof(struct exchange));
}

void exchange_free(struct exchange *exchange)
{
    free(exchange);
}

bool exchange_start(struct exchange *exchange, struct why *why)
{
    exchange->uring = uring_new(EXCHANGE_MOST, why);
    return exchange->uring != NULL;
}

void exchange_stop(struct exchange *exchange)
{
    if (exchange->uring != NULL)
        uring_free(exchange->uring);
    exchange->uring = NULL;
}

const char *exchange_name(const struct exchange *exchange)
{
    return exchange->uring == NULL ? "epoll" : "io_uring";
}

unsigned exchange_most(const struct exchange *exchange)
{
    return exchange->uring == NULL ? 1 : EXCHANGE_MOST;
}

/* Who is not a socket as the system knows it receives and sends in its own way. */
static bool takes_part(const struct exchange *exchange, const struct conn *conn, unsigned count)
{
    return exchange->uring != NULL && count >= WORTH_IT && !conn->dead &&
           conn->transport->ops->is_socket;
}

static void run(struct exchange *exchange, unsigned count)
{
    exchange->ops[0].conn->loop->stats.io_uring_calls++;
    uring_run(exchange->uring, count);
}

static unsigned begin_receiving(struct exchange *exchange, struct conn *conn, unsigned begun)
{
    struct conn_room room;

    if (!conn_wants(conn, &room))
        return begun;
    uring_receive(exchange->uring, begun, conn->transport->ops->fd(conn->transport), room.at,
                  room.len);
    exchange->ops[begun].conn = conn;
    exchange->ops[begun].room = room.len;
    return begun + 1;
}

void exchange_receive(struct exchange *exchange, struct conn **conns, unsigned count)
{
    unsigned begun = 0, i;

    for (i = 0; i < count; i++)
        if (takes_part(exchange, conns[i], count))
            begun = begin_receiving(exchange, conns[i], begun);
        else
            conn_receive(conns[i]);
    if (begun == 0)
        return;
    run(exchange, begun);
    for (i = 0; i < begun; i++)
        conn_received(exchange->ops[i].conn, exchange->ops[i].room,
                      uring_result(exchange->uring, i));
}

static unsigned begin_sending(struct exchange *exchange, struct conn *conn, unsigned begun)
{
    int count;

    conn_collect(conn);
    count = conn_parts(conn, exchange->ops[begun].parts);
    if (count == 0)
        return begun;
    uring_send(exchange->uring, begun, conn->transport->ops->fd(conn->transport),
               exchange->ops[begun].parts, (unsigned)count);
    exchange->ops[begun].conn = conn;
    return begun + 1;
}

static void send_all(struct exchange *exchange, struct conn **conns, unsigned count)
{
    unsigned begun = 0, i;

    for (i = 0; i < count; i++)
        if (takes_part(exchange, conns[i], count))
            begun = begin_sending(exchange, conns[i], begun);
    if (begun == 0)
        return;
    run(exchange, begun);
    for (i = 0; i < begun; i++)
        conn_sent(exchange->ops[i].conn, uring_result(exchange->uring, i));
}

/* What was sent together is looked at like all others afterwards: there may be more to send. */
void exchange_flush(struct exchange *exchange, struct conn **conns, unsigned count)
{
    unsigned i;

    send_all(exchange, conns, count);
    for (i = 0; i < count; i++)
        if (!conns[i]->dead)
            conn_flush(conns[i]);
}
