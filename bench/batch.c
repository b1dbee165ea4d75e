#include "bench/batch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define PARTS_PER_CALL 1024u /* what Linux takes */

/* Each reference can have bytes before it, and the last one bytes behind it. */
bool batch_init(struct batch *batch, size_t capacity, size_t references)
{
    *batch = (struct batch){.capacity = capacity, .limit = 2 * references + 1};
    batch->bytes = malloc(capacity);
    batch->parts = calloc(batch->limit, sizeof(*batch->parts));
    if (batch->bytes != NULL && batch->parts != NULL)
        return true;
    batch_fini(batch);
    return false;
}

void batch_fini(struct batch *batch)
{
    free(batch->bytes);
    free(batch->parts);
    *batch = (struct batch){0};
}

static void clear(struct batch *batch)
{
    batch->len = batch->closed = 0;
    batch->next = batch->count = 0;
}

static void add_part(struct batch *batch, const char *at, size_t len)
{
    assert(batch->count < batch->limit);
    batch->parts[batch->count++] =
        (struct iovec){.iov_base = (char *)(uintptr_t)at, .iov_len = len};
}

static void close_part(struct batch *batch)
{
    assert(batch->len <= batch->capacity);
    if (batch->len > batch->closed)
        add_part(batch, batch->bytes + batch->closed, batch->len - batch->closed);
    batch->closed = batch->len;
}

void batch_refer(struct batch *batch, const char *at, size_t len)
{
    close_part(batch);
    add_part(batch, at, len);
}

static ssize_t give(const struct batch *batch, int socket)
{
    const struct iovec *parts = batch->parts + batch->next;
    struct msghdr message = {.msg_iov = batch->parts + batch->next};
    const size_t count = batch->count - batch->next;

    if (count == 1)
        return send(socket, parts->iov_base, parts->iov_len, MSG_NOSIGNAL);
    message.msg_iovlen = count < PARTS_PER_CALL ? count : PARTS_PER_CALL;
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

static void skip(struct batch *batch, size_t len)
{
    while (len > 0) {
        struct iovec *part = &batch->parts[batch->next];
        const size_t step = len < part->iov_len ? len : part->iov_len;

        part->iov_base = (char *)part->iov_base + step;
        part->iov_len -= step;
        len -= step;
        if (part->iov_len == 0)
            batch->next++;
    }
}

enum batch_result batch_send(struct batch *batch, int socket, uint64_t *sent)
{
    close_part(batch);
    while (batch->next < batch->count) {
        const ssize_t len = give(batch, socket);

        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return errno == EAGAIN ? BATCH_BLOCKED : BATCH_FAILED;
        *sent += (uint64_t)len;
        skip(batch, (size_t)len);
    }
    clear(batch);
    return BATCH_SENT;
}

static bool is_inside(const struct batch *batch, const char *at)
{
    return at >= batch->bytes && at < batch->bytes + batch->len;
}

void batch_move(struct batch *batch, struct batch *rest)
{
    assert(batch_is_empty(rest) && rest->capacity >= batch->len && rest->limit >= batch->count);
    memcpy(rest->bytes, batch->bytes, batch->len);
    rest->len = rest->closed = batch->len;
    for (size_t i = batch->next; i < batch->count; i++) {
        const char *at = batch->parts[i].iov_base;

        add_part(rest, is_inside(batch, at) ? rest->bytes + (at - batch->bytes) : at,
                 batch->parts[i].iov_len);
    }
    clear(batch);
}
