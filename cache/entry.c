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

    if (key.len > UINT32_MAX || capacity > UINT32_MAX)
        return NULL;
    entry = memory_alloc(memory, size_of(key.len, capacity, expiry));
    if (entry == NULL)
        return NULL;
    *entry = (struct entry){
        .flags = TYPE_TEXT,
        .key_len = (uint32_t)key.len,
        .value_capacity = (uint32_t)capacity,
    };
    if (expiry != ENTRY_FOREVER) {
        entry->flags |= ENTRY_HAS_EXPIRY;
        entry_set_expiry(entry, expiry);
    }
    memcpy(entry->rest + entry_key_offset(entry), key.at, key.len);
    return entry;
}

void entry_free(struct memory *memory, struct entry *entry)
{
    memory_free(memory, entry, entry_size(entry));
}

struct entry *entry_copy(struct memory *memory, const struct entry *entry, size_t capacity,
                         int64_t expiry)
{
    struct entry *copy = entry_new(memory, entry_key(entry), capacity, expiry);

    if (copy == NULL)
        return NULL;
    assert(capacity >= entry->value_len);
    copy->flags |= entry->flags & ENTRY_TYPE_MASK;
    copy->meta = entry->meta;
    entry_set_text(copy, entry_text(entry));
    return copy;
}

void entry_set_text(struct entry *entry, struct bytes value)
{
    assert(value.len <= entry->value_capacity);
    memmove(entry_value_at(entry), value.at, value.len);
    entry->value_len = (uint32_t)value.len;
}

size_t entry_size(const struct entry *entry)
{
    return sizeof(*entry) + entry_key_offset(entry) + entry->key_len + entry->value_capacity;
}
