/*
 * server - the server under test: a child process that is started, asked for PONG, and ended.
 *
 * Owner   the program; one at a time.
 * Memory  a fresh directory, removed at the end.
 * Cost    the start waits until PING is answered, at most ten seconds.
 * Errors  false, and one sentence in `why`; the end of what the server printed goes with it.
 */
#ifndef TESTS_TALK_SERVER_H
#define TESTS_TALK_SERVER_H

#include <sys/types.h>

#include "tests/talk/text.h"

struct server {
    pid_t pid; /* 0 while it does not run */
    int port;
    char dir[64];
};

/* In the command line, {port} is replaced by a free port and {dir} by the fresh directory. */
bool server_start(struct server *, const char *command, struct text *why);

/* Sends SIGTERM and wants exit status 0 within ten seconds. */
bool server_stop(struct server *, struct text *why);

#endif
