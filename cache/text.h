/*
 * text - what commands on texts have in common: is it one, how long may it get, setting and growing
 * it.
 *
 * Owner   the handler that calls; everything is about the first key of its command.
 * Memory  see keyspace.
 * Cost    a lookup each.
 * Errors  the client is answered, and false or NULL returned; nothing has changed by then.
 */
#ifndef CACHE_TEXT_H
#define CACHE_TEXT_H

#include <stdbool.h>

#include "cache/args.h"
#include "cache/entry.h"
#include "cache/reply.h"

struct cache;

/* A missing key is as good as a text; anything else is refused. */
static inline bool text_accept(const struct entry *entry, struct reply *reply)
{
    if (entry == NULL || entry_is(entry, TYPE_TEXT))
        return true;
    reply_error(reply, ERROR_WRONG_TYPE);
    return false;
}

/* Its bytes; none when the key is missing. */
static inline struct bytes text_of(const struct entry *entry)
{
    return entry == NULL ? bytes_new("", 0) : entry_text(entry);
}

/* May a text grow to `offset` and `more` bytes behind that? */
bool text_may_grow(const struct cache *cache, uint64_t offset, uint64_t more, struct reply *reply);

/* Makes or replaces the text; the expiry stays. */
bool text_store(struct cache *cache, const struct args *args, struct bytes value,
                struct reply *reply);

/* Makes it at least `len` long, with zero bytes at the end, and ready to be written in place. */
struct entry *text_grow(struct cache *cache, const struct args *args, size_t len,
                        struct reply *reply);

/* A range as clients give it: from 0, negative counted from the end, both ends included. */
struct range {
    int64_t start;
    int64_t end;
};

/* Do both ends count from the end, and in the wrong order? Most commands ask this first, because
 * before the beginning both would fall on the first byte. BITPOS does not. */
bool text_range_is_backward(const struct range *range);

/* Turns it into one that lies inside `len`; false when nothing does. */
bool text_range(struct range *range, int64_t len);

#endif
