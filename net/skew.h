/*
 * skew - notices that the wall clock was set, and tells all threads.
 *
 *     first loop                                        every loop and shard
 *     wall clock - steady clock, measured  -------->    dates are counted by that
 *
 *     All threads go by the steady clock, which they read once per turn. How far the wall clock is ahead
 *     of it changes only when that is set, be it by hand or in a step of NTP; what NTP does otherwise
 *     goes for both clocks. The kernel says when that has happened (see poller.c); where it does not, it
 *     is noticed by the tick that follows a second after anything else has happened.
 *
 * Owner   the first loop.
 * Memory  none.
 * Cost    a few clock reads; when the clock was set, a message to each thread and shard.
 * Errors  none.
 */
#ifndef NET_SKEW_H
#define NET_SKEW_H

#include "shard/owner.h"

struct loop;

/* Measures, and tells all if it is another one than they know. */
void skew_check(struct loop *first) ON_NET;

#endif
