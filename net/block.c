#include "net/block.h"

#include <assert.h>
#include <stdlib.h>

#define LARGES_KEPT_BY_LOOP ((size_t)16 << 20)
#define STANDARD (BLOCK_SIZE - sizeof(struct block))

void blocks_init(struct blocks *blocks)
{
    *blocks = (struct blocks){.larges.limit = LARGES_KEPT_BY_LOOP};
}

void blocks_suit(struct blocks *blocks, int64_t maxmemory)
{
    larges_suit(&blocks->larges, maxmemory == 0 ? SIZE_MAX : (size_t)maxmemory,
                LARGES_KEPT_BY_LOOP);
}

void blocks_fini(struct blocks *blocks)
{
    struct block *block;

    assert(blocks->bytes == 0 && blocks->loans == NULL);
    while ((block = blocks->free) != NULL) {
        blocks->free = block->next;
        free(block);
    }
    larges_fini(&blocks->larges);
}

static struct block *new_block(struct blocks *blocks, size_t capacity)
{
    struct block *block = blocks->free;

    if (capacity == STANDARD && block != NULL) {
        blocks->free = block->next;
        blocks->free_count--;
        return block;
    }
    block = malloc(sizeof(*block) + capacity);
    if (block == NULL)
        return NULL;
    block->capacity = capacity;
    block->at = block->data;
    block->loan = NULL;
    return block;
}

struct block *block_take(struct blocks *blocks, size_t capacity)
{
    struct block *block = new_block(blocks, capacity < STANDARD ? STANDARD : capacity);

    if (block == NULL)
        return NULL;
    block->next = NULL;
    block->holders = 1;
    block->start = 0;
    block->len = 0;
    blocks->bytes += block->capacity;
    return block;
}

struct block *block_adopt(struct blocks *blocks, char *at, size_t len)
{
    struct block *block = malloc(sizeof(*block));

    if (block == NULL)
        return NULL;
    *block = (struct block){.holders = 1, .len = len, .capacity = len, .at = at};
    blocks->bytes += len;
    return block;
}

struct block *block_borrow(struct blocks *blocks, struct loan *loan)
{
    struct block *block = malloc(sizeof(*block));

    if (block == NULL)
        return NULL;
    blocks->lent += loan->text.len;
    *block = (struct block){
        .holders = 1, .len = loan->text.len, .at = (char *)loan->text.at, .loan = loan};
    return block;
}

void blocks_return(struct blocks *blocks, struct loan *loans)
{
    while (loans != NULL) {
        struct loan *next = loans->next;

        loans->next = blocks->loans;
        blocks->loans = loans;
        loans = next;
    }
}

static void give_back_loan(struct blocks *blocks, struct block *block)
{
    blocks->lent -= block->loan->text.len;
    block->loan->next = NULL;
    blocks_return(blocks, block->loan);
    free(block);
}

void block_give_back(struct blocks *blocks, struct block *block)
{
    assert(block->holders == 0);
    if (block->loan != NULL) {
        give_back_loan(blocks, block);
        return;
    }
    blocks->bytes -= block->capacity;
    if (block->at != block->data)
        free(block->at);
    if (block->at == block->data && block->capacity == STANDARD &&
        blocks->free_count < BLOCKS_KEPT) {
        block->next = blocks->free;
        blocks->free = block;
        blocks->free_count++;
        return;
    }
    free(block);
}
