/*
 * worth - what keeping an entry is worth, learned while the cache runs.
 *
 * Entries are told apart by how often they were used (1, 2 or 3, 4 .. 7, ... 128 and more) and how
 * many ticks ago (0, 1, 2 or 3, 4 .. 7, ...). For each such class it is counted how many were used
 * again, and how many are there: what is looked at in search of a victim is a fair sample of
 * that. The one by the other is how likely a use is within the next tick: the hazard. From the
 * hazards of the ages to come follows
 *
 *     worth = the most, over all times T, of   uses to be expected within T
 *                                             ------------------------------
 *                                             ticks to be kept for, up to the use or T
 *
 * and who has the least worth per byte goes first. So nothing is decided beforehand of whether
 * recency or frequency counts, what loops or scans look like, or how long something stays hot.
 *
 * Source  hit density: N. Beckmann, H. Chen, A. Cidon, "LHD: improving cache hit rate by maximizing
 *         hit density", 2018. The best stopping time: J. C. Gittins, "Bandit processes and dynamic
 *         allocation indices", 1979. The guess that classes start with, uses by age: A.
 *         Blankstein, S. Sen, M. Freedman, "Hyperbolic caching", 2017.
 * Owner   the cache; plain numbers.
 * Memory  some 4 KiB.
 * Cost    a use, or a look: one increment. worth_learn: some 2 us for one of eight rows, to be called
 *         at every eviction; most calls return at once.
 * Errors  none.
 */
#ifndef CACHE_WORTH_H
#define CACHE_WORTH_H

#include <stdint.h>
#include <string.h>

#include "cache/heat.h"

#define WORTH_COUNTS HEAT_COUNT_BITS
#define WORTH_AGES 25

struct worth_row {
    uint32_t uses[WORTH_AGES];  /* seen since the row was learned last */
    uint32_t looks[WORTH_AGES]; /* likewise */
    float used[WORTH_AGES];     /* uses and entry-ticks so far, the older the less they count */
    float kept[WORTH_AGES];
    float worth[WORTH_AGES];
    uint64_t since_tick;
    uint64_t since_look;
};

struct worth {
    struct worth_row rows[WORTH_COUNTS];
    uint64_t looks;   /* at entries */
    uint32_t pending; /* evictions since a row was learned */
    unsigned next;    /* row to learn */
};

void worth_init(struct worth *worth, const struct heat_clock *clock);

static inline unsigned worth_count_class(uint32_t heat)
{
    return 31 - (unsigned)__builtin_clz(heat_count(heat) | 1);
}

static inline unsigned worth_age_class(uint32_t age)
{
    return age == 0 ? 0 : 32 - (unsigned)__builtin_clz(age);
}

/* An entry is used that had this heat until then. */
static inline void worth_note_use(struct worth *worth, uint32_t heat, uint32_t age)
{
    worth->rows[worth_count_class(heat)].uses[worth_age_class(age)]++;
}

/* One of all the entries, chosen without regard to its heat, has this one. */
static inline void worth_note_look(struct worth *worth, uint32_t heat, uint32_t age)
{
    worth->rows[worth_count_class(heat)].looks[worth_age_class(age)]++;
    worth->looks++;
}

/* Where a number lies among powers of two: beyond one by a part of the way to the next. */
struct worth_place {
    unsigned power, next;
    float part;
};

/* What is below 1 counts as 1. A float is such a place already. */
static inline struct worth_place worth_place_of(float number, unsigned powers)
{
    struct worth_place place;
    uint32_t bits, mantissa;

    number = number < 1 ? 1 : number;
    memcpy(&bits, &number, sizeof(bits));
    mantissa = (bits & 0x7fffff) | 0x3f800000; /* 1 to 2 */
    memcpy(&place.part, &mantissa, sizeof(mantissa));
    place.part -= 1;
    place.power = (bits >> 23) - 127;
    place.next = place.power + 1 < powers ? place.power + 1 : place.power;
    return place;
}

static inline float worth_between(const float *worth, const struct worth_place *age)
{
    return worth[age->power] + age->part * (worth[age->next] - worth[age->power]);
}

/*
 * In uses per tick. What was learned of a class is true of its middle, and in between of something in
 * between. The middle of class c is a count of 1.5 x 2^c - 0.5, and an age of 0.75 x 2^c - 0.5.
 */
static inline float worth_of(const struct worth *worth, uint32_t heat, uint32_t age)
{
    const struct worth_place ages = worth_place_of(((float)age + 0.5f) * (1 / 0.75f), WORTH_AGES);
    const struct worth_place counts =
        worth_place_of(((float)heat_count(heat) + 0.5f) * (1 / 1.5f), WORTH_COUNTS);
    const float less = worth_between(worth->rows[counts.power].worth, &ages);
    const float more = worth_between(worth->rows[counts.next].worth, &ages);

    return less + counts.part * (more - less);
}

/* An entry is evicted, of so many: what was noted may be worth learning from. */
void worth_learn(struct worth *worth, const struct heat_clock *clock, uint64_t entries);

#endif
