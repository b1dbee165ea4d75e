#include "cache/mixed.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define UNITS 4096u
#define WORDS (UNITS / 64)
#define FIRST (UNITS - MIXED_ROOM)

/* At the start of the page. */
struct bits {
    uint64_t used[WORDS];
    uint64_t starts[WORDS];
};

_Static_assert(sizeof(struct bits) == FIRST * MIXED_UNIT,
               "the bits fill the units before the first");

/* --- bits --- */

/* The first unit from `unit` on whose bit, turned over by `flip`, is set; UNITS: none. */
static inline unsigned search(const uint64_t *words, uint64_t flip, unsigned unit)
{
    unsigned word = unit / 64;
    uint64_t left;

    if (unit >= UNITS)
        return UNITS;
    left = (words[word] ^ flip) & ~UINT64_C(0) << unit % 64;
    while (left == 0 && ++word < WORDS)
        left = words[word] ^ flip;
    return word < WORDS ? word * 64 + (unsigned)__builtin_ctzll(left) : UNITS;
}

static unsigned first_used(const struct bits *bits, unsigned unit)
{
    return search(bits->used, 0, unit);
}

static unsigned first_free(const struct bits *bits, unsigned unit)
{
    return search(bits->used, ~UINT64_C(0), unit);
}

static unsigned first_start(const struct bits *bits, unsigned unit)
{
    return search(bits->starts, 0, unit);
}

/* The unit behind the last one in use before `unit`. */
static unsigned gap_before(const struct bits *bits, unsigned unit)
{
    unsigned word = unit / 64;
    uint64_t left = bits->used[word] & ~(~UINT64_C(0) << unit % 64);

    while (left == 0)
        left = bits->used[--word]; /* those before FIRST count as used */
    return word * 64 + 64 - (unsigned)__builtin_clzll(left);
}

/* Sets or clears the bits of some units in a row. */
static void mark(struct bits *bits, unsigned unit, unsigned units, bool used)
{
    while (units > 0) {
        const unsigned here = 64 - unit % 64 < units ? 64 - unit % 64 : units;
        const uint64_t some = (here == 64 ? ~UINT64_C(0) : (UINT64_C(1) << here) - 1) << unit % 64;

        if (used)
            bits->used[unit / 64] |= some;
        else
            bits->used[unit / 64] &= ~some;
        unit += here;
        units -= here;
    }
}

static void flip_start(struct bits *bits, unsigned unit)
{
    bits->starts[unit / 64] ^= UINT64_C(1) << unit % 64;
}

/* --- units --- */

static unsigned unit_of(const void *page, const void *at)
{
    return (unsigned)(((const char *)at - (const char *)page) / MIXED_UNIT);
}

static void *at_unit(void *page, unsigned unit)
{
    return (char *)page + (size_t)unit * MIXED_UNIT;
}

static unsigned units_from(const struct bits *bits, unsigned unit)
{
    const unsigned gap = first_free(bits, unit), next = first_start(bits, unit + 1);

    return (gap < next ? gap : next) - unit;
}

static unsigned longest_gap(const struct bits *bits)
{
    unsigned unit = first_free(bits, FIRST), longest = 0;

    while (unit < UNITS) {
        const unsigned end = first_used(bits, unit);

        if (end - unit > longest)
            longest = end - unit;
        unit = first_free(bits, end);
    }
    return longest;
}

/* The first that is long enough; UNITS: none. */
static unsigned find_gap(const struct bits *bits, unsigned units, unsigned *length)
{
    unsigned unit = first_free(bits, FIRST);

    while (unit < UNITS) {
        const unsigned end = first_used(bits, unit);

        *length = end - unit;
        if (*length >= units)
            return unit;
        unit = first_free(bits, end);
    }
    return UNITS;
}

/* --- */

void mixed_open(void *page)
{
    struct bits *bits = page;

    memset(bits, 0, sizeof(*bits));
    mark(bits, 0, FIRST, true);
}

void *mixed_take(void *page, unsigned units, unsigned *longest)
{
    struct bits *bits = page;
    unsigned length = 0;
    const unsigned unit = find_gap(bits, units, &length);

    if (unit == UNITS)
        return NULL;
    mark(bits, unit, units, true);
    flip_start(bits, unit);
    if (length == *longest)
        *longest = longest_gap(bits);
    return at_unit(page, unit);
}

unsigned mixed_give(void *page, void *at, unsigned *longest)
{
    struct bits *bits = page;
    const unsigned unit = unit_of(page, at), units = units_from(bits, unit);
    unsigned gap;

    assert(bits->starts[unit / 64] >> unit % 64 & 1);
    mark(bits, unit, units, false);
    flip_start(bits, unit);
    gap = first_used(bits, unit) - gap_before(bits, unit);
    if (gap > *longest)
        *longest = gap;
    return units;
}

unsigned mixed_units(const void *page, const void *at)
{
    return units_from(page, unit_of(page, at));
}

void *mixed_next(void *page, unsigned *from)
{
    const struct bits *bits = page;
    const unsigned unit = first_start(bits, *from);

    if (unit == UNITS)
        return NULL;
    *from = unit + units_from(bits, unit);
    return at_unit(page, unit);
}
