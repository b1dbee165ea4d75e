/* Parts of texts. */
#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/keyspace.h"
#include "cache/text.h"

#define LEND_MIN 4096 /* a shorter part is copied: a loan must be brought back by message */

static void answer_part(const struct entry *entry, struct bytes part, struct reply *reply)
{
    if (entry_is_large(entry) && part.len >= LEND_MIN)
        reply_lend(reply, entry_large(entry), part);
    else
        reply_bulk(reply, part);
}

/* SUBSTR is its older name. */
static void cmd_getrange(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry;
    struct bytes text;
    struct range range;

    if (!args_int(args, 2, &range.start, reply) || !args_int(args, 3, &range.end, reply))
        return;
    entry = keyspace_read(cache, args_word(args, 1), args->hash);
    if (!text_accept(entry, reply))
        return;
    text = text_of(entry);
    if (!text_range_is_backward(&range) && text_range(&range, (int64_t)text.len))
        answer_part(entry, bytes_new(text.at + range.start, (size_t)(range.end - range.start + 1)),
                    reply);
    else
        reply_bulk(reply, bytes_new("", 0));
}

static void overwrite(struct cache *cache, struct args *args, size_t offset, struct reply *reply)
{
    const struct bytes part = args_word(args, 3);
    struct entry *entry = text_grow(cache, args, offset + part.len, reply);

    if (entry == NULL)
        return;
    memcpy(entry_value_at(entry) + offset, part.at, part.len);
    reply_int(reply, (int64_t)entry_len(entry));
}

static void cmd_setrange(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry;
    const size_t len = args_word(args, 3).len;
    int64_t offset;

    if (!args_int(args, 2, &offset, reply))
        return;
    if (offset < 0) {
        reply_error(reply, "ERR offset is out of range");
        return;
    }
    entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    if (!text_accept(entry, reply))
        return;
    if (len == 0)
        reply_int(reply, (int64_t)text_of(entry).len);
    else if (text_may_grow(cache, (uint64_t)offset, len, reply))
        overwrite(cache, args, (size_t)offset, reply);
}

/* clang-format off */

static const struct command rows[] = {
    /* name      arity  flags             keys           route      gather  */
    { "getrange",   4,  READS,            KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_getrange, .key_flags = "RO access",
      TEXT_DOC("2.4.0", "O(N) for N bytes answered", "Reads a part of a text", "key start end") },
    { "substr",     4,  READS,            KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_getrange, .key_flags = "RO access",
      .deprecated = "2.0.0", .replaced_by = "`GETRANGE`",
      TEXT_DOC("1.0.0", "O(N) for N bytes answered", "Reads a part of a text; as GETRANGE",
           "key start end") },
    { "setrange",   4,  WRITES | DENYOOM, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_setrange, .key_flags = "RW update",
      TEXT_DOC("2.2.0", "O(N) for N bytes written", "Overwrites a part of a text, and makes it longer",
           "key offset value") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family ranges_family = {rows};
