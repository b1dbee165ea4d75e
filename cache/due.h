/*
 * due - finds what is due, without looking at what is not.
 *
 *     wheel  ------>  pages  ------>  dial, a byte per two slots  ------>  entries
 *     by the earliest moment          when the first of the two is due
 *     in each                         earlier is less: see wheel.h
 *
 *     Each page of entries that expire has a dial at its end: a byte for each two neighbours, the code
 *     of the moment at which they are to be looked at, and a time of its own that the codes refer to. The
 *     least code of a dial says when the page is due. Then the page's time goes on to that, and the bytes
 *     with that code are turned to "now": these slots are handed out. Who is handed one frees it, or files
 *     it again: because it was far away and the code coarse, because its time was moved, or because only
 *     its neighbour was due.
 *
 *     A code may be too early, never too late. So an expiry that is made later changes nothing here,
 *     nor does a slot that becomes free.
 *
 * Owner   the memory of a cache; calls come from entry, which files, and expire, which looks.
 * Memory  half a byte per slot, and what is left of the page's note.
 * Cost    filing: the page's note and a byte of its dial, and sometimes links of two others. Looking:
 *         some 50 ns for a page's dial (a compare per 16 slots), and then only for entries that are
 *         handed out. An entry is handed out at most once per level of the wheel, that is twice
 *         for a time to live of some minutes, five times for a year; and as often for its neighbour.
 * Errors  none.
 *
 * Time is counted in ticks of 256 ms.
 */
#ifndef CACHE_DUE_H
#define CACHE_DUE_H

#include "cache/memory.h"

struct page;

/* The last tick that has begun. */
static inline uint64_t due_tick(int64_t milliseconds)
{
    return milliseconds < 0 ? 0 : (uint64_t)milliseconds >> 8;
}

/* --- for memory --- */

void due_init(struct memory *memory);

/* Slots of so many bytes in a page with a dial. */
uint16_t due_room(uint32_t slot);

void due_open(struct memory *memory, struct page *page);
void due_close(struct page *page);

/* --- for who knows what is in a slot --- */

/* It is to be looked at when tick `tick` has begun. It lies in a page of entries that expire. */
void due_file(struct memory *memory, const void *at, uint64_t tick);

/* Slots to look at by `tick`, at most `room` of them, two or more, and all in one page; how many. 0: there is none,
 * or `steps`, which are counted down, are used up. Each is either given back or filed again. */
unsigned due_take(struct memory *memory, uint64_t tick, void **slots, unsigned room,
                  unsigned *steps);

/* Nothing more by `tick`. */
static inline bool due_is_through(const struct memory *memory, uint64_t tick)
{
    return wheel_is_through(&memory->wheel, tick);
}

/* Slots that are filed, whatever for: those from a place on, at most `room` of them, and how many. The
 * first place is 0; at the end it is DUE_THROUGH. Also when 0 are returned there may be more. */
#define DUE_THROUGH UINT64_MAX
unsigned due_list(const struct memory *memory, uint64_t *place, void **slots, unsigned room);

/* For tests and DEBUG: would it be looked at by `tick`, and not much too early either? */
bool due_is_filed(const struct memory *memory, const void *at, uint64_t tick);

#endif
