/*
 * machine - runs the atomics of the source that ships in every order and with every value that the
 * memory model lets a thread see, and looks for lost wake-ups, races and broken promises.
 *
 *     shard/channel.c, shard/inbox.c,          compiled with -fsanitize=thread: the compiler turns
 *     and a scenario's threads                 each access into a call; instrument.c answers them
 *              |
 *              v
 *     machine: threads are coroutines; before each atomic operation and each system call it chooses
 *     who goes on, and for each load which of the stores that it may see. All choices are tried,
 *     depth first, from the start again each time; a state that was seen before is left at once.
 *
 * Model   C11 with coherence by message views (J. Kang et al., "A promising semantics for
 *         relaxed-memory concurrency", POPL 2017) without promises: a store goes to the end of its
 *         location's order, a load takes any message that is not older than what its thread knows,
 *         acquire and release pass views, a sequentially consistent fence joins the one view of
 *         all of them. Not modelled: loads before earlier loads' stores ("load buffering"), and
 *         stores of one location that overtake each other.
 * Races   vector clocks for each four bytes that are not atomic (C. Flanagan, S. Freund,
 *         "FastTrack", PLDI 2009).
 * Futex   wait looks at the newest value; it may end early once per thread, as a time-out does, where the
 *         scenario says so. Wake wakes one, whichever.
 * Owner   one at a time in a process. Memory: static, some tens of megabytes.
 * Errors  a scenario that is too large for its tables ends the process.
 */
#ifndef TESTS_MODEL_MACHINE_H
#define TESTS_MODEL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_THREADS 4

struct scenario {
    const char *name;
    unsigned threads;
    bool early;                 /* futex waits may end early */
    void (*set_up)(void);       /* before the threads, as if it happened before all of them */
    void (*thread)(unsigned);   /* the work of each */
    const char *(*check)(void); /* when all have ended: what is wrong, or NULL */
};

/* One atomic operation of the source, made weaker; site 0: none is. */
struct weakening {
    uintptr_t site;
    int order; /* __ATOMIC_*; -1: a fence that is not there */
};

struct verdict {
    const char *wrong; /* NULL: nothing is */
    unsigned long executions;
    unsigned long states;
};

struct verdict machine_explore(const struct scenario *scenario, struct weakening weakening);

/* The choices that led to what was wrong, a line for each operation. */
void machine_print_trace(void);

/* For scenarios. */
void *machine_alloc(size_t size); /* zeroed; gone after the execution */
void machine_wrong(const char *what);
void machine_abandon(void); /* this execution goes on for ever without being wrong */
void machine_await(bool (*until)(void *), void *with); /* looks at the newest values */

/* For instrument.c. */
enum machine_kind { LOAD, STORE, EXCHANGE, ADD, COMPARE, FENCE, FUTEX_WAITS, FUTEX_WAKES };

struct machine_op {
    enum machine_kind kind;
    uintptr_t site;
    uint32_t *at;
    int order;
    uint32_t value;    /* to store, to add */
    uint32_t expected; /* COMPARE, FUTEX_WAITS; what was found, afterwards */
    int failed_order;  /* COMPARE's */
};

/* The value that was found; COMPARE and FUTEX_WAITS: whether it went well. */
uint32_t machine_atomic(struct machine_op *op);
void machine_plain(const void *at, size_t size, bool write);

/* The sites of atomic operations that some execution has passed, with their strongest order. */
struct machine_site {
    uintptr_t site;
    enum machine_kind kind;
    int order;
};
size_t machine_sites(const struct machine_site **sites);

#endif
