/*
 * pages - pages of 64 KiB from chunks of 2 MiB from the system, and back to it.
 *
 *     chunk, at a multiple of 2 MiB
 *     +--------+--------+--------+--------+- - - -+--------+
 *     | page 0 | page 1 | page 2 | page 3 |       | page 31|    in use, or free; of the free ones
 *     +--------+--------+--------+--------+- - - -+--------+    some are kept, the others are bare:
 *       in use   kept     in use   bare             bare        the system has no memory in them
 *
 *     What describes a chunk lies elsewhere: all 2 MiB are pages.
 *
 * Owner   one thread. The struct stays where it is once initialised.
 * Memory  a page is the caller's until given back. Chunks are mapped one by one. The first few are
 *         ordinary memory, so that a small store stays small; each later one is one huge page:
 *         fewer faults as it fills, and far fewer misses when addresses are translated. Free pages
 *         beyond a small reserve (four, 1/32 of those in use, and a chunk's when chunks are huge)
 *         go back to the system: a chunk when it is free as a whole, else a single page.
 * Cost    take and give: some 20 ns. The first writes to a bare page are page faults. A new chunk
 *         is a system call, and when huge takes the system some 100 us to clear. A give returns at
 *         most three pages or chunks to the system.
 * Errors  pages_take: NULL when the system has no memory; nothing has changed then.
 *
 * Pages are taken from chunks that are rather full, so that the others may become empty.
 */
#ifndef CACHE_PAGES_H
#define CACHE_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "cache/link.h"

#define PAGES_SIZE ((size_t)64 << 10)

struct chunk;

struct pages {
    struct chunk **chunks; /* by address */
    size_t chunk_count;
    size_t chunk_room;
    struct link ready;   /* chunks with a free page that is kept, emptiest last */
    struct link bare;    /* other chunks with a free page */
    struct chunk *empty; /* one without any page in use, if there is one */
    size_t used;         /* pages */
    size_t kept;         /* pages that are free and still cost memory */
};

void pages_init(struct pages *pages);

/* All pages are back. */
void pages_fini(struct pages *pages);

/* PAGES_SIZE bytes at a multiple of it; zeroed or with anything in them. */
void *pages_take(struct pages *pages);
void *pages_take_zeroed(struct pages *pages);
void pages_give(struct pages *pages, void *page);

/* Bytes in pages that are used or kept: what they may cost in resident memory, at most. */
static inline size_t pages_held(const struct pages *pages)
{
    return (pages->used + pages->kept) * PAGES_SIZE;
}

#endif
