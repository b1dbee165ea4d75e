/*
 * notify - tells the supervisor how far the process is, as systemd wants to hear it.
 *
 *     notify_send(getenv("NOTIFY_SOCKET"), "READY=1\nSTATUS=Ready to accept connections", &why)
 *
 * Source  sd_notify(3): one datagram of VARIABLE=value lines to the socket that the environment
 *         names.
 * Owner   the main thread.
 * Memory  none.
 * Cost    three system calls.
 * Errors  false and a reason. Nobody to be told is no error.
 */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

#include <stdbool.h>

#include "conf/why.h"
#include "shard/owner.h"

#define NOTIFY_READY "READY=1"
#define NOTIFY_STOPPING "STOPPING=1"
#define NOTIFY_WATCHDOG "WATCHDOG=1"

/* `address` is a path, "@name" for the abstract namespace, or NULL or "" for nobody. */
bool notify_send(const char *address, const char *lines, struct why *why) ON_MAIN;

#endif
