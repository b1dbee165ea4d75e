/*
 * uring - several receives and sends in one system call.
 *
 *     uring_receive(uring, 0, fd, ...)   uring_send(uring, 1, fd, ...)   uring_run(uring, 2)
 *
 * Source  io_uring(7); liburing, without which uring_new always fails.
 * Owner   one thread: the one that makes it.
 * Memory  rings shared with the kernel, and a message header for each place. What is received into
 *         and sent from must stay until uring_run returns.
 * Cost    one system call for all. Descriptors must not block, so that nothing stays under way.
 * Errors  results are as of recv and sendmsg, with -errno in place of -1.
 */
#ifndef NET_URING_H
#define NET_URING_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "conf/why.h"
#include "shard/owner.h"

struct uring;

/* NULL with a reason: the kernel forbids it, is too old, or this program was built without. */
struct uring *uring_new(unsigned places, struct why *why) ON_NET;
void uring_free(struct uring *uring) ON_NET;

/* What place `nth` does in the next run: each from 0 on is used once. */
void uring_receive(struct uring *uring, unsigned nth, int fd, void *into, size_t len) ON_NET;
void uring_send(struct uring *uring, unsigned nth, int fd, const struct iovec *parts,
                unsigned count) ON_NET;

/* Does it all. */
void uring_run(struct uring *uring, unsigned count) ON_NET;
ssize_t uring_result(const struct uring *uring, unsigned nth) ON_NET;

#endif
