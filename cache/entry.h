/*
 * entry - one key, its value and its expiry, in one allocation.
 *
 *     +-------+------+--------+----------+----------------+-----+-------+
 *     | flags | meta | (free) | key len  | value len       expiry  key  value |
 *     | 1     | 1    | 2      | 4        | 4 + 4 capacity  8       ...  ...   |
 *     +-------+------+--------+----------+----------------+-----+-------+
 *                                               only with ENTRY_HAS_EXPIRY
 *
 * Owner   the map of one database of one cache; nothing else points to it, so its owner may move
 *         it.
 * Memory  16 bytes and the bytes of key, value and, if there is one, expiry; values may be written
 *         in place up to the capacity.
 * Cost    one allocation to make, one to free.
 * Errors  NULL when there is no memory; the old entry, if any, is as it was.
 *
 * `meta` and the free bytes are for what is to come: frequency, queue, version, lease, pin.
 */
#ifndef CACHE_ENTRY_H
#define CACHE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/memory.h"

enum entry_type { TYPE_TEXT };

#define ENTRY_HAS_EXPIRY 0x10
#define ENTRY_TYPE_MASK 0x0f
#define ENTRY_FOREVER 0 /* the expiry of an entry that has none: no time that can be set */

struct entry {
    uint8_t flags;
    uint8_t meta;
    uint16_t unused;
    uint32_t key_len;
    uint32_t value_len;
    uint32_t value_capacity;
    char rest[];
};

static inline size_t entry_key_offset(const struct entry *entry)
{
    return (entry->flags & ENTRY_HAS_EXPIRY) ? sizeof(int64_t) : 0;
}

static inline struct bytes entry_key(const struct entry *entry)
{
    return (struct bytes){entry->rest + entry_key_offset(entry), entry->key_len};
}

static inline char *entry_value_at(struct entry *entry)
{
    return entry->rest + entry_key_offset(entry) + entry->key_len;
}

static inline struct bytes entry_text(const struct entry *entry)
{
    return (struct bytes){entry->rest + entry_key_offset(entry) + entry->key_len, entry->value_len};
}

static inline bool entry_is(const struct entry *entry, enum entry_type type)
{
    return (entry->flags & ENTRY_TYPE_MASK) == type;
}

/* Wall clock in milliseconds, or ENTRY_FOREVER. */
static inline int64_t entry_expiry(const struct entry *entry)
{
    int64_t at;

    if (!(entry->flags & ENTRY_HAS_EXPIRY))
        return ENTRY_FOREVER;
    memcpy(&at, entry->rest, sizeof(at));
    return at;
}

/* `capacity` bytes are kept for the value; its length is 0 until entry_set_text or the caller says.
 */
struct entry *entry_new(struct memory *memory, struct bytes key, size_t capacity, int64_t expiry);
void entry_free(struct memory *memory, struct entry *entry);

/* The same key and value in a new allocation: other capacity, other expiry. The old one stays. */
struct entry *entry_copy(struct memory *memory, const struct entry *entry, size_t capacity,
                         int64_t expiry);

/* Fits only when value.len <= value_capacity; value may overlap the present one. */
void entry_set_text(struct entry *entry, struct bytes value);

/* Changes the time of an entry that has one. */
static inline void entry_set_expiry(struct entry *entry, int64_t expiry)
{
    memcpy(entry->rest, &expiry, sizeof(expiry));
}

/* Bytes of the allocation. */
size_t entry_size(const struct entry *entry);

#endif
