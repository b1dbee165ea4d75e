#include "cache/keyspace.h"

#include <assert.h>

#include "cache/args.h"
#include "cache/inside.h"
#include "cache/panic.h"

uint64_t keyspace_hash(const struct cache *cache, struct bytes key)
{
    return keyhash_of(cache->keyhash, key);
}

static bool is_dead(const struct cache *cache, const struct entry *entry)
{
    return (entry->flags & ENTRY_HAS_EXPIRY) && entry_expiry(entry) < cache->now;
}

static bool has_expiry(const struct entry *entry)
{
    return entry->flags & ENTRY_HAS_EXPIRY;
}

/* Keys with an expiry are counted per database and, for every turn asks, in all. */
static void count_expiring(struct cache *cache, struct database *database, int more)
{
    database->expiring += (uint64_t)(int64_t)more;
    cache->expiring += (uint64_t)(int64_t)more;
}

static void remove_at(struct cache *cache, struct entry **place)
{
    struct database *database = cache->selected;
    struct entry *entry = map_remove(database->map, place);

    if (has_expiry(entry))
        count_expiring(cache, database, -1);
    entry_free(&cache->memory, entry);
}

/* The one use of map_find, which is inlined here. */
static __attribute__((noinline)) struct entry **place_of(struct map *map, struct bytes key,
                                                         uint64_t hash)
{
    return map == NULL ? NULL : map_find(map, key, hash);
}

void keyspace_evict(struct cache *cache, struct database *database, struct entry *entry)
{
    struct database *selected = cache->selected;
    const uint64_t hash = keyspace_hash(cache, entry_key(entry));

    if (is_dead(cache, entry)) {
        cache->stats.expired_keys++;
    } else {
        cache->stats.evicted_keys++;
        ghosts_remember(&cache->evict->ghosts, hash, heat_count(entry->heat));
    }
    cache->selected = database;
    remove_at(cache, place_of(database->map, entry_key(entry), hash));
    cache->selected = selected;
}

/* One more use. Nothing is stored when that changes nothing. */
static inline void use(struct cache *cache, struct entry *entry)
{
    const uint32_t heat = evict_used(cache->evict, entry->heat);

    if (heat != entry->heat)
        entry->heat = heat;
}

static __attribute__((noinline)) void expire(struct cache *cache, struct entry **place)
{
    remove_at(cache, place);
    cache->stats.expired_keys++;
}

/* The place of a living key. One whose time has come is deleted on the way. */
static inline struct entry **find(struct cache *cache, struct bytes key, uint64_t hash)
{
    struct entry **place = place_of(cache->selected->map, key, hash);

    if (place != NULL && __builtin_expect(is_dead(cache, *place), 0)) {
        expire(cache, place);
        return NULL;
    }
    return place;
}

struct entry *keyspace_read(struct cache *cache, struct bytes key, uint64_t hash)
{
    struct entry **place = find(cache, key, hash);

    if (place == NULL) {
        cache->stats.keyspace_misses++;
        return NULL;
    }
    cache->stats.keyspace_hits++;
    use(cache, *place);
    return *place;
}

struct entry *keyspace_peek(struct cache *cache, struct bytes key, uint64_t hash)
{
    struct entry **place = find(cache, key, hash);

    return place == NULL ? NULL : *place;
}

/* The database's map, made when first needed. */
static struct map *writable_map(struct cache *cache)
{
    struct database *database = cache->selected;

    if (database->map == NULL)
        database->map = map_new(&cache->memory, cache->keyhash);
    return database->map;
}

static bool insert(struct cache *cache, struct entry *entry, uint64_t hash)
{
    struct map *map = writable_map(cache);

    entry->heat = evict_heat_of_new(cache->evict, hash);
    if (map == NULL || !map_insert(map, entry, hash)) {
        entry_free(&cache->memory, entry);
        return false;
    }
    if (has_expiry(entry))
        count_expiring(cache, cache->selected, 1);
    return true;
}

/* Puts `entry` where another one was. */
static void replace(struct cache *cache, struct entry **place, struct entry *entry)
{
    struct database *database = cache->selected;

    count_expiring(cache, database, has_expiry(entry) - has_expiry(*place));
    entry_free(&cache->memory, *place);
    *place = entry;
}

/* --- large values --- */

/* The block that the command under way has received the value into; it leaves the command. */
static struct large *take_carried(struct cache *cache, struct bytes value)
{
    struct large **place = cache->carrier == NULL ? NULL : &cache->carrier->larges;
    struct large *large;

    while (place != NULL && *place != NULL && (*place)->at != value.at)
        place = &(*place)->next;
    if (place == NULL || *place == NULL || (*place)->len != value.len)
        return NULL;
    large = *place;
    *place = large->next;
    return large;
}

/* Keeps it, and sends a free one home in its stead. */
static void keep(struct cache *cache, struct large *large)
{
    struct large *spare = memory_adopt_large(&cache->memory, large);

    if (spare == NULL)
        return;
    spare->next = cache->carrier->spare;
    cache->carrier->spare = spare;
}

/* A block with the value in it, held once. */
static struct large *large_of(struct cache *cache, struct bytes value, size_t capacity)
{
    struct large *large = take_carried(cache, value);

    if (large != NULL) {
        keep(cache, large);
    } else {
        large = memory_take_large(&cache->memory, capacity);
        if (large == NULL)
            return NULL;
        if (value.len > 0)
            memcpy(large->at, value.at, value.len);
    }
    large->keeper = cache->index;
    return large;
}

static struct entry *new_large(struct cache *cache, struct bytes key, struct bytes value,
                               size_t capacity, int64_t expiry)
{
    struct large *large = large_of(cache, value, capacity);
    struct entry *entry;

    if (large == NULL)
        return NULL;
    entry = entry_new_large(&cache->memory, key, large, value.len, expiry);
    if (entry == NULL)
        memory_drop_large(&cache->memory, large);
    return entry;
}

/* A small one with more room than it may have inside. */
static struct entry *enlarge(struct cache *cache, const struct entry *entry, size_t capacity)
{
    struct entry *large =
        new_large(cache, entry_key(entry), entry_text(entry), capacity, entry_expiry(entry));

    if (large != NULL)
        large->heat = entry->heat;
    return large;
}

/* Its block is made large enough, and nobody else's. */
static struct entry *grow_large(struct cache *cache, struct entry *entry, size_t len,
                                size_t capacity)
{
    struct large *large = entry_large(entry);

    if (large->holders == 1 && len <= large->capacity)
        return entry;
    large = large_of(cache, entry_text(entry), len <= large->capacity ? len : capacity);
    if (large == NULL)
        return NULL;
    entry_change_large(&cache->memory, entry, large);
    return entry;
}

/* --- writing --- */

static struct entry *new_entry(struct cache *cache, struct bytes key, struct bytes value,
                               int64_t expiry)
{
    struct entry *entry;

    if (value.len >= LARGE_MIN)
        return new_large(cache, key, value, value.len, expiry);
    entry = entry_new(&cache->memory, key, value.len, expiry);
    if (entry != NULL)
        entry_set_text(entry, value);
    return entry;
}

/* Is the value's place good enough to be written again, without wasting much? */
static bool fits_in_place(const struct entry *entry, size_t len, int64_t expiry)
{
    return len <= entry->value_capacity && entry->value_capacity - len <= 32 + len / 4 &&
           (entry->flags & (ENTRY_HAS_EXPIRY | ENTRY_IS_LARGE)) ==
               (expiry != ENTRY_FOREVER ? ENTRY_HAS_EXPIRY : 0);
}

static bool overwrite(struct cache *cache, struct entry **place, struct bytes value, int64_t expiry)
{
    struct entry *entry = *place;

    if (fits_in_place(entry, value.len, expiry)) {
        entry_set_text(entry, value);
        if (expiry != ENTRY_FOREVER)
            entry_set_expiry(entry, expiry);
        return true;
    }
    entry = new_entry(cache, entry_key(entry), value, expiry);
    if (entry == NULL)
        return false;
    entry->heat = (*place)->heat;
    replace(cache, place, entry);
    return true;
}

bool keyspace_set(struct cache *cache, struct bytes key, uint64_t hash, struct bytes value,
                  int64_t expiry)
{
    struct entry **place = find(cache, key, hash);
    bool done;

    if (place != NULL) {
        use(cache, *place);
        done =
            overwrite(cache, place, value, expiry == KEEP_EXPIRY ? entry_expiry(*place) : expiry);
    } else {
        struct entry *entry =
            new_entry(cache, key, value, expiry == KEEP_EXPIRY ? ENTRY_FOREVER : expiry);

        done = entry != NULL && insert(cache, entry, hash);
    }
    cache->stats.changes += done;
    return done;
}

/* A quarter more than asked for, so that a value that keeps growing is not copied at each step. */
static size_t roomy(size_t len)
{
    return len + len / 4 + 8;
}

static struct entry *grow(struct cache *cache, struct entry **place, size_t len)
{
    struct entry *entry = *place;

    if (entry_is_large(entry))
        return grow_large(cache, entry, len, roomy(len));
    if (len <= entry->value_capacity)
        return entry;
    if (roomy(len) >= LARGE_MIN)
        entry = enlarge(cache, entry, roomy(len));
    else
        entry = entry_copy(&cache->memory, entry, roomy(len), entry_expiry(entry));
    if (entry != NULL)
        replace(cache, place, entry);
    return entry;
}

struct entry *keyspace_resize(struct cache *cache, struct bytes key, uint64_t hash, size_t len)
{
    struct entry **place = find(cache, key, hash);
    struct entry *entry;

    if (place != NULL) {
        use(cache, *place);
        entry = grow(cache, place, len);
    } else {
        entry = len >= LARGE_MIN ? new_large(cache, key, bytes_new(NULL, 0), len, ENTRY_FOREVER)
                                 : entry_new(&cache->memory, key, len, ENTRY_FOREVER);
        if (entry != NULL && !insert(cache, entry, hash))
            entry = NULL;
    }
    cache->stats.changes += entry != NULL;
    return entry;
}

bool keyspace_expire(struct cache *cache, struct bytes key, uint64_t hash, int64_t expiry)
{
    struct entry **place = find(cache, key, hash);
    struct entry *entry;

    assert(place != NULL);
    if (has_expiry(*place) && expiry != ENTRY_FOREVER) {
        entry_set_expiry(*place, expiry);
    } else if (has_expiry(*place) != (expiry != ENTRY_FOREVER)) {
        entry = entry_copy(&cache->memory, *place, (*place)->value_len, expiry);
        if (entry == NULL)
            return false;
        replace(cache, place, entry);
    }
    cache->stats.changes++;
    return true;
}

bool keyspace_delete(struct cache *cache, struct bytes key, uint64_t hash)
{
    struct entry **place = find(cache, key, hash);

    if (place == NULL)
        return false;
    remove_at(cache, place);
    cache->stats.changes++;
    return true;
}

uint64_t keyspace_count(const struct cache *cache)
{
    return cache->selected->map == NULL ? 0 : map_count(cache->selected->map);
}

#define RANDOM_TRIES 100 /* so many dead keys in a row: hardly any is alive */

struct entry *keyspace_random(struct cache *cache)
{
    struct map *map = cache->selected->map;
    unsigned tries;

    for (tries = 0; map != NULL && tries < RANDOM_TRIES; tries++) {
        struct entry *entry = map_random(map, &cache->random);

        if (entry == NULL || !is_dead(cache, entry))
            return entry;
        find(cache, entry_key(entry), keyspace_hash(cache, entry_key(entry))); /* deletes it */
    }
    return NULL;
}

void keyspace_bury(struct cache *cache, struct database *database)
{
    struct grave *grave;

    if (database->map == NULL)
        return;
    grave = must_malloc(sizeof(*grave));
    *grave = (struct grave){cache->graves, database->map};
    cache->graves = grave;
    cache->expiring -= database->expiring;
    *database = (struct database){0};
}

void keyspace_clear(struct cache *cache)
{
    cache->stats.changes += keyspace_count(cache);
    keyspace_bury(cache, cache->selected);
}

void keyspace_clear_all(struct cache *cache)
{
    struct database *selected = cache->selected;
    unsigned i;

    for (i = 0; i < CACHE_DATABASES_MAX; i++) {
        cache->selected = &cache->databases[i];
        keyspace_clear(cache);
    }
    cache->selected = selected;
}

void keyspace_swap(struct cache *cache, unsigned first, unsigned second)
{
    const struct database database = cache->databases[first];

    cache->databases[first] = cache->databases[second];
    cache->databases[second] = database;
}

/* --- visiting --- */

struct living {
    struct cache *cache;
    keyspace_visit *visit;
    void *context;
};

static bool visit_living(void *context, struct entry *entry)
{
    struct living *living = context;

    if (!is_dead(living->cache, entry))
        living->visit(living->context, entry);
    return false;
}

uint64_t keyspace_scan(struct cache *cache, uint64_t position, keyspace_visit *visit, void *context)
{
    struct living living = {cache, visit, context};

    if (cache->selected->map == NULL)
        return 0;
    return map_scan(cache->selected->map, position, visit_living, &living);
}

void keyspace_each(struct cache *cache, keyspace_visit *visit, void *context)
{
    uint64_t position = 0;

    do
        position = keyspace_scan(cache, position, visit, context);
    while (position != 0);
}

struct sweep {
    struct cache *cache;
    struct database *database;
};

static bool sweep_dead(void *context, struct entry *entry)
{
    struct sweep *sweep = context;

    if (!is_dead(sweep->cache, entry))
        return false;
    count_expiring(sweep->cache, sweep->database, -1);
    sweep->cache->stats.expired_keys++;
    entry_free(&sweep->cache->memory, entry);
    return true;
}

void keyspace_sweep(struct cache *cache, struct database *database)
{
    struct sweep sweep = {cache, database};

    database->sweep = map_scan(database->map, database->sweep, sweep_dead, &sweep);
}
