#include "shard/inbox.h"

#include <assert.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cache/panic.h"
#include "shard/channel.h"
#include "shard/request.h"

#define LINE 64

struct inbox {
    _Alignas(LINE) _Atomic int shared_sleeping; /* also the futex word */
    /* Read by all, written by none. */
    _Alignas(LINE) enum inbox_kind kind;
    int fd;
    unsigned senders;
    /* The receiver's. */
    _Alignas(LINE) unsigned turn; /* whose channel is looked at first */
    struct channel *channels[];   /* NULL: nobody sends from there */
};

struct inbox *inbox_new(enum inbox_kind kind, unsigned senders, struct why *why)
{
    struct inbox *inbox;
    size_t size = sizeof(*inbox) + senders * sizeof(inbox->channels[0]);

    inbox = must_aligned(LINE, (size + LINE - 1) / LINE * LINE);
    inbox->kind = kind;
    inbox->senders = senders;
    inbox->fd = -1;
    if (kind != INBOX_EVENTFD)
        return inbox;
    inbox->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (inbox->fd < 0) {
        why_errno(why, "cannot make an eventfd");
        free(inbox);
        return NULL;
    }
    return inbox;
}

void inbox_free(struct inbox *inbox)
{
    unsigned sender;

    for (sender = 0; sender < inbox->senders; sender++)
        channel_free(inbox->channels[sender]);
    if (inbox->fd >= 0)
        close(inbox->fd);
    free(inbox);
}

void inbox_open(struct inbox *inbox, unsigned sender, unsigned capacity)
{
    assert(sender < inbox->senders && inbox->channels[sender] == NULL);
    inbox->channels[sender] = channel_new(capacity);
}

bool inbox_push(struct inbox *inbox, unsigned sender, struct request **request)
{
    return channel_push(inbox->channels[sender], request);
}

void inbox_publish(struct inbox *inbox, unsigned sender)
{
    channel_publish(inbox->channels[sender]);
}

void inbox_fence(void)
{
    atomic_thread_fence(memory_order_seq_cst);
}

static void futex_wake(_Atomic int *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

bool inbox_wake(struct inbox *inbox)
{
    const uint64_t one = 1;

    if (atomic_load_explicit(&inbox->shared_sleeping, memory_order_relaxed) == 0)
        return false;
    if (atomic_exchange_explicit(&inbox->shared_sleeping, 0, memory_order_acq_rel) == 0)
        return false; /* somebody else wakes it */
    if (inbox->kind == INBOX_FUTEX)
        futex_wake(&inbox->shared_sleeping);
    else if (inbox->kind == INBOX_EVENTFD)
        (void)!write(inbox->fd, &one, sizeof(one));
    return true;
}

/* Takes from one channel; a run of linked requests is taken whole. */
static unsigned take_from(struct channel *channel, struct request **batch, unsigned most)
{
    bool linked = false;
    unsigned taken = 0;
    struct request *request;

    while ((taken < most || linked) && (request = channel_pop(channel)) != NULL) {
        linked = request->cargo.linked;
        batch[taken++] = request;
    }
    assert(!linked);
    return taken;
}

unsigned inbox_take(struct inbox *inbox, struct request **batch, unsigned most)
{
    unsigned taken = 0;
    unsigned i;

    for (i = 0; i < inbox->senders && taken < most; i++) {
        struct channel *channel = inbox->channels[inbox->turn];

        if (channel != NULL)
            taken += take_from(channel, batch + taken, most - taken);
        if (taken < most && ++inbox->turn == inbox->senders)
            inbox->turn = 0;
    }
    if (taken >= most && ++inbox->turn == inbox->senders)
        inbox->turn = 0; /* who filled the batch waits for its next turn */
    return taken;
}

static bool all_empty(struct inbox *inbox)
{
    unsigned sender;

    for (sender = 0; sender < inbox->senders; sender++)
        if (inbox->channels[sender] != NULL && !channel_is_empty(inbox->channels[sender]))
            return false;
    return true;
}

bool inbox_may_sleep(struct inbox *inbox)
{
    atomic_store_explicit(&inbox->shared_sleeping, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    if (all_empty(inbox))
        return true;
    inbox_rise(inbox);
    return false;
}

void inbox_sleep(struct inbox *inbox, int milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

    assert(inbox->kind == INBOX_FUTEX);
    syscall(SYS_futex, &inbox->shared_sleeping, FUTEX_WAIT_PRIVATE, 1,
            milliseconds < 0 ? NULL : &time, NULL, 0);
}

void inbox_rise(struct inbox *inbox)
{
    atomic_store_explicit(&inbox->shared_sleeping, 0, memory_order_relaxed);
}

int inbox_fd(const struct inbox *inbox)
{
    return inbox->fd;
}

bool inbox_is_sleeping(struct inbox *inbox)
{
    return atomic_load_explicit(&inbox->shared_sleeping, memory_order_relaxed) != 0;
}
