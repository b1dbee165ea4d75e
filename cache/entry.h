/*
 * entry - one key, its value and its expiry, in one allocation.
 *
 *     +-------+--------+----------+------+---------+-----------+--------+-----+-------+
 *     | flags | (free) | capacity | heat | key len | value len | expiry | key | value |
 *     | 1     | 1      | 2        | 4    | 4       | 4         | 8      | ... | ...   |
 *     +-------+--------+----------+------+---------+-----------+--------+-----+-------+
 *                                                   only with ENTRY_HAS_EXPIRY
 *
 * Owner   the map of one database of one cache; nothing else points to it, so its owner may move
 *         it.
 * Memory  16 bytes and the bytes of key, value and, if there is one, expiry; values may be written
 *         in place up to the capacity. A value of LARGE_MIN bytes or more lies in a block of its
 *         own, and where it would be there is a pointer to that: with ENTRY_IS_LARGE.
 * Cost    one allocation to make, one to free.
 * Errors  NULL when there is no memory; the old entry, if any, is as it was.
 */
#ifndef CACHE_ENTRY_H
#define CACHE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/large.h"
#include "cache/memory.h"

enum entry_type { TYPE_TEXT };

#define ENTRY_HAS_EXPIRY 0x10
#define ENTRY_IS_LARGE 0x20
#define ENTRY_TYPE_MASK 0x0f
#define ENTRY_FOREVER 0 /* the expiry of an entry that has none: no time that can be set */

struct entry {
    uint8_t flags;
    uint8_t unused;
    uint16_t value_capacity;
    uint32_t heat; /* see heat.h */
    uint32_t key_len;
    uint32_t value_len;
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

static inline bool entry_is_large(const struct entry *entry)
{
    return entry->flags & ENTRY_IS_LARGE;
}

/* The block of a large one. */
static inline struct large *entry_large(const struct entry *entry)
{
    struct large *large;

    memcpy(&large, entry->rest + entry_key_offset(entry) + entry->key_len, sizeof(large));
    return large;
}

/* A large one's may be written only while nobody else holds its block: see keyspace_resize. */
static inline char *entry_value_at(struct entry *entry)
{
    if (__builtin_expect(entry_is_large(entry), 0))
        return entry_large(entry)->at;
    return entry->rest + entry_key_offset(entry) + entry->key_len;
}

static inline struct bytes entry_text(const struct entry *entry)
{
    if (__builtin_expect(entry_is_large(entry), 0))
        return (struct bytes){entry_large(entry)->at, entry->value_len};
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

/* With a block, whose holder it becomes in the caller's place; NULL: the caller is that still. */
struct entry *entry_new_large(struct memory *memory, struct bytes key, struct large *large,
                              size_t len, int64_t expiry);

/* Puts another block, already held for it, in the place of the present one. */
void entry_change_large(struct memory *memory, struct entry *entry, struct large *large);

/* The same key and value in a new allocation: other capacity, other expiry. The old one stays.
 * Large ones share the block, whose capacity is what it is. */
struct entry *entry_copy(struct memory *memory, const struct entry *entry, size_t capacity,
                         int64_t expiry);

/* Fits only when value.len <= value_capacity, and not in a large one; value may overlap the present
 * one. */
void entry_set_text(struct entry *entry, struct bytes value);

/* Changes the time of an entry that has one. */
static inline void entry_set_expiry(struct entry *entry, int64_t expiry)
{
    memcpy(entry->rest, &expiry, sizeof(expiry));
}

/* Bytes of the allocation; without the block of a large one. */
size_t entry_size(const struct entry *entry);

#endif
