/*
 * subject - one of the servers that hear the same: its process, a connection, and what it answered.
 *
 * Owner   the program.
 * Memory  the answers to one scenario, reused for the next.
 * Cost    one connection per scenario: what one leaves behind never reaches the next.
 * Errors  a server that does not start ends the program. One that is gone, or silent for too long,
 *         has answered too little: the comparison finds that.
 */
#ifndef TESTS_DIFF_SUBJECT_H
#define TESTS_DIFF_SUBJECT_H

#include "tests/diff/scenario.h"
#include "tests/talk/server.h"

struct subject {
    const char *command;
    struct server server;
    int fd; /* -1 while there is no connection */
    size_t sent;
    struct text in;
    bool over;           /* everything is answered, or the server has closed the connection */
    bool silent;         /* it has not answered in time */
    bool changed;        /* its settings may not be those it began with */
    struct text scanned; /* the keys that whole scans found, sorted, or why it failed */
};

void subject_start(struct subject *, const char *command);
/* True when the server ended as it should. */
bool subject_stop(struct subject *);

/* Says the scenario to all of them at once, and waits until all have answered. */
void subject_hear(struct subject *const *, size_t count, const struct scenario *);

#endif
