/*
 * limit - how much memory a cache may use, and what happens when that is not enough.
 *
 *     used      room -->|<-- overdraft -->|
 *     ==================|=================|----------  SET, INCR ... : before, evict until it is below;
 *                    budget             line            where nothing may be evicted, refuse
 *
 * What counts is all that the cache has allocated for keys, values, indexes and whatever it keeps
 * about them, or twelve thirteenths of the memory that this takes from the system (beyond the first 512
 * KiB), whichever is more: pages that are used badly are emptied, and cost keys rather than the
 * machine where that does not help, but a quarter more than is used at most.
 * Blocks that only replies hold do not count.
 *
 * Owner   the cache.
 * Memory  a few words. Above the line by no more than LIMIT_SLACK after any command: writes of
 *         LIMIT_LARGE bytes or more find room first, smaller ones are made up for right behind
 *         them, as far as a turn's evictions go; the rest is cache_turn's.
 * Cost    without a limit one comparison per command; with one, some additions more.
 * Errors  limit_admit: false, and the command is answered with ERROR_OOM.
 */
#ifndef CACHE_LIMIT_H
#define CACHE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache;
struct command;
struct args;
struct reply;

#define LIMIT_NONE ((size_t)-1)
#define LIMIT_LARGE ((size_t)64 << 10)
#define LIMIT_SLACK ((size_t)1 << 20)

struct limit {
    size_t line; /* LIMIT_NONE: there is none */
    size_t
        missing; /* bytes that the command under way would need beyond it; 0: it has asked in vain
                       for none */
    unsigned moves;      /* steps in which entries may move together instead of being evicted */
    bool stuck;          /* nothing could be evicted when it was last tried */
    bool timed;          /* somebody wants to know how long evictions take */
    uint64_t longest_ns; /* that those in a row took, since somebody asked */
};

/* What the cache uses, as the limit counts it. */
size_t limit_charge(const struct cache *cache);

void limit_set(struct cache *cache, size_t line);

/* May a command that writes begin? Evicts so that it may. `bytes`: what it is known to need. */
bool limit_admit(struct cache *cache, size_t bytes);

/* Would so many bytes more be too many? keyspace asks before it takes much. */
bool limit_forbids(struct cache *cache, size_t bytes);

/* Evicts what is too much; `most` keys. */
void limit_settle(struct cache *cache, unsigned most);

/* Is there something to evict, later, by limit_settle? */
bool limit_is_exceeded(const struct cache *cache);

/* Runs a command of a cache that has a limit. */
void limit_run(struct cache *cache, const struct command *command, struct args *args,
               struct reply *reply);

#endif
