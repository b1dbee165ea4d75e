#include "cache/text.h"

#include "cache/cache.h"
#include "cache/keyspace.h"
#include "conf/settings.h"

bool text_may_grow(const struct cache *cache, uint64_t offset, uint64_t more, struct reply *reply)
{
    uint64_t len;

    if (!__builtin_add_overflow(offset, more, &len) &&
        len <= (uint64_t)cache_settings(cache)->proto_max_bulk_len)
        return true;
    reply_error(reply, "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    return false;
}

bool text_store(struct cache *cache, const struct args *args, struct bytes value,
                struct reply *reply)
{
    if (keyspace_set(cache, args_word(args, 1), args->hash, value, KEEP_EXPIRY))
        return true;
    reply_error(reply, ERROR_OOM);
    return false;
}

struct entry *text_grow(struct cache *cache, const struct args *args, size_t len,
                        struct reply *reply)
{
    const struct entry *old = keyspace_peek(cache, args_word(args, 1), args->hash);
    const size_t before = text_of(old).len;
    const size_t after = before > len ? before : len;
    struct entry *entry = keyspace_resize(cache, args_word(args, 1), args->hash, after);

    if (entry == NULL) {
        reply_error(reply, ERROR_OOM);
        return NULL;
    }
    memset(entry_value_at(entry) + before, 0, after - before);
    entry_set_len(entry, after);
    return entry;
}

static int64_t from_end(int64_t index, int64_t len)
{
    if (index < 0)
        index += len;
    return index < 0 ? 0 : index;
}

bool text_range_is_backward(const struct range *range)
{
    return range->start < 0 && range->end < 0 && range->start > range->end;
}

bool text_range(struct range *range, int64_t len)
{
    range->start = from_end(range->start, len);
    range->end = from_end(range->end, len);
    if (range->end >= len)
        range->end = len - 1;
    return range->start <= range->end;
}
