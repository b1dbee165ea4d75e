/*
 * gather - makes one answer of those of a fanout's parts, in the way that the command's row says.
 *
 * Owner   the loop that asked.
 * Memory  the whole's reply; loans of large values are handed on to it.
 * Cost    a copy of what the parts have answered.
 * Errors  a part that answers an error makes that the answer of the whole, and so does a broken one;
 *         but messages of a loop's own are gathered whatever their parts have answered.
 */
#ifndef SHARD_GATHER_H
#define SHARD_GATHER_H

#include "shard/fanout.h"

/* All parts are home. */
void gather_answers(struct fanout *fanout, struct random *random, struct loop *loop) ON_NET;

#endif
