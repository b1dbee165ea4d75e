/* Where a duration falls, and what is told of many. */
#include "net/durations.h"
#include "tests/tap/tap.h"

static struct durations durations;

int main(void)
{
    struct durations more = {0};

    is_int((int64_t)durations_below(&durations, 31), 0, "nothing is below anything at first");
    durations_add(&durations, 0, 1);
    durations_add(&durations, 1023, 2);
    durations_add(&durations, 1024, 4);
    durations_add(&durations, 2047, 8);
    durations_add(&durations, 2048, 16);
    is_int((int64_t)durations_below(&durations, 0), 3, "1024 ns is not below 1024 ns");
    is_int((int64_t)durations_below(&durations, 1), 15, "2047 ns is below 2048 ns");
    is_int((int64_t)durations_below(&durations, 2), 31, "all are below 4096 ns");
    is_int((int64_t)durations.count, 31, "all are counted");

    durations_add(&more, UINT32_MAX, 1);
    durations_merge(&durations, &more);
    is_int((int64_t)durations_below(&durations, 21), 31, "the longest is not below 2 s");
    is_int((int64_t)durations_below(&durations, 22), 32, "it is below 4.3 s");
    is_int((int64_t)durations_percentile(&more, 50), (INT64_C(1) << 32) - 1,
           "nor longer than that");

    more = (struct durations){0};
    durations_add(&more, 100000, 99);
    durations_add(&more, 1000000, 1);
    ok(durations_percentile(&more, 50) >= 100000 && durations_percentile(&more, 50) < 106250,
       "half of them took as long as most of them");
    ok(durations_percentile(&more, 99) < 106250, "99 of 100 did");
    ok(durations_percentile(&more, 99.9) >= 1000000, "and one took longer");
    ok(durations_percentile(&more, 0) >= 100000, "none was faster than the fastest");
    return tap_done();
}
