#include "cache/cache.h"

#include "cache/command.h"
#include "cache/keyspace.h"
#include "conf/settings.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000

static const struct keyhash keyhash = {.secret = {1, 2}};
static const struct settings settings;

static struct cache *make(unsigned index, unsigned count)
{
    const struct cache_setup setup = {
        .index = index, .count = count, .keyhash = &keyhash, .settings = &settings, .now = NOW};

    return cache_new(&setup);
}

static void set(struct cache *cache, const char *key, int64_t expiry)
{
    const struct bytes bytes = bytes_of(key);

    keyspace_set(cache, bytes, keyspace_hash(cache, bytes), bytes, expiry);
}

static bool has(struct cache *cache, const char *key)
{
    return keyspace_peek(cache, bytes_of(key), keyspace_hash(cache, bytes_of(key))) != NULL;
}

static void a_cache_knows_what_it_was_told(void)
{
    static const struct settings others;
    struct cache *cache = make(3, 7);

    is_int(cache_index(cache), 3, "which it is");
    is_int(cache_count(cache), 7, "of how many");
    is_int(cache_now(cache), NOW, "what time it is");
    cache_set_now(cache, NOW + 1);
    is_int(cache_now(cache), NOW + 1, "and what time it is now");
    ok(cache_settings(cache) == &settings, "what is set");
    cache_adopt(cache, &others);
    ok(cache_settings(cache) == &others, "and what is set now");
    cache_free(cache);
}

static void databases_are_apart(void)
{
    struct cache *cache = make(0, 1);

    set(cache, "zero", ENTRY_FOREVER);
    cache_select(cache, CACHE_DATABASES_MAX - 1);
    ok(!has(cache, "zero"), "a key of one is not in another");
    set(cache, "last", ENTRY_FOREVER);
    cache_select(cache, 0);
    ok(has(cache, "zero") && !has(cache, "last"), "nor the other way round");
    cache_free(cache);
}

static void answer_with_key(struct cache *cache, struct args *args, struct reply *reply)
{
    reply_int(reply, has(cache, "here") ? 10 + args->count : args->count);
}

static void a_command_runs_in_its_database(void)
{
    const struct command command = {.name = "probe", .on_cache = answer_with_key};
    struct bytes words[2] = {bytes_of("probe"), bytes_of("x")};
    struct args args = {.words = words, .count = 2};
    struct cache *cache = make(0, 1);
    struct reply reply;

    cache_select(cache, 5);
    set(cache, "here", ENTRY_FOREVER);
    reply_init(&reply);
    reply_reset(&reply, 2);
    cache_run(cache, &command, &args, &reply, 5);
    is_bytes(reply.at, reply.len, ":12\r\n", 5, "with its words");
    reply_reset(&reply, 2);
    cache_run(cache, &command, &args, &reply, 4);
    is_bytes(reply.at, reply.len, ":2\r\n", 4, "and in no other");
    is_int(cache_stats(cache)->requests, 2, "and is counted");
    reply_fini(&reply);
    cache_free(cache);
}

static void it_tells_what_it_holds(void)
{
    struct cache *cache = make(0, 1);
    struct cache_report report;
    uint64_t peak;

    cache_report(cache, &report);
    is_int(report.memory_used, 0, "nothing is used at first");
    set(cache, "a", ENTRY_FOREVER);
    set(cache, "b", NOW + 10);
    cache_select(cache, 2);
    set(cache, "c", NOW + 10);
    cache_report(cache, &report);
    is_int(report.databases[0].keys, 2, "keys are counted");
    is_int(report.databases[0].expiring, 1, "and those that will expire");
    is_int(report.databases[1].keys, 0, "in each database");
    is_int(report.databases[2].keys, 1, "apart");
    is_int(report.stats.changes, 3, "with the counters");
    is_int(report.memory_used - report.memory_overhead, (16 - 8) + 2 * (24 - 8),
           "all but the overhead is keys, values and expiries, in slots of eights");
    is_int(report.databases[0].overhead + report.databases[2].overhead, report.memory_overhead,
           "which is that of the databases");
    peak = report.memory_used;
    is_int(report.memory_peak, peak, "the peak is now");
    keyspace_clear_all(cache);
    while (cache_turn(cache, 10))
        ;
    cache_report(cache, &report);
    is_int(report.memory_used, 0, "nothing is used when all is cleared");
    is_int(report.memory_peak, peak, "the peak remains");
    cache_reset_stats(cache);
    cache_report(cache, &report);
    is_int(report.stats.changes, 0, "counters can be reset");
    cache_free(cache);
}

/* --- what was found ahead of the command --- */

static struct entry *foresee(struct cache *cache, const char *key)
{
    const uint64_t hash = keyspace_hash(cache, bytes_of(key));

    const struct bucket *bucket = cache_prefetch_bucket(cache, 0, hash);
    struct entry *likely;
    uint32_t spill;

    cache_look_ahead(cache);
    spill = cache_prefetch_entry(cache, bucket, hash, &likely);
    while (spill != 0)
        spill = cache_prefetch_spilled(cache, spill, hash, &likely);
    return likely;
}

static void prefetching_needs_no_data(void)
{
    struct cache *cache = make(0, 1);

    ok(cache_prefetch_bucket(cache, 7, 123) == NULL, "without a map there is no bucket");
    set(cache, "a", ENTRY_FOREVER);
    ok(foresee(cache, "b") == NULL, "a key that is not there is not found");
    ok(foresee(cache, "a") != NULL, "one that is there is");
    ok(has(cache, "a"), "and changes none");
    cache_free(cache);
}

static struct entry *present;
static struct entry *absent;

static void look(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct bytes key = args_word(args, 1);

    (void)reply;
    present = keyspace_peek(cache, key, args->hash);
    cache_select(cache, 1);
    absent = keyspace_peek(cache, key, args->hash);
    cache_select(cache, 0);
}

/* Runs `look` for a key when `likely` was foreseen. True when it found the key, and in no other
 * database. */
static bool finds(struct cache *cache, const char *key, struct entry *likely)
{
    const struct command command = {.name = "look", .on_cache = look};
    struct bytes words[2] = {bytes_of("look"), bytes_of(key)};
    struct args args = {.words = words, .count = 2};

    args.hash = keyspace_hash(cache, words[1]);
    cache_run_usual(cache, &command, &args, NULL, 0, likely);
    return present != NULL && bytes_equal(entry_key(present), words[1]) && absent == NULL;
}

static void what_was_foreseen_is_found(void)
{
    struct cache *cache = make(0, 1);
    struct entry *likely;

    set(cache, "a key that is here", ENTRY_FOREVER);
    set(cache, "one that is elsewhere", ENTRY_FOREVER);
    likely = foresee(cache, "a key that is here");
    ok(likely != NULL, "a key is foreseen");
    ok(finds(cache, "a key that is here", likely), "and found, in its own database only");
    ok(finds(cache, "one that is elsewhere", likely), "another key is found all the same");
    ok(finds(cache, "a key that is here", NULL), "so is one that was not foreseen");
    ok(!finds(cache, "one that is nowhere", likely), "what is nowhere is not found");
    cache_free(cache);
}

static void what_is_gone_was_foreseen_in_vain(void)
{
    struct cache *cache = make(0, 1);
    const struct bytes key = bytes_of("a key that is here");
    struct entry *likely;

    set(cache, "a key that is here", ENTRY_FOREVER);
    likely = foresee(cache, "a key that is here");
    keyspace_delete(cache, key, keyspace_hash(cache, key));
    ok(!finds(cache, "a key that is here", likely), "a deleted key");
    set(cache, "a key that is here", ENTRY_FOREVER);
    likely = foresee(cache, "a key that is here");
    set(cache, "a key that is here", NOW + 1000);
    ok(finds(cache, "a key that is here", likely) && present != likely, "one that has moved");
    likely = foresee(cache, "a key that is here");
    cache_set_now(cache, NOW + 1001);
    ok(!finds(cache, "a key that is here", likely), "one whose time has come");
    set(cache, "a key that is here", ENTRY_FOREVER);
    likely = foresee(cache, "a key that is here");
    keyspace_clear(cache);
    set(cache, "something else to look at", ENTRY_FOREVER);
    ok(!finds(cache, "a key that is here", likely), "one of a database that was cleared");
    cache_free(cache);
}

static void there_is_work_while_keys_expire(void)
{
    struct cache *cache = make(0, 1);

    ok(!cache_has_expiring(cache) && !cache_turn(cache, 10), "an empty cache has none");
    set(cache, "a", ENTRY_FOREVER);
    ok(!cache_has_expiring(cache), "nor has one of keys that stay");
    cache_select(cache, 9);
    set(cache, "b", NOW + 10);
    ok(cache_has_expiring(cache), "a key that expires is work, whatever its database");
    cache_set_now(cache, NOW + 256);
    cache_turn(cache, 100);
    ok(!cache_has_expiring(cache), "until it has expired");
    cache_free(cache);
}

int main(void)
{
    a_cache_knows_what_it_was_told();
    databases_are_apart();
    a_command_runs_in_its_database();
    it_tells_what_it_holds();
    prefetching_needs_no_data();
    what_was_foreseen_is_found();
    what_is_gone_was_foreseen_in_vain();
    there_is_work_while_keys_expire();
    return tap_done();
}
