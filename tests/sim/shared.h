/*
 * shared - what all clients write together, and what must be true of it whoever comes first.
 *
 *     counters  INCR: no two answers are the same, later ones are larger, and nothing is counted
 * twice or lost groups    MSET of one value to all keys of a group: all or nothing to everybody, in
 * one order for all tokens    GETDEL: what was written once is taken away once locks     SETNX: one
 * winner
 *
 * Owner   the world.
 * Memory  a few words per write.
 * Cost    the check of the groups compares all pairs of values, at the end.
 * Errors  each function that judges returns NULL, or a sentence.
 *
 * Time is the number of the scheduler's step: something answered before another was asked came
 * first.
 */
#ifndef TESTS_SIM_SHARED_H
#define TESTS_SIM_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"

#define SHARED_COUNTERS 3
#define SHARED_GROUPS 3
#define SHARED_GROUP_KEYS 5
#define SHARED_TOKENS 3
#define SHARED_LOCKS 4
#define SHARED_WRITES 400 /* more than this are not made */
#define SHARED_COUNT_MAX 4000

struct shared_value {    /* of a group */
    uint64_t first_end;  /* when something was answered first that shows it was in force */
    uint64_t last_start; /* when something was asked last that found it */
};

struct shared {
    struct shared_counter {
        uint64_t asked;
        uint64_t answered;
        int64_t highest; /* answered so far */
        bool seen[SHARED_COUNT_MAX];
    } counters[SHARED_COUNTERS];
    struct shared_group {
        unsigned values; /* 1 .. values - 1 were written; 0 is "no key" */
        struct shared_value value[SHARED_WRITES];
        int64_t final[SHARED_GROUP_KEYS];
        uint64_t mgets;
    } groups[SHARED_GROUPS];
    struct shared_token {
        unsigned made;
        bool taken[SHARED_WRITES];
    } tokens[SHARED_TOKENS];
    struct shared_lock {
        bool won;
        unsigned winner;
    } locks[SHARED_LOCKS];
    bool cut; /* some connection has ended without its answers */
};

void shared_init(struct shared *shared);

const char *shared_counted(struct shared *shared, unsigned counter, int64_t value, int64_t floor);
const char *shared_count_is(const struct shared *shared, unsigned counter, struct bytes text);

/* Value number `value` of the group was in force at some moment between asking and answering. */
const char *shared_read(struct shared *shared, unsigned group, int64_t value, uint64_t asked,
                        uint64_t answered);
void shared_written(struct shared *shared, unsigned group, unsigned value, uint64_t asked,
                    uint64_t answered);
const char *shared_groups_agree(const struct shared *shared);

const char *shared_took(struct shared *shared, unsigned token, struct bytes text);
const char *shared_locked(struct shared *shared, unsigned lock, unsigned who, int64_t won);
const char *shared_lock_is(const struct shared *shared, unsigned lock, struct bytes text);

#endif
