/*
 * progress - one line on standard error that says how far a phase is.
 *
 * Owner   the crew.
 * Cost    a line five times a second on a terminal; elsewhere one every ten seconds.
 * Errors  none.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *name;
    uint64_t goal; /* requests; 0: it is the time that ends it */
    double seconds;
    bool quiet, is_terminal;
    uint64_t began, shown, done_when_shown;
};

void progress_begin(struct progress *, const char *name, uint64_t goal, double seconds, bool quiet);
void progress_show(struct progress *, uint64_t done);

/* Leaves the terminal's line empty. */
void progress_end(struct progress *);

#endif
