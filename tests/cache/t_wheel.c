/* The wheel against a plain list of moments. */
#include "cache/wheel.h"

#include <stddef.h>

#include "cache/random.h"
#include "tests/tap/tap.h"

#define BEGAN 6640625000ULL
#define PINS 2000u

static struct random dice = {.state = 3};
static struct wheel wheel;
static struct wheel_pin pins[PINS];
static bool inside[PINS];

/* As often near as far. */
static uint64_t some_distance(void)
{
    return random_below(&dice, 1ULL << (1 + random_below(&dice, 36)));
}

static void codes_keep_the_order(void)
{
    bool ordered = true, early = true, close = true;
    unsigned i;

    for (i = 0; i < 200000; i++) {
        const uint64_t now = BEGAN + some_distance();
        const uint64_t first = now + 1 + some_distance(), second = now + 1 + some_distance();
        const uint8_t a = wheel_code(now, first), b = wheel_code(now, second);

        ordered &= first <= second ? a <= b : a >= b;
        early &= wheel_start(now, a) <= first && wheel_start(now, a) > now;
        close &= first - wheel_start(now, a) <= first - now;
    }
    ok(ordered, "the earlier moment has the smaller code");
    ok(early && close, "a place begins ahead, and not after what is in it");
}

static void a_code_stays_true_until_its_time(void)
{
    bool same = true;
    unsigned i;

    for (i = 0; i < 200000; i++) {
        const uint64_t now = BEGAN + some_distance(), tick = now + 1 + some_distance();
        const uint8_t code = wheel_code(now, tick);
        const uint64_t start = wheel_start(now, code);

        same &= wheel_start(now + random_below(&dice, start - now), code) == start;
    }
    ok(same, "whatever time it is, up to then");
}

static void the_ends_of_time(void)
{
    is_int(wheel_code(BEGAN, BEGAN), WHEEL_NOW, "now is now");
    is_int(wheel_code(BEGAN, 5), WHEEL_NOW, "so is what has passed");
    ok(wheel_code(BEGAN, UINT64_MAX) < WHEEL_NEVER, "the end of time is not never");
    ok(wheel_code(BEGAN, BEGAN + 1) > WHEEL_NOW, "the next tick is not now");
    ok(wheel_start(BEGAN, WHEEL_NEVER) == UINT64_MAX, "never does not begin");
}

static void put(unsigned number, uint64_t due)
{
    pins[number].due = due;
    inside[number] = true;
    wheel_put(&wheel, &pins[number]);
}

/* What the wheel hands out by `tick` is all that was due, and nothing else. */
static bool hands_out(uint64_t tick)
{
    const struct wheel_pin *pin;
    unsigned steps, i;
    bool right = true;

    do {
        steps = 1 + (unsigned)random_below(&dice, 50);
        while ((pin = wheel_next(&wheel, tick, &steps)) != NULL) {
            right &= pin->due <= tick && inside[pin - pins];
            inside[pin - pins] = false;
        }
        if (steps == 0 && random_below(&dice, 4) == 0) { /* in the midst of it */
            i = (unsigned)random_below(&dice, PINS);
            if (!inside[i])
                put(i, wheel.now + some_distance());
        }
    } while (!wheel_is_through(&wheel, tick));
    for (i = 0; i < PINS; i++)
        right &= !inside[i] || pins[i].due > tick;
    return right;
}

static void pins_are_handed_out_in_time(void)
{
    uint64_t tick = BEGAN;
    bool right = true;
    unsigned round, i;

    wheel_init(&wheel);
    for (round = 0; round < 3000; round++) {
        for (i = 0; i < 20; i++) {
            const unsigned number = (unsigned)random_below(&dice, PINS);

            if (inside[number])
                wheel_take_out(&pins[number]);
            inside[number] = false;
            if (random_below(&dice, 4) != 0)
                put(number, tick + some_distance());
        }
        tick += random_below(&dice, 2) == 0 ? random_below(&dice, 3) : some_distance() / 16;
        right &= hands_out(tick);
    }
    ok(right, "what is due, all of it, and no more");
}

int main(void)
{
    codes_keep_the_order();
    a_code_stays_true_until_its_time();
    the_ends_of_time();
    pins_are_handed_out_in_time();
    return tap_done();
}
