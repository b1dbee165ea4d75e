/*
 * random - numbers that look random and can be had again: SplitMix64. And secrets, which cannot.
 *
 * Source  G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators",
 *         2014.
 * Owner   whoever holds the struct; one thread.
 * Memory  one word.
 * Cost    a handful of instructions per number; random_secret is a system call.
 * Errors  the generator has none; random_secret fails where the kernel refuses.
 *
 * Same seed, same numbers, on every machine: a failing seed is a test case. Never use the generator
 * for what somebody must not guess.
 */
#ifndef CACHE_RANDOM_H
#define CACHE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/why.h"

struct random {
    uint64_t state;
};

/* Any seed is as good as any other, 0 too. */
void random_seed(struct random *random, uint64_t seed);

/* All 64 bits are usable. */
uint64_t random_next(struct random *random);

/* 0 .. bound - 1, all as likely up to bound / 2^64; one draw per call, `bound` must not be 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* Fills `into` with bytes from the kernel that nobody can predict. */
bool random_secret(void *into, size_t len, struct why *why);

#endif
