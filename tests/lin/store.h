/*
 * store - one group of keys as it should be: what an operation may answer in a state, and what becomes of
 * it.
 *
 * Owner   the checker.
 * Memory  texts are kept once each in a table, and are compared by number; store_forget empties it.
 * Cost    constant, but for building texts.
 * Errors  none.
 *
 * When a key expires is known between bounds only: when the client asked and when it was answered. In
 * between, whoever reads it decides.
 */
#ifndef TESTS_LIN_STORE_H
#define TESTS_LIN_STORE_H

#include "tests/lin/history.h"

#define ABSENT 0

/* Clocks of threads that wait for a processor may be this late. */
#define STORE_SLACK 200000000

struct slot {
    uint32_t text; /* number of a text, or ABSENT */
    int64_t soonest;
    int64_t latest; /* NEVER: it does not expire */
};

struct state {
    struct slot slots[GROUP_KEYS];
};

/* Could `op` happen now and be told what it was? Then what the state is afterwards. An operation that was
 * told nothing could always happen. */
bool store_step(const struct state *before, const struct op *op, struct state *after);

uint64_t store_hash(const struct state *state);
void store_forget(void);

#endif
