#include "cache/map.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS 7
#define LINKED_SLOT 6
#define LINKED 7 /* the eighth tag says whether the last slot is a link */
#define TAG_SHIFT 40

#define BASE_MIN 16
#define SEGMENT_SHIFT 10
#define SEGMENT_BUCKETS (1u << SEGMENT_SHIFT)
/* Entries per bucket: a split begins at the first, and goes on down to the second; below the third,
 * a merge. */
#define GROW_ENTRIES 5
#define GROWN_ENTRIES 2
#define SHRINK_ENTRIES 1

#define SPARES_KEPT 64 /* overflow buckets; more are given back */

struct bucket {
    uint8_t tags[8];
    union {
        struct entry *entry;
        struct bucket *next;
    } slots[SLOTS];
};

struct map {
    struct memory *memory;
    const struct keyhash *keyhash;
    struct bucket **segments;
    size_t segment_count;
    size_t segment_room;
    uint64_t base;  /* a power of two */
    uint64_t split; /* 0 .. base - 1: the next bucket to split */
    uint64_t count;
    uint64_t overflows;
    uint64_t dismantled;
    struct bucket *spare; /* overflow buckets for reuse, linked by their last slot */
    unsigned spares;
};

static inline uint8_t tag_of(uint64_t hash)
{
    const uint8_t tag = (uint8_t)(hash >> TAG_SHIFT);

    return tag == 0 ? 1 : tag;
}

static inline uint64_t index_of(const struct map *map, uint64_t hash)
{
    const uint64_t index = hash & (2 * map->base - 1);

    return index >= map->base + map->split ? index - map->base : index;
}

static inline struct bucket *bucket_at(const struct map *map, uint64_t index)
{
    return &map->segments[index >> SEGMENT_SHIFT][index & (SEGMENT_BUCKETS - 1)];
}

static inline struct bucket *next_of(const struct bucket *bucket)
{
    return bucket->tags[LINKED] ? bucket->slots[LINKED_SLOT].next : NULL;
}

/* A bit at the top of each of the seven tag bytes that equals `tag`. */
static inline uint64_t matches(const struct bucket *bucket, uint8_t tag)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7fULL;
    uint64_t tags;

    memcpy(&tags, bucket->tags, sizeof(tags));
    tags ^= 0x0101010101010101ULL * tag;
    return ~(((tags & low) + low) | tags | low) & 0x0080808080808080ULL;
}

static inline unsigned lowest(uint64_t bits)
{
    return (unsigned)__builtin_ctzll(bits) >> 3;
}

static uint64_t reversed(uint64_t x)
{
    x = ((x >> 1) & 0x5555555555555555ULL) | ((x & 0x5555555555555555ULL) << 1);
    x = ((x >> 2) & 0x3333333333333333ULL) | ((x & 0x3333333333333333ULL) << 2);
    x = ((x >> 4) & 0x0f0f0f0f0f0f0f0fULL) | ((x & 0x0f0f0f0f0f0f0f0fULL) << 4);
    return __builtin_bswap64(x);
}

static struct bucket *new_segment(struct map *map, size_t buckets)
{
    return memory_alloc_lines(map->memory, buckets * sizeof(struct bucket));
}

/* While the map is small its only segment has room for just the next doubling. */
static size_t first_segment_buckets(const struct map *map)
{
    return map->base >= SEGMENT_BUCKETS ? SEGMENT_BUCKETS : 2 * map->base;
}

static size_t segment_buckets(const struct map *map, size_t segment)
{
    return segment == 0 && map->base < SEGMENT_BUCKETS ? first_segment_buckets(map)
                                                       : SEGMENT_BUCKETS;
}

struct map *map_new(struct memory *memory, const struct keyhash *keyhash)
{
    struct map *map = memory_alloc(memory, sizeof(*map));

    if (map == NULL)
        return NULL;
    *map = (struct map){.memory = memory, .keyhash = keyhash, .base = BASE_MIN, .segment_room = 1};
    map->segments = memory_alloc(memory, sizeof(*map->segments));
    if (map->segments == NULL)
        goto free_map;
    map->segments[0] = new_segment(map, first_segment_buckets(map));
    if (map->segments[0] == NULL)
        goto free_segments;
    map->segment_count = 1;
    return map;
free_segments:
    memory_free(memory, map->segments, sizeof(*map->segments));
free_map:
    memory_free(memory, map, sizeof(*map));
    return NULL;
}

/* --- overflow buckets --- */

static struct bucket *overflow_take(struct map *map)
{
    struct bucket *bucket = map->spare;

    if (bucket == NULL)
        return memory_alloc_lines(map->memory, sizeof(*bucket));
    map->spare = bucket->slots[LINKED_SLOT].next;
    map->spares--;
    memset(bucket, 0, sizeof(*bucket));
    return bucket;
}

static void overflow_give(struct map *map, struct bucket *bucket)
{
    bucket->slots[LINKED_SLOT].next = map->spare;
    map->spare = bucket;
    map->spares++;
}

static void free_spares(struct map *map, unsigned kept)
{
    while (map->spares > kept) {
        struct bucket *bucket = map->spare;

        map->spare = bucket->slots[LINKED_SLOT].next;
        map->spares--;
        memory_free(map->memory, bucket, sizeof(*bucket));
    }
}

/* Hangs an empty bucket behind a full one. */
static struct bucket *overflow_link(struct map *map, struct bucket *bucket)
{
    struct bucket *next = overflow_take(map);

    if (next == NULL)
        return NULL;
    next->tags[0] = bucket->tags[LINKED_SLOT];
    next->slots[0] = bucket->slots[LINKED_SLOT];
    bucket->tags[LINKED_SLOT] = 0;
    bucket->tags[LINKED] = 1;
    bucket->slots[LINKED_SLOT].next = next;
    map->overflows++;
    return next;
}

static bool is_empty(const struct bucket *bucket)
{
    static const uint8_t none[SLOTS];

    return memcmp(bucket->tags, none, SLOTS) == 0;
}

/* Takes the empty overflow buckets out of a chain. */
static void shorten(struct map *map, struct bucket *bucket)
{
    struct bucket *next;

    while ((next = next_of(bucket)) != NULL) {
        if (!is_empty(next)) {
            bucket = next;
            continue;
        }
        bucket->tags[LINKED] = next->tags[LINKED];
        bucket->slots[LINKED_SLOT] = next->slots[LINKED_SLOT];
        overflow_give(map, next);
        map->overflows--;
    }
    free_spares(map, SPARES_KEPT);
}

/* --- lookup --- */

static __attribute__((noinline)) struct entry **find_in_chain(struct bucket *bucket,
                                                              struct bytes key, uint8_t tag)
{
    do {
        uint64_t found = matches(bucket, tag);

        for (; found != 0; found &= found - 1) {
            struct entry **place = &bucket->slots[lowest(found)].entry;

            if (bytes_equal(entry_key(*place), key))
                return place;
        }
    } while ((bucket = next_of(bucket)) != NULL);
    return NULL;
}

/* Mostly it is the first with that tag. */
struct entry **map_find(struct map *map, struct bytes key, uint64_t hash)
{
    const uint8_t tag = tag_of(hash);
    struct bucket *bucket = bucket_at(map, index_of(map, hash));
    const uint64_t found = matches(bucket, tag);

    if (__builtin_expect(found != 0, 1)) {
        struct entry **place = &bucket->slots[lowest(found)].entry;

        if (__builtin_expect(bytes_are_plainly_equal(entry_key(*place), key), 1))
            return place;
    }
    return find_in_chain(bucket, key, tag);
}

static bool put(struct bucket *bucket, struct entry *entry, uint8_t tag)
{
    const unsigned slots = bucket->tags[LINKED] ? LINKED_SLOT : SLOTS;
    const uint64_t empty = matches(bucket, 0);
    unsigned slot;

    if (empty == 0 || (slot = lowest(empty)) >= slots)
        return false;
    bucket->tags[slot] = tag;
    bucket->slots[slot].entry = entry;
    return true;
}

static bool put_in_chain(struct map *map, struct bucket *bucket, struct entry *entry, uint8_t tag)
{
    for (;;) {
        if (put(bucket, entry, tag))
            return true;
        if (next_of(bucket) == NULL) {
            bucket = overflow_link(map, bucket);
            return bucket != NULL && put(bucket, entry, tag);
        }
        bucket = next_of(bucket);
    }
}

/* --- growing and shrinking, one bucket at a time --- */

/* Makes room for the pointer of one more segment. */
static bool make_segment_room(struct map *map)
{
    const size_t room = map->segment_room * 2;
    struct bucket **segments;

    if (map->segment_count < map->segment_room)
        return true;
    segments = memory_alloc(map->memory, room * sizeof(*segments));
    if (segments == NULL)
        return false;
    memcpy(segments, map->segments, map->segment_count * sizeof(*segments));
    memory_free(map->memory, map->segments, map->segment_room * sizeof(*segments));
    map->segments = segments;
    map->segment_room = room;
    return true;
}

/* Makes sure that bucket `index` has memory behind it. */
static bool make_bucket(struct map *map, uint64_t index)
{
    struct bucket *segment;

    if (index >> SEGMENT_SHIFT < map->segment_count)
        return true;
    if (!make_segment_room(map) || (segment = new_segment(map, SEGMENT_BUCKETS)) == NULL)
        return false;
    map->segments[map->segment_count++] = segment;
    return true;
}

/* The base doubles: a small map's only segment moves to one twice as large. */
static bool double_base(struct map *map)
{
    const size_t before = segment_buckets(map, 0);
    struct bucket *segment;
    size_t after;

    map->base *= 2;
    map->split = 0;
    after = segment_buckets(map, 0);
    if (after == before)
        return true;
    segment = new_segment(map, after);
    if (segment == NULL) {
        map->base /= 2;
        map->split = map->base;
        return false;
    }
    memcpy(segment, map->segments[0], before * sizeof(*segment));
    memory_free(map->memory, map->segments[0], before * sizeof(*segment));
    map->segments[0] = segment;
    return true;
}

/* Empties a chain: its overflow buckets become spares, its entries are dealt again. */
static void deal(struct map *map, uint64_t index)
{
    struct bucket *home = bucket_at(map, index);
    struct bucket old = *home;
    struct bucket *bucket = &old;

    memset(home, 0, sizeof(*home));
    while (bucket != NULL) {
        struct bucket here = *bucket;
        unsigned slot;

        if (bucket != &old) {
            overflow_give(map, bucket);
            map->overflows--;
        }
        for (slot = 0; slot < SLOTS; slot++) {
            struct entry *entry = here.slots[slot].entry;
            uint64_t hash;

            if (here.tags[slot] == 0)
                continue;
            hash = keyhash_of(map->keyhash, entry_key(entry));
            if (!put_in_chain(map, bucket_at(map, index_of(map, hash)), entry, here.tags[slot]))
                assert(!"a split never needs more overflow buckets than it frees");
        }
        bucket = next_of(&here);
    }
    free_spares(map, SPARES_KEPT);
}

static void split_one(struct map *map)
{
    if (!make_bucket(map, map->base + map->split))
        return;
    map->split++;
    deal(map, map->split - 1);
    if (map->split == map->base)
        double_base(map); /* or, without memory, at the next insertion */
}

/* Enough spares that joining two chains cannot fail half-way. */
static bool reserve_spares(struct map *map, unsigned count)
{
    while (map->spares < count) {
        struct bucket *bucket = memory_alloc_lines(map->memory, sizeof(*bucket));

        if (bucket == NULL)
            return false;
        overflow_give(map, bucket);
    }
    return true;
}

static bool halve_base(struct map *map)
{
    const size_t before = segment_buckets(map, 0);
    struct bucket *segment;
    size_t after;

    map->base /= 2;
    map->split = map->base;
    after = segment_buckets(map, 0);
    if (after == before)
        return true;
    segment = new_segment(map, after);
    if (segment == NULL) {
        map->base *= 2;
        map->split = 0;
        return false;
    }
    memcpy(segment, map->segments[0], after * sizeof(*segment));
    memory_free(map->memory, map->segments[0], before * sizeof(*segment));
    map->segments[0] = segment;
    return true;
}

static void free_unused_segments(struct map *map)
{
    const uint64_t last = map->base + map->split - 1;

    /* One segment more than needed stays, so that a count that wavers does not allocate at each
     * turn. */
    while (map->segment_count > (last >> SEGMENT_SHIFT) + 2)
        memory_free(map->memory, map->segments[--map->segment_count],
                    SEGMENT_BUCKETS * sizeof(struct bucket));
}

static void merge_one(struct map *map)
{
    if (!reserve_spares(map, 2))
        return;
    if (map->split == 0 && !halve_base(map))
        return;
    map->split--;
    deal(map, map->base + map->split);
    free_unused_segments(map);
}

/* The gap between the two bounds keeps a count that wavers from moving entries at each turn. */
static bool is_crowded(const struct map *map)
{
    return map->count > GROW_ENTRIES * map->base ||
           (map->split > 0 && map->count > GROWN_ENTRIES * map_buckets(map));
}

static bool is_sparse(const struct map *map)
{
    return map->count < SHRINK_ENTRIES * map_buckets(map) && map_buckets(map) > BASE_MIN;
}

bool map_insert(struct map *map, struct entry *entry, uint64_t hash)
{
    if (!put_in_chain(map, bucket_at(map, index_of(map, hash)), entry, tag_of(hash)))
        return false;
    map->count++;
    if (map->split == map->base && !double_base(map))
        return true;
    if (is_crowded(map))
        split_one(map);
    return true;
}

static struct bucket *bucket_of_place(struct entry **place)
{
    return (struct bucket *)((uintptr_t)place & ~(uintptr_t)(sizeof(struct bucket) - 1));
}

static struct entry *take_out(struct map *map, struct bucket *bucket, unsigned slot)
{
    assert(bucket->tags[slot] != 0);
    bucket->tags[slot] = 0;
    map->count--;
    return bucket->slots[slot].entry;
}

static struct bucket *home_of(const struct map *map, const struct entry *entry)
{
    return bucket_at(map, index_of(map, keyhash_of(map->keyhash, entry_key(entry))));
}

struct entry *map_remove(struct map *map, struct entry **place)
{
    struct bucket *bucket = bucket_of_place(place);
    const unsigned slot = (unsigned)(place - &bucket->slots[0].entry);
    struct entry *entry = take_out(map, bucket, slot);

    if (is_empty(bucket) || (next_of(bucket) != NULL && is_empty(next_of(bucket))))
        shorten(map, home_of(map, entry));
    if (is_sparse(map))
        merge_one(map);
    return entry;
}

/* --- the rest --- */

uint64_t map_count(const struct map *map)
{
    return map->count;
}

uint64_t map_buckets(const struct map *map)
{
    return map->base + map->split;
}

size_t map_memory(const struct map *map)
{
    size_t size = sizeof(*map) + map->segment_room * sizeof(*map->segments);
    size_t segment;

    for (segment = 0; segment < map->segment_count; segment++)
        size += segment_buckets(map, segment) * sizeof(struct bucket);
    return size + (map->overflows + map->spares) * sizeof(struct bucket);
}

static struct entry *random_in_chain(struct bucket *bucket, struct random *random)
{
    struct entry *chosen = NULL;
    uint64_t seen = 0;

    for (; bucket != NULL; bucket = next_of(bucket)) {
        unsigned slot;

        for (slot = 0; slot < SLOTS; slot++)
            if (bucket->tags[slot] != 0 && random_below(random, ++seen) == 0)
                chosen = bucket->slots[slot].entry;
    }
    return chosen;
}

struct entry *map_random(struct map *map, struct random *random)
{
    uint64_t index = random_below(random, map_buckets(map));
    struct entry *entry;

    if (map->count == 0)
        return NULL;
    while ((entry = random_in_chain(bucket_at(map, index), random)) == NULL)
        index = (index + 1) % map_buckets(map);
    return entry;
}

void map_prefetch_number(const struct map *map, uint64_t number)
{
    __builtin_prefetch(bucket_at(map, number));
}

/* A bit at the top of each of the seven tag bytes that is not 0. */
static inline uint64_t occupied(const struct bucket *bucket)
{
    return matches(bucket, 0) ^ 0x0080808080808080ULL;
}

unsigned map_entries_of(const struct map *map, uint64_t number, struct entry **entries,
                        unsigned room)
{
    const struct bucket *bucket;
    unsigned count = 0;

    for (bucket = bucket_at(map, number); bucket != NULL; bucket = next_of(bucket)) {
        uint64_t found = occupied(bucket);

        for (; found != 0 && count < room; found &= found - 1)
            entries[count++] = bucket->slots[lowest(found)].entry;
    }
    return count;
}

/* How many low bits of the hash bucket `index` stands for. */
static unsigned bits_of(const struct map *map, uint64_t index)
{
    const unsigned bits = (unsigned)__builtin_ctzll(map->base);

    return index < map->split || index >= map->base ? bits + 1 : bits;
}

/* Visits the entries of a chain from `position` on; how many were taken out. */
static unsigned visit_chain(struct map *map, uint64_t index, uint64_t position, map_visit *visit,
                            void *context)
{
    /* Only after a merge does a bucket begin before the position. */
    const bool merged = reversed(index) < position;
    struct bucket *bucket = bucket_at(map, index);
    unsigned taken = 0;

    for (; bucket != NULL; bucket = next_of(bucket)) {
        unsigned slot;

        for (slot = 0; slot < SLOTS; slot++) {
            struct entry *entry = bucket->slots[slot].entry;

            if (bucket->tags[slot] == 0 ||
                (merged && reversed(keyhash_of(map->keyhash, entry_key(entry))) < position))
                continue;
            if (visit(context, entry)) {
                take_out(map, bucket, slot);
                taken++;
            }
        }
    }
    return taken;
}

uint64_t map_scan(struct map *map, uint64_t position, map_visit *visit, void *context)
{
    const uint64_t index = index_of(map, reversed(position));
    const uint64_t next = reversed(index) + (1ULL << (64 - bits_of(map, index)));
    unsigned taken = visit_chain(map, index, position, visit, context);

    if (taken > 0)
        shorten(map, bucket_at(map, index));
    for (; taken > 0 && is_sparse(map); taken--)
        merge_one(map);
    return next;
}

const struct bucket *map_prefetch_bucket(const struct map *map, uint64_t hash)
{
    const struct bucket *bucket = bucket_at(map, index_of(map, hash));

    __builtin_prefetch(bucket);
    return bucket;
}

void map_prefetch_entry(const struct bucket *bucket, uint64_t hash)
{
    const uint64_t found = matches(bucket, tag_of(hash));

    if (found != 0) {
        const char *entry = (const char *)bucket->slots[lowest(found)].entry;

        __builtin_prefetch(entry);
        __builtin_prefetch(entry + 64);
    }
}

/* --- the end --- */

static void free_chain(struct map *map, struct bucket *bucket)
{
    struct bucket *home = bucket;

    while (bucket != NULL) {
        struct bucket *next = next_of(bucket);
        unsigned slot;

        for (slot = 0; slot < SLOTS; slot++)
            if (bucket->tags[slot] != 0)
                entry_free(map->memory, bucket->slots[slot].entry);
        if (bucket != home)
            memory_free(map->memory, bucket, sizeof(*bucket));
        bucket = next;
    }
}

static void free_segment(struct map *map, size_t segment)
{
    memory_free(map->memory, map->segments[segment],
                segment_buckets(map, segment) * sizeof(struct bucket));
    map->segments[segment] = NULL;
}

bool map_dismantle(struct map *map, unsigned budget)
{
    const uint64_t buckets = map_buckets(map);
    size_t segment;

    for (; budget > 0 && map->dismantled < buckets; budget--) {
        free_chain(map, bucket_at(map, map->dismantled));
        map->dismantled++;
        if (map->dismantled % SEGMENT_BUCKETS == 0)
            free_segment(map, map->dismantled / SEGMENT_BUCKETS - 1);
    }
    if (map->dismantled < buckets)
        return false;
    free_spares(map, 0);
    for (segment = 0; segment < map->segment_count; segment++)
        free_segment(map, segment);
    memory_free(map->memory, map->segments, map->segment_room * sizeof(*map->segments));
    memory_free(map->memory, map, sizeof(*map));
    return true;
}
