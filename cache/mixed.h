/*
 * mixed - a page in which blocks of any size lie, side by side.
 *
 *     page, 64 KiB: 4,096 units of 16 bytes
 *     +--------------------------+-------+---------+- - - -+-----------+- - - - - - - - - - - -+
 *     | a bit per unit: in use?  | block |  block  | free  |   block   |         free          |
 *     | a bit per unit: a start? |       |         |       |           |                       |
 *     +--------------------------+-------+---------+- - - -+-----------+- - - - - - - - - - - -+
 *      64 units
 *
 * Owner   memory, which keeps a page for each of the sizes that are frequent, and puts the others
 *         here: sizes of which a page of their own would stay mostly empty.
 * Memory  one part in 64 for the bits, and what rounding up to units costs.
 * Cost    some 50 ns: the bits of units in use are looked through, 64 at a time, for the first gap
 *         that is long enough; some more when that was the longest.
 * Errors  mixed_take: NULL when no gap is.
 */
#ifndef CACHE_MIXED_H
#define CACHE_MIXED_H

#include <stddef.h>

#define MIXED_UNIT 16
#define MIXED_ROOM 4032 /* units */

/* The page is all free then: its longest gap is MIXED_ROOM. */
void mixed_open(void *page);

/* `longest`: what the longest gap was, and is then. */
void *mixed_take(void *page, unsigned units, unsigned *longest);

/* How many units they were. `longest` as above. */
unsigned mixed_give(void *page, void *at, unsigned *longest);

/* Units of the block that begins at `at`. */
unsigned mixed_units(const void *page, const void *at);

/* The first block from unit `*from` on, which is what follows it then; NULL behind the last. */
void *mixed_next(void *page, unsigned *from);

#endif
