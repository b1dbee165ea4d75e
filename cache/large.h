/*
 * large - a block for one large value: received into, kept and sent from without being copied.
 *
 *     +------+-----+------+- - - - - - - - - - - -+        one slot, whole pages of memory:
 *     | next | len | ...  | at: the bytes         |        class 1/32 of a power of two apart
 *     +------+-----+------+- - - - - - - - - - - -+
 *
 *     loop receives  -->  request carries  -->  entry keeps  -->  reply lends  -->  loop sends
 *                                                    ^                                   |
 *                                                    +----------- loan comes back -------+
 *
 * Owner   whoever holds it, one thread at a time. A kept one belongs to the shard of its entry;
 *         only that shard counts its holders, others get loans of it, which come back to it by
 *         message. While it is lent its bytes do not change.
 * Memory  mapped pages of its own. Free ones are kept for reuse by the thread that freed them, up
 *         to a limit, because fresh pages cost as much as the copy that was saved; slots of a class
 *         that is used much lie on huge pages, unless the store is small. Any thread may give a block back to its own larges,
 *         wherever it came from.
 * Cost    a list operation when there is a free one. Otherwise page faults on first use.
 * Errors  NULL when the system has no memory.
 */
#ifndef CACHE_LARGE_H
#define CACHE_LARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/bytes.h"

#define LARGE_MIN ((size_t)32 << 10) /* values from here on have a block of their own */
#define LARGE_CLASSES 192
#define LARGES_KEPT ((size_t)4 << 20) /* bytes in free ones that are kept, unless limit says so */

struct large {
    struct large *next; /* in a list of whoever holds it */
    size_t len;         /* received so far, then of the entry's value */
    size_t capacity;    /* that fit behind `at` */
    size_t size;        /* of the whole slot */
    uint32_t holders;   /* its entry and its loans */
    uint32_t loans;     /* of these, loans */
    uint32_t keeper;    /* index of the shard whose it is */
    bool loose;         /* has only loans */
    bool plain;         /* from malloc: was never more than lent */
    _Alignas(64) char at[];
};

/* A part of a block that is lent to a reply. */
struct loan {
    struct loan *next;
    struct large *large;
    struct bytes text;
    size_t place; /* in the reply: it goes out when so many bytes of that have */
};

/* Free ones. All zero is ready for use. */
struct larges {
    size_t limit; /* of what is kept; 0: LARGES_KEPT */
    bool sparing; /* no huge pages: what they bring in beyond the slots in use would be much */
    size_t kept;  /* bytes in those that are free */
    size_t least; /* the smallest that was since the last trim */
    struct {
        struct large *free;
        char *fresh;     /* never used yet */
        uint32_t left;   /* bytes of that */
        uint32_t opened; /* how often more was mapped */
    } of[LARGE_CLASSES];
};

void larges_fini(struct larges *larges);

/* They serve a store that may use so much memory, and `kept` bytes may be kept at most: of less than
 * 1 GiB less of it, and no huge pages are used from now on. */
void larges_suit(struct larges *larges, size_t memory, size_t kept);

/* An empty block with room for `capacity` bytes and nobody who holds it. */
struct large *larges_take(struct larges *larges, size_t capacity);

/* More room; the bytes stay, the block may move. False: it is as it was. */
bool larges_grow(struct larges *larges, struct large **large, size_t capacity);

/* A free block of the same size, if there is one: in exchange for one that was taken over. */
struct large *larges_swap(struct larges *larges, const struct large *large);

/* Nobody needs it any more. Leaves NULL behind. */
void larges_give(struct larges *larges, struct large **large);

/* The same for all of a list. */
void larges_give_all(struct larges *larges, struct large **list);

/* Now and then: what was not needed since the last time goes back to the system. */
void larges_trim(struct larges *larges);

/* Lends a part, for the shard that keeps it. NULL: no memory. */
struct loan *large_lend(struct large *large, struct bytes text);

#endif
