#include "cache/entry.h"

#include <assert.h>

#include "cache/due.h"

#define ROUNDING 16 /* a slot may be that much larger than asked for, at least */

/* Between expiry and key of a wide one. */
struct wide {
    uint32_t key_len;
    uint32_t unused;
};

static struct wide wide_of(const struct entry *entry)
{
    struct wide wide;

    memcpy(&wide, entry->rest + entry_expiry_room(entry), sizeof(wide));
    return wide;
}

static bool is_wide(size_t key_len)
{
    return key_len > UINT8_MAX;
}

static size_t key_room(size_t key_len)
{
    if (!is_wide(key_len))
        return key_len;
    return sizeof(struct wide) + (key_len > ENTRY_KEY_MAX ? sizeof(char *) : key_len);
}

size_t entry_wide_room(const struct entry *entry)
{
    return entry_expiry_room(entry) + key_room(wide_of(entry).key_len);
}

struct bytes entry_wide_key(const struct entry *entry)
{
    const struct wide wide = wide_of(entry);
    const char *at = entry->rest + entry_expiry_room(entry) + sizeof(wide);

    if (wide.key_len > ENTRY_KEY_MAX)
        memcpy((void *)&at, at, sizeof(void *));
    return bytes_new(at, wide.key_len);
}

static size_t need(size_t key_len, size_t len, int64_t expiry)
{
    const size_t time = expiry == ENTRY_FOREVER ? 0 : sizeof(int64_t);

    return sizeof(struct entry) + time + key_room(key_len) + len;
}

size_t entry_need(struct bytes key, size_t len, int64_t expiry)
{
    return need(key.len, len, expiry);
}

bool entry_fits_inside(struct bytes key, size_t len)
{
    return len <= ENTRY_VALUE_MAX && need(key.len, len, 1) <= MEMORY_SLOT_MAX;
}

/* --- keys --- */

/* One that lies elsewhere. */
static char *new_key(struct memory *memory, struct bytes key)
{
    char *at = memory_alloc(memory, key.len);

    if (at != NULL)
        memcpy(at, key.at, key.len);
    return at;
}

static void set_wide_key(struct entry *entry, struct bytes key, const char *elsewhere)
{
    const struct wide wide = {.key_len = (uint32_t)key.len};
    char *at = entry->rest + entry_expiry_room(entry);

    entry->kind |= ENTRY_IS_WIDE;
    memcpy(at, &wide, sizeof(wide));
    at += sizeof(wide);
    if (elsewhere != NULL)
        memcpy(at, &elsewhere, sizeof(elsewhere));
    else
        memcpy(at, key.at, key.len);
}

static void free_key(struct memory *memory, const struct entry *entry)
{
    const struct bytes key = entry_key(entry);

    if (key.len > ENTRY_KEY_MAX)
        memory_free(memory, (char *)key.at, key.len);
}

/* --- expiry --- */

/* It lives in the millisecond that its expiry names. */
uint64_t entry_due(const struct memory *memory, const struct entry *entry)
{
    return due_tick(deadline_steady(entry_expiry(entry), memory->skew)) + 1;
}

static void store_expiry(struct entry *entry, int64_t expiry)
{
    memcpy(entry->rest, &expiry, sizeof(expiry));
}

/* Looking at it too early does no harm, so a later time need not be filed. */
void entry_set_expiry(struct memory *memory, struct entry *entry, int64_t expiry)
{
    const uint64_t before = entry_due(memory, entry);

    store_expiry(entry, expiry);
    if (entry_due(memory, entry) < before)
        due_file(memory, entry, entry_due(memory, entry));
}

/* --- the life of an entry --- */

static struct entry *take(struct memory *memory, size_t key_len, size_t len, int64_t expiry)
{
    const enum memory_kind kind = expiry == ENTRY_FOREVER ? MEMORY_STAYING : MEMORY_EXPIRING;
    struct entry *entry = memory_take(memory, kind, need(key_len, len, expiry));

    if (entry == NULL)
        return NULL;
    *entry = (struct entry){.kind = TYPE_TEXT};
    if (expiry != ENTRY_FOREVER) {
        entry->kind |= ENTRY_HAS_EXPIRY;
        store_expiry(entry, expiry);
        due_file(memory, entry, entry_due(memory, entry));
    }
    return entry;
}

static struct entry *new_wide(struct memory *memory, struct bytes key, size_t len, int64_t expiry)
{
    char *elsewhere = NULL;
    struct entry *entry;

    if (key.len > UINT32_MAX)
        return NULL;
    if (key.len > ENTRY_KEY_MAX && (elsewhere = new_key(memory, key)) == NULL)
        return NULL;
    entry = take(memory, key.len, len, expiry);
    if (entry != NULL)
        set_wide_key(entry, key, elsewhere);
    else
        memory_free(memory, elsewhere, key.len);
    return entry;
}

struct entry *entry_new(struct memory *memory, struct bytes key, size_t len, int64_t expiry)
{
    struct entry *entry;

    assert(entry_fits_inside(key, len));
    if (__builtin_expect(is_wide(key.len), 0))
        return new_wide(memory, key, len, expiry);
    entry = take(memory, key.len, len, expiry);
    if (entry == NULL)
        return NULL;
    entry->key_len = (uint8_t)key.len;
    bytes_copy(entry->rest + entry_expiry_room(entry), key.at, key.len);
    return entry;
}

static void set_large(struct entry *entry, struct large *large)
{
    memcpy(entry->rest + entry_value_offset(entry), &large, sizeof(large));
}

struct entry *entry_new_large(struct memory *memory, struct bytes key, struct large *large,
                              int64_t expiry)
{
    struct entry *entry = entry_new(memory, key, sizeof(large), expiry);

    if (entry == NULL)
        return NULL;
    assert(large->len <= large->capacity);
    entry->kind |= ENTRY_IS_LARGE;
    set_large(entry, large);
    return entry;
}

void entry_change_large(struct memory *memory, struct entry *entry, struct large *large)
{
    memory_drop_large(memory, entry_large(entry));
    set_large(entry, large);
}

void entry_free(struct memory *memory, struct entry *entry)
{
    if (__builtin_expect(entry->kind & (ENTRY_IS_LARGE | ENTRY_IS_WIDE), 0)) {
        if (entry_is_large(entry))
            memory_drop_large(memory, entry_large(entry));
        if (entry_is_wide(entry))
            free_key(memory, entry);
    }
    memory_give(memory, entry);
}

static struct entry *copy_large(struct memory *memory, const struct entry *entry, int64_t expiry)
{
    struct large *large = entry_large(entry);
    struct entry *copy = entry_new_large(memory, entry_key(entry), large, expiry);

    if (copy != NULL)
        large->holders++;
    return copy;
}

static struct entry *copy_inside(struct memory *memory, const struct entry *entry, size_t len,
                                 int64_t expiry)
{
    struct entry *copy = entry_new(memory, entry_key(entry), len, expiry);

    assert(len >= entry->value_len);
    if (copy != NULL)
        entry_set_text(copy, entry_text(entry));
    return copy;
}

struct entry *entry_copy(struct memory *memory, const struct entry *entry, size_t len,
                         int64_t expiry)
{
    struct entry *copy = entry_is_large(entry) ? copy_large(memory, entry, expiry)
                                               : copy_inside(memory, entry, len, expiry);

    if (copy == NULL)
        return NULL;
    copy->kind = (copy->kind & ~ENTRY_TYPE_MASK) | (entry->kind & ENTRY_TYPE_MASK);
    copy->heat = entry->heat;
    return copy;
}

/* What room it has to grow it keeps, but for what rounding up has brought. */
struct entry *entry_move(struct memory *memory, const struct entry *entry)
{
    const enum memory_kind kind = entry_has_expiry(entry) ? MEMORY_EXPIRING : MEMORY_STAYING;
    const size_t size = entry_size(entry), slot = memory_slot(memory, entry);
    struct entry *copy = memory_take(memory, kind, slot - size < ROUNDING ? size : slot);

    if (copy == NULL)
        return NULL;
    memcpy(copy, entry, size);
    if (entry_has_expiry(copy))
        due_file(memory, copy, entry_due(memory, copy));
    return copy;
}

size_t entry_capacity(const struct memory *memory, const struct entry *entry)
{
    const size_t room = memory_slot(memory, entry) - sizeof(*entry) - entry_value_offset(entry);

    return room < ENTRY_VALUE_MAX ? room : ENTRY_VALUE_MAX;
}

void entry_set_text(struct entry *entry, struct bytes value)
{
    assert(value.len <= ENTRY_VALUE_MAX && !entry_is_large(entry));
    bytes_copy(entry_value_at(entry), value.at, value.len);
    entry->value_len = (uint16_t)value.len;
}

size_t entry_size(const struct entry *entry)
{
    const size_t inside = entry_is_large(entry) ? sizeof(struct large *) : entry->value_len;

    return sizeof(*entry) + entry_value_offset(entry) + inside;
}

size_t entry_cost(const struct memory *memory, const struct entry *entry)
{
    const size_t key_len = entry_key(entry).len;

    return memory_slot(memory, entry) +
           (key_len > ENTRY_KEY_MAX ? memory_cost(memory, key_len) : 0);
}
