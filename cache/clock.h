/*
 * clock - what time it is.
 *
 * Owner   pure functions of the machine; any thread.
 * Memory  none.
 * Cost    no system call for the wall and the steady clock, yet dearer than a look-up in a cache
 *         line; one system call for the thread's own time.
 * Errors  none.
 *
 * A turn reads a clock once, at its start, and passes the value on: within a turn time stands
 * still, and nothing below a turn calls this module. That also lets a test say what time it is.
 */
#ifndef CACHE_CLOCK_H
#define CACHE_CLOCK_H

#include <stdint.h>

/* Since 1970, as expiry times count it. It can be set, hence may jump, also backwards. */
int64_t clock_wall_ms(void);
int64_t clock_wall_us(void);

/* Since the machine was started, also while it slept; never set, never goes back. What a turn goes
 * by. The skew is what the wall clock is ahead of it. */
int64_t clock_steady_ms(void);
int64_t clock_skew_ms(void);

/* Since some moment; never goes back. For durations. */
int64_t clock_mono_us(void);
uint64_t clock_mono_ns(void);

/* How long the calling thread has been on a processor. */
uint64_t clock_thread_cpu_ns(void);

#endif
