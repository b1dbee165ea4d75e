/*
 * now - clocks, in nanoseconds.
 *
 * Cost    no system call for the monotonic clock; one for the thread's CPU time.
 */
#ifndef BENCH_NOW_H
#define BENCH_NOW_H

#include <stdint.h>
#include <time.h>

static inline uint64_t now_of(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline uint64_t now_ns(void)
{
    return now_of(CLOCK_MONOTONIC);
}

/* What this thread has used, user and system. */
static inline uint64_t now_thread_cpu(void)
{
    return now_of(CLOCK_THREAD_CPUTIME_ID);
}

#endif
