/* Slots against a simple model: which blocks are out, how large, and what is in them. */
#include "cache/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache/poison.h"
#include "cache/random.h"
#include "tests/tap/tap.h"

#ifdef __SANITIZE_THREAD__
#define SANITIZED 1
#else
#define SANITIZED POISON_ON
#endif

#define BLOCKS 20000u

static struct memory memory;
static struct random dice = {.state = 42};

/* --- the model --- */

static struct block {
    unsigned char *at;
    size_t size;
} blocks[BLOCKS];
static size_t bytes; /* in blocks that are out */
static bool intact = true;

/* Small sizes are the most frequent, as in life; a few are pages and larger. */
static size_t some_size(void)
{
    switch (random_below(&dice, 100)) {
    case 0:
        return PAGES_SIZE;
    case 1:
        return random_below(&dice, 100000);
    case 2:
    case 3:
    case 4:
        return random_below(&dice, 10000);
    case 5:
    case 6:
        return 64 * random_below(&dice, 100);
    default:
        return random_below(&dice, 400);
    }
}

static unsigned char mark(const struct block *block)
{
    return (unsigned char)(block->size * 31 + (size_t)(block - blocks));
}

static bool is_all(const struct block *block, unsigned char value)
{
    return block->size == 0 ||
           (block->at[0] == value && memcmp(block->at, block->at + 1, block->size - 1) == 0);
}

static void take(struct block *block, size_t size)
{
    const bool lines = size % 64 == 0 && size > 0 && random_below(&dice, 2) == 0;

    block->size = size;
    block->at = lines ? memory_alloc_lines(&memory, size) : memory_alloc(&memory, size);
    intact &= block->at != NULL && (uintptr_t)block->at % (lines ? 64 : 8) == 0;
    intact &= !lines || is_all(block, 0);
    memset(block->at, mark(block), size);
    bytes += memory_cost(&memory, size);
}

static void give(struct block *block)
{
    intact &= is_all(block, mark(block));
    memory_free(&memory, block->at, block->size);
    bytes -= memory_cost(&memory, block->size);
    block->at = NULL;
}

static void give_all(void)
{
    unsigned i;

    for (i = 0; i < BLOCKS; i++)
        if (blocks[i].at != NULL)
            give(&blocks[i]);
    pages_trim(&memory.pages, false, UINT32_MAX);
}

static void take_all(size_t size)
{
    unsigned i;

    for (i = 0; i < BLOCKS; i++)
        take(&blocks[i], size);
}

/* --- tests --- */

static void blocks_keep_what_is_in_them(void)
{
    bool exact = true, covered = true;
    unsigned step;

    for (step = 0; step < 10 * BLOCKS; step++) {
        struct block *block = &blocks[random_below(&dice, BLOCKS / 4)];

        if (block->at == NULL)
            take(block, some_size());
        else
            give(block);
        exact &= memory.used == bytes && memory.peak >= bytes;
        covered &= memory_held(&memory) >= bytes;
    }
    ok(intact, "blocks are aligned and keep what is in them");
    ok(exact, "what is out is counted to the byte");
    ok(covered, "as much is held");
    give_all();
    ok(intact, "also to the end");
    is_int(memory.used, 0, "all is back");
    is_int(memory.blocks, 0, "what malloc gave, too");
}

/* Every size is served from its class; the loss is what the contract says. */
static void classes_fit(void)
{
    bool fits = true, small = true;
    size_t size;

    memory_free(&memory, memory_alloc(&memory, 1), 1); /* makes it ready */
    for (size = 0; size <= MEMORY_SLOT_MAX; size++) {
        const size_t slot = memory.slot_of[memory.class_of[(size + 7) / 8]];

        fits &= slot >= size && slot % 8 == 0 && (size % 64 != 0 || slot % 64 == 0 || size == 0);
        small &= slot - size <= (size < 2048   ? 8 + size / 16
                                 : size < 8192 ? size / 6
                                               : size / 2 + 64);
    }
    ok(fits, "each size has a slot that is large enough and aligned");
    ok(small, "and not much too large");
}

static void nothing_is_a_size_too(void)
{
    void *a = memory_alloc(&memory, 0), *b = memory_alloc(&memory, 0);

    ok(a != NULL && b != NULL && a != b, "blocks of no bytes are there, and apart");
    memory_free(&memory, a, 0);
    memory_free(&memory, b, 0);
    memory_free(&memory, NULL, 10);
    is_int(memory.used, 0, "freeing nothing changes nothing");
}

/* Pages of small slots become pages of large ones. */
static void pages_move_between_classes(void)
{
    size_t held;

    take_all(88);
    held = memory_held(&memory);
    ok(held <= bytes + bytes / 50 + 3 * PAGES_SIZE, "slots of one size lose little: %zu of %zu",
       held, bytes);
    give_all();
    take_all(120);
    give_all();
    take_all(88);
    ok(memory_held(&memory) <= held + held / 20 + 4 * PAGES_SIZE, "pages serve another class: %zu",
       memory_held(&memory));
    give_all();
}

static void memory_goes_back(void)
{
    unsigned i;

    take_all(1000);
    give_all();
    ok(memory_held(&memory) <= 4 * PAGES_SIZE, "when all is free little is held: %zu",
       memory_held(&memory));
    take_all(200);
    for (i = 0; i < BLOCKS; i++) /* out of order */
        if (blocks[i * 7919u % BLOCKS].at != NULL && i < BLOCKS - 50)
            give(&blocks[i * 7919u % BLOCKS]);
    pages_trim(&memory.pages, false, UINT32_MAX);
    ok(memory_held(&memory) <= 60 * PAGES_SIZE, "few blocks hold few pages: %zu",
       memory_held(&memory));
    give_all();
}

/* Half are freed at random, others come and go: the pages do not multiply. */
static void churn_does_not_spread(void)
{
    unsigned step;
    size_t held;

    take_all(96);
    held = memory_held(&memory);
    for (step = 0; step < 10 * BLOCKS; step++) {
        struct block *block = &blocks[random_below(&dice, BLOCKS)];

        if (block->at != NULL)
            give(block);
        else
            take(block, 96);
    }
    pages_trim(&memory.pages, false, UINT32_MAX);
    ok(memory_held(&memory) <= held + 4 * PAGES_SIZE, "no more is held after a while: %zu",
       memory_held(&memory));
    give_all();
}

/* What takes as it can in a child that may map no more, and gives all back; its exit status. */
static int in_a_tight_process(void)
{
    const struct rlimit limit = {0, 0};
    size_t before = memory.used;
    unsigned i, taken;

    setrlimit(RLIMIT_DATA, &limit); /* addresses are there already */
    for (taken = 0; taken < BLOCKS; taken++) {
        blocks[taken] = (struct block){.at = memory_alloc(&memory, 700), .size = 700};
        if (blocks[taken].at == NULL)
            break;
        memset(blocks[taken].at, mark(&blocks[taken]), 700);
        bytes += memory_cost(&memory, 700);
    }
    if (taken == BLOCKS || memory.used != before + taken * memory_cost(&memory, 700))
        return 1;
    if (memory_alloc(&memory, (size_t)100 << 20) != NULL ||
        memory.used != before + taken * memory_cost(&memory, 700))
        return 2;
    for (i = 0; i < taken; i++)
        give(&blocks[i]);
    return intact && memory.used == before ? 0 : 3;
}

static void running_out_does_no_harm(void)
{
    int status = -1;
    pid_t child;

    if (SANITIZED) {
        tap_skip(1, "the sanitizer cannot live with little address space");
        return;
    }
    child = fork();
    if (child == 0)
        _exit(in_a_tight_process());
    waitpid(child, &status, 0);
    is_int(status, 0, "without memory it says so, and what was there stays");
}

/* A slot that was given back is forbidden; only the sanitizer can tell. */
static void free_slots_are_forbidden(void)
{
#if POISON_ON
    char *at = memory_alloc(&memory, 21);

    ok(!__asan_address_is_poisoned(at + 20), "what was asked for is allowed");
    ok(__asan_address_is_poisoned(at + 21), "what was not is forbidden");
    memory_free(&memory, at, 21);
    ok(__asan_address_is_poisoned(at), "so is what was given back");
#endif
}

int main(void)
{
    blocks_keep_what_is_in_them();
    classes_fit();
    nothing_is_a_size_too();
    pages_move_between_classes();
    memory_goes_back();
    churn_does_not_spread();
    running_out_does_no_harm();
    free_slots_are_forbidden();
    memory_fini(&memory);
    is_int(memory_held(&memory), 0, "nothing is held in the end");
    return tap_done();
}
