/*
 * filler - a thread that takes the page faults of memory to come, so that no shard has to.
 *
 *     cache/pages  --- a piece, through a pipe --->  filler: touches all of it
 *                  <-- the system knows whether it is there
 *
 * Owner   main makes and ends it. Any thread may write to its descriptor.
 * Memory  it owns none, and changes no byte of what it fills: it may still do so while the piece is
 *         in use, or is given back.
 * Cost    a thread that sleeps but while a store grows: one huge page at a time, 2 MiB.
 * Errors  filler_new: NULL where the system cannot do that; shards then do without.
 */
#ifndef SHARD_FILLER_H
#define SHARD_FILLER_H

#include "shard/owner.h"

struct filler;

struct filler *filler_new(void) ON_MAIN;
void filler_free(struct filler *filler) ON_MAIN;

/* For cache_setup; of NULL it is 0: nobody. */
int filler_descriptor(const struct filler *filler) ON_MAIN;

#endif
