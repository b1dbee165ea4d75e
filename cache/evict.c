#include "cache/evict.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cache/inside.h"
#include "cache/panic.h"
#include "conf/settings.h"

#define LOOKS_PER_SAMPLE 2 /* a bucket has several entries for the price of little more than one */
#define LOOKS_MOST 64
#define BUCKETS_MOST 32
#define LOOKS_AT_NEW 4
#define RANDOM_BUCKETS 64 /* in vain: then one after the other */
#define INDEX_MASK 127    /* of a candidate in a sample */
#define TICK_SHARE 256

struct evict *evict_new(int64_t now)
{
    struct evict *evict = must_calloc(1, sizeof(*evict));

    heat_clock_init(&evict->clock, now);
    worth_init(&evict->worth, &evict->clock);
    return evict;
}

void evict_free(struct evict *evict, struct memory *memory)
{
    ghosts_fini(&evict->ghosts, memory);
    free(evict);
}

/* --- the policies --- */

static bool is_volatile(int policy)
{
    return policy == POLICY_VOLATILE_LRU || policy == POLICY_VOLATILE_LFU ||
           policy == POLICY_VOLATILE_RANDOM || policy == POLICY_VOLATILE_TTL;
}

static bool is_random(int policy)
{
    return policy == POLICY_ALLKEYS_RANDOM || policy == POLICY_VOLATILE_RANDOM;
}

static double rank_by_worth(const struct cache *cache, const struct candidate *candidate)
{
    const struct evict *evict = cache->evict;
    const double worth =
        (double)worth_of(&evict->worth, candidate->heat, heat_age(candidate->heat, &evict->clock));

    return cache->settings->eviction_goal == GOAL_BYTES ? worth : worth / (double)candidate->size;
}

static double rank_by_frequency(const struct cache *cache, const struct candidate *candidate)
{
    const uint32_t age = heat_age(candidate->heat, &cache->evict->clock);

    return (double)heat_faded(candidate->heat, &cache->evict->clock) + 1 - (double)age * 0x1p-24;
}

static double rank(struct cache *cache, const struct candidate *candidate)
{
    const int64_t end = deadline_steady(candidate->expiry, cache->memory.skew);

    if (candidate->expiry != ENTRY_FOREVER && end < cache->now)
        return 0;
    switch (cache->settings->maxmemory_policy) {
    case POLICY_ALLKEYS_LRU:
    case POLICY_VOLATILE_LRU:
        return rank_by_worth(cache, candidate);
    case POLICY_ALLKEYS_LFU:
    case POLICY_VOLATILE_LFU:
        return rank_by_frequency(cache, candidate);
    case POLICY_VOLATILE_TTL:
        return (double)end;
    default:
        return (double)(random_next(&cache->random) >> 12);
    }
}

/* --- samples --- */

struct place {
    unsigned database;
    uint64_t bucket;
};

#define CANDIDATES (LOOKS_MOST + EVICT_POOL + LOOKS_AT_NEW)

struct sample {
    unsigned count;
    uint64_t seen[4]; /* bits of the buckets that the candidates are in */
    struct candidate at[CANDIDATES];
};

struct totals {
    uint64_t keys;
    uint64_t eligible; /* keys that may go */
    uint64_t buckets;
};

static uint64_t eligible_in(const struct cache *cache, const struct database *database)
{
    if (database->map == NULL)
        return 0;
    return is_volatile(cache->settings->maxmemory_policy) ? database->expiring
                                                          : map_count(database->map);
}

static struct totals add_up(const struct cache *cache)
{
    struct totals totals = {0};
    unsigned i;

    for (i = 0; i < CACHE_DATABASES_MAX; i++) {
        const struct database *database = &cache->databases[i];

        if (database->map == NULL)
            continue;
        totals.keys += map_count(database->map);
        totals.eligible += eligible_in(cache, database);
        totals.buckets += map_buckets(database->map);
    }
    return totals;
}

/* The database of the one with that number among all that may go. */
static unsigned database_of(const struct cache *cache, uint64_t number)
{
    unsigned i = 0;

    while (number >= eligible_in(cache, &cache->databases[i]))
        number -= eligible_in(cache, &cache->databases[i++]);
    return i;
}

static bool may_go(const struct cache *cache, const struct entry *entry)
{
    return entry_has_expiry(entry) || !is_volatile(cache->settings->maxmemory_policy);
}

static size_t size_of(const struct entry *entry)
{
    return entry_size(entry) + (entry_is_large(entry) ? entry_large(entry)->capacity : 0);
}

static void add(struct sample *sample, const struct candidate *candidate)
{
    sample->at[sample->count++] = *candidate;
    sample->seen[candidate->bucket / 64 % 4] |= UINT64_C(1) << candidate->bucket % 64;
}

static void consider(const struct cache *cache, struct sample *sample, const struct place *place,
                     const struct entry *entry)
{
    if (may_go(cache, entry))
        add(sample, &(struct candidate){
                        .bucket = place->bucket,
                        .expiry = entry_expiry(entry),
                        .size = size_of(entry),
                        .heat = entry->heat,
                        .database = place->database,
                    });
}

static void look(struct cache *cache, struct sample *sample, const struct place *place,
                 struct entry *entry)
{
    struct evict *evict = cache->evict;

    entry->heat = heat_settle(entry->heat, &evict->clock);
    worth_note_look(&evict->worth, entry->heat, heat_age(entry->heat, &evict->clock));
    consider(cache, sample, place, entry);
}

/* Buckets, as random as what decides them; asks for their lines. */
static void choose(struct cache *cache, uint64_t all, struct place *places, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        const unsigned database = database_of(cache, random_below(&cache->random, all));
        const struct map *map = cache->databases[database].map;

        places[i] = (struct place){database, random_below(&cache->random, map_buckets(map))};
        map_prefetch_number(map, places[i].bucket);
    }
}

/* Asks for all entries before the first is read. */
static void look_into(struct cache *cache, struct sample *sample, const struct place *places,
                      unsigned count)
{
    struct entry *entries[LOOKS_MOST];
    unsigned firsts[BUCKETS_MOST + 1] = {0};
    unsigned i, k;

    for (i = 0; i < count; i++) {
        const struct map *map = cache->databases[places[i].database].map;

        firsts[i + 1] = firsts[i] + map_entries_of(map, places[i].bucket, entries + firsts[i],
                                                   LOOKS_MOST - firsts[i]);
        for (k = firsts[i]; k < firsts[i + 1]; k++)
            __builtin_prefetch(entries[k]);
    }
    for (i = 0; i < count; i++)
        for (k = firsts[i]; k < firsts[i + 1]; k++)
            look(cache, sample, &places[i], entries[k]);
}

/* So many that the sample is about as large as wanted. */
static unsigned buckets_wanted(const struct cache *cache, const struct totals *totals)
{
    const int64_t samples = cache->settings->maxmemory_samples;
    const uint64_t looks =
        samples > LOOKS_MOST / LOOKS_PER_SAMPLE ? LOOKS_MOST : (uint64_t)samples * LOOKS_PER_SAMPLE;
    const uint64_t wanted = (looks * totals->buckets + totals->keys - 1) / totals->keys;

    if (is_random(cache->settings->maxmemory_policy))
        return 1;
    return wanted < BUCKETS_MOST ? (unsigned)wanted : BUCKETS_MOST;
}

/* Where chance finds nothing that may go: one bucket after the other, from where the last search
 * ended. Somewhere there is something. */
static void search(struct cache *cache, struct sample *sample)
{
    struct evict *evict = cache->evict;
    struct place place = {.database = database_of(cache, 0)};
    const struct map *map = cache->databases[place.database].map;

    while (sample->count == 0) {
        place.bucket = evict->cursor++ % map_buckets(map);
        look_into(cache, sample, &place, 1);
    }
}

static void take_sample(struct cache *cache, struct sample *sample, const struct totals *totals)
{
    struct place places[BUCKETS_MOST];
    const unsigned count = buckets_wanted(cache, totals);
    unsigned tries;

    for (tries = 0; tries < RANDOM_BUCKETS && sample->count == 0; tries += count) {
        choose(cache, totals->eligible, places, count);
        look_into(cache, sample, places, count);
    }
    search(cache, sample);
}

/* --- the pool --- */

/* The entry that a candidate was, or one that is as good; NULL when there is none any more. */
static struct entry *entry_of(const struct cache *cache, const struct candidate *candidate)
{
    const struct map *map = cache->databases[candidate->database].map;
    struct entry *entries[LOOKS_MOST];
    unsigned count, i;

    if (map == NULL || candidate->bucket >= map_buckets(map))
        return NULL;
    count = map_entries_of(map, candidate->bucket, entries, LOOKS_MOST);
    for (i = 0; i < count; i++)
        if (entries[i]->heat == candidate->heat && size_of(entries[i]) == candidate->size &&
            entry_expiry(entries[i]) == candidate->expiry && may_go(cache, entries[i]))
            return entries[i];
    return NULL;
}

/* Of a bucket that was looked into just now, all entries are in the sample already. */
static bool was_looked_into(const struct sample *sample, uint64_t bucket)
{
    unsigned i;

    if ((sample->seen[bucket / 64 % 4] >> bucket % 64 & 1) == 0)
        return false;
    for (i = 0; i < sample->count; i++)
        if (sample->at[i].bucket == bucket)
            return true;
    return false;
}

static void add_pool(const struct evict *evict, struct sample *sample)
{
    unsigned i;

    for (i = 0; i < evict->pooled; i++)
        if (!was_looked_into(sample, evict->pool[i].bucket))
            add(sample, &evict->pool[i]);
}

/* --- newcomers --- */

static void add_newcomer(const struct cache *cache, struct sample *sample,
                         const struct newcomer *newcomer)
{
    const struct map *map = cache->databases[newcomer->database].map;
    struct place place = {.database = newcomer->database};
    const struct entry *entry;

    if (newcomer->heat == 0 || map == NULL)
        return;
    entry = map_likely(map, newcomer->hash, &place.bucket);
    if (entry != NULL && entry->heat == newcomer->heat && !was_looked_into(sample, place.bucket))
        consider(cache, sample, &place, entry);
}

/* Of frequency and time they have little to tell, and chance needs none of them. They were not
 * chosen as all others are: nothing is learned from them. */
static void add_newcomers(struct cache *cache, struct sample *sample)
{
    const int policy = cache->settings->maxmemory_policy;
    unsigned i;

    if (policy != POLICY_ALLKEYS_LRU && policy != POLICY_VOLATILE_LRU)
        return;
    for (i = 0; i < LOOKS_AT_NEW; i++)
        add_newcomer(cache, sample,
                     &cache->evict->newcomers.at[random_below(&cache->random, NEWCOMERS)]);
}

/* The order of ranks, none of which is below 0, is that of their bits as a number. The last few of
 * these say whose it is. */
static uint64_t order_of(double rank, unsigned index)
{
    uint64_t bits;

    memcpy(&bits, &rank, sizeof(bits));
    return (bits & ~(uint64_t)INDEX_MASK) | index;
}

/* The least first; how many. */
static unsigned least_first(struct cache *cache, struct sample *sample, uint64_t *orders,
                            unsigned most)
{
    unsigned i, k;

    for (i = 0; i < sample->count; i++)
        orders[i] = order_of(rank(cache, &sample->at[i]), i);
    for (i = 0; i < sample->count && i < most; i++)
        for (k = i + 1; k < sample->count; k++) {
            const uint64_t less = orders[k] < orders[i] ? orders[k] : orders[i];

            orders[k] ^= orders[i] ^ less;
            orders[i] = less;
        }
    return i;
}

/* The least that is still there; the next best wait for the next time. */
static struct entry *pick(struct cache *cache, struct sample *sample, unsigned *database)
{
    struct evict *evict = cache->evict;
    uint64_t orders[CANDIDATES];
    struct entry *entry = NULL;
    unsigned count, i;

    add_pool(evict, sample);
    add_newcomers(cache, sample);
    count = least_first(cache, sample, orders, EVICT_POOL + 1);
    for (i = 0; i < count && entry == NULL; i++) {
        const struct candidate *candidate = &sample->at[orders[i] & INDEX_MASK];

        entry = entry_of(cache, candidate);
        *database = candidate->database;
    }
    for (evict->pooled = 0; i < count; i++)
        evict->pool[evict->pooled++] = sample->at[orders[i] & INDEX_MASK];
    assert(entry != NULL); /* one of the first five was looked at just now */
    return entry;
}

/* --- */

/* Ages are known to a small part of how long entries stay. */
static void tick(struct cache *cache, uint64_t keys)
{
    struct evict *evict = cache->evict;

    if (cache->stats.requests - evict->requests < keys / TICK_SHARE)
        return;
    evict->requests = cache->stats.requests;
    heat_clock_tick(&evict->clock);
}

bool evict_one(struct cache *cache)
{
    const struct totals totals = add_up(cache);
    struct evict *evict = cache->evict;
    struct sample sample;
    struct entry *entry;
    unsigned database = 0;

    if (totals.eligible == 0 || cache->settings->maxmemory_policy == POLICY_NOEVICTION)
        return false;
    tick(cache, totals.keys);
    sample.count = 0;
    memset(sample.seen, 0, sizeof(sample.seen));
    take_sample(cache, &sample, &totals);
    entry = pick(cache, &sample, &database);
    evict->bytes += entry_key(entry).len + entry_len(entry);
    keyspace_evict(cache, &cache->databases[database], entry);
    worth_learn(&evict->worth, &evict->clock, totals.keys);
    ghosts_fit(&evict->ghosts, &cache->memory, totals.keys);
    return true;
}

uint64_t evict_bytes(const struct cache *cache)
{
    return cache->evict->bytes;
}
