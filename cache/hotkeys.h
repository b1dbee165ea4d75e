/*
 * hotkeys - which keys are read most: a sketch of some of the reads.
 *
 *     one read in so many --> known: counts more
 *                             new: takes the place, and the count, of the least, and counts more
 *
 * So what is read more often than one time in HOTKEYS_KEPT is there for sure, and counts are too high
 * rather than too low (Metwally and others: Efficient computation of frequent and top-k elements in
 * data streams). Counts halve now and then, so that the past fades.
 *
 * Owner   the cache.
 * Memory  HOTKEYS_KEPT places of HOTKEYS_KEY bytes; longer keys are left out.
 * Cost    a comparison for each place, for one read in so many.
 * Errors  none.
 */
#ifndef CACHE_HOTKEYS_H
#define CACHE_HOTKEYS_H

#include <stdint.h>

#include "cache/bytes.h"

#define HOTKEYS_KEPT 32
#define HOTKEYS_KEY 240
#define HOTKEYS_FADE 65536 /* reads that were looked at until all halves */

struct hotkey {
    uint64_t reads; /* 0: free */
    uint64_t hash;
    uint16_t len;
    uint8_t database;
    char key[HOTKEYS_KEY];
};

struct hotkeys {
    uint64_t noted;
    struct hotkey places[HOTKEYS_KEPT];
};

/* One read was looked at, in the place of `reads` of them. */
void hotkeys_note(struct hotkeys *hotkeys, struct bytes key, uint64_t hash, unsigned database,
                  uint64_t reads);

#endif
