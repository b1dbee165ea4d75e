#include "cache/entry.h"

#include <assert.h>

static size_t size_of(size_t key_len, size_t capacity, int64_t expiry)
{
    const size_t time = expiry == ENTRY_FOREVER ? 0 : sizeof(int64_t);

    return sizeof(struct entry) + time + key_len + capacity;
}

struct entry *entry_new(struct memory *memory, struct bytes key, size_t capacity, int64_t expiry)
{
    struct entry *entry;

    if (key.len > UINT32_MAX || capacity > UINT16_MAX)
        return NULL;
    entry = memory_alloc(memory, size_of(key.len, capacity, expiry));
    if (entry == NULL)
        return NULL;
    *entry = (struct entry){
        .flags = TYPE_TEXT,
        .key_len = (uint32_t)key.len,
        .value_capacity = (uint16_t)capacity,
    };
    if (expiry != ENTRY_FOREVER) {
        entry->flags |= ENTRY_HAS_EXPIRY;
        entry_set_expiry(entry, expiry);
    }
    memcpy(entry->rest + entry_key_offset(entry), key.at, key.len);
    return entry;
}

static void set_large(struct entry *entry, struct large *large)
{
    memcpy(entry->rest + entry_key_offset(entry) + entry->key_len, &large, sizeof(large));
}

struct entry *entry_new_large(struct memory *memory, struct bytes key, struct large *large,
                              size_t len, int64_t expiry)
{
    struct entry *entry = entry_new(memory, key, sizeof(large), expiry);

    if (entry == NULL)
        return NULL;
    assert(len <= large->capacity);
    entry->flags |= ENTRY_IS_LARGE;
    entry->value_len = (uint32_t)len;
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
    if (__builtin_expect(entry_is_large(entry), 0))
        memory_drop_large(memory, entry_large(entry));
    memory_free(memory, entry, entry_size(entry));
}

static struct entry *copy_large(struct memory *memory, const struct entry *entry, int64_t expiry)
{
    struct large *large = entry_large(entry);
    struct entry *copy = entry_new_large(memory, entry_key(entry), large, entry->value_len, expiry);

    if (copy == NULL)
        return NULL;
    large->holders++;
    copy->flags |= entry->flags & ENTRY_TYPE_MASK;
    copy->heat = entry->heat;
    return copy;
}

struct entry *entry_copy(struct memory *memory, const struct entry *entry, size_t capacity,
                         int64_t expiry)
{
    struct entry *copy;

    if (entry_is_large(entry))
        return copy_large(memory, entry, expiry);
    copy = entry_new(memory, entry_key(entry), capacity, expiry);
    if (copy == NULL)
        return NULL;
    assert(capacity >= entry->value_len);
    copy->flags |= entry->flags & ENTRY_TYPE_MASK;
    copy->heat = entry->heat;
    entry_set_text(copy, entry_text(entry));
    return copy;
}

void entry_set_text(struct entry *entry, struct bytes value)
{
    assert(value.len <= entry->value_capacity && !entry_is_large(entry));
    bytes_copy(entry_value_at(entry), value.at, value.len);
    entry->value_len = (uint32_t)value.len;
}

size_t entry_size(const struct entry *entry)
{
    return sizeof(*entry) + entry_key_offset(entry) + entry->key_len + entry->value_capacity;
}
