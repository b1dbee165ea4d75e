/*
 * listener - accepts connections on all addresses and spreads them over the loops.
 *
 * Owner   the first loop; the sockets are opened by main before the loop runs.
 * Memory  a few words per socket.
 * Cost    at most LISTENER_BURST accepts per event and turn.
 * Errors  listener_new: NULL with the sentence that Redis prints. Out of descriptors: it rests and
 *         tries again, so that nothing spins.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "conf/settings.h"
#include "conf/why.h"
#include "net/poller.h"

#define LISTENER_BURST 64

struct listener;

/* Opens what the settings say: addresses and port, Unix socket. *port is the TCP port that was
 * bound, or 0. */
struct listener *listener_new(const struct settings *settings, struct log *log, int *port,
                              struct why *why) ON_MAIN;
void listener_free(struct listener *listener) ON_MAIN;

/* Accepts for that poller's loop, which must be the first. */
void listener_start(struct listener *listener, struct poller *poller) ON_MAIN;

/* Closes the sockets; no more connections. */
void listener_stop(struct listener *listener) ON_NET;

#endif
