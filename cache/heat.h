/*
 * heat - how often an entry was used, and when last: 32 bits in its header.
 *
 *     +--------------------------+----------+
 *     | tick of the last use, 24 | count, 8 |     the count stops at 255
 *     +--------------------------+----------+
 *
 *     A tick is the time within which uses need not be told apart: it ends with the second, and while
 *     entries are being evicted already after as many requests as a 256th of the entries. So the
 *     age of an entry is known to a small part of the time entries stay, be that a second or a
 *     week; and the clock remembers which tick began when, so that it is known in seconds, too.
 *
 * Owner   the clock is the cache's; heat is its entry's.
 * Memory  the clock: some 4 KiB for what it remembers.
 * Cost    a use is one store at most; none when the count has stopped and the tick is the present
 *         one. heat_idle_ms: a binary search.
 * Errors  none. An age is told to HEAT_OLDEST ticks, a year if nothing is evicted: heat_settle
 *         keeps what is older from looking young.
 *
 * Of the seconds in which ticks began 512 are remembered, and in between ticks are taken to be of
 * one length; forgotten are those of which that is nearly true, for their age. Where the pace of
 * ticks changes little, or during the last minutes, an idle time is exact to a second; else to
 * some hundredths of itself.
 */
#ifndef CACHE_HEAT_H
#define CACHE_HEAT_H

#include <stdbool.h>
#include <stdint.h>

#define HEAT_COUNT_BITS 8
#define HEAT_COUNT_MAX ((1u << HEAT_COUNT_BITS) - 1)
#define HEAT_TICK_MASK ((1u << (32 - HEAT_COUNT_BITS)) - 1)
#define HEAT_OLDEST (HEAT_TICK_MASK - 1024)
#define HEAT_MARKS 512
#define HEAT_FADE_TICKS 256

struct heat_clock {
    uint32_t tick; /* within HEAT_TICK_MASK */
    unsigned marks;
    int64_t now;    /* milliseconds */
    int64_t end;    /* of the second, when the tick ends at the latest */
    uint64_t ticks; /* the tick, not wrapped around */
    struct heat_mark {
        uint64_t tick;
        int64_t began;
    } mark[HEAT_MARKS];
};

/* `now`: milliseconds, of a clock that may jump. */
void heat_clock_init(struct heat_clock *clock, int64_t now);

/* Ends the tick. */
void heat_clock_tick(struct heat_clock *clock);

/* For heat_clock_set: another second has begun. */
void heat_clock_next_second(struct heat_clock *clock, int64_t now);

static inline void heat_clock_set(struct heat_clock *clock, int64_t now)
{
    if (__builtin_expect(now >= clock->end || now < clock->now, 0))
        heat_clock_next_second(clock, now);
    clock->now = now;
}

static inline uint32_t heat_count(uint32_t heat)
{
    return heat & HEAT_COUNT_MAX;
}

/* Ticks since the last use. */
static inline uint32_t heat_age(uint32_t heat, const struct heat_clock *clock)
{
    return (clock->tick - (heat >> HEAT_COUNT_BITS)) & HEAT_TICK_MASK;
}

static inline uint32_t heat_make(const struct heat_clock *clock, uint32_t count)
{
    return clock->tick << HEAT_COUNT_BITS | (count < HEAT_COUNT_MAX ? count : HEAT_COUNT_MAX);
}

/* Of an entry that is used for the first time, or has `count` uses behind it already. */
static inline uint32_t heat_new(const struct heat_clock *clock, uint32_t count)
{
    return heat_make(clock, count + 1);
}

/* After another use. */
static inline uint32_t heat_used(uint32_t heat, const struct heat_clock *clock)
{
    return heat_make(clock, heat_count(heat) + 1);
}

/* The count, which halves with every HEAT_FADE_TICKS of disuse. */
static inline uint32_t heat_faded(uint32_t heat, const struct heat_clock *clock)
{
    const uint32_t halves = heat_age(heat, clock) / HEAT_FADE_TICKS;

    return halves > HEAT_COUNT_BITS ? 0 : heat_count(heat) >> halves;
}

/* The same heat, or an equivalent one that stays old: for who looks at entries now and then. */
static inline uint32_t heat_settle(uint32_t heat, const struct heat_clock *clock)
{
    if (__builtin_expect(heat_age(heat, clock) <= HEAT_OLDEST, 1))
        return heat;
    return ((clock->tick - HEAT_OLDEST / 2) & HEAT_TICK_MASK) << HEAT_COUNT_BITS | heat_count(heat);
}

/* Of an entry that was last used so many milliseconds ago: RESTORE IDLETIME. */
uint32_t heat_of_idle(const struct heat_clock *clock, int64_t idle_ms, uint32_t count);

/* Milliseconds since the last use: OBJECT IDLETIME. */
int64_t heat_idle_ms(uint32_t heat, const struct heat_clock *clock);

#endif
