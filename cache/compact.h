/*
 * compact - moves entries out of pages that are mostly free, so that the system gets those back.
 *
 * When the sizes of values drift, or many keys are deleted here and there, pages remain in which
 * little is used, and which no other size can use. The emptiest is walked through; each of its
 * entries is copied to a slot of another page, and its map told the new handle.
 *
 * Two ask for it: housekeeping, while there is time; and commands that need new pages although
 * others are mostly free, which pay with a slice of that work each until as many pages are free again.
 *
 * Owner   the cache. Entries move between two commands only.
 * Memory  of what is used, about 1/24 may lie free in slots before anything is moved.
 * Cost    compact_some: some 100 ns and a few cache misses per entry; a page of 64 KiB is emptied in
 *         slices, of some 3 us when a command pays, of 10 us otherwise.
 * Errors  none; without memory entries stay where they are.
 */
#ifndef CACHE_COMPACT_H
#define CACHE_COMPACT_H

#include <stdbool.h>

struct cache;

/* Is there something to move? */
bool compact_is_due(const struct cache *cache);

/* Moves some entries per step; true: there are more. */
bool compact_some(struct cache *cache, unsigned steps);

/* Moves a few, however little there is to gain; false: there is nothing to move. */
bool compact_now(struct cache *cache);

/* A command is done, and pages are owed. */
void compact_pay(struct cache *cache);

#endif
