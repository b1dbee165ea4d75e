#include "cache/clock.h"

#include <time.h>

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
