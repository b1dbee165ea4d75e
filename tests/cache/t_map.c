/* The map against a simple model: which of so many numbered keys are there. The test brings its own
 * memory in place of cache/memory.c, so that it can run out of it. */
#include <stdio.h>
#include <stdlib.h>

#include "cache/map.h"
#include "tests/tap/tap.h"

#define KEYS 200000u
#define FEW 3000u

/* --- memory that may run out --- */

static uint64_t allocations; /* made so far */
static uint64_t live;        /* of these, not given back */
static uint64_t one_in;      /* fails, at random; 0: none does */
static uint64_t failing;     /* the one that fails, counted from 1; 0: none does */
static struct random luck;

static void *counted(struct memory *memory, void *at, size_t size)
{
    memory->used += size;
    live++;
    return at;
}

static bool fails(void)
{
    return ++allocations == failing || (one_in != 0 && random_below(&luck, one_in) == 0);
}

/* An arena whose blocks have handles; free ones wait in lists by size. */
#define ARENA ((size_t)64 << 20)
#define LISTED 4096

static _Alignas(64) char arena[ARENA];
static size_t arena_used = 64; /* no handle is 0 */
static void *listed[LISTED / 8 + 1];

static void *take_listed(size_t size)
{
    void *at = listed[size / 8];

    memcpy(&listed[size / 8], at, sizeof(at));
    return at;
}

static void *take_fresh(size_t size)
{
    arena_used = (arena_used + 63) & ~(size_t)63;
    arena_used += size;
    if (arena_used > ARENA)
        tap_bail("the arena is too small");
    return arena + arena_used - size;
}

static size_t rounded(size_t size)
{
    return size < 8 ? 8 : (size + 7) & ~(size_t)7;
}

void *memory_take(struct memory *memory, enum memory_kind kind, size_t size)
{
    (void)kind;
    if (fails())
        return NULL;
    memory->origin = (uintptr_t)arena;
    size = rounded(size);
    if (size > LISTED || listed[size / 8] == NULL)
        return counted(memory, take_fresh(size), size);
    return counted(memory, take_listed(size), size);
}

void *memory_alloc(struct memory *memory, size_t size)
{
    return memory_take(memory, MEMORY_INDEX, size);
}

void *memory_alloc_lines(struct memory *memory, size_t size)
{
    void *at = memory_alloc(memory, size);

    return at == NULL ? NULL : memset(at, 0, size);
}

void memory_free(struct memory *memory, void *at, size_t size)
{
    if (at == NULL)
        return;
    size = rounded(size);
    memory->used -= size;
    live--;
    if (size > LISTED)
        return;
    memcpy(at, &listed[size / 8], sizeof(at));
    listed[size / 8] = at;
}

void memory_give(struct memory *memory, void *at)
{
    memory_free(memory, at, entry_size(at));
}

size_t memory_slot(const struct memory *memory, const void *at)
{
    (void)memory;
    return rounded(entry_size(at));
}

size_t memory_cost(const struct memory *memory, size_t size)
{
    (void)memory;
    return rounded(size);
}

void memory_drop_large(struct memory *unused, struct large *large)
{
    (void)unused;
    (void)large;
    tap_bail("there are no large entries here");
}

/* --- keys and the model --- */

static const struct keyhash keyhash = {.secret = {0x0706050403020100, 0x0f0e0d0c0b0a0908}};
static struct memory memory;
static struct map *map;
static struct random dice;
static bool here[KEYS];
static uint8_t visits[KEYS];
static uint64_t count;
static size_t entry_bytes;
static bool agrees; /* the map with the model, so far */

static struct bytes key_of(unsigned number, char *room)
{
    return bytes_new(room, (size_t)sprintf(room, "%*skey:%u", (int)(number % 5), "", number));
}

static unsigned number_of(const struct entry *entry)
{
    return (unsigned)strtoul(strchr(entry_key(entry).at, ':') + 1, NULL, 10);
}

static struct entry *find(unsigned number)
{
    char room[32];
    const struct bytes key = key_of(number, room);

    return map_find(map, key, keyhash_of(&keyhash, key));
}

/* The value is the zero that ends the key's text. */
static struct entry *new_entry(struct bytes key)
{
    const uint64_t chance = one_in;
    struct entry *entry;

    one_in = 0; /* entries always succeed: it is the map that is looked at */
    entry = entry_new(&memory, key, 1, ENTRY_FOREVER);
    one_in = chance;
    entry_set_text(entry, bytes_new("", 1));
    return entry;
}

static bool insert(unsigned number)
{
    char room[32];
    const struct bytes key = key_of(number, room);
    struct entry *entry = new_entry(key);

    if (!map_insert(map, entry, keyhash_of(&keyhash, key))) {
        entry_free(&memory, entry);
        return false;
    }
    entry_bytes += rounded(entry_size(entry));
    here[number] = true;
    count++;
    return true;
}

static void forget(struct entry *entry)
{
    agrees &= here[number_of(entry)];
    here[number_of(entry)] = false;
    count--;
    entry_bytes -= rounded(entry_size(entry));
    entry_free(&memory, entry);
}

static void take(unsigned number)
{
    struct entry *entry = find(number);

    agrees &= entry != NULL;
    if (entry == NULL)
        return;
    map_remove(map, entry, keyhash_of(&keyhash, entry_key(entry)));
    forget(entry);
}

static void toggle(unsigned number)
{
    if (here[number])
        take(number);
    else
        insert(number);
}

static bool finds_all(unsigned keys)
{
    unsigned number;

    for (number = 0; number < keys; number++) {
        const struct entry *entry = find(number);

        if ((entry != NULL) != here[number] || (entry != NULL && number_of(entry) != number))
            return false;
    }
    return map_count(map) == count;
}

static bool counts_its_bytes(void)
{
    return map_memory(map) == memory.used - entry_bytes;
}

static void begin(void)
{
    memset(here, 0, sizeof(here));
    count = 0;
    entry_bytes = 0;
    agrees = true;
    map = map_new(&memory, &keyhash);
}

static void end(void)
{
    while (!map_dismantle(map, 1000))
        ;
    ok(memory.used == 0 && live == 0, "and all memory is given back");
}

/* Inserts and removes at random, so many steps, `inserts` in eight of them inserting. */
static void mix(unsigned steps, unsigned keys, unsigned inserts)
{
    for (; steps > 0; steps--) {
        const unsigned number = (unsigned)random_below(&dice, keys);

        if (here[number] != (random_below(&dice, 8) < inserts))
            toggle(number);
    }
}

/* --- the checks --- */

static void nothing_is_in_an_empty_map(void)
{
    begin();
    ok(find(1) == NULL, "nothing is found");
    ok(map_random(map, &dice) == NULL, "nothing can be chosen");
    is_int(map_count(map), 0, "nothing is counted");
    ok(counts_its_bytes(), "its bytes are counted");
    end();
}

static void a_large_map_grows_and_shrinks(void)
{
    uint64_t most;

    begin();
    mix(KEYS, KEYS, 7);
    ok(finds_all(KEYS), "half-way up every key is found and no other");
    mix(2 * KEYS, KEYS, 8);
    ok(finds_all(KEYS), "so it is when nearly all are there");
    ok(map_buckets(map) >= count / 11, "the map has grown");
    ok(counts_its_bytes(), "and has counted its bytes");
    most = map_buckets(map);
    mix(2 * KEYS, KEYS, 1);
    ok(finds_all(KEYS), "half-way down every key is found and no other");
    mix(6 * KEYS, KEYS, 0);
    ok(agrees && finds_all(KEYS), "so it is when nearly none are there");
    ok(map_buckets(map) < most / 50, "the map has shrunk");
    ok(counts_its_bytes(), "and has counted its bytes");
    end();
}

/* Averaged over a doubling, at whose middle it is more, and at whose ends less. Half of a segment, which
 * is all that is not yet in use, is much only for so few. */
static void an_entry_takes_little_of_the_index(void)
{
    double sum = 0;
    unsigned points = 0, next = KEYS / 2, i;

    begin();
    for (i = 0; i < KEYS; i++) {
        insert(i);
        if (i + 1 < next)
            continue;
        sum += (double)(map_memory(map) - (32u << 10)) / (double)map_count(map);
        points++;
        next += next / 20;
    }
    ok(sum / points < 7.5, "%.2f bytes each", sum / points);
    end();
}

static void a_count_that_wavers_moves_nothing(void)
{
    uint64_t before;
    unsigned i;

    begin();
    for (i = 0; i < 1023; i++)
        insert(i);
    while (count > 800)
        take((unsigned)count - 1);
    before = allocations;
    for (i = 0; i < 1000; i++) {
        insert(2000);
        take(2000);
    }
    is_int(allocations - before, 1000, "nothing is allocated but the entries");
    end();
}

/* Keys that share the lowest bits of their hash. */
static unsigned colliding(unsigned *numbers, unsigned wanted)
{
    unsigned number, found = 0;

    for (number = 0; number < KEYS && found < wanted; number++) {
        char room[32];

        if ((keyhash_of(&keyhash, key_of(number, room)) & 0xfff) == 7)
            numbers[found++] = number;
    }
    return found;
}

static void a_crowded_bucket_becomes_a_chain(void)
{
    unsigned numbers[40];
    const unsigned found = colliding(numbers, 40);
    size_t empty;
    unsigned i;

    begin();
    empty = map_memory(map);
    for (i = 0; i < found; i++)
        insert(numbers[i]);
    ok(map_memory(map) >= empty + 4 * 24, "%u keys of one bucket are a chain", found);
    ok(finds_all(KEYS), "all are found");
    for (i = 0; i < found; i += 2)
        take(numbers[i]);
    ok(agrees && finds_all(KEYS), "also when the chain has holes");
    for (i = 0; i < found; i += 2)
        insert(numbers[i]);
    for (i = 0; i < 3000; i++)
        if (find(i) == NULL)
            insert(i);
    ok(finds_all(KEYS), "also when the bucket is split");
    while (count > 0)
        for (i = 0; i < KEYS; i++)
            if (here[i])
                take(i);
    ok(agrees && counts_its_bytes(), "all can be removed");
    end();
}

/* Nearly ten to a bucket, so that each overflows sooner or later. */
static void keys_that_come_and_go_leave_no_chains(void)
{
    const unsigned keys = 19200;
    size_t before;
    unsigned i;

    begin();
    for (i = 0; i < keys / 2; i++)
        insert(i);
    before = map_memory(map);
    mix(25 * keys, keys, 4);
    ok(agrees && finds_all(keys), "every key is found and no other");
    ok(map_memory(map) < before + before / 4, "%zu bytes are at most a quarter more than %zu",
       map_memory(map), before);
    ok(counts_its_bytes(), "and are counted");
    end();
}

static void it_goes_in_slices(void)
{
    const uint64_t expected = 10000 / 11;
    uint64_t slices = 1;

    begin();
    mix(20000, 20000, 8);
    while (!map_dismantle(map, 1))
        slices++;
    ok(slices > expected, "%llu slices of one bucket", (unsigned long long)slices);
    ok(memory.used == 0 && live == 0, "and all memory is given back");
}

static void no_memory_for_a_map(void)
{
    unsigned i;

    for (i = 1; i <= 3; i++) {
        failing = allocations + i;
        ok(map_new(&memory, &keyhash) == NULL, "without allocation %u there is no map", i);
        ok(memory.used == 0 && live == 0, "and nothing is left behind");
    }
    failing = 0;
}

static void no_memory_now_and_then(void)
{
    unsigned round;

    begin();
    for (round = 0; round < 12; round++) {
        one_in = 1 + round % 4;
        mix(10 * FEW, 2 * FEW, round % 2 == 0 ? 7 : 1);
        one_in = 0;
        ok(agrees && finds_all(2 * FEW), "one in %u fails: what is there is found", 1 + round % 4);
        ok(counts_its_bytes(), "and the bytes are counted");
    }
    mix(10 * FEW, 2 * FEW, 8);
    ok(finds_all(2 * FEW) && map_buckets(map) > FEW / 11, "the map grows when memory is back");
    end();
}

static bool visit(void *context, struct entry *entry)
{
    (void)context;
    visits[number_of(entry)]++;
    return false;
}

/* Those that stay are visited once, those that never came are not, and there is an end. */
static bool scan_keeps_its_promise(unsigned keys, unsigned inserts)
{
    static bool always[KEYS], ever[KEYS];
    const uint64_t limit = 20 * (map_buckets(map) + keys);
    uint64_t position = 0, steps = 0;
    bool kept = true;
    unsigned i;

    memset(visits, 0, sizeof(visits));
    memcpy(always, here, sizeof(here));
    memcpy(ever, here, sizeof(here));
    do {
        position = map_scan(map, position, visit, NULL);
        for (i = (unsigned)random_below(&dice, 20); i > 0; i--) {
            const unsigned number = (unsigned)random_below(&dice, keys);

            if (here[number] == (random_below(&dice, 8) < inserts))
                continue;
            toggle(number);
            always[number] = false;
            ever[number] = true;
        }
    } while (position != 0 && ++steps < limit);
    for (i = 0; i < keys; i++)
        kept &= (!always[i] || visits[i] == 1) && (ever[i] || visits[i] == 0);
    return kept && position == 0;
}

static void a_scan_keeps_its_promise(void)
{
    unsigned round;

    begin();
    for (round = 0; round < 60; round++) {
        const unsigned inserts = round % 9;
        const uint64_t before = map_buckets(map);

        ok(scan_keeps_its_promise(2 * FEW, inserts), "a scan from %llu buckets to %llu",
           (unsigned long long)before, (unsigned long long)map_buckets(map));
        if (round % 5 == 4)
            mix(4 * FEW, 2 * FEW, round % 2 == 0 ? 8 : 0);
    }
    ok(agrees && finds_all(2 * FEW), "and the map is as it should be");
    end();
}

static bool visit_and_take(void *context, struct entry *entry)
{
    visits[number_of(entry)]++;
    if (random_below(&dice, 8) >= *(unsigned *)context)
        return false;
    forget(entry);
    return true;
}

static void scan_and_take(unsigned eighths)
{
    uint64_t position = 0;

    memset(visits, 0, sizeof(visits));
    do
        position = map_scan(map, position, visit_and_take, &eighths);
    while (position != 0);
}

static void a_visitor_may_take_what_it_visits(void)
{
    uint64_t before;
    bool once = true;
    unsigned i;

    begin();
    for (i = 0; i < 10 * FEW; i++)
        insert(i);
    scan_and_take(3);
    for (i = 0; i < 10 * FEW; i++)
        once &= visits[i] == 1;
    ok(once, "all are visited once");
    ok(agrees && finds_all(10 * FEW), "those not taken are still there");
    before = map_buckets(map);
    scan_and_take(8);
    is_int(map_count(map), 0, "all can be taken");
    ok(map_buckets(map) < before / 10, "and the map shrinks");
    ok(counts_its_bytes(), "and counts its bytes");
    end();
}

static void any_entry_may_be_chosen(void)
{
    static unsigned chosen[1000];
    unsigned least = UINT32_MAX, most = 0, i;

    begin();
    for (i = 0; i < 1000; i++)
        insert(i);
    for (i = 0; i < 100000; i++)
        chosen[number_of(map_random(map, &dice))]++;
    for (i = 0; i < 1000; i++) {
        least = chosen[i] < least ? chosen[i] : least;
        most = chosen[i] > most ? chosen[i] : most;
    }
    ok(least > 0 && most < 1000, "of a hundred turns each had %u to %u", least, most);
    end();
}

static bool foresees(unsigned number)
{
    char room[32];
    const uint64_t hash = keyhash_of(&keyhash, key_of(number, room));
    const struct bucket *bucket = map_prefetch_bucket(map, hash);
    struct entry *likely;
    uint32_t spill = map_prefetch_entry(&memory, bucket, hash, 80, &likely);

    while (spill != 0)
        spill = map_prefetch_spilled(&memory, spill, hash, 80, &likely);
    return likely != NULL && likely == find(number);
}

static void prefetching_finds_most_and_changes_nothing(void)
{
    unsigned number, foreseen = 0, others = 0;

    begin();
    mix(FEW, FEW, 8);
    for (number = 0; number < FEW; number++) {
        foreseen += here[number] && foresees(number);
        others += !here[number] && foresees(number);
    }
    ok(foreseen > count * 9 / 10, "%u of %u are found ahead", foreseen, (unsigned)count);
    is_int(others, 0, "of those that are not there none is");
    ok(finds_all(FEW), "everything is still there");
    end();
}

int main(void)
{
    random_seed(&dice, 20240607);
    random_seed(&luck, 1);
    nothing_is_in_an_empty_map();
    a_large_map_grows_and_shrinks();
    an_entry_takes_little_of_the_index();
    a_count_that_wavers_moves_nothing();
    a_crowded_bucket_becomes_a_chain();
    keys_that_come_and_go_leave_no_chains();
    it_goes_in_slices();
    no_memory_for_a_map();
    no_memory_now_and_then();
    a_scan_keeps_its_promise();
    a_visitor_may_take_what_it_visits();
    any_entry_may_be_chosen();
    prefetching_finds_most_and_changes_nothing();
    return tap_done();
}
