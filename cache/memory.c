#include "cache/memory.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "cache/due.h"
#include "cache/page.h"
#include "cache/poison.h"

#define CACHE_LINE 64
#define LAST_CLASSES 30 /* of 31, 30 .. 2 slots to a page */
#define NONE UINT16_MAX
#define SPARSE_SHARE 24                /* of what is used may lie free in slots, */
#define SPARSE_LEAST ((size_t)2 << 20) /* and so much more, before it is worth moving entries */

/* In a free slot. Its first byte tells it from an entry. */
struct hole {
    uint8_t nothing; /* 0 */
    uint16_t next;
};

/* --- classes --- */

static uint16_t next_slot(uint16_t slot)
{
    if (slot < 256)
        return slot + 8;
    if (slot < 1024)
        return slot + 16;
    if (slot < 2048)
        return slot + 32;
    return (uint16_t)(PAGES_SIZE / (PAGES_SIZE / slot - 1)) & ~(CACHE_LINE - 1);
}

static inline bool is_ready(const struct memory *memory)
{
    return memory->slot_of[0] != 0;
}

static void init(struct memory *memory)
{
    uint16_t slot = 0;
    unsigned class, eighths = 0, kind;

    for (class = 0; class < MEMORY_CLASSES; class ++) {
        slot = next_slot(slot);
        memory->slot_of[class] = slot;
        for (; eighths <= slot / 8u; eighths++)
            memory->class_of[eighths] = (uint8_t) class;
        for (kind = 0; kind < MEMORY_KINDS; kind++)
            link_clear(&memory->open[kind][class]);
    }
    assert(slot == MEMORY_SLOT_MAX);
    pages_init(&memory->pages, memory->sharers);
    due_init(memory);
    /* One page before the first, so that no handle is 0. */
    memory->origin = (uintptr_t)memory->pages.region.start - PAGES_SIZE;
}

void memory_fini(struct memory *memory)
{
    assert(memory->used == 0);
    if (is_ready(memory))
        pages_fini(&memory->pages);
    larges_fini(&memory->larges);
}

size_t memory_held(const struct memory *memory)
{
    return pages_held(&memory->pages) + memory->blocks + memory->larges.kept;
}

/* --- pages of slots --- */

static inline char *start_of(const void *at)
{
    return (char *)((uintptr_t)at & ~(PAGES_SIZE - 1));
}

static uint16_t room_of(enum memory_kind kind, uint32_t slot)
{
    const uint32_t room = (uint32_t)(PAGES_SIZE / slot);

    return (uint16_t)(kind == MEMORY_EXPIRING ? due_room(slot) : room);
}

static struct page *open_page(struct memory *memory, enum memory_kind kind, unsigned class)
{
    const uint16_t slot = memory->slot_of[class];
    char *start = pages_take(&memory->pages);
    struct page *page;

    if (start == NULL)
        return NULL;
    page = page_of(memory, start);
    *page = (struct page){
        .class = (uint8_t) class,
        .kind = (uint8_t)kind,
        .slot = slot,
        .room = room_of(kind, slot),
        .free = NONE,
        .inverse = UINT32_MAX / slot + 1,
    };
    poison(start, PAGES_SIZE);
    if (kind == MEMORY_EXPIRING)
        due_open(memory, page);
    memory->capacity += (size_t)page->room * slot;
    memory->owed++;
    link_push_front(&memory->open[kind][class], &page->link);
    return page;
}

static void close_page(struct memory *memory, struct page *page, void *at)
{
    link_take_out(&page->link);
    memory->capacity -= (size_t)page->room * page->slot;
    memory->owed -= memory->owed > 0;
    if (memory->leaving == page)
        memory->leaving = NULL;
    if (page->kind == MEMORY_EXPIRING)
        due_close(page);
    pages_give(&memory->pages, start_of(at));
}

static inline void *take_free(const struct memory *memory, struct page *page)
{
    struct hole *hole = page_slot(memory, page, page->free);

    poison_lift(hole, sizeof(*hole));
    page->free = hole->next;
    return hole;
}

/* Under the address sanitizer a slot stays free as long as possible, so that who uses it all the
 * same is caught. */
static inline bool has_fresh(const struct page *page)
{
    return POISON_ON ? page->cut < page->room : page->free == NONE;
}

static inline void *take_slot(struct memory *memory, enum memory_kind kind, unsigned class)
{
    struct link *pages = &memory->open[kind][class];
    struct page *page = (struct page *)pages->next;
    void *at;

    if (link_is_empty(pages) && (page = open_page(memory, kind, class)) == NULL)
        return NULL;
    at = has_fresh(page) ? page_slot(memory, page, page->cut++) : take_free(memory, page);
    if (++page->used == page->room)
        link_take_out(&page->link);
    return at;
}

/* The fuller half of the pages comes first, to be taken from, and the emptier the later. */
static void relist(struct memory *memory, struct page *page)
{
    struct link *pages = &memory->open[page->kind][page->class];

    if (page->used == page->room - 1) {
        link_push_front(pages, &page->link);
    } else if ((page->used == page->room / 2 || page->used == page->room / 4 ||
                page->used == page->room / 8) &&
               page != memory->leaving) {
        link_take_out(&page->link);
        link_push_back(pages, &page->link);
    }
}

/* The byte that says that nothing is there may be read by all who walk through the page. */
static inline void give_slot(struct memory *memory, struct page *page, void *at)
{
    struct hole *hole = at;

    assert(page->used > 0);
    poison_lift(hole, sizeof(*hole));
    *hole = (struct hole){.next = page->free};
    poison(&hole->nothing + 1, page->slot - 1u);
    page->free = page_number(page, at);
    page->used--;
    relist(memory, page);
    if (page->used == 0)
        close_page(memory, page, at);
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
    if (__builtin_expect(!is_ready(memory), 0))
        init(memory);
}

static inline unsigned class_of(const struct memory *memory, size_t size)
{
    return memory->class_of[(size + 7) / 8];
}

size_t memory_cost(const struct memory *memory, size_t size)
{
    return size > MEMORY_SLOT_MAX ? size : memory->slot_of[class_of(memory, size)];
}

static inline void count(struct memory *memory, size_t size)
{
    memory->used += size;
    if (memory->used > memory->peak)
        memory->peak = memory->used;
}

/* All of the slot may be used. */
void *memory_take(struct memory *memory, enum memory_kind kind, size_t size)
{
    unsigned class;
    void *at;

    assert(size <= MEMORY_SLOT_MAX);
    make_ready(memory);
    class = class_of(memory, size);
    at = take_slot(memory, kind, class);
    if (at == NULL)
        return NULL;
    poison_lift(at, memory->slot_of[class]);
    count(memory, memory->slot_of[class]);
    return at;
}

void memory_give(struct memory *memory, void *at)
{
    struct page *page = page_of(memory, at);

    memory->used -= page->slot;
    memory->given = true;
    give_slot(memory, page, at);
}

size_t memory_slot(const struct memory *memory, const void *at)
{
    return page_of(memory, at)->slot;
}

/* What lies in no slot. */
static void *counted(struct memory *memory, void *at, size_t size)
{
    if (at == NULL)
        return NULL;
    memory->elsewhere += size;
    count(memory, size);
    return at;
}

static void *alloc_large(struct memory *memory, size_t size)
{
    return size == PAGES_SIZE ? pages_take(&memory->pages) : count_block(memory, malloc(size));
}

static void *alloc_slot(struct memory *memory, size_t size)
{
    void *at = memory_take(memory, MEMORY_INDEX, size);

    if (at != NULL)
        poison((char *)at + size, memory->slot_of[class_of(memory, size)] - size);
    return at;
}

void *memory_alloc(struct memory *memory, size_t size)
{
    make_ready(memory);
    if (size > MEMORY_SLOT_MAX)
        return counted(memory, alloc_large(memory, size), size);
    return alloc_slot(memory, size);
}

static void *alloc_lines_large(struct memory *memory, size_t size)
{
    return size == PAGES_SIZE ? pages_take_zeroed(&memory->pages) : new_lines(memory, size);
}

void *memory_alloc_lines(struct memory *memory, size_t size)
{
    void *at;

    assert(size % CACHE_LINE == 0 || size == CACHE_LINE / 2);
    make_ready(memory);
    if (size > MEMORY_SLOT_MAX)
        return counted(memory, alloc_lines_large(memory, size), size);
    at = alloc_slot(memory, size);
    return at == NULL ? NULL : memset(at, 0, size);
}

void memory_free(struct memory *memory, void *at, size_t size)
{
    if (at == NULL)
        return;
    if (size <= MEMORY_SLOT_MAX) {
        memory_give(memory, at);
        return;
    }
    memory->elsewhere -= size;
    memory->used -= size;
    if (size == PAGES_SIZE)
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
    counted(memory, large, large->size);
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
        memory->elsewhere -= large->size;
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

/* --- pages that could be emptied --- */

static size_t free_in(const struct page *page)
{
    return (size_t)(page->room - page->used) * page->slot;
}

bool memory_is_sparse(const struct memory *memory)
{
    const size_t used = memory->used - memory->elsewhere;

    return memory->capacity - used > used / SPARSE_SHARE + SPARSE_LEAST;
}

/* The last of its list, unless that is the only one, or it is not worth it. */
static struct page *candidate(const struct link *pages)
{
    struct page *page = (struct page *)pages->previous;

    if (pages->next == pages->previous || page->used > page->room - page->room / 8)
        return NULL;
    return page;
}

static struct page *sparsest(const struct memory *memory)
{
    struct page *best = NULL;
    unsigned kind, class;

    for (kind = MEMORY_STAYING; kind < MEMORY_KINDS; kind++)
        for (class = 0; class < MEMORY_CLASSES; class ++) {
            struct page *page = candidate(&memory->open[kind][class]);

            if (page != NULL && (best == NULL || free_in(page) > free_in(best)))
                best = page;
        }
    return best;
}

/* Nothing is taken from the page any more. */
static bool leave_page(struct memory *memory)
{
    struct page *page = sparsest(memory);

    if (page == NULL)
        return false;
    link_take_out(&page->link);
    link_clear(&page->link);
    memory->leaving = page;
    memory->left = 0;
    return true;
}

/* It was walked through to the end: what is in it now has to stay. */
static void stay(struct memory *memory)
{
    struct page *page = memory->leaving;

    memory->leaving = NULL;
    link_push_front(&memory->open[page->kind][page->class], &page->link);
}

unsigned memory_leave(struct memory *memory, void **blocks, unsigned room)
{
    struct page *page;
    unsigned count = 0;

    if (memory->leaving == NULL && !leave_page(memory))
        return 0;
    page = memory->leaving;
    for (; memory->left < page->cut && count < room; memory->left++) {
        struct hole *slot = page_slot(memory, page, memory->left);

        if (slot->nothing != 0)
            blocks[count++] = slot;
    }
    if (count == 0)
        stay(memory);
    return count;
}
