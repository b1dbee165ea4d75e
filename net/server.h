/*
 * server - the order of starting and stopping; nothing else.
 *
 *     start: limits, secrets, shards, loops, listeners, threads, "Ready to accept connections"
 *     stop:  no new connections, no more reading, everything parsed is answered and sent within a
 *            bounded time, every thread told by message and joined
 *
 * Owner   main.
 * Memory  everything it made is given back by server_free.
 * Cost    none once it runs: main waits for a signal.
 * Errors  server_new: NULL with a sentence; nothing is left behind.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "cache/log.h"
#include "conf/settings.h"
#include "conf/why.h"
#include "shard/owner.h"

struct server;
struct supervisor;

/* `settings` becomes the server's. */
struct server *server_new(struct settings *settings, const char *executable,
                          const struct supervisor *supervisor, struct log *log,
                          struct why *why) ON_MAIN;
void server_free(struct server *server) ON_MAIN;

/* Starts the threads, says that it is ready, waits for SIGTERM or SIGINT, stops. */
bool server_run(struct server *server, struct why *why) ON_MAIN;

#endif
