#include "cache/expire.h"

#include "cache/due.h"
#include "cache/inside.h"
#include "cache/keyspace.h"

#define AT_ONCE 16    /* entries whose cache misses overlap */
#define BUDGET_MOST 8 /* more would make a turn too long */
#define KEYS_PER_BUDGET 4
#define DELAY_MOST 5     /* ticks that make a turn longer */
#define STEPS_PER_KEY 16 /* deleting one, in steps of the wheel */
#define BURIED_TICKS 8   /* before one that lies in a grave is looked at again */

#define LISTS_PER_BUDGET 8

static uint64_t present(const struct cache *cache)
{
    return due_tick(cache->now);
}

bool expire_is_due(const struct cache *cache)
{
    return cache->expiring > 0 && !cache->passive &&
           (!due_is_through(&cache->memory, present(cache)) || cache->misdated != DUE_THROUGH);
}

/* Of those whose time was moved, or that were far away, when they were filed. */
static bool is_early(struct cache *cache, const struct entry *entry)
{
    const uint64_t due = entry_due(&cache->memory, entry);

    if (due <= present(cache))
        return false;
    due_file(&cache->memory, entry, due);
    return true;
}

/* What is left of them is dead. */
static unsigned sort_out(struct cache *cache, void **entries, unsigned count)
{
    unsigned dead = 0, i;

    for (i = 0; i < count; i++)
        if (!is_early(cache, entries[i]))
            entries[dead++] = entries[i];
    return dead;
}

/* One that is in no database was cleared with one that is freed by and by. */
static void reap(struct cache *cache, struct entry *entry, uint64_t hash)
{
    if (!keyspace_reap(cache, entry, hash))
        due_file(&cache->memory, entry, present(cache) + BURIED_TICKS);
}

static void reap_all(struct cache *cache, void **entries, unsigned count)
{
    uint64_t hashes[AT_ONCE];
    unsigned i;

    for (i = 0; i < count; i++) {
        hashes[i] = keyspace_hash(cache, entry_key(entries[i]));
        keyspace_prefetch(cache, hashes[i]);
    }
    for (i = 0; i < count; i++)
        reap(cache, entries[i], hashes[i]);
}

static unsigned take(struct cache *cache, void **entries, unsigned *steps)
{
    const unsigned count = due_take(&cache->memory, present(cache), entries, AT_ONCE, steps);
    unsigned i;

    for (i = 0; i < count; i++) {
        __builtin_prefetch(entries[i]);
        __builtin_prefetch((const char *)entries[i] + sizeof(struct entry) * 5);
    }
    return count;
}

static unsigned steps_of(const struct cache *cache, unsigned budget)
{
    const uint64_t now = present(cache), shown = cache->memory.wheel.now;
    const uint64_t delay = now < shown ? 0 : now - shown;
    const unsigned share = 1 + (unsigned)(delay < DELAY_MOST ? delay : DELAY_MOST);

    return (budget < BUDGET_MOST ? budget : BUDGET_MOST) * KEYS_PER_BUDGET * share * STEPS_PER_KEY;
}

static bool is_date(const struct entry *entry)
{
    return entry_expiry(entry) < 0;
}

/* The wall clock has jumped ahead: dates come sooner than they were filed for. */
static void file_again(struct cache *cache, unsigned lists)
{
    for (; lists > 0 && cache->misdated != DUE_THROUGH; lists--) {
        void *entries[AT_ONCE];
        const unsigned count = due_list(&cache->memory, &cache->misdated, entries, AT_ONCE);
        unsigned i;

        for (i = 0; i < count; i++)
            if (is_date(entries[i]))
                due_file(&cache->memory, entries[i], entry_due(&cache->memory, entries[i]));
    }
}

bool expire_some(struct cache *cache, unsigned budget)
{
    unsigned steps = steps_of(cache, budget);
    void *entries[AT_ONCE];
    unsigned count;

    if (__builtin_expect(cache->misdated != DUE_THROUGH, 0))
        file_again(cache, (budget < BUDGET_MOST ? budget : BUDGET_MOST) * LISTS_PER_BUDGET);
    while ((count = take(cache, entries, &steps)) > 0) {
        const unsigned dead = sort_out(cache, entries, count);
        const unsigned cost = dead * STEPS_PER_KEY + (count - dead);

        reap_all(cache, entries, dead);
        steps -= steps < cost ? steps : cost;
    }
    return expire_is_due(cache);
}
