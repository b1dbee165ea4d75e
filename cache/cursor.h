/*
 * cursor - where a SCAN goes on, as the one number that a client carries between its calls.
 *
 *     number = position, bits reversed * 64 + shard           0: the start, and the end
 *
 * A position uses only as many high bits as its map has buckets; reversed, a small map has small
 * numbers.
 *
 * Owner   pure functions.
 * Memory  none.
 * Cost    a few instructions.
 * Errors  cursor_parse refuses what is no number. Any number is a cursor: one that names no shard
 * stands for the end.
 */
#ifndef CACHE_CURSOR_H
#define CACHE_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"

#define CURSOR_SHARDS 64

struct cursor {
    uint64_t position; /* in the shard's map, as keyspace_scan has it */
    unsigned shard;
};

/* False: "invalid cursor". */
bool cursor_parse(struct bytes text, struct cursor *cursor);
uint64_t cursor_number(struct cursor cursor);

/* The next cursor after a step of `cursor.shard` that led to `position`, among `shards`. */
struct cursor cursor_next(struct cursor cursor, uint64_t position, unsigned shards);

/* Which of `shards` answers for the cursor in `text`; some shard for text that names none. For
 * routing. */
unsigned cursor_route(struct bytes text, unsigned shards);

#endif
