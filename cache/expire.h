/*
 * expire - deletes keys whose time has come and that nobody asks for.
 *
 * Owner   the cache.
 * Memory  none of its own: see due.h.
 * Cost    expire_is_due: some comparisons. expire_some: by budget; some 300 ns per key that is deleted,
 *         most of it cache misses of the map; little for what only has to be filed again.
 * Errors  none.
 *
 * Dates are found in time after the wall clock was set ahead, too: then all that is filed is looked
 * through once, some 1,000 entries per turn, and what is a date is filed again.
 *
 * How many keys a turn deletes grows with the delay: 32 when there is none, 192 when it is a second and
 * more. So a million that end in the same second are gone before the next one but one, whatever else
 * there is to do, and no turn takes long.
 */
#ifndef CACHE_EXPIRE_H
#define CACHE_EXPIRE_H

#include <stdbool.h>

struct cache;

/* May there be something to delete? */
bool expire_is_due(const struct cache *cache);

/* `budget`: 8 stands for what is said above. True: there is more. */
bool expire_some(struct cache *cache, unsigned budget);

#endif
