#include "shard/stopwatch.h"

#include <sys/resource.h>

#include "cache/clock.h"

#define SUSPICIOUS_NS 100000
#define WATCHFUL_TURNS 256

void stopwatch_start(struct stopwatch *watch, bool exact)
{
    if (exact || watch->watchful > 0) {
        watch->watchful -= watch->watchful > 0;
        watch->cpu_start = clock_thread_cpu_ns();
    }
    watch->start = clock_mono_ns();
    watch->lap = watch->start;
}

uint64_t stopwatch_lap(struct stopwatch *watch)
{
    const uint64_t began = watch->lap;

    watch->lap = clock_mono_ns();
    return watch->lap - began;
}

/* Has the thread lost its processor to another since we asked last? */
static bool was_preempted(struct stopwatch *watch)
{
    struct rusage usage = {0};
    bool more;

    getrusage(RUSAGE_THREAD, &usage);
    more = usage.ru_nivcsw != watch->preempted;
    watch->preempted = usage.ru_nivcsw;
    return more;
}

static void count_cpu(struct stopwatch *watch, uint64_t nanoseconds)
{
    if (nanoseconds > watch->longest_cpu_ns)
        watch->longest_cpu_ns = nanoseconds;
}

static void suspect(struct stopwatch *watch, uint64_t nanoseconds)
{
    watch->watchful = WATCHFUL_TURNS;
    if (!was_preempted(watch))
        count_cpu(watch, nanoseconds);
}

uint64_t stopwatch_stop(struct stopwatch *watch)
{
    const uint64_t nanoseconds = clock_mono_ns() - watch->start;

    watch->turns++;
    if (nanoseconds > watch->longest_ns)
        watch->longest_ns = nanoseconds;
    if (__builtin_expect(watch->cpu_start != 0, 0)) {
        count_cpu(watch, clock_thread_cpu_ns() - watch->cpu_start);
        watch->cpu_start = 0;
    } else if (nanoseconds > watch->longest_cpu_ns) {
        if (nanoseconds < SUSPICIOUS_NS)
            watch->longest_cpu_ns = nanoseconds;
        else
            suspect(watch, nanoseconds);
    }
    return nanoseconds;
}

uint64_t stopwatch_lately(struct stopwatch *watch)
{
    const uint64_t lately = watch->longest_ns;

    watch->before_ns = stopwatch_longest(watch);
    watch->longest_ns = 0;
    return lately;
}

void stopwatch_reset(struct stopwatch *watch)
{
    watch->turns = 0;
    watch->longest_ns = 0;
    watch->before_ns = 0;
    watch->longest_cpu_ns = 0;
}
