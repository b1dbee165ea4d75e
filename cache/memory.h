/*
 * memory - where the data of one cache lies: slots of like size in pages, counted to the byte.
 *
 *     page, 64 KiB at a multiple of it                        slots of one class, 8 bytes to 8 KiB
 *     +------+------+---+----------+------+------+------+- - - -+------+---+
 *     | slot | free |   | its page | slot | free | slot |       | new  |   |
 *     +------+---+--+---+-----+----+------+---+--+------+- - - -+------+---+
 *                ^            |               ^  |               never used yet, all from here
 *                |            +---------------+  |               to the end, then from the start
 *                +-------------------------------+
 *     What describes a page (class, slots in use, the first free slot) fills one cache line. It
 *     lies in another place in each page: at the same, all would compete for the same lines of the
 *     processor's cache. Larger slots leave less room to choose from; there it lies in front.
 *
 * Owner   the cache; one per shard, hence plain numbers. A struct that is all zero is ready for
 *         use, and stays where it is from then on.
 * Memory  sizes up to MEMORY_SLOT_MAX are rounded up to their class: 8 bytes apart up to 256, 16 up
 *         to 1 KiB, 32 up to 2 KiB, then as large as lets 30, 29 .. 8 into a page. Exactly 64 KiB
 *         are a page without a description. All else comes from malloc, but for
 *         large blocks, of which all is counted as used. A page whose last slot was
 *         given back serves any other class, or goes back to the system (see pages.h). Slots are
 *         taken from pages that are rather full, so that the others may become empty.
 * Cost    taking and giving a slot: a table and the line that describes the page.
 * Errors  NULL when the system has no memory; nothing is counted then.
 *
 * A slot of n bytes is aligned to 8, and to 64 when n is a multiple of 64.
 */
#ifndef CACHE_MEMORY_H
#define CACHE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/large.h"
#include "cache/link.h"
#include "cache/pages.h"

#define MEMORY_SLOT_MAX 8128
#define MEMORY_CLASSES 135

struct memory {
    size_t used; /* bytes asked for and not given back */
    size_t peak;
    size_t loose;  /* bytes of large blocks that only replies hold */
    size_t blocks; /* bytes of `used` or around them that come from malloc, or are large blocks */
    uint16_t slot_of[MEMORY_CLASSES]; /* bytes in a slot of that class */
    uint8_t class_of[MEMORY_SLOT_MAX / 8 + 1];
    struct link open[MEMORY_CLASSES]; /* pages with a slot to give, emptiest last */
    struct pages pages;
    struct larges larges; /* free ones */
};

/* Everything was given back; so are the pages then. */
void memory_fini(struct memory *memory);

void *memory_alloc(struct memory *memory, size_t size);

/* Zeroed, aligned to a cache line; `size` is a multiple of that. */
void *memory_alloc_lines(struct memory *memory, size_t size);

/* `size` is what was asked for. */
void memory_free(struct memory *memory, void *at, size_t size);

/* A large block with one holder. */
struct large *memory_take_large(struct memory *memory, size_t capacity);

/* Keeps one that was received into elsewhere, and is its holder. In exchange a free one, or NULL. */
struct large *memory_adopt_large(struct memory *memory, struct large *large);

/* An entry less that holds it; the last holder gives it back. While there are only loans of it, it
 * is not counted as used: it waits for whoever reads the reply. */
void memory_drop_large(struct memory *memory, struct large *large);

/* A loan less. */
void memory_take_back_large(struct memory *memory, struct large *large);

/* A block that is there only to be lent, from malloc: many are small, and none lives long. It has no
 * holder yet, and is not counted as used. */
struct large *memory_take_loose(struct memory *memory, size_t capacity);

/* Would the block better lie elsewhere? True when its page is not the one that slots are taken
 * from, and an eighth of it or more is free: after a copy to what memory_alloc gives and
 * memory_free of this, the page is closer to being free. Who does so with all blocks, once much
 * more is held than used, gets pages back that no longer suit the sizes asked for. */
bool memory_is_sparse(const struct memory *memory, const void *at, size_t size);

/* Bytes obtained from the system, used or not: what it may cost in resident memory, at most. */
size_t memory_held(const struct memory *memory);

#endif
