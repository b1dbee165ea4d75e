#include "cache/cache.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/command.h"
#include "cache/compact.h"
#include "cache/due.h"
#include "cache/hotkeys.h"
#include "cache/expire.h"
#include "cache/inside.h"
#include "cache/panic.h"
#include "conf/settings.h"

#define EVICTIONS_AT_ONCE 32
#define BUCKETS_PER_BUDGET 4
#define BUCKETS_AT_ONCE 32 /* ten entries each */
#define TRIMS_AT_ONCE 1    /* a system call, which may take 100 us in a virtual machine */
#define REACH_MEAN 8
#define REACH_FIRST 64
#define REACH_MOST 256  /* what is longer the processor asks for itself */
#define LOANS_AT_ONCE 8 /* each may give a block back to the system */

/* One of several has its budget from elsewhere: see cache_set_limit. */
static void apply_limit(struct cache *cache)
{
    const int64_t maxmemory = cache->settings == NULL ? 0 : cache->settings->maxmemory;

    if (cache->count == 1)
        limit_set(cache, maxmemory == 0 ? LIMIT_NONE : (size_t)maxmemory);
    cache->limit.stuck = false;
}

struct cache *cache_new(const struct cache_setup *setup)
{
    struct cache *cache = must_calloc(1, sizeof(*cache));

    cache->keyhash = setup->keyhash;
    cache->settings = setup->settings;
    cache->index = setup->index;
    cache->count = setup->count;
    cache->memory.sharers = setup->count;
    cache->memory.pages.filler = setup->filler;
    cache->now = setup->now;
    cache->memory.skew = setup->skew;
    memory_prepare(&cache->memory);
    cache->misdated = DUE_THROUGH;
    random_seed(&cache->random, setup->seed);
    cache->evict = evict_new(setup->now);
    cache->hotkeys = must_calloc(1, sizeof(*cache->hotkeys));
    cache->selected = &cache->databases[0];
    cache->reach = REACH_FIRST;
    cache->reaches = REACH_FIRST * REACH_MEAN;
    cache->limit.line = LIMIT_NONE;
    apply_limit(cache);
    return cache;
}

void cache_free(struct cache *cache)
{
    unsigned i;

    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        keyspace_bury(cache, &cache->databases[i]);
    while (cache->graves != NULL || cache->loans != NULL)
        cache_turn(cache, UINT32_MAX);
    evict_free(cache->evict, &cache->memory);
    free(cache->hotkeys);
    assert(cache->memory.used == 0);
    memory_fini(&cache->memory);
    free(cache);
}

void cache_set_now(struct cache *cache, int64_t now)
{
    cache->now = now;
    heat_clock_set(&cache->evict->clock, now);
}

int64_t cache_now(const struct cache *cache)
{
    return cache->now;
}

/* When the wall clock goes back dates are filed too early, which does no harm. */
void cache_set_skew(struct cache *cache, int64_t skew)
{
    if (skew > cache->memory.skew)
        cache->misdated = 0;
    cache->memory.skew = skew;
}

int64_t cache_skew(const struct cache *cache)
{
    return cache->memory.skew;
}

int64_t cache_wall(const struct cache *cache)
{
    return cache->now + cache->memory.skew;
}

bool cache_is_over(const struct cache *cache, int64_t deadline)
{
    return deadline != DEADLINE_NEVER &&
           deadline_steady(deadline, cache->memory.skew) <= cache->now;
}

void cache_select(struct cache *cache, unsigned database)
{
    assert(database < CACHE_DATABASES_MAX);
    cache->likely = NULL;
    cache->selected = &cache->databases[database];
}

unsigned cache_database(const struct cache *cache)
{
    return (unsigned)(cache->selected - cache->databases);
}

void cache_adopt(struct cache *cache, const struct settings *settings)
{
    cache->settings = settings;
    apply_limit(cache);
}

void cache_set_limit(struct cache *cache, uint64_t bytes)
{
    limit_set(cache, bytes > LIMIT_NONE ? LIMIT_NONE : (size_t)bytes);
}

bool cache_admit(struct cache *cache, uint64_t bytes)
{
    return cache->limit.line == LIMIT_NONE ||
           limit_admit(cache, bytes < LIMIT_LARGE ? 0 : (size_t)bytes);
}

bool cache_is_limited(const struct cache *cache)
{
    return cache->limit.line != LIMIT_NONE;
}

uint64_t cache_charge(const struct cache *cache)
{
    return limit_charge(cache);
}

const struct settings *cache_settings(const struct cache *cache)
{
    return cache->settings;
}

unsigned cache_index(const struct cache *cache)
{
    return cache->index;
}

unsigned cache_count(const struct cache *cache)
{
    return cache->count;
}

const struct bucket *cache_prefetch_bucket(const struct cache *cache, unsigned database,
                                           uint64_t hash)
{
    const struct map *map = cache->databases[database].map;

    return map == NULL ? NULL : map_prefetch_bucket(map, hash);
}

void cache_look_ahead(struct cache *cache)
{
    cache->memory.given = false;
}

bool cache_has_given(const struct cache *cache)
{
    return cache->memory.given;
}

/* A mean over the last few. */
void cache_learn(struct cache *cache, const struct entry *used)
{
    size_t reach;

    if (used == NULL || cache->memory.given)
        return;
    reach = entry_size(used) - 1;
    cache->reaches += (reach < REACH_MOST ? reach : REACH_MOST) - cache->reach;
    cache->reach = cache->reaches / REACH_MEAN;
}

/* Buckets, too, may have been given back. */
uint32_t cache_prefetch_entry(const struct cache *cache, const struct bucket *bucket, uint64_t hash,
                              struct entry **likely)
{
    if (__builtin_expect(cache->memory.given, 0)) {
        *likely = NULL;
        return 0;
    }
    return map_prefetch_entry(&cache->memory, bucket, hash, cache->reach, likely);
}

uint32_t cache_prefetch_spilled(const struct cache *cache, uint32_t spill, uint64_t hash,
                                struct entry **likely)
{
    if (__builtin_expect(cache->memory.given, 0))
        return 0;
    return map_prefetch_spilled(&cache->memory, spill, hash, cache->reach, likely);
}

/* Both are apart, so that the usual case has the processor's registers to itself. */
static __attribute__((noinline)) void run_limited(struct cache *cache,
                                                  const struct command *command, struct args *args,
                                                  struct reply *reply)
{
    limit_run(cache, command, args, reply);
}

static __attribute__((noinline)) void pay(struct cache *cache)
{
    compact_pay(cache);
}

static inline void run_plain(struct cache *cache, const struct command *command, struct args *args,
                             struct reply *reply)
{
    if (__builtin_expect(cache->limit.line != LIMIT_NONE, 0))
        run_limited(cache, command, args, reply);
    else
        command->on_cache(cache, args, reply);
    if (__builtin_expect(cache->memory.owed > 0, 0))
        pay(cache);
}

/* The keyspace may keep blocks that the words lie in. */
static void run_carrying(struct cache *cache, const struct command *command, struct args *args,
                         struct reply *reply)
{
    cache->carrier = args;
    run_plain(cache, command, args, reply);
    cache->carrier = NULL;
}

void cache_run(struct cache *cache, const struct command *command, struct args *args,
               struct reply *reply, unsigned database)
{
    cache->selected = &cache->databases[database];
    cache->stats.requests++;
    if (__builtin_expect(args->larges != NULL, 0))
        run_carrying(cache, command, args, reply);
    else
        run_plain(cache, command, args, reply);
}

void cache_run_usual(struct cache *cache, const struct command *command, struct args *args,
                     struct reply *reply, unsigned database, struct entry *likely)
{
    cache->likely = likely;
    cache->selected = &cache->databases[database];
    cache->stats.requests++;
    run_plain(cache, command, args, reply);
    cache->likely = NULL;
}

struct loan *cache_lend_copy(struct cache *cache, struct bytes text)
{
    struct large *large = memory_take_loose(&cache->memory, text.len);

    if (large == NULL)
        return NULL;
    large->keeper = cache->index;
    memcpy(large->at, text.at, text.len);
    return large_lend(large, bytes_new(large->at, text.len));
}

static void return_loans(struct cache *cache, unsigned most)
{
    struct loan *loan;

    for (; most > 0 && (loan = cache->loans) != NULL; most--) {
        cache->loans = loan->next;
        memory_take_back_large(&cache->memory, loan->large);
        free(loan);
    }
}

void cache_take_back(struct cache *cache, struct loan *loan)
{
    if (cache->loans == NULL) { /* as usual: a long list need not be walked through */
        cache->loans = loan;
        loan = NULL;
    }
    while (loan != NULL) {
        struct loan *next = loan->next;

        loan->next = cache->loans;
        cache->loans = loan;
        loan = next;
    }
    return_loans(cache, LOANS_AT_ONCE);
}

void cache_trim(struct cache *cache)
{
    larges_trim(&cache->memory.larges);
    larges_trim(&cache->memory.larges); /* what was not needed between the two: all */
}

/* Frees a part of the newest grave. */
void cache_dig(struct cache *cache, unsigned budget)
{
    struct grave *grave = cache->graves;

    if (!map_dismantle(grave->map, budget))
        return;
    cache->graves = grave->next;
    free(grave);
}

/* Pages of what was cleared become free soon, and whole chunks with them. */
static bool can_trim(const struct cache *cache)
{
    return pages_can_trim(&cache->memory.pages, cache->graves != NULL);
}

/* Something to do at once, rather than now and then. */
static bool has_remains(const struct cache *cache)
{
    return cache->graves != NULL || cache->loans != NULL || limit_is_exceeded(cache) ||
           can_trim(cache);
}

static unsigned buckets_of(unsigned budget)
{
    return budget < BUCKETS_AT_ONCE / BUCKETS_PER_BUDGET ? budget * BUCKETS_PER_BUDGET
                                                         : BUCKETS_AT_ONCE;
}

bool cache_work(struct cache *cache, enum cache_work work, unsigned budget)
{
    switch (work) {
    case CACHE_CLEARS:
        if (cache->graves != NULL)
            cache_dig(cache, buckets_of(budget));
        return_loans(cache, LOANS_AT_ONCE);
        return false;
    case CACHE_EVICTS:
        limit_settle(cache, EVICTIONS_AT_ONCE);
        return false;
    case CACHE_EXPIRES:
        return expire_is_due(cache) && expire_some(cache, budget);
    case CACHE_COMPACTS:
        return compact_is_due(cache) && compact_some(cache, budget);
    default:
        pages_trim(&cache->memory.pages, cache->graves != NULL, TRIMS_AT_ONCE);
        return has_remains(cache);
    }
}

bool cache_turn(struct cache *cache, unsigned budget)
{
    bool more = false;
    unsigned work;

    for (work = 0; work < CACHE_WORKS; work++)
        more |= cache_work(cache, (enum cache_work)work, budget);
    return more;
}

bool cache_is_untidy(const struct cache *cache)
{
    return has_remains(cache) || compact_is_due(cache) || expire_is_due(cache);
}

bool cache_has_expiring(const struct cache *cache)
{
    return cache->expiring > 0 && !cache->passive;
}

void cache_set_passive(struct cache *cache, bool passive)
{
    cache->passive = passive;
}

void cache_report(const struct cache *cache, struct cache_report *report)
{
    unsigned i;

    *report = (struct cache_report){
        .stats = cache->stats,
        .memory_used = cache->memory.used,
        .memory_peak = cache->memory.peak,
        .memory_loose = cache->memory.loose,
        .memory_held = memory_held(&cache->memory),
    };
    for (i = 0; i < CACHE_DATABASES_MAX; i++) {
        const struct database *database = &cache->databases[i];

        if (database->map == NULL)
            continue;
        report->databases[i].keys = map_count(database->map);
        report->databases[i].expiring = database->expiring;
        report->databases[i].overhead =
            map_memory(database->map) + map_count(database->map) * sizeof(struct entry);
        report->memory_overhead += report->databases[i].overhead;
    }
}

void cache_reset_stats(struct cache *cache)
{
    cache->stats = (struct cache_stats){0};
}

void cache_time_evictions(struct cache *cache, bool timed)
{
    cache->limit.timed = timed;
}

uint64_t cache_longest_eviction_ns(struct cache *cache)
{
    const uint64_t longest = cache->limit.longest_ns;

    cache->limit.longest_ns = 0;
    return longest;
}

struct hotkeys *cache_hotkeys(struct cache *cache)
{
    return cache->hotkeys;
}

struct cache_stats *cache_stats(struct cache *cache)
{
    return &cache->stats;
}
