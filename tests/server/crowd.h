/*
 * crowd - many clients at once, each a thread with a connection of its own.
 *
 * Owner   the test, which waits until all of them are done.
 * Memory  as peers.
 * Cost    a thread for each client.
 * Errors  a client that returns false fails the crowd; it has said why in a note.
 */
#ifndef TESTS_SERVER_CROWD_H
#define TESTS_SERVER_CROWD_H

#include "tests/server/peer.h"

#define CROWD_MAX 64

struct client {
    const struct child *child;
    redisContext *peer;
    int index;
    unsigned random; /* a seed of its own, for rand_r */
    void *shared;    /* what the whole crowd was given */
    bool (*run)(struct client *);
};

/* Runs `run` for clients 0 to count - 1 at the same time; true when all of them were satisfied. */
bool crowd_run(const struct child *, int count, bool (*run)(struct client *), void *shared);

#endif
