#include "cache/keyspace.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/args.h"
#include "cache/inside.h"

uint64_t keyspace_hash(const struct cache *cache, struct bytes key)
{
    return keyhash_of(cache->keyhash, key);
}

static bool is_dead(const struct cache *cache, const struct entry *entry)
{
    return entry_has_expiry(entry) &&
           deadline_steady(entry_expiry(entry), cache->memory.skew) < cache->now;
}

/* Keys with an expiry are counted per database and, for every turn asks, in all. */
static void count_expiring(struct cache *cache, struct database *database, int more)
{
    database->expiring += (uint64_t)(int64_t)more;
    cache->expiring += (uint64_t)(int64_t)more;
}

static void delete (struct cache *cache, struct entry *entry, uint64_t hash)
{
    struct database *database = cache->selected;

    const bool removed = map_remove(database->map, entry, hash);

    assert(removed);
    if (entry_has_expiry(entry))
        count_expiring(cache, database, -1);
    entry_free(&cache->memory, entry);
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
    delete (cache, entry, hash);
    cache->selected = selected;
}

/* One more use. Nothing is stored when that changes nothing. */
static inline void use(struct cache *cache, struct entry *entry)
{
    const uint32_t heat = evict_used(cache->evict, entry->heat);

    if (heat != entry->heat)
        entry->heat = heat;
}

static __attribute__((noinline)) void expire(struct cache *cache, struct entry *entry,
                                             uint64_t hash)
{
    delete (cache, entry, hash);
    cache->stats.expired_keys++;
}

void keyspace_prefetch(const struct cache *cache, uint64_t hash)
{
    unsigned i;

    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        if (cache->databases[i].map != NULL)
            map_prefetch_bucket(cache->databases[i].map, hash);
}

void keyspace_foresee(const struct cache *cache, const uint64_t *hashes, unsigned count)
{
    const struct bucket *buckets[KEYSPACE_FORESEEN];
    const struct map *map = cache->selected->map;
    struct entry *likely;
    unsigned i;

    if (map == NULL)
        return;
    for (i = 0; i < count; i++)
        buckets[i] = map_prefetch_bucket(map, hashes[i]);
    for (i = 0; i < count; i++)
        map_prefetch_entry(&cache->memory, buckets[i], hashes[i], cache->reach, &likely);
}

/* An entry does not say in which database it is; most have but one. */
bool keyspace_reap(struct cache *cache, struct entry *entry, uint64_t hash)
{
    unsigned i;

    for (i = 0; i < CACHE_DATABASES_MAX; i++) {
        struct database *database = &cache->databases[i];

        if (database->expiring == 0 || !map_remove(database->map, entry, hash))
            continue;
        count_expiring(cache, database, -1);
        entry_free(&cache->memory, entry);
        cache->stats.expired_keys++;
        return true;
    }
    return false;
}

/* The entry that was found when the command's key was hashed, if it can still be relied upon. It may
 * be another key's. */
static inline struct entry *foreseen(const struct cache *cache)
{
    return cache->memory.given ? NULL : cache->likely;
}

static inline struct entry *find_in_map(const struct cache *cache, struct bytes key, uint64_t hash)
{
    const struct map *map = cache->selected->map;

    return map == NULL ? NULL : map_find(map, key, hash);
}

/* A living key. One whose time has come is deleted on the way. */
static inline struct entry *find(struct cache *cache, struct bytes key, uint64_t hash)
{
    struct entry *entry = foreseen(cache);

    if (entry == NULL || !bytes_are_plainly_equal(entry_short_key(entry), key))
        entry = find_in_map(cache, key, hash);
    if (entry != NULL && __builtin_expect(is_dead(cache, entry), 0)) {
        expire(cache, entry, hash);
        return NULL;
    }
    return entry;
}

struct entry *keyspace_read(struct cache *cache, struct bytes key, uint64_t hash)
{
    struct entry *entry = find(cache, key, hash);

    if (entry == NULL) {
        cache->stats.keyspace_misses++;
        return NULL;
    }
    cache->stats.keyspace_hits++;
    use(cache, entry);
    return entry;
}

static inline struct entry *foreseen_plain(const struct cache *cache, struct bytes key)
{
    struct entry *entry = foreseen(cache);

    if (entry == NULL || !entry_is_plain(entry) ||
        !bytes_are_plainly_equal(entry_plain_key(entry), key))
        return NULL;
    return entry;
}

struct entry *keyspace_read_plain(struct cache *cache, struct bytes key)
{
    struct entry *entry = foreseen_plain(cache, key);

    if (entry == NULL)
        return NULL;
    cache->stats.keyspace_hits++;
    use(cache, entry);
    return entry;
}

struct entry *keyspace_peek(struct cache *cache, struct bytes key, uint64_t hash)
{
    return find(cache, key, hash);
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

    entry->heat =
        evict_heat_of_new(cache->evict, hash, (uint32_t)(cache->selected - cache->databases));
    if (map == NULL || !map_insert(map, entry, hash)) {
        entry_free(&cache->memory, entry);
        return false;
    }
    if (entry_has_expiry(entry))
        count_expiring(cache, cache->selected, 1);
    return true;
}

/* Puts `entry` where another one was. */
static void replace(struct cache *cache, struct entry *old, struct entry *entry, uint64_t hash)
{
    struct database *database = cache->selected;
    const bool replaced = map_replace(database->map, old, entry, hash);

    assert(replaced);
    count_expiring(cache, database, entry_has_expiry(entry) - entry_has_expiry(old));
    entry_free(&cache->memory, old);
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
    large->len = value.len;
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
    entry = entry_new_large(&cache->memory, key, large, expiry);
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

    if (!entry_fits_inside(key, value.len))
        return new_large(cache, key, value, value.len, expiry);
    entry = entry_new(&cache->memory, key, value.len, expiry);
    if (entry != NULL)
        entry_set_text(entry, value);
    return entry;
}

/* Is its slot good enough for a value of that length, without wasting much? */
static bool fits_slot(const struct cache *cache, const struct entry *entry, size_t len,
                      int64_t expiry)
{
    const size_t need = entry_need(entry_key(entry), len, expiry);
    const size_t slot = memory_slot(&cache->memory, entry);

    return len <= ENTRY_VALUE_MAX && need <= slot && slot - need < 32 + need / 16;
}

/* May the value be written again where it is? Of the same length it surely may. */
static bool fits_in_place(const struct cache *cache, const struct entry *entry, size_t len,
                          int64_t expiry)
{
    if (entry_is_large(entry) || entry_has_expiry(entry) != (expiry != ENTRY_FOREVER))
        return false;
    return len == entry->value_len || fits_slot(cache, entry, len, expiry);
}

static void write_in_place(struct cache *cache, struct entry *entry, struct bytes value,
                           int64_t expiry)
{
    entry_set_text(entry, value);
    if (expiry != ENTRY_FOREVER)
        entry_set_expiry(&cache->memory, entry, expiry);
}

/* This and what follows is apart from keyspace_set, so that the usual case saves nothing for it. */
static __attribute__((noinline)) bool write_elsewhere(struct cache *cache, struct entry *old,
                                                      uint64_t hash, struct bytes value,
                                                      int64_t expiry)
{
    struct entry *entry = new_entry(cache, entry_key(old), value, expiry);

    if (entry == NULL)
        return false;
    entry->heat = old->heat;
    replace(cache, old, entry, hash);
    cache->stats.changes++;
    return true;
}

static __attribute__((noinline)) bool write_new(struct cache *cache, struct bytes key,
                                                uint64_t hash, struct bytes value, int64_t expiry)
{
    struct entry *entry = new_entry(cache, key, value, expiry);

    if (entry == NULL || !insert(cache, entry, hash))
        return false;
    cache->stats.changes++;
    return true;
}

/* How much more a value of that length takes, roughly: only large ones are asked about. */
static inline size_t growth(const struct entry *entry, size_t len)
{
    const size_t old = entry == NULL ? 0 : entry_text(entry).len;

    return len > old ? len - old : 0;
}

bool keyspace_set(struct cache *cache, struct bytes key, uint64_t hash, struct bytes value,
                  int64_t expiry)
{
    struct entry *entry = find(cache, key, hash);

    if (limit_forbids(cache, growth(entry, value.len)))
        return false;
    if (__builtin_expect(entry == NULL, 0))
        return write_new(cache, key, hash, value, expiry == KEEP_EXPIRY ? ENTRY_FOREVER : expiry);
    use(cache, entry);
    if (expiry == KEEP_EXPIRY)
        expiry = entry_expiry(entry);
    if (__builtin_expect(!fits_in_place(cache, entry, value.len, expiry), 0))
        return write_elsewhere(cache, entry, hash, value, expiry);
    write_in_place(cache, entry, value, expiry);
    cache->stats.changes++;
    return true;
}

#define SHORT_VALUE 64

bool keyspace_set_plain(struct cache *cache, struct bytes key, struct bytes value)
{
    struct entry *entry;

    if (value.len > SHORT_VALUE)
        return false;
    entry = foreseen_plain(cache, key);
    if (entry == NULL || entry->value_len != value.len)
        return false;
    use(cache, entry);
    bytes_copy_short(entry->rest + entry->key_len, value.at, value.len);
    cache->stats.changes++;
    return true;
}

/* A quarter more than asked for, so that a value that keeps growing is not copied at each step. */
static size_t roomy(size_t len)
{
    return len + len / 4 + 8;
}

static struct entry *grow(struct cache *cache, struct entry *old, uint64_t hash, size_t len)
{
    struct entry *entry;

    if (entry_is_large(old))
        return grow_large(cache, old, len, roomy(len));
    if (len <= entry_capacity(&cache->memory, old))
        return old;
    if (entry_fits_inside(entry_key(old), roomy(len)))
        entry = entry_copy(&cache->memory, old, roomy(len), entry_expiry(old));
    else
        entry = enlarge(cache, old, roomy(len));
    if (entry != NULL)
        replace(cache, old, entry, hash);
    return entry;
}

/* An empty one with room. */
static struct entry *insert_empty(struct cache *cache, struct bytes key, uint64_t hash, size_t len)
{
    struct entry *entry = entry_fits_inside(key, len)
                              ? entry_new(&cache->memory, key, len, ENTRY_FOREVER)
                              : new_large(cache, key, bytes_new(NULL, 0), len, ENTRY_FOREVER);

    return entry != NULL && insert(cache, entry, hash) ? entry : NULL;
}

struct entry *keyspace_resize(struct cache *cache, struct bytes key, uint64_t hash, size_t len)
{
    struct entry *entry = find(cache, key, hash);

    if (limit_forbids(cache, growth(entry, len)))
        return NULL;
    if (entry != NULL) {
        use(cache, entry);
        entry = grow(cache, entry, hash, len);
    } else {
        entry = insert_empty(cache, key, hash, len);
    }
    cache->stats.changes += entry != NULL;
    return entry;
}

bool keyspace_expire(struct cache *cache, struct bytes key, uint64_t hash, int64_t expiry)
{
    struct entry *old = find(cache, key, hash), *entry;

    assert(old != NULL);
    if (entry_has_expiry(old) && expiry != ENTRY_FOREVER) {
        entry_set_expiry(&cache->memory, old, expiry);
    } else if (entry_has_expiry(old) != (expiry != ENTRY_FOREVER)) {
        entry = entry_copy(&cache->memory, old, entry_len(old), expiry);
        if (entry == NULL)
            return false;
        replace(cache, old, entry, hash);
    }
    cache->stats.changes++;
    return true;
}

bool keyspace_delete(struct cache *cache, struct bytes key, uint64_t hash)
{
    struct entry *entry = find(cache, key, hash);

    if (entry == NULL)
        return false;
    delete (cache, entry, hash);
    cache->stats.changes++;
    return true;
}

uint64_t keyspace_count(const struct cache *cache)
{
    return cache->selected->map == NULL ? 0 : map_count(cache->selected->map);
}

size_t keyspace_bytes(const struct cache *cache, const struct entry *entry)
{
    const struct map *map = cache->selected->map;
    const size_t block = entry_is_large(entry) ? entry_large(entry)->size : 0;

    return entry_cost(&cache->memory, entry) + block + map_memory(map) / map_count(map);
}

int64_t keyspace_idle_ms(const struct cache *cache, const struct entry *entry)
{
    return heat_idle_ms(entry->heat, &cache->evict->clock);
}

uint32_t keyspace_uses(const struct cache *cache, const struct entry *entry)
{
    return heat_faded(entry->heat, &cache->evict->clock);
}

void keyspace_pretend(struct cache *cache, struct entry *entry, int64_t idle_ms, uint32_t uses)
{
    entry->heat = heat_of_idle(&cache->evict->clock, idle_ms, uses);
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

/* It is taken apart later; at once when there is no memory to note that. */
static void bury(struct cache *cache, struct map *map)
{
    struct grave *grave = malloc(sizeof(*grave));

    if (grave == NULL) {
        while (!map_dismantle(map, UINT32_MAX))
            ;
        return;
    }
    *grave = (struct grave){cache->graves, map};
    cache->graves = grave;
}

void keyspace_bury(struct cache *cache, struct database *database)
{
    if (database->map == NULL)
        return;
    bury(cache, database->map);
    cache->memory.given = true; /* its entries are as good as that */
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
