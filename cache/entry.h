/*
 * entry - one key, its value and its expiry, in one slot of memory.
 *
 *     | kind | key len | value len | heat |  expiry    |  key len  4  |  key  |  value  |  free  |
 *     |  1   |    1    |     2     |  4   |     8      |  unused   4  |  ...  |   ...   |        |
 *                                        only with      only with                     to the end
 *                                        HAS_EXPIRY     IS_WIDE                       of the slot
 *     kind    type in four bits, never 0, and the flags below
 *
 * Owner   the map of one database of one cache; nothing else points to it, so its owner may move
 *         it.
 * Memory  8 bytes and the bytes of key, value and, if there is one, expiry, rounded up to a slot;
 *         values may be written in place up to the end of that. What does not fit the largest slot,
 *         or is more than ENTRY_VALUE_MAX, lies in a large block, and where it would be there is a
 *         pointer to that, which says the length, too: with ENTRY_IS_LARGE. Keys of more than 255
 *         bytes have their length in a word of its own, with ENTRY_IS_WIDE; of those longer than
 *         ENTRY_KEY_MAX there is only a pointer, too.
 * Cost    one slot to take, one to give; one block more for what lies elsewhere. With an expiry it is
 *         filed with due.
 * Errors  NULL when there is no memory; the old entry, if any, is as it was.
 *
 * `heat` says how much the entry is wanted: 0 at first, then whatever evict makes of it (see heat.h).
 */
#ifndef CACHE_ENTRY_H
#define CACHE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/deadline.h"
#include "cache/large.h"
#include "cache/memory.h"

enum entry_type { TYPE_TEXT = 1 };

#define ENTRY_TYPE_MASK 0x0f
#define ENTRY_HAS_EXPIRY 0x10
#define ENTRY_IS_LARGE 0x20
#define ENTRY_IS_WIDE 0x40
#define ENTRY_FOREVER DEADLINE_NEVER /* the expiry of an entry that has none */

#define ENTRY_KEY_MAX ((size_t)8192)    /* longer ones lie elsewhere */
#define ENTRY_VALUE_MAX (LARGE_MIN - 1) /* so do these */

struct entry {
    uint8_t kind;
    uint8_t key_len;
    uint16_t value_len;
    uint32_t heat;
    char rest[];
};

static inline bool entry_has_expiry(const struct entry *entry)
{
    return entry->kind & ENTRY_HAS_EXPIRY;
}

static inline bool entry_is_large(const struct entry *entry)
{
    return entry->kind & ENTRY_IS_LARGE;
}

static inline bool entry_is_wide(const struct entry *entry)
{
    return entry->kind & ENTRY_IS_WIDE;
}

static inline bool entry_is(const struct entry *entry, enum entry_type type)
{
    return (entry->kind & ENTRY_TYPE_MASK) == type;
}

/* A text with nothing out of the ordinary: no flag is set. */
static inline bool entry_is_plain(const struct entry *entry)
{
    return entry->kind == TYPE_TEXT;
}

static inline size_t entry_expiry_room(const struct entry *entry)
{
    return (entry->kind & ENTRY_HAS_EXPIRY) / 2;
}

_Static_assert(ENTRY_HAS_EXPIRY / 2 == sizeof(int64_t), "the flag is twice the room it stands for");

/* Out of line: the key of a wide one, and the bytes between header and value. */
struct bytes entry_wide_key(const struct entry *entry);
size_t entry_wide_room(const struct entry *entry);

/* The key of one that is not wide; of one that is, nothing. */
static inline struct bytes entry_short_key(const struct entry *entry)
{
    return (struct bytes){entry->rest + entry_expiry_room(entry), entry->key_len};
}

static inline struct bytes entry_key(const struct entry *entry)
{
    return __builtin_expect(entry_is_wide(entry), 0) ? entry_wide_key(entry)
                                                     : entry_short_key(entry);
}

/* Where the value is or, of a large one, the pointer to it. */
static inline size_t entry_value_offset(const struct entry *entry)
{
    if (__builtin_expect(entry_is_wide(entry), 0))
        return entry_wide_room(entry);
    return entry_expiry_room(entry) + entry->key_len;
}

/* Key and value of a plain one. */
static inline struct bytes entry_plain_key(const struct entry *entry)
{
    return (struct bytes){entry->rest, entry->key_len};
}

static inline struct bytes entry_plain_text(const struct entry *entry)
{
    return (struct bytes){entry->rest + entry->key_len, entry->value_len};
}

/* The block of a large one. */
static inline struct large *entry_large(const struct entry *entry)
{
    struct large *large;

    memcpy(&large, entry->rest + entry_value_offset(entry), sizeof(large));
    return large;
}

/* A large one's may be written only while nobody else holds its block: see keyspace_resize. */
static inline char *entry_value_at(struct entry *entry)
{
    if (__builtin_expect(entry_is_large(entry), 0))
        return entry_large(entry)->at;
    return entry->rest + entry_value_offset(entry);
}

static inline struct bytes entry_text(const struct entry *entry)
{
    if (__builtin_expect(entry_is_large(entry), 0))
        return (struct bytes){entry_large(entry)->at, entry_large(entry)->len};
    return (struct bytes){entry->rest + entry_value_offset(entry), entry->value_len};
}

static inline size_t entry_len(const struct entry *entry)
{
    return entry_is_large(entry) ? entry_large(entry)->len : entry->value_len;
}

/* No more than there is room for. */
static inline void entry_set_len(struct entry *entry, size_t len)
{
    if (entry_is_large(entry))
        entry_large(entry)->len = len;
    else
        entry->value_len = (uint16_t)len;
}

/* A deadline, see deadline.h, or ENTRY_FOREVER. */
static inline int64_t entry_expiry(const struct entry *entry)
{
    int64_t at;

    if (!entry_has_expiry(entry))
        return ENTRY_FOREVER;
    memcpy(&at, entry->rest, sizeof(at));
    return at;
}

/* The tick (see due.h) in which it surely has expired; it has an expiry. */
uint64_t entry_due(const struct memory *memory, const struct entry *entry);

/* Changes the time of an entry that has one. */
void entry_set_expiry(struct memory *memory, struct entry *entry, int64_t expiry);

/* Bytes that an entry needs with a value of `len` bytes inside. */
size_t entry_need(struct bytes key, size_t len, int64_t expiry);

/* May a value of `len` bytes lie inside? */
bool entry_fits_inside(struct bytes key, size_t len);

/* Has room for at least `len` bytes, which fit inside; its length is 0 until entry_set_text or the
 * caller says. */
struct entry *entry_new(struct memory *memory, struct bytes key, size_t len, int64_t expiry);
void entry_free(struct memory *memory, struct entry *entry);

/* With a block, whose holder it becomes in the caller's place; NULL: the caller is that still. The
 * block says the length. */
struct entry *entry_new_large(struct memory *memory, struct bytes key, struct large *large,
                              int64_t expiry);

/* Puts another block, already held for it, in the place of the present one. */
void entry_change_large(struct memory *memory, struct entry *entry, struct large *large);

/* The same key and value in a new slot: other room, other expiry. The old one stays. Large ones
 * share the block, whose capacity is what it is. */
struct entry *entry_copy(struct memory *memory, const struct entry *entry, size_t len,
                         int64_t expiry);

/* The same in another slot, a copy to the byte; memory_give the old one. NULL: there is no memory. */
struct entry *entry_move(struct memory *memory, const struct entry *entry);

/* Of a value inside: bytes from its start to the end of the slot, but no more than it may have. */
size_t entry_capacity(const struct memory *memory, const struct entry *entry);

/* Only when value.len <= entry_capacity, and not of a large one; value may overlap the present
 * one. */
void entry_set_text(struct entry *entry, struct bytes value);

/* Bytes in use, without a large block. */
size_t entry_size(const struct entry *entry);

/* What it counts as, that is its slot, without a large block. */
size_t entry_cost(const struct memory *memory, const struct entry *entry);

#endif
