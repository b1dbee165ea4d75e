#include "cache/heat.h"

#include <stdlib.h>

#include "cache/random.h"
#include "tests/tap/tap.h"

#define DAY (INT64_C(24) * 3600)

static void test_uses(void)
{
    struct heat_clock clock;
    uint32_t heat;
    unsigned i;

    heat_clock_init(&clock, 5000);
    heat = heat_new(&clock, 0);
    is_int(heat_count(heat), 1, "an entry is used when it is made");
    heat = heat_used(heat, &clock);
    is_int(heat_count(heat), 2, "and counts every use");
    for (i = 0; i < 1000; i++)
        heat = heat_used(heat, &clock);
    is_int(heat_count(heat), 255, "up to 255");
    ok(heat_used(heat, &clock) == heat, "then, within a tick, another use changes nothing");
    heat_clock_tick(&clock);
    is_int(heat_age(heat, &clock), 1, "a tick later it is one tick old");
    ok(heat_used(heat, &clock) != heat, "and a use makes it young again");
    is_int(heat_age(heat_used(heat, &clock), &clock), 0, "as young as a new one");
    is_int(heat_count(heat_new(&clock, 7)), 8, "a key that comes back has its uses behind it");
}

static void test_fading(void)
{
    struct heat_clock clock;
    uint32_t heat;
    unsigned i;

    heat_clock_init(&clock, 0);
    heat = heat_new(&clock, 99);
    is_int(heat_faded(heat, &clock), 100, "a count is what it is");
    for (i = 0; i < HEAT_FADE_TICKS; i++)
        heat_clock_tick(&clock);
    is_int(heat_faded(heat, &clock), 50, "halves after a while without uses");
    for (i = 0; i < 20 * HEAT_FADE_TICKS; i++)
        heat_clock_tick(&clock);
    is_int(heat_faded(heat, &clock), 0, "and is forgotten in the end");
}

static void test_wrapping(void)
{
    struct heat_clock clock;
    uint32_t heat, settled;

    heat_clock_init(&clock, 0);
    clock.ticks = HEAT_TICK_MASK;
    clock.tick = HEAT_TICK_MASK;
    heat = heat_new(&clock, 3);
    heat_clock_tick(&clock);
    is_int(heat_age(heat, &clock), 1, "ages are right when ticks wrap around");
    clock.ticks += HEAT_OLDEST;
    clock.tick = (uint32_t)clock.ticks & HEAT_TICK_MASK;
    settled = heat_settle(heat, &clock);
    ok(heat_age(settled, &clock) < HEAT_OLDEST && heat_age(settled, &clock) > HEAT_OLDEST / 4,
       "what is about to look young stays old");
    is_int(heat_count(settled), 4, "and keeps its count");
    ok(heat_settle(settled, &clock) == settled, "others are left alone");
}

static void test_seconds(void)
{
    struct heat_clock clock;
    uint32_t heat;
    int64_t second;

    heat_clock_init(&clock, 0);
    heat_clock_set(&clock, 10400);
    heat = heat_new(&clock, 0);
    heat_clock_set(&clock, 10900);
    is_int(heat_age(heat, &clock), 0, "within a second there is no tick");
    for (second = 11; second < 3700; second++)
        heat_clock_set(&clock, second * 1000 + 400);
    ok(llabs(heat_idle_ms(heat, &clock) - 3689000) <= 1000,
       "an hour of steady seconds is known to a second: %lld ms",
       (long long)heat_idle_ms(heat, &clock));
    heat_clock_set(&clock, 100 * DAY * 1000);
    ok(llabs(heat_idle_ms(heat, &clock) - (100 * DAY * 1000 - 10400)) <= 1000,
       "so is a pause of a hundred days");
    is_int(heat_idle_ms(heat_new(&clock, 0), &clock), 0, "who is used now is not idle");
}

/* Milliseconds by which idle times are wrong, at most, as a share of themselves, beyond a second. */
static double worst_error(const struct heat_clock *clock, const uint32_t *heats,
                          const int64_t *times, unsigned count)
{
    double worst = 0;
    unsigned i;

    for (i = 0; i < count; i++) {
        const int64_t idle = clock->now - times[i];
        const int64_t error = llabs(heat_idle_ms(heats[i], clock) - idle) - 1000;

        if (error > 0 && (double)error / (double)idle > worst)
            worst = (double)error / (double)idle;
    }
    return worst;
}

/* Seconds of none to a thousand ticks, at random; a day of them. */
static void test_uneven_pace(void)
{
    static uint32_t heats[DAY];
    static int64_t times[DAY];
    struct heat_clock clock;
    struct random random;
    int64_t second;

    random_seed(&random, 3);
    heat_clock_init(&clock, 0);
    for (second = 0; second < DAY; second++) {
        uint64_t ticks = random_below(&random, 2) << random_below(&random, 8);

        heat_clock_set(&clock, second * 1000);
        for (; ticks > 0; ticks--)
            heat_clock_tick(&clock);
        heats[second] = heat_new(&clock, 0);
        times[second] = second * 1000;
    }
    ok(worst_error(&clock, heats, times, DAY) < 0.05,
       "at a wild pace idle times of a day are known to a twentieth: %.4f",
       worst_error(&clock, heats, times, DAY));
}

static void test_set_back(void)
{
    struct heat_clock clock;
    uint32_t heat;

    heat_clock_init(&clock, 1000000);
    heat = heat_new(&clock, 0);
    heat_clock_set(&clock, 1030000);
    heat_clock_set(&clock, 500000);
    ok(llabs(heat_idle_ms(heat, &clock) - 30000) <= 1000,
       "a clock that is set back does not change idle times: %lld",
       (long long)heat_idle_ms(heat, &clock));
    heat_clock_set(&clock, 510000);
    ok(llabs(heat_idle_ms(heat, &clock) - 40000) <= 1000, "and they go on from there");
}

int main(void)
{
    test_uses();
    test_fading();
    test_wrapping();
    test_seconds();
    test_uneven_pace();
    test_set_back();
    return tap_done();
}
