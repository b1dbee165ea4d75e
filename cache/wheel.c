#include "cache/wheel.h"

#include <stddef.h>

void wheel_init(struct wheel *wheel)
{
    unsigned i;

    *wheel = (struct wheel){0};
    for (i = 0; i < WHEEL_LEVELS * WHEEL_SLOTS; i++)
        link_clear(&wheel->slots[i]);
    link_clear(&wheel->reached);
}

void wheel_put(struct wheel *wheel, struct wheel_pin *pin)
{
    const uint8_t code = wheel_code(wheel->now, pin->due);

    if (code == WHEEL_NOW) {
        link_push_back(&wheel->reached, &pin->link);
        return;
    }
    wheel->filled[code >> WHEEL_DIGIT] |= 1u << (code & (WHEEL_SLOTS - 1));
    link_push_back(&wheel->slots[code], &pin->link);
}

/* The least code that may have a pin. */
static uint8_t least(const struct wheel *wheel)
{
    unsigned level;

    for (level = 0; level < WHEEL_LEVELS; level++)
        if (wheel->filled[level] != 0)
            return (uint8_t)(level << WHEEL_DIGIT | (unsigned)__builtin_ctz(wheel->filled[level]));
    return WHEEL_NEVER;
}

/* All of that slot: it has been reached. */
static void reach(struct wheel *wheel, uint8_t code)
{
    struct link *slot = &wheel->slots[code];

    wheel->filled[code >> WHEEL_DIGIT] &= ~(1u << (code & (WHEEL_SLOTS - 1)));
    if (link_is_empty(slot))
        return;
    link_between(&wheel->reached, slot->next, slot->next->next);
    wheel->reached.previous = slot->previous;
    slot->previous->next = &wheel->reached;
    link_clear(slot);
}

/* Goes on to the next slot in use, not beyond `tick`. False: there is none. */
static bool go_on(struct wheel *wheel, uint64_t tick)
{
    const uint8_t code = least(wheel);
    const uint64_t start = wheel_start(wheel->now, code);

    if (start <= tick) {
        wheel->now = start;
        reach(wheel, code);
        return true;
    }
    if (wheel->now < tick)
        wheel->now = tick;
    return false;
}

struct wheel_pin *wheel_next(struct wheel *wheel, uint64_t tick, unsigned *steps)
{
    for (; *steps > 0; --*steps) {
        struct wheel_pin *pin = (struct wheel_pin *)wheel->reached.next;

        if (link_is_empty(&wheel->reached)) {
            if (!go_on(wheel, tick))
                return NULL;
            continue;
        }
        link_take_out(&pin->link);
        if (pin->due <= wheel->now)
            return pin;
        __builtin_prefetch(wheel->reached.next);
        wheel_put(wheel, pin);
    }
    return NULL;
}
