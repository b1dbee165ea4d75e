/*
 * batch - bytes on their way out: requests put together here, then sent in one system call.
 *
 * Owner   one thread. Each has one batch that all its connections use in turn, so it stays in the
 *         cache; what the kernel did not take moves to a batch of the connection.
 * Memory  two arrays, sized when made; nothing grows. Long values are referred to, not copied: they
 *         must stay where they are.
 * Cost    appending is a memcpy.
 * Errors  BATCH_FAILED, with errno.
 */
#ifndef BENCH_BATCH_H
#define BENCH_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

struct batch {
    char *bytes;
    size_t len, capacity;
    size_t closed; /* bytes before this belong to a part */
    struct iovec *parts;
    size_t next, count, limit; /* parts before `next` are sent */
};

enum batch_result {
    BATCH_SENT,
    BATCH_BLOCKED, /* some of it is left: wait until the socket takes more */
    BATCH_FAILED,
};

/* Room for `capacity` bytes and `references` to values elsewhere; false when memory is short. */
bool batch_init(struct batch *, size_t capacity, size_t references);
void batch_fini(struct batch *);

static inline void batch_add(struct batch *batch, const char *at, size_t len)
{
    memcpy(batch->bytes + batch->len, at, len);
    batch->len += len;
}

/* Bytes that stay where they are. */
void batch_refer(struct batch *, const char *at, size_t len);

static inline bool batch_is_empty(const struct batch *batch)
{
    return batch->len == 0;
}

/* Sends as much as the socket takes; the batch is empty again when all went. Adds up `*sent`. */
enum batch_result batch_send(struct batch *, int socket, uint64_t *sent);

/* Moves what is left into `rest`, which must be as large and empty; `batch` is empty afterwards. */
void batch_move(struct batch *batch, struct batch *rest);

#endif
