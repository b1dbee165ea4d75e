#include "cache/memory.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "cache/due.h"
#include "cache/mixed.h"
#include "cache/page.h"
#include "cache/poison.h"

#define CACHE_LINE 64
#define LAST_CLASSES 30 /* of 31, 30 .. 2 slots to a page */
#define NONE UINT16_MAX
#define SPARSE_SHARE 24                  /* of what is used may lie free in slots, */
#define SPARSE_LEAST ((size_t)128 << 10) /* and so much more, before it is worth moving entries */
#define OWN_PAGES 8 /* what would fill so many lies in pages of its own class */
#define MIXED_LOOKS 8
#define LEAVE_LOOKS 24
#define BORROWING 1024 /* pages of entries that expire: with less, classes share them */

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
    for (class = 0; class < MEMORY_GAPS; class ++)
        link_clear(&memory->mixed[class]);
    pages_init(&memory->pages, memory->sharers);
    due_init(memory);
    /* One page before the first, so that no handle is 0. */
    memory->origin = (uintptr_t)memory->pages.region.start - PAGES_SIZE;
}

void memory_prepare(struct memory *memory)
{
    if (!is_ready(memory))
        init(memory);
}

void memory_fini(struct memory *memory)
{
    assert(memory->used == 0);
    if (is_ready(memory))
        pages_fini(&memory->pages);
    larges_fini(&memory->larges);
}

bool memory_ensure(struct memory *memory, size_t pages)
{
    memory_prepare(memory);
    return pages_ensure(&memory->pages, pages);
}

size_t memory_held(const struct memory *memory)
{
    return pages_held(&memory->pages) + memory->blocks + memory->larges.kept;
}

/* --- pages of slots --- */

static inline unsigned class_of(const struct memory *memory, size_t size)
{
    return memory->class_of[(size + 7) / 8];
}

/* Classes that a mixed page cannot tell apart share a count. */
static size_t *staying_of(struct memory *memory, size_t size)
{
    return &memory->staying[class_of(memory, (size + MIXED_UNIT - 1) & ~(size_t)(MIXED_UNIT - 1))];
}

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
    memory->hopeless = 0;
    if (kind == MEMORY_STAYING)
        *staying_of(memory, slot) += PAGES_SIZE;
    else if (kind == MEMORY_EXPIRING)
        memory->expiring++;
    link_push_front(&memory->open[kind][class], &page->link);
    return page;
}

static size_t free_in_slots(const struct memory *memory)
{
    return memory->capacity - (memory->used - memory->elsewhere);
}

/* If that took as many new pages, gaps are too short, and it would do so again. */
static void end_leaving(struct memory *memory)
{
    if (memory->leaving->slot == 0 && memory->leaves_to_free)
        memory->short_gaps = memory->capacity >= memory->capacity_before ? memory->gaps : 0;
    memory->leaving = NULL;
}

static size_t capacity_of(const struct page *page)
{
    return (size_t)page->room * (page->slot == 0 ? MIXED_UNIT : page->slot);
}

static void close_page(struct memory *memory, struct page *page, void *at)
{
    link_take_out(&page->link);
    memory->capacity -= capacity_of(page);
    memory->owed -= memory->owed > 0;
    if (page->kind == MEMORY_STAYING && page->slot != 0)
        *staying_of(memory, page->slot) -= PAGES_SIZE;
    else if (page->kind == MEMORY_EXPIRING)
        memory->expiring--;
    if (memory->leaving == page)
        end_leaving(memory);
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

/* There is a page with a free slot. */
static inline void *take_slot(struct memory *memory, enum memory_kind kind, unsigned class)
{
    struct page *page = (struct page *)memory->open[kind][class].next;
    void *at;

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
    } else if ((page->used == page->room - page->room / 4 || page->used == page->room / 2 ||
                page->used == page->room / 4 || page->used == page->room / 8) &&
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

/* --- mixed pages --- */

static inline void count(struct memory *memory, size_t size)
{
    memory->used += size;
    if (memory->used > memory->peak)
        memory->peak = memory->used;
}

static unsigned units_of(size_t size)
{
    return size == 0 ? 1 : (unsigned)((size + MIXED_UNIT - 1) / MIXED_UNIT);
}

static unsigned magnitude(unsigned units)
{
    return 31 - (unsigned)__builtin_clz(units);
}

static struct page *open_mixed(struct memory *memory)
{
    char *start = pages_take(&memory->pages);
    struct page *page;

    if (start == NULL)
        return NULL;
    page = page_of(memory, start);
    *page = (struct page){.kind = MEMORY_STAYING, .room = MIXED_ROOM, .free = MIXED_ROOM};
    mixed_open(start);
    poison(start + PAGES_SIZE - MIXED_ROOM * MIXED_UNIT, MIXED_ROOM * MIXED_UNIT);
    memory->capacity += capacity_of(page);
    memory->gaps += capacity_of(page);
    memory->owed++;
    memory->hopeless = 0;
    link_push_front(&memory->mixed[magnitude(MIXED_ROOM)], &page->link);
    return page;
}

/* Of those whose longest gap may do, or surely does, the first. */
static struct page *mixed_with(const struct memory *memory, unsigned units)
{
    unsigned gap = magnitude(units), looks = 0;
    const struct link *link;

    for (link = memory->mixed[gap].next; link != &memory->mixed[gap] && looks < MIXED_LOOKS;
         link = link->next, looks++)
        if (((const struct page *)link)->free >= units)
            return (struct page *)link;
    while (++gap < MEMORY_GAPS)
        if (!link_is_empty(&memory->mixed[gap]))
            return (struct page *)memory->mixed[gap].next;
    return NULL;
}

/* After its longest gap has changed. */
static void relist_mixed(struct memory *memory, struct page *page, unsigned before)
{
    if (page == memory->leaving || page->free == before)
        return;
    if (page->free != 0 && before != 0 && magnitude(page->free) == magnitude(before))
        return;
    if (before != 0)
        link_take_out(&page->link);
    if (page->free != 0)
        link_push_front(&memory->mixed[magnitude(page->free)], &page->link);
}

static void *take_mixed(struct memory *memory, unsigned units)
{
    struct page *page = mixed_with(memory, units);
    const size_t size = (size_t)units * MIXED_UNIT;
    unsigned longest, before;
    void *at;

    if (page == NULL && (page = open_mixed(memory)) == NULL)
        return NULL;
    longest = before = page->free;
    at = mixed_take(page_start(memory, page), units, &longest);
    assert(at != NULL);
    page->free = (uint16_t)longest;
    page->used += (uint16_t)units;
    relist_mixed(memory, page, before);
    memory->gaps -= size;
    *staying_of(memory, size) += size;
    count(memory, size);
    poison_lift(at, size);
    return at;
}

static void give_mixed(struct memory *memory, struct page *page, void *at)
{
    const unsigned before = page->free;
    unsigned longest = before;
    const unsigned units = mixed_give(start_of(at), at, &longest);
    const size_t size = (size_t)units * MIXED_UNIT;

    poison(at, size);
    page->free = (uint16_t)longest;
    page->used -= (uint16_t)units;
    relist_mixed(memory, page, before);
    memory->used -= size;
    memory->gaps += size;
    *staying_of(memory, size) -= size;
    if (page->used != 0)
        return;
    memory->gaps -= capacity_of(page);
    close_page(memory, page, at);
}

/* In pages of entries that expire there are notes for each slot, and what else there is has but few
 * sizes. */
static bool is_rare(struct memory *memory, enum memory_kind kind, unsigned class)
{
    return kind == MEMORY_STAYING &&
           *staying_of(memory, memory->slot_of[class]) < OWN_PAGES * PAGES_SIZE;
}

/* --- pages of larger slots --- */

/* A slot up to a quarter larger, of entries that expire, while a page for each class would be much;
 * the class's own when there is none. */
static unsigned class_to_borrow(const struct memory *memory, enum memory_kind kind, unsigned class)
{
    const size_t most = memory->slot_of[class] + memory->slot_of[class] / 4u;
    unsigned larger;

    if (kind != MEMORY_EXPIRING || memory->expiring >= BORROWING)
        return class;
    for (larger = class + 1; larger < MEMORY_CLASSES && memory->slot_of[larger] <= most; larger++)
        if (!link_is_empty(&memory->open[kind][larger]))
            return larger;
    return class;
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

size_t memory_cost(const struct memory *memory, size_t size)
{
    return size > MEMORY_SLOT_MAX ? size : memory->slot_of[class_of(memory, size)];
}

/* All of the slot may be used. */
void *memory_take(struct memory *memory, enum memory_kind kind, size_t size)
{
    unsigned class;
    void *at;

    assert(size <= MEMORY_SLOT_MAX);
    make_ready(memory);
    class = class_of(memory, size);
    if (__builtin_expect(link_is_empty(&memory->open[kind][class]), 0)) {
        if (is_rare(memory, kind, class))
            return take_mixed(memory, units_of(size));
        class = class_to_borrow(memory, kind, class);
        if (link_is_empty(&memory->open[kind][class]) && open_page(memory, kind, class) == NULL)
            return NULL;
    }
    at = take_slot(memory, kind, class);
    poison_lift(at, memory->slot_of[class]);
    count(memory, memory->slot_of[class]);
    return at;
}

void memory_give(struct memory *memory, void *at)
{
    struct page *page = page_of(memory, at);

    memory->given = true;
    if (page->slot == 0) {
        give_mixed(memory, page, at);
        return;
    }
    memory->used -= page->slot;
    give_slot(memory, page, at);
}

size_t memory_slot(const struct memory *memory, const void *at)
{
    const size_t slot = page_of(memory, at)->slot;

    return slot != 0 ? slot : mixed_units(start_of(at), at) * (size_t)MIXED_UNIT;
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

    assert(size % CACHE_LINE == 0);
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
    memory->given = true;
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

static size_t plain_size(size_t capacity)
{
    const size_t size = sizeof(struct large) + capacity;

    return size <= PAGES_SIZE && size > PAGES_SIZE - PAGES_SIZE / 8 ? PAGES_SIZE : size;
}

static void *take_plain(struct memory *memory, size_t size)
{
    void *at;

    if (size == PAGES_SIZE)
        return pages_take(&memory->pages);
    if (posix_memalign(&at, CACHE_LINE, size) != 0)
        return NULL;
    memory->blocks += size;
    return at;
}

static void give_plain(struct memory *memory, struct large *large)
{
    if (large->size == PAGES_SIZE) {
        pages_give(&memory->pages, large);
        return;
    }
    memory->blocks -= large->size;
    free(large);
}

struct large *memory_take_loose(struct memory *memory, size_t capacity)
{
    const size_t size = plain_size(capacity);
    struct large *large;

    make_ready(memory);
    large = take_plain(memory, size);
    if (large == NULL)
        return NULL;
    memory->loose += size;
    *large = (struct large){.size = size, .capacity = capacity, .loose = true, .plain = true};
    return large;
}

static void give_back(struct memory *memory, struct large *large)
{
    memory->loose -= large->size;
    if (large->plain) {
        give_plain(memory, large);
        return;
    }
    memory->blocks -= large->size;
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
    return (size_t)(page->room - page->used) * (page->slot == 0 ? MIXED_UNIT : page->slot);
}

bool memory_is_dense(const struct memory *memory)
{
    return memory->leaving == NULL && memory->hopeless != 0 &&
           free_in_slots(memory) <= memory->hopeless + PAGES_SIZE;
}

bool memory_is_sparse(const struct memory *memory)
{
    const size_t used = memory->used - memory->elsewhere;

    return memory->leaving != NULL ||
           (free_in_slots(memory) > used / SPARSE_SHARE + SPARSE_LEAST && !memory_is_dense(memory));
}

static bool is_worth_it(const struct page *page)
{
    return page->used <= page->room - page->room / 16;
}

static struct page *emptier(struct page *a, struct page *b)
{
    return b == NULL || (a != NULL && free_in(a) >= free_in(b)) ? a : b;
}

/* Among the last of the list; the only one if what is in it could lie in mixed pages. */
static struct page *emptiest_of(struct memory *memory, enum memory_kind kind, unsigned class)
{
    const struct link *pages = &memory->open[kind][class], *link = pages->previous;
    struct page *best = NULL;
    unsigned looks, gaps = 0; /* slots */

    if (pages->next == pages->previous && !is_rare(memory, kind, class) &&
        class_to_borrow(memory, kind, class) == class)
        return NULL;
    for (looks = 0; link != pages && looks < LEAVE_LOOKS; looks++, link = link->previous) {
        const struct page *page = (const struct page *)link;

        best = emptier(best, (struct page *)link);
        gaps += page->room - page->used;
    }
    if (best == NULL || !is_worth_it(best))
        return NULL;
    return looks < 2 || gaps >= best->room ? best : NULL;
}

/* Nor longer since? */
static bool are_short(const struct memory *memory)
{
    return memory->short_gaps != 0 && memory->gaps <= memory->short_gaps + PAGES_SIZE;
}

/* What is in it must find gaps elsewhere: blocks are of other sizes than these. */
static bool may_be_freed(const struct memory *memory, const struct page *page)
{
    return page->used <= page->room / 2 && !are_short(memory) &&
           memory->gaps - free_in(page) >= 2u * MIXED_UNIT * page->used;
}

/* Units in all gaps but the longest: entries that move to another page leave none of these there. */
static unsigned scattered(const struct page *page)
{
    return (unsigned)page->room - page->used - page->free;
}

/* The emptiest, to be freed; or else the one whose gaps are scattered the most, so that there is a long
 * one instead. */
static struct page *mixed_to_leave(struct memory *memory)
{
    struct page *best = NULL, *worst = NULL;
    unsigned gap;

    for (gap = 0; gap < MEMORY_GAPS; gap++) {
        const struct link *list = &memory->mixed[gap], *link;

        for (link = list->next; link != list; link = link->next) {
            struct page *page = (struct page *)link;

            best = emptier(best, page);
            if (worst == NULL || scattered(page) > scattered(worst))
                worst = page;
        }
    }
    if (best == NULL)
        return NULL;
    memory->leaves_to_free = may_be_freed(memory, best);
    if (memory->leaves_to_free)
        return best;
    return scattered(worst) >= MIXED_ROOM / 16 ? worst : NULL;
}

static struct page *emptiest(struct memory *memory)
{
    struct page *best = mixed_to_leave(memory);
    unsigned kind, class;

    for (kind = MEMORY_STAYING; kind < MEMORY_KINDS; kind++)
        for (class = 0; class < MEMORY_CLASSES; class ++)
            best = emptier(best, emptiest_of(memory, kind, class));
    return best;
}

/* Nothing is taken from the page any more. */
static bool leave_page(struct memory *memory)
{
    struct page *page = emptiest(memory);

    if (page == NULL) {
        memory->hopeless = free_in_slots(memory);
        return false;
    }
    link_take_out(&page->link);
    link_clear(&page->link);
    memory->leaving = page;
    memory->left = 0;
    memory->capacity_before = memory->capacity;
    return true;
}

/* It was walked through to the end: what is in it now has to stay. */
static void stay(struct memory *memory)
{
    struct page *page = memory->leaving;

    memory->leaving = NULL;
    memory->hopeless = free_in_slots(memory);
    if (page->slot != 0)
        link_push_front(&memory->open[page->kind][page->class], &page->link);
    else if (page->free != 0)
        link_push_front(&memory->mixed[magnitude(page->free)], &page->link);
}

/* The next slot in use; NULL: there is none. */
static void *next_used(struct memory *memory, struct page *page)
{
    if (page->slot == 0)
        return mixed_next(page_start(memory, page), &memory->left);
    while (memory->left < page->cut) {
        struct hole *slot = page_slot(memory, page, memory->left++);

        if (slot->nothing != 0)
            return slot;
    }
    return NULL;
}

unsigned memory_leave(struct memory *memory, void **blocks, unsigned room)
{
    unsigned count = 0;

    if (memory->leaving == NULL && (!is_ready(memory) || !leave_page(memory)))
        return 0;
    while (count < room && (blocks[count] = next_used(memory, memory->leaving)) != NULL)
        count++;
    if (count == 0)
        stay(memory);
    return count;
}
