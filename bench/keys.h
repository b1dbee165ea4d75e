/*
 * keys - which key comes next, and the digits it is written with.
 *
 * Owner   read only once made; any thread may pick with dice of its own.
 * Memory  a few words.
 * Cost    uniform: one roll. Zipf: see zipf.h, and one division that spreads the popular keys over
 *         all of them, since neighbours were stored next to each other.
 * Errors  none.
 *
 * A key is "key:" and twelve digits, 16 bytes. Its last eight digits travel in one word: they are
 * also what a value begins and ends with, which is how a reply shows whose it is.
 */
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include <endian.h>
#include <stdint.h>

#include "bench/zipf.h"

#define KEYS_MOST UINT64_C(1000000000)

struct keys {
    uint64_t count;
    uint64_t stride; /* no common divisor with count: rank times stride reaches every key once */
    double skew;     /* 0 is uniform */
    struct zipf zipf;
};

void keys_init(struct keys *, uint64_t count, double skew);

/* 0 .. count - 1 */
uint64_t keys_pick(const struct keys *, struct dice *);

/*
 * The eight digits of a number below 10^8, in the order they are written in memory. Four, then two,
 * then one digit per lane, all lanes at once; x * 10486 >> 20 is x / 100 below 10,000, and
 * x * 103 >> 10 is x / 10 below 100.
 */
static inline uint64_t keys_eight_digits(uint64_t number)
{
    const uint64_t fours = number / 10000 | number % 10000 << 32;
    const uint64_t hundreds = fours * 10486 >> 20 & UINT64_C(0x7f0000007f);
    const uint64_t twos = hundreds | (fours - 100 * hundreds) << 16;
    const uint64_t tens = twos * 103 >> 10 & UINT64_C(0xf000f000f000f);
    const uint64_t ones = twos - 10 * tens;

    return htole64((tens | ones << 8) + UINT64_C(0x3030303030303030));
}

#endif
