/*
 * inbox - all channels into one thread, and the one wake-up for it.
 *
 *     sender:    push ... publish | full fence | look at the sleeping flag; if set, clear it, wake
 *     receiver:  set the sleeping flag | full fence | look at all channels again | sleep
 *
 *     Either the sender sees the flag or the receiver sees the request: no wake-up is lost. Only
 *     the sender that clears the flag wakes, and nobody does while the receiver is awake.
 *
 *     Instead of waking a sleeper, another thread may borrow what is the sleeper's for a turn:
 *
 *                    +---- rise, wake -----+            +----------- borrow -----------+
 *                    v                     |            |                              v
 *         receiver: awake -- may_sleep --> asleep ------+     others find it borrowed: the borrower
 *                    ^                     ^                  looks at all channels again when it
 *                    |                     +----------------- gives it back, and wakes if need be
 *                    +--- who wants to rise meanwhile claims it, and gets it then
 *
 * Owner   the receiving thread, or who has borrowed it: everything the receiver owns is passed on
 *         with the flag. Each sender owns its half of its channel.
 * Memory  a channel for each sender that was opened.
 * Cost    publish: a store. Wake: a load, and a system call only when the receiver sleeps.
 * Errors  inbox_new: NULL with a reason when there is no descriptor. A full channel refuses.
 */
#ifndef SHARD_INBOX_H
#define SHARD_INBOX_H

#include <stdbool.h>

#include "conf/why.h"
#include "shard/owner.h"

struct inbox;
struct request;

enum inbox_kind {
    INBOX_EVENTFD, /* for a thread that sleeps in an event loop */
    INBOX_FUTEX,   /* for a thread that has nothing else to wait for */
    INBOX_STEPPED, /* for a simulator that decides who runs: waking only clears the flag */
};

struct inbox *inbox_new(enum inbox_kind kind, unsigned senders, struct why *why) ON_MAIN;
void inbox_free(struct inbox *inbox) ON_MAIN;
void inbox_open(struct inbox *inbox, unsigned sender, unsigned capacity) ON_MAIN;

/* The senders' side. */
bool inbox_push(struct inbox *inbox, unsigned sender, struct request **request) ANY_THREAD;
void inbox_publish(struct inbox *inbox, unsigned sender) ANY_THREAD;
void inbox_fence(void) ANY_THREAD;               /* once between all publishing and all waking */
bool inbox_wake(struct inbox *inbox) ANY_THREAD; /* true when it slept */

/* The receiver's side. */
#define INBOX_LINKED_MAX 64 /* a run of linked requests is never longer */

/*
 * Takes about `most` requests, oldest first for each sender; a run of linked ones is never cut, so
 * `batch` needs room for most + INBOX_LINKED_MAX. The senders take turns.
 */
unsigned inbox_take(struct inbox *inbox, struct request **batch, unsigned most) ANY_THREAD;

/* Says "about to sleep"; false when something has arrived after all and the thread must not. */
bool inbox_may_sleep(struct inbox *inbox) ANY_THREAD;
void inbox_sleep(struct inbox *inbox, int milliseconds) ANY_THREAD; /* futex; -1: for ever */
bool inbox_rise(struct inbox *inbox)
    ANY_THREAD; /* after any sleep; true when nobody has woken it */
int inbox_fd(const struct inbox *inbox) ANY_THREAD;     /* becomes readable: edge-triggered */
bool inbox_is_sleeping(struct inbox *inbox) ANY_THREAD; /* and nobody has woken or borrowed it */

/* Another thread's: true when the receiver slept. Then all of its side is the caller's until it
 * returns it; `wake`: there is more to do. inbox_return: true when the receiver was woken. */
bool inbox_borrow(struct inbox *inbox) ANY_THREAD;
bool inbox_return(struct inbox *inbox, bool wake) ANY_THREAD;

#endif
