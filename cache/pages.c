#include "cache/pages.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cache/poison.h"

#define CHUNK_SIZE ((size_t)2 << 20)
#define CHUNK_PAGES 32
#define ALL_PAGES UINT32_MAX
#define ORDINARY_CHUNKS 4 /* that many before chunks are made huge */
#define RESERVE 4
#define RESERVE_SHARE 32

_Static_assert(CHUNK_PAGES *PAGES_SIZE == CHUNK_SIZE, "a bit for each page of a chunk");

struct chunk {
    struct link link; /* in pages->ready or pages->bare while a page is free */
    char *at;
    uint32_t free;
    uint32_t kept;  /* of the free pages, those that cost memory */
    uint32_t clean; /* of the free pages, those that are all zero */
    bool huge;
};

static size_t population(uint32_t bits)
{
    return (size_t)__builtin_popcount(bits);
}

void pages_init(struct pages *pages)
{
    *pages = (struct pages){0};
    link_clear(&pages->ready);
    link_clear(&pages->bare);
}

/* --- chunks and the system --- */

/* Twice the size surely has an aligned chunk in it; what is around that goes back. */
static char *map_and_cut(void)
{
    const size_t size = 2 * CHUNK_SIZE;
    char *whole = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t before;

    if (whole == MAP_FAILED)
        return NULL;
    before = -(uintptr_t)whole & (CHUNK_SIZE - 1);
    if (before > 0)
        munmap(whole, before);
    munmap(whole + before + CHUNK_SIZE, CHUNK_SIZE - before);
    return whole + before;
}

static char *map_chunk(void)
{
    char *at = mmap(NULL, CHUNK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        return NULL;
    if (((uintptr_t)at & (CHUNK_SIZE - 1)) == 0)
        return at;
    munmap(at, CHUNK_SIZE);
    return map_and_cut();
}

static void advise(struct chunk *chunk, bool huge)
{
    if (chunk->huge == huge)
        return;
    madvise(chunk->at, CHUNK_SIZE, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    chunk->huge = huge;
}

/* The system takes back what is in free pages; false: it would not. */
static bool make_bare(struct pages *pages, struct chunk *chunk, uint32_t bits, char *at,
                      size_t size)
{
    if (madvise(at, size, MADV_DONTNEED) != 0)
        return false;
    pages->kept -= population(chunk->kept & bits);
    chunk->kept &= ~bits;
    chunk->clean |= bits;
    return true;
}

/* --- the chunks by address --- */

/* Where the chunk that begins at `at` is, or would be. */
static size_t position_of(const struct pages *pages, const char *at)
{
    size_t low = 0, high = pages->chunk_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (pages->chunks[middle]->at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct chunk *chunk_of(const struct pages *pages, const char *page)
{
    const char *at = page - ((uintptr_t)page & (CHUNK_SIZE - 1));
    const size_t position = position_of(pages, at);

    assert(position < pages->chunk_count && pages->chunks[position]->at == at);
    return pages->chunks[position];
}

static bool make_chunk_room(struct pages *pages)
{
    const size_t room = pages->chunk_room == 0 ? 4 : 2 * pages->chunk_room;
    struct chunk **chunks;

    if (pages->chunk_count < pages->chunk_room)
        return true;
    chunks = realloc(pages->chunks, room * sizeof(struct chunk *));
    if (chunks == NULL)
        return false;
    pages->chunks = chunks;
    pages->chunk_room = room;
    return true;
}

static void remember(struct pages *pages, struct chunk *chunk)
{
    const size_t position = position_of(pages, chunk->at);
    struct chunk **place = &pages->chunks[position];

    memmove(place + 1, place, (pages->chunk_count - position) * sizeof(struct chunk *));
    *place = chunk;
    pages->chunk_count++;
}

static void forget(struct pages *pages, struct chunk *chunk)
{
    const size_t position = position_of(pages, chunk->at);
    struct chunk **place = &pages->chunks[position];

    assert(*place == chunk);
    pages->chunk_count--;
    memmove(place, place + 1, (pages->chunk_count - position) * sizeof(struct chunk *));
}

/* --- the life of a chunk --- */

/* While it has a free page. */
static struct link *list_for(struct pages *pages, const struct chunk *chunk)
{
    return chunk->kept != 0 ? &pages->ready : &pages->bare;
}

/* The first write to a huge page brings in all of it. */
static void count_as_huge(struct pages *pages, struct chunk *chunk)
{
    advise(chunk, true);
    chunk->kept = ALL_PAGES;
    pages->kept += CHUNK_PAGES;
}

static struct chunk *new_chunk(struct pages *pages)
{
    struct chunk *chunk = malloc(sizeof(*chunk));

    if (chunk == NULL)
        return NULL;
    *chunk = (struct chunk){.free = ALL_PAGES, .clean = ALL_PAGES};
    if (!make_chunk_room(pages) || (chunk->at = map_chunk()) == NULL) {
        free(chunk);
        return NULL;
    }
    if (pages->chunk_count >= ORDINARY_CHUNKS)
        count_as_huge(pages, chunk);
    poison(chunk->at, CHUNK_SIZE);
    poison_root(chunk->at, CHUNK_SIZE);
    remember(pages, chunk);
    link_push_front(list_for(pages, chunk), &chunk->link);
    pages->empty = chunk;
    return chunk;
}

static bool unmap_chunk(struct chunk *chunk)
{
    poison_lift(chunk->at, CHUNK_SIZE);
    poison_unroot(chunk->at, CHUNK_SIZE);
    if (munmap(chunk->at, CHUNK_SIZE) == 0)
        return true;
    poison(chunk->at, CHUNK_SIZE);
    poison_root(chunk->at, CHUNK_SIZE);
    return false;
}

/* The system may refuse to unmap, for that may take one mapping more; then it gets the memory at
 * least. */
static void drop_chunk(struct pages *pages, struct chunk *chunk)
{
    assert(chunk->free == ALL_PAGES);
    if (!unmap_chunk(chunk)) {
        if (!make_bare(pages, chunk, ALL_PAGES, chunk->at, CHUNK_SIZE))
            return;
        advise(chunk, false);
        link_take_out(&chunk->link);
        link_push_back(&pages->bare, &chunk->link);
        return;
    }
    if (pages->empty == chunk)
        pages->empty = NULL;
    pages->kept -= population(chunk->kept);
    link_take_out(&chunk->link);
    forget(pages, chunk);
    free(chunk);
}

void pages_fini(struct pages *pages)
{
    assert(pages->used == 0);
    while (pages->chunk_count > 0) {
        struct chunk *chunk = pages->chunks[--pages->chunk_count];

        unmap_chunk(chunk);
        free(chunk);
    }
    free(pages->chunks);
    pages_init(pages);
}

/* --- taking --- */

static struct chunk *chunk_with_room(struct pages *pages)
{
    if (!link_is_empty(&pages->ready))
        return (struct chunk *)pages->ready.next;
    if (!link_is_empty(&pages->bare))
        return (struct chunk *)pages->bare.next;
    return new_chunk(pages);
}

/* After a page was taken from the chunk, which stood in `list` until then. */
static void relist_taken(struct pages *pages, struct chunk *chunk, const struct link *list)
{
    struct link *now = list_for(pages, chunk);

    if (chunk->free != 0 && now == list)
        return;
    link_take_out(&chunk->link);
    if (chunk->free != 0)
        link_push_front(now, &chunk->link);
    else if (pages->chunk_count > ORDINARY_CHUNKS)
        advise(chunk, true); /* if it is not huge yet, the system may make it so by and by */
}

static char *take(struct pages *pages, bool *clean)
{
    struct chunk *chunk = chunk_with_room(pages);
    const struct link *list;
    uint32_t bits, bit;

    if (chunk == NULL)
        return NULL;
    list = list_for(pages, chunk);
    bits = chunk->kept != 0 ? chunk->kept : chunk->free;
    bit = bits & -bits; /* the lowest */
    *clean = (chunk->clean & bit) != 0;
    if (pages->empty == chunk)
        pages->empty = NULL;
    pages->used++;
    pages->kept -= population(chunk->kept & bit);
    chunk->free &= ~bit;
    chunk->clean &= ~bit;
    chunk->kept &= ~bit;
    relist_taken(pages, chunk, list);
    return chunk->at + (size_t)__builtin_ctz(bit) * PAGES_SIZE;
}

void *pages_take(struct pages *pages)
{
    bool clean;
    char *page = take(pages, &clean);

    if (page != NULL)
        poison_lift(page, PAGES_SIZE);
    return page;
}

void *pages_take_zeroed(struct pages *pages)
{
    bool clean;
    char *page = take(pages, &clean);

    if (page == NULL)
        return NULL;
    poison_lift(page, PAGES_SIZE);
    return clean ? page : memset(page, 0, PAGES_SIZE);
}

/* --- giving back --- */

/* After a page of the chunk became free. The fuller half comes first, to be taken from. */
static void relist_given(struct pages *pages, struct chunk *chunk)
{
    const size_t count = population(chunk->free);
    const bool was_bare = population(chunk->kept) == 1;

    if (count > 1 && !was_bare && count != CHUNK_PAGES / 2)
        return;
    if (count > 1)
        link_take_out(&chunk->link);
    if (count < CHUNK_PAGES / 2)
        link_push_front(&pages->ready, &chunk->link);
    else
        link_push_back(&pages->ready, &chunk->link);
}

/* A huge page is in pieces once a part of it has gone; the system must not mend it meanwhile. */
static void drop_page(struct pages *pages, struct chunk *chunk)
{
    const unsigned number = (unsigned)__builtin_ctz(chunk->kept);

    if (!make_bare(pages, chunk, 1u << number, chunk->at + number * PAGES_SIZE, PAGES_SIZE))
        return;
    advise(chunk, false);
    if (chunk->kept == 0) {
        link_take_out(&chunk->link);
        link_push_front(&pages->bare, &chunk->link);
    }
}

static size_t reserve(const struct pages *pages)
{
    const size_t chunk = pages->chunk_count > ORDINARY_CHUNKS ? CHUNK_PAGES : 0;

    return RESERVE + pages->used / RESERVE_SHARE + chunk;
}

/* One step; whoever gives a page makes two, for the reserve shrinks too. */
static void trim(struct pages *pages)
{
    if (pages->kept <= reserve(pages))
        return;
    if (pages->empty != NULL && pages->empty->kept != 0)
        drop_chunk(pages, pages->empty);
    else
        drop_page(pages, (struct chunk *)pages->ready.previous);
}

void pages_give(struct pages *pages, void *page)
{
    struct chunk *chunk = chunk_of(pages, page);
    const uint32_t bit = 1u << (((char *)page - chunk->at) / PAGES_SIZE);

    assert((chunk->free & bit) == 0);
    poison(page, PAGES_SIZE);
    chunk->free |= bit;
    chunk->kept |= bit;
    pages->used--;
    pages->kept++;
    relist_given(pages, chunk);
    if (chunk->free == ALL_PAGES && pages->empty != NULL)
        drop_chunk(pages, chunk);
    else if (chunk->free == ALL_PAGES)
        pages->empty = chunk;
    trim(pages);
    trim(pages);
}
