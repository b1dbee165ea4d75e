#include "cache/map.h"

#include <assert.h>

#include "cache/match.h"

#define SLOTS 12
#define SPILL_SLOTS 4
#define TAG_SHIFT 40

#define BASE_MIN 16
#define SEGMENT_SHIFT 10
#define SEGMENT_BUCKETS (1u << SEGMENT_SHIFT)
/* In fifths of an entry per bucket: above the first a bucket is split, below the second two are
 * merged. */
#define CROWDED_FIFTHS 48
#define SPARSE_FIFTHS 30
#define JOIN_SPILLS 3 /* that joining two chains may need beyond theirs */

#define SPARES_KEPT 64 /* spills; more are given back */

struct bucket {
    uint8_t tags[SLOTS];
    uint32_t next; /* a spill, or 0 */
    uint32_t slots[SLOTS];
};

struct spill {
    uint8_t tags[SPILL_SLOTS];
    uint32_t next;
    uint32_t slots[SPILL_SLOTS];
};

_Static_assert(sizeof(struct bucket) == 64, "a bucket is a line of the processor's cache");
_Static_assert(sizeof(struct spill) == 24, "a spill is what its entries take, and little more");

struct map {
    uintptr_t origin; /* memory's, at hand */
    struct memory *memory;
    const struct keyhash *keyhash;
    struct bucket **segments;
    size_t segment_count;
    size_t segment_room;
    uint64_t base;  /* a power of two */
    uint64_t split; /* 0 .. base - 1: the next bucket to split */
    uint64_t count;
    uint64_t spills;
    uint64_t dismantled;
    uint32_t spare; /* a spill for reuse, linked to the next, or 0 */
    unsigned spares;
};

static inline uint8_t tag_of(uint64_t hash)
{
    const uint8_t tag = (uint8_t)(hash >> TAG_SHIFT);

    return (uint8_t)(tag + (tag == 0));
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

static inline struct entry *entry_at(const struct map *map, uint32_t handle)
{
    return (struct entry *)(map->origin + ((uintptr_t)handle << 3));
}

static inline struct spill *spill_at(const struct map *map, uint32_t handle)
{
    return memory_at(map->memory, handle);
}

static inline uint64_t matches(const struct bucket *bucket, uint8_t tag)
{
    return match(bucket->tags, tag) & MATCH_FIRST(SLOTS);
}

/* A bucket or one of its spills. */
struct row {
    uint8_t *tags;
    uint32_t *slots;
    uint32_t *next;
    unsigned count;
};

static inline struct row row_of(struct bucket *bucket)
{
    return (struct row){bucket->tags, bucket->slots, &bucket->next, SLOTS};
}

static inline struct row row_of_spill(struct spill *spill)
{
    return (struct row){spill->tags, spill->slots, &spill->next, SPILL_SLOTS};
}

static inline bool next_row(const struct map *map, struct row *row)
{
    if (*row->next == 0)
        return false;
    *row = row_of_spill(spill_at(map, *row->next));
    return true;
}

/* The first slot with that tag, or row->count. */
static inline unsigned slot_with(const struct row *row, uint8_t tag)
{
    const uint64_t found = match(row->tags, tag) & MATCH_FIRST(row->count);

    return found == 0 ? row->count : match_lowest(found);
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
    *map = (struct map){
        .origin = memory->origin,
        .memory = memory,
        .keyhash = keyhash,
        .base = BASE_MIN,
        .segment_room = 1,
    };
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

/* --- spills --- */

static struct spill *new_spill(const struct map *map)
{
    struct spill *spill = memory_alloc(map->memory, sizeof(*spill));

    if (spill != NULL)
        *spill = (struct spill){0};
    return spill;
}

static uint32_t take_spill(struct map *map)
{
    struct spill *spill;
    uint32_t handle = map->spare;

    if (handle == 0) {
        spill = new_spill(map);
        return spill == NULL ? 0 : memory_handle(map->memory, spill);
    }
    spill = spill_at(map, handle);
    map->spare = spill->next;
    map->spares--;
    *spill = (struct spill){0};
    return handle;
}

static void give_spill(struct map *map, uint32_t handle)
{
    spill_at(map, handle)->next = map->spare;
    map->spare = handle;
    map->spares++;
}

static void free_spares(struct map *map, unsigned kept)
{
    while (map->spares > kept) {
        struct spill *spill = spill_at(map, map->spare);

        map->spare = spill->next;
        map->spares--;
        memory_free(map->memory, spill, sizeof(*spill));
    }
}

/* Hangs an empty spill behind the last row. */
static bool link_spill(struct map *map, struct row *row)
{
    const uint32_t handle = take_spill(map);

    if (handle == 0)
        return false;
    *row->next = handle;
    *row = row_of_spill(spill_at(map, handle));
    map->spills++;
    return true;
}

/* Moves what it can from a spill to holes in its bucket; true when nothing is left. */
static bool pull_up(struct row *home, struct spill *spill)
{
    unsigned slot, hole;

    for (slot = 0; slot < SPILL_SLOTS; slot++) {
        if (spill->tags[slot] == 0)
            continue;
        hole = slot_with(home, 0);
        if (hole == home->count)
            return false;
        home->tags[hole] = spill->tags[slot];
        home->slots[hole] = spill->slots[slot];
        spill->tags[slot] = 0;
    }
    return true;
}

/* After entries were taken out of a bucket's chain: fills holes, gives back empty spills. */
static void tidy(struct map *map, struct bucket *bucket)
{
    struct row home = row_of(bucket);
    uint32_t *link = &bucket->next;

    while (*link != 0) {
        const uint32_t handle = *link;
        struct spill *spill = spill_at(map, handle);

        if (!pull_up(&home, spill)) {
            link = &spill->next;
            continue;
        }
        *link = spill->next;
        give_spill(map, handle);
        map->spills--;
    }
    free_spares(map, SPARES_KEPT);
}

/* --- lookup --- */

static __attribute__((noinline)) struct entry *
find_in_chain(const struct map *map, struct bucket *bucket, struct bytes key, uint8_t tag)
{
    struct row row = row_of(bucket);

    do {
        uint64_t found = match(row.tags, tag) & MATCH_FIRST(row.count);

        for (; found != 0; found &= found - 1) {
            struct entry *entry = entry_at(map, row.slots[match_lowest(found)]);

            if (bytes_equal(entry_key(entry), key))
                return entry;
        }
    } while (next_row(map, &row));
    return NULL;
}

/* Mostly it is the first with that tag. */
struct entry *map_find(const struct map *map, struct bytes key, uint64_t hash)
{
    const uint8_t tag = tag_of(hash);
    struct bucket *bucket = bucket_at(map, index_of(map, hash));
    const uint64_t found = matches(bucket, tag);

    if (__builtin_expect(found != 0, 1)) {
        struct entry *entry = entry_at(map, bucket->slots[match_lowest(found)]);

        if (__builtin_expect(bytes_are_plainly_equal(entry_short_key(entry), key), 1))
            return entry;
    } else if (bucket->next == 0) {
        return NULL;
    }
    return find_in_chain(map, bucket, key, tag);
}

/* The place of that very entry; NULL when it is not in the chain. */
static uint32_t *place_of(const struct map *map, struct row *row, uint32_t handle, uint8_t tag)
{
    do {
        uint64_t found = match(row->tags, tag) & MATCH_FIRST(row->count);

        for (; found != 0; found &= found - 1)
            if (row->slots[match_lowest(found)] == handle)
                return &row->slots[match_lowest(found)];
    } while (next_row(map, row));
    return NULL;
}

static bool put_in_chain(struct map *map, struct bucket *bucket, uint32_t handle, uint8_t tag)
{
    struct row row = row_of(bucket);
    unsigned slot;

    while ((slot = slot_with(&row, 0)) == row.count)
        if (!next_row(map, &row) && !link_spill(map, &row))
            return false;
    row.tags[slot] = tag;
    row.slots[slot] = handle;
    return true;
}

bool map_replace(struct map *map, const struct entry *old, struct entry *new, uint64_t hash)
{
    struct row row = row_of(bucket_at(map, index_of(map, hash)));
    uint32_t *place = place_of(map, &row, memory_handle(map->memory, old), tag_of(hash));

    if (place == NULL)
        return false;
    *place = memory_handle(map->memory, new);
    return true;
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

static void deal_row(struct map *map, const struct row *row)
{
    unsigned slot;

    for (slot = 0; slot < row->count; slot++) {
        const uint8_t tag = row->tags[slot];
        uint64_t hash;

        if (tag == 0)
            continue;
        hash = keyhash_of(map->keyhash, entry_key(entry_at(map, row->slots[slot])));
        if (!put_in_chain(map, bucket_at(map, index_of(map, hash)), row->slots[slot], tag))
            assert(!"a split never needs more spills than it frees");
    }
}

/* Empties a chain: its spills become spares, its entries are dealt again. */
static void deal(struct map *map, uint64_t index)
{
    struct bucket *home = bucket_at(map, index);
    struct bucket old = *home;
    struct row row = row_of(&old);
    uint32_t next = old.next;

    *home = (struct bucket){0};
    deal_row(map, &row);
    while (next != 0) {
        struct spill spill = *spill_at(map, next);

        give_spill(map, next);
        map->spills--;
        row = row_of_spill(&spill);
        next = spill.next;
        deal_row(map, &row);
    }
    free_spares(map, SPARES_KEPT);
}

static void prefetch_entries(const struct map *map, uint64_t index)
{
    const struct bucket *bucket = bucket_at(map, index);
    unsigned slot;

    for (slot = 0; slot < SLOTS; slot++)
        if (bucket->tags[slot] != 0)
            __builtin_prefetch(entry_at(map, bucket->slots[slot]));
}

/* The entries that the next split will read; before that there are some insertions. */
static void prefetch_split(const struct map *map)
{
    prefetch_entries(map, map->split);
    if (map->split + 1 < map->base)
        __builtin_prefetch(bucket_at(map, map->split + 1));
}

static void split_one(struct map *map)
{
    if (!make_bucket(map, map->base + map->split))
        return;
    map->split++;
    deal(map, map->split - 1);
    if (map->split < map->base)
        prefetch_split(map);
    else
        double_base(map); /* or, without memory, at the next insertion */
}

/* Enough spares that joining two chains cannot fail half-way. */
static bool reserve_spares(struct map *map)
{
    while (map->spares < JOIN_SPILLS) {
        struct spill *spill = new_spill(map);

        if (spill == NULL)
            return false;
        give_spill(map, memory_handle(map->memory, spill));
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

/* Of the bucket that the next merge empties. */
static void prefetch_merge(const struct map *map)
{
    const uint64_t next = map_buckets(map) - 1;

    prefetch_entries(map, next);
    if (next > 0)
        __builtin_prefetch(bucket_at(map, next - 1));
}

static void merge_one(struct map *map)
{
    if (!reserve_spares(map))
        return;
    if (map->split == 0 && !halve_base(map))
        return;
    map->split--;
    deal(map, map->base + map->split);
    free_unused_segments(map);
    prefetch_merge(map);
}

/* The gap between the two bounds keeps a count that wavers from moving entries at each turn. */
static bool is_crowded(const struct map *map)
{
    return 5 * map->count > CROWDED_FIFTHS * map_buckets(map);
}

static bool is_sparse(const struct map *map)
{
    return 5 * map->count < SPARSE_FIFTHS * map_buckets(map) && map_buckets(map) > BASE_MIN;
}

bool map_insert(struct map *map, struct entry *entry, uint64_t hash)
{
    if (!put_in_chain(map, bucket_at(map, index_of(map, hash)), memory_handle(map->memory, entry),
                      tag_of(hash)))
        return false;
    map->count++;
    if (map->split == map->base && !double_base(map))
        return true;
    if (is_crowded(map))
        split_one(map);
    return true;
}

bool map_remove(struct map *map, const struct entry *entry, uint64_t hash)
{
    struct bucket *bucket = bucket_at(map, index_of(map, hash));
    struct row row = row_of(bucket);
    const uint32_t *place = place_of(map, &row, memory_handle(map->memory, entry), tag_of(hash));

    if (place == NULL)
        return false;
    row.tags[place - row.slots] = 0;
    map->count--;
    if (bucket->next != 0)
        tidy(map, bucket);
    if (is_sparse(map))
        merge_one(map);
    return true;
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
    const struct memory *memory = map->memory;
    size_t size = memory_cost(memory, sizeof(*map)) +
                  memory_cost(memory, map->segment_room * sizeof(*map->segments));
    size_t segment;

    for (segment = 0; segment < map->segment_count; segment++)
        size += memory_cost(memory, segment_buckets(map, segment) * sizeof(struct bucket));
    return size + (map->spills + map->spares) * memory_cost(memory, sizeof(struct spill));
}

static struct entry *random_in_chain(const struct map *map, struct bucket *bucket,
                                     struct random *random)
{
    struct row row = row_of(bucket);
    struct entry *chosen = NULL;
    uint64_t seen = 0;

    do {
        unsigned slot;

        for (slot = 0; slot < row.count; slot++)
            if (row.tags[slot] != 0 && random_below(random, ++seen) == 0)
                chosen = entry_at(map, row.slots[slot]);
    } while (next_row(map, &row));
    return chosen;
}

struct entry *map_random(struct map *map, struct random *random)
{
    uint64_t index = random_below(random, map_buckets(map));
    struct entry *entry;

    if (map->count == 0)
        return NULL;
    while ((entry = random_in_chain(map, bucket_at(map, index), random)) == NULL)
        index = (index + 1) % map_buckets(map);
    return entry;
}

void map_prefetch_number(const struct map *map, uint64_t number)
{
    __builtin_prefetch(bucket_at(map, number));
}

unsigned map_entries_of(const struct map *map, uint64_t number, struct entry **entries,
                        unsigned room)
{
    struct row row = row_of(bucket_at(map, number));
    unsigned count = 0, slot;

    do
        for (slot = 0; slot < row.count && count < room; slot++)
            if (row.tags[slot] != 0)
                entries[count++] = entry_at(map, row.slots[slot]);
    while (next_row(map, &row));
    return count;
}

/* Asks for the entries of a bucket at once, and for its first spill. */
static void prefetch_chain(const struct map *map, uint64_t index)
{
    const struct bucket *bucket = bucket_at(map, index);
    unsigned slot;

    for (slot = 0; slot < SLOTS; slot++)
        if (bucket->tags[slot] != 0)
            __builtin_prefetch(entry_at(map, bucket->slots[slot]), 1);
    if (bucket->next != 0)
        __builtin_prefetch(spill_at(map, bucket->next));
}

/* How many low bits of the hash bucket `index` stands for. */
static unsigned bits_of(const struct map *map, uint64_t index)
{
    const unsigned bits = (unsigned)__builtin_ctzll(map->base);

    return index < map->split || index >= map->base ? bits + 1 : bits;
}

/* Visits the entries of a row from `position` on; how many were taken out. */
static unsigned visit_row(const struct map *map, const struct row *row, uint64_t position,
                          map_visit *visit, void *context)
{
    unsigned slot, taken = 0;

    for (slot = 0; slot < row->count; slot++) {
        struct entry *entry = entry_at(map, row->slots[slot]);

        if (row->tags[slot] == 0 ||
            (position != 0 && reversed(keyhash_of(map->keyhash, entry_key(entry))) < position))
            continue;
        if (visit(context, entry)) {
            row->tags[slot] = 0;
            taken++;
        }
    }
    return taken;
}

static unsigned visit_chain(struct map *map, uint64_t index, uint64_t position, map_visit *visit,
                            void *context)
{
    struct row row = row_of(bucket_at(map, index));
    unsigned taken = 0;

    prefetch_chain(map, index);
    /* Only after a merge does a bucket begin before the position. */
    if (reversed(index) >= position)
        position = 0;
    do
        taken += visit_row(map, &row, position, visit, context);
    while (next_row(map, &row));
    map->count -= taken;
    return taken;
}

uint64_t map_scan(struct map *map, uint64_t position, map_visit *visit, void *context)
{
    const uint64_t index = index_of(map, reversed(position));
    const uint64_t next = reversed(index) + (1ULL << (64 - bits_of(map, index)));
    unsigned taken = visit_chain(map, index, position, visit, context);

    if (taken > 0)
        tidy(map, bucket_at(map, index));
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

/* All lines that `reach` bytes and one lie in. */
static inline struct entry *prefetched(const struct memory *memory, uint32_t handle, size_t reach)
{
    struct entry *entry = memory_at(memory, handle);
    size_t at;

    __builtin_prefetch(entry);
    for (at = 64; at < reach; at += 64)
        __builtin_prefetch((const char *)entry + at);
    __builtin_prefetch((const char *)entry + reach);
    return entry;
}

/* The spill, on its way; 0 when there is none. */
static inline uint32_t prefetched_spill(const struct memory *memory, uint32_t handle)
{
    __builtin_prefetch(memory_at(memory, handle));
    return handle;
}

uint32_t map_prefetch_entry(const struct memory *memory, const struct bucket *bucket, uint64_t hash,
                            size_t reach, struct entry **likely)
{
    const uint64_t found = matches(bucket, tag_of(hash));
    const uint64_t more = found & (found - 1);

    if (__builtin_expect(found == 0, 0)) {
        *likely = NULL;
        return prefetched_spill(memory, bucket->next);
    }
    if (__builtin_expect(more != 0, 0))
        prefetched(memory, bucket->slots[match_lowest(more)], reach);
    *likely = prefetched(memory, bucket->slots[match_lowest(found)], reach);
    return 0;
}

uint32_t map_prefetch_spilled(const struct memory *memory, uint32_t handle, uint64_t hash,
                              size_t reach, struct entry **likely)
{
    const struct spill *spill = memory_at(memory, handle);
    const uint64_t found = match(spill->tags, tag_of(hash)) & MATCH_FIRST(SPILL_SLOTS);

    *likely = NULL;
    if (found == 0)
        return prefetched_spill(memory, spill->next);
    *likely = prefetched(memory, spill->slots[match_lowest(found)], reach);
    return 0;
}

struct entry *map_likely(const struct map *map, uint64_t hash, uint64_t *number)
{
    const struct bucket *bucket;
    struct entry *likely = NULL;
    uint64_t found;

    *number = index_of(map, hash);
    bucket = bucket_at(map, *number);
    found = matches(bucket, tag_of(hash));
    if (__builtin_expect(found != 0, 1))
        return entry_at(map, bucket->slots[match_lowest(found)]);
    if (bucket->next != 0)
        map_prefetch_spilled(map->memory, bucket->next, hash, 0, &likely);
    return likely;
}

/* --- the end --- */

static void free_row(const struct map *map, const struct row *row)
{
    unsigned slot;

    for (slot = 0; slot < row->count; slot++)
        if (row->tags[slot] != 0)
            entry_free(map->memory, entry_at(map, row->slots[slot]));
}

static void free_chain(const struct map *map, struct bucket *bucket)
{
    struct row row = row_of(bucket);
    uint32_t next = bucket->next;

    free_row(map, &row);
    while (next != 0) {
        struct spill *spill = spill_at(map, next);

        row = row_of_spill(spill);
        free_row(map, &row);
        next = spill->next;
        memory_free(map->memory, spill, sizeof(*spill));
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
        if (map->dismantled + 2 < buckets)
            prefetch_chain(map, map->dismantled + 2);
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
