/*
 * page - how a page is described; for memory.c and due.c, nobody else.
 *
 *     +------+------+------+- - - -+------+- - - - - - - -+--------------------------+
 *     | slot | free | slot |       | slot | never used yet | dial: a byte per two slots |
 *     +------+------+------+- - - -+------+- - - - - - - -+--------------------------+
 *                                                           only in pages of what expires
 *
 * Owner   the memory of a cache. The description is the page's note: see pages.h.
 * Memory  64 bytes, apart from the page. The dial is rounded up to lines of 16 bytes, and ends where the
 *         page ends.
 * Cost    finding the note of an address: a subtraction and a shift.
 * Errors  none.
 */
#ifndef CACHE_PAGE_H
#define CACHE_PAGE_H

#include "cache/memory.h"
#include "cache/wheel.h"

#define PAGE_LINE 16u

/* Slots are numbered from the start of the page. In a mixed page, which has none, it is units that are
 * counted. */
struct page {
    struct link link; /* while it has a slot to give */
    uint8_t class;
    uint8_t kind;
    uint16_t slot; /* bytes; 0: it is mixed */
    uint16_t room; /* slots */
    uint16_t used;
    uint16_t cut;     /* slots that were ever used: the others are not in the list of free ones */
    uint16_t free;    /* the first free slot; of a mixed page, the longest gap */
    uint32_t inverse; /* of the slot's bytes, to divide by */

    /* due's */
    struct wheel_pin pin; /* in the wheel while `least` is not WHEEL_NEVER */
    uint64_t shown : 56;  /* the tick that the codes on the dial refer to */
    uint64_t least : 8;   /* no code on the dial is less */
};

_Static_assert(sizeof(struct page) <= PAGES_NOTE, "a page is described by its note");

static inline struct page *page_of(const struct memory *memory, const void *at)
{
    return (struct page *)pages_note(&memory->pages, pages_number(&memory->pages, at));
}

static inline char *page_start(const struct memory *memory, const struct page *page)
{
    return pages_at(&memory->pages,
                    (size_t)((const char *)page - memory->pages.notes) / PAGES_NOTE);
}

/* Exact for offsets in a page. */
static inline uint16_t page_number(const struct page *page, const void *at)
{
    const uint32_t offset = (uint32_t)((uintptr_t)at & (PAGES_SIZE - 1));

    return (uint16_t)((uint64_t)offset * page->inverse >> 32);
}

static inline void *page_slot(const struct memory *memory, const struct page *page, unsigned number)
{
    return page_start(memory, page) + (size_t)number * page->slot;
}

#endif
