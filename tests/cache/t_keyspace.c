#include "cache/keyspace.h"

#include <stdio.h>

#include "cache/args.h"
#include "cache/cache.h"
#include "cache/command.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct cache *cache;

static void begin(void)
{
    const struct cache_setup setup = {.count = 1, .keyhash = &keyhash, .now = NOW};

    cache = cache_new(&setup);
}

static uint64_t used(void)
{
    struct cache_report report;

    cache_report(cache, &report);
    return report.memory_used;
}

static uint64_t loose(void)
{
    struct cache_report report;

    cache_report(cache, &report);
    return report.memory_loose;
}

static uint64_t expiring(void)
{
    struct cache_report report;

    cache_report(cache, &report);
    return report.databases[0].expiring;
}

static uint64_t hash(const char *key)
{
    return keyspace_hash(cache, bytes_of(key));
}

static bool set(const char *key, const char *value, int64_t expiry)
{
    return keyspace_set(cache, bytes_of(key), hash(key), bytes_of(value), expiry);
}

static struct entry *peek(const char *key)
{
    return keyspace_peek(cache, bytes_of(key), hash(key));
}

static struct entry *read_key(const char *key)
{
    return keyspace_read(cache, bytes_of(key), hash(key));
}

static bool delete (const char *key)
{
    return keyspace_delete(cache, bytes_of(key), hash(key));
}

static bool expire(const char *key, int64_t expiry)
{
    return keyspace_expire(cache, bytes_of(key), hash(key), expiry);
}

static void is_value(const char *key, const char *expected, const char *name)
{
    const struct entry *entry = peek(key);

    if (entry == NULL)
        ok(false, "%s: %s is not there", name, key);
    else
        is_bytes(entry_text(entry).at, entry_text(entry).len, expected, strlen(expected), "%s",
                 name);
}

static void what_is_set_is_there(void)
{
    begin();
    ok(peek("k") == NULL, "nothing is there at first");
    is_int(used(), 0, "and nothing is used");
    set("k", "one", ENTRY_FOREVER);
    is_value("k", "one", "a new key has its value");
    set("k", "two", ENTRY_FOREVER);
    is_value("k", "two", "another of the same length takes its place");
    set("k", "something much longer than that", ENTRY_FOREVER);
    is_value("k", "something much longer than that", "so does a longer one");
    set("k", "", ENTRY_FOREVER);
    is_value("k", "", "and an empty one");
    is_int(keyspace_count(cache), 1, "it is still one key");
    is_int(cache_stats(cache)->changes, 4, "changed four times");
    ok(delete ("k"), "it can be deleted");
    ok(!delete ("k"), "but once");
    is_int(keyspace_count(cache), 0, "and is gone");
    is_int(cache_stats(cache)->changes, 5, "only the first was a change");
    cache_free(cache);
}

static void a_value_may_be_set_to_a_part_of_itself(void)
{
    struct bytes value;

    begin();
    set("k", "0123456789012345678901234567890123456789012345678901234567890123456789", 0);
    value = entry_text(peek("k"));
    keyspace_set(cache, bytes_of("k"), hash("k"), bytes_new(value.at + 5, 5), ENTRY_FOREVER);
    is_value("k", "56789", "in another allocation");
    value = entry_text(peek("k"));
    keyspace_set(cache, bytes_of("k"), hash("k"), bytes_new(value.at + 1, 4), ENTRY_FOREVER);
    is_value("k", "6789", "in the same place");
    cache_free(cache);
}

static void only_reading_counts_hits_and_misses(void)
{
    begin();
    set("k", "v", ENTRY_FOREVER);
    peek("k");
    peek("none");
    is_int(cache_stats(cache)->keyspace_hits, 0, "looking is no hit");
    is_int(cache_stats(cache)->keyspace_misses, 0, "nor a miss");
    read_key("k");
    read_key("k");
    read_key("none");
    is_int(cache_stats(cache)->keyspace_hits, 2, "reading what is there is a hit");
    is_int(cache_stats(cache)->keyspace_misses, 1, "reading what is not is a miss");
    set("k", "v", NOW + 1);
    cache_set_now(cache, NOW + 2);
    ok(read_key("k") == NULL, "what has expired is not there");
    is_int(cache_stats(cache)->keyspace_misses, 2, "so reading it is a miss");
    cache_free(cache);
}

/* To the millisecond, whichever way a key is looked at; `look` says whether it is there. */
static void a_key_goes_when_its_time_has_come(const char *how, bool (*look)(void))
{
    begin();
    set("k", "v", NOW + 100);
    is_int(expiring(), 1, "%s: one key will expire", how);
    cache_set_now(cache, NOW + 100);
    ok(peek("k") != NULL, "%s: at its time it is there", how);
    cache_set_now(cache, NOW + 101);
    ok(!look(), "%s: a millisecond later it is gone", how);
    is_int(keyspace_count(cache), 0, "%s: not even counted", how);
    is_int(cache_stats(cache)->expired_keys, 1, "%s: it expired", how);
    is_int(expiring(), 0, "%s: none will expire", how);
    cache_set_now(cache, NOW);
    ok(peek("k") == NULL, "%s: it does not come back with the clock", how);
    cache_free(cache);
}

static bool by_reading(void)
{
    return read_key("k") != NULL;
}

static bool by_peeking(void)
{
    return peek("k") != NULL;
}

static bool by_deleting(void)
{
    return delete ("k");
}

static bool by_sweeping(void)
{
    cache_set_now(cache, NOW + 256);
    cache_turn(cache, 100);
    return keyspace_count(cache) != 0;
}

static bool by_chance(void)
{
    return keyspace_random(cache) != NULL;
}

static void a_dead_key_is_set_anew(void)
{
    begin();
    set("k", "old", NOW + 1);
    cache_set_now(cache, NOW + 2);
    set("k", "new", KEEP_EXPIRY);
    is_value("k", "new", "the new value is there");
    is_int(entry_expiry(peek("k")), ENTRY_FOREVER, "without the old expiry");
    is_int(cache_stats(cache)->expired_keys, 1, "the old one expired");
    set("r", "old", NOW + 3);
    cache_set_now(cache, NOW + 4);
    is_int(keyspace_resize(cache, bytes_of("r"), hash("r"), 3)->value_len, 0,
           "nor does making room find the old value");
    cache_free(cache);
}

static void an_expiry_comes_and_goes(void)
{
    begin();
    set("k", "v", ENTRY_FOREVER);
    is_int(expiring(), 0, "without an expiry");
    ok(expire("k", NOW + 5), "one can be given");
    is_int(entry_expiry(peek("k")), NOW + 5, "and is there");
    is_int(expiring(), 1, "and counted");
    expire("k", NOW + 7);
    is_int(entry_expiry(peek("k")), NOW + 7, "and changed");
    is_int(expiring(), 1, "and counted once");
    set("k", "w", KEEP_EXPIRY);
    is_int(entry_expiry(peek("k")), NOW + 7, "a new value can keep it");
    set("k", "a value that needs another allocation, being much longer", KEEP_EXPIRY);
    is_int(entry_expiry(peek("k")), NOW + 7, "also a longer one");
    is_int(expiring(), 1, "still counted once");
    expire("k", ENTRY_FOREVER);
    is_int(entry_expiry(peek("k")), ENTRY_FOREVER, "it can be taken away");
    is_int(expiring(), 0, "and is no longer counted");
    expire("k", NOW + 9);
    set("k", "v", ENTRY_FOREVER);
    is_int(entry_expiry(peek("k")), ENTRY_FOREVER, "setting takes it away");
    is_int(expiring(), 0, "and is no longer counted");
    set("k", "v", NOW + 9);
    ok(delete ("k") && expiring() == 0, "nor is one of a deleted key");
    cache_free(cache);
}

static void room_is_made(void)
{
    struct entry *entry;

    begin();
    entry = keyspace_resize(cache, bytes_of("k"), hash("k"), 4);
    ok(entry != NULL, "a new key has room");
    is_int(entry_len(entry), 0, "and is empty");
    entry_set_text(entry, bytes_of("1234"));
    expire("k", NOW + 50);
    entry = keyspace_resize(cache, bytes_of("k"), hash("k"), 100);
    ok(entry != NULL, "more room can be had");
    memset(entry_value_at(entry) + 4, 'x', 96);
    is_value("k", "1234", "the value stays");
    is_int(entry_expiry(entry), NOW + 50, "and the expiry");
    ok(keyspace_resize(cache, bytes_of("k"), hash("k"), 120) == entry,
       "and more for the next time");
    ok(keyspace_resize(cache, bytes_of("k"), hash("k"), 1) == entry, "less room changes nothing");
    is_value("k", "1234", "the value stays");
    ok(keyspace_resize(cache, bytes_of("k"), hash("k"), (size_t)1 << 33) == NULL,
       "too much is refused");
    is_value("k", "1234", "and the value stays");
    is_int(expiring(), 1, "and so does what is counted");
    cache_free(cache);
}

static void fill(unsigned from, unsigned to, int64_t expiry)
{
    char key[16];

    for (; from < to; from++) {
        snprintf(key, sizeof(key), "key:%u", from);
        set(key, "value", expiry);
    }
}

static void dead_keys_are_found(void)
{
    uint64_t before;
    unsigned turns;

    begin();
    fill(0, 1000, NOW + 10);
    fill(1000, 1100, NOW + 300);
    fill(1100, 1200, ENTRY_FOREVER);
    before = used();
    cache_turn(cache, 1000);
    is_int(keyspace_count(cache), 1200, "none before its time");
    cache_set_now(cache, NOW + 256);
    for (turns = 0; keyspace_count(cache) > 200 && turns < 1000; turns++)
        cache_turn(cache, 1);
    is_int(keyspace_count(cache), 200, "the dead are gone after %u turns of one step", turns);
    ok(turns > 20, "and one step is a small one");
    is_int(expiring(), 100, "the others stay");
    is_int(cache_stats(cache)->expired_keys, 1000, "and all are counted");
    ok(used() < before / 3, "their memory is given back, the map's too");
    cache_set_now(cache, NOW + 512);
    while (cache_turn(cache, 8))
        ;
    is_int(keyspace_count(cache), 100, "those without an expiry stay");
    ok(!cache_has_expiring(cache) && !cache_is_untidy(cache), "and nothing is left to look for");
    cache_free(cache);
}

static void clearing_takes_effect_at_once(void)
{
    uint64_t full;
    unsigned turns = 1;

    begin();
    fill(0, 5000, ENTRY_FOREVER);
    fill(5000, 5010, NOW + 5);
    cache_select(cache, 3);
    set("other", "database", ENTRY_FOREVER);
    cache_select(cache, 0);
    full = used();
    keyspace_clear(cache);
    is_int(keyspace_count(cache), 0, "the database is empty");
    ok(peek("key:1") == NULL, "nothing is found");
    is_int(expiring(), 0, "nothing will expire");
    is_int(used(), full, "the memory is still there");
    set("key:1", "again", ENTRY_FOREVER);
    while (cache_turn(cache, 1))
        turns++;
    ok(turns > 40, "it goes in slices: %u", turns);
    ok(used() < full / 20, "and then the memory is given back");
    is_value("key:1", "again", "what was set since is there");
    cache_select(cache, 3);
    is_value("other", "database", "and so are other databases");
    keyspace_clear_all(cache);
    is_int(keyspace_count(cache), 0, "until all are cleared");
    cache_select(cache, 0);
    is_int(keyspace_count(cache), 0, "wherever one looks");
    is_int(cache_stats(cache)->changes, 5010 + 1 + 5010 + 1 + 2, "what was cleared was changed");
    while (cache_turn(cache, 1))
        ;
    is_int(used(), 0, "and all memory is given back");
    cache_free(cache);
}

static void graves_are_dug_one_after_the_other(void)
{
    unsigned round;

    begin();
    for (round = 0; round < 5; round++) {
        fill(0, 500, ENTRY_FOREVER);
        keyspace_clear(cache);
    }
    cache_turn(cache, 1000);
    ok(used() > 0, "one turn clears no more than one");
    while (cache_turn(cache, 1000))
        ;
    is_int(used(), 0, "but all are cleared in the end");
    keyspace_clear(cache);
    ok(!cache_turn(cache, 1000), "clearing nothing leaves nothing to do");
    fill(0, 500, ENTRY_FOREVER);
    keyspace_clear(cache);
    cache_free(cache);
    ok(true, "a cache may end with graves");
}

static void count_visit(void *context, struct entry *entry)
{
    (void)entry;
    ++*(unsigned *)context;
}

static void what_a_key_takes_is_told(void)
{
    static char text[10000]; /* more than lies in an entry */
    const struct bytes key = bytes_new(text, sizeof(text));
    const uint64_t hash = keyhash_of(&keyhash, key);

    begin();
    keyspace_set(cache, key, hash, bytes_of("v"), ENTRY_FOREVER);
    ok(keyspace_bytes(cache, keyspace_peek(cache, key, hash)) > sizeof(text),
       "a long key counts, wherever it lies");
    cache_free(cache);
}

static unsigned count_in_one_scan(void)
{
    uint64_t position = 0;
    unsigned count = 0;

    do
        position = keyspace_scan(cache, position, count_visit, &count);
    while (position != 0);
    return count;
}

static void visits_are_to_the_living(void)
{
    begin();
    is_int(count_in_one_scan(), 0, "nobody lives in a database never written to");
    fill(0, 100, NOW + 1);
    fill(100, 300, ENTRY_FOREVER);
    cache_set_now(cache, NOW + 2);
    is_int(count_in_one_scan(), 200, "the dead are passed over");
    is_int(count_in_one_scan(), 200, "a second time, too");
    is_int(keyspace_count(cache), 300, "which deletes nobody");
    cache_free(cache);
}

static void any_living_key_may_be_chosen(void)
{
    unsigned alive = 0;
    unsigned i;

    begin();
    ok(keyspace_random(cache) == NULL, "there is none in an empty database");
    fill(0, 3000, NOW + 1);
    fill(3000, 3010, ENTRY_FOREVER);
    cache_set_now(cache, NOW + 2);
    for (i = 0; i < 100; i++) {
        const struct entry *entry = keyspace_random(cache);

        alive += entry != NULL && entry_expiry(entry) == ENTRY_FOREVER;
    }
    ok(alive > 50, "one of ten among 3000 dead is found %u times of 100", alive);
    cache_free(cache);
}

/* --- large values --- */

static char pattern[4 * LARGE_MIN];

static void draw_pattern(char first)
{
    size_t i;

    for (i = 0; i < sizeof(pattern); i++)
        pattern[i] = (char)(first + i % 61);
}

static bool holds_pattern(const char *key, size_t len)
{
    const struct entry *entry = peek(key);

    return entry != NULL && entry_is_large(entry) == (len >= LARGE_MIN) &&
           entry_text(entry).len == len && memcmp(entry_text(entry).at, pattern, len) == 0;
}

static bool set_pattern(const char *key, size_t len, int64_t expiry)
{
    return keyspace_set(cache, bytes_of(key), hash(key), bytes_new(pattern, len), expiry);
}

static void large_values_have_blocks(void)
{
    static const size_t sizes[] = {LARGE_MIN - 100, LARGE_MIN, 100000, LARGE_MIN, 5, 100000, 4};
    bool right = true;
    size_t i;

    begin();
    draw_pattern('a');
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        right &= set_pattern("k", sizes[i], i % 2 == 0 ? ENTRY_FOREVER : NOW + 5) &&
                 holds_pattern("k", sizes[i]);
    ok(right, "values of any size follow each other");
    ok(used() < 20000, "and the blocks are given back");
    ok(set_pattern("k", LARGE_MIN, ENTRY_FOREVER) && expire("k", NOW + 10) &&
           holds_pattern("k", LARGE_MIN) && expire("k", ENTRY_FOREVER) &&
           holds_pattern("k", LARGE_MIN),
       "expiries come and go beside them");
    is_int(entry_large(peek("k"))->holders, 1, "and no block is held twice");
    ok(delete ("k") && used() < 20000, "deleting gives them back");
    cache_free(cache);
}

static void append_to(const char *key, size_t more)
{
    struct entry *entry = peek(key);
    const size_t len = entry == NULL ? 0 : entry_len(entry);

    entry = keyspace_resize(cache, bytes_of(key), hash(key), len + more);
    memcpy(entry_value_at(entry) + len, pattern + len, more);
    entry_set_len(entry, len + more);
}

static void large_values_grow(void)
{
    bool right = true;
    size_t len;

    begin();
    draw_pattern('a');
    for (len = 0; len + 997 < sizeof(pattern); len += 997) {
        append_to("k", 997);
        right &= entry_text(peek("k")).len == len + 997 &&
                 memcmp(entry_text(peek("k")).at, pattern, len + 997) == 0;
    }
    ok(right && entry_is_large(peek("k")), "a small value grows into a large one");
    append_to("new", 2 * LARGE_MIN);
    ok(holds_pattern("new", 2 * LARGE_MIN), "a new one may be large at once");
    cache_free(cache);
}

static void what_is_lent_does_not_change(void)
{
    struct loan *loan;

    begin();
    draw_pattern('a');
    set_pattern("k", LARGE_MIN, ENTRY_FOREVER);
    loan = large_lend(entry_large(peek("k")), entry_text(peek("k")));
    memset(entry_value_at(keyspace_resize(cache, bytes_of("k"), hash("k"), 100)), 'x', 100);
    ok(memcmp(loan->text.at, pattern, LARGE_MIN) == 0, "whoever writes gets another block");
    is_bytes(entry_text(peek("k")).at, 100, entry_large(peek("k"))->at, 100, "which he writes");
    ok(memcmp(entry_text(peek("k")).at + 100, pattern + 100, LARGE_MIN - 100) == 0,
       "with the rest as it was");
    delete ("k");
    keyspace_clear_all(cache);
    ok(memcmp(loan->text.at, pattern, LARGE_MIN) == 0, "deleting changes nothing, either");
    is_int(loose(), loan->large->size, "it waits for who reads it, not counted as data");
    loan->next = NULL;
    cache_take_back(cache, loan);
    is_int(loose(), 0, "until it is back");
    cache_free(cache);
}

static void on_set(struct cache *one, struct args *args, struct reply *reply)
{
    (void)reply;
    keyspace_set(one, args_word(args, 1), args->hash, args_word(args, 2), ENTRY_FOREVER);
}

static struct large *arrived(struct larges *larges)
{
    struct large *large = larges_take(larges, 2 * LARGE_MIN + 16);

    memcpy((char *)large + sizeof(*large), pattern, 2 * LARGE_MIN); /* what `at` is */
    large->len = 2 * LARGE_MIN;
    return large;
}

static void what_was_received_is_kept(void)
{
    const struct command row = {.name = "set", .on_cache = on_set};
    struct larges larges = {0};
    struct large *large;
    struct bytes words[3] = {bytes_of("set"), bytes_of("k")};
    struct args args = {.words = words, .count = 3};
    unsigned round;

    begin();
    draw_pattern('a');
    for (round = 0; round < 3; round++) {
        large = arrived(&larges);
        args.hash = hash("k");
        words[2] = bytes_new(large->at, large->len);
        args.larges = large;
        args.spare = NULL;
        cache_run(cache, &row, &args, NULL, 0);
        ok(holds_pattern("k", 2 * LARGE_MIN) && entry_large(peek("k")) == large,
           "the block that a value came in is kept");
        ok(args.larges == NULL, "and no longer the command's");
        ok((args.spare != NULL) == (round == 2), "a free one goes home as soon as there is one");
        larges_give_all(&larges, &args.spare);
    }
    large = arrived(&larges);
    words[2] = bytes_new(large->at + 1, large->len - 1);
    args.larges = large;
    cache_run(cache, &row, &args, NULL, 0);
    ok(args.larges == large && entry_large(peek("k")) != large, "a part of one is copied");
    larges_give_all(&larges, &args.larges);
    larges_fini(&larges);
    cache_free(cache);
}

int main(void)
{
    what_is_set_is_there();
    a_value_may_be_set_to_a_part_of_itself();
    only_reading_counts_hits_and_misses();
    a_key_goes_when_its_time_has_come("reading", by_reading);
    a_key_goes_when_its_time_has_come("peeking", by_peeking);
    a_key_goes_when_its_time_has_come("deleting", by_deleting);
    a_key_goes_when_its_time_has_come("sweeping", by_sweeping);
    a_key_goes_when_its_time_has_come("by chance", by_chance);
    a_dead_key_is_set_anew();
    an_expiry_comes_and_goes();
    room_is_made();
    dead_keys_are_found();
    clearing_takes_effect_at_once();
    graves_are_dug_one_after_the_other();
    what_a_key_takes_is_told();
    visits_are_to_the_living();
    any_living_key_may_be_chosen();
    large_values_have_blocks();
    large_values_grow();
    what_is_lent_does_not_change();
    what_was_received_is_kept();
    return tap_done();
}
