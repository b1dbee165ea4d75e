/* A page is to be emptied, but what lies in it stays: then the page goes on as it was. */
#include "cache/memory.h"

#include <string.h>

#include "cache/random.h"
#include "tests/tap/tap.h"

#define BLOCKS 20000u

static struct memory memory;
static struct random dice = {.state = 7};

static struct block {
    unsigned char *at;
    size_t size;
} blocks[BLOCKS];

static void take(unsigned i, size_t size)
{
    blocks[i].size = size;
    blocks[i].at = memory_take(&memory, MEMORY_STAYING, size);
    memset(blocks[i].at, 1 + (int)(i % 255), size);
}

static void give(unsigned i)
{
    memory_give(&memory, blocks[i].at);
    blocks[i].at = NULL;
}

/* Some are there, the others are gone again. */
static void scatter(size_t least, size_t most, unsigned one_in)
{
    unsigned i;

    for (i = 0; i < BLOCKS; i++)
        take(i, least + random_below(&dice, most - least + 1));
    for (i = 0; i < BLOCKS; i++)
        if (random_below(&dice, one_in) != 0)
            give(i);
}

static bool are_intact(void)
{
    bool intact = true;
    unsigned i;
    size_t k;

    for (i = 0; i < BLOCKS; i++)
        for (k = 0; blocks[i].at != NULL && k < blocks[i].size; k++)
            intact &= blocks[i].at[k] == 1 + i % 255;
    return intact;
}

static bool is_out(const void *at)
{
    unsigned i;

    for (i = 0; i < BLOCKS; i++)
        if (blocks[i].at == at)
            return true;
    return false;
}

/* Everything of one page is named, once, and nothing of it is moved. */
static unsigned walk(void)
{
    void *some[7];
    unsigned count, i, all = 0;
    bool right = true;

    while ((count = memory_leave(&memory, some, 7)) > 0) {
        for (i = 0; i < count; i++)
            right &= is_out(some[i]);
        all += count;
    }
    ok(right, "%u blocks are named", all);
    ok(memory.leaving == NULL, "and the page is left when the last one was");
    return all;
}

static void what_stays_is_no_harm(const char *kind, size_t least, size_t most, unsigned one_in)
{
    const size_t used = memory.used;
    unsigned i;

    scatter(least, most, one_in);
    ok(memory_is_sparse(&memory), "%s: much is free", kind);
    ok(walk() > 0, "some could be moved");
    ok(memory_is_dense(&memory) && !memory_is_sparse(&memory),
       "since nothing was, none are asked for again until more is free");
    for (i = 0; i < BLOCKS; i++)
        if (blocks[i].at == NULL)
            take(i, least + random_below(&dice, most - least + 1));
    ok(are_intact(), "the gaps are taken again, and all is what it was");
    for (i = 0; i < BLOCKS; i++)
        give(i);
    is_int(memory.used, used, "nothing stays counted");
}

int main(void)
{
    void *some[2];

    is_int(memory_leave(&memory, some, 2), 0, "nothing is to be moved where nothing is");
    what_stays_is_no_harm("slots of one size", 200, 200, 4);
    what_stays_is_no_harm("slots of many sizes", 40, 4000, 3);
    what_stays_is_no_harm("blocks of rare sizes", 700, 3900, 10);
    memory_fini(&memory);
    return tap_done();
}
