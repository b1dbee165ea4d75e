/*
 * monitor - shows clients that have asked for it every command that others send.
 *
 *     loop: command --> a line --+
 *     loop: command --> a line --+--> once per turn, all lines of it, to each loop that has monitors
 *
 * Owner   each loop: its monitors, how many the others have, the lines of the turn under way.
 * Memory  the lines; what monitors do not read counts as their output, and who lets too much of that
 *         pile up (client-output-buffer-limit pubsub) is disconnected.
 * Cost    none as long as nobody looks. Otherwise no command is treated as a usual one, and each is
 *         written down once.
 * Errors  without memory MONITOR is refused, who has become one is closed, and lines for other loops
 *         are lost: that is logged.
 *
 * What one connection sends is shown in its order; commands of several in the order in which loops
 * have read them. Administrative commands are not shown, passwords neither.
 */
#ifndef NET_MONITOR_H
#define NET_MONITOR_H

#include <stdbool.h>

#include "cache/reply.h"
#include "shard/owner.h"
#include "shard/shards.h"

struct conn;
struct loop;
struct request;
struct session;

struct monitors {
    unsigned count; /* all there are */
    unsigned of_loop[LOOPS_MAX];
    struct conn **conns; /* this loop's */
    unsigned here;
    unsigned room;
    struct reply lines; /* RESP already */
    bool made;          /* ... has been used */
    unsigned owed;      /* so many are gone, and nobody has been told: there was no memory */
};

void monitors_fini(struct monitors *monitors) ON_NET;

/* .on_taken of MONITOR: the client becomes one once all loops know. */
void monitor_ask(struct session *session, struct request *whole) ON_NET;

/* It is one no more: RESET, or the end. */
void monitor_leave(struct conn *conn) ON_NET;

/* A command is about to run. */
void monitor_show(struct conn *conn, const struct request *request) ON_NET;

/* The turn is over: sends its lines. */
void monitor_flush(struct loop *loop) ON_NET;

#endif
