/* Values in the format of Redis' files, out and in. */
#include <stdlib.h>

#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/keyspace.h"
#include "cache/rdb.h"
#include "cache/text.h"
#include "conf/settings.h"

static void cmd_dump(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);
    struct bytes text;
    char *packed;

    if (entry == NULL) {
        reply_null(reply);
        return;
    }
    text = entry_text(entry);
    packed = malloc(rdb_room(text.len));
    if (packed == NULL) {
        reply_error(reply, ERROR_NO_ANSWER);
        return;
    }
    reply_bulk(reply,
               bytes_new(packed, rdb_pack(packed, text, cache_settings(cache)->rdbcompression)));
    free(packed);
}

/* --- RESTORE --- */

struct options {
    bool replace;
    bool absolute;
    bool has_idle;
    bool has_frequency;
    int64_t idle;      /* seconds */
    int64_t frequency; /* uses */
};

static bool read_idle(const struct args *args, uint32_t index, int64_t *idle, struct reply *reply)
{
    if (!args_int(args, index, idle, reply))
        return false;
    if (*idle < 0)
        reply_error(reply, "ERR Invalid IDLETIME value, must be >= 0");
    return *idle >= 0;
}

static bool read_frequency(const struct args *args, uint32_t index, int64_t *frequency,
                           struct reply *reply)
{
    if (!args_int(args, index, frequency, reply))
        return false;
    if (*frequency < 0 || *frequency > 255)
        reply_error(reply, "ERR Invalid FREQ value, must be >= 0 and <= 255");
    return *frequency >= 0 && *frequency <= 255;
}

static bool read_option(const struct args *args, uint32_t *index, struct options *options,
                        struct reply *reply)
{
    const bool has_value = *index + 1 < args->count;

    if (args_say(args, *index, "replace"))
        return options->replace = true;
    if (args_say(args, *index, "absttl"))
        return options->absolute = true;
    if (args_say(args, *index, "idletime") && has_value && !options->has_frequency) {
        options->has_idle = true;
        return read_idle(args, ++*index, &options->idle, reply);
    }
    if (args_say(args, *index, "freq") && has_value && !options->has_idle) {
        options->has_frequency = true;
        return read_frequency(args, ++*index, &options->frequency, reply);
    }
    reply_error(reply, ERROR_SYNTAX);
    return false;
}

static bool read_options(const struct args *args, struct options *options, struct reply *reply)
{
    uint32_t i;

    for (i = 4; i < args->count; i++)
        if (!read_option(args, &i, options, reply))
            return false;
    return true;
}

/* When it expires; a time of 0 means never. */
static bool read_expiry(const struct cache *cache, const struct args *args,
                        const struct options *options, int64_t *expiry, struct reply *reply)
{
    int64_t ttl;

    if (!args_int(args, 2, &ttl, reply))
        return false;
    if (ttl < 0) {
        reply_error(reply, "ERR Invalid TTL value, must be >= 0");
        return false;
    }
    if (options->absolute || ttl == 0)
        *expiry = deadline_date(ttl);
    else if (__builtin_add_overflow(ttl, cache_now(cache), expiry))
        *expiry = INT64_MAX;
    return true;
}

static bool unpack(const struct cache *cache, struct bytes payload, struct rdb_text *text,
                   struct reply *reply)
{
    switch (rdb_unpack(payload, (size_t)cache_settings(cache)->proto_max_bulk_len, text)) {
    case RDB_FINE:
        return true;
    case RDB_CHECKSUM:
        reply_error(reply, "ERR DUMP payload version or checksum are wrong");
        return false;
    case RDB_BAD:
        reply_error(reply, "ERR Bad data format");
        return false;
    case RDB_NO_MEMORY:
        reply_error(reply, ERROR_OOM);
        return false;
    }
    return false;
}

#define IDLE_MAX (INT64_C(1) << 40) /* seconds: more is no longer told apart */

static bool is_frequency(int policy)
{
    return policy == POLICY_ALLKEYS_LFU || policy == POLICY_VOLATILE_LFU;
}

/* How much it was used where it comes from, as far as the policy looks at that. */
static void pretend(struct cache *cache, const struct args *args, const struct options *options)
{
    struct entry *entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    const bool by_frequency = is_frequency(cache_settings(cache)->maxmemory_policy);

    if (entry == NULL)
        return;
    if (options->has_frequency && by_frequency)
        keyspace_pretend(cache, entry, 0, (uint32_t)options->frequency);
    else if (options->has_idle && !by_frequency)
        keyspace_pretend(cache, entry, (options->idle < IDLE_MAX ? options->idle : IDLE_MAX) * 1000,
                         1);
}

/* What has expired already is not even created. */
static void put(struct cache *cache, const struct args *args, struct bytes text, int64_t expiry,
                const struct options *options, struct reply *reply)
{
    if (expiry != ENTRY_FOREVER && deadline_steady(expiry, cache_skew(cache)) < cache_now(cache)) {
        keyspace_delete(cache, args_word(args, 1), args->hash);
        reply_ok(reply);
    } else if (keyspace_set(cache, args_word(args, 1), args->hash, text, expiry)) {
        pretend(cache, args, options);
        reply_ok(reply);
    } else {
        reply_error(reply, ERROR_OOM);
    }
}

static void cmd_restore(struct cache *cache, struct args *args, struct reply *reply)
{
    struct options options = {0};
    struct rdb_text text;
    int64_t expiry;

    if (!read_options(args, &options, reply))
        return;
    if (!options.replace && keyspace_peek(cache, args_word(args, 1), args->hash) != NULL) {
        reply_error(reply, "BUSYKEY Target key name already exists.");
        return;
    }
    if (!read_expiry(cache, args, &options, &expiry, reply) ||
        !unpack(cache, args_word(args, 3), &text, reply))
        return;
    put(cache, args, text.bytes, expiry, &options, reply);
    rdb_free(&text);
}

/* clang-format off */
#define RESTORES .on_cache = cmd_restore, .key_flags = "OW update", \
    .categories = CATEGORY_KEYSPACE | CATEGORY_DANGEROUS
#define RESTORE_SYNTAX \
    "key ttl#integer serialized-value [REPLACE]@3.0.0 [ABSTTL]@5.0.0 [IDLETIME seconds]@5.0.0 " \
    "[FREQ frequency]@5.0.0"

static const struct command rows[] = {
    /* name            arity  flags                      keys           route      gather  */
    { "dump",             2,  READS,                     KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_dump, .key_flags = "RO access", .tips = "nondeterministic_output",
      .categories = CATEGORY_KEYSPACE,
      DOC("generic", "2.6.0", "O(N) for N bytes", "Reads a value in the format of Redis' files",
          "key") },
    { "restore",         -4,  WRITES | DENYOOM,          KEYS(1, 1, 1), ONE_SHARD, AS_IS, RESTORES,
      DOC("generic", "2.6.0", "O(N) for N bytes", "Writes what DUMP has read", RESTORE_SYNTAX) },
    { "restore-asking",  -4,  WRITES | DENYOOM | ASKING, KEYS(1, 1, 1), ONE_SHARD, AS_IS, RESTORES,
      .internals = true,
      DOC("server", "3.0.0", "O(N) for N bytes", "Writes what DUMP has read; sent by nodes of a cluster",
          RESTORE_SYNTAX) },
    { .name = NULL },
};
/* clang-format on */

const struct command_family dump_family = {rows};
