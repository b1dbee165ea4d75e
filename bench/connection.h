/*
 * connection - one socket to the server, and the replies it owes us.
 *
 * Owner   one worker; its thread.
 * Memory  16 bytes per request that may be outstanding; a batch only once the kernel refused bytes.
 * Cost    one system call per batch sent and per receive.
 * Errors  false and a sentence.
 */
#ifndef BENCH_CONNECTION_H
#define BENCH_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/batch.h"
#include "bench/options.h"
#include "bench/scanner.h"
#include "bench/tally.h"

/* What is received at once; the thread's, so that it stays in the cache. */
#define CONNECTION_INPUT (256u << 10)

struct connection {
    int socket;
    uint32_t head, tail, mask; /* of the ring of expected replies */
    struct expected *expected;
    struct scanner scanner;
    struct batch rest; /* what the kernel has not taken yet */
    char *kept;        /* the begin of a reply: the end of what was received last */
    size_t kept_len;
};

/* Connects, waiting until it is done; then the socket blocks no more. */
bool connection_open(struct connection *, const struct options *, const struct phrase *,
                     size_t outstanding, struct why *);
void connection_close(struct connection *);

static inline uint32_t connection_outstanding(const struct connection *connection)
{
    return connection->tail - connection->head;
}

/* May this many more be sent now? */
static inline bool connection_has_room(const struct connection *connection, uint64_t requests)
{
    return connection->rest.len == 0 &&
           connection_outstanding(connection) + requests <= connection->mask + 1;
}

static inline void connection_expect(struct connection *connection, struct expected expected)
{
    connection->expected[connection->tail++ & connection->mask] = expected;
}

/* Sends the thread's batch; what the kernel does not take stays with the connection. */
bool connection_send(struct connection *, struct batch *, const struct phrase *, struct tally *,
                     struct why *);

/* Is something left to send? Then watch for room and call flush. */
static inline bool connection_is_blocked(const struct connection *connection)
{
    return connection->rest.len > 0;
}

bool connection_flush(struct connection *, struct tally *, struct why *);

/* Receives once into `input` and counts the replies in it. */
bool connection_receive(struct connection *, char *input, struct tally *, struct why *);

#endif
