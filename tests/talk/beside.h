/*
 * beside - good clients that go on with their work and check every answer, whatever is done to the
 * server beside them.
 *
 * Owner   the program.
 * Memory  one connection and one thread each.
 * Cost    each sends its next pipeline when it has the answers to the last, and rests in between.
 * Errors  a wrong or missing answer is a failed check when they are stopped.
 */
#ifndef TESTS_TALK_BESIDE_H
#define TESTS_TALK_BESIDE_H

#include <pthread.h>
#include <stdatomic.h>

#define BESIDE_MAX 32

struct beside_client {
    struct beside *all;
    unsigned number;
    pthread_t thread;
    atomic_bool served; /* it has been answered once, */
    atomic_bool failed; /* or never will be */
    unsigned long answers;
    char wrong[200]; /* the first answer that was not as it should be */
};

struct beside {
    int port;
    unsigned count;
    atomic_bool over;
    struct beside_client clients[BESIDE_MAX];
};

/* Returns when each has been answered once: so they know the server before its password changes. */
void beside_start(struct beside *, int port, unsigned count);

/* Waits for them, and reports when there were any. */
void beside_stop(struct beside *);

#endif
