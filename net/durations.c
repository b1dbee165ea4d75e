#include "net/durations.h"

#define LINEAR_BITS 10 /* below that in even steps */
#define STEP_BITS 4

static unsigned slot_of(uint32_t nanoseconds)
{
    unsigned power;

    if (nanoseconds < 1u << LINEAR_BITS)
        return nanoseconds >> (LINEAR_BITS - STEP_BITS);
    power = 31 - (unsigned)__builtin_clz(nanoseconds);
    return (power - LINEAR_BITS + 1) * DURATIONS_STEPS +
           ((nanoseconds >> (power - STEP_BITS)) & (DURATIONS_STEPS - 1));
}

/* The longest that belongs there. */
static uint64_t end_of(unsigned slot)
{
    const unsigned power = slot / DURATIONS_STEPS, step = slot % DURATIONS_STEPS;

    if (power == 0)
        return ((uint64_t)step + 1) * (1u << (LINEAR_BITS - STEP_BITS)) - 1;
    return (((uint64_t)DURATIONS_STEPS + step + 1) << (power + LINEAR_BITS - 1 - STEP_BITS)) - 1;
}

void durations_add(struct durations *durations, uint32_t nanoseconds, uint64_t count)
{
    durations->slots[slot_of(nanoseconds)] += count;
    durations->count += count;
}

void durations_merge(struct durations *sum, const struct durations *more)
{
    unsigned i;

    sum->count += more->count;
    for (i = 0; i < DURATIONS_SLOTS; i++)
        sum->slots[i] += more->slots[i];
}

uint64_t durations_below(const struct durations *durations, unsigned power)
{
    uint64_t count = 0;
    unsigned i;

    for (i = 0; i < (power + 1) * DURATIONS_STEPS && i < DURATIONS_SLOTS; i++)
        count += durations->slots[i];
    return count;
}

uint64_t durations_percentile(const struct durations *durations, double percent)
{
    const double wanted = percent * (double)durations->count / 100;
    uint64_t count = 0;
    unsigned i;

    for (i = 0; i < DURATIONS_SLOTS - 1; i++) {
        count += durations->slots[i];
        if (count > 0 && (double)count >= wanted)
            break;
    }
    return end_of(i);
}
