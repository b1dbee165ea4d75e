#include "cache/memory.h"

#include <assert.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cache/poison.h"

#define CACHE_LINE 64
#define PAGE_ROOM (PAGES_SIZE - CACHE_LINE)
#define COLOURED_MAX 512 /* a page may lose half a slot to its description's place */
#define COLOUR_BITS 10
#define NONE UINT32_MAX
#define LINK_SIZE sizeof(uint32_t) /* in a free slot, what leads to the next */

/* Places in a page are offsets from its start. */
struct page {
    struct link link; /* while it has a slot to give */
    uint32_t class;
    uint32_t room; /* slots */
    uint32_t used;
    uint32_t cut;   /* slots that were ever used: the others are not in the list of free ones */
    uint32_t fresh; /* the next of the others */
    uint32_t free;  /* the first free slot */
};

_Static_assert(sizeof(struct page) <= CACHE_LINE, "a page is described in one line");
_Static_assert(PAGES_SIZE / CACHE_LINE == 1 << COLOUR_BITS, "the colour is the number of a line");

/* --- classes --- */

static uint16_t next_slot(uint16_t slot)
{
    if (slot < 256)
        return slot + 8;
    if (slot < 1024)
        return slot + 16;
    if (slot < 2048)
        return slot + 32;
    return (uint16_t)(PAGE_ROOM / (PAGE_ROOM / slot - 1)) & ~(CACHE_LINE - 1);
}

static void init(struct memory *memory)
{
    uint16_t slot = 0;
    unsigned class, eighths = 0;

    for (class = 0; class < MEMORY_CLASSES; class ++) {
        slot = next_slot(slot);
        memory->slot_of[class] = slot;
        for (; eighths <= slot / 8u; eighths++)
            memory->class_of[eighths] = (uint8_t) class;
        link_clear(&memory->open[class]);
    }
    assert(slot == MEMORY_SLOT_MAX);
    pages_init(&memory->pages);
}

void memory_fini(struct memory *memory)
{
    assert(memory->used == 0);
    pages_fini(&memory->pages);
    larges_fini(&memory->larges);
}

size_t memory_held(const struct memory *memory)
{
    return pages_held(&memory->pages) + memory->blocks + memory->larges.kept;
}

/* --- pages of slots --- */

/* Where the page that begins at `start` is described. */
static inline uint32_t colour(const char *start, uint32_t slot)
{
    const uint32_t number = (uint32_t)((uintptr_t)start / PAGES_SIZE);

    return slot > COLOURED_MAX ? 0 : (number * 0x9e3779b1u >> (32 - COLOUR_BITS)) * CACHE_LINE;
}

static inline char *start_of(const void *at)
{
    return (char *)((uintptr_t)at & ~(PAGES_SIZE - 1));
}

static struct page *open_page(struct memory *memory, unsigned class)
{
    const uint32_t slot = memory->slot_of[class];
    char *start = pages_take(&memory->pages);
    struct page *page;
    uint32_t before;

    if (start == NULL)
        return NULL;
    before = colour(start, slot);
    page = (struct page *)(start + before);
    *page = (struct page){
        .class = class,
        .room = before / slot + (uint32_t)(PAGE_ROOM - before) / slot,
        .fresh = before + CACHE_LINE,
        .free = NONE,
    };
    poison(start, before);
    poison(start + before + CACHE_LINE, PAGE_ROOM - before);
    link_push_front(&memory->open[class], &page->link);
    return page;
}

static void close_page(struct memory *memory, struct page *page)
{
    link_take_out(&page->link);
    pages_give(&memory->pages, start_of(page));
}

static inline void *take_fresh(struct page *page, uint32_t slot)
{
    if (page->fresh + slot > PAGES_SIZE)
        page->fresh = 0;
    page->fresh += slot;
    page->cut++;
    return start_of(page) + page->fresh - slot;
}

static inline void *take_free(struct page *page)
{
    char *at = start_of(page) + page->free;

    poison_lift(at, LINK_SIZE);
    memcpy(&page->free, at, LINK_SIZE);
    return at;
}

/* Under the address sanitizer a slot stays free as long as possible, so that who uses it all the
 * same is caught. */
static inline bool has_fresh(const struct page *page)
{
    return POISON_ON ? page->cut < page->room : page->free == NONE;
}

static inline void *take_slot(struct memory *memory, unsigned class)
{
    struct link *pages = &memory->open[class];
    struct page *page = (struct page *)pages->next;
    void *at;

    if (link_is_empty(pages) && (page = open_page(memory, class)) == NULL)
        return NULL;
    at = has_fresh(page) ? take_fresh(page, memory->slot_of[class]) : take_free(page);
    if (++page->used == page->room)
        link_take_out(&page->link);
    return at;
}

/* The fuller half of the pages comes first, to be taken from. */
static void relist(struct memory *memory, struct page *page)
{
    struct link *pages = &memory->open[page->class];

    if (page->used == page->room - 1) {
        link_push_front(pages, &page->link);
    } else if (page->used == page->room / 2) {
        link_take_out(&page->link);
        link_push_back(pages, &page->link);
    }
}

static inline struct page *page_of(const void *at, uint32_t slot)
{
    char *start = start_of(at);

    return (struct page *)(start + colour(start, slot));
}

static inline void give_slot(struct memory *memory, unsigned class, void *at)
{
    const uint32_t slot = memory->slot_of[class];
    struct page *page = page_of(at, slot);

    assert(page->class == class && page->used > 0);
    memcpy(at, &page->free, LINK_SIZE);
    poison(at, slot);
    page->free = (uint32_t)((char *)at - start_of(at));
    page->used--;
    relist(memory, page);
    if (page->used == 0)
        close_page(memory, page);
}

/* --- blocks from malloc --- */

static void *count_block(struct memory *memory, void *at)
{
    if (at != NULL)
        memory->blocks += malloc_usable_size(at);
    return at;
}

static void *new_lines(struct memory *memory, size_t size)
{
    void *at = NULL;

    if (posix_memalign(&at, CACHE_LINE, size) != 0)
        return NULL;
    return count_block(memory, memset(at, 0, size));
}

static void free_block(struct memory *memory, void *at)
{
    memory->blocks -= malloc_usable_size(at);
    free(at);
}

/* --- what others call --- */

static inline void make_ready(struct memory *memory)
{
    if (memory->slot_of[0] == 0)
        init(memory);
}

static inline unsigned class_of(const struct memory *memory, size_t size)
{
    return memory->class_of[(size + 7) / 8];
}

static inline void count(struct memory *memory, size_t size)
{
    memory->used += size;
    if (memory->used > memory->peak)
        memory->peak = memory->used;
}

static inline void *counted(struct memory *memory, void *at, size_t size)
{
    if (at == NULL)
        return NULL;
    poison_lift(at, size > LINK_SIZE ? size : LINK_SIZE);
    count(memory, size);
    return at;
}

static void *alloc_large(struct memory *memory, size_t size)
{
    return size == PAGES_SIZE ? pages_take(&memory->pages) : count_block(memory, malloc(size));
}

void *memory_alloc(struct memory *memory, size_t size)
{
    make_ready(memory);
    if (size > MEMORY_SLOT_MAX)
        return counted(memory, alloc_large(memory, size), size);
    return counted(memory, take_slot(memory, class_of(memory, size)), size);
}

static void *alloc_lines_large(struct memory *memory, size_t size)
{
    return size == PAGES_SIZE ? pages_take_zeroed(&memory->pages) : new_lines(memory, size);
}

void *memory_alloc_lines(struct memory *memory, size_t size)
{
    void *at;

    assert(size % CACHE_LINE == 0);
    make_ready(memory);
    if (size > MEMORY_SLOT_MAX)
        return counted(memory, alloc_lines_large(memory, size), size);
    at = memory_alloc(memory, size);
    return at == NULL ? NULL : memset(at, 0, size);
}

void memory_free(struct memory *memory, void *at, size_t size)
{
    if (at == NULL)
        return;
    memory->used -= size;
    if (size <= MEMORY_SLOT_MAX)
        give_slot(memory, class_of(memory, size), at);
    else if (size == PAGES_SIZE)
        pages_give(&memory->pages, at);
    else
        free_block(memory, at);
}

/* --- large blocks --- */

static void keep_large(struct memory *memory, struct large *large)
{
    assert(large->holders == 0);
    large->holders = 1;
    memory->blocks += large->size;
    count(memory, large->size);
}

struct large *memory_take_large(struct memory *memory, size_t capacity)
{
    struct large *large = larges_take(&memory->larges, capacity);

    if (large != NULL)
        keep_large(memory, large);
    return large;
}

struct large *memory_adopt_large(struct memory *memory, struct large *large)
{
    keep_large(memory, large);
    return larges_swap(&memory->larges, large);
}

static void let_loose(struct memory *memory, struct large *large)
{
    large->loose = true;
    memory->loose += large->size;
}

struct large *memory_take_loose(struct memory *memory, size_t capacity)
{
    const size_t size = sizeof(struct large) + capacity;
    struct large *large;
    void *at;

    if (posix_memalign(&at, CACHE_LINE, size) != 0)
        return NULL;
    memory->blocks += size;
    memory->loose += size;
    large = at;
    *large = (struct large){.size = size, .capacity = capacity, .loose = true, .plain = true};
    return large;
}

static void give_back(struct memory *memory, struct large *large)
{
    memory->loose -= large->size;
    memory->blocks -= large->size;
    if (large->plain)
        free(large);
    else
        larges_give(&memory->larges, &large);
}

static void drop(struct memory *memory, struct large *large)
{
    large->holders--;
    if (!large->loose && large->holders == large->loans) {
        memory->used -= large->size;
        let_loose(memory, large);
    }
    if (large->holders == 0)
        give_back(memory, large);
}

void memory_drop_large(struct memory *memory, struct large *large)
{
    assert(large->holders > large->loans);
    drop(memory, large);
}

void memory_take_back_large(struct memory *memory, struct large *large)
{
    assert(large->loans > 0);
    large->loans--;
    drop(memory, large);
}

bool memory_is_sparse(const struct memory *memory, const void *at, size_t size)
{
    const struct page *page;
    unsigned class;

    if (size > MEMORY_SLOT_MAX)
        return false;
    class = class_of(memory, size);
    page = page_of(at, memory->slot_of[class]);
    return page->used <= page->room - page->room / 8 && memory->open[class].next != &page->link;
}
