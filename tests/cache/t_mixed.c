/* Blocks of any size in one page, against a map of its units. */
#include "cache/mixed.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cache/random.h"
#include "tests/tap/tap.h"

#define UNITS 4096u
#define BLOCKS 600u

static struct random dice = {.state = 11};
static char *page;
static unsigned longest;
static bool taken[UNITS]; /* the model */
static struct {
    char *at;
    unsigned units;
} blocks[BLOCKS];
static bool right;

static unsigned number_of(const char *at)
{
    return (unsigned)(at - page) / MIXED_UNIT;
}

static unsigned longest_in_model(void)
{
    unsigned unit, run = 0, best = 0;

    for (unit = UNITS - MIXED_ROOM; unit < UNITS; unit++) {
        run = taken[unit] ? 0 : run + 1;
        best = run > best ? run : best;
    }
    return best;
}

static void begin(void)
{
    page = aligned_alloc(65536, 65536);
    memset(page, 0xff, 65536);
    mixed_open(page);
    longest = MIXED_ROOM;
    memset(taken, 0, sizeof(taken));
    memset(blocks, 0, sizeof(blocks));
    right = true;
}

static void take(unsigned i, unsigned units)
{
    const bool fits = longest >= units;
    unsigned unit;

    blocks[i].at = mixed_take(page, units, &longest);
    blocks[i].units = units;
    right &= fits == (blocks[i].at != NULL);
    if (blocks[i].at == NULL)
        return;
    for (unit = number_of(blocks[i].at); units > 0; unit++, units--) {
        right &= unit >= UNITS - MIXED_ROOM && unit < UNITS && !taken[unit];
        taken[unit] = true;
    }
    memset(blocks[i].at, (int)i, (size_t)blocks[i].units * MIXED_UNIT);
}

static void give(unsigned i)
{
    right &= blocks[i].at[0] == (char)i && mixed_units(page, blocks[i].at) == blocks[i].units;
    memset(taken + number_of(blocks[i].at), 0, blocks[i].units);
    right &= mixed_give(page, blocks[i].at, &longest) == blocks[i].units;
    blocks[i].at = NULL;
}

/* Each block once, in the order of addresses. */
static bool walk_finds_all(void)
{
    unsigned from = 0, count = 0, i;
    const char *block, *last = page;

    while ((block = mixed_next(page, &from)) != NULL) {
        right &= block > last;
        last = block;
        count++;
    }
    for (i = 0; i < BLOCKS; i++)
        count -= blocks[i].at != NULL;
    return count == 0;
}

static unsigned some_units(void)
{
    return 1 + (unsigned)random_below(&dice, 1u << random_below(&dice, 12));
}

static void blocks_lie_side_by_side(void)
{
    unsigned step;

    begin();
    for (step = 0; step < 200000; step++) {
        const unsigned i = (unsigned)random_below(&dice, BLOCKS);

        if (blocks[i].at == NULL)
            take(i, some_units());
        else
            give(i);
        if (step % 16 == 0)
            right &= longest == longest_in_model();
    }
    ok(right, "blocks do not touch each other, and the longest gap is known");
    ok(walk_finds_all(), "a walk meets each of them once");
    for (step = 0; step < BLOCKS; step++)
        if (blocks[step].at != NULL)
            give(step);
    ok(right && longest == MIXED_ROOM, "and all is one gap in the end");
    free(page);
}

static void a_page_can_be_full(void)
{
    begin();
    take(0, MIXED_ROOM);
    ok(right && longest == 0, "one block may fill it");
    take(1, 1);
    ok(right && blocks[1].at == NULL, "then there is no room");
    give(0);
    take(0, MIXED_ROOM - 1);
    take(1, 1);
    ok(right && longest == 0 && mixed_units(page, blocks[1].at) == 1, "nor behind two");
    free(page);
}

int main(void)
{
    blocks_lie_side_by_side();
    a_page_can_be_full();
    return tap_done();
}
