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

/* Whose the receiver's side is: its thread's, unless that sleeps and another has borrowed it. */
enum {
    AWAKE,
    ASLEEP,
    BORROWED,
    CLAIMED, /* borrowed, and its thread waits to have it back */
};

struct inbox {
    _Alignas(LINE) _Atomic int shared_state; /* also the futex word */
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

static void futex_wait(_Atomic int *word, int expected, const struct timespec *time)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, time, NULL, 0);
}

/* Acquires what was done by whoever had it before, releases what was done since. */
static bool change(struct inbox *inbox, int from, int to)
{
    return atomic_compare_exchange_strong_explicit(&inbox->shared_state, &from, to,
                                                   memory_order_acq_rel, memory_order_acquire);
}

static int state(const struct inbox *inbox)
{
    return atomic_load_explicit(&inbox->shared_state, memory_order_relaxed);
}

bool inbox_wake(struct inbox *inbox)
{
    const uint64_t one = 1;

    if (state(inbox) != ASLEEP || !change(inbox, ASLEEP, AWAKE))
        return false; /* it is awake, or somebody else sees to it */
    if (inbox->kind == INBOX_FUTEX)
        futex_wake(&inbox->shared_state);
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

/* Says the truth to who makes a fence before, whoever the receiver's side belongs to. */
static bool all_drained(struct inbox *inbox)
{
    unsigned sender;

    for (sender = 0; sender < inbox->senders; sender++)
        if (inbox->channels[sender] != NULL && !channel_is_drained(inbox->channels[sender]))
            return false;
    return true;
}

bool inbox_may_sleep(struct inbox *inbox)
{
    atomic_store_explicit(&inbox->shared_state, ASLEEP, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    if (all_drained(inbox))
        return true;
    inbox_rise(inbox);
    return false;
}

void inbox_sleep(struct inbox *inbox, int milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

    assert(inbox->kind == INBOX_FUTEX);
    futex_wait(&inbox->shared_state, ASLEEP, milliseconds < 0 ? NULL : &time);
}

/* Who has borrowed it gives it back soon. */
static void reclaim(struct inbox *inbox)
{
    change(inbox, BORROWED, CLAIMED);
    while (state(inbox) == CLAIMED)
        futex_wait(&inbox->shared_state, CLAIMED, NULL);
}

bool inbox_rise(struct inbox *inbox)
{
    while (atomic_load_explicit(&inbox->shared_state, memory_order_acquire) != AWAKE) {
        if (change(inbox, ASLEEP, AWAKE))
            return true;
        reclaim(inbox);
    }
    return false;
}

/* --- the receiver's side, for a turn --- */

bool inbox_borrow(struct inbox *inbox)
{
    return state(inbox) == ASLEEP && change(inbox, ASLEEP, BORROWED);
}

static void give_to_claimer(struct inbox *inbox)
{
    atomic_store_explicit(&inbox->shared_state, AWAKE, memory_order_release);
    futex_wake(&inbox->shared_state);
}

bool inbox_return(struct inbox *inbox, bool wake)
{
    if (!change(inbox, BORROWED, ASLEEP)) {
        give_to_claimer(inbox);
        return true;
    }
    atomic_thread_fence(memory_order_seq_cst);
    return (wake || !all_drained(inbox)) && inbox_wake(inbox);
}

int inbox_fd(const struct inbox *inbox)
{
    return inbox->fd;
}

bool inbox_is_sleeping(struct inbox *inbox)
{
    return state(inbox) == ASLEEP;
}
