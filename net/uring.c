#include "net/uring.h"

#ifdef CROFT_IO_URING

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cache/panic.h"

struct place {
    ssize_t result;
    struct msghdr message;
};

struct uring {
    struct io_uring ring;
    unsigned count;
    struct place places[];
};

/* Newer kernels do less when they know that one thread does everything. */
static int make_ring(unsigned places, struct io_uring *ring)
{
    static const unsigned flags[] = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        IORING_SETUP_COOP_TASKRUN,
        0,
    };
    int error = -EINVAL;
    size_t i;

    for (i = 0; i < sizeof(flags) / sizeof(flags[0]) && error == -EINVAL; i++)
        error = io_uring_queue_init(places, ring, flags[i]);
    return error;
}

struct uring *uring_new(unsigned places, struct why *why)
{
    struct uring *uring = must_calloc(1, sizeof(*uring) + places * sizeof(uring->places[0]));
    const int error = make_ring(places, &uring->ring);

    if (error < 0) {
        why_set(why, "no io_uring here: %s", strerror(-error));
        free(uring);
        return NULL;
    }
    uring->count = places;
    io_uring_register_ring_fd(&uring->ring);
    return uring;
}

void uring_free(struct uring *uring)
{
    io_uring_queue_exit(&uring->ring);
    free(uring);
}

static struct io_uring_sqe *next_entry(struct uring *uring, unsigned nth)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&uring->ring);

    assert(entry != NULL && nth < uring->count);
    return entry;
}

void uring_receive(struct uring *uring, unsigned nth, int fd, void *into, size_t len)
{
    struct io_uring_sqe *entry = next_entry(uring, nth);

    io_uring_prep_recv(entry, fd, into, len, MSG_DONTWAIT);
    entry->user_data = nth;
}

void uring_send(struct uring *uring, unsigned nth, int fd, const struct iovec *parts,
                unsigned count)
{
    struct io_uring_sqe *entry = next_entry(uring, nth);
    struct msghdr *message = &uring->places[nth].message;

    if (count == 1) {
        io_uring_prep_send(entry, fd, parts->iov_base, parts->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        *message = (struct msghdr){.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
        io_uring_prep_sendmsg(entry, fd, message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    entry->user_data = nth;
}

static unsigned take_results(struct uring *uring)
{
    struct io_uring_cqe *done;
    unsigned head, taken = 0;

    io_uring_for_each_cqe(&uring->ring, head, done)
    {
        uring->places[done->user_data].result = done->res;
        taken++;
    }
    io_uring_cq_advance(&uring->ring, taken);
    return taken;
}

/* Signals may interrupt the wait; what was handed over is done once all the same. */
void uring_run(struct uring *uring, unsigned count)
{
    unsigned done = 0;

    while (done < count) {
        const int error = io_uring_submit_and_wait(&uring->ring, count - done);

        if (error < 0 && error != -EINTR && error != -EAGAIN && error != -EBUSY)
            panic("io_uring fails");
        done += take_results(uring);
    }
}

ssize_t uring_result(const struct uring *uring, unsigned nth)
{
    return uring->places[nth].result;
}

#else

#include <stddef.h>

struct uring *uring_new(unsigned places, struct why *why)
{
    (void)places;
    why_set(why, "no io_uring here: built without liburing");
    return NULL;
}

void uring_free(struct uring *uring)
{
    (void)uring;
}

void uring_receive(struct uring *uring, unsigned nth, int fd, void *into, size_t len)
{
    (void)uring, (void)nth, (void)fd, (void)into, (void)len;
}

void uring_send(struct uring *uring, unsigned nth, int fd, const struct iovec *parts,
                unsigned count)
{
    (void)uring, (void)nth, (void)fd, (void)parts, (void)count;
}

void uring_run(struct uring *uring, unsigned count)
{
    (void)uring, (void)count;
}

ssize_t uring_result(const struct uring *uring, unsigned nth)
{
    (void)uring, (void)nth;
    return 0;
}

#endif
