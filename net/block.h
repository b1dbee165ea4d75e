/*
 * block - a piece of buffer: where a connection reads into and what it sends from.
 *
 * Owner   one loop; its blocks are used again from a list. A block lives as long as someone holds
 *         it: the connection that reads into it, and each request whose words look into it.
 * Memory  BLOCK_SIZE bytes, or more for one large command; or the adopted spill of a large answer;
 *         or a part of a large value that is lent, and whose loan is put among those to be returned.
 * Cost    a list operation for the usual size.
 * Errors  NULL when there is no memory; what was to be adopted or borrowed is as it was.
 */
#ifndef NET_BLOCK_H
#define NET_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "cache/large.h"
#include "shard/owner.h"

#define BLOCK_SIZE 16384
#define BLOCKS_KEPT 256 /* more free ones than this go back to the system */

struct block {
    struct block *next;
    uint32_t holders;
    size_t start; /* of what is to be sent */
    size_t len;   /* filled up to here */
    size_t capacity;
    char *at;
    struct loan *loan; /* that it looks into; mostly NULL */
    char data[];
};

struct blocks {
    struct block *free;
    size_t free_count;
    size_t bytes;       /* in blocks that are in use, and large ones that are received into */
    size_t lent;        /* in blocks that look into what is lent */
    size_t arriving;    /* of these, in those that are not complete */
    struct loan *loans; /* that are no longer needed and must go back */
    struct larges larges;
};

void blocks_init(struct blocks *blocks) ON_NET;
void blocks_fini(struct blocks *blocks) ON_NET;

/* A small store, by the setting `maxmemory`, is not to be outweighed by free large blocks. */
void blocks_suit(struct blocks *blocks, int64_t maxmemory) ON_NET;

/* An empty block with one holder and room for at least `capacity` bytes. */
struct block *block_take(struct blocks *blocks, size_t capacity) ON_NET;

/* A block around memory from malloc, which it will free. */
struct block *block_adopt(struct blocks *blocks, char *at, size_t len) ON_NET;

/* A block that looks into what is lent. */
struct block *block_borrow(struct blocks *blocks, struct loan *loan) ON_NET;

/* Loans of an answer that is not sent. */
void blocks_return(struct blocks *blocks, struct loan *loans) ON_NET;

static inline void block_hold(struct block *block)
{
    block->holders++;
}

/* Nobody holds it any more. */
void block_give_back(struct blocks *blocks, struct block *block) ON_NET;

/* One holder less; the last one gives it back. Leaves NULL behind. */
static inline void block_drop(struct blocks *blocks, struct block **block)
{
    if (--(*block)->holders == 0)
        block_give_back(blocks, *block);
    *block = NULL;
}

#endif
