#include "cache/large.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "cache/mapping.h"
#include "cache/poison.h"

#define PAGE ((size_t)4096)
#define HUGE_PAGE ((size_t)2 << 20)
#define SLOT_MAX ((size_t)2 << 20) /* larger ones are mapped one by one */
#define SLOT_MIN_BITS 15           /* the first class is above 32 KiB */
#define STEPS 32                   /* classes for each doubling */
#define FIRST_REGION ((size_t)1 << 20)
#define REGION ((size_t)32 << 20) /* of addresses; memory comes into it as it is used */
#define FIRST_SLOTS 4
#define SMALL_STORE ((size_t)1 << 30)
#define KEPT_SHARE 64 /* of a small store */
#define KEPT_LEAST ((size_t)256 << 10)

_Static_assert(sizeof(struct large) % 64 == 0, "bytes begin at a line of the processor's cache");
_Static_assert(LARGE_CLASSES == STEPS * 6, "from 32 KiB to 2 MiB");

/* --- classes --- */

static size_t round_up(size_t size, size_t step)
{
    return (size + step - 1) / step * step;
}

/* Of the power of two below it. */
static unsigned bits_of(size_t size)
{
    return (unsigned)(63 - __builtin_clzll((unsigned long long)size - 1));
}

static size_t step_of(size_t size)
{
    const size_t step = ((size_t)1 << bits_of(size)) / STEPS;

    return step < PAGE ? PAGE : step;
}

static size_t slot_size(size_t capacity)
{
    const size_t size = sizeof(struct large) + capacity;
    const size_t least = ((size_t)1 << SLOT_MIN_BITS) + PAGE;

    if (size > SLOT_MAX)
        return round_up(size, PAGE);
    return size < least ? least : round_up(size, step_of(size));
}

static unsigned class_of(size_t size)
{
    const unsigned bits = bits_of(size);

    return (bits - SLOT_MIN_BITS) * STEPS +
           (unsigned)((size - ((size_t)1 << bits)) / (((size_t)1 << bits) / STEPS)) - 1;
}

/* --- from the system and back --- */

/* At a multiple of a huge page, with huge pages. */
static char *map_huge(size_t size)
{
    char *at = mapping_new_aligned(size, HUGE_PAGE, PROT_READ | PROT_WRITE);

    if (at != NULL)
        madvise(at, size, MADV_HUGEPAGE);
    return at;
}

/* A few slots: a class that is used little stays small. */
static size_t first_length(size_t size)
{
    const size_t count = FIRST_REGION / size;

    return size * (count < 1 ? 1 : count > FIRST_SLOTS ? FIRST_SLOTS : count);
}

static bool open_region(struct larges *larges, unsigned class, size_t size)
{
    const bool first = larges->sparing || larges->of[class].opened == 0;
    const size_t length = first ? first_length(size) : REGION;
    char *at = first ? mapping_new(length, PROT_READ | PROT_WRITE) : map_huge(length);

    if (at == NULL)
        return false;
    mapping_drop(larges->of[class].fresh, larges->of[class].left);
    larges->of[class].fresh = at;
    larges->of[class].left = (uint32_t)length;
    larges->of[class].opened++;
    return true;
}

static struct large *carve(struct larges *larges, unsigned class, size_t size)
{
    char *at;

    if (larges->of[class].left < size && !open_region(larges, class, size))
        return NULL;
    at = larges->of[class].fresh;
    larges->of[class].fresh += size;
    larges->of[class].left -= (uint32_t)size;
    return (struct large *)at;
}

static struct large *map_alone(const struct larges *larges, size_t size)
{
    struct large *large = mapping_new(size, PROT_READ | PROT_WRITE);

    if (large != NULL && !larges->sparing)
        madvise(large, size, MADV_HUGEPAGE);
    return large;
}

/* --- free ones --- */

static struct large *pop(struct larges *larges, unsigned class)
{
    struct large *large = larges->of[class].free;

    if (large == NULL)
        return NULL;
    poison_lift(large, large->size);
    larges->of[class].free = large->next;
    larges->kept -= large->size;
    if (larges->kept < larges->least)
        larges->least = larges->kept;
    return large;
}

static void push(struct larges *larges, struct large *large)
{
    const unsigned class = class_of(large->size);

    large->next = larges->of[class].free;
    larges->of[class].free = large;
    larges->kept += large->size;
    poison(large + 1, large->size - sizeof(*large));
}

/* With too many holes in its memory the system refuses; then only the pages go back. */
static bool discard(struct larges *larges, struct large *large)
{
    const size_t size = large->size;

    if (mapping_drop(large, size))
        return true;
    madvise(large, size, MADV_DONTNEED);
    large->size = size;
    push(larges, large);
    return false;
}

static struct large *new_slot(struct larges *larges, size_t size)
{
    const unsigned class = size > SLOT_MAX ? 0 : class_of(size);
    struct large *large;

    if (size > SLOT_MAX)
        return map_alone(larges, size);
    large = pop(larges, class);
    return large != NULL ? large : carve(larges, class, size);
}

struct large *larges_take(struct larges *larges, size_t capacity)
{
    size_t size;
    struct large *large;

    if (capacity > UINT32_MAX)
        return NULL;
    size = slot_size(capacity);
    large = new_slot(larges, size);
    if (large != NULL)
        *large = (struct large){.size = size, .capacity = size - sizeof(*large)};
    return large;
}

static bool stretch(struct large **large, size_t size)
{
    struct large *moved = mremap(*large, (*large)->size, size, MREMAP_MAYMOVE);

    if ((void *)moved == MAP_FAILED)
        return false;
    moved->size = size;
    moved->capacity = size - sizeof(*moved);
    *large = moved;
    return true;
}

bool larges_grow(struct larges *larges, struct large **large, size_t capacity)
{
    const size_t size = slot_size(capacity);
    struct large *grown;

    if ((*large)->size > SLOT_MAX && size > SLOT_MAX)
        return stretch(large, size);
    grown = larges_take(larges, capacity);
    if (grown == NULL)
        return false;
    assert(grown->capacity >= (*large)->len && (*large)->holders == 0);
    grown->len = (*large)->len;
    memcpy(grown->at, (*large)->at, grown->len);
    larges_give(larges, large);
    *large = grown;
    return true;
}

struct large *larges_swap(struct larges *larges, const struct large *large)
{
    return large->size > SLOT_MAX ? NULL : pop(larges, class_of(large->size));
}

void larges_give(struct larges *larges, struct large **large)
{
    const size_t limit = larges->limit == 0 ? LARGES_KEPT : larges->limit;

    assert((*large)->holders == 0);
    if ((*large)->size > SLOT_MAX)
        mapping_drop(*large, (*large)->size);
    else if (larges->kept + (*large)->size <= limit)
        push(larges, *large);
    else
        discard(larges, *large);
    *large = NULL;
}

void larges_give_all(struct larges *larges, struct large **list)
{
    struct large *large;

    while ((large = *list) != NULL) {
        *list = large->next;
        larges_give(larges, &large);
    }
}

/* Which of them is all the same, but it is never more than were not needed. */
void larges_trim(struct larges *larges)
{
    const size_t until = larges->kept - larges->least;
    unsigned class;

    for (class = 0; class < LARGE_CLASSES && larges->kept > until; class ++)
        while (larges->of[class].free != NULL &&
               larges->kept - larges->of[class].free->size >= until)
            if (!discard(larges, pop(larges, class)))
                break;
    larges->least = larges->kept;
}

void larges_fini(struct larges *larges)
{
    unsigned class;

    for (class = 0; class < LARGE_CLASSES; class ++) {
        struct large *large;

        while ((large = pop(larges, class)) != NULL)
            mapping_drop(large, large->size);
        mapping_drop(larges->of[class].fresh, larges->of[class].left);
    }
    *larges = (struct larges){.limit = larges->limit, .sparing = larges->sparing};
}

void larges_suit(struct larges *larges, size_t memory, size_t kept)
{
    const size_t share = memory / KEPT_SHARE < KEPT_LEAST ? KEPT_LEAST : memory / KEPT_SHARE;

    larges->sparing = memory < SMALL_STORE;
    larges->limit = larges->sparing && share < kept ? share : kept;
}

struct loan *large_lend(struct large *large, struct bytes text)
{
    struct loan *loan = malloc(sizeof(*loan));

    if (loan == NULL)
        return NULL;
    assert(text.at >= large->at && text.at + text.len <= large->at + large->capacity);
    large->holders++;
    large->loans++;
    *loan = (struct loan){.large = large, .text = text};
    return loan;
}
