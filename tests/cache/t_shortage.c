/* Each change of the keyspace, with the first of its allocations refused, then the second, and so on: it
 * is done or it is not, and all that is there is counted. */
#include <stdio.h>
#include <stdlib.h>

#include "cache/args.h"
#include "cache/cache.h"
#include "cache/ensure.h"
#include "cache/entry.h"
#include "cache/keyspace.h"
#include "cache/random.h"
#include "cache/walk.h"
#include "tests/shortage/shortage.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000
#define FOR_EVER 1000000u
#define LONG 100000

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct cache *cache;
static char text[LONG];

static void begin(unsigned keys)
{
    const struct cache_setup setup = {.count = 1, .keyhash = &keyhash, .now = NOW};
    unsigned i;

    cache = cache_new(&setup);
    for (i = 0; i < keys; i++) {
        char key[32];

        snprintf(key, sizeof(key), "key:%u", i);
        keyspace_set(cache, bytes_of(key), keyspace_hash(cache, bytes_of(key)),
                     bytes_new(text, i % 300), i % 3 == 0 ? NOW + 100000 : ENTRY_FOREVER);
    }
}

/* --- what is there --- */

static void add(void *context, struct entry *entry)
{
    uint64_t *sum = context;

    *sum += keyhash_of(&keyhash, entry_key(entry)) * 3 + keyhash_of(&keyhash, entry_text(entry)) +
            (uint64_t)entry_expiry(entry);
}

/* The same for the same keys, values and expiries, however they lie. */
static uint64_t digest(void)
{
    uint64_t sum = 0, position = 0;

    do
        position = keyspace_scan(cache, position, add, &sum);
    while (position != 0);
    return sum;
}

static bool is_exact(void)
{
    struct cache_report report;
    uint64_t unfiled;
    unsigned turns;

    for (turns = 0; turns < 1000 && cache_turn(cache, 1000); turns++)
        ; /* what was forgotten is given back */
    cache_report(cache, &report);
    return walk_bytes(cache, &unfiled) == report.memory_used && unfiled == 0;
}

/* --- changes; true when it was done --- */

static bool set(const char *key, size_t len, int64_t expiry)
{
    return keyspace_set(cache, bytes_of(key), keyspace_hash(cache, bytes_of(key)),
                        bytes_new(text, len), expiry);
}

static bool set_short(void)
{
    return set("new", 10, ENTRY_FOREVER);
}

static bool set_longer(void)
{
    return set("key:1", 5000, ENTRY_FOREVER);
}

static bool set_large(void)
{
    return set("new", LONG, ENTRY_FOREVER);
}

static bool set_large_for_short(void)
{
    return set("key:1", LONG, NOW + 5000);
}

static bool set_long_key(void)
{
    return keyspace_set(cache, bytes_new(text, 1000), keyspace_hash(cache, bytes_new(text, 1000)),
                        bytes_of("value"), ENTRY_FOREVER);
}

static bool set_very_long_key(void)
{
    return keyspace_set(cache, bytes_new(text, 60000), keyspace_hash(cache, bytes_new(text, 60000)),
                        bytes_of("value"), NOW + 7000);
}

/* What is behind the old value need not be anything: nobody has written it yet. */
static bool resize(const char *key, size_t len)
{
    const uint64_t hash = keyspace_hash(cache, bytes_of(key));
    struct entry *entry = keyspace_resize(cache, bytes_of(key), hash, len);

    if (entry == NULL)
        return false;
    memset(entry_value_at(entry), 'r', len);
    entry_set_len(entry, len);
    return true;
}

static bool resize_short(void)
{
    return resize("key:2", 400);
}

static bool resize_to_large(void)
{
    return resize("key:2", 70000);
}

static bool resize_new(void)
{
    return resize("new", 70000);
}

/* Of a key that is there; without keys there is none. */
static bool expire(const char *key, int64_t expiry)
{
    const uint64_t hash = keyspace_hash(cache, bytes_of(key));

    return keyspace_peek(cache, bytes_of(key), hash) == NULL ||
           keyspace_expire(cache, bytes_of(key), hash, expiry);
}

static bool begin_to_expire(void)
{
    return expire("key:1", NOW + 9000);
}

static bool persist(void)
{
    return expire("key:3", ENTRY_FOREVER);
}

static bool clear(void)
{
    keyspace_clear(cache);
    return true;
}

static bool delete (void)
{
    keyspace_delete(cache, bytes_of("key:4"), keyspace_hash(cache, bytes_of("key:4")));
    return true;
}

struct change {
    const char *name;
    bool (*make)(void);
};

static const struct change changes[] = {
    {"a new key", set_short},
    {"a longer value", set_longer},
    {"a large value", set_large},
    {"a large value in place of a short one", set_large_for_short},
    {"a long key", set_long_key},
    {"a very long key", set_very_long_key},
    {"a value that grows", resize_short},
    {"a value that grows large", resize_to_large},
    {"an empty one with room", resize_new},
    {"a key that is to expire", begin_to_expire},
    {"a key that is not to expire any more", persist},
    {"a key that is deleted", delete},
    {"all is forgotten", clear},
};

/* Returns how many allocations it took. */
static unsigned try_all(const struct change *change, unsigned keys, uint64_t refused)
{
    bool right = true;
    uint64_t failed = 1;
    unsigned nth;

    for (nth = 0; failed > 0 && right; nth++) {
        uint64_t before;
        bool done;

        begin(keys);
        before = digest();
        shortage_after(nth, refused);
        done = change->make();
        shortage_end(&failed);
        right = is_exact() && (done || (failed > 0 && digest() == before));
        right = right && change->make() && is_exact();
        cache_free(cache);
    }
    ok(right, "%s, among %u, with %llu refused at once: it is done or nothing has changed",
       change->name, keys, (unsigned long long)refused);
    return nth;
}

static void each_change_is_done_or_not(void)
{
    static const unsigned keys[] = {0, 100, 3000};
    unsigned i, k, took = 0;

    for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
            took += try_all(&changes[i], keys[k], 1);
            took += try_all(&changes[i], keys[k], FOR_EVER);
        }
    ok(took > 2 * sizeof(changes) / sizeof(changes[0]), "some were refused");
}

/* Growing tables without memory only makes chains longer. */
static void a_map_that_cannot_grow_holds_what_it_gets(void)
{
    unsigned i, done = 0;

    begin(0);
    for (i = 0; i < 20000; i++) {
        char key[32];

        snprintf(key, sizeof(key), "grown:%u", i);
        if (i % 3 == 0)
            shortage_after(i % 5, 2);
        done += set(key, 20, i % 2 == 0 ? ENTRY_FOREVER : NOW + (int64_t)i * 1000);
        shortage_end(NULL);
    }
    is_int((int64_t)keyspace_count(cache), done, "%u of 20000 keys were set and are there", done);
    ok(is_exact(), "all of them are counted");
    cache_free(cache);
}

/* --- many at once --- */

#define PAIRS_MOST 200

static void fill(struct args *args, struct bytes *words, char (*names)[32], struct random *random)
{
    const unsigned pairs = 1 + (unsigned)random_below(random, PAIRS_MOST);
    const unsigned sizes[] = {10, 100, 1000, 8000, 30000};
    const unsigned most = sizes[random_below(random, 5)];
    unsigned i;

    words[0] = bytes_of("MSET");
    for (i = 0; i < pairs; i++) {
        snprintf(names[i], sizeof(names[i]), "pair:%u", (unsigned)random_below(random, 5000));
        words[1 + 2 * i] = bytes_of(names[i]);
        words[2 + 2 * i] = bytes_new(text, random_below(random, most));
    }
    *args = (struct args){.words = words, .count = 1 + 2 * pairs};
}

static bool set_all(const struct args *args)
{
    uint32_t i;

    for (i = 1; i < args->count; i += 2)
        if (!keyspace_set(cache, args_word(args, i), keyspace_hash(cache, args_word(args, i)),
                          args_word(args, i + 1), ENTRY_FOREVER))
            return false;
    return true;
}

static void what_was_ensured_is_there(void)
{
    static struct bytes words[1 + 2 * PAIRS_MOST];
    static char names[PAIRS_MOST][32];
    struct random random;
    struct args args;
    unsigned i, done = 0, refused = 0;

    random_seed(&random, 7);
    begin(100);
    for (i = 0; i < 1000; i++) {
        bool ensured;

        fill(&args, words, names, &random);
        shortage_after(random_below(&random, 3), i % 4 == 0 ? 100 : 0);
        ensured = ensure_there_are(cache, ensure_pages(&args));
        refused += !ensured;
        shortage_after(0, FOR_EVER);
        if (ensured && set_all(&args))
            done++;
        shortage_end(NULL);
    }
    is_int(done + refused, 1000, "whatever was ensured is written whole without asking the system");
    ok(refused > 0 && done > 500, "some were refused, before anything was written");
    ok(is_exact(), "all is counted");
    cache_free(cache);
}

int main(void)
{
    memset(text, 'x', sizeof(text));
    each_change_is_done_or_not();
    a_map_that_cannot_grow_holds_what_it_gets();
    what_was_ensured_is_there();
    return tap_done();
}
