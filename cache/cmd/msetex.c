/* Several texts that expire together. */
#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/foreign.h"
#include "cache/keyspace.h"
#include "cache/number.h"
#include "cache/until.h"

#define FIRST 2 /* word of the first key */

struct options {
    bool only_new;
    bool only_existing;
    bool keep;
    const struct until *until;
    uint32_t until_word;
};

/* The word behind the last value. */
static uint32_t end_of_pairs(const struct args *args)
{
    int64_t pairs = 0;

    number_parse(args_word(args, 1), &pairs);
    return FIRST + 2 * (uint32_t)pairs;
}

static bool read_option(const struct args *args, uint32_t *index, struct options *options)
{
    const struct until *until = until_find(args_word(args, *index));

    if (args_say(args, *index, "nx") && !options->only_existing)
        options->only_new = true;
    else if (args_say(args, *index, "xx") && !options->only_new)
        options->only_existing = true;
    else if (args_say(args, *index, "keepttl") && options->until == NULL)
        options->keep = true;
    else if (until == NULL || options->keep || options->until != NULL || *index + 1 >= args->count)
        return false;
    else {
        options->until = until;
        options->until_word = ++*index;
    }
    return true;
}

static bool read_options(const struct args *args, struct options *options, struct reply *reply)
{
    uint32_t i;

    for (i = end_of_pairs(args); i < args->count; i++)
        if (!read_option(args, &i, options)) {
            reply_error(reply, ERROR_SYNTAX);
            return false;
        }
    return true;
}

/* On the loop, before the keys are looked for. */
static bool check_msetex(struct args *args, struct reply *reply)
{
    struct options options = {0};
    int64_t pairs;

    if (!number_parse(args_word(args, 1), &pairs) || pairs < 1 || pairs > INT32_MAX) {
        reply_error(reply, "ERR invalid numkeys value");
        return true;
    }
    if (FIRST + 2 * (uint64_t)pairs > args->count) {
        reply_error(reply, "ERR wrong number of key-value pairs");
        return true;
    }
    return !read_options(args, &options, reply);
}

static bool may_set(struct cache *cache, const struct args *args, const struct options *options)
{
    const uint32_t end = end_of_pairs(args);
    uint32_t i;

    for (i = FIRST; i < end && (options->only_new || options->only_existing); i += 2)
        if (foreign_exists(cache, args, i) == options->only_new)
            return false;
    return true;
}

/* What is over already is not there, at once. */
static bool set_until(struct cache *cache, struct bytes key, struct bytes value, int64_t expiry)
{
    const uint64_t hash = keyspace_hash(cache, key);

    if (expiry == KEEP_EXPIRY || !cache_is_over(cache, expiry))
        return keyspace_set(cache, key, hash, value, expiry);
    keyspace_delete(cache, key, hash);
    return true;
}

static bool set_own(struct cache *cache, const struct args *args, int64_t expiry)
{
    const uint32_t end = end_of_pairs(args);
    uint32_t i;

    for (i = FIRST; i < end; i += 2)
        if (foreign_is_here(cache, args, i) &&
            !set_until(cache, args_word(args, i), args_word(args, i + 1), expiry))
            return false;
    return true;
}

static void cmd_msetex(struct cache *cache, struct args *args, struct reply *reply)
{
    struct options options = {0};
    int64_t expiry = ENTRY_FOREVER;

    if (!read_options(args, &options, reply))
        return;
    if (options.keep)
        expiry = KEEP_EXPIRY;
    if (options.until != NULL &&
        !until_read(cache, args, options.until_word, options.until, "msetex", &expiry, reply))
        return;
    if (!may_set(cache, args, &options))
        reply_int(reply, 0);
    else if (set_own(cache, args, expiry))
        reply_int(reply, 1);
    else
        reply_error(reply, ERROR_OOM);
}

/* clang-format off */
static const struct command rows[] = {
    /* name     arity  flags                     keys            route      gather  */
    { "msetex",   -4,  WRITES | DENYOOM | ATOMIC, KEYS(2, -1, 2), TO_OWNERS, LEAST,
      .on_cache = cmd_msetex, .check = check_msetex, .keys_counted_at = 1, .key_flags = "OW update",
      .tips = "request_policy:multi_shard response_policy:all_succeeded",
      .categories = CATEGORY_STRING,
      DOC("string", "8.4.0", "O(N) for N keys", "Writes several texts that expire together",
          "numkeys (key value)... [NX|XX] [EX seconds|PX milliseconds|EXAT unix-time-seconds|"
          "PXAT unix-time-milliseconds|KEEPTTL]") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family msetex_family = {rows};
