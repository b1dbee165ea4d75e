#include <math.h>

#include "cache/cache.h"
#include "cache/condition.h"
#include "cache/data_families.h"
#include "cache/foreign.h"
#include "cache/keyspace.h"
#include "cache/many.h"
#include "cache/number.h"
#include "cache/until.h"
#include "conf/settings.h"

/* --- what several commands do --- */

/* A missing key is as good as a text; anything else is refused. */
static bool is_text(const struct entry *entry, struct reply *reply)
{
    if (entry == NULL || entry_is(entry, TYPE_TEXT))
        return true;
    reply_error(reply, ERROR_WRONG_TYPE);
    return false;
}

static __attribute__((noinline)) void lend_value(const struct entry *entry, struct reply *reply)
{
    reply_lend(reply, entry_large(entry), entry_text(entry));
}

static inline void answer_value(const struct entry *entry, struct reply *reply)
{
    if (entry == NULL)
        reply_null(reply);
    else if (__builtin_expect(entry_is_large(entry), 0))
        lend_value(entry, reply);
    else
        reply_bulk(reply, entry_text(entry));
}

/* Sets the first key. On failure, takes back what was answered since `before` and says why. */
static bool store(struct cache *cache, const struct args *args, struct bytes value, int64_t expiry,
                  struct reply *reply, size_t before)
{
    if (keyspace_set(cache, args_word(args, 1), args->hash, value, expiry))
        return true;
    reply_cut(reply, before);
    reply_error(reply, ERROR_OOM);
    return false;
}

/* --- the options of SET and GETEX --- */

struct options {
    bool only_new;
    bool only_existing;
    bool get;
    bool keep;
    bool persist;
    struct condition condition;
    const struct until *until; /* NULL when the client said nothing about time */
    uint32_t until_word;
};

/* Reads "EX 10" and its like at `*index`. The same one may come twice: the last one counts. */
static bool read_until(const struct args *args, uint32_t *index, struct options *options)
{
    const struct until *until = until_find(args_word(args, *index));

    if (until == NULL || *index + 1 >= args->count || options->keep || options->persist)
        return false;
    if (options->until != NULL && options->until != until)
        return false;
    options->until = until;
    options->until_word = ++*index;
    return true;
}

/* The conditions exclude each other. */
static bool read_condition(const struct args *args, uint32_t *index, struct options *options,
                           struct reply *reply)
{
    if (!condition_is(args, *index) || options->only_new || options->only_existing ||
        options->condition.kind != CONDITION_NONE)
        return false;
    if (condition_read(args, *index, &options->condition, reply))
        ++*index;
    return true; /* or answered */
}

static bool read_set_option(const struct args *args, uint32_t *index, struct options *options,
                            struct reply *reply)
{
    const bool unconditional = options->condition.kind == CONDITION_NONE;

    if (args_say(args, *index, "nx") && !options->only_existing && unconditional)
        options->only_new = true;
    else if (args_say(args, *index, "xx") && !options->only_new && unconditional)
        options->only_existing = true;
    else if (args_say(args, *index, "get"))
        options->get = true;
    else if (args_say(args, *index, "keepttl") && options->until == NULL)
        options->keep = true;
    else
        return read_until(args, index, options) || read_condition(args, index, options, reply);
    return true;
}

static bool read_set_options(const struct args *args, struct options *options, struct reply *reply)
{
    uint32_t i;

    for (i = 3; i < args->count && !reply->failed; i++)
        if (!read_set_option(args, &i, options, reply)) {
            reply_error(reply, ERROR_SYNTAX);
            return false;
        }
    return !reply->failed;
}

static bool read_getex_options(const struct args *args, struct options *options,
                               struct reply *reply)
{
    uint32_t i;

    for (i = 2; i < args->count; i++)
        if (args_say(args, i, "persist") && options->until == NULL) {
            options->persist = true;
        } else if (!read_until(args, &i, options)) {
            reply_error(reply, ERROR_SYNTAX);
            return false;
        }
    return true;
}

/* --- reading and setting --- */

/* Most of all requests are these, and most of these end without a call: what is used is inlined, and
 * all else is apart. */
#define MOST_USED __attribute__((flatten))
#define APART __attribute__((noinline, flatten))

static APART void get_any(struct cache *cache, const struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);

    if (is_text(entry, reply))
        answer_value(entry, reply);
}

static MOST_USED void cmd_get(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read_plain(cache, args_word(args, 1));

    if (__builtin_expect(entry != NULL, 1))
        reply_bulk(reply, entry_plain_text(entry));
    else
        get_any(cache, args, reply);
}

/* Only GET looks like a read to the counters of hits and misses. */
static struct entry *old_value(struct cache *cache, const struct args *args,
                               const struct options *options)
{
    if (options->get)
        return keyspace_read(cache, args_word(args, 1), args->hash);
    return keyspace_peek(cache, args_word(args, 1), args->hash);
}

static bool is_refused(const struct options *options, const struct entry *old)
{
    struct bytes text;

    if (options->condition.kind == CONDITION_NONE)
        return old == NULL ? options->only_existing : options->only_new;
    if (old == NULL)
        return !condition_holds(&options->condition, NULL);
    text = entry_text(old);
    return !condition_holds(&options->condition, &text);
}

static void set_if(struct cache *cache, struct args *args, const struct options *options,
                   int64_t expiry, struct reply *reply)
{
    const struct entry *old = old_value(cache, args, options);
    const size_t before = reply->len;
    bool refused;

    if (options->condition.kind != CONDITION_NONE && !is_text(old, reply))
        return;
    refused = is_refused(options, old);
    if (options->get) {
        if (!is_text(old, reply))
            return;
        answer_value(old, reply);
    } else if (refused) {
        reply_null(reply);
    }
    if (!refused && store(cache, args, args_word(args, 2), expiry, reply, before) && !options->get)
        reply_ok(reply);
}

static __attribute__((noinline)) void set_with_options(struct cache *cache, struct args *args,
                                                       struct reply *reply)
{
    struct options options = {0};
    int64_t expiry = ENTRY_FOREVER;

    if (!read_set_options(args, &options, reply))
        return;
    if (options.keep)
        expiry = KEEP_EXPIRY;
    if (options.until != NULL &&
        !until_read(cache, args, options.until_word, options.until, "set", &expiry, reply))
        return;
    set_if(cache, args, &options, expiry, reply);
}

static APART void set_any(struct cache *cache, const struct args *args, struct reply *reply)
{
    if (store(cache, args, args_word(args, 2), ENTRY_FOREVER, reply, reply->len))
        reply_ok(reply);
}

static MOST_USED void cmd_set(struct cache *cache, struct args *args, struct reply *reply)
{
    if (__builtin_expect(args->count > 3, 0))
        set_with_options(cache, args, reply);
    else if (keyspace_set_plain(cache, args_word(args, 1), args_word(args, 2)))
        reply_ok(reply);
    else
        set_any(cache, args, reply);
}

static void set_until(struct cache *cache, struct args *args, const struct until *until,
                      const char *name, struct reply *reply)
{
    int64_t expiry;

    if (!until_read(cache, args, 2, until, name, &expiry, reply))
        return;
    if (store(cache, args, args_word(args, 3), expiry, reply, reply->len))
        reply_ok(reply);
}

static void cmd_setex(struct cache *cache, struct args *args, struct reply *reply)
{
    set_until(cache, args, &until_seconds, "setex", reply);
}

static void cmd_psetex(struct cache *cache, struct args *args, struct reply *reply)
{
    set_until(cache, args, &until_milliseconds, "psetex", reply);
}

static void cmd_setnx(struct cache *cache, struct args *args, struct reply *reply)
{
    if (keyspace_peek(cache, args_word(args, 1), args->hash) != NULL)
        reply_int(reply, 0);
    else if (store(cache, args, args_word(args, 2), ENTRY_FOREVER, reply, reply->len))
        reply_int(reply, 1);
}

static void cmd_getset(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);
    const size_t before = reply->len;

    if (!is_text(entry, reply))
        return;
    answer_value(entry, reply);
    store(cache, args, args_word(args, 2), ENTRY_FOREVER, reply, before);
}

static void cmd_getdel(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);

    if (!is_text(entry, reply))
        return;
    answer_value(entry, reply);
    if (entry != NULL && !reply_is_broken(reply))
        keyspace_delete(cache, args_word(args, 1), args->hash);
}

/* Gives an existing key another time, or takes it away when that time has come already. */
static void expire_at(struct cache *cache, const struct args *args, int64_t expiry,
                      struct reply *reply, size_t before)
{
    if (cache_is_over(cache, expiry)) {
        keyspace_delete(cache, args_word(args, 1), args->hash);
    } else if (!keyspace_expire(cache, args_word(args, 1), args->hash, expiry)) {
        reply_cut(reply, before);
        reply_error(reply, ERROR_OOM);
    }
}

/* A missing key is answered before the time is even read, because Redis does so. */
static void cmd_getex(struct cache *cache, struct args *args, struct reply *reply)
{
    struct options options = {0};
    const size_t before = reply->len;
    const struct entry *entry;
    int64_t expiry = ENTRY_FOREVER;
    bool had_expiry;

    if (!read_getex_options(args, &options, reply))
        return;
    entry = keyspace_read(cache, args_word(args, 1), args->hash);
    if (entry != NULL && !is_text(entry, reply))
        return;
    if (entry != NULL && options.until != NULL &&
        !until_read(cache, args, options.until_word, options.until, "getex", &expiry, reply))
        return;
    answer_value(entry, reply);
    had_expiry = entry != NULL && entry_expiry(entry) != ENTRY_FOREVER;
    if (entry != NULL && (options.until != NULL || (options.persist && had_expiry)))
        expire_at(cache, args, expiry, reply, before);
}

/* --- many keys: a part sees its own ones only --- */

#define SLICE_KEYS 128
#define SLICE_BYTES 65536

/* Not an error: a key of another type counts as missing. */
static void answer_key(struct cache *cache, struct bytes key, uint64_t hash, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, key, hash);

    answer_value(entry != NULL && entry_is(entry, TYPE_TEXT) ? entry : NULL, reply);
}

/* False: there are more. */
static bool answer_keys(struct cache *cache, const struct args *args, struct many *many,
                        struct reply *reply)
{
    const uint32_t end = many->next + SLICE_KEYS;
    const size_t enough = reply->len + SLICE_BYTES;
    uint64_t hashes[MANY_RUN];

    while (many->next < args->count && many->next < end && reply->len < enough) {
        const unsigned count = many_ahead(cache, args, many, 1, hashes);
        unsigned i;

        for (i = 0; i < count; i++)
            answer_key(cache, args_word(args, many->next++), hashes[i], reply);
    }
    return many->next >= args->count;
}

static void cmd_mget(struct cache *cache, struct args *args, struct reply *reply)
{
    struct many here, *many = many_begin(args, 1, &here);

    if (many->next == 1)
        reply_array(reply, args->count - 1);
    while (!answer_keys(cache, args, many, reply))
        if (many_put_off(args, many))
            return;
    many_end(args, many);
}

/* Every key has its value. */
static bool lacks_value(const struct args *args, const char *name, struct reply *reply)
{
    if (args->count % 2 == 1)
        return false;
    reply_errorf(reply, "ERR wrong number of arguments for '%s' command", name);
    return true;
}

static bool check_mset(struct args *args, struct reply *reply)
{
    return lacks_value(args, "mset", reply);
}

/* Of the pairs at hand; false when there is no memory. */
static bool set_run(struct cache *cache, const struct args *args, struct many *many, size_t *bytes)
{
    uint64_t hashes[MANY_RUN];
    const unsigned count = many_ahead(cache, args, many, 2, hashes);
    unsigned i;

    for (i = 0; i < count; i++, many->next += 2) {
        const struct bytes value = args_word(args, many->next + 1);

        if (!keyspace_set(cache, args_word(args, many->next), hashes[i], value, ENTRY_FOREVER))
            return false;
        *bytes += value.len;
    }
    return true;
}

static bool set_slice(struct cache *cache, const struct args *args, struct many *many)
{
    const uint32_t end = many->next + 2 * SLICE_KEYS;
    size_t bytes = 0;
    bool done = true;

    while (done && many->next < args->count && many->next < end && bytes < SLICE_BYTES)
        done = set_run(cache, args, many, &bytes);
    return done;
}

static void cmd_mset(struct cache *cache, struct args *args, struct reply *reply)
{
    struct many here, *many = many_begin(args, 1, &here);
    bool done;

    while ((done = set_slice(cache, args, many)) && many->next < args->count)
        if (many_put_off(args, many))
            return;
    many_end(args, many);
    if (done)
        reply_ok(reply);
    else
        reply_error(reply, ERROR_OOM);
}

static bool check_msetnx(struct args *args, struct reply *reply)
{
    return lacks_value(args, "msetnx", reply);
}

/* Each owner sets its own keys, and has been told of all whether they are there. */
static void cmd_msetnx(struct cache *cache, struct args *args, struct reply *reply)
{
    uint32_t i;

    for (i = 1; i < args->count; i += 2)
        if (foreign_exists(cache, args, i)) {
            reply_int(reply, 0);
            return;
        }
    for (i = 1; i < args->count; i += 2)
        if (foreign_is_here(cache, args, i) &&
            !keyspace_set(cache, args_word(args, i), keyspace_hash(cache, args_word(args, i)),
                          args_word(args, i + 1), ENTRY_FOREVER)) {
            reply_error(reply, ERROR_OOM);
            return;
        }
    reply_int(reply, 1);
}

/* --- texts --- */

static void write_behind(struct entry *entry, struct bytes more)
{
    memcpy(entry_value_at(entry) + entry_len(entry), more.at, more.len);
    entry_set_len(entry, entry_len(entry) + more.len);
}

/* The limit holds for growing only: a value that a client could send whole has passed it already.
 */
static bool may_grow(const struct cache *cache, const struct entry *entry, size_t more,
                     struct reply *reply)
{
    const uint64_t limit = (uint64_t)cache_settings(cache)->proto_max_bulk_len;

    if (entry == NULL || (uint64_t)entry_len(entry) + more <= limit)
        return true;
    reply_error(reply, "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    return false;
}

static void cmd_append(struct cache *cache, struct args *args, struct reply *reply)
{
    struct entry *entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    const struct bytes more = args_word(args, 2);
    const size_t len = entry == NULL ? 0 : entry_len(entry);

    if (!is_text(entry, reply) || !may_grow(cache, entry, more.len, reply))
        return;
    entry = keyspace_resize(cache, args_word(args, 1), args->hash, len + more.len);
    if (entry == NULL) {
        reply_error(reply, ERROR_OOM);
        return;
    }
    write_behind(entry, more);
    reply_int(reply, (int64_t)entry_len(entry));
}

static void cmd_strlen(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);

    if (is_text(entry, reply))
        reply_int(reply, entry == NULL ? 0 : (int64_t)entry_text(entry).len);
}

/* --- numbers --- */

static void add(struct cache *cache, struct args *args, int64_t increment, struct reply *reply)
{
    const struct entry *entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    char digits[NUMBER_DIGITS];
    int64_t value = 0;

    if (!is_text(entry, reply))
        return;
    if (entry != NULL && !number_parse(entry_text(entry), &value))
        reply_error(reply, ERROR_NOT_INTEGER);
    else if (__builtin_add_overflow(value, increment, &value))
        reply_error(reply, "ERR increment or decrement would overflow");
    else if (store(cache, args, bytes_new(digits, number_print(digits, value)), KEEP_EXPIRY, reply,
                   reply->len))
        reply_int(reply, value);
}

static void cmd_incr(struct cache *cache, struct args *args, struct reply *reply)
{
    add(cache, args, 1, reply);
}

static void cmd_decr(struct cache *cache, struct args *args, struct reply *reply)
{
    add(cache, args, -1, reply);
}

static void cmd_incrby(struct cache *cache, struct args *args, struct reply *reply)
{
    int64_t increment;

    if (args_int(args, 2, &increment, reply))
        add(cache, args, increment, reply);
}

static void cmd_decrby(struct cache *cache, struct args *args, struct reply *reply)
{
    int64_t decrement;

    if (!args_int(args, 2, &decrement, reply))
        return;
    if (decrement == INT64_MIN) /* has no opposite */
        reply_error(reply, "ERR decrement would overflow");
    else
        add(cache, args, -decrement, reply);
}

static bool read_long(struct bytes text, long double *value, struct reply *reply)
{
    if (number_parse_long(text, value))
        return true;
    reply_error(reply, ERROR_NOT_FLOAT);
    return false;
}

static void store_long(struct cache *cache, struct args *args, long double value,
                       struct reply *reply)
{
    char digits[NUMBER_LONG];
    struct bytes text;

    if (isnan(value) || isinf(value)) {
        reply_error(reply, "ERR increment would produce NaN or Infinity");
        return;
    }
    text = bytes_new(digits, number_print_long(digits, value));
    if (store(cache, args, text, KEEP_EXPIRY, reply, reply->len))
        reply_bulk(reply, text);
}

static void cmd_incrbyfloat(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    long double value = 0;
    long double increment;

    if (!is_text(entry, reply) || (entry != NULL && !read_long(entry_text(entry), &value, reply)) ||
        !read_long(args_word(args, 2), &increment, reply))
        return;
    store_long(cache, args, value + increment, reply);
}

/* clang-format off */
#define PER_KEY "O(N) for N keys"
#define UNTIL "EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds"
#define SINCE_THEN \
    "EX seconds@2.6.12|PX milliseconds@2.6.12|EXAT unix-time-seconds@6.2.0|" \
    "PXAT unix-time-milliseconds@6.2.0|KEEPTTL@6.0.0"

static const struct command rows[] = {
    /* name    arity  flags                    keys            route        gather  */
    { "get",      2,  READS | FAST,            KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_get, .key_flags = "RO access",
      TEXT_DOC("1.0.0", "O(1)", "Reads a text", "key") },
    { "set",     -3,  WRITES | DENYOOM,        KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_set, .key_flags = "RW access update variable_flags",
      .key_notes = "RW and ACCESS due to the optional `GET` argument",
      TEXT_DOC("1.0.0", "O(1)", "Writes a text, whatever was there, and says when it expires",
           "key value condition=[NX|XX|IFEQ value@8.4.0|IFNE value@8.4.0|IFDEQ digest@8.4.0|"
           "IFDNE digest@8.4.0]@2.6.12 [GET]@6.2.0 expiration=[" SINCE_THEN "]") },
    { "setex",    4,  WRITES | DENYOOM,        KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_setex, .key_flags = "OW update",
      TEXT_DOC("2.0.0", "O(1)", "Writes a text that expires after some seconds", "key seconds value") },
    { "psetex",   4,  WRITES | DENYOOM,        KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_psetex, .key_flags = "OW update",
      TEXT_DOC("2.6.0", "O(1)", "Writes a text that expires after some milliseconds",
           "key milliseconds value") },
    { "setnx",    3,  WRITES | DENYOOM | FAST, KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_setnx, .key_flags = "OW insert",
      TEXT_DOC("1.0.0", "O(1)", "Writes a text unless the key is taken", "key value") },
    { "getset",   3,  WRITES | DENYOOM | FAST, KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_getset, .key_flags = "RW access update",
      .deprecated = "6.2.0", .replaced_by = "`SET` with the `!GET` argument",
      TEXT_DOC("1.0.0", "O(1)", "Writes a text and answers with the one before", "key value") },
    { "getdel",   2,  WRITES | FAST,           KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_getdel, .key_flags = "RW access delete",
      TEXT_DOC("6.2.0", "O(1)", "Reads a text for the last time", "key") },
    { "getex",   -2,  WRITES | FAST,           KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_getex, .key_flags = "RW access update",
      .key_notes = "RW and UPDATE because it changes the TTL",
      TEXT_DOC("6.2.0", "O(1)", "Reads a text and changes when it expires",
           "key expiration=[" UNTIL "|PERSIST]") },
    { "mget",    -2,  READS | FAST | UNBROKEN, KEYS(1, -1, 1), MULTI_SHARD, BY_KEY,
      .on_cache = cmd_mget, .key_flags = "RO access", .tips = "request_policy:multi_shard",
      TEXT_DOC("1.0.0", PER_KEY, "Reads several texts at once", "key...") },
    { "mset",    -3,  WRITES | DENYOOM | ATOMIC | UNBROKEN, KEYS(1, -1, 2), MULTI_SHARD, ALL_OK,
      .on_cache = cmd_mset, .check = check_mset, .key_flags = "OW update",
      .tips = "request_policy:multi_shard response_policy:all_succeeded",
      TEXT_DOC("1.0.1", PER_KEY, "Writes several texts at once", "key_value=(key value)...") },
    { "msetnx",  -3,  WRITES | DENYOOM | ATOMIC, KEYS(1, -1, 2), TO_OWNERS, LEAST,
      .on_cache = cmd_msetnx, .check = check_msetnx, .key_flags = "OW insert",
      .tips = "request_policy:multi_shard response_policy:agg_min",
      TEXT_DOC("1.0.1", PER_KEY, "Writes several texts unless one of the keys is taken",
           "key_value=(key value)...") },
    { "append",   3,  WRITES | DENYOOM | FAST, KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_append, .key_flags = "RW insert",
      TEXT_DOC("2.0.0", "O(1) per byte appended, on average", "Makes a text longer at its end",
           "key value") },
    { "strlen",   2,  READS | FAST,            KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_strlen, .key_flags = "RO",
      TEXT_DOC("2.2.0", "O(1)", "Says how many bytes a text has", "key") },
    { "incr",     2,  WRITES | DENYOOM | FAST, KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_incr, .key_flags = "RW access update",
      TEXT_DOC("1.0.0", "O(1)", "Counts up by one", "key") },
    { "decr",     2,  WRITES | DENYOOM | FAST, KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_decr, .key_flags = "RW access update",
      TEXT_DOC("1.0.0", "O(1)", "Counts down by one", "key") },
    { "incrby",   3,  WRITES | DENYOOM | FAST, KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_incrby, .key_flags = "RW access update",
      TEXT_DOC("1.0.0", "O(1)", "Counts up by a given number", "key increment") },
    { "decrby",   3,  WRITES | DENYOOM | FAST, KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_decrby, .key_flags = "RW access update",
      TEXT_DOC("1.0.0", "O(1)", "Counts down by a given number", "key decrement") },
    { "incrbyfloat", 3, WRITES | DENYOOM | FAST, KEYS(1, 1, 1), ONE_SHARD,  AS_IS,
      .on_cache = cmd_incrbyfloat, .key_flags = "RW access update",
      TEXT_DOC("2.6.0", "O(1)", "Counts up by a number that need not be whole",
               "key increment#double") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family strings_family = {rows};
