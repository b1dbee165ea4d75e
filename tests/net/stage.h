/*
 * stage - connections that nobody is at the other end of, for tests that look at one part of net/.
 *
 * Owner   the test: a loop of its own, without a courier, which is never run.
 * Memory  static; what connections hold is given back by stage_end.
 * Cost    none worth mentioning.
 * Errors  none.
 */
#ifndef TESTS_NET_STAGE_H
#define TESTS_NET_STAGE_H

#include <stdio.h>
#include <stdlib.h>

#include "net/loop.h"

/* A transport that only has addresses and remembers that it was closed. */
struct stage_transport {
    struct transport transport;
    char peer[64];
    char local[64];
    int fd;
    bool closed;
};

static inline void stage_names(struct transport *transport, char *peer, char *local, size_t size)
{
    struct stage_transport *ours = (struct stage_transport *)transport;

    snprintf(peer, size, "%s", ours->peer);
    snprintf(local, size, "%s", ours->local);
}

static inline int stage_fd(struct transport *transport)
{
    return ((struct stage_transport *)transport)->fd;
}

static inline void stage_close(struct transport *transport)
{
    ((struct stage_transport *)transport)->closed = true;
}

static const struct transport_ops stage_ops = {
    .close = stage_close, .names = stage_names, .fd = stage_fd};

static inline void stage_begin(struct loop *loop, const struct server_facts *facts,
                               const struct settings *settings)
{
    *loop = (struct loop){.facts = facts, .settings = settings, .now_ms = 1000000};
    loop->dirty_last = &loop->dirty;
    loop->todo_last = &loop->todo;
    blocks_init(&loop->blocks);
}

/* A client at 127.0.0.1:<50000 + id>, on descriptor 10 + id. */
static inline struct conn *stage_conn(struct loop *loop, struct stage_transport *transport,
                                      uint64_t id)
{
    struct conn *conn;

    *transport = (struct stage_transport){.transport.ops = &stage_ops, .fd = 10 + (int)id};
    snprintf(transport->peer, sizeof(transport->peer), "127.0.0.1:%d", 50000 + (int)id);
    snprintf(transport->local, sizeof(transport->local), "127.0.0.1:6379");
    conn = conn_new(loop, &transport->transport, id);
    conn->next = loop->conns;
    conn->back = &loop->conns;
    if (conn->next != NULL)
        conn->next->back = &conn->next;
    loop->conns = conn;
    loop->conn_count++;
    return conn;
}

/* Frees those that were killed, and kills and frees the others. */
static inline void stage_end(struct loop *loop)
{
    while (loop->conns != NULL)
        conn_kill(loop->conns);
    while (loop->dirty != NULL) {
        struct conn *conn = loop->dirty;

        loop->dirty = conn->next_dirty;
        conn_free(conn);
    }
    blocks_fini(&loop->blocks);
}

#endif
