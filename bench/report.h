/*
 * report - what was measured, as a table for people and as JSON for programs.
 *
 * Owner   main, at the end.
 * Errors  report_json gives false and a sentence when the file cannot be written.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

#include "bench/options.h"
#include "bench/tally.h"

/* `fill` is empty when nothing was filled; with only_fill, `load` is. */
struct report {
    const struct options *options;
    const struct phrase *phrase;
    const struct tally *fill, *load;
};

void report_table(const struct report *);
bool report_json(const struct report *, struct why *);

/* Were all replies what they had to be? Says on standard error what was not. */
bool report_is_good(const struct report *);

#endif
