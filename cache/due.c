#include "cache/due.h"

#include <string.h>

#include "cache/match.h"
#include "cache/page.h"
#include "cache/poison.h"

#define STEPS_PER_PAGE 4 /* looking through a dial, in steps of the wheel */

typedef uint8_t line __attribute__((vector_size(PAGE_LINE), may_alias));

/* A code for two neighbours. */
static inline uint32_t codes_of(uint32_t slots)
{
    return (slots + 1) / 2;
}

static uint32_t dial_size(uint32_t room)
{
    return (codes_of(room) + PAGE_LINE - 1) & ~(PAGE_LINE - 1);
}

static inline uint8_t *dial_of(const struct memory *memory, const struct page *page)
{
    return (uint8_t *)page_start(memory, page) + PAGES_SIZE - dial_size(page->room);
}

static inline uint8_t *code_of(const struct memory *memory, const struct page *page,
                               unsigned number)
{
    return dial_of(memory, page) + number / 2;
}

uint16_t due_room(uint32_t slot)
{
    uint32_t room = (uint32_t)(2 * PAGES_SIZE / (2 * slot + 1));

    while (room * slot + dial_size(room) > PAGES_SIZE)
        room--;
    return (uint16_t)room;
}

void due_init(struct memory *memory)
{
    wheel_init(&memory->wheel);
}

void due_open(struct memory *memory, struct page *page)
{
    uint8_t *dial = dial_of(memory, page);

    poison_lift(dial, dial_size(page->room));
    memset(dial, WHEEL_NEVER, dial_size(page->room));
    page->shown = memory->wheel.now;
    page->least = WHEEL_NEVER;
}

void due_close(struct page *page)
{
    if (page->least != WHEEL_NEVER)
        wheel_take_out(&page->pin);
    page->least = WHEEL_NEVER;
}

/* --- filing --- */

static void pin(struct memory *memory, struct page *page, uint8_t least)
{
    page->least = least;
    page->pin.due = wheel_start(page->shown, least);
    wheel_put(&memory->wheel, &page->pin);
}

/* The later the time that they refer to, the finer are the codes. */
static void show_present(const struct memory *memory, struct page *page)
{
    if (page->least == WHEEL_NEVER || page->pin.due > memory->wheel.now)
        page->shown = memory->wheel.now;
}

void due_file(struct memory *memory, const void *at, uint64_t tick)
{
    struct page *page = page_of(memory, at);
    uint8_t *filed = code_of(memory, page, page_number(page, at));
    uint8_t code;

    show_present(memory, page);
    code = wheel_code(page->shown, tick);
    if (code < *filed) /* else its neighbour is due before, or who was here */
        *filed = code;
    if (code >= page->least)
        return;
    if (page->least != WHEEL_NEVER)
        wheel_take_out(&page->pin);
    pin(memory, page, code);
}

/* --- looking --- */

static uint8_t least_on(const uint8_t *dial, uint32_t size)
{
    line least = (line){0} - 1;
    uint8_t result = WHEEL_NEVER;
    uint32_t i;

    for (i = 0; i < size; i += PAGE_LINE) {
        const line at = *(const line *)(const void *)(dial + i);
        const line less = (line)(at < least);

        least = (at & less) | (least & ~less);
    }
    for (i = 0; i < PAGE_LINE; i++)
        result = least[i] < result ? least[i] : result;
    return result;
}

/* The page's time goes on to its earliest moment, and what is due then is due now. */
static void strike(uint8_t *dial, uint32_t size, struct page *page)
{
    const line code = (line){0} + (uint8_t)page->least;
    uint32_t i;

    for (i = 0; i < size; i += PAGE_LINE) {
        line *at = (line *)(void *)(dial + i);

        *at &= ~(line)(*at == code); /* WHEEL_NOW is 0 */
    }
    page->shown = page->pin.due;
    page->least = WHEEL_NOW;
}

static bool is_free(const void *slot)
{
    return *(const uint8_t *)slot == 0;
}

/* The two of a code, unless they are free; how many. */
static unsigned take_pair(const struct memory *memory, const struct page *page, unsigned number,
                          void **slots)
{
    const unsigned end = number + 2 < page->cut ? number + 2 : page->cut;
    unsigned count = 0;

    for (; number < end; number++) {
        void *slot = page_slot(memory, page, number);

        if (!is_free(slot))
            slots[count++] = slot;
    }
    return count;
}

/* Those of a line of the dial that are marked; how many. */
static unsigned take_marked(const struct memory *memory, const struct page *page, uint32_t first,
                            uint64_t marks, void **slots, unsigned room)
{
    uint8_t *dial = dial_of(memory, page);
    unsigned count = 0;

    for (; marks != 0 && count + 2 <= room; marks &= marks - 1) {
        const unsigned code = first + match_lowest(marks);

        dial[code] = WHEEL_NEVER;
        count += take_pair(memory, page, 2 * code, slots + count);
    }
    return count;
}

static unsigned take_from(const struct memory *memory, const struct page *page, void **slots,
                          unsigned room)
{
    const uint8_t *dial = dial_of(memory, page);
    const uint32_t size = dial_size(page->cut);
    unsigned count = 0;
    uint32_t i;

    for (i = 0; i < size && count + 2 <= room; i += PAGE_LINE)
        count +=
            take_marked(memory, page, i, match(dial + i, WHEEL_NOW), slots + count, room - count);
    return count;
}

unsigned due_take(struct memory *memory, uint64_t tick, void **slots, unsigned room,
                  unsigned *steps)
{
    struct wheel_pin *next;
    unsigned count = 0;

    while (count == 0 && (next = wheel_next(&memory->wheel, tick, steps)) != NULL) {
        struct page *page =
            (struct page *)(void *)((char *)next - __builtin_offsetof(struct page, pin));
        uint8_t *dial = dial_of(memory, page);
        uint8_t least;

        *steps -= *steps < STEPS_PER_PAGE ? *steps : STEPS_PER_PAGE;
        if (page->least != WHEEL_NOW)
            strike(dial, dial_size(page->cut), page);
        count = take_from(memory, page, slots, room);
        least = least_on(dial, dial_size(page->cut));
        page->least = least;
        if (least != WHEEL_NEVER)
            pin(memory, page, least);
    }
    return count;
}

/* --- all of them --- */

#define PLACE_SLOTS 65536 /* a place is a page's number and a slot's */

static bool is_used(const struct page *page)
{
    return page->kind == MEMORY_EXPIRING && page->least != WHEEL_NEVER;
}

static void list_page(const struct memory *memory, const struct page *page, unsigned *first,
                      void **slots, unsigned *count, unsigned room)
{
    for (; *first < page->cut && *count < room; ++*first)
        if (*code_of(memory, page, *first) != WHEEL_NEVER &&
            !is_free(page_slot(memory, page, *first)))
            slots[(*count)++] = page_slot(memory, page, *first);
}

unsigned due_list(const struct memory *memory, uint64_t *place, void **slots, unsigned room)
{
    const size_t number = pages_from(&memory->pages, (size_t)(*place / PLACE_SLOTS));
    unsigned first = number == *place / PLACE_SLOTS ? (unsigned)(*place % PLACE_SLOTS) : 0;
    unsigned count = 0;
    const struct page *page;

    if (number == SIZE_MAX) {
        *place = DUE_THROUGH;
        return 0;
    }
    page = (const struct page *)pages_note(&memory->pages, number);
    if (is_used(page))
        list_page(memory, page, &first, slots, &count, room);
    *place = is_used(page) && first < page->cut ? number * PLACE_SLOTS + first
                                                : (number + 1) * PLACE_SLOTS;
    return count;
}

bool due_is_filed(const struct memory *memory, const void *at, uint64_t tick)
{
    const struct page *page = page_of(memory, at);
    const uint8_t code = *code_of(memory, page, page_number(page, at));
    const uint64_t start = wheel_start(page->shown, code);

    return page->kind == MEMORY_EXPIRING && code != WHEEL_NEVER && start <= tick &&
           page->least <= code && page->pin.due == wheel_start(page->shown, page->least) &&
           page->pin.due <= start;
}
