/*
 * pages - pages of 64 KiB from chunks of 2 MiB of one region of addresses, and back to the system.
 *
 *     chunk, at a multiple of 2 MiB
 *     +--------+--------+--------+--------+- - - -+--------+
 *     | page 0 | page 1 | page 2 | page 3 |       | page 31|    in use, or free; of the free ones
 *     +--------+--------+--------+--------+- - - -+--------+    some are kept, the others are bare:
 *       in use   kept     in use   bare             bare        the system has no memory in them
 *
 *     What describes a chunk lies elsewhere: all 2 MiB are pages. So does a note of 64 bytes for
 *     each page, for its user to describe it; notes of neighbours are neighbours.
 *
 * Owner   one thread. The struct stays where it is once initialised.
 * Memory  a page is the caller's until given back. Chunks get memory one by one, the
 *         lowest first, in a region of 32 GiB of addresses or less (see region.h). The first few are
 *         ordinary memory, so that a small store stays small; each later one is one huge page:
 *         fewer faults as it fills, and far fewer misses when addresses are translated. Free pages
 *         beyond a small reserve (four, 1/128 of those in use, and a chunk's when chunks are huge)
 *         go back to the system by pages_trim: a chunk when it is free as a whole, else a single page.
 * Cost    take and give: some 20 ns. The first writes to a bare page are page faults, some 25 us for
 *         all of it. A new chunk is a system call, and when huge takes the system 100 us to clear, in
 *         some virtual machines 5 ms: so one is filled ahead by a thread of its own, if there is such
 *         a filler; where that is late the next chunk is ordinary. A step of pages_trim
 *         is a system call of some 10 us.
 * Errors  pages_take: NULL when the system has no memory or the region is full; nothing has changed
 *         then.
 *
 * Pages are taken from chunks that are rather full, so that the others may become empty.
 */
#ifndef CACHE_PAGES_H
#define CACHE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/link.h"
#include "cache/region.h"

#define PAGES_SIZE ((size_t)64 << 10)
#define PAGES_NOTE 64
#define PAGES_CHUNKS_MAX 16383 /* of 2 MiB: less than 32 GiB */

struct chunk;

struct pages {
    struct region region;
    struct chunk *chunks; /* by address */
    char *notes;
    size_t chunk_count;
    struct link ready;   /* chunks with a free page that is kept, emptiest last */
    struct link free;    /* of those, the ones without any page in use */
    struct link bare;    /* other chunks with a free page */
    struct chunk *ahead; /* for when there is no free page: it is being filled with memory */
    unsigned patience;   /* with who fills it */
    int filler;          /* by whom: see region.h; may be set before pages_init */
    bool sparing;        /* huge only when there is much: a limit is below 1 GiB */
    size_t used;         /* pages */
    size_t kept;         /* pages that are free and still cost memory */
    size_t lowest;       /* in words below there is no vacant one */
    uint64_t vacant[(PAGES_CHUNKS_MAX + 63) / 64]; /* chunks without memory, a bit each */
};

/* `sharers`: how many others like it, itself included, the process will have. */
void pages_init(struct pages *pages, unsigned sharers);

/* All pages are back. */
void pages_fini(struct pages *pages);

/* They serve a store that may use so much memory: below 1 GiB the first 64 MiB are ordinary memory, else
 * 4 MiB. May be called before pages_init, and at any time. */
void pages_suit(struct pages *pages, size_t memory);

/* PAGES_SIZE bytes at a multiple of it; zeroed or with anything in them. */
void *pages_take(struct pages *pages);
void *pages_take_zeroed(struct pages *pages);
void pages_give(struct pages *pages, void *page);

/* From now on so many can be taken without asking the system for anything but memory behind addresses
 * that it has promised. False: it has not. */
bool pages_ensure(struct pages *pages, size_t count);

/* Gives what is beyond the reserve back to the system, at most `steps` pages or chunks; `whole`: chunks
 * alone, because more will be given soon. */
void pages_trim(struct pages *pages, bool whole, unsigned steps);
bool pages_can_trim(const struct pages *pages, bool whole);

/* Pages are numbered by address, from 0. */
static inline size_t pages_number(const struct pages *pages, const void *at)
{
    return (size_t)((const char *)at - pages->region.start) / PAGES_SIZE;
}

static inline char *pages_at(const struct pages *pages, size_t number)
{
    return pages->region.start + number * PAGES_SIZE;
}

/* The first page from that number on in a chunk that has memory; SIZE_MAX: there is none. */
size_t pages_from(const struct pages *pages, size_t number);

/* Zero until first written to; a page that is given back leaves it as it is. */
static inline void *pages_note(const struct pages *pages, size_t number)
{
    return pages->notes + number * PAGES_NOTE;
}

/* Bytes in pages that are used or kept: what they may cost in resident memory, at most. */
static inline size_t pages_held(const struct pages *pages)
{
    return (pages->used + pages->kept) * PAGES_SIZE;
}

/* What may be kept of free ones, when so many are used. */
size_t pages_reserve(const struct pages *pages);

#endif
