#include "cache/pages.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "cache/mapping.h"
#include "cache/poison.h"

#define CHUNK_SIZE ((size_t)2 << 20)
#define CHUNK_PAGES 32
#define REGION_SIZE (PAGES_CHUNKS_MAX * CHUNK_SIZE)
#define WORDS ((PAGES_CHUNKS_MAX + 63) / 64)
#define ALL_PAGES UINT32_MAX
#define ORDINARY_CHUNKS 2 /* before chunks are made huge: what one brings in is little then */
#define ORDINARY_CHUNKS_SPARING 32
#define SMALL_STORE ((size_t)1 << 30)
#define MENDED_CHUNKS 4 /* before the system may make huge what is in use as a whole */
#define RESERVE 4
#define RESERVE_SHARE 128
#define PATIENCE 1000 /* trims that are put off while the filler is at work */

_Static_assert(CHUNK_PAGES *PAGES_SIZE == CHUNK_SIZE, "a bit for each page of a chunk");

struct chunk {
    struct link link; /* in pages->ready or pages->bare while a page is free */
    uint32_t free;
    uint32_t kept;  /* of the free pages, those that cost memory */
    uint32_t clean; /* of the free pages, those that are all zero */
    bool huge;
};

static size_t population(uint32_t bits)
{
    return (size_t)__builtin_popcount(bits);
}

static char *start_of(const struct pages *pages, const struct chunk *chunk)
{
    return pages->region.start + (size_t)(chunk - pages->chunks) * CHUNK_SIZE;
}

static struct chunk *chunk_of(const struct pages *pages, const char *page)
{
    const size_t offset = (size_t)(page - pages->region.start);

    assert(offset < pages->region.size);
    return &pages->chunks[offset / CHUNK_SIZE];
}

/* --- addresses --- */

static size_t chunks_size(const struct pages *pages)
{
    return pages->region.size / CHUNK_SIZE * sizeof(struct chunk);
}

static size_t notes_size(const struct pages *pages)
{
    return pages->region.size / PAGES_SIZE * PAGES_NOTE;
}

static void make_vacant(struct pages *pages)
{
    size_t number;

    for (number = 0; number < pages->region.size / CHUNK_SIZE; number++)
        pages->vacant[number / 64] |= 1ULL << number % 64;
}

void pages_suit(struct pages *pages, size_t memory)
{
    pages->sparing = memory < SMALL_STORE;
}

/* From here on a chunk is huge. */
static size_t ordinary_chunks(const struct pages *pages)
{
    return pages->sparing ? ORDINARY_CHUNKS_SPARING : ORDINARY_CHUNKS;
}

/* Without addresses there is no vacant chunk, and no page is ever given. */
void pages_init(struct pages *pages, unsigned sharers)
{
    *pages = (struct pages){.filler = pages->filler, .sparing = pages->sparing};
    link_clear(&pages->ready);
    link_clear(&pages->free);
    link_clear(&pages->bare);
    region_reserve(&pages->region, REGION_SIZE, CHUNK_SIZE, sharers);
    pages->chunks = mapping_new(chunks_size(pages), PROT_READ | PROT_WRITE);
    pages->notes = mapping_new(notes_size(pages), PROT_READ | PROT_WRITE);
    if (pages->chunks != NULL && pages->notes != NULL)
        make_vacant(pages);
}

/* The lowest, so that what is in use lies close together; NULL when there is none. */
static struct chunk *take_vacant(struct pages *pages)
{
    size_t word = pages->lowest, number;

    while (word < WORDS && pages->vacant[word] == 0)
        word++;
    pages->lowest = word;
    if (word == WORDS)
        return NULL;
    number = word * 64 + (size_t)__builtin_ctzll(pages->vacant[word]);
    pages->vacant[word] &= pages->vacant[word] - 1;
    return &pages->chunks[number];
}

static bool is_vacant(const struct pages *pages, size_t chunk)
{
    return pages->vacant[chunk / 64] >> chunk % 64 & 1;
}

static void give_vacant(struct pages *pages, const struct chunk *chunk)
{
    const size_t number = (size_t)(chunk - pages->chunks);

    pages->vacant[number / 64] |= 1ULL << number % 64;
    if (number / 64 < pages->lowest)
        pages->lowest = number / 64;
}

size_t pages_from(const struct pages *pages, size_t number)
{
    const size_t chunks = pages->region.size / CHUNK_SIZE;
    size_t chunk = number / CHUNK_PAGES;

    if (chunk < chunks && !is_vacant(pages, chunk))
        return number;
    while (chunk < chunks && is_vacant(pages, chunk))
        chunk++;
    return chunk < chunks ? chunk * CHUNK_PAGES : SIZE_MAX;
}

/* --- chunks and the system --- */

static void advise(const struct pages *pages, struct chunk *chunk, bool huge)
{
    if (chunk->huge == huge)
        return;
    madvise(start_of(pages, chunk), CHUNK_SIZE, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
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

/* --- the life of a chunk --- */

/* While it has a free page. */
static struct link *list_for(struct pages *pages, const struct chunk *chunk)
{
    if (chunk->kept == 0)
        return &pages->bare;
    return chunk->free == ALL_PAGES ? &pages->free : &pages->ready;
}

/* The first write to a huge page brings in all of it. */
static void count_as_huge(struct pages *pages, struct chunk *chunk)
{
    advise(pages, chunk, true);
    chunk->kept = ALL_PAGES;
    pages->kept += CHUNK_PAGES;
}

/* In no list yet. */
static struct chunk *commit(struct pages *pages)
{
    struct chunk *chunk = take_vacant(pages);

    if (chunk == NULL)
        return NULL;
    if (!region_commit(start_of(pages, chunk), CHUNK_SIZE)) {
        give_vacant(pages, chunk);
        return NULL;
    }
    *chunk = (struct chunk){.free = ALL_PAGES, .clean = ALL_PAGES};
    poison(start_of(pages, chunk), CHUNK_SIZE);
    poison_root(start_of(pages, chunk), CHUNK_SIZE);
    pages->chunk_count++;
    return chunk;
}

/* Where there is a filler a chunk that was not ready in time is filled page by page: that takes longer
 * in all, but never long. */
static struct chunk *new_chunk(struct pages *pages)
{
    struct chunk *chunk = commit(pages);

    if (chunk == NULL)
        return NULL;
    if (pages->filler == 0 && pages->chunk_count > ordinary_chunks(pages))
        count_as_huge(pages, chunk);
    link_push_front(list_for(pages, chunk), &chunk->link);
    return chunk;
}

/* --- the chunk ahead --- */

/* While the filler is at work whoever changes mappings waits for it, for as long as a huge page takes. */
static bool is_filling(const struct pages *pages)
{
    return pages->ahead != NULL && !region_is_there(start_of(pages, pages->ahead), CHUNK_SIZE);
}

/* An ordinary one that has no memory yet, for when the filler is late: nothing needs to be mapped then. */
static void commit_spare(struct pages *pages)
{
    struct chunk *chunk;

    if (!link_is_empty(&pages->bare) || (chunk = commit(pages)) == NULL)
        return;
    link_push_back(&pages->bare, &chunk->link);
}

static void ask_ahead(struct pages *pages)
{
    if (pages->filler == 0 || pages->ahead != NULL || pages->chunk_count < ordinary_chunks(pages))
        return;
    pages->ahead = commit(pages);
    if (pages->ahead == NULL)
        return;
    commit_spare(pages);
    count_as_huge(pages, pages->ahead);
    pages->patience = PATIENCE;
    region_ask(pages->filler, start_of(pages, pages->ahead), CHUNK_SIZE);
}

/* NULL: it is not there yet. */
static struct chunk *take_ahead(struct pages *pages)
{
    struct chunk *chunk = pages->ahead;

    if (chunk == NULL || is_filling(pages))
        return NULL;
    pages->ahead = NULL;
    link_push_front(&pages->free, &chunk->link);
    return chunk;
}

static struct chunk *next_chunk(struct pages *pages)
{
    struct chunk *chunk = take_ahead(pages);

    if (chunk == NULL && !link_is_empty(&pages->bare))
        return (struct chunk *)pages->bare.next;
    if (chunk == NULL)
        chunk = new_chunk(pages);
    ask_ahead(pages);
    return chunk;
}

/* In all chunks but the one ahead, which may not be there in time. */
static size_t free_pages(const struct pages *pages)
{
    const size_t chunks = pages->chunk_count - (pages->ahead != NULL);

    return chunks * CHUNK_PAGES - pages->used;
}

bool pages_ensure(struct pages *pages, size_t count)
{
    while (free_pages(pages) < count) {
        struct chunk *chunk = commit(pages);

        if (chunk == NULL)
            return false;
        link_push_back(&pages->bare, &chunk->link);
    }
    return true;
}

/* --- the end of a chunk --- */

static bool decommit(const struct pages *pages, const struct chunk *chunk)
{
    char *at = start_of(pages, chunk);

    if (!region_drop(at, CHUNK_SIZE))
        return false;
    poison_lift(at, CHUNK_SIZE);
    poison_unroot(at, CHUNK_SIZE);
    return true;
}

/* The system may refuse, for that may take one mapping more; then it gets the memory at least. */
static void drop_chunk(struct pages *pages, struct chunk *chunk)
{
    assert(chunk->free == ALL_PAGES);
    link_take_out(&chunk->link);
    if (!decommit(pages, chunk)) {
        make_bare(pages, chunk, ALL_PAGES, start_of(pages, chunk), CHUNK_SIZE);
        advise(pages, chunk, false);
        link_push_back(list_for(pages, chunk), &chunk->link);
        return;
    }
    pages->kept -= population(chunk->kept);
    pages->chunk_count--;
    give_vacant(pages, chunk);
}

/* It is filled for nothing. */
static void drop_ahead(struct pages *pages)
{
    struct chunk *chunk = pages->ahead;

    pages->ahead = NULL;
    link_push_back(&pages->free, &chunk->link);
    drop_chunk(pages, chunk);
}

static void allow_all(const struct pages *pages, const struct link *list)
{
    const struct link *link;

    for (link = list->next; link != list; link = link->next) {
        char *at = start_of(pages, (const struct chunk *)link);

        poison_lift(at, CHUNK_SIZE);
        poison_unroot(at, CHUNK_SIZE);
    }
}

void pages_fini(struct pages *pages)
{
    assert(pages->used == 0);
    if (pages->ahead != NULL)
        drop_ahead(pages);
    allow_all(pages, &pages->ready);
    allow_all(pages, &pages->free);
    allow_all(pages, &pages->bare);
    mapping_drop(pages->chunks, chunks_size(pages));
    mapping_drop(pages->notes, notes_size(pages));
    region_release(&pages->region);
    *pages = (struct pages){0};
}

/* --- taking --- */

/* In a chunk that is in use: they are taken before a chunk more is. */
static bool has_bare_pages(const struct pages *pages)
{
    return !link_is_empty(&pages->bare) &&
           ((const struct chunk *)pages->bare.next)->free != ALL_PAGES;
}

static struct chunk *chunk_with_room(struct pages *pages)
{
    if (!link_is_empty(&pages->ready))
        return (struct chunk *)pages->ready.next;
    if (!link_is_empty(&pages->free))
        return (struct chunk *)pages->free.next;
    if (has_bare_pages(pages))
        return (struct chunk *)pages->bare.next;
    return next_chunk(pages);
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
    else if (pages->chunk_count > MENDED_CHUNKS && !is_filling(pages))
        advise(pages, chunk, true); /* if it is not huge yet, the system may make it so by and by */
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
    pages->used++;
    pages->kept -= population(chunk->kept & bit);
    chunk->free &= ~bit;
    chunk->clean &= ~bit;
    chunk->kept &= ~bit;
    relist_taken(pages, chunk, list);
    return start_of(pages, chunk) + (size_t)__builtin_ctz(bit) * PAGES_SIZE;
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

    if (count > 1 && !was_bare && count != CHUNK_PAGES / 2 && count != CHUNK_PAGES)
        return;
    if (count > 1)
        link_take_out(&chunk->link);
    if (count < CHUNK_PAGES / 2)
        link_push_front(&pages->ready, &chunk->link);
    else
        link_push_back(list_for(pages, chunk), &chunk->link);
}

/* A huge page is in pieces once a part of it has gone; the system must not mend it meanwhile. */
static void drop_page(struct pages *pages, struct chunk *chunk)
{
    const unsigned number = (unsigned)__builtin_ctz(chunk->kept);

    if (!make_bare(pages, chunk, 1u << number, start_of(pages, chunk) + number * PAGES_SIZE,
                   PAGES_SIZE))
        return;
    advise(pages, chunk, false);
    if (chunk->kept == 0) {
        link_take_out(&chunk->link);
        link_push_front(&pages->bare, &chunk->link);
    }
}

static size_t reserve(const struct pages *pages)
{
    const size_t chunk = pages->used > ordinary_chunks(pages) * CHUNK_PAGES ? CHUNK_PAGES : 0;
    const size_t ahead = pages->ahead != NULL ? CHUNK_PAGES : 0;

    return RESERVE + pages->used / RESERVE_SHARE + chunk + ahead;
}

size_t pages_reserve(const struct pages *pages)
{
    return reserve(pages) * PAGES_SIZE;
}

static bool is_beyond_reserve(const struct pages *pages)
{
    return pages->kept > reserve(pages);
}

void pages_give(struct pages *pages, void *page)
{
    struct chunk *chunk = chunk_of(pages, page);
    const uint32_t bit = 1u << (((char *)page - start_of(pages, chunk)) / PAGES_SIZE);

    assert((chunk->free & bit) == 0);
    poison(page, PAGES_SIZE);
    chunk->free |= bit;
    chunk->kept |= bit;
    pages->used--;
    pages->kept++;
    relist_given(pages, chunk);
}

bool pages_can_trim(const struct pages *pages, bool whole)
{
    return is_beyond_reserve(pages) && (!whole || !link_is_empty(&pages->free));
}

/* A free chunk is enough of a reserve. */
static void trim_one(struct pages *pages)
{
    if (link_is_empty(&pages->free))
        drop_page(pages, (struct chunk *)pages->ready.previous);
    else if (pages->ahead != NULL)
        drop_ahead(pages);
    else
        drop_chunk(pages, (struct chunk *)pages->free.previous);
}

void pages_trim(struct pages *pages, bool whole, unsigned steps)
{
    if (!pages_can_trim(pages, whole))
        return;
    if (pages->patience > 0 && is_filling(pages)) {
        pages->patience--;
        return;
    }
    for (; steps > 0 && pages_can_trim(pages, whole); steps--)
        trim_one(pages);
}
