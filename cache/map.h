/*
 * map - a hash map of entries that grows and shrinks one bucket at a time.
 *
 *     bucket, a cache line    | 12 tags | link | 12 handles of entries                          |
 *     spill, 24 bytes         | 4 tags  | link | 4 handles  |
 *
 *     A tag is eight bits of the hash (0: the slot is empty); all of a bucket are compared at once,
 *     so that a lookup that misses touches one line and one that hits touches that and the entry.
 *     What does not fit into a bucket goes to spills, which hang behind it: one entry in twelve.
 *
 * Source  linear hashing (W. Litwin, "Linear hashing: a new tool for file and table addressing",
 *         1980). Buckets 0 .. base + split - 1 exist; those below `split` and their images at
 *         + base use one bit more of the hash.
 * Owner   one database of one cache. Entries in the map belong to the map until removed.
 * Memory  64 bytes per bucket, in segments of 64 KiB. 9.6 entries to a bucket on average while it
 *         grows, at any size, which with the spills makes 7.4 bytes per entry; 6 or more while it
 *         shrinks. No second table, ever.
 * Cost    find: one or two lines. insert: the same and at most one bucket split, whose entries were
 *         prefetched when the one before was. No step is long.
 * Errors  map_insert: false when there is no memory for a spill; growth is put off
 *         instead.
 *
 * Positions of map_scan lie in the space of bit-reversed hashes: each bucket owns an interval of
 * it, a split halves the interval and a merge joins two, so a scan that goes from left to right
 * meets every entry that stays exactly once.
 */
#ifndef CACHE_MAP_H
#define CACHE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/entry.h"
#include "cache/keyhash.h"
#include "cache/memory.h"
#include "cache/random.h"

struct map;
struct bucket;

struct map *map_new(struct memory *memory, const struct keyhash *keyhash);

/* Frees up to `budget` buckets with their entries; true when nothing is left and the map is gone.
 */
bool map_dismantle(struct map *map, unsigned budget);

/* The entry with that key; NULL when there is none. */
struct entry *map_find(const struct map *map, struct bytes key, uint64_t hash);

/* There must be no such key yet. */
bool map_insert(struct map *map, struct entry *entry, uint64_t hash);

/* Puts another entry, of the same key, in the place of one; false: that was not in the map. */
bool map_replace(struct map *map, const struct entry *old, struct entry *new, uint64_t hash);

/* Forgets the entry, which becomes the caller's; false: it was not in the map. */
bool map_remove(struct map *map, const struct entry *entry, uint64_t hash);

uint64_t map_count(const struct map *map);
uint64_t map_buckets(const struct map *map);
size_t map_memory(const struct map *map); /* bytes of the map itself, without entries */

/* Some entry, NULL when empty. Even enough: a random bucket, then a random one of its entries. */
struct entry *map_random(struct map *map, struct random *random);

/* For taking samples. Entries of the bucket of that number, below map_buckets, up to `room` of them;
 * how many. First bring the bucket into the processor's cache. */
void map_prefetch_number(const struct map *map, uint64_t number);
unsigned map_entries_of(const struct map *map, uint64_t number, struct entry **entries,
                        unsigned room);

/* The entry that is likely to have that hash, going by tags, and the number of the bucket; or NULL. */
struct entry *map_likely(const struct map *map, uint64_t hash, uint64_t *number);

/* Visits one bucket. When the visitor returns true the map forgets the entry, which is then the
 * visitor's, and may have freed it already. */
typedef bool map_visit(void *context, struct entry *entry);
uint64_t map_scan(struct map *map, uint64_t position, map_visit *visit, void *context);

/*
 * First the bucket, later the entry that is likely to be meant, NULL when there is none. A spill, if
 * it may be in that, which is looked at later still; 0: there is no more to see. Entries may come
 * and go in between, and be missed then; but no memory may have been given back. `reach`: so many
 * bytes of the entry behind its first are wanted.
 */
const struct bucket *map_prefetch_bucket(const struct map *map, uint64_t hash);
uint32_t map_prefetch_entry(const struct memory *memory, const struct bucket *bucket, uint64_t hash,
                            size_t reach, struct entry **likely);
uint32_t map_prefetch_spilled(const struct memory *memory, uint32_t spill, uint64_t hash,
                              size_t reach, struct entry **likely);

#endif
