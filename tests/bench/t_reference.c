#include "bench/sim/reference.h"

#include "bench/sim/loads.h"
#include "bench/sim/subject.h"
#include "tests/tap/tap.h"

#define SIZE 10

/* One object per letter. */
static void ask_for(struct trace *trace, const char *letters)
{
    trace_init(trace, letters);
    for (; *letters != '\0'; letters++)
        trace_add(trace, (uint32_t)(*letters - 'a'), SIZE);
    trace_finish(trace, 1, 0);
}

static uint64_t misses(enum reference reference, const char *letters, unsigned room)
{
    struct trace trace;
    struct score score;

    ask_for(&trace, letters);
    score = reference_run(reference, &trace, room * SIZE, 0);
    trace_fini(&trace);
    return score.misses;
}

static void test_known(void)
{
    is_int(misses(LRU, "abcabcabc", 3), 3, "what fits is missed once");
    is_int(misses(LRU, "abcabcabc", 2), 9, "lru: a loop that does not fit is always missed");
    is_int(misses(FIFO, "abacaba", 2), 5, "fifo: the oldest goes, used or not");
    is_int(misses(LRU, "abacaba", 2), 4, "lru: the one unused the longest goes");
    is_int(misses(LFU, "aaabcbca", 2), 5, "lfu: the one used the least goes");
    is_int(misses(BELADY, "abcabcabc", 2), 5,
           "belady: the one needed the latest goes, or does not come");
}

static void test_sizes(void)
{
    struct trace trace;
    struct score score;

    trace_init(&trace, "sizes");
    trace_add(&trace, 0, 10);
    trace_add(&trace, 1, 80);
    trace_add(&trace, 2, 20);
    trace_add(&trace, 0, 10);
    trace_add(&trace, 1, 80);
    trace_finish(&trace, 1, 0);
    is_int(trace_footprint(&trace), 110, "a footprint counts every object once");
    is_int(trace.at[0].next, 3, "an access knows the next to its object");
    is_int(trace.at[2].next, TRACE_NEVER, "or that there is none");
    score = reference_run(GDSF, &trace, 100, 0);
    is_int(score.misses, 4, "gdsf: large ones go first");
    is_int(score.bytes_missed, 190, "bytes are counted, too");
    score = reference_run(GDSF, &trace, 100, 3);
    is_int(score.requests, 2, "what comes before the cache is warm is not");
    trace_fini(&trace);
}

static void test_loads(void)
{
    const struct subject subject = {"allkeys-lru", "objects", "5", 20000, 1};
    unsigned i;

    for (i = 0; loads_names[i] != NULL; i++) {
        struct score best, lru, ours, again;
        uint64_t capacity;
        struct trace trace;

        trace_init(&trace, loads_names[i]);
        ok(loads_make(&trace, loads_names[i], 20000, 1), "%s is made up", loads_names[i]);
        trace_finish(&trace, 1, 36);
        capacity = trace_footprint(&trace) / 10;
        best = reference_run(BELADY_SIZE, &trace, capacity, 6000);
        lru = reference_run(LRU, &trace, capacity, 6000);
        ours = subject_run(&subject, &trace, capacity, 6000);
        again = subject_run(&subject, &trace, capacity, 6000);
        ok(best.misses <= ours.misses, "  who knows the future misses the least");
        ok((double)ours.misses < 1.03 * (double)lru.misses, "  croft misses hardly more than lru");
        is_int(ours.misses, again.misses, "  and the same again with the same seed");
        trace_fini(&trace);
    }
}

int main(void)
{
    struct trace trace;

    test_known();
    test_sizes();
    test_loads();
    trace_init(&trace, "none");
    ok(!loads_make(&trace, "none", 10, 1), "other loads are not known");
    return tap_done();
}
