/*
 * scenarios - who sends what to whom through an inbox: small enough that every execution is tried.
 *
 * Owner   the one being explored. Memory: the machine's. Compiled as the code under test is, so
 *         that races in what is passed along are seen.
 */
#ifndef TESTS_MODEL_SCENARIOS_H
#define TESTS_MODEL_SCENARIOS_H

#include "shard/inbox.h"
#include "tests/model/machine.h"

struct play {
    const char *name;
    enum inbox_kind kind;
    unsigned senders;
    unsigned requests;  /* of each */
    unsigned capacity;  /* of each ring */
    unsigned together;  /* requests that are published at once */
    bool linked;        /* those must not be cut */
    bool tries;         /* they push until it works, instead of waiting for answers */
    unsigned borrowers; /* of the senders: they do the work of a receiver that sleeps */
    bool early;         /* sleep may end early */
};

extern const struct play plays[];
extern const size_t play_count;

/* What machine_explore explores; good until the next call. */
const struct scenario *scenario_of(const struct play *play);

#endif
