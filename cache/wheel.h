/*
 * wheel - what is due when, in a hierarchy of wheels with 32 slots each.
 *
 *     level 0   the next 32 ticks, a slot each
 *     level 1   the 32 ticks behind each of the next 32 multiples of 32
 *     ...       up to level 7, whose slots are 2^35 ticks long
 *
 *     A moment's place is a code of eight bits: level 3 | slot 5. Level and slot follow from the
 *     highest digit, in base 32, in which the moment differs from the time that the wheel shows; so
 *     the codes of earlier moments are the smaller ones, and which is next is a matter of comparing
 *     bytes. A level's slot 0 is never ahead: code 0 says "now", and 255 says "never".
 *
 *     The codes alone serve who keeps them elsewhere, with a time of his own that they refer to: it
 *     may go on to any moment that is not beyond the start of a slot in use (see due.h). A struct
 *     wheel keeps pins in lists, one per code.
 *
 * Source  hierarchical timing wheels (G. Varghese, T. Lauck, "Hashed and hierarchical timing wheels",
 *         1987).
 * Owner   the memory of a cache. A pin is part of what is due, and in at most one wheel.
 * Memory  4 KiB. It stays where it is.
 * Cost    putting a pin in and taking it out: some ns. Until it is due a pin moves down at most
 *         once per level; wheel_next does as many such steps as it is allowed to.
 * Errors  none. A moment beyond the last slot is kept in that.
 */
#ifndef CACHE_WHEEL_H
#define CACHE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/link.h"

#define WHEEL_LEVELS 8
#define WHEEL_DIGIT 5
#define WHEEL_SLOTS (1u << WHEEL_DIGIT)
#define WHEEL_NOW 0
#define WHEEL_NEVER 255
#define WHEEL_LAST ((31ULL << 35) - 1) /* of the moments that codes can tell apart */

struct wheel_pin {
    struct link link;
    uint64_t due; /* a tick */
};

struct wheel {
    uint64_t now;                  /* the tick it shows: what was due before has been handed out */
    uint32_t filled[WHEEL_LEVELS]; /* slots that may have a pin */
    struct link slots[WHEEL_LEVELS * WHEEL_SLOTS];
    struct link reached; /* pins of slots whose time has come: due, or to be put further down */
};

/* Where a tick is, seen from `now`. */
static inline uint8_t wheel_code(uint64_t now, uint64_t tick)
{
    unsigned level;

    if (tick <= now)
        return WHEEL_NOW;
    if (tick > WHEEL_LAST)
        tick = WHEEL_LAST;
    level = (63u - (unsigned)__builtin_clzll((tick ^ now) | 1)) / WHEEL_DIGIT;
    return (uint8_t)(level << WHEEL_DIGIT | (tick >> (level * WHEEL_DIGIT) & (WHEEL_SLOTS - 1)));
}

/* The first tick of that place, seen from the same `now`. */
static inline uint64_t wheel_start(uint64_t now, uint8_t code)
{
    const unsigned shift = (code >> WHEEL_DIGIT) * WHEEL_DIGIT;
    const uint64_t above = now >> (shift + WHEEL_DIGIT) << WHEEL_DIGIT;

    if (code == WHEEL_NOW)
        return now;
    if (code == WHEEL_NEVER)
        return UINT64_MAX;
    return (above | (code & (WHEEL_SLOTS - 1))) << shift;
}

void wheel_init(struct wheel *wheel);

/* The pin's `due` says when; it is in no wheel. */
void wheel_put(struct wheel *wheel, struct wheel_pin *pin);

static inline void wheel_take_out(struct wheel_pin *pin)
{
    link_take_out(&pin->link);
}

/* A pin that is due by `tick`, which is in the wheel no more. NULL: there is none, or `steps`, which are
 * counted down, are used up. */
struct wheel_pin *wheel_next(struct wheel *wheel, uint64_t tick, unsigned *steps);

/* Has all been handed out that is due by `tick`? */
static inline bool wheel_is_through(const struct wheel *wheel, uint64_t tick)
{
    return wheel->now >= tick && link_is_empty(&wheel->reached);
}

#endif
