#include "cache/ghosts.h"

#include "cache/random.h"
#include "tests/tap/tap.h"

static struct memory memory;
static struct ghosts ghosts;

static uint64_t hash_of(uint64_t key)
{
    struct random random = {key};

    return random_next(&random);
}

static void fit(uint64_t entries)
{
    unsigned i;

    for (i = 0; i < 100; i++)
        ghosts_fit(&ghosts, &memory, entries);
}

static void begin(uint64_t entries)
{
    ghosts_fini(&ghosts, &memory);
    fit(entries);
}

static unsigned known(uint64_t first, uint64_t last)
{
    unsigned count = 0;

    for (; first < last; first++)
        count += ghosts_recall(&ghosts, hash_of(first)) > 0;
    return count;
}

static void test_one(void)
{
    is_int(ghosts_recall(&ghosts, hash_of(1)), 0, "before the first eviction nothing is known");
    ghosts_remember(&ghosts, hash_of(1), 5);
    is_int(ghosts_recall(&ghosts, hash_of(1)), 0, "nor remembered");
    begin(1000);
    ghosts_remember(&ghosts, hash_of(1), 4);
    is_int(ghosts_recall(&ghosts, hash_of(2)), 0, "a key that was not here is new");
    is_int(ghosts_recall(&ghosts, hash_of(1)), 4, "one that was comes back with its count");
    is_int(ghosts_recall(&ghosts, hash_of(1)), 0, "once");
    ghosts_remember(&ghosts, hash_of(3), 100);
    is_int(ghosts_recall(&ghosts, hash_of(3)), 96, "larger counts are remembered roughly");
    ghosts_remember(&ghosts, hash_of(3), 255);
    is_int(ghosts_recall(&ghosts, hash_of(3)), 255, "the largest is the largest");
}

static void remember(uint64_t first, uint64_t last)
{
    for (; first < last; first++)
        ghosts_remember(&ghosts, hash_of(first), 1);
}

static void test_many(uint64_t entries)
{
    begin(entries);
    remember(0, 4 * entries);
    ok(known(4 * entries - entries / 2, 4 * entries) > entries / 2 * 8 / 10,
       "of half as many as %llu entries most are known", (unsigned long long)entries);
    begin(entries);
    remember(0, 4 * entries);
    ok(known(0, entries) < entries / 10, "of those before hardly any");
    ok(known(8 * entries, 9 * entries) < entries / 25 + 3, "of strangers hardly any");
}

static void test_memory(void)
{
    begin(1000);
    ok(memory.used <= 1000 * 4 + 200, "a thousand entries have 4 KB of ghosts at most: %zu",
       memory.used);
    begin(1000000);
    ok(memory.used <= 1000000 * 4 + 200, "a million have 4 MB at most: %zu", memory.used);
    ok(memory.used >= 1000000 * 2, "and 2 MB at least: %zu", memory.used);
    fit(100);
    ok(memory.used <= 1000, "few entries, few ghosts: %zu", memory.used);
    ghosts_fini(&ghosts, &memory);
    is_int(memory.used, 0, "none, none");
}

int main(void)
{
    test_one();
    test_many(100);
    test_many(5000);
    test_many(200000);
    test_memory();
    memory_fini(&memory);
    return tap_done();
}
