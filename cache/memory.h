/*
 * memory - where the data of one cache lies: slots of like size in pages, counted to the byte.
 *
 *     page, 64 KiB at a multiple of it; slots of one class, 8 bytes to 32 KiB
 *     +------+------+------+------+------+- - - -+------+- - - - - - - - +--------------+
 *     | slot | free | slot | free | slot |       | slot | never used yet | a byte/slot  |
 *     +------+--|---+------+---|--+------+- - - -+------+- - - - - - - - +--------------+
 *               |      ^       |                                           only in pages of
 *               +------|-------+ <--+                                      entries that expire
 *                      |            |
 *     the page's note: class, kind, first free slot, slots in use, slots ever used (64 bytes; the
 *     notes of all pages lie side by side, so who looks for a page reads them and no page)
 *
 *     A handle, 32 bits, names what lies in a page: its address in units of 8 bytes. None is 0.
 *
 * Owner   the cache; one per shard, hence plain numbers. A struct that is all zero but for
 *         `sharers` is ready for use, and stays where it is from then on.
 * Memory  sizes up to MEMORY_SLOT_MAX are rounded up to their class: 8 bytes apart up to 256, 16 up
 *         to 1 KiB, 32 up to 2 KiB, then as large as lets 30, 29 .. 2 into a page; what is counted
 *         as used is the slot. Entries that stay and are of a class of which there are less than
 *         512 KiB lie in mixed pages instead, rounded up to 16 bytes (see mixed.h): many sizes, few
 *         of each, do not cost a page each. Exactly 64 KiB are a page as a whole. All else comes from malloc,
 *         and has no handle, but for large blocks, of which all is counted as used. A page whose
 *         last slot was given back serves any other class, or goes back to the system (see
 *         pages.h). Slots are taken from pages that are rather full, so that the others may become
 *         empty.
 * Cost    taking and giving a slot: a table and the page's note.
 * Errors  NULL when the system has no memory, or the shard's addresses are used up; nothing is
 *         counted then.
 *
 * A slot of n bytes is aligned to 8, and to 64 when n is a multiple of 64, to 32 when of 32.
 */
#ifndef CACHE_MEMORY_H
#define CACHE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/large.h"
#include "cache/link.h"
#include "cache/pages.h"
#include "cache/wheel.h"

#define MEMORY_SLOT_MAX 32768
#define MEMORY_CLASSES 142
#define MEMORY_GAPS 12 /* how long the longest gap of a mixed page may be: powers of two */

/* What lies in a page: all of it is of one kind. */
enum memory_kind {
    MEMORY_INDEX,    /* whatever is no entry */
    MEMORY_STAYING,  /* entries without an expiry */
    MEMORY_EXPIRING, /* entries with one */
};
#define MEMORY_KINDS 3

struct page;

struct memory {
    uintptr_t origin; /* handle n is at origin + 8 n */
    size_t used;      /* bytes in what was given out and not given back */
    size_t peak;
    size_t elsewhere; /* bytes of `used` that lie in no slot */
    size_t capacity;  /* bytes in slots, used or free */
    size_t owed;      /* pages opened, less those that became free since */
    bool given;       /* something was given back since this was cleared: see cache_look_ahead */
    size_t loose;     /* bytes of large blocks that only replies hold */
    size_t blocks; /* bytes of `used` or around them that come from malloc, or are large blocks */
    unsigned sharers;                 /* how many of these there are in the process; 0: one */
    uint16_t slot_of[MEMORY_CLASSES]; /* bytes in a slot of that class */
    uint8_t class_of[MEMORY_SLOT_MAX / 8 + 1];
    struct link open[MEMORY_KINDS][MEMORY_CLASSES]; /* pages with a slot to give, emptiest last */
    struct link mixed[MEMORY_GAPS];                 /* mixed pages with a gap, by the longest one */
    size_t staying[MEMORY_CLASSES]; /* bytes of a class in mixed pages, and in pages of its own */
    size_t expiring;                /* pages of entries that expire */
    size_t gaps;                    /* bytes that are free in mixed pages */
    struct page *leaving;           /* a page that is being emptied */
    unsigned left;                  /* its slots, or units, that were seen already */
    size_t capacity_before;         /* when that began */
    bool leaves_to_free;            /* a mixed page: else to have a long gap instead of many */
    size_t short_gaps;  /* bytes in gaps when emptying a mixed page was of no use; 0: it was */
    size_t hopeless;    /* bytes that were free in slots when no page could be emptied */
    struct wheel wheel; /* pages of what expires: see due.h */
    int64_t skew;       /* milliseconds that the wall clock is ahead: see deadline.h */
    struct pages pages;
    struct larges larges; /* free ones */
};

/* So many pages can be taken from now on: see pages_ensure. */
bool memory_ensure(struct memory *memory, size_t pages);

/* Reserves addresses, which is done at the first use otherwise: at the start there are enough. */
void memory_prepare(struct memory *memory);

/* Everything was given back; so are the pages then. */
void memory_fini(struct memory *memory);

/* --- for entries: at most MEMORY_SLOT_MAX bytes --- */

/* The first byte of what lies in a slot is never 0. */
void *memory_take(struct memory *memory, enum memory_kind kind, size_t size);
void memory_give(struct memory *memory, void *at);

/* Bytes in the slot at `at`. */
size_t memory_slot(const struct memory *memory, const void *at);

/* --- for all else --- */

/* Of any size. What is larger than a slot, and no page, has no handle. */
void *memory_alloc(struct memory *memory, size_t size);

/* Zeroed, aligned to a cache line; `size` is a multiple of that. */
void *memory_alloc_lines(struct memory *memory, size_t size);

/* `size` is what was asked for. */
void memory_free(struct memory *memory, void *at, size_t size);

/* What a block of `size` bytes counts as, once there was one. */
size_t memory_cost(const struct memory *memory, size_t size);

/* --- handles --- */

static inline void *memory_at(const struct memory *memory, uint32_t handle)
{
    return (void *)(memory->origin + ((uintptr_t)handle << 3));
}

static inline uint32_t memory_handle(const struct memory *memory, const void *at)
{
    return (uint32_t)(((uintptr_t)at - memory->origin) >> 3);
}

/* --- large blocks --- */

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
 * holder yet, and is not counted as used. With a capacity of MEMORY_LOOSE_PAGE, or little less, it is a page: long
 * answers consist of these, since what malloc has of them goes back to the system in one long call. */
#define MEMORY_LOOSE_PAGE (PAGES_SIZE - sizeof(struct large))
struct large *memory_take_loose(struct memory *memory, size_t capacity);

/* --- pages that could be emptied --- */

/* Is so much free in slots that entries should be moved, so that pages become free? More than 1/24 of
 * what is used, and 128 KiB; and a page more than when none could be emptied. */
bool memory_is_sparse(const struct memory *memory);

/* Is nothing to be gained by that, since a page was looked for in vain, or emptied in vain? */
bool memory_is_dense(const struct memory *memory);

/* Entries to be moved to other slots by the caller, at most `room` of them; how many. They lie in one
 * page, from which nothing is taken meanwhile; those not moved stay there. 0: none need to be moved,
 * or the page is done with. */
unsigned memory_leave(struct memory *memory, void **blocks, unsigned room);

/* Bytes obtained from the system, used or not: what it may cost in resident memory, at most. */
size_t memory_held(const struct memory *memory);

#endif
