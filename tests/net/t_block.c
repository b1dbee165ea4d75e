#include "net/block.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"

static void blocks_are_used_again(void)
{
    struct blocks blocks;
    struct block *block, *again;

    blocks_init(&blocks);
    block = block_take(&blocks, 0);
    ok(block->capacity > BLOCK_SIZE - 128, "a block has room");
    is_int(blocks.bytes, block->capacity, "which is counted");
    memset(block->at, 'x', block->capacity);
    block->len = 100;
    block->start = 50;
    again = block;
    block_drop(&blocks, &block);
    ok(block == NULL, "dropping leaves nothing behind");
    is_int(blocks.bytes, 0, "nor anything counted");
    block = block_take(&blocks, 100);
    ok(block == again, "the next one is the same");
    ok(block->len == 0 && block->start == 0 && block->holders == 1, "but as new");
    block_drop(&blocks, &block);
    blocks_fini(&blocks);
}

static void a_block_lives_as_long_as_it_is_held(void)
{
    struct blocks blocks;
    struct block *first, *second, *third;

    blocks_init(&blocks);
    first = second = third = block_take(&blocks, 0);
    block_hold(first);
    block_hold(first);
    first->at[0] = 'a';
    block_drop(&blocks, &first);
    block_drop(&blocks, &second);
    ok(blocks.bytes > 0 && third->at[0] == 'a', "two of three have dropped it");
    block_drop(&blocks, &third);
    is_int(blocks.bytes, 0, "the last gives it back");
    blocks_fini(&blocks);
}

static void large_ones_are_not_kept(void)
{
    struct blocks blocks;
    struct block *block;

    blocks_init(&blocks);
    block = block_take(&blocks, 1 << 20);
    ok(block->capacity >= 1 << 20, "a large one has its room");
    memset(block->at, 'x', block->capacity);
    block_drop(&blocks, &block);
    is_int(blocks.free_count, 0, "and goes back to the system");
    blocks_fini(&blocks);
}

/* Sanitizers, too, are to refuse what cannot be had rather than to end the program. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void what_cannot_be_had_is_refused(void)
{
    struct blocks blocks;

    blocks_init(&blocks);
    ok(block_take(&blocks, (size_t)1 << 60) == NULL, "a block larger than memory");
    is_int(blocks.bytes, 0, "is not counted");
    blocks_fini(&blocks);
}

static void memory_can_be_adopted(void)
{
    struct blocks blocks;
    struct block *block;
    char *text = strdup("hello");

    blocks_init(&blocks);
    block = block_adopt(&blocks, text, 5);
    ok(block->at == text && block->len == 5 && block->start == 0, "it stays where it is");
    is_int(blocks.bytes, 5, "and is counted");
    block_drop(&blocks, &block);
    is_int(blocks.bytes, 0, "and freed");
    is_int(blocks.free_count, 0, "and not kept");
    blocks_fini(&blocks);
}

static void only_so_many_are_kept(void)
{
    static struct block *many[BLOCKS_KEPT + 10];
    struct blocks blocks;
    unsigned i;

    blocks_init(&blocks);
    for (i = 0; i < BLOCKS_KEPT + 10; i++)
        many[i] = block_take(&blocks, 0);
    for (i = 0; i < BLOCKS_KEPT + 10; i++)
        block_drop(&blocks, &many[i]);
    is_int(blocks.free_count, BLOCKS_KEPT, "others go back to the system");
    is_int(blocks.bytes, 0, "and none is in use");
    blocks_fini(&blocks);
}

int main(void)
{
    blocks_are_used_again();
    a_block_lives_as_long_as_it_is_held();
    large_ones_are_not_kept();
    what_cannot_be_had_is_refused();
    memory_can_be_adopted();
    only_so_many_are_kept();
    return tap_done();
}
