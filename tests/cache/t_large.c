/* Blocks for large values: where they come from, and where they go. */
#include "cache/large.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/memory.h"
#include "cache/random.h"
#include "tests/tap/tap.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static struct larges larges;

static void there_is_room(void)
{
    bool enough = true, little = true;
    size_t capacity;

    for (capacity = 1; capacity < 5 * MIB; capacity += capacity / 7 + 1) {
        struct large *large = larges_take(&larges, capacity);

        enough &= large->capacity >= capacity && large->holders == 0 && large->len == 0;
        enough &= ((uintptr_t)large->at & 63) == 0;
        if (capacity >= LARGE_MIN)
            little &= large->size < capacity + capacity / 16 + 8 * KIB;
        memset(large->at, 'x', large->capacity);
        larges_give(&larges, &large);
        enough &= large == NULL;
    }
    ok(enough, "blocks of any size have room");
    ok(little, "and not much more than asked for");
    ok(larges.kept <= LARGES_KEPT, "free ones are kept, but not too many");
    larges_fini(&larges);
    is_int(larges.kept, 0, "none is in the end");
}

static void blocks_are_used_again(void)
{
    struct large *first = larges_take(&larges, 100 * KIB);
    struct large *large = first, *other;

    memset(large->at, 'x', large->capacity);
    larges_give(&larges, &large);
    ok(larges.kept >= 100 * KIB, "a free one is kept");
    large = larges_take(&larges, 100 * KIB - 5);
    ok(large == first && large->len == 0, "the next of that size is the same, as new");
    is_int(larges.kept, 0, "and no longer free");
    ok(larges_swap(&larges, large) == NULL, "there is none to have in exchange");
    other = larges_take(&larges, 100 * KIB);
    first = other;
    larges_give(&larges, &other);
    ok(larges_swap(&larges, large) == first, "but once there is a free one");
    larges_give(&larges, &first);
    larges_give(&larges, &large);
    larges_fini(&larges);
}

static void other_larges_may_be_given(void)
{
    struct larges others = {.limit = 16 * MIB};
    struct large *list = NULL;
    unsigned i;

    for (i = 0; i < 20; i++) {
        struct large *large = larges_take(&larges, 300 * KIB);

        memset(large->at, (int)i, large->capacity);
        large->next = list;
        list = large;
    }
    larges_fini(&larges);
    is_int(list->at[300 * KIB - 1], 19, "blocks outlive whom they came from");
    larges_give_all(&others, &list);
    ok(list == NULL && others.kept >= 20 * 300 * KIB, "and serve whom they are given to");
    for (i = 0; i < 30; i++) {
        struct large *large = larges_take(&others, 300 * KIB);

        large->next = list;
        list = large;
        memset(large->at, 'y', large->capacity);
    }
    larges_give_all(&others, &list);
    larges_fini(&others);
}

/* From small to small, to alone, and from alone to alone. */
static void blocks_grow(void)
{
    static const size_t sizes[] = {40 * KIB, 90 * KIB, 2 * MIB - 100, 3 * MIB, 30 * MIB};
    struct large *large = larges_take(&larges, sizes[0]);
    bool right = true;
    size_t i, k;

    for (i = 1; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (; large->len < sizes[i - 1]; large->len++)
            large->at[large->len] = (char)(large->len * 31 + large->len / 251);
        right &= larges_grow(&larges, &large, sizes[i]) && large->capacity >= sizes[i];
    }
    for (k = 0; k < large->len; k++)
        right &= large->at[k] == (char)(k * 31 + k / 251);
    ok(right && large->len == sizes[3], "a block that grows keeps its bytes");
    larges_give(&larges, &large);
    larges_fini(&larges);
}

static void what_is_not_needed_goes_back(void)
{
    struct large *a = larges_take(&larges, 500 * KIB), *b = larges_take(&larges, 700 * KIB);
    const size_t rest = b->size;

    larges_give(&larges, &a);
    larges_give(&larges, &b);
    larges_trim(&larges);
    ok(larges.kept > 1200 * KIB, "what has just become free stays");
    a = larges_take(&larges, 500 * KIB);
    larges_give(&larges, &a);
    larges_trim(&larges);
    is_int(larges.kept, rest, "later what was not needed goes");
    larges_trim(&larges);
    is_int(larges.kept, 0, "and in the end all");
    larges_fini(&larges);
}

static void a_cache_counts_its_blocks(void)
{
    static struct memory memory;
    struct large *large = memory_take_large(&memory, 50 * KIB), *came, *spare;
    struct loan *loan;

    is_int(memory.used, large->size, "a block is counted whole");
    memset(large->at, 'x', 50 * KIB);
    loan = large_lend(large, bytes_new(large->at + 10, 20));
    memory_drop_large(&memory, large);
    is_int(memory.used, 0, "one that is only lent is not the data's any more");
    is_int(memory.loose, loan->large->size, "but still there");
    is_bytes(loan->text.at, loan->text.len, "xxxxxxxxxxxxxxxxxxxx", 20, "and what is in it");
    memory_take_back_large(&memory, loan->large);
    free(loan);
    is_int(memory.loose, 0, "until the loan is back");
    came = larges_take(&larges, 50 * KIB);
    spare = memory_adopt_large(&memory, came);
    ok(spare == large, "for one that is taken over a free one is given");
    is_int(memory.used, came->size, "which counts for the other");
    memory_drop_large(&memory, came);
    larges_give(&larges, &spare);
    is_int(memory.used, 0, "and no longer");
    ok(memory_held(&memory) >= 50 * KIB, "although it is kept for the next");
    larges_fini(&memory.larges);
    larges_fini(&larges);
}

#define MANY 200

/* Blocks between two owners, by chance, each filled with its number. */
static void nobody_looks_into_anothers(void)
{
    static struct larges both[2];
    static struct large *blocks[MANY];
    struct random dice;
    bool right = true;
    unsigned i;

    random_seed(&dice, 7);
    for (i = 0; i < 20000; i++) {
        const unsigned which = (unsigned)random_below(&dice, MANY);
        struct large **block = &blocks[which];
        struct larges *one = &both[random_below(&dice, 2)];

        if (*block == NULL) {
            *block = larges_take(one, 30 * KIB + random_below(&dice, i % 100 == 0 ? 4 * MIB : MIB));
            (*block)->at[0] = (*block)->at[(*block)->capacity - 1] = (char)which;
        } else {
            right &= (*block)->at[0] == (char)which;
            right &= (*block)->at[(*block)->capacity - 1] == (char)which;
            larges_give(one, block);
        }
        if (i % 1000 == 0)
            larges_trim(one);
    }
    ok(right, "a block is one's own");
    for (i = 0; i < MANY; i++)
        if (blocks[i] != NULL)
            larges_give(&both[i % 2], &blocks[i]);
    larges_fini(&both[0]);
    larges_fini(&both[1]);
}

int main(void)
{
    there_is_room();
    blocks_are_used_again();
    other_larges_may_be_given();
    blocks_grow();
    what_is_not_needed_goes_back();
    a_cache_counts_its_blocks();
    nobody_looks_into_anothers();
    return tap_done();
}
