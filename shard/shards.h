/*
 * shards - all shards, who runs them, and the ways between all threads.
 *
 *     threads are numbered: loops 0 .. loops - 1, then hosts of their own, if any, then main, and
 *     last an inspector, if there is to be one
 *
 *     placement "threads":  loop <--> host, one ring each way for each pair; host i runs shard i
 *     placement "loops":    loop <--> loop; loop i hosts shards i, i + loops, i + 2 loops ...
 *     and every loop and every host has a ring from main, and one from the inspector: see there
 *
 * Owner   main makes and ends it; in between everything in it belongs to the thread it was made
 *         for.
 * Memory  rings, caches, outboxes.
 * Cost    routing is one keyed hash and a multiplication.
 * Errors  shards_new and shards_start: false with a reason.
 */
#ifndef SHARD_SHARDS_H
#define SHARD_SHARDS_H

#include "cache/keyhash.h"
#include "conf/why.h"
#include "shard/host.h"
#include "shard/moments.h"
#include "shard/outbox.h"
#include "shard/processors.h"

#define SHARDS_MAX 64
#define LOOPS_MAX 64

struct shards;
struct settings;

struct shards_setup {
    unsigned loops;
    unsigned shards;
    bool hosted;    /* by the loops; otherwise each shard has a thread of its own */
    bool inspected; /* an inspector is to ask loops and hosts how they are */
    bool stepped;   /* a simulator runs everything: no descriptors, no threads */
    unsigned limit; /* requests in flight for each pair of threads; 0: by the number of threads */
    struct keyhash keyhash;
    uint64_t seed;
    int64_t now;                         /* steady milliseconds */
    int64_t skew;                        /* what the wall clock is ahead of them */
    const struct processors *processors; /* to pin each thread to one of; NULL: anywhere */
    const struct settings *settings;
};

struct shards *shards_new(const struct shards_setup *setup, struct why *why) ON_MAIN;
void shards_free(struct shards *shards) ON_MAIN;

/* Starts the threads of hosts of their own; shards_stop tells them by message and joins them. */
bool shards_start(struct shards *shards, struct why *why) ON_MAIN;
void shards_stop(struct shards *shards) ON_MAIN;

/* Which shard owns a key, and the key's hash. A {tag} in the key routes it. */
unsigned shards_route(const struct shards *shards, struct bytes key, uint64_t *hash) ANY_THREAD;

unsigned shards_count(const struct shards *shards) ANY_THREAD;
unsigned shards_loops(const struct shards *shards) ANY_THREAD;
unsigned shards_threads(const struct shards *shards) ANY_THREAD;
unsigned shards_main(const struct shards *shards) ANY_THREAD;      /* main's number */
unsigned shards_inspector(const struct shards *shards) ANY_THREAD; /* likewise, if there is one */
bool shards_are_hosted(const struct shards *shards) ANY_THREAD;

/* What the wall clock was ahead when they were made, in milliseconds. */
int64_t shards_skew(const struct shards *shards) ON_MAIN;

/* Where the random numbers of a thread begin; other than those of any shard. */
uint64_t shards_seed(const struct shards *shards, unsigned thread) ANY_THREAD;

/* Tells before from after, for all threads. */
struct moments *shards_moments(struct shards *shards) ANY_THREAD;

/* The thread that runs a shard. */
const struct keyhash *shards_keyhash(const struct shards *shards) ANY_THREAD;
unsigned shards_thread_of(const struct shards *shards, unsigned shard) ANY_THREAD;

/* A thread's own things; for that thread. */
struct host *shards_host(struct shards *shards,
                         unsigned thread) ANY_THREAD; /* NULL: hosts nothing */
struct inbox *shards_inbox(struct shards *shards, unsigned thread) ANY_THREAD;
struct outbox *shards_outbox(struct shards *shards, unsigned thread) ANY_THREAD;

/* The first loop's. */
struct treasury *shards_treasury(struct shards *shards) ON_NET;

/* One turn of a host that has a thread of its own; true when it should go on at once. For
 * simulators, too. */
bool shards_host_turn(struct shards *shards, unsigned thread, int64_t now) ON_SHARD;

/* A turn in place of a host whose inbox the caller has borrowed; gives that back, and wakes the host's
 * own thread if there is more to do. */
void shards_stand_in(struct shards *shards, unsigned thread, int64_t now) ANY_THREAD;

/* Sends a message of main's to `count` threads from `first` on, and waits until all have answered.
 */
void shards_tell(struct shards *shards, unsigned first, unsigned count,
                 const struct command *command) ON_MAIN;

#endif
