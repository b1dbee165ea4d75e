/* Slots and when they are due, against a plain list. */
#include "cache/due.h"

#include <stdlib.h>
#include <string.h>

#include "cache/random.h"
#include "tests/tap/tap.h"

#define BEGAN 6640625000ULL
#define SLOTS 30000u

static struct random dice = {.state = 9};
static struct memory memory;
static char *slots[SLOTS];   /* NULL: none */
static uint64_t dues[SLOTS]; /* when it is due */
static uint64_t tick = BEGAN;

static unsigned scale(void)
{
    const char *percent = getenv("CROFT_TEST_SCALE");

    return percent == NULL ? 100 : (unsigned)atoi(percent);
}

static uint64_t some_distance(void)
{
    return 1 + random_below(&dice, 1ULL << random_below(&dice, 30));
}

/* The number is in the slot, so that it can be found again. */
static void take(unsigned number, size_t size, uint64_t distance)
{
    slots[number] = memory_take(&memory, MEMORY_EXPIRING, size);
    slots[number][0] = 1;
    memcpy(slots[number] + 4, &number, sizeof(number));
    dues[number] = tick + distance;
    due_file(&memory, slots[number], dues[number]);
}

static void give(unsigned number)
{
    memory_give(&memory, slots[number]);
    slots[number] = NULL;
}

static unsigned number_in(const void *slot)
{
    unsigned number;

    memcpy(&number, (const char *)slot + 4, sizeof(number));
    return number;
}

/* Does to a slot what may be done: free it, move its time forth or back; or makes one. */
static void change(unsigned number)
{
    static const size_t sizes[] = {8, 24, 104, 700, 5000, 20000};

    if (slots[number] == NULL) {
        take(number, sizes[random_below(&dice, 4 + random_below(&dice, 3))], some_distance());
    } else if (random_below(&dice, 3) == 0) {
        give(number);
    } else {
        const uint64_t due = tick + some_distance();

        if (due < dues[number])
            due_file(&memory, slots[number], due);
        dues[number] = due;
    }
}

/* Looks at all that is to be looked at. */
static bool look(unsigned *handed)
{
    void *found[7];
    bool right = true;
    unsigned count, i;

    do {
        unsigned steps = 1 + (unsigned)random_below(&dice, 100);

        count = due_take(&memory, tick, found, 2 + (unsigned)random_below(&dice, 6), &steps);
        for (i = 0; i < count; i++) {
            const unsigned number = number_in(found[i]);

            right &= slots[number] == found[i];
            ++*handed;
            if (dues[number] <= tick)
                give(number);
            else
                due_file(&memory, slots[number], dues[number]);
        }
    } while (count > 0 || !due_is_through(&memory, tick));
    for (i = 0; i < SLOTS; i++)
        right &= slots[i] == NULL || (dues[i] > tick && due_is_filed(&memory, slots[i], dues[i]));
    return right;
}

static void all_are_found_in_time(void)
{
    unsigned handed = 0, made = 0, round, i;
    bool right = true;

    for (round = 0; round < 3 * scale(); round++) {
        const unsigned changes = (unsigned)random_below(&dice, 3000);

        for (i = 0; i < changes; i++) {
            const unsigned number = (unsigned)random_below(&dice, SLOTS);

            made += slots[number] == NULL;
            change(number);
        }
        tick += random_below(&dice, 2) == 0 ? random_below(&dice, 3) : some_distance() / 64;
        right &= look(&handed);
    }
    ok(right, "whatever is due is found, at once, and nothing is missed");
    ok(handed < made * 8, "a slot is looked at a few times only (%u times, %u slots)", handed,
       made);
    for (i = 0; i < SLOTS; i++)
        if (slots[i] != NULL)
            give(i);
    is_int(memory.used, 0, "and all is given back");
}

static void what_is_not_due_costs_nothing(void)
{
    void *found[16];
    unsigned steps = 1000000, i;

    tick = (tick | 0xfffff) + 1; /* where none of the moments below is beyond the end of a wheel */
    due_take(&memory, tick, found, 16, &steps);
    steps = 1000000;
    for (i = 0; i < 1000; i++)
        take(i, 104, 100000);
    is_int(due_take(&memory, tick + 60000, found, 16, &steps), 0, "nothing is due");
    ok(steps > 1000000 - 100, "and hardly anything is looked at (%u steps)", 1000000 - steps);
    for (i = 0; i < 1000; i++)
        give(i);
}

/* Its own, and 64 of a page's note, which others have as well. */
static void a_slot_costs_half_a_byte_more(void)
{
    const size_t before = memory_held(&memory);
    const unsigned pages = 20, room = (2 * PAGES_SIZE - 32) / (2 * 96 + 1); /* a line may be cut */
    unsigned i;

    for (i = 0; i < pages * room; i++)
        take(i, 96, 1000);
    ok(memory_held(&memory) <= before + pages * PAGES_SIZE, "%u slots of 96 bytes lie in a page",
       room);
    for (i = 0; i < pages * room; i++)
        give(i);
}

int main(void)
{
    all_are_found_in_time();
    what_is_not_due_costs_nothing();
    a_slot_costs_half_a_byte_more();
    memory_fini(&memory);
    return tap_done();
}
