#include <assert.h>

#include "cache/cache.h"
#include "cache/cursor.h"
#include "cache/data_families.h"
#include "cache/glob.h"
#include "cache/keyspace.h"
#include "cache/number.h"
#include "cache/type/type.h"

/* --- SCAN and KEYS --- */

#define COUNT_DEFAULT 10
#define STEPS_PER_COUNT 10 /* an almost empty map must not make a call endless */

/* Keys are gathered apart, because how many there are is told before them. */
struct scan {
    struct cache *cache;
    struct bytes pattern;
    struct bytes type; /* at == NULL: any */
    int64_t count;
    int64_t visited;
    size_t found;
    struct reply keys;
};

static void start(struct scan *scan, struct cache *cache, struct bytes pattern)
{
    *scan = (struct scan){.cache = cache, .pattern = pattern, .count = COUNT_DEFAULT};
    reply_init(&scan->keys);
}

/* Writes the keys found as one array. */
static void finish(struct scan *scan, struct reply *reply)
{
    reply_array(reply, scan->found);
    reply_raw(reply, scan->keys.at, scan->keys.len);
    reply_fini(&scan->keys);
}

/* An unknown type is no error, it is just nobody's. Asking for a type counts as a read, as in
 * Redis. */
static bool has_type(const struct scan *scan, const struct entry *entry)
{
    if (scan->type.at == NULL)
        return true;
    cache_stats(scan->cache)->keyspace_hits++;
    return bytes_say(scan->type, type_name(entry));
}

static void visit(void *context, struct entry *entry)
{
    struct scan *scan = context;

    scan->visited++;
    if (!glob_match(scan->pattern, entry_key(entry)) || !has_type(scan, entry))
        return;
    reply_bulk(&scan->keys, entry_key(entry));
    scan->found++;
}

static bool read_count(const struct args *args, uint32_t index, struct scan *scan,
                       struct reply *reply)
{
    if (!args_int(args, index, &scan->count, reply))
        return false;
    if (scan->count < 1)
        reply_error(reply, ERROR_SYNTAX);
    return scan->count >= 1;
}

/* One option and its value, at `index`. */
static bool read_option(const struct args *args, uint32_t index, struct scan *scan,
                        struct reply *reply)
{
    const bool has_value = index + 1 < args->count;

    if (has_value && args_say(args, index, "count"))
        return read_count(args, index + 1, scan, reply);
    if (has_value && args_say(args, index, "match")) {
        scan->pattern = args_word(args, index + 1);
        return true;
    }
    if (has_value && args_say(args, index, "type")) {
        scan->type = args_word(args, index + 1);
        return true;
    }
    reply_error(reply, ERROR_SYNTAX);
    return false;
}

static bool read_options(const struct args *args, struct scan *scan, struct reply *reply)
{
    uint32_t i;

    for (i = 2; i < args->count; i += 2)
        if (!read_option(args, i, scan, reply))
            return false;
    return true;
}

/* Goes on until enough keys were seen, whether or not they matched. */
static uint64_t walk(struct scan *scan, uint64_t position)
{
    int64_t steps;

    if (__builtin_mul_overflow(scan->count, STEPS_PER_COUNT, &steps))
        steps = INT64_MAX;
    do
        position = keyspace_scan(scan->cache, position, visit, scan);
    while (position != 0 && scan->visited < scan->count && --steps > 0);
    return position;
}

/* A cursor that names no shard, made up by a client, finds nothing and is at the end. */
static struct cursor advance(struct scan *scan, struct cursor cursor)
{
    if (cursor.shard >= cache_count(scan->cache))
        return (struct cursor){0, 0};
    assert(cursor.shard == cache_index(scan->cache));
    return cursor_next(cursor, walk(scan, cursor.position), cache_count(scan->cache));
}

static void answer_cursor(struct cursor cursor, struct reply *reply)
{
    char digits[NUMBER_DIGITS];

    reply_bulk(reply, bytes_new(digits, number_print_unsigned(digits, cursor_number(cursor))));
}

static void cmd_scan(struct cache *cache, struct args *args, struct reply *reply)
{
    struct cursor cursor;
    struct scan scan;

    if (!cursor_parse(args_word(args, 1), &cursor)) {
        reply_error(reply, "ERR invalid cursor");
        return;
    }
    start(&scan, cache, bytes_of("*"));
    if (!read_options(args, &scan, reply))
        return;
    cursor = advance(&scan, cursor);
    reply_array(reply, 2);
    answer_cursor(cursor, reply);
    finish(&scan, reply);
}

static void cmd_keys(struct cache *cache, struct args *args, struct reply *reply)
{
    struct scan scan;

    start(&scan, cache, args_word(args, 1));
    keyspace_each(cache, visit, &scan);
    finish(&scan, reply);
}

/* --- the rest --- */

/* How many keys stand behind the one that is offered, and that one. */
static void cmd_randomkey(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_random(cache);

    (void)args;
    reply_array(reply, 2);
    reply_int(reply, entry == NULL ? 0 : (int64_t)keyspace_count(cache));
    if (entry == NULL)
        reply_null(reply);
    else
        reply_bulk(reply, entry_key(entry));
}

static void cmd_dbsize(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)args;
    reply_int(reply, (int64_t)keyspace_count(cache));
}

/* Both words are taken and make no difference: what is cleared is gone at once and freed in slices.
 */
static bool check_flush(struct args *args, struct reply *reply)
{
    if (args->count == 1)
        return false;
    if (args->count == 2 && (args_say(args, 1, "async") || args_say(args, 1, "sync")))
        return false;
    reply_error(reply, ERROR_SYNTAX);
    return true;
}

static void cmd_flushdb(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)args;
    keyspace_clear(cache);
    reply_ok(reply);
}

static void cmd_flushall(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)args;
    keyspace_clear_all(cache);
    reply_ok(reply);
}

/* clang-format off */
#define SPACE(group, since, complexity, summary, syntax) \
    .categories = CATEGORY_KEYSPACE, DOC(group, since, complexity, summary, syntax)
#define DANGER(group, since, complexity, summary, syntax) \
    .categories = CATEGORY_KEYSPACE | CATEGORY_DANGEROUS, \
    DOC(group, since, complexity, summary, syntax)
#define ALL_MUST "request_policy:all_shards response_policy:all_succeeded"

static const struct command rows[] = {
    /* name       arity  flags         keys     route       gather    */
    { "scan",       -2,  READS,        NO_KEYS, BY_CURSOR,  AS_IS,
      .on_cache = cmd_scan, .tips = "nondeterministic_output request_policy:special",
      SPACE("generic", "2.8.0", "O(1) per call, O(N) for all of N keys",
            "Visits the keys a few at a time",
            "cursor [MATCH pattern] [COUNT count] [TYPE type]") },
    { "keys",        2,  READS,        NO_KEYS, ALL_SHARDS, APPEND,
      .on_cache = cmd_keys, .tips = "request_policy:all_shards nondeterministic_output_order",
      DANGER("generic", "1.0.0", "O(N) for N keys in the database",
             "Names all keys that match a pattern", "pattern") },
    { "randomkey",   1,  READS,        NO_KEYS, ALL_SHARDS, PICK_ONE,
      .on_cache = cmd_randomkey, .tips = "request_policy:all_shards nondeterministic_output",
      SPACE("generic", "1.0.0", "O(1)", "Names some key", "") },
    { "dbsize",      1,  READS | FAST, NO_KEYS, ALL_SHARDS, ADD_UP,
      .on_cache = cmd_dbsize, .tips = "request_policy:all_shards response_policy:agg_sum",
      SPACE("server", "1.0.0", "O(1)", "Says how many keys the database has", "") },
    { "flushdb",    -1,  WRITES,       NO_KEYS, ALL_SHARDS, ALL_OK,
      .on_cache = cmd_flushdb, .check = check_flush, .tips = ALL_MUST,
      DANGER("server", "1.0.0", "O(1) to clear, O(N) to free N keys, bit by bit",
             "Empties the database", "[ASYNC|SYNC]") },
    { "flushall",   -1,  WRITES,       NO_KEYS, ALL_SHARDS, ALL_OK,
      .on_cache = cmd_flushall, .check = check_flush, .tips = ALL_MUST,
      DANGER("server", "1.0.0", "O(1) to clear, O(N) to free N keys, bit by bit",
             "Empties every database", "[ASYNC|SYNC]") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family space_family = {rows};
