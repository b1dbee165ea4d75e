/*
 * exchange - receives and sends for the connections of a loop: by one system call each, or for many
 * of them in one call of io_uring.
 *
 * Owner   the loop's thread, which must be the one that starts it.
 * Memory  with io_uring, 100 KiB for what is on its way into the kernel.
 * Cost    nothing is left under way when a function returns: the sockets do not block, so all is
 *         done, or found to be impossible, within the call.
 * Errors  a kernel that forbids io_uring is no error: the calls are made one by one then.
 */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/why.h"
#include "net/conn.h"

#define EXCHANGE_MOST 64 /* connections at once */

struct exchange;

struct exchange *exchange_new(void) ON_MAIN;
void exchange_free(struct exchange *exchange) ON_MAIN;

/* From the thread that will use it. False, with a reason: there is no io_uring. */
bool exchange_start(struct exchange *exchange, struct why *why) ON_NET;
void exchange_stop(struct exchange *exchange) ON_NET;

/* "io_uring", or "epoll" when each receive and send is a call of its own. */
const char *exchange_name(const struct exchange *exchange) ON_NET;

/* How many connections it is worth receiving for at once: 1 when each takes a call of its own. */
unsigned exchange_most(const struct exchange *exchange) ON_NET;

/* conn_receive for each. */
void exchange_receive(struct exchange *exchange, struct conn **conns, unsigned count) ON_NET;

/* conn_flush for each that lives. */
void exchange_flush(struct exchange *exchange, struct conn **conns, unsigned count) ON_NET;

#endif
