/*
 * dice - the load generator's chance: SplitMix64, in the header so that a roll costs no call.
 *
 * Owner   whoever holds the struct; one thread.
 * Memory  one word.
 * Cost    a few instructions per roll; it is rolled twice per request.
 * Errors  none. Same seed, same rolls.
 */
#ifndef BENCH_DICE_H
#define BENCH_DICE_H

#include <stdint.h>

struct dice {
    uint64_t state;
};

/* All 64 bits are usable. */
static inline uint64_t dice_roll(struct dice *dice)
{
    uint64_t word = dice->state += UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio */

    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

/* 0 .. bound - 1; the high half of a product scales without dividing. */
static inline uint64_t dice_below(struct dice *dice, uint64_t bound)
{
    return (uint64_t)((unsigned __int128)dice_roll(dice) * bound >> 64);
}

/* 0 <= fraction < 1 */
static inline double dice_fraction(struct dice *dice)
{
    return (double)(dice_roll(dice) >> 11) * 0x1p-53;
}

#endif
