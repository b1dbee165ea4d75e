/*
 * play - plays talk files against a server, one TAP line for each section.
 *
 * Owner   the program.
 * Memory  what one section needs, released at its end.
 * Cost    one connection per `@N`, and one before each section to empty the server.
 * Errors  a section ends at the first reply that is not as expected; the report shows both. What
 * makes no sense in a file is reported the same way.
 */
#ifndef TESTS_TALK_PLAY_H
#define TESTS_TALK_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct play {
    int port;
    size_t piece;     /* at most so many bytes per write */
    uint64_t cuts;    /* not 0: writes end at places that this decides */
    unsigned behind;  /* each connection begins with so many good requests, in the same write */
    bool record;      /* print the file with the missing replies filled in, and no TAP */
    const char *only; /* play sections with this in their title, NULL for all */
    bool foreign;     /* the server is not croft: sections that say `!croft` are skipped */
    const char *log;  /* the file that the server logs to; NULL: not known */
    /* Called after a section that failed: the server may be left in any state. */
    bool (*renew)(struct play *);
    void *context;
};

/* False when the file cannot be read or the server is not there any more. */
bool play_file(struct play *, const char *path);

#endif
