/*
 * ghosts - how often keys had been used that were evicted, should they come back.
 *
 *     line, 64 bytes:   | newest ghost | ... | oldest |     32 of 16 bits: 12 of the key's hash, 4 that
 *                                                           stand for a count
 *
 * Owner   the cache.
 * Memory  2 to 4 bytes per entry, in blocks of 64 KiB or one that is smaller; nothing before the
 *         first eviction. Blocks are taken and given back one at a time, as the number of entries
 *         changes; most of what is remembered is forgotten then.
 * Cost    one line to remember, one to recall.
 * Errors  no memory: less is remembered. One key in some 130 that was never here is taken for one
 *         that was.
 */
#ifndef CACHE_GHOSTS_H
#define CACHE_GHOSTS_H

#include <stdint.h>

#include "cache/memory.h"

struct ghosts {
    uint16_t **blocks;
    uint32_t block_count;
    uint32_t block_room;
    uint32_t block_lines;
};

void ghosts_fini(struct ghosts *ghosts, struct memory *memory);

/* What it takes of the memory. */
size_t ghosts_bytes(const struct ghosts *ghosts, const struct memory *memory);

/* Comes closer to a size that suits so many entries. */
void ghosts_fit(struct ghosts *ghosts, struct memory *memory, uint64_t entries);

/* The key with that hash goes, after so many uses. */
void ghosts_remember(struct ghosts *ghosts, uint64_t hash, uint32_t count);

/* The key with that hash comes: how often it was used before, or a little less; 0 when not known. It
 * is forgotten. */
uint32_t ghosts_recall(struct ghosts *ghosts, uint64_t hash);

#endif
