/*
 * cache - one owner's world: its databases, its clock, its limits, its counters.
 *
 * Owner   one shard; plain single-threaded C, so a test can be the owner too.
 * Memory  databases come into being when first written to; everything is given back by cache_free.
 * Cost    see keyspace; cache_turn does a bounded amount of housekeeping.
 * Errors  none to the caller: no memory for the cache itself ends the process.
 */
#ifndef CACHE_CACHE_H
#define CACHE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/keyhash.h"
#include "cache/stats.h"

struct settings;
struct command;
struct args;
struct loan;
struct reply;
struct cache;
struct bucket;
struct entry;
struct hotkeys;

#define CACHE_DATABASES_MAX 16

struct cache_setup {
    unsigned index; /* which of `count` caches this is: SCAN's cursor says so to clients */
    unsigned count;
    const struct keyhash *keyhash;
    const struct settings *settings;
    uint64_t seed; /* of what need not be secret: RANDOMKEY */
    int64_t now;   /* steady milliseconds */
    int64_t skew;  /* what the wall clock is ahead of them */
    int filler;    /* who fills memory ahead of need: a descriptor, see region.h; 0: nobody */
};

struct cache *cache_new(const struct cache_setup *setup);
void cache_free(struct cache *cache);

/* One clock per turn: milliseconds that never jump, read by the caller. */
void cache_set_now(struct cache *cache, int64_t now);
int64_t cache_now(const struct cache *cache);

/* The wall clock, by what it is ahead: see deadline.h. Set when it has jumped. */
void cache_set_skew(struct cache *cache, int64_t skew);
int64_t cache_skew(const struct cache *cache);
int64_t cache_wall(const struct cache *cache);

/* Has that deadline come? Never DEADLINE_NEVER. */
bool cache_is_over(const struct cache *cache, int64_t deadline);

/* The database that the next calls mean: 0 .. databases - 1. */
void cache_select(struct cache *cache, unsigned database);
unsigned cache_database(const struct cache *cache);

/* A new snapshot of the settings; the old one may be freed once every owner has adopted. */
void cache_adopt(struct cache *cache, const struct settings *settings);
const struct settings *cache_settings(const struct cache *cache);

/* What one of several caches may use; UINT64_MAX: as much as there is. A cache that is alone takes
 * maxmemory from the settings. cache_charge is what it uses. */
void cache_set_limit(struct cache *cache, uint64_t bytes);
uint64_t cache_charge(const struct cache *cache);
bool cache_is_limited(const struct cache *cache);

/* For ATOMIC rows, before any part runs: is there room, or can it be made? */
bool cache_admit(struct cache *cache, uint64_t bytes);

/* Which of how many. */
unsigned cache_index(const struct cache *cache);
unsigned cache_count(const struct cache *cache);

/*
 * Bring the lines that `hash` will need into the processor's cache: first a bucket, NULL when there
 * is none, later what it says of the entry, which is for cache_run_usual. Other commands may run in
 * between. What was told before cache_look_ahead is not relied upon, nor what is told once memory was
 * given back since.
 */
void cache_look_ahead(struct cache *cache);
bool cache_has_given(const struct cache *cache);
const struct bucket *cache_prefetch_bucket(const struct cache *cache, unsigned database,
                                           uint64_t hash);
uint32_t cache_prefetch_entry(const struct cache *cache, const struct bucket *bucket, uint64_t hash,
                              struct entry **likely);

/* When that is not 0 it may lie farther away, in a line that is on its way now; the same again. */
uint32_t cache_prefetch_spilled(const struct cache *cache, uint32_t spill, uint64_t hash,
                                struct entry **likely);

/* An entry that was foreseen, and used: of the next ones as much is asked for as this one is long. */
void cache_learn(struct cache *cache, const struct entry *used);

/*
 * Runs one command of a row with .on_cache; counts it.
 *
 * A handler of a row that is SLICED or UNBROKEN may leave something of its own in args->progress and
 * return: it is not through. It is run again with the same args, finds that there, and leaves NULL in
 * the end. If it is SLICED what runs in between may change anything; if it is UNBROKEN nothing does.
 * What is written into the reply stays.
 */
void cache_run(struct cache *cache, const struct command *command, struct args *args,
               struct reply *reply, unsigned database);

/* The same for a command that carries no large blocks and takes one turn. `likely`: the entry of its
 * first key, as cache_prefetch_entry has found it; what became of it since is taken care of. */
void cache_run_usual(struct cache *cache, const struct command *command, struct args *args,
                     struct reply *reply, unsigned database, struct entry *likely);

/* A loan of a copy, for long answers; NULL when there is no memory. */
struct loan *cache_lend_copy(struct cache *cache, struct bytes text);

/* Loans that replies no longer need, a list of them. A long one is worked off by cache_turn. */
void cache_take_back(struct cache *cache, struct loan *loan);

/* Gives memory that is kept for later back to the system. */
void cache_trim(struct cache *cache);

/* At most `budget` steps of housekeeping: freeing what was cleared, expiry. True: there is more to
 * do. */
bool cache_turn(struct cache *cache, unsigned budget);

/* The same, a part at a time, for who wants to know what took how long. */
enum cache_work {
    CACHE_CLEARS,
    CACHE_EVICTS,
    CACHE_EXPIRES,
    CACHE_COMPACTS,
    CACHE_GIVES_BACK,
    CACHE_WORKS
};
bool cache_work(struct cache *cache, enum cache_work work, unsigned budget);

/* Evictions are timed, those of commands, too; the longest row of them since this was asked last. */
void cache_time_evictions(struct cache *cache, bool timed);
uint64_t cache_longest_eviction_ns(struct cache *cache);

/* Would cache_turn find something to do? */
bool cache_is_untidy(const struct cache *cache);

/* Are there keys with an expiry? Then the owner should call cache_turn now and then. */
bool cache_has_expiring(const struct cache *cache);

/* With `passive` what has expired stays until somebody asks for it. */
void cache_set_passive(struct cache *cache, bool passive);

/* Counters and gauges, for INFO; a plain copy. */
struct cache_report {
    struct cache_stats stats;
    uint64_t memory_used;
    uint64_t memory_peak;
    uint64_t memory_loose;    /* in blocks that only replies hold: not used by data any more */
    uint64_t memory_held;     /* obtained from the system for it, used or not */
    uint64_t memory_overhead; /* of memory_used, what is not keys and values */
    struct {
        uint64_t keys;
        uint64_t expiring;
        uint64_t overhead; /* its part of memory_overhead */
    } databases[CACHE_DATABASES_MAX];
};
void cache_report(const struct cache *cache, struct cache_report *report);
void cache_reset_stats(struct cache *cache);

/* What is read most; the owner notes some of the reads. */
struct hotkeys *cache_hotkeys(struct cache *cache);

/* Counters, for the handlers. */
struct cache_stats *cache_stats(struct cache *cache);

#endif
