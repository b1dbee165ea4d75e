#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/cursor.h"
#include "cache/data_families.h"
#include "cache/glob.h"
#include "cache/keyspace.h"
#include "cache/number.h"
#include "cache/type/type.h"

/* --- SCAN and KEYS: a slice at a time --- */

#define COUNT_DEFAULT 10
#define STEPS_PER_COUNT 10 /* an almost empty map must not make a call endless */

/* What a slice may cost, in units of some 50 nanoseconds. */
#define SLICE_COST 300
#define SLICE_LOANS 64
#define BUCKET_COST 4
#define KEY_COST 2
#define REMOVAL_COST 6
#define BYTES_PER_COST 256 /* compared or copied */

/* So many bytes of keys are put aside, to be lent to the reply: nothing is copied twice, and no
 * answer becomes one long row of bytes that has to be moved when it grows. */
#define CHUNK MEMORY_LOOSE_PAGE
#define BULK_MORE 32 /* what is around a key, at most */

/* Keys are gathered apart, because how many there are is told before them. It lives from the first
 * slice to the last: its words do so, too. */
struct scan {
    struct cache *cache;
    struct bytes pattern;
    struct bytes type;  /* at == NULL: any */
    char attribute;     /* of ATTRIBUTES; 0: any */
    int64_t least_size; /* bytes of key and value */
    int64_t least_idle; /* seconds */
    bool removes;       /* what it finds */
    uint64_t removed;
    int64_t count; /* so many are to be visited, at least, ... */
    int64_t steps; /* ... or so many steps made */
    int64_t visited;
    struct cursor cursor; /* where SCAN began */
    uint64_t position;
    int64_t cost;   /* of the slice under way */
    bool answering; /* all were visited */
    size_t found;
    struct reply chunk;
    struct loan *loans; /* full ones, newest first */
};

/* NULL: no memory. */
static struct scan *scan_new(struct cache *cache, struct bytes pattern)
{
    struct scan *scan = malloc(sizeof(*scan));

    if (scan == NULL)
        return NULL;
    *scan = (struct scan){.cache = cache, .pattern = pattern, .count = COUNT_DEFAULT};
    reply_init(&scan->chunk);
    return scan;
}

static void scan_free(struct scan *scan)
{
    reply_fini(&scan->chunk);
    free(scan);
}

/* Writes the keys found as one array, a slice of it; false: there is more. */
static bool answer_keys(struct scan *scan, struct reply *reply)
{
    struct loan *loan;
    unsigned count;

    if (!scan->answering)
        reply_array(reply, scan->found);
    scan->answering = true;
    for (count = 0; count < SLICE_LOANS && (loan = scan->loans) != NULL; count++) {
        scan->loans = loan->next;
        reply_add_loan(reply, loan);
    }
    if (scan->loans != NULL)
        return false;
    reply_raw(reply, scan->chunk.at, scan->chunk.len);
    reply_inherit(reply, &scan->chunk);
    return true;
}

static void put_aside(struct scan *scan)
{
    struct loan *loan = cache_lend_copy(scan->cache, bytes_new(scan->chunk.at, scan->chunk.len));

    if (loan == NULL) /* no memory to make it better: it goes on growing */
        return;
    loan->next = scan->loans;
    scan->loans = loan;
    scan->chunk.len = 0;
}

/* While keys are visited none may be removed: they are noted, each behind its length. */
static void put_doomed(struct scan *scan, struct bytes key)
{
    char *at = reply_reserve(&scan->chunk, sizeof(key.len) + key.len);

    if (at == NULL)
        return;
    memcpy(at, &key.len, sizeof(key.len));
    memcpy(at + sizeof(key.len), key.at, key.len);
    reply_advance(&scan->chunk, sizeof(key.len) + key.len);
}

static void remove_doomed(struct scan *scan)
{
    size_t at = 0, len;

    while (at < scan->chunk.len) {
        struct bytes key;

        memcpy(&len, scan->chunk.at + at, sizeof(len));
        key = bytes_new(scan->chunk.at + at + sizeof(len), len);
        scan->removed += keyspace_delete(scan->cache, key, keyspace_hash(scan->cache, key));
        scan->cost += REMOVAL_COST;
        at += sizeof(len) + len;
    }
    scan->chunk.len = 0;
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

/* v: it will expire; p: it will not; a: it was used again since it was written first; u: it was not. */
#define ATTRIBUTES "vpau"

static bool has_attribute(const struct scan *scan, const struct entry *entry)
{
    switch (scan->attribute) {
    case 'v':
        return entry_expiry(entry) != ENTRY_FOREVER;
    case 'p':
        return entry_expiry(entry) == ENTRY_FOREVER;
    case 'a':
        return keyspace_uses(scan->cache, entry) > 1;
    case 'u':
        return keyspace_uses(scan->cache, entry) <= 1;
    default:
        return true;
    }
}

static bool passes(const struct scan *scan, const struct entry *entry)
{
    return has_type(scan, entry) && has_attribute(scan, entry) &&
           (int64_t)(entry_key(entry).len + entry_len(entry)) >= scan->least_size &&
           (scan->least_idle == 0 ||
            keyspace_idle_ms(scan->cache, entry) / 1000 >= scan->least_idle);
}

static void visit(void *context, struct entry *entry)
{
    struct scan *scan = context;
    const struct bytes key = entry_key(entry);

    scan->visited++;
    scan->cost += KEY_COST + (int64_t)(key.len / BYTES_PER_COST) * (int64_t)scan->pattern.len;
    if (!glob_match(scan->pattern, key) || !passes(scan, entry))
        return;
    if (scan->removes) {
        put_doomed(scan, key);
        return;
    }
    if (scan->chunk.len > 0 && scan->chunk.len + key.len + BULK_MORE > CHUNK) {
        scan->cost += (int64_t)(scan->chunk.len / BYTES_PER_COST);
        put_aside(scan);
    }
    reply_bulk(&scan->chunk, key);
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

static bool read_attribute(struct bytes word, struct scan *scan, struct reply *reply)
{
    const char letter = word.len == 1 ? bytes_lower(word.at[0]) : '\0';

    if (letter == '\0' || strchr(ATTRIBUTES, letter) == NULL) {
        reply_error(reply, ERROR_SYNTAX);
        return false;
    }
    scan->attribute = letter;
    return true;
}

static bool read_least(const struct args *args, uint32_t index, int64_t *least, struct reply *reply)
{
    if (!args_int(args, index, least, reply))
        return false;
    if (*least < 0)
        reply_error(reply, ERROR_SYNTAX);
    return *least >= 0;
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
    if (has_value && args_say(args, index, "attr"))
        return read_attribute(args_word(args, index + 1), scan, reply);
    if (has_value && (args_say(args, index, "minsz") || args_say(args, index, "minmsz")))
        return read_least(args, index + 1, &scan->least_size, reply);
    if (has_value && args_say(args, index, "idle"))
        return read_least(args, index + 1, &scan->least_idle, reply);
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

/* Goes on until enough keys were seen, whether or not they matched; false when the slice is over
 * before. */
static bool walk(struct scan *scan)
{
    scan->cost = 0;
    do {
        if (scan->cost >= SLICE_COST)
            return false;
        scan->cost += BUCKET_COST;
        scan->position = keyspace_scan(scan->cache, scan->position, visit, scan);
        if (scan->removes)
            remove_doomed(scan);
    } while (scan->position != 0 && scan->visited < scan->count && --scan->steps > 0);
    return true;
}

static void answer_cursor(struct cursor cursor, struct reply *reply)
{
    char digits[NUMBER_DIGITS];

    reply_bulk(reply, bytes_new(digits, number_print_unsigned(digits, cursor_number(cursor))));
}

static void limit_steps(struct scan *scan)
{
    if (__builtin_mul_overflow(scan->count, STEPS_PER_COUNT, &scan->steps))
        scan->steps = INT64_MAX;
}

/* NULL when an error was answered. */
static struct scan *begin_scan(struct cache *cache, const struct args *args, struct reply *reply)
{
    struct cursor cursor;
    struct scan *scan;

    if (!cursor_parse(args_word(args, 1), &cursor)) {
        reply_error(reply, "ERR invalid cursor");
        return NULL;
    }
    scan = scan_new(cache, bytes_of("*"));
    if (scan == NULL) {
        reply_error(reply, ERROR_NO_ANSWER);
        return NULL;
    }
    if (!read_options(args, scan, reply)) {
        scan_free(scan);
        return NULL;
    }
    limit_steps(scan);
    scan->cursor = cursor;
    scan->position = cursor.position;
    return scan;
}

/* A cursor that names no shard, made up by a client, finds nothing and is at the end. */
static bool names_nobody(const struct scan *scan)
{
    if (scan->cursor.shard >= cache_count(scan->cache))
        return true;
    assert(scan->cursor.shard == cache_index(scan->cache));
    return false;
}

static struct cursor next_cursor(const struct scan *scan)
{
    return names_nobody(scan) ? (struct cursor){0, 0}
                              : cursor_next(scan->cursor, scan->position, cache_count(scan->cache));
}

/* The next slice of either; NULL when it was the last. */
static struct scan *go_on(struct scan *scan, bool with_cursor, struct reply *reply)
{
    if (!scan->answering) {
        if (!(with_cursor && names_nobody(scan)) && !walk(scan))
            return scan;
        if (with_cursor) {
            reply_array(reply, 2);
            answer_cursor(next_cursor(scan), reply);
        }
    }
    if (!answer_keys(scan, reply))
        return scan;
    scan_free(scan);
    return NULL;
}

static void cmd_scan(struct cache *cache, struct args *args, struct reply *reply)
{
    struct scan *scan = args->progress != NULL ? args->progress : begin_scan(cache, args, reply);

    if (scan != NULL)
        args->progress = go_on(scan, true, reply);
}

/* The same, but that keys are removed rather than named. Without a pattern it would be another
 * FLUSHDB. */
static void cmd_rm(struct cache *cache, struct args *args, struct reply *reply)
{
    struct scan *scan = args->progress != NULL ? args->progress : begin_scan(cache, args, reply);

    if (scan == NULL)
        return;
    scan->removes = true;
    args->progress = names_nobody(scan) || walk(scan) ? NULL : scan;
    if (args->progress != NULL)
        return;
    reply_array(reply, 2);
    answer_cursor(next_cursor(scan), reply);
    reply_int(reply, (int64_t)scan->removed);
    reply_inherit(reply, &scan->chunk);
    scan_free(scan);
}

static bool check_rm(struct args *args, struct reply *reply)
{
    uint32_t i;

    for (i = 2; i < args->count; i += 2)
        if (args_say(args, i, "match"))
            return false;
    reply_error(reply, ERROR_SYNTAX);
    return true;
}

/* NULL when an error was answered. */
static struct scan *begin_keys(struct cache *cache, const struct args *args, struct reply *reply)
{
    struct scan *scan = scan_new(cache, args_word(args, 1));

    if (scan == NULL) {
        reply_error(reply, ERROR_NO_ANSWER);
        return NULL;
    }
    scan->count = INT64_MAX;
    scan->steps = INT64_MAX;
    return scan;
}

/* A key that is there all the time is named once; others at most once. */
static void cmd_keys(struct cache *cache, struct args *args, struct reply *reply)
{
    struct scan *scan = args->progress != NULL ? args->progress : begin_keys(cache, args, reply);

    if (scan != NULL)
        args->progress = go_on(scan, false, reply);
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
#define FILTERS "[ATTR attribute=(V|P|A|U)] [MINSZ bytes] [IDLE seconds]"
#define SPACE(group, since, complexity, summary, syntax) \
    .categories = CATEGORY_KEYSPACE, DOC(group, since, complexity, summary, syntax)
#define DANGER(group, since, complexity, summary, syntax) \
    .categories = CATEGORY_KEYSPACE | CATEGORY_DANGEROUS, \
    DOC(group, since, complexity, summary, syntax)
#define ALL_MUST "request_policy:all_shards response_policy:all_succeeded"

static const struct command rows[] = {
    /* name       arity  flags         keys     route       gather    */
    { "scan",       -2,  READS | SLICED, NO_KEYS, BY_CURSOR,  AS_IS,
      .on_cache = cmd_scan, .tips = "nondeterministic_output request_policy:special",
      SPACE("generic", "2.8.0", "O(1) per call, O(N) for all of N keys",
            "Visits the keys a few at a time",
            "cursor [MATCH pattern] [COUNT count] [TYPE type]@6.0.0 " FILTERS) },
    { "rm",         -4,  WRITES | SLICED, NO_KEYS, BY_CURSOR, AS_IS,
      .check = check_rm, .on_cache = cmd_rm,
      .tips = "nondeterministic_output request_policy:special",
      SPACE("generic", "7.2.0", "O(1) per call, O(N) for all of N keys",
            "Removes keys that match a pattern, a few at a time",
            "cursor MATCH pattern [COUNT count] [TYPE type] " FILTERS) },
    { "keys",        2,  READS | SLICED, NO_KEYS, ALL_SHARDS, APPEND,
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
             "Empties the database", "[ASYNC@4.0.0|SYNC@6.2.0]") },
    { "flushall",   -1,  WRITES,       NO_KEYS, ALL_SHARDS, ALL_OK,
      .on_cache = cmd_flushall, .check = check_flush, .tips = ALL_MUST,
      DANGER("server", "1.0.0", "O(1) to clear, O(N) to free N keys, bit by bit",
             "Empties every database", "[ASYNC@4.0.0|SYNC@6.2.0]") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family space_family = {rows};
