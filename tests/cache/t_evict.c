#include "cache/evict.h"

#include <stdio.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/keyspace.h"
#include "conf/settings.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000
#define LATER (NOW + 3600000)

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct settings *settings;
static struct cache *cache;
static char filler[100000];

static void set_policy(const char *policy)
{
    struct why why;

    ok(settings_set_text(settings, "maxmemory-policy", policy, &why), "%s:", policy);
}

static void begin(const char *policy)
{
    settings = settings_new();
    set_policy(policy);
    cache = cache_new(&(struct cache_setup){
        .count = 1, .keyhash = &keyhash, .settings = settings, .seed = 7, .now = NOW});
}

static void end(void)
{
    cache_free(cache);
    settings_free(settings);
}

static const struct cache_stats *stats(void)
{
    return cache_stats(cache);
}

static struct bytes name_of(char *into, const char *kind, unsigned number)
{
    snprintf(into, 32, "%s:%u", kind, number);
    return bytes_of(into);
}

static void set(const char *kind, unsigned number, size_t len, int64_t expiry)
{
    char name[32];
    const struct bytes key = name_of(name, kind, number);

    cache_stats(cache)->requests++;
    keyspace_set(cache, key, keyspace_hash(cache, key), bytes_new(filler, len), expiry);
}

static bool get(const char *kind, unsigned number)
{
    char name[32];
    const struct bytes key = name_of(name, kind, number);

    cache_stats(cache)->requests++;
    return keyspace_read(cache, key, keyspace_hash(cache, key)) != NULL;
}

static bool has(const char *kind, unsigned number)
{
    char name[32];
    const struct bytes key = name_of(name, kind, number);

    return keyspace_peek(cache, key, keyspace_hash(cache, key)) != NULL;
}

static void fill(const char *kind, unsigned count, size_t len, int64_t expiry)
{
    unsigned i;

    for (i = 0; i < count; i++)
        set(kind, i, len, expiry);
}

static unsigned left(const char *kind, unsigned count)
{
    unsigned found = 0;
    unsigned i;

    for (i = 0; i < count; i++)
        found += has(kind, i);
    return found;
}

static unsigned evict(unsigned count)
{
    unsigned done = 0;

    while (done < count && evict_one(cache))
        done++;
    return done;
}

static void test_nothing(void)
{
    begin("allkeys-lru");
    ok(!evict_one(cache), "where there is nothing nothing goes");
    set("key", 1, 10, ENTRY_FOREVER);
    ok(evict_one(cache), "the only key goes");
    is_int(stats()->evicted_keys, 1, "and is counted");
    ok(!has("key", 1) && !evict_one(cache), "then there is none");
    end();
    begin("noeviction");
    set("key", 1, 10, LATER);
    ok(!evict_one(cache) && has("key", 1), "nothing ever goes");
    end();
}

/* A set of keys that is used all the time and one that passes by. */
static void test_hot(const char *policy)
{
    unsigned round, i;

    begin(policy);
    fill("hot", 500, 50, LATER);
    fill("cold", 500, 50, LATER);
    for (round = 0; round < 20; round++) {
        for (i = 0; i < 500; i++)
            get("hot", i);
        for (i = 0; i < 200; i++) {
            evict_one(cache);
            set("passing", 200 * round + i, 50, LATER);
        }
    }
    ok(left("hot", 500) > 495, "what is in use stays: %u of 500", left("hot", 500));
    ok(left("passing", 4000) <= 500, "what passes by goes");
    is_int(stats()->evicted_keys, 4000, "every one that goes is counted");
    end();
}

static void test_size(const char *goal, unsigned least, unsigned most)
{
    struct why why;
    unsigned large;

    begin("allkeys-lru");
    ok(settings_set_text(settings, "eviction-goal", goal, &why), "eviction-goal %s:", goal);
    fill("large", 500, 2000, ENTRY_FOREVER);
    fill("small", 500, 20, ENTRY_FOREVER);
    evict(400);
    large = 500 - left("large", 500);
    ok(large >= least && large <= most, "of 400 that go %u are large", large);
    end();
}

static void test_huge(void)
{
    begin("allkeys-lru");
    fill("huge", 20, sizeof(filler), ENTRY_FOREVER);
    fill("small", 500, 20, ENTRY_FOREVER);
    evict(100);
    ok(left("huge", 20) < 4, "values in blocks of their own count as large: %u of 20 are left",
       left("huge", 20));
    end();
}

static void test_time(void)
{
    unsigned i;

    begin("volatile-ttl");
    for (i = 0; i < 1000; i++)
        set("key", i, 20, LATER + i * 1000);
    fill("lasting", 1000, 20, ENTRY_FOREVER);
    evict(500);
    ok(left("key", 500) < 60, "who would expire soon has gone: of 500 are left %u",
       left("key", 500));
    is_int(left("lasting", 1000), 1000, "keys without an expiry stay");
    is_int(evict(1000), 500, "when the others are gone");
    is_int(left("lasting", 1000), 1000, "they still do");
    end();
}

static void test_volatile(const char *policy)
{
    begin(policy);
    fill("lasting", 20000, 20, ENTRY_FOREVER);
    fill("passing", 3, 20, LATER);
    is_int(evict(10), 3, "the few keys with an expiry are found");
    is_int(left("lasting", 20000), 20000, "the others stay");
    end();
}

static void test_random(void)
{
    unsigned early, late;

    begin("allkeys-random");
    fill("early", 1000, 20, ENTRY_FOREVER);
    fill("late", 1000, 2000, ENTRY_FOREVER);
    evict(1000);
    early = left("early", 1000);
    late = left("late", 1000);
    ok(early > 400 && late > 400, "any go: %u and %u are left", early, late);
    is_int(early + late, 1000, "one at a time");
    end();
}

static void test_expired(void)
{
    begin("allkeys-lru");
    fill("lasting", 200, 20, ENTRY_FOREVER);
    fill("dead", 200, 20, NOW + 1000);
    cache_set_now(cache, NOW + 2000);
    evict(100);
    is_int(left("lasting", 200), 200, "keys whose time has come go first");
    ok(stats()->expired_keys > 90 && stats()->evicted_keys < 10, "and count as expired");
    end();
}

static void test_databases(void)
{
    begin("allkeys-lfu");
    cache_select(cache, 5);
    fill("key", 100, 20, ENTRY_FOREVER);
    cache_select(cache, 0);
    fill("key", 100, 20, ENTRY_FOREVER);
    is_int(evict(1000), 200, "all databases are emptied");
    is_int(left("key", 100), 0, "the selected one");
    cache_select(cache, 5);
    is_int(left("key", 100), 0, "and the others");
    end();
}

/* Which keys are left, as one number. */
static uint64_t outcome(void)
{
    uint64_t left_over = 0;
    unsigned i;

    begin("allkeys-lru");
    for (i = 0; i < 3000; i++) {
        get("key", i * 7 % 1000);
        set("key", i % 1500, i % 300, ENTRY_FOREVER);
        if (i % 3 == 0)
            evict_one(cache);
    }
    for (i = 0; i < 1500; i++)
        left_over = left_over * 31 + has("key", i);
    end();
    return left_over;
}

static uint32_t heat_of(const char *kind, unsigned number)
{
    char name[32];
    const struct bytes key = name_of(name, kind, number);

    return keyspace_peek(cache, key, keyspace_hash(cache, key))->heat;
}

static void test_heat(void)
{
    char name[32];
    const struct bytes key = name_of(name, "key", 1);

    begin("allkeys-lru");
    set("key", 1, 10, ENTRY_FOREVER);
    is_int(heat_count(heat_of("key", 1)), 1, "a new key was used once");
    get("key", 1);
    is_int(heat_count(heat_of("key", 1)), 2, "a read is a use");
    has("key", 1);
    is_int(heat_count(heat_of("key", 1)), 2, "a question about the key is none");
    set("key", 1, 10, ENTRY_FOREVER);
    is_int(heat_count(heat_of("key", 1)), 3, "a write is a use");
    set("key", 1, 1000, ENTRY_FOREVER);
    is_int(heat_count(heat_of("key", 1)), 4, "also one that needs another place");
    keyspace_expire(cache, key, keyspace_hash(cache, key), LATER);
    is_int(heat_count(heat_of("key", 1)), 4, "an expiry leaves the uses as they are");
    keyspace_resize(cache, key, keyspace_hash(cache, key), 5000);
    is_int(heat_count(heat_of("key", 1)), 5, "growing is a use");
    keyspace_resize(cache, key, keyspace_hash(cache, key), 50000);
    is_int(heat_count(heat_of("key", 1)), 6, "also to a block of its own");
    evict_one(cache);
    evict_one(cache);
    set("key", 1, 10, ENTRY_FOREVER);
    is_int(heat_count(heat_of("key", 1)), 1, "the first victim's past is not kept yet");
    fill("other", 100, 10, ENTRY_FOREVER);
    get("key", 1);
    evict(101);
    set("key", 1, 10, ENTRY_FOREVER);
    is_int(heat_count(heat_of("key", 1)), 3, "who comes back has its past");
    end();
}

int main(void)
{
    test_nothing();
    test_hot("allkeys-lru");
    test_hot("allkeys-lfu");
    test_hot("volatile-lru");
    test_hot("volatile-lfu");
    test_size("objects", 380, 400);
    test_size("bytes", 100, 400);
    test_huge();
    test_time();
    test_volatile("volatile-lru");
    test_volatile("volatile-lfu");
    test_volatile("volatile-ttl");
    test_volatile("volatile-random");
    test_random();
    test_expired();
    test_databases();
    ok(outcome() == outcome(), "the same seed, the same victims");
    test_heat();
    return tap_done();
}
