/*
 * bits - bits in texts, counted from the highest of the first byte on.
 *
 *     byte     0                 1
 *     bit      0 1 2 3 4 5 6 7   8 9 ...
 *
 * Owner   pure functions over the caller's bytes; bits_offset reads a client's word.
 * Memory  none.
 * Cost    counting and finding take eight bytes at a time.
 * Errors  bits_offset answers the client and returns false.
 */
#ifndef CACHE_BITS_H
#define CACHE_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/args.h"
#include "cache/number.h"
#include "cache/reply.h"

struct cache;

/* Word `index` as the place of a bit. With `width`, "#3" is the place of the fourth field of that
 * many bits. */
bool bits_offset(const struct cache *cache, const struct args *args, uint32_t index, unsigned width,
                 uint64_t *offset, struct reply *reply);

/* Behind the end all bits are clear. */
static inline bool bits_get(struct bytes text, uint64_t place)
{
    return place / 8 < text.len && ((uint8_t)text.at[place / 8] >> (7 - place % 8) & 1);
}

static inline void bits_set(char *at, uint64_t place, bool bit)
{
    const uint8_t mask = (uint8_t)(0x80u >> (place % 8));
    const uint8_t byte = (uint8_t)at[place / 8];

    at[place / 8] = (char)(bit ? byte | mask : byte & ~mask);
}

/* How many are set from `start` to before `end`; both lie inside. */
uint64_t bits_count(struct bytes text, uint64_t start, uint64_t end);

/* The first from `start` to before `end` that is `bit`; `end` when none is. */
uint64_t bits_find(struct bytes text, uint64_t start, uint64_t end, bool bit);

/* `width` bits, 1 to 64, as a number, the highest first. */
uint64_t bits_read(struct bytes text, uint64_t place, unsigned width);
void bits_write(char *at, uint64_t place, unsigned width, uint64_t value);

#endif
