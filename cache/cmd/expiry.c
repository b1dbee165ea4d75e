#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/keyspace.h"

/* --- EXPIRE and its three siblings --- */

/* How a command of this family counts time. */
struct counting {
    const char *name; /* the command's */
    int64_t unit;     /* in milliseconds */
    bool absolute;
};

struct conditions {
    bool none;    /* NX: only when there is no expiry */
    bool some;    /* XX: only when there is one */
    bool later;   /* GT: only to make it later; no expiry is the latest of all */
    bool earlier; /* LT: only to make it earlier */
};

/* As much of a word as an error can show. */
static int shown(struct bytes word)
{
    return word.len < INT16_MAX ? (int)word.len : INT16_MAX;
}

/* The member that word `index` sets; NULL for any other word. */
static bool *find_condition(const struct args *args, uint32_t index, struct conditions *conditions)
{
    if (args_say(args, index, "nx"))
        return &conditions->none;
    if (args_say(args, index, "xx"))
        return &conditions->some;
    if (args_say(args, index, "gt"))
        return &conditions->later;
    if (args_say(args, index, "lt"))
        return &conditions->earlier;
    return NULL;
}

static bool read_condition(const struct args *args, uint32_t index, struct conditions *conditions,
                           struct reply *reply)
{
    const struct bytes word = args_word(args, index);
    bool *condition = find_condition(args, index, conditions);

    if (condition != NULL)
        *condition = true;
    else
        reply_errorf(reply, "ERR Unsupported option %.*s", shown(word), word.at);
    return condition != NULL;
}

/* NULL, or what Redis says of conditions that exclude each other. */
static const char *conflict(const struct conditions *conditions)
{
    if (conditions->none && (conditions->some || conditions->later || conditions->earlier))
        return "ERR NX and XX, GT or LT options at the same time are not compatible";
    if (conditions->later && conditions->earlier)
        return "ERR GT and LT options at the same time are not compatible";
    return NULL;
}

static bool read_conditions(const struct args *args, struct conditions *conditions,
                            struct reply *reply)
{
    const char *error;
    uint32_t i;

    for (i = 3; i < args->count; i++)
        if (!read_condition(args, i, conditions, reply))
            return false;
    error = conflict(conditions);
    if (error != NULL)
        reply_error(reply, error);
    return error == NULL;
}

/* On the wall clock. A time in the past is fine here, also before 1970. */
static bool read_expiry(const struct cache *cache, const struct args *args,
                        const struct counting *counting, int64_t *expiry, struct reply *reply)
{
    const int64_t base = counting->absolute ? 0 : cache_wall(cache);
    int64_t number;

    if (!args_int(args, 2, &number, reply))
        return false;
    if (__builtin_mul_overflow(number, counting->unit, &number) ||
        __builtin_add_overflow(number, base, &number)) {
        reply_errorf(reply, "ERR invalid expire time in '%s' command", counting->name);
        return false;
    }
    *expiry = number;
    return true;
}

static bool allow(const struct conditions *conditions, int64_t old, int64_t expiry)
{
    if (conditions->none && old != ENTRY_FOREVER)
        return false;
    if (conditions->some && old == ENTRY_FOREVER)
        return false;
    /* A key without an expiry lives longest. */
    if (conditions->later && (old == ENTRY_FOREVER || expiry <= old))
        return false;
    return !conditions->earlier || old == ENTRY_FOREVER || expiry < old;
}

/* When it ends on the wall clock, or ENTRY_FOREVER. */
static int64_t date_of(const struct cache *cache, const struct entry *entry)
{
    const int64_t expiry = entry_expiry(entry);

    return expiry == ENTRY_FOREVER ? ENTRY_FOREVER : deadline_wall(expiry, cache_skew(cache));
}

/* False when there is no memory. */
static bool expire_at(struct cache *cache, const struct args *args, int64_t expiry, bool absolute)
{
    int64_t deadline;

    if (expiry <= cache_wall(cache)) {
        keyspace_delete(cache, args_word(args, 1), args->hash);
        return true;
    }
    deadline = absolute ? deadline_date(expiry) : deadline_lifetime(expiry, cache_skew(cache));
    return keyspace_expire(cache, args_word(args, 1), args->hash, deadline);
}

static void expire(struct cache *cache, const struct args *args, const struct counting *counting,
                   struct reply *reply)
{
    struct conditions conditions = {0};
    const struct entry *entry;
    int64_t expiry;

    if (!read_conditions(args, &conditions, reply) ||
        !read_expiry(cache, args, counting, &expiry, reply))
        return;
    entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    if (entry == NULL || !allow(&conditions, date_of(cache, entry), expiry))
        reply_int(reply, 0);
    else if (expire_at(cache, args, expiry, counting->absolute))
        reply_int(reply, 1);
    else
        reply_error(reply, ERROR_OOM);
}

static void cmd_expire(struct cache *cache, struct args *args, struct reply *reply)
{
    expire(cache, args, &(struct counting){"expire", 1000, false}, reply);
}

static void cmd_pexpire(struct cache *cache, struct args *args, struct reply *reply)
{
    expire(cache, args, &(struct counting){"pexpire", 1, false}, reply);
}

static void cmd_expireat(struct cache *cache, struct args *args, struct reply *reply)
{
    expire(cache, args, &(struct counting){"expireat", 1000, true}, reply);
}

static void cmd_pexpireat(struct cache *cache, struct args *args, struct reply *reply)
{
    expire(cache, args, &(struct counting){"pexpireat", 1, true}, reply);
}

static void cmd_persist(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_peek(cache, args_word(args, 1), args->hash);

    if (entry == NULL || entry_expiry(entry) == ENTRY_FOREVER)
        reply_int(reply, 0);
    else if (keyspace_expire(cache, args_word(args, 1), args->hash, ENTRY_FOREVER))
        reply_int(reply, 1);
    else
        reply_error(reply, ERROR_OOM);
}

/* --- TTL and its three siblings --- */

#define NO_KEY (-2)
#define NO_EXPIRY (-1)

/* Half a second and more counts as a whole one. */
static int64_t seconds_of(int64_t milliseconds)
{
    return milliseconds < 0 ? milliseconds
                            : milliseconds / 1000 + (milliseconds % 1000 >= 500 ? 1 : 0);
}

/* When the first key expires in wall milliseconds, NO_EXPIRY or NO_KEY. */
static int64_t time_of(struct cache *cache, const struct args *args)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);

    if (entry == NULL)
        return NO_KEY;
    return entry_expiry(entry) == ENTRY_FOREVER ? NO_EXPIRY : date_of(cache, entry);
}

/* The same from now on. A living key's time is always ahead. */
static int64_t time_left(struct cache *cache, const struct args *args)
{
    const int64_t time = time_of(cache, args);

    return time < 0 ? time : time - cache_wall(cache);
}

static void cmd_ttl(struct cache *cache, struct args *args, struct reply *reply)
{
    reply_int(reply, seconds_of(time_left(cache, args)));
}

static void cmd_pttl(struct cache *cache, struct args *args, struct reply *reply)
{
    reply_int(reply, time_left(cache, args));
}

static void cmd_expiretime(struct cache *cache, struct args *args, struct reply *reply)
{
    reply_int(reply, seconds_of(time_of(cache, args)));
}

static void cmd_pexpiretime(struct cache *cache, struct args *args, struct reply *reply)
{
    reply_int(reply, time_of(cache, args));
}

/* clang-format off */
#define GENERIC(since, summary, syntax) \
    .categories = CATEGORY_KEYSPACE, DOC("generic", since, "O(1)", summary, syntax)
#define CHANGES .key_flags = "RW update"
#define ASKS .key_flags = "RO access"
#define ASKS_TIME ASKS, .tips = "nondeterministic_output"

static const struct command rows[] = {
    /* name         arity  flags          keys           route      gather  */
    { "expire",      -3,  WRITES | FAST, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_expire, CHANGES,
      GENERIC("1.0.0", "Makes a key expire after some seconds",
              "key seconds condition=[NX|XX|GT|LT]@7.0.0") },
    { "pexpire",     -3,  WRITES | FAST, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_pexpire, CHANGES,
      GENERIC("2.6.0", "Makes a key expire after some milliseconds",
              "key milliseconds condition=[NX|XX|GT|LT]@7.0.0") },
    { "expireat",    -3,  WRITES | FAST, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_expireat, CHANGES,
      GENERIC("1.2.0", "Makes a key expire at a second of the calendar",
              "key unix-time-seconds condition=[NX|XX|GT|LT]@7.0.0") },
    { "pexpireat",   -3,  WRITES | FAST, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_pexpireat, CHANGES,
      GENERIC("2.6.0", "Makes a key expire at a millisecond of the calendar",
              "key unix-time-milliseconds condition=[NX|XX|GT|LT]@7.0.0") },
    { "ttl",          2,  READS | FAST,  KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_ttl, ASKS_TIME,
      GENERIC("1.0.0", "Says how many seconds a key has left", "key") },
    { "pttl",         2,  READS | FAST,  KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_pttl, ASKS_TIME,
      GENERIC("2.6.0", "Says how many milliseconds a key has left", "key") },
    { "expiretime",   2,  READS | FAST,  KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_expiretime, ASKS,
      GENERIC("7.0.0", "Says at which second of the calendar a key expires", "key") },
    { "pexpiretime",  2,  READS | FAST,  KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_pexpiretime, ASKS,
      GENERIC("7.0.0", "Says at which millisecond of the calendar a key expires", "key") },
    { "persist",      2,  WRITES | FAST, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_persist, CHANGES,
      GENERIC("2.2.0", "Lets a key live on without an end", "key") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family expiry_family = {rows};
