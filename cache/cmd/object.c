#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/keyspace.h"
#include "cache/number.h"
#include "cache/rdb.h"
#include "conf/settings.h"

/* Asking about a key does not count as using it, and its absence is no miss. */
static const struct entry *look(struct cache *cache, const struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_peek(cache, args_word(args, 2), args->hash);

    if (entry == NULL)
        reply_null(reply);
    return entry;
}

/* --- OBJECT --- */

#define EMBEDDED_MAX 44 /* of a text that Redis keeps next to its header */
#define SHARED_NUMBERS 10000

static bool is_frequency(int policy)
{
    return policy == POLICY_ALLKEYS_LFU || policy == POLICY_VOLATILE_LFU;
}

static bool is_recency(int policy)
{
    return policy == POLICY_ALLKEYS_LRU || policy == POLICY_VOLATILE_LRU;
}

static int policy_of(const struct cache *cache)
{
    return cache_settings(cache)->maxmemory_policy;
}

/* How Redis would keep it: clients look at that. Here a text is a text. */
static const char *encoding_of(const struct entry *entry)
{
    int64_t number;

    if (number_parse(entry_text(entry), &number))
        return "int";
    return entry_len(entry) <= EMBEDDED_MAX ? "embstr" : "raw";
}

static void cmd_encoding(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = look(cache, args, reply);

    if (entry != NULL)
        reply_text(reply, encoding_of(entry));
}

/* Small numbers are one object in Redis, unless each needs an age of its own. */
static bool is_shared(const struct cache *cache, const struct entry *entry)
{
    const struct settings *settings = cache_settings(cache);
    const int policy = settings->maxmemory_policy;
    int64_t number;

    if (settings->maxmemory != 0 && (is_recency(policy) || is_frequency(policy)))
        return false;
    return number_parse(entry_text(entry), &number) && number >= 0 && number < SHARED_NUMBERS;
}

static void cmd_refcount(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = look(cache, args, reply);

    if (entry != NULL)
        reply_int(reply, is_shared(cache, entry) ? INT_MAX : 1);
}

#define SWITCHING                                                                    \
    " Please note that when switching between policies at runtime LRU and LFU data " \
    "will take some time to adjust."

static void cmd_idletime(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = look(cache, args, reply);

    if (entry == NULL)
        return;
    if (is_frequency(policy_of(cache)))
        reply_error(reply,
                    "ERR An LFU maxmemory policy is selected, idle time not tracked." SWITCHING);
    else
        reply_int(reply, keyspace_idle_ms(cache, entry) / 1000);
}

static void cmd_freq(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = look(cache, args, reply);

    if (entry == NULL)
        return;
    if (!is_frequency(policy_of(cache)))
        reply_error(reply, "ERR An LFU maxmemory policy is not selected, access frequency not "
                           "tracked." SWITCHING);
    else
        reply_int(reply, keyspace_uses(cache, entry));
}

static void cmd_object_help(struct session *session, struct args *args, struct reply *reply)
{
    static const char *const lines[] = {
        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "ENCODING <key>",
        "    How Redis would keep the value of the key.",
        "FREQ <key>",
        "    How often the key was used; that fades. With an LFU policy.",
        "IDLETIME <key>",
        "    Seconds since the key was last used. Without an LFU policy.",
        "REFCOUNT <key>",
        "    How many references to the value Redis would have.",
        "HELP",
        "    Prints this help.",
    };

    (void)session;
    (void)args;
    reply_lines(reply, lines, sizeof(lines) / sizeof(lines[0]));
}

/* --- DEBUG OBJECT --- */

#define PACKED_AROUND \
    11 /* bytes of a packed text that are not its value: type, version, checksum */
#define CLOCK_MASK 0xffffff

/* 0: there is no memory to find out. */
static size_t packed_len(const struct entry *entry)
{
    const struct bytes text = entry_text(entry);
    char *packed = malloc(rdb_room(text.len));
    size_t len;

    if (packed == NULL)
        return 0;
    len = rdb_pack(packed, text, true);
    free(packed);
    return len - PACKED_AROUND;
}

static void cmd_debug_object(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_peek(cache, args_word(args, 2), args->hash);
    int64_t idle;
    char line[256];

    if (entry == NULL) {
        reply_error(reply, ERROR_NO_KEY);
        return;
    }
    idle = keyspace_idle_ms(cache, entry) / 1000;
    snprintf(
        line, sizeof(line),
        "Value at:%p refcount:1 encoding:%s serializedlength:%zu lru:%lld lru_seconds_idle:%lld",
        (const void *)entry, encoding_of(entry), packed_len(entry),
        (long long)((cache_wall(cache) / 1000 - idle) & CLOCK_MASK), (long long)idle);
    reply_simple(reply, line);
}

/* --- DEBUG SET-ACTIVE-EXPIRE --- */

/* What is no number is 0, as in Redis. */
static void cmd_set_active(struct cache *cache, struct args *args, struct reply *reply)
{
    int64_t active = 0;

    (void)number_parse(args_word(args, 2), &active);
    cache_set_passive(cache, active == 0);
    reply_ok(reply);
}

/* --- MEMORY: what needs the reports of all is in net/cmd/holdings.c --- */

/* SAMPLES is about values with parts: taken, and of no meaning to a text. */
static bool read_samples(const struct args *args, struct reply *reply)
{
    int64_t samples;

    if (args->count == 3)
        return true;
    if (args->count != 5 || !args_say(args, 3, "samples")) {
        reply_error(reply, ERROR_SYNTAX);
        return false;
    }
    if (!args_int(args, 4, &samples, reply))
        return false;
    if (samples < 0)
        reply_error(reply, ERROR_SYNTAX);
    return samples >= 0;
}

static void cmd_usage(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry;

    if (!read_samples(args, reply))
        return;
    entry = look(cache, args, reply);
    if (entry != NULL)
        reply_int(reply, (int64_t)keyspace_bytes(cache, entry));
}

static void cmd_purge(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)args;
    cache_trim(cache);
    reply_ok(reply);
}

static void cmd_memory_help(struct session *session, struct args *args, struct reply *reply)
{
    static const char *const lines[] = {
        "MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "DOCTOR",
        "    Tell what is wrong with memory, if anything is.",
        "MALLOC-STATS",
        "    Tell what each owner of memory and the allocators hold.",
        "PURGE",
        "    Give memory that is kept for later back to the system.",
        "STATS",
        "    Tell what takes how much memory.",
        "USAGE <key> [SAMPLES <count>]",
        "    Bytes that the key, its value and its place in the index take.",
        "HELP",
        "    Prints this help.",
    };

    (void)session;
    (void)args;
    reply_lines(reply, lines, sizeof(lines) / sizeof(lines[0]));
}

/* clang-format off */
#define OBJECT(since, summary) \
    .categories = CATEGORY_KEYSPACE, DOC("generic", since, "O(1)", summary, "key")
#define MEMORY(complexity, summary, syntax) DOC("server", "4.0.0", complexity, summary, syntax)
#define ASKS .key_flags = "RO"
#define ABOUT_KEY READS, KEYS(2, 2, 1), ONE_SHARD, AS_IS

static const struct command rows[] = {
    /* name             arity  flags, keys, route, gather */
    { "object",           -2,  CONTAINER, NO_KEYS, HERE, AS_IS,
      DOC("generic", "2.2.3", "Depends on subcommand.", "Tells about the inside of values", "") },
    { "object|encoding",   3,  ABOUT_KEY, .on_cache = cmd_encoding, ASKS,
      .tips = "nondeterministic_output", OBJECT("2.2.3", "Tells how a value is kept") },
    { "object|freq",       3,  ABOUT_KEY, .on_cache = cmd_freq, ASKS,
      .tips = "nondeterministic_output", OBJECT("4.0.0", "Tells how often a key was used") },
    { "object|idletime",   3,  ABOUT_KEY, .on_cache = cmd_idletime, ASKS,
      .tips = "nondeterministic_output", OBJECT("2.2.3", "Tells how long a key was not used") },
    { "object|refcount",   3,  ABOUT_KEY, .on_cache = cmd_refcount, ASKS,
      .tips = "nondeterministic_output", OBJECT("2.2.3", "Counts the references to a value") },
    { "object|help",       2,  LOADING | STALE, NO_KEYS, HERE, AS_IS,
      .on_session = cmd_object_help,
      .categories = CATEGORY_KEYSPACE,
      DOC("generic", "6.2.0", "O(1)", "Lists the subcommands", "") },
    { "debug|object",      3,  ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED, KEYS(2, 2, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_debug_object, ASKS,
      DOC("server", "1.0.0", "O(N) for N bytes", "Tells about the inside of a value", "key") },
    { "debug|set-active-expire", 3, ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED, NO_KEYS, ALL_SHARDS, ALL_OK,
      .on_cache = cmd_set_active,
      DOC("server", "1.0.0", "O(1)", "Lets expired keys stay until somebody asks for them, with 0",
          "active#integer") },
    { "memory",           -2,  CONTAINER, NO_KEYS, HERE, AS_IS,
      MEMORY("Depends on subcommand.", "Tells about memory", "") },
    { "memory|usage",     -3,  ABOUT_KEY, .on_cache = cmd_usage, ASKS,
      MEMORY("O(1)", "Tells how many bytes a key takes", "key [SAMPLES count]") },
    { "memory|purge",      2,  0, NO_KEYS, ALL_SHARDS, ALL_OK,
      .on_cache = cmd_purge, .tips = "request_policy:all_shards response_policy:all_succeeded",
      MEMORY("O(1)", "Gives memory that is kept for later back to the system", "") },
    { "memory|help",       2,  LOADING | STALE, NO_KEYS, HERE, AS_IS,
      .on_session = cmd_memory_help, MEMORY("O(1)", "Lists the subcommands", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family object_family = {rows};
