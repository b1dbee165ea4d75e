#include "cache/worth.h"

#include "tests/tap/tap.h"

#define ENTRIES 1000
#define ROUNDS 2000

static struct heat_clock hours;
static struct worth worth;

static uint32_t heat_of(uint32_t count)
{
    return heat_make(&hours, count);
}

static float of(uint32_t count, uint32_t age)
{
    return worth_of(&worth, heat_of(count), age);
}

static void begin(void)
{
    heat_clock_init(&hours, 0);
    worth_init(&worth, &hours);
}

/* Each eviction: a tick, looks at entries of these two kinds, and so many uses of each. */
struct kind {
    uint32_t count, age;
    unsigned looks, uses; /* per eviction */
};

static void live(const struct kind *kinds, unsigned count)
{
    unsigned round, i, k;

    for (round = 0; round < ROUNDS; round++) {
        heat_clock_tick(&hours);
        for (i = 0; i < count; i++) {
            for (k = 0; k < kinds[i].looks; k++)
                worth_note_look(&worth, heat_of(kinds[i].count), kinds[i].age);
            for (k = 0; k < kinds[i].uses; k++)
                worth_note_use(&worth, heat_of(kinds[i].count), kinds[i].age);
        }
        worth_learn(&worth, &hours, ENTRIES);
    }
}

static void test_guess(void)
{
    begin();
    ok(of(8, 10) > of(1, 10), "at first what was used more is worth more");
    ok(of(8, 10) > of(8, 1000), "and what was used lately");
    ok(of(1, 0) > 0 && of(255, HEAT_OLDEST) > 0, "everything is worth something");
}

static void test_frequency(void)
{
    const struct kind kinds[] = {{1, 100, 8, 1}, {8, 100, 8, 4}};

    begin();
    live(kinds, 2);
    ok(of(8, 100) > 3 * of(1, 100) && of(8, 100) < 5 * of(1, 100),
       "what is used four times as often is worth four times as much: %g, %g", of(8, 100),
       of(1, 100));
}

/* 1,000 entries, half of them looked at are of a kind: 500 are; 4 uses per tick are one in 125. */
static void test_hazard(void)
{
    const struct kind kinds[] = {{1, 1 << 20, 8, 0}, {8, 1 << 20, 8, 4}};

    begin();
    live(kinds, 2);
    ok(of(8, 1 << 20) > 0.9f * 4 / 500 && of(8, 1 << 20) < 1.1f * 4 / 500, "in uses per tick: %g",
       of(8, 1 << 20));
}

/* Of a loop all ages are seen up to that at which it comes round. */
static void test_loops(void)
{
    const struct kind kinds[] = {{47, 2, 2, 0},   {47, 5, 2, 0},  {47, 11, 2, 0},  {47, 23, 2, 0},
                                 {47, 47, 2, 0},  {47, 95, 2, 0}, {47, 191, 2, 0}, {47, 383, 2, 0},
                                 {47, 767, 2, 2}, {1, 11, 16, 0}};

    begin();
    live(kinds, 10);
    ok(of(47, 767) > 2 * of(47, 11), "in a loop what was used lately is worth less: %g, %g",
       of(47, 767), of(47, 11));
    ok(of(47, 383) > of(47, 11), "the closer the next use the more");
    ok(of(47, 11) > 2 * of(1, 11), "yet more than what is in no loop: %g", of(1, 11));
}

/* What was seen of ages 11 and 23 says something of the ages between. */
static void test_between(void)
{
    const struct kind kinds[] = {{1, 11, 8, 4}, {1, 23, 8, 2}, {47, 11, 8, 8}, {47, 23, 8, 4}};

    begin();
    live(kinds, 4);
    ok(of(1, 11) > of(1, 15) && of(1, 15) > of(1, 19) && of(1, 19) > of(1, 23),
       "the worth of the ages between two classes is between theirs: %g, %g, %g, %g", of(1, 11),
       of(1, 15), of(1, 19), of(1, 23));
    ok(of(33, 11) < of(40, 11) && of(40, 11) < of(47, 11), "and so with counts: %g, %g, %g",
       of(33, 11), of(40, 11), of(47, 11));
    ok(of(255, HEAT_TICK_MASK) > 0 && of(0, 0) > 0, "at both ends there is one class only");
}

static void test_change(void)
{
    const struct kind before[] = {{1, 100, 8, 0}, {8, 100, 8, 4}};
    const struct kind after[] = {{1, 100, 8, 4}, {8, 100, 8, 0}};

    begin();
    live(before, 2);
    live(after, 2);
    live(after, 2);
    live(after, 2);
    ok(of(1, 100) > 2 * of(8, 100), "what was learned is forgotten when it is no longer true");
}

static void test_classes(void)
{
    begin();
    is_int(worth_count_class(heat_of(1)), 0, "counts: 1");
    is_int(worth_count_class(heat_of(3)), 1, "2 and 3");
    is_int(worth_count_class(heat_of(255)), WORTH_COUNTS - 1, "... 128 and more");
    is_int(worth_age_class(0), 0, "ages: 0");
    is_int(worth_age_class(1), 1, "1");
    is_int(worth_age_class(3), 2, "2 and 3");
    is_int(worth_age_class(HEAT_TICK_MASK), WORTH_AGES - 1, "... the oldest");
}

int main(void)
{
    test_classes();
    test_guess();
    test_frequency();
    test_hazard();
    test_loops();
    test_between();
    test_change();
    return tap_done();
}
