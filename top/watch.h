/*
 * watch - croft-top at work: asks, reckons, draws, and listens to keys and signals, all in one loop.
 *
 * Owner   main.
 * Memory  some hundred KiB.
 * Cost    one round of questions each interval.
 * Errors  false with a sentence: the server cannot be reached at all, or does not let us ask. A
 *         connection that is lost later is tried again.
 */
#ifndef TOP_WATCH_H
#define TOP_WATCH_H

#include "conf/why.h"
#include "top/options.h"

struct watch;

struct watch *watch_new(const struct options *options);
void watch_free(struct watch *watch);

/* In the terminal, until somebody ends it. */
bool watch_live(struct watch *watch, struct why *why);

/* Prints one look on standard output. */
bool watch_once(struct watch *watch, struct why *why);

#endif
