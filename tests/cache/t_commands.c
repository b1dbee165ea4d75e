/* Every data command, called through its row on a cache of its own: what it answers, what it
 * refuses, and that what is refused changes nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/keyspace.h"
#include "conf/settings.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000 /* 2023-11-14 22:13:20 */
#define WORDS 64

static const struct command_family *const families[] = {
    &strings_family, &ranges_family, &bitmaps_family, &bitfield_family,
    &dump_family,    &keys_family,   &expiry_family,  &space_family,
};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct settings settings = {.proto_max_bulk_len = 64};
static struct cache *cache;
static struct reply reply;
static uint8_t protocol = 2;

/* --- saying things to the cache --- */

static const struct command *find(struct bytes name)
{
    size_t i;

    for (i = 0; i < FAMILIES; i++) {
        const struct command *row;

        for (row = families[i]->rows; row->name != NULL; row++)
            if (bytes_say(name, row->name))
                return row;
    }
    tap_bail("there is no command %.*s", (int)name.len, name.at);
}

/* Words are parted by one blank; '' stands for the empty one and _ for a blank inside one. */
static uint32_t split(char *line, struct bytes *words)
{
    uint32_t count = 0;
    char *at;

    for (at = strsep(&line, " "); at != NULL; at = strsep(&line, " ")) {
        char *c;

        for (c = at; *c != '\0'; c++)
            *c = *c == '_' ? ' ' : *c;
        words[count++] = strcmp(at, "''") == 0 ? bytes_of("") : bytes_of(at);
    }
    return count;
}

static void perform(const struct command *command, struct args *args)
{
    if (command->keys.first > 0)
        args->hash = keyspace_hash(cache, args_word(args, (uint32_t)command->keys.first));
    reply_reset(&reply, protocol);
    if (!command_arity_fits(command, args->count))
        tap_bail("%s does not take %u words", command->name, args->count);
    if (command->check == NULL || !command->check(args, &reply))
        do
            cache_run(cache, command, args, &reply, 0);
        while (args->progress != NULL);
}

static void say(const char *line)
{
    struct bytes words[WORDS];
    struct args args = {.words = words};
    char *copy = strdup(line);

    args.count = split(copy, words);
    perform(find(words[0]), &args);
    free(copy);
}

#define answers(line, expected)                                                \
    do {                                                                       \
        say(line);                                                             \
        is_bytes(reply.at, reply.len, expected, strlen(expected), "%s", line); \
    } while (0)

/* --- and seeing that nothing happened --- */

struct picture {
    uint64_t changes;
    uint64_t sum;
};

/* The sum does not depend on the order in which the keys come. */
static void paint(void *context, struct entry *entry)
{
    struct picture *picture = context;
    const uint64_t key = keyhash_of(&keyhash, entry_key(entry));
    const uint64_t value = keyhash_of(&keyhash, entry_text(entry));

    picture->sum += key * 31 + value * key + (uint64_t)entry_expiry(entry) * (key | 1);
}

static struct picture picture_of(void)
{
    struct picture picture = {cache_stats(cache)->changes, 0};
    uint64_t position = 0;

    do
        position = keyspace_scan(cache, position, paint, &picture);
    while (position != 0);
    return picture;
}

#define refuses(line, error)                                                          \
    do {                                                                              \
        const struct picture before = picture_of();                                   \
        struct picture after;                                                         \
                                                                                      \
        answers(line, "-" error "\r\n");                                              \
        after = picture_of();                                                         \
        ok(reply.failed &&before.changes == after.changes && before.sum == after.sum, \
           "... and changes nothing");                                                \
    } while (0)

static void begin(void)
{
    const struct cache_setup setup = {
        .count = 1,
        .keyhash = &keyhash,
        .settings = &settings,
        .seed = 1,
        .now = NOW,
    };

    cache = cache_new(&setup);
    protocol = 2;
}

static void end(void)
{
    cache_free(cache);
}

static void later(int64_t milliseconds)
{
    cache_set_now(cache, cache_now(cache) + milliseconds);
}

/* --- texts --- */

#define OK "+OK\r\n"
#define NONE "$-1\r\n"
#define NOT_INTEGER "ERR value is not an integer or out of range"
#define SYNTAX "ERR syntax error"

static void get_and_set(void)
{
    answers("GET k", NONE);
    answers("SET k v", OK);
    answers("get k", "$1\r\nv\r\n");
    answers("SET k ''", OK);
    answers("GET k", "$0\r\n\r\n");
    answers("SET '' empty", OK);
    answers("GET ''", "$5\r\nempty\r\n");
    protocol = 3;
    answers("GET none", "_\r\n");
    answers("SET none v XX", "_\r\n");
}

static void set_on_conditions(void)
{
    answers("SET k 1 XX", NONE);
    answers("SET k 1 NX", OK);
    answers("SET k 2 nx", NONE);
    answers("SET k 2 xx", OK);
    answers("SET k 3 XX XX", OK);
    answers("SET k 4 GET", "$1\r\n3\r\n");
    answers("SET k 5 NX GET", "$1\r\n4\r\n");
    answers("SET k 5 GET NX", "$1\r\n4\r\n");
    answers("GET k", "$1\r\n4\r\n");
    answers("SET n 1 GET XX", NONE);
    answers("EXISTS n", ":0\r\n");
    answers("SET n 1 GET NX", NONE);
    answers("GET n", "$1\r\n1\r\n");
}

static void set_with_a_time(void)
{
    answers("SET k v EX 10", OK);
    answers("PTTL k", ":10000\r\n");
    answers("SET k v PX 10", OK);
    answers("PTTL k", ":10\r\n");
    answers("SET k v EXAT 1700000005", OK);
    answers("PTTL k", ":5000\r\n");
    answers("SET k v PXAT 1700000000007", OK);
    answers("PTTL k", ":7\r\n");
    answers("SET k w KEEPTTL", OK);
    answers("PTTL k", ":7\r\n");
    answers("SET k w EX 10 EX 20", OK);
    answers("TTL k", ":20\r\n");
    answers("SET k w", OK);
    answers("TTL k", ":-1\r\n");
    answers("SET k w PXAT 1", OK);
    answers("GET k", NONE);
    answers("SET k w PXAT 9223372036854775807", OK);
    answers("EXPIRETIME k", ":9223372036854776\r\n");
    answers("SET new v KEEPTTL", OK);
    answers("TTL new", ":-1\r\n");
}

static void set_refuses(void)
{
    say("SET k v EX 100");
    refuses("SET k w NX XX", SYNTAX);
    refuses("SET k w XX NX", SYNTAX);
    refuses("SET k w EX", SYNTAX);
    refuses("SET k w EX 1 PX 1", SYNTAX);
    refuses("SET k w EX 1 KEEPTTL", SYNTAX);
    refuses("SET k w KEEPTTL EX 1", SYNTAX);
    refuses("SET k w PERSIST", SYNTAX);
    refuses("SET k w EX x y", SYNTAX);
    refuses("SET k w EX NX", NOT_INTEGER);
    refuses("SET k w EX _1", NOT_INTEGER);
    refuses("SET k w EX 0", "ERR invalid expire time in 'set' command");
    refuses("SET k w PX -1", "ERR invalid expire time in 'set' command");
    refuses("SET k w EXAT 0", "ERR invalid expire time in 'set' command");
    refuses("SET k w PXAT 0", "ERR invalid expire time in 'set' command");
    refuses("SET k w EX 9223372036854775", "ERR invalid expire time in 'set' command");
    refuses("SET k w EXAT 9223372036854776", "ERR invalid expire time in 'set' command");
    refuses("SET k w PX 9223372036854775807", "ERR invalid expire time in 'set' command");
    refuses("SET k w NX EX 0", "ERR invalid expire time in 'set' command");
    answers("SET k w EXAT 9223372036854775", OK);
}

static void setex_and_psetex(void)
{
    answers("SETEX k 10 v", OK);
    answers("PTTL k", ":10000\r\n");
    answers("PSETEX k 10 v", OK);
    answers("PTTL k", ":10\r\n");
    refuses("SETEX k 0 w", "ERR invalid expire time in 'setex' command");
    refuses("PSETEX k -1 w", "ERR invalid expire time in 'psetex' command");
    refuses("SETEX k 9223372036854775807 w", "ERR invalid expire time in 'setex' command");
    refuses("PSETEX k 9223372036854775807 w", "ERR invalid expire time in 'psetex' command");
    refuses("SETEX k w 10", NOT_INTEGER);
}

static void older_ways_to_set(void)
{
    answers("SETNX k 1", ":1\r\n");
    answers("SETNX k 2", ":0\r\n");
    answers("EXPIRE k 10", ":1\r\n");
    answers("GETSET k 3", "$1\r\n1\r\n");
    answers("TTL k", ":-1\r\n");
    answers("GETSET n 3", NONE);
    answers("GETDEL k", "$1\r\n3\r\n");
    answers("GETDEL k", NONE);
}

static void getex(void)
{
    answers("GETEX k EX x", NONE); /* there is no key, so the time is not read */
    answers("SET k v", OK);
    answers("GETEX k", "$1\r\nv\r\n");
    answers("TTL k", ":-1\r\n");
    answers("GETEX k EX 10", "$1\r\nv\r\n");
    answers("TTL k", ":10\r\n");
    answers("GETEX k", "$1\r\nv\r\n");
    answers("TTL k", ":10\r\n");
    answers("GETEX k PERSIST PERSIST", "$1\r\nv\r\n");
    answers("TTL k", ":-1\r\n");
    refuses("GETEX k EX 10 PERSIST", SYNTAX);
    refuses("GETEX k PERSIST EX 10", SYNTAX);
    refuses("GETEX k KEEPTTL", SYNTAX);
    refuses("GETEX k NX", SYNTAX);
    refuses("GETEX k EX", SYNTAX);
    refuses("GETEX none PX", SYNTAX);
    refuses("GETEX k EX x", NOT_INTEGER);
    refuses("GETEX k EX 0", "ERR invalid expire time in 'getex' command");
    refuses("GETEX k PX 9223372036854775807", "ERR invalid expire time in 'getex' command");
    answers("GETEX k EXAT 1", "$1\r\nv\r\n");
    answers("EXISTS k", ":0\r\n");
}

static void many_at_once(void)
{
    answers("MSET a 1 b 2 a 3", OK);
    answers("MGET a none b a", "*4\r\n$1\r\n3\r\n$-1\r\n$1\r\n2\r\n$1\r\n3\r\n");
    refuses("MSET a 4 b", "ERR wrong number of arguments for 'mset' command");
    say("EXPIRE a 10");
    answers("MSET a 5", OK);
    answers("TTL a", ":-1\r\n");
    protocol = 3;
    answers("MGET none", "*1\r\n_\r\n");
}

static void append_and_strlen(void)
{
    unsigned i;

    answers("STRLEN k", ":0\r\n");
    answers("APPEND k ''", ":0\r\n");
    answers("EXISTS k", ":1\r\n");
    answers("APPEND k ab", ":2\r\n");
    say("EXPIRE k 10");
    answers("APPEND k cd", ":4\r\n");
    answers("GET k", "$4\r\nabcd\r\n");
    answers("STRLEN k", ":4\r\n");
    answers("TTL k", ":10\r\n");
    for (i = 0; i < 5; i++)
        say("APPEND k 0123456789");
    answers("APPEND k 0123456789", ":64\r\n");
    refuses("APPEND k x", "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
}

static void counting(void)
{
    answers("INCR n", ":1\r\n");
    answers("INCRBY n 9", ":10\r\n");
    answers("DECR n", ":9\r\n");
    answers("DECRBY n 10", ":-1\r\n");
    answers("DECRBY n -1", ":0\r\n");
    answers("GET n", "$1\r\n0\r\n");
    say("EXPIRE n 10");
    answers("INCR n", ":1\r\n");
    answers("TTL n", ":10\r\n");
    answers("SET n 9223372036854775806", OK);
    answers("INCR n", ":9223372036854775807\r\n");
    answers("DECR m", ":-1\r\n");
    answers("DECRBY m 9223372036854775807", ":-9223372036854775808\r\n");
    answers("GET m", "$20\r\n-9223372036854775808\r\n");
}

static void counting_refuses(void)
{
    say("MSET max 9223372036854775807 min -9223372036854775808 text x blank _1 empty ''");
    refuses("INCR max", "ERR increment or decrement would overflow");
    refuses("INCRBY max 9223372036854775807", "ERR increment or decrement would overflow");
    refuses("DECR min", "ERR increment or decrement would overflow");
    refuses("DECRBY max -9223372036854775808", "ERR decrement would overflow");
    refuses("INCR text", NOT_INTEGER);
    refuses("DECR blank", NOT_INTEGER);
    refuses("INCRBY empty 1", NOT_INTEGER);
    refuses("INCRBY none x", NOT_INTEGER);
    refuses("DECRBY none 1.0", NOT_INTEGER);
}

/* --- keys --- */

static void keys_come_and_go(void)
{
    say("MSET a 1 b 2 c 3");
    answers("TYPE a", "+string\r\n");
    answers("TYPE none", "+none\r\n");
    answers("EXISTS a b none a", ":3\r\n");
    answers("TOUCH a none", ":1\r\n");
    answers("DEL a a none", ":1\r\n");
    answers("UNLINK b c none", ":2\r\n");
    answers("DBSIZE", ":0\r\n");
}

/* --- expiry --- */

static void keys_expire_to_the_millisecond(void)
{
    say("SET k v PX 10");
    later(9);
    answers("PTTL k", ":1\r\n");
    answers("GET k", "$1\r\nv\r\n");
    later(1);
    answers("PTTL k", ":0\r\n");
    answers("GET k", "$1\r\nv\r\n");
    later(1);
    answers("GET k", NONE);
    answers("TTL k", ":-2\r\n");
    answers("EXPIRE k 10", ":0\r\n");
    answers("PERSIST k", ":0\r\n");
    answers("DEL k", ":0\r\n");
    is_int(cache_stats(cache)->expired_keys, 1, "it expired once");
}

static void four_ways_to_say_when(void)
{
    say("SET k v");
    answers("EXPIRE k 10", ":1\r\n");
    answers("PTTL k", ":10000\r\n");
    answers("PEXPIRE k 10", ":1\r\n");
    answers("PTTL k", ":10\r\n");
    answers("EXPIREAT k 1700000010", ":1\r\n");
    answers("PEXPIRETIME k", ":1700000010000\r\n");
    answers("PEXPIREAT k 1700000000010", ":1\r\n");
    answers("PEXPIRETIME k", ":1700000000010\r\n");
    answers("EXPIRE none 10", ":0\r\n");
    answers("PEXPIREAT k 9223372036854775807", ":1\r\n");
    answers("EXPIRETIME k", ":9223372036854776\r\n");
}

static void four_ways_to_ask(void)
{
    answers("TTL k", ":-2\r\n");
    answers("PTTL k", ":-2\r\n");
    answers("EXPIRETIME k", ":-2\r\n");
    answers("PEXPIRETIME k", ":-2\r\n");
    say("SET k v");
    answers("TTL k", ":-1\r\n");
    answers("PTTL k", ":-1\r\n");
    answers("EXPIRETIME k", ":-1\r\n");
    answers("PEXPIRETIME k", ":-1\r\n");
    say("PEXPIRE k 1499");
    answers("TTL k", ":1\r\n");
    answers("PTTL k", ":1499\r\n");
    answers("EXPIRETIME k", ":1700000001\r\n");
    answers("PEXPIRETIME k", ":1700000001499\r\n");
    say("PEXPIRE k 1500");
    answers("TTL k", ":2\r\n");
    answers("EXPIRETIME k", ":1700000002\r\n");
    say("PEXPIRE k 1");
    answers("TTL k", ":0\r\n");
}

static void expire_on_conditions(void)
{
    say("SET k v");
    answers("EXPIRE k 10 XX", ":0\r\n");
    answers("EXPIRE k 10 GT", ":0\r\n");
    answers("EXPIRE k 10 XX GT", ":0\r\n");
    answers("EXPIRE k 10 XX LT", ":0\r\n");
    answers("TTL k", ":-1\r\n");
    answers("EXPIRE k 10 LT", ":1\r\n");
    answers("EXPIRE k 20 NX", ":0\r\n");
    answers("EXPIRE k 10 GT", ":0\r\n");
    answers("EXPIRE k 10 LT", ":0\r\n");
    answers("EXPIRE k 20 gt GT", ":1\r\n");
    answers("EXPIRE k 10 GT", ":0\r\n");
    answers("EXPIRE k 30 LT", ":0\r\n");
    answers("TTL k", ":20\r\n");
    answers("EXPIRE k 5 XX LT", ":1\r\n");
    answers("EXPIRE k -1 NX", ":0\r\n");
    answers("TTL k", ":5\r\n");
    answers("PERSIST k", ":1\r\n");
    answers("PERSIST k", ":0\r\n");
    answers("EXPIRE k 7 NX", ":1\r\n");
}

static void what_is_past_is_gone(void)
{
    static const char *const lines[] = {
        "EXPIRE k 0",     "EXPIRE k -1",      "PEXPIRE k -9223372036854775808",
        "EXPIREAT k -5",  "PEXPIREAT k 1 NX", "EXPIREAT k 1700000000",
        "PEXPIRE k 0 NX", "EXPIRE k -1 LT",
    };
    size_t i;

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        say("SET k v");
        answers(lines[i], ":1\r\n");
        answers("EXISTS k", ":0\r\n");
    }
    answers("EXPIRE k -1", ":0\r\n");
}

static void expire_refuses(void)
{
    say("SET k v EX 10");
    refuses("EXPIRE k x", NOT_INTEGER);
    refuses("EXPIRE k x NX", NOT_INTEGER);
    refuses("EXPIRE none x", NOT_INTEGER);
    refuses("EXPIRE k x foo", "ERR Unsupported option foo");
    refuses("EXPIRE k -1 NX foo", "ERR Unsupported option foo");
    refuses("EXPIRE k 1 a\nb\n", "ERR Unsupported option a b");
    refuses("EXPIRE k -1 NX XX",
            "ERR NX and XX, GT or LT options at the same time are not compatible");
    refuses("EXPIRE k -1 GT NX",
            "ERR NX and XX, GT or LT options at the same time are not compatible");
    refuses("EXPIRE k -1 LT GT", "ERR GT and LT options at the same time are not compatible");
    refuses("EXPIRE k 1 XX GT LT", "ERR GT and LT options at the same time are not compatible");
    refuses("EXPIRE k 9223372036854775807", "ERR invalid expire time in 'expire' command");
    refuses("EXPIRE k -9223372036854775808", "ERR invalid expire time in 'expire' command");
    refuses("EXPIRE none 9223372036854775807", "ERR invalid expire time in 'expire' command");
    refuses("PEXPIRE k 9223372036854775807", "ERR invalid expire time in 'pexpire' command");
    refuses("EXPIREAT k 9223372036854775807", "ERR invalid expire time in 'expireat' command");
}

/* --- the whole space --- */

static void scan_a_few_keys(void)
{
    answers("SCAN 0", "*2\r\n$1\r\n0\r\n*0\r\n");
    say("SET key:1 v");
    answers("SCAN 0 COUNT 100", "*2\r\n$1\r\n0\r\n*1\r\n$5\r\nkey:1\r\n");
    answers("SCAN '' match k* count 100", "*2\r\n$1\r\n0\r\n*1\r\n$5\r\nkey:1\r\n");
    answers("SCAN 0 MATCH x* COUNT 9223372036854775807", "*2\r\n$1\r\n0\r\n*0\r\n");
    answers("SCAN 0 MATCH k* MATCH x COUNT 100", "*2\r\n$1\r\n0\r\n*0\r\n");
    answers("SCAN 0 TYPE STRING COUNT 100", "*2\r\n$1\r\n0\r\n*1\r\n$5\r\nkey:1\r\n");
    answers("SCAN 0 TYPE nonsense COUNT 100", "*2\r\n$1\r\n0\r\n*0\r\n");
    answers("SCAN 63 COUNT 100", "*2\r\n$1\r\n0\r\n*0\r\n"); /* no such shard */
    say("SET gone v PX 1");
    later(2);
    answers("SCAN 0 COUNT 100", "*2\r\n$1\r\n0\r\n*1\r\n$5\r\nkey:1\r\n");
}

static void scan_refuses(void)
{
    refuses("SCAN x", "ERR invalid cursor");
    refuses("SCAN _0", "ERR invalid cursor");
    refuses("SCAN 18446744073709551616", "ERR invalid cursor");
    refuses("SCAN x COUNT 0", "ERR invalid cursor");
    refuses("SCAN 0 COUNT", SYNTAX);
    refuses("SCAN 0 COUNT 0", SYNTAX);
    refuses("SCAN 0 COUNT -1", SYNTAX);
    refuses("SCAN 0 MATCH", SYNTAX);
    refuses("SCAN 0 TYPE", SYNTAX);
    refuses("SCAN 0 FOO BAR", SYNTAX);
    refuses("SCAN 63 FOO BAR", SYNTAX);
    refuses("SCAN 0 COUNT x", NOT_INTEGER);
    refuses("SCAN 0 COUNT 0 FOO", SYNTAX);
}

#define MANY 1000

/* Reads the answer of one SCAN call: marks the keys "0" .. "999" and returns the cursor. */
static uint64_t mark(unsigned *seen)
{
    char *at, *text;
    uint64_t next;
    long keys;

    *reply_reserve(&reply, 1) = '\0';
    text = strstr(strstr(reply.at, "\r\n") + 2, "\r\n") + 2; /* behind *2 and the $ line */
    next = strtoull(text, &at, 10);
    keys = strtol(at + 3, &at, 10);
    for (; keys > 0; keys--) {
        at = strstr(at + 2, "\r\n"); /* behind the $ line */
        seen[strtoul(at + 2, &at, 10) % MANY]++;
    }
    return next;
}

static void scan_visits_every_key_once(void)
{
    unsigned seen[MANY] = {0}, calls = 0, once = 0, i;
    char line[64];
    uint64_t cursor = 0;

    for (i = 0; i < MANY; i++) {
        snprintf(line, sizeof(line), "SET %u v", i);
        say(line);
    }
    do {
        snprintf(line, sizeof(line), "SCAN %" PRIu64 " COUNT 10", cursor);
        say(line);
        cursor = mark(seen);
        calls++;
    } while (cursor != 0 && calls <= MANY);
    for (i = 0; i < MANY; i++)
        once += seen[i] == 1;
    is_int(once, MANY, "every key was named once");
    ok(calls > 20 && calls <= MANY / 10 + 1, "some at a time, in %u calls", calls);
}

static void keys_and_randomkey(void)
{
    answers("KEYS *", "*0\r\n");
    answers("RANDOMKEY", "*2\r\n:0\r\n$-1\r\n");
    say("SET one v");
    answers("KEYS *", "*1\r\n$3\r\none\r\n");
    answers("KEYS o?e", "*1\r\n$3\r\none\r\n");
    answers("KEYS two", "*0\r\n");
    answers("RANDOMKEY", "*2\r\n:1\r\n$3\r\none\r\n");
    say("SET two v PX 1");
    later(2);
    answers("KEYS *", "*1\r\n$3\r\none\r\n");
    protocol = 3;
    say("FLUSHALL");
    answers("RANDOMKEY", "*2\r\n:0\r\n_\r\n");
}

static void flushing(void)
{
    say("MSET a 1 b 2");
    answers("DBSIZE", ":2\r\n");
    refuses("FLUSHDB foo", SYNTAX);
    refuses("FLUSHALL foo", SYNTAX);
    refuses("FLUSHALL SYNC ASYNC", SYNTAX);
    answers("FLUSHDB", OK);
    answers("DBSIZE", ":0\r\n");
    say("SET a 1");
    answers("FLUSHALL async", OK);
    answers("DBSIZE", ":0\r\n");
    answers("FLUSHDB SYNC", OK);
    answers("FLUSHDB ASYNC", OK);
    answers("FLUSHALL SYNC", OK);
}

static void flushdb_leaves_other_databases(void)
{
    say("SET a 1");
    cache_select(cache, 3);
    ok(keyspace_set(cache, bytes_of("b"), keyspace_hash(cache, bytes_of("b")), bytes_of("2"),
                    ENTRY_FOREVER),
       "a key in another database");
    answers("FLUSHDB", OK);
    cache_select(cache, 3);
    is_int(keyspace_count(cache), 1, "FLUSHDB leaves it");
    answers("FLUSHALL", OK);
    cache_select(cache, 3);
    is_int(keyspace_count(cache), 0, "FLUSHALL does not");
}

/* --- counters --- */

#define counts(line, hits, misses)                                                                 \
    do {                                                                                           \
        const struct cache_stats before = *cache_stats(cache);                                     \
                                                                                                   \
        say(line);                                                                                 \
        is_int(cache_stats(cache)->keyspace_hits - before.keyspace_hits, hits, "hits: %s", line);  \
        is_int(cache_stats(cache)->keyspace_misses - before.keyspace_misses, misses, "misses: %s", \
               line);                                                                              \
    } while (0)

static void readers_count_hits_and_misses(void)
{
    say("SET a 1");
    counts("GET a", 1, 0);
    counts("GET no", 0, 1);
    counts("MGET a no a", 2, 1);
    counts("STRLEN a", 1, 0);
    counts("STRLEN no", 0, 1);
    counts("TYPE a", 1, 0);
    counts("TYPE no", 0, 1);
    counts("EXISTS a no", 1, 1);
    counts("TOUCH a no", 1, 1);
    counts("TTL a", 1, 0);
    counts("PTTL no", 0, 1);
    counts("EXPIRETIME a", 1, 0);
    counts("PEXPIRETIME no", 0, 1);
    counts("SET a 1 GET", 1, 0);
    counts("SET no 1 GET XX", 0, 1);
    counts("GETSET a 1", 1, 0);
    counts("GETEX a EX 10", 1, 0);
    counts("GETEX no EX 10", 0, 1);
    counts("GETDEL a", 1, 0);
    counts("GETDEL a", 0, 1);
}

static void writers_do_not(void)
{
    counts("SET a 1", 0, 0);
    counts("SET a 1 XX", 0, 0);
    counts("SETNX a 1", 0, 0);
    counts("SETEX b 1 1", 0, 0);
    counts("MSET a 1", 0, 0);
    counts("APPEND a 1", 0, 0);
    counts("INCR a", 0, 0);
    counts("INCR n", 0, 0);
    counts("EXPIRE a 10", 0, 0);
    counts("EXPIRE no 10", 0, 0);
    counts("PERSIST a", 0, 0);
    counts("DEL n b no", 0, 0);
    counts("SCAN 0 COUNT 100", 0, 0);
    counts("SCAN 0 COUNT 100 TYPE string", 1, 0);
    counts("SCAN 0 COUNT 100 TYPE list", 1, 0);
    counts("KEYS *", 0, 0);
    counts("RANDOMKEY", 0, 0);
    counts("DBSIZE", 0, 0);
}

static void what_changes_parts_refuses(void)
{
    answers("SET k 1", OK);
    refuses("GETRANGE k x 1", NOT_INTEGER);
    refuses("SETRANGE k -1 a", "ERR offset is out of range");
    refuses("SETRANGE k 64 a", "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    refuses("INCRBYFLOAT k x", "ERR value is not a valid float");
    refuses("INCRBYFLOAT k inf", "ERR increment would produce NaN or Infinity");
    refuses("SETBIT k 0 2", "ERR bit is not an integer or out of range");
    refuses("SETBIT k 512 1", "ERR bit offset is not an integer or out of range");
    refuses("BITFIELD k SET u8 0 1 GET u64 0",
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported "
            "but i64 is.");
    refuses("BITFIELD k SET u8 0 1 OVERFLOW x", "ERR Invalid OVERFLOW type specified");
    refuses("RESTORE k 0 x", "BUSYKEY Target key name already exists.");
    refuses("RESTORE k 0 x REPLACE", "ERR DUMP payload version or checksum are wrong");
}

static void what_changes_parts_keeps_the_expiry(void)
{
    answers("SET k 15 EX 10", OK);
    answers("SETRANGE k 1 6", ":2\r\n");
    answers("INCRBYFLOAT k 1.5", "$4\r\n17.5\r\n");
    answers("SETBIT k 100 1", ":0\r\n");
    answers("BITFIELD k SET u8 200 1", "*1\r\n:0\r\n");
    answers("STRLEN k", ":26\r\n");
    answers("TTL k", ":10\r\n");
}

static void rows_say_what_tools_ask(void)
{
    size_t i;

    for (i = 0; i < FAMILIES; i++) {
        const struct command *row;

        for (row = families[i]->rows; row->name != NULL; row++)
            ok(row->on_cache != NULL && row->summary != NULL && row->syntax != NULL &&
                   row->group != NULL && row->since != NULL && row->complexity != NULL &&
                   (row->keys.first > 0) == (row->key_flags != NULL),
               "%s is documented", row->name);
    }
}

static void (*const stories[])(void) = {
    get_and_set,
    set_on_conditions,
    set_with_a_time,
    set_refuses,
    setex_and_psetex,
    older_ways_to_set,
    getex,
    many_at_once,
    append_and_strlen,
    counting,
    counting_refuses,
    keys_come_and_go,
    keys_expire_to_the_millisecond,
    four_ways_to_say_when,
    four_ways_to_ask,
    expire_on_conditions,
    what_is_past_is_gone,
    expire_refuses,
    scan_a_few_keys,
    scan_refuses,
    scan_visits_every_key_once,
    keys_and_randomkey,
    flushing,
    flushdb_leaves_other_databases,
    readers_count_hits_and_misses,
    writers_do_not,
    what_changes_parts_refuses,
    what_changes_parts_keeps_the_expiry,
    rows_say_what_tools_ask,
};

int main(void)
{
    size_t i;

    reply_init(&reply);
    for (i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        begin();
        stories[i]();
        end();
    }
    reply_fini(&reply);
    return tap_done();
}
