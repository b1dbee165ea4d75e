#include "cache/clock.h"

#include <time.h>

#define MEASUREMENTS 4

static struct timespec now_on(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now); /* cannot fail for the clocks named here */
    return now;
}

static int64_t micros(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static uint64_t nanos(struct timespec time)
{
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int64_t clock_wall_ms(void)
{
    return clock_wall_us() / 1000;
}

int64_t clock_wall_us(void)
{
    return micros(now_on(CLOCK_REALTIME));
}

static int64_t steady_us(void)
{
    return micros(now_on(CLOCK_BOOTTIME));
}

int64_t clock_steady_ms(void)
{
    return steady_us() / 1000;
}

/* The reading between two that lie closest together: the thread may lose the processor. */
int64_t clock_skew_ms(void)
{
    int64_t skew = 0, least = INT64_MAX;
    unsigned i;

    for (i = 0; i < MEASUREMENTS; i++) {
        const int64_t before = steady_us(), wall = clock_wall_us(), after = steady_us();

        if (after - before >= least)
            continue;
        least = after - before;
        skew = wall - before - least / 2;
    }
    return skew / 1000;
}

int64_t clock_mono_us(void)
{
    return micros(now_on(CLOCK_MONOTONIC));
}

uint64_t clock_mono_ns(void)
{
    return nanos(now_on(CLOCK_MONOTONIC));
}

uint64_t clock_thread_cpu_ns(void)
{
    return nanos(now_on(CLOCK_THREAD_CPUTIME_ID));
}
