/* Pages against the system: what /proc says is resident. */
#include "cache/pages.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cache/random.h"
#include "tests/tap/tap.h"

#define MANY 600 /* pages; 37.5 MiB */
#define CHUNK 32
#define BEFORE (33 * CHUNK)

static struct pages pages;
static char *taken[MANY];

/* Of the pages that were taken first; mincore fails for what is not mapped. */
static size_t resident(void)
{
    unsigned char there[PAGES_SIZE / 4096];
    size_t sum = 0, i, k;

    for (i = 0; i < MANY; i++) {
        if (mincore(taken[i], PAGES_SIZE, there) != 0)
            continue;
        for (k = 0; k < sizeof(there); k++)
            sum += (there[k] & 1u) * 4096u;
    }
    return sum;
}

static void take_all(void)
{
    unsigned i;

    for (i = 0; i < MANY; i++) {
        taken[i] = pages_take(&pages);
        memset(taken[i], (int)i, PAGES_SIZE);
    }
}

static void give_if(bool (*condition)(unsigned))
{
    unsigned i;

    for (i = 0; i < MANY; i++)
        if (condition(i))
            pages_give(&pages, taken[i]);
    pages_trim(&pages, false, UINT32_MAX);
}

static bool any(unsigned i)
{
    (void)i;
    return true;
}

static bool odd(unsigned i)
{
    return i % 2 == 1;
}

static bool even(unsigned i)
{
    return i % 2 == 0;
}

static bool are_distinct(void)
{
    unsigned i;

    for (i = 0; i < MANY; i++)
        if ((uintptr_t)taken[i] % PAGES_SIZE != 0 || taken[i][0] != (char)i ||
            taken[i][PAGES_SIZE - 1] != (char)i)
            return false;
    return true;
}

static void pages_are_aligned_and_apart(void)
{
    pages_init(&pages, 1);
    is_int(pages_held(&pages), 0, "nothing is held at first");
    taken[0] = pages_take(&pages);
    is_int(pages_held(&pages), PAGES_SIZE, "a page is held");
    pages_give(&pages, taken[0]);
    is_int(pages_held(&pages), PAGES_SIZE, "and kept");
    take_all();
    ok(are_distinct(), "many pages are aligned and apart");
    ok(pages_held(&pages) >= MANY * PAGES_SIZE, "all are held");
    ok(pages_held(&pages) <= (MANY + CHUNK) * PAGES_SIZE, "and at most a chunk more");
    give_if(any);
}

static void free_memory_goes_back(void)
{
    ok(pages_held(&pages) <= 4 * PAGES_SIZE, "when all is free little is held: %zu",
       pages_held(&pages));
    ok(resident() <= pages_held(&pages), "and no more is resident: %zu", resident());
    take_all();
    give_if(odd);
    ok(pages_held(&pages) <= (MANY / 2 + MANY / 64 + CHUNK + 5) * PAGES_SIZE,
       "when every other page is free most of them have gone: %zu", pages_held(&pages));
    ok(resident() <= pages_held(&pages), "no more is resident: %zu", resident());
    give_if(even);
    ok(pages_held(&pages) <= 4 * PAGES_SIZE, "the others go too: %zu", pages_held(&pages));
}

/* A page that had something in it, one that went to the system, one that is new. */
static void pages_can_be_zeroed(void)
{
    static const char zeros[PAGES_SIZE];
    bool zeroed = true;
    unsigned i;

    take_all();
    give_if(odd);
    for (i = 1; i < MANY; i += 2) {
        taken[i] = pages_take_zeroed(&pages);
        zeroed &= memcmp(taken[i], zeros, PAGES_SIZE) == 0;
    }
    ok(zeroed, "zeroed pages are zero, wherever they come from");
    give_if(any);
}

static void pages_have_numbers_and_notes(void)
{
    bool right = true;
    unsigned i;

    take_all();
    for (i = 0; i < MANY; i++) {
        unsigned *note = pages_note(&pages, pages_number(&pages, taken[i] + 100));

        right &= pages_at(&pages, pages_number(&pages, taken[i])) == taken[i];
        *note = i;
    }
    for (i = 0; i < MANY; i++)
        right &= *(unsigned *)pages_note(&pages, pages_number(&pages, taken[i])) == i;
    ok(right, "every page has a number and a note of its own");
    ok(pages_number(&pages, taken[0]) < MANY + 2 * CHUNK, "the lowest addresses are taken first");
    give_if(any);
}

/* Free pages are taken before the system is asked, and full chunks before emptier ones. */
static void holes_are_filled(void)
{
    size_t chunks;
    unsigned i;

    take_all();
    chunks = pages.chunk_count;
    give_if(odd);
    for (i = 1; i < MANY; i += 2)
        taken[i] = pages_take(&pages);
    is_int(pages.chunk_count, chunks, "holes are filled first");
    give_if(any);
}

static void random_order_does_no_harm(void)
{
    static bool here[MANY];
    struct random random = {.state = 4711};
    bool intact = true;
    unsigned i, step;

    for (step = 0; step < 30000; step++) {
        const unsigned phase = step / 3000 % 2; /* rather growing, rather shrinking */

        i = (unsigned)random_below(&random, MANY);
        if (here[i] && random_below(&random, 4) < 1 + 2 * phase) {
            intact &= taken[i][100] == (char)i && taken[i][PAGES_SIZE - 1] == (char)i;
            pages_give(&pages, taken[i]);
            pages_trim(&pages, step % 3 == 0, step % 4);
            here[i] = false;
        } else if (!here[i] && random_below(&random, 4) >= 1 + 2 * phase) {
            taken[i] = random_below(&random, 2) ? pages_take(&pages) : pages_take_zeroed(&pages);
            taken[i][100] = (char)i;
            taken[i][PAGES_SIZE - 1] = (char)i;
            here[i] = true;
        }
    }
    for (i = 0; i < MANY; i++)
        if (here[i])
            pages_give(&pages, taken[i]);
    pages_trim(&pages, false, UINT32_MAX);
    ok(intact, "pages keep what is in them");
    is_int(pages.used, 0, "all are back");
    ok(pages.kept <= 4, "little is kept");
    pages_fini(&pages);
    is_int(pages_held(&pages), 0, "nothing is held in the end");
}

/* The test is its own filler, who is now in time, now late. */
static void a_chunk_is_filled_ahead(void)
{
    int ends[2];
    struct region_piece piece;
    static char *before[BEFORE]; /* nothing is filled ahead in a small store */
    const struct chunk *last = NULL;
    unsigned asked = 0, i;
    bool intact = true, there = true;

    if (pipe(ends) != 0)
        tap_bail("no pipe");
    pages.filler = ends[1];
    pages_init(&pages, 1);
    for (i = 0; i < BEFORE; i++)
        before[i] = pages_take(&pages);
    for (i = 0; i < MANY; i++) {
        taken[i] = pages_take(&pages);
        memset(taken[i], (int)i, PAGES_SIZE);
        if (pages.ahead != NULL && i % 50 == 0 && pages.ahead != last) {
            last = pages.ahead;
            asked += read(ends[0], &piece, sizeof(piece)) == (ssize_t)sizeof(piece);
            there &= region_fill(&piece) && region_is_there(piece.at, piece.size);
        }
    }
    ok(there, "what was filled is there");
    ok(asked > 3, "a chunk was asked for %u times", asked);
    ok(are_distinct(), "pages are apart, filled or not");
    ok(pages_held(&pages) >= resident(), "what is resident is held");
    for (i = 0; i < MANY; i++)
        intact &= taken[i][0] == (char)i && taken[i][PAGES_SIZE - 1] == (char)i;
    ok(intact, "and filling changed nothing");
    if (pages.ahead != NULL && pages.ahead != last)
        there = read(ends[0], &piece, sizeof(piece)) == (ssize_t)sizeof(piece);
    region_fill(&piece);
    for (i = 0; i < BEFORE; i++)
        pages_give(&pages, before[i]);
    give_if(any);
    region_fill(&piece); /* too late, and no matter */
    ok(pages_held(&pages) <= 70 * PAGES_SIZE, "when all is free little is held: %zu",
       pages_held(&pages));
    pages_fini(&pages);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    pages_are_aligned_and_apart();
    free_memory_goes_back();
    pages_can_be_zeroed();
    pages_have_numbers_and_notes();
    holes_are_filled();
    random_order_does_no_harm();
    a_chunk_is_filled_ahead();
    return tap_done();
}
