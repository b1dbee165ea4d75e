/* Values that get another key, another database, or both. */
#include <stdlib.h>

#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/foreign.h"
#include "cache/keyspace.h"
#include "cache/number.h"
#include "conf/settings.h"

#define ERROR_SAME "ERR source and destination objects are the same"
#define ERROR_DATABASE "ERR DB index is out of range"

/* --- what several commands do --- */

static bool read_database(const struct cache *cache, const struct args *args, uint32_t index,
                          unsigned *database, struct reply *reply)
{
    int64_t number;

    if (!args_int_between(args, index, INT32_MIN, INT32_MAX, &number, reply))
        return false;
    if (number < 0 || number >= cache_settings(cache)->databases) {
        reply_error(reply, ERROR_DATABASE);
        return false;
    }
    *database = (unsigned)number;
    return true;
}

static bool exists(struct cache *cache, struct bytes key)
{
    return keyspace_peek(cache, key, keyspace_hash(cache, key)) != NULL;
}

/* The text may lie in an entry that moves when another one is made. */
static bool put(struct cache *cache, struct bytes key, const struct source *source,
                struct reply *reply)
{
    char *copy = malloc(source->text.len + 1);
    bool done = copy != NULL;

    if (done)
        bytes_copy(copy, source->text.at, source->text.len);
    done = done && keyspace_set(cache, key, keyspace_hash(cache, key),
                                bytes_new(copy, source->text.len), source->expiry);
    free(copy);
    if (!done)
        reply_error(reply, ERROR_OOM);
    return done;
}

/* --- RENAME and RENAMENX --- */

static bool is_same_key(const struct args *args)
{
    return bytes_equal(args_word(args, 1), args_word(args, 2));
}

/* True when it has another name now. */
static bool rename_key(struct cache *cache, struct args *args, bool only_new, struct reply *reply)
{
    const struct source source = foreign_peek(cache, args, 1);

    if (!source.exists) {
        reply_error(reply, ERROR_NO_KEY);
        return false;
    }
    if (is_same_key(args) || (only_new && exists(cache, args_word(args, 2))))
        return !only_new;
    if (!put(cache, args_word(args, 2), &source, reply))
        return false;
    foreign_delete_first(cache, args);
    return true;
}

static void cmd_rename(struct cache *cache, struct args *args, struct reply *reply)
{
    if (rename_key(cache, args, false, reply))
        reply_ok(reply);
}

static void cmd_renamenx(struct cache *cache, struct args *args, struct reply *reply)
{
    const bool renamed = rename_key(cache, args, true, reply);

    if (!reply->failed)
        reply_int(reply, renamed);
}

/* --- COPY and MOVE --- */

struct options {
    bool replace;
    unsigned database;
};

static bool read_options(const struct cache *cache, const struct args *args,
                         struct options *options, struct reply *reply)
{
    uint32_t i;

    for (i = 3; i < args->count; i++)
        if (args_say(args, i, "replace")) {
            options->replace = true;
        } else if (args_say(args, i, "db") && i + 1 < args->count) {
            if (!read_database(cache, args, ++i, &options->database, reply))
                return false;
        } else {
            reply_error(reply, ERROR_SYNTAX);
            return false;
        }
    return true;
}

/* In another database; true when there is one more key there now. */
static bool put_into(struct cache *cache, unsigned database, struct bytes key,
                     const struct source *source, bool replace, struct reply *reply)
{
    const unsigned selected = cache_database(cache);
    bool done;

    cache_select(cache, database);
    done = (replace || !exists(cache, key)) && put(cache, key, source, reply);
    cache_select(cache, selected);
    return done;
}

static void cmd_copy(struct cache *cache, struct args *args, struct reply *reply)
{
    struct options options = {.database = cache_database(cache)};
    struct source source;
    bool copied;

    if (!read_options(cache, args, &options, reply))
        return;
    if (options.database == cache_database(cache) && is_same_key(args)) {
        reply_error(reply, ERROR_SAME);
        return;
    }
    source = foreign_read(cache, args, 1);
    copied = source.exists &&
             put_into(cache, options.database, args_word(args, 2), &source, options.replace, reply);
    if (!reply->failed)
        reply_int(reply, copied);
}

static void cmd_move(struct cache *cache, struct args *args, struct reply *reply)
{
    struct source source;
    unsigned database;
    bool moved;

    if (!read_database(cache, args, 2, &database, reply))
        return;
    if (database == cache_database(cache)) {
        reply_error(reply, ERROR_SAME);
        return;
    }
    source = foreign_peek(cache, args, 1);
    moved = source.exists && put_into(cache, database, args_word(args, 1), &source, false, reply);
    if (moved)
        keyspace_delete(cache, args_word(args, 1), args->hash);
    if (!reply->failed)
        reply_int(reply, moved);
}

/* --- SWAPDB --- */

static bool read_index(struct args *args, uint32_t index, const char *error, struct reply *reply)
{
    int64_t number;

    if (number_parse(args_word(args, index), &number) && number >= INT32_MIN && number <= INT32_MAX)
        return true;
    reply_error(reply, error);
    return false;
}

static bool check_swapdb(struct args *args, struct reply *reply)
{
    return !read_index(args, 1, "ERR invalid first DB index", reply) ||
           !read_index(args, 2, "ERR invalid second DB index", reply);
}

static void cmd_swapdb(struct cache *cache, struct args *args, struct reply *reply)
{
    unsigned first, second;

    if (!read_database(cache, args, 1, &first, reply) ||
        !read_database(cache, args, 2, &second, reply))
        return;
    keyspace_swap(cache, first, second);
    reply_ok(reply);
}

/* clang-format off */
#define GENERIC(since, complexity, summary, syntax) \
    .categories = CATEGORY_KEYSPACE, DOC("generic", since, complexity, summary, syntax)

static const struct command rows[] = {
    /* name      arity  flags                     keys           route       gather  */
    { "rename",     3,  WRITES | ATOMIC,          KEYS(1, 2, 1), TO_LAST,    AS_IS,
      .on_cache = cmd_rename, .key_flags = "RW access delete", .more_key_flags = "OW update",
      GENERIC("1.0.0", "O(N) for N bytes", "Gives a value another key", "key newkey") },
    { "renamenx",   3,  WRITES | FAST | ATOMIC,   KEYS(1, 2, 1), TO_LAST,    AS_IS,
      .on_cache = cmd_renamenx, .key_flags = "RW access delete", .more_key_flags = "OW insert",
      GENERIC("1.0.0", "O(N) for N bytes", "Gives a value another key unless that is taken",
              "key newkey") },
    { "copy",      -3,  WRITES | DENYOOM | ATOMIC, KEYS(1, 2, 1), TO_LAST,   AS_IS,
      .on_cache = cmd_copy, .key_flags = "RO access", .more_key_flags = "OW update",
      GENERIC("6.2.0", "O(N) for N bytes", "Copies a value to another key, or another database",
              "source destination [DB destination-db#integer] [REPLACE]") },
    { "move",       3,  WRITES | FAST,            KEYS(1, 1, 1), ONE_SHARD,  AS_IS,
      .on_cache = cmd_move, .key_flags = "RW access update",
      GENERIC("1.0.0", "O(N) for N bytes", "Moves a key to another database", "key db#integer") },
    { "swapdb",     3,  WRITES | FAST | ATOMIC,   NO_KEYS,       ALL_SHARDS, ALL_OK,
      .on_cache = cmd_swapdb, .check = check_swapdb,
      .categories = CATEGORY_KEYSPACE | CATEGORY_DANGEROUS,
      DOC("server", "4.0.0", "O(1)", "Exchanges two databases", "index1#integer index2#integer") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family moves_family = {rows};
