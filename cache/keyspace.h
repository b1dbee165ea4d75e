/*
 * keyspace - reads and writes keys of the selected database, with expiry on access and the counters
 * of hits and misses. Nobody else but evict uses the map.
 *
 * Owner   the cache; handlers reach everything through these calls.
 * Memory  a value given to keyspace_set is copied once, or not at all when it is large and lies in a
 *         block that the command carries (see args.h): then that is kept. An entry returned is good until the next
 *         call that writes the same cache.
 * Cost    one lookup; a write that fits the entry's capacity allocates nothing.
 * Errors  false when there is no memory: the handler answers ERROR_OOM and nothing has changed.
 *
 * A key whose time has passed is deleted by whoever looks at it and was never there, to the
 * millisecond of cache_now. In the millisecond that its expiry names it still lives, as in Redis.
 */
#ifndef CACHE_KEYSPACE_H
#define CACHE_KEYSPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/entry.h"

struct cache;

/* For a second, third ... key of a command; the first key's hash is in args->hash. */
uint64_t keyspace_hash(const struct cache *cache, struct bytes key);

/* Before looks at several keys, up to KEYSPACE_FORESEEN of them: asks for what they will need of the
 * selected database, so that the cache misses overlap. */
#define KEYSPACE_FORESEEN 32
void keyspace_foresee(const struct cache *cache, const uint64_t *hashes, unsigned count);

/* Looks for reading: counts a hit or a miss. NULL when there is no such key. */
struct entry *keyspace_read(struct cache *cache, struct bytes key, uint64_t hash);

/* The same for the usual key only: a plain entry (see entry.h), which was found when its bucket was
 * prefetched. NULL: it may be there all the same, and nothing was counted. */
struct entry *keyspace_read_plain(struct cache *cache, struct bytes key);

/* Looks without counting: for writers, and for commands that only ask about the key. */
struct entry *keyspace_peek(struct cache *cache, struct bytes key, uint64_t hash);

/* What keyspace_set does to the expiry of a key that exists. */
#define KEEP_EXPIRY INT64_MIN

/*
 * Makes or replaces: value, and an expiry, which is a deadline (ENTRY_FOREVER: none; KEEP_EXPIRY: as
 * it was). Counts a change.
 */
bool keyspace_set(struct cache *cache, struct bytes key, uint64_t hash, struct bytes value,
                  int64_t expiry);

/* The same, for ever, for such a usual key, and a short value of the length of the old one; false:
 * it is not that, and nothing was changed. */
bool keyspace_set_plain(struct cache *cache, struct bytes key, struct bytes value);

/*
 * Makes room for `len` bytes of value in an existing or a new, empty entry, keeping value and
 * expiry; the caller writes at entry_value_at and sets value_len. What replies have been lent of
 * it does not change. NULL when there is no memory.
 * Counts a change.
 */
struct entry *keyspace_resize(struct cache *cache, struct bytes key, uint64_t hash, size_t len);

/* Sets or, with ENTRY_FOREVER, removes the expiry of an existing key. Counts a change. */
bool keyspace_expire(struct cache *cache, struct bytes key, uint64_t hash, int64_t expiry);

/* True when there was such a key. Counts a change. */
bool keyspace_delete(struct cache *cache, struct bytes key, uint64_t hash);

/* Keys of the selected database, those whose time has come but who were not met yet included. */
uint64_t keyspace_count(const struct cache *cache);

/* What is known of an entry: bytes it takes with its part of the index, milliseconds since it was
 * used, and how often that was, fading. */
size_t keyspace_bytes(const struct cache *cache, const struct entry *entry);
int64_t keyspace_idle_ms(const struct cache *cache, const struct entry *entry);
uint32_t keyspace_uses(const struct cache *cache, const struct entry *entry);

/* As if it had been used so often, and last so many milliseconds ago. */
void keyspace_pretend(struct cache *cache, struct entry *entry, int64_t idle_ms, uint32_t uses);

/* Some key, evenly enough; NULL when there is none. */
struct entry *keyspace_random(struct cache *cache);

/* Empties the selected database, or all. Takes effect at once; memory is given back in later turns.
 */
void keyspace_clear(struct cache *cache);
void keyspace_clear_all(struct cache *cache);

/* Exchanges two databases. */
void keyspace_swap(struct cache *cache, unsigned first, unsigned second);

/*
 * Visits the living keys of one step of a scan. `position` starts at 0; returns the next one, 0 at
 * the end. Every key that is there from the first to the last step is visited exactly once,
 * whatever is inserted or removed meanwhile and however the map grows.
 */
typedef void keyspace_visit(void *context, struct entry *entry);
uint64_t keyspace_scan(struct cache *cache, uint64_t position, keyspace_visit *visit,
                       void *context);

#endif
