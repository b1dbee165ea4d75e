/*
 * world - a whole server and its clients in one thread: who moves next is drawn from a seed.
 *
 *     actors: loops, hosts with threads of their own, clients, their wires, main
 *     each acts only when it could in a real process: who sleeps must be woken
 *
 * Owner   sim.c.
 * Memory  everything is given back at the end, and that is checked.
 * Cost    some ten thousand steps.
 * Errors  world_fail says what is wrong and how to have it again, and ends the program.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "net/loop.h"
#include "tests/sim/client.h"
#include "tests/sim/shared.h"

#define WORLD_CLIENTS 8
#define WORLD_LOOPS 3
#define WORLD_THREADS 24
#define WORLD_WIRES 32
#define WORLD_DATABASES 16

/* What the options of the program say. */
struct world_setup {
    uint64_t seed;
    uint64_t steps; /* more than these are too many */
    bool verbose;
    struct log *log;
    const struct command_table *commands; /* for all worlds */
    const struct settings *settings;      /* to begin with */
};

/* What a run tells. */
struct world_tally {
    uint64_t steps;
    uint64_t commands;
    uint64_t connections;
    uint64_t lined;
    uint64_t borrows;
    uint64_t mgets;
    uint64_t starving; /* worlds in which memory ran out now and then ... */
    uint64_t refused;  /* ... so many allocations ... */
    uint64_t without;  /* ... and commands were answered that there was none */
    uint64_t walks;    /* of shards, in which all was counted */
};

enum world_phase { PHASE_WORK, PHASE_CHECK, PHASE_DRAIN, PHASE_END };

struct world {
    struct world_setup setup;
    struct random random;
    uint64_t hash; /* of everything that happened */
    uint64_t step;
    int64_t now;
    enum world_phase phase;

    unsigned loop_count;
    unsigned shard_count;
    unsigned client_count; /* without the one that checks */
    bool hosted;
    bool small;        /* few clients with few questions, as most worlds */
    bool flood;        /* some ask very much at once */
    bool violent;      /* connections are cut */
    bool starving;     /* memory runs out now and then, ... */
    bool skewed;       /* the wall clock is set */
    unsigned scarcity; /* ... in one turn of so many */
    bool draining;     /* it ends while clients still ask */
    bool drained;
    uint64_t drain_at;
    unsigned identities;
    unsigned nonces;

    struct server_facts facts;
    struct loop *loops[WORLD_LOOPS];
    struct {
        bool asleep;
        bool poked;    /* by a transport */
        bool tired;    /* will try to sleep next */
        uint64_t held; /* does nothing before that step: its processor is taken away */
    } threads[WORLD_THREADS];
    struct client clients[WORLD_CLIENTS];
    struct wire *wires[WORLD_WIRES];
    unsigned thread_count; /* without main */
    unsigned wire_places;  /* in use, or used before */
    struct shared shared;

    /* main's messages, one for each thread */
    struct request tells[WORLD_THREADS];
    unsigned told;
    unsigned heard;

    /* the scheduler's temper */
    unsigned temper;
    unsigned starved;
    uint64_t priorities[64];
    unsigned last_actor;
    unsigned
        in_a_row; /* turns of a thread that said it had more to do, with nobody else in between */

    struct world_tally tally;
};

/* One life. Returns the hash of its trace. */
uint64_t world_run(const struct world_setup *setup, struct world_tally *tally);

void world_fail(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
void world_trace(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void world_mix(struct world *world, const void *bytes, size_t len);
unsigned world_draw(struct world *world, unsigned below);
bool world_chance(struct world *world, unsigned one_in);

/* A new connection to one of the loops; NULL: it had no memory for that. */
struct wire *world_connect(struct world *world);

/* May the server end a connection, or refuse a command, though nobody asked for that? */
bool world_is_rough(const struct world *world);

#endif
