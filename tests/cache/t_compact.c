/* Keys with values of changing sizes: what is held follows what is used, and nothing gets lost. */
#include "cache/compact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/inside.h"
#include "cache/keyspace.h"
#include "cache/limit.h"
#include "cache/random.h"
#include "conf/settings.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000
#define KEYS 600000u
#define KEYS_MOST 4000000u
#define MIB ((size_t)1 << 20)

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct settings *settings;
static struct cache *cache;
static struct random dice = {.state = 5};
static char filler[40000];
static uint32_t lengths[KEYS_MOST]; /* of values; 0: no such key */

static void begin(void)
{
    settings = settings_new();
    cache = cache_new(&(struct cache_setup){
        .count = 1, .keyhash = &keyhash, .settings = settings, .seed = 7, .now = NOW});
    memset(lengths, 0, sizeof(lengths));
}

static void end(void)
{
    cache_free(cache);
    settings_free(settings);
}

static struct bytes key_of(unsigned number, char *room)
{
    cache_select(cache, number % 3);
    return bytes_new(room, (size_t)sprintf(room, "key:%012u", number));
}

static void set(unsigned number, size_t len)
{
    char room[32];
    const struct bytes key = key_of(number, room);

    keyspace_set(cache, key, keyspace_hash(cache, key), bytes_new(filler + number % 64, len),
                 number % 5 == 0 ? NOW + 1000 + number : ENTRY_FOREVER);
    lengths[number] = (uint32_t)len;
}

static void drop(unsigned number)
{
    char room[32];
    const struct bytes key = key_of(number, room);

    keyspace_delete(cache, key, keyspace_hash(cache, key));
    lengths[number] = 0;
}

static bool is_right(unsigned number)
{
    char room[32];
    const struct bytes key = key_of(number, room);
    const struct entry *entry = keyspace_peek(cache, key, keyspace_hash(cache, key));

    if (entry == NULL || lengths[number] == 0)
        return entry == NULL && lengths[number] == 0;
    return bytes_equal(entry_text(entry), bytes_new(filler + number % 64, lengths[number])) &&
           entry_has_expiry(entry) == (number % 5 == 0);
}

static bool all_are_right(void)
{
    unsigned number, wrong = 0;

    for (number = 0; number < KEYS; number++)
        wrong += !is_right(number);
    return wrong == 0;
}

static size_t held(void)
{
    return memory_held(&cache->memory);
}

static size_t used(void)
{
    return cache->memory.used;
}

static void settle(void)
{
    while (cache_turn(cache, 8) && compact_is_due(cache))
        ;
}

static void memory_follows_deletions(void)
{
    size_t full;
    unsigned number;

    begin();
    for (number = 0; number < KEYS; number++)
        set(number, 64);
    full = held();
    ok(!compact_is_due(cache), "while keys are added nothing needs to move");
    for (number = 0; number < KEYS; number++)
        if (random_below(&dice, 10) != 0)
            drop(number);
    ok(compact_is_due(cache), "when nine of ten are gone, here and there, something should");
    settle();
    ok(held() < full / 4 && held() < used() + used() / 10 + 5 * MIB,
       "then %zu bytes are held for %zu", held(), used());
    ok(all_are_right(), "and all that are left are there");
    end();
}

static void a_step_is_small(void)
{
    size_t before = 0;
    unsigned number, turns = 0;

    begin();
    for (number = 0; number < KEYS; number++)
        set(number, 64);
    for (number = 0; number < KEYS; number++)
        if (number % 4 != 0)
            drop(number);
    before = held();
    while (compact_is_due(cache) && cache_turn(cache, 1))
        turns++;
    ok(turns > 1000, "it takes %u turns of one step", turns);
    ok(held() < before / 2, "until half is given back");
    for (number = 0; number < KEYS; number++)
        if (number % 7 != 0 && lengths[number] != 0)
            drop(number);
    cache_turn(cache, 3);
    cache_select(cache, 0);
    keyspace_clear_all(cache);
    memset(lengths, 0, sizeof(lengths));
    while (cache_turn(cache, 100))
        ;
    ok(used() < MIB && held() < 4 * MIB, "clearing amid that gives back the rest: %zu", held());
    ok(all_are_right(), "and nothing is there");
    end();
}

static size_t phase_length(unsigned phase)
{
    static const size_t fixed[] = {64, 300, 2000};

    return phase < 3 ? fixed[phase]
                     : 1 + (size_t)random_below(&dice, 1u << random_below(&dice, 13));
}

/* What is in the cache is what was written last. */
static bool none_is_wrong(unsigned keys)
{
    char room[32];
    unsigned number, wrong = 0;

    for (number = 0; number < keys; number++) {
        const struct bytes key = key_of(number, room);

        if (keyspace_peek(cache, key, keyspace_hash(cache, key)) == NULL)
            lengths[number] = 0;
        wrong += !is_right(number);
    }
    return wrong == 0;
}

/* As the server does it. */
static void write_at_the_limit(unsigned number, size_t len)
{
    limit_admit(cache, 0);
    set(number, len);
    limit_settle(cache, 64);
    if (cache->memory.owed > 0)
        compact_pay(cache);
}

static void adopt_limit(size_t limit)
{
    struct why why;
    char text[32];

    sprintf(text, "%zu", limit);
    settings_set_text(settings, "maxmemory", text, &why);
    settings_set_text(settings, "maxmemory-policy", "allkeys-lru", &why);
    cache_adopt(cache, settings);
}

/* At the limit values of one size take the place of those of another. */
static void drift(size_t limit, unsigned turnovers)
{
    const unsigned keys = limit / 80 < KEYS_MOST ? (unsigned)(limit / 80) : KEYS_MOST;
    unsigned phase;

    begin();
    adopt_limit(limit);
    for (phase = 0; phase < 4; phase++) {
        size_t written = 0, most = 0, steps = 0;
        double least_use = 1;

        while (written < turnovers * limit) {
            const size_t len = phase_length(phase);

            write_at_the_limit((unsigned)random_below(&dice, keys), len);
            written += len + 30;
            if (++steps % 64 == 0)
                cache_turn(cache, 8);
            if (held() > most)
                most = held();
            if (cache->stats.evicted_keys > 0 && (double)used() / (double)limit < least_use)
                least_use = (double)used() / (double)limit;
        }
        ok((double)most < 1.10 * (double)limit, "phase %u: at most %.3f times the limit is held",
           phase, (double)most / (double)limit);
        ok(least_use > 0.92, "and at least %.3f of it is used", least_use);
    }
    ok(none_is_wrong(keys), "and all is right");
    end();
}

int main(void)
{
    const char *turnovers = getenv("CROFT_TEST_TURNOVERS"), *mib = getenv("CROFT_TEST_MIB");
    size_t i;

    for (i = 0; i < sizeof(filler); i++)
        filler[i] = (char)('a' + i % 61);
    memory_follows_deletions();
    a_step_is_small();
    drift((mib == NULL ? 48 : (size_t)atoi(mib)) * MIB,
          turnovers == NULL ? 2 : (unsigned)atoi(turnovers));
    return tap_done();
}
