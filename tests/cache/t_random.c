#include "cache/random.h"

#include <string.h>

#include "cache/clock.h"
#include "tests/tap/tap.h"

static void test_sequence(void)
{
    struct random random;

    random_seed(&random, 1234567);
    ok(random_next(&random) == UINT64_C(6457827717110365317),
       "the published sequence, first number");
    ok(random_next(&random) == UINT64_C(3203168211198807973),
       "the published sequence, second number");
}

static void test_seed(void)
{
    struct random a, b, c;

    random_seed(&a, 0);
    random_seed(&b, 0);
    random_seed(&c, 1);
    ok(random_next(&a) == random_next(&b), "the same seed gives the same numbers");
    ok(random_next(&a) != random_next(&c), "another seed gives others");
}

static void test_below(void)
{
    unsigned counts[10] = {0}, i, few = 0;
    struct random random;

    random_seed(&random, 7);
    for (i = 0; i < 10000; i++)
        counts[random_below(&random, 10)]++;
    for (i = 0; i < 10; i++)
        few += counts[i] < 850 || counts[i] > 1150;
    is_int(few, 0, "numbers below ten are about equally frequent");
    is_int(random_below(&random, 1), 0, "only 0 is below 1");
}

static void test_secret(void)
{
    static const char zeros[300];
    char a[300] = {0}, b[300] = {0};
    struct why why;

    ok(random_secret(a, sizeof(a), &why) && random_secret(b, sizeof(b), &why),
       "the kernel gives as many random bytes as we ask for");
    ok(memcmp(a, b, sizeof(a)) != 0, "and never the same twice");
    ok(memcmp(a + 268, zeros, 32) != 0, "up to the last byte");
}

static void test_clock(void)
{
    const int64_t mono = clock_mono_us(), wall = clock_wall_us();
    const uint64_t cpu = clock_thread_cpu_ns();

    ok(wall > INT64_C(1600000000000000), "the wall clock counts microseconds since 1970");
    ok(clock_wall_ms() - wall / 1000 < 60000, "and milliseconds");
    ok(clock_mono_us() >= mono, "the steady clock does not go back");
    ok(clock_thread_cpu_ns() > cpu, "the thread's own time passes while it works");
}

int main(void)
{
    test_sequence();
    test_seed();
    test_below();
    test_secret();
    test_clock();
    return tap_done();
}
