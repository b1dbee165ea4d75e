#include "cache/heat.h"

#include <string.h>

#define SECOND 1000

static void begin(struct heat_clock *clock, int64_t now)
{
    clock->now = now;
    clock->end = now - now % SECOND + SECOND;
}

void heat_clock_init(struct heat_clock *clock, int64_t now)
{
    clock->tick = 0;
    clock->ticks = 0;
    clock->marks = 1;
    clock->mark[0] = (struct heat_mark){0, now};
    begin(clock, now);
}

void heat_clock_tick(struct heat_clock *clock)
{
    clock->ticks++;
    clock->tick = (uint32_t)clock->ticks & HEAT_TICK_MASK;
}

/* When a tick between two marks began, were all ticks between them of one length. */
static int64_t between(const struct heat_mark *before, const struct heat_mark *after, uint64_t tick)
{
    const double share = (double)(tick - before->tick) / (double)(after->tick - before->tick);

    return before->began + (int64_t)(share * (double)(after->began - before->began));
}

/* How much would be wrong without that mark, as a share of its age. */
static double loss(const struct heat_clock *clock, unsigned index)
{
    const struct heat_mark *mark = &clock->mark[index];
    const int64_t guess = between(mark - 1, mark + 1, mark->tick);
    const int64_t age = clock->now - mark->began;
    const int64_t error = guess > mark->began ? guess - mark->began : mark->began - guess;

    return (double)error / (double)(age > SECOND ? age : SECOND);
}

static void forget_one(struct heat_clock *clock)
{
    unsigned least = 1;
    unsigned index;

    for (index = 2; index + 1 < clock->marks; index++)
        if (loss(clock, index) < loss(clock, least))
            least = index;
    clock->marks--;
    memmove(&clock->mark[least], &clock->mark[least + 1],
            (clock->marks - least) * sizeof(clock->mark[0]));
}

/* A clock that was set back moves what is remembered along: idle times stay as they are. */
static void shift(struct heat_clock *clock, int64_t by)
{
    unsigned index;

    for (index = 0; index < clock->marks; index++)
        clock->mark[index].began += by;
}

void heat_clock_next_second(struct heat_clock *clock, int64_t now)
{
    if (now < clock->now)
        shift(clock, now - clock->now);
    heat_clock_tick(clock);
    begin(clock, now);
    if (clock->marks == HEAT_MARKS)
        forget_one(clock);
    clock->mark[clock->marks++] = (struct heat_mark){clock->ticks, now};
}

static bool has_tick(const struct heat_mark *mark, int64_t tick)
{
    return mark->tick <= (uint64_t)tick;
}

static bool has_begun(const struct heat_mark *mark, int64_t time)
{
    return mark->began <= time;
}

/* The last mark that is at that tick, or began at that time, or before; the first for what is older than
 * all. */
static unsigned last_mark(const struct heat_clock *clock,
                          bool (*is_by)(const struct heat_mark *, int64_t), int64_t when)
{
    unsigned low = 0;
    unsigned high = clock->marks;

    while (high - low > 1) {
        const unsigned middle = low + (high - low) / 2;

        if (is_by(&clock->mark[middle], when))
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Before the first tick they are taken to have been as long as seconds. */
static uint64_t age_at(const struct heat_clock *clock, int64_t time)
{
    const struct heat_mark *mark = &clock->mark[last_mark(clock, has_begun, time)];
    const struct heat_mark *next = mark + 1;

    if (time < mark->began)
        return clock->ticks + (uint64_t)(mark->began - time + SECOND - 1) / SECOND;
    if (mark + 1 == clock->mark + clock->marks || next->began == mark->began)
        return clock->ticks - mark->tick;
    return clock->ticks - mark->tick -
           (uint64_t)((double)(time - mark->began) / (double)(next->began - mark->began) *
                      (double)(next->tick - mark->tick));
}

uint32_t heat_of_idle(const struct heat_clock *clock, int64_t idle_ms, uint32_t count)
{
    const uint64_t age = age_at(clock, clock->now - idle_ms);
    const uint32_t ticks = age < HEAT_OLDEST ? (uint32_t)age : HEAT_OLDEST;

    return ((clock->tick - ticks) & HEAT_TICK_MASK) << HEAT_COUNT_BITS |
           (count < HEAT_COUNT_MAX ? count : HEAT_COUNT_MAX);
}

int64_t heat_idle_ms(uint32_t heat, const struct heat_clock *clock)
{
    const uint32_t age = heat_age(heat, clock);
    const uint64_t tick = age > clock->ticks ? 0 : clock->ticks - age;
    const int64_t before = age > clock->ticks ? (int64_t)(age - clock->ticks) * SECOND : 0;
    const unsigned index = last_mark(clock, has_tick, (int64_t)tick);
    const struct heat_mark *mark = &clock->mark[index];
    const int64_t began = index + 1 < clock->marks ? between(mark, mark + 1, tick) : mark->began;

    return (clock->now > began ? clock->now - began : 0) + before;
}
