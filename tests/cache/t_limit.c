/* A cache with a limit: never above it by more than the slack, whatever is written; who is refused
 * changes nothing. */
#include "cache/limit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/keyspace.h"
#include "cache/random.h"
#include "cache/walk.h"
#include "conf/settings.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000
#define OOM "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
#define KIB 1024
#define MIB (1024 * KIB)

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct settings settings;
static struct cache *cache;
static struct reply reply;
static size_t highest; /* above the limit after any command */
static char filler[8 * MIB];

static void begin(int64_t maxmemory, int policy)
{
    const struct cache_setup setup = {
        .count = 1, .keyhash = &keyhash, .seed = 7, .now = NOW, .settings = &settings};

    settings = (struct settings){.maxmemory = maxmemory,
                                 .maxmemory_policy = policy,
                                 .maxmemory_samples = 5,
                                 .proto_max_bulk_len = 512 * MIB};
    cache = cache_new(&setup);
    highest = 0;
}

static void end(void)
{
    struct cache_report report;
    uint64_t unfiled;
    const uint64_t walked = walk_bytes(cache, &unfiled);

    cache_report(cache, &report);
    is_int(report.memory_used, walked, "what is counted is what there is");
    is_int(unfiled, 0, "and all that expires will be found");
    cache_free(cache);
}

static const struct command *row_of(const char *name)
{
    const struct command *row;

    for (row = strings_family.rows; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    for (row = keys_family.rows; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    tap_bail("there is no command %s", name);
}

static void run(const char *name, struct bytes *words, uint32_t count)
{
    struct args args = {.words = words, .count = count};
    uint64_t charge;

    args.hash = keyspace_hash(cache, words[1]);
    reply_reset(&reply, 2);
    cache_run(cache, row_of(name), &args, &reply, 0);
    charge = cache_charge(cache);
    if (settings.maxmemory != 0 && charge > (uint64_t)settings.maxmemory + highest)
        highest = charge - (size_t)settings.maxmemory;
}

static bool says(const char *expected)
{
    return reply.len == strlen(expected) && memcmp(reply.at, expected, reply.len) == 0;
}

static bool set(unsigned key, size_t len)
{
    char name[32];
    struct bytes words[3] = {bytes_of("set"), {name, 0}, {filler, len}};

    words[1].len = (size_t)sprintf(name, "key:%08u", key);
    run("set", words, 3);
    return says("+OK\r\n");
}

static void ask(const char *name, const char *key, const char *more)
{
    struct bytes words[3] = {bytes_of(name), bytes_of(key), bytes_of(more == NULL ? "" : more)};

    run(name, words, more == NULL ? 2 : 3);
}

static uint64_t keys(void)
{
    return keyspace_count(cache);
}

static void who_may_not_grow_is_refused(void)
{
    unsigned key = 0;
    uint64_t held;

    begin(200 * KIB, POLICY_NOEVICTION);
    while (set(key, 100))
        key++;
    ok(says(OOM), "with noeviction a write is refused in the end");
    ok(key > 1000 && keys() == key, "not before it is full: %u keys", key);
    held = keys();
    ask("incr", "new", NULL);
    ok(says(OOM) && keys() == held, "so are others that may grow");
    ask("append", "key:00000001", "x");
    ok(says(OOM), "also those to keys that are there");
    ask("get", "key:00000001", NULL);
    ok(!reply.failed, "who reads is not");
    ask("del", "key:00000001", NULL);
    ok(says(":1\r\n"), "nor who deletes");
    for (key = 2; key < 10; key++) {
        char name[32];

        sprintf(name, "key:%08u", key);
        ask("del", name, NULL);
    }
    ok(set(1, 100), "and then there is room again");
    ok(highest < 64 * KIB, "never much above the limit: %zu", highest);
    end();
}

static void sizes_of_all_kinds(int policy, int64_t maxmemory)
{
    struct random random;
    bool right = true;
    unsigned i;

    begin(maxmemory, policy);
    random_seed(&random, 3);
    for (i = 0; i < 20000; i++) {
        const unsigned kind = (unsigned)random_below(&random, 100);
        const size_t len = kind < 80   ? random_below(&random, 500)
                           : kind < 98 ? random_below(&random, 20000)
                                       : random_below(&random, (uint64_t)maxmemory / 2);

        right &= set((unsigned)random_below(&random, 100000), len);
    }
    ok(right, "policy %d, limit %lld: nothing is refused", policy, (long long)maxmemory);
    ok(highest <= LIMIT_SLACK, "... never more than the slack above it: %zu", highest);
    ok(cache_charge(cache) > (uint64_t)maxmemory / 3 && cache_stats(cache)->evicted_keys > 0,
       "... which is used: %llu", (unsigned long long)cache_charge(cache));
    end();
}

/* Log-normal, 16 bytes to 512 KiB, a length for each key; small numbers of keys are asked for more. */
static size_t length_of(unsigned key)
{
    struct random random;
    double sum = -6;
    unsigned i;

    random_seed(&random, key);
    for (i = 0; i < 12; i++)
        sum += (double)random_below(&random, 1 << 20) / (1 << 20);
    sum = 1600 * exp(1.2 * sum);
    return sum < 16 ? 16 : sum > 512 * KIB ? 512 * KIB : (size_t)sum;
}

/* Blocks of many sizes can be moved again and again without a page getting free: then keys must go. */
static void moving_together_comes_to_an_end(uint64_t seed)
{
    struct random random;
    bool right = true;
    unsigned i;

    begin(16 * MIB, POLICY_ALLKEYS_LRU);
    random_seed(&random, seed);
    for (i = 0; i < 100000; i++) {
        const double part = (double)random_below(&random, 1 << 20) / (1 << 20);
        const unsigned key = (unsigned)exp(part * log(20000));

        right &= set(key, length_of(key));
    }
    ok(right && highest <= LIMIT_SLACK, "sizes of all kinds have an end: %zu above", highest);
    end();
}

static void one_that_is_too_large_is_refused(void)
{
    begin(MIB, POLICY_ALLKEYS_LRU);
    ok(set(1, 100) && !set(2, 2 * MIB) && says(OOM), "what can never fit is refused");
    is_int(keys(), 1, "and costs nobody anything");
    ok(set(2, 700 * KIB) && set(3, 700 * KIB), "others have to go for one that fits");
    ok(cache_charge(cache) <= MIB, "and it does");
    end();
}

static void a_smaller_limit_is_reached_in_slices(void)
{
    struct settings smaller;
    unsigned key, turns = 0;

    begin(4 * MIB, POLICY_ALLKEYS_RANDOM);
    for (key = 0; key < 20000; key++)
        set(key, 100);
    smaller = settings;
    smaller.maxmemory = MIB;
    cache_adopt(cache, &smaller);
    ok(cache_is_untidy(cache), "with a smaller limit there is something to do");
    while (cache_turn(cache, 8))
        turns++;
    ok(cache_charge(cache) <= MIB && turns > 100, "it is done in %u turns", turns);
    smaller.maxmemory = 0;
    cache_adopt(cache, &smaller);
    ok(!cache_is_untidy(cache) && set(1, 100), "without one there is nothing to do");
    end();
}

static void what_was_cleared_makes_room(void)
{
    unsigned key = 0;

    begin(4 * MIB, POLICY_NOEVICTION);
    while (set(key, 100))
        key++;
    keyspace_clear_all(cache);
    ok(set(1, 100), "who comes after FLUSHALL is served at once");
    for (key = 0; key < 10000; key++)
        if (!set(key, 100))
            break;
    is_int(key, 10000, "so are the others, while what was cleared is freed");
    ok(highest < 64 * KIB, "without going above the limit: %zu", highest);
    end();
}

static void volatile_keys_only(void)
{
    unsigned key = 0;

    begin(200 * KIB, POLICY_VOLATILE_TTL);
    while (set(key, 100))
        key++;
    ok(says(OOM), "without keys that may go a write is refused");
    is_int(cache_stats(cache)->evicted_keys, 0, "and none goes");
    end();
}

int main(void)
{
    reply_init(&reply);
    who_may_not_grow_is_refused();
    sizes_of_all_kinds(POLICY_ALLKEYS_LRU, MIB);
    sizes_of_all_kinds(POLICY_ALLKEYS_LFU, 4 * MIB);
    sizes_of_all_kinds(POLICY_ALLKEYS_RANDOM, 16 * MIB);
    moving_together_comes_to_an_end(24);
    one_that_is_too_large_is_refused();
    a_smaller_limit_is_reached_in_slices();
    what_was_cleared_makes_room();
    volatile_keys_only();
    reply_fini(&reply);
    return tap_done();
}
