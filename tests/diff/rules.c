#include "tests/diff/rules.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct rule redis_7_0[] = {
    /* The first that fits counts. only_among: among our own servers the answers must be the same. */
    /* name               comparison       weight only_among refuses reason */
    {"keys",              COMPARE_SET,     4, false, false, "Redis promises no order"},
    {"ttl",               COMPARE_NEAR,   20, false, false, "time goes on"},
    {"pttl",              COMPARE_NEAR,   20, false, false, "time goes on"},
    {"expiretime",        COMPARE_NEAR,   20, false, false, "counted from now when it was set so"},
    {"pexpiretime",       COMPARE_NEAR,   20, false, false, "counted from now when it was set so"},
    {"scan",              COMPARE_SHAPE,   4, false, false, "cursors are the server's own (DIFFERENCES, 6); what whole scans find is compared as a set"},
    {"rm",                COMPARE_NOTHING, 0, false, false, "what a call removes depends on the shards"},
    {"hello",             COMPARE_SHAPE,   3, false, true,  "the version, the id (DIFFERENCES, 3)"},
    {"config|get",        COMPARE_PAIRS,   4, false, false, "Redis promises no order"},
    {"config|set",        COMPARE_BYTES,   3, false, false, "each changes the whole server"},
    {"flushall",          COMPARE_BYTES,   1, false, false, "or there would be nothing to talk of"},
    {"flushdb",           COMPARE_BYTES,   1, false, false, "or there would be nothing to talk of"},
    {"swapdb",            COMPARE_BYTES,   3, false, false, "or nothing would stay in its place"},
    {"select",            COMPARE_BYTES,   4, false, false, "or there would be little in each database"},
    {"reset",             COMPARE_BYTES,   1, false, false, "or there would be little of RESP3"},
    {"auth",              COMPARE_BYTES,   1, false, true,  "nobody has a password here"},
    {"quit",              COMPARE_NOTHING, 0, false, false, "ends conversations by itself, see scenario.c"},

    {"randomkey",         COMPARE_SHAPE,   4, false, false, "any key"},
    {"info",              COMPARE_NOTHING, 0, false, false, "times, memory, ids; tests/net/t_info.c"},
    {"time",              COMPARE_NOTHING, 0, false, false, "time goes on"},
    {"lastsave",          COMPARE_NOTHING, 0, false, false, "when the server started"},
    {"lolwut",            COMPARE_NOTHING, 0, false, false, "DIFFERENCES, 3"},
    {"debug",             COMPARE_NOTHING, 0, false, false, "DIFFERENCES, 12"},
    {"debug|",            COMPARE_NOTHING, 0, false, false, "DIFFERENCES, 12"},
    {"shutdown",          COMPARE_NOTHING, 0, false, false, "there would be no answer"},
    {"monitor",           COMPARE_NOTHING, 0, false, false, "answers nobody asked for"},
    {"wait",              COMPARE_NOTHING, 0, false, false, "waits"},
    {"waitaof",           COMPARE_NOTHING, 0, false, false, "waits"},
    {"pfselftest",        COMPARE_NOTHING, 0, false, false, "takes seconds"},
    {"save",              COMPARE_NOTHING, 0, false, false, "croft keeps nothing on disk"},
    {"bgsave",            COMPARE_NOTHING, 0, false, false, "croft keeps nothing on disk"},
    {"bgrewriteaof",      COMPARE_NOTHING, 0, false, false, "croft keeps nothing on disk"},

    {"client|setname",    COMPARE_BYTES,   3, false, false, "only the connection sees it"},
    {"client|getname",    COMPARE_BYTES,   3, false, false, "only the connection sees it"},
    {"client|unpause",    COMPARE_BYTES,   1, false, false, "nothing happens"},
    {"client|no-evict",   COMPARE_BYTES,   2, false, false, "nothing happens"},
    {"client|no-touch",   COMPARE_BYTES,   2, false, false, "nothing happens"},
    {"client|setinfo",    COMPARE_BYTES,   2, false, false, "nothing happens"},
    {"client|capa",       COMPARE_BYTES,   2, false, false, "nothing happens"},
    {"client|getredir",   COMPARE_BYTES,   2, false, false, "nothing happens"},
    {"client|",           COMPARE_NOTHING, 0, false, false, "ids and addresses, or silence, or a wait; tests/talk/client.talk"},
    {"command|getkeys",   COMPARE_BYTES,   5, false, false, "read by proxies"},
    {"command|getkeysandflags", COMPARE_BYTES, 5, false, false, "read by proxies"},
    {"command|",          COMPARE_NOTHING, 0, true,  false, "croft has fewer commands, and its own words (DIFFERENCES, 3); tests/talk/command.talk"},
    {"command",           COMPARE_NOTHING, 0, true,  false, "croft has fewer commands"},
    {"config|rewrite",    COMPARE_NOTHING, 0, false, false, "there is no file"},
    {"config|resetstat",  COMPARE_BYTES,   1, false, false, "seldom is enough"},
    {"config|help",       COMPARE_NOTHING, 0, true,  false, "croft's own words"},
    {"object|encoding",   COMPARE_SHAPE,  10, false, false, "croft does not tell how a text was made (DIFFERENCES, 11); tests/talk/object.talk"},
    {"object|refcount",   COMPARE_SHAPE,  10, false, false, "as object encoding"},
    {"object|idletime",   COMPARE_SHAPE,  10, false, false, "time goes on; RESTORE may have set it"},
    {"object|freq",       COMPARE_BYTES,  10, false, true,  "needs an LFU policy"},
    {"object|help",       COMPARE_NOTHING, 0, true,  false, "croft's own words"},
    {"memory|",           COMPARE_NOTHING, 0, false, false, "every server has its own memory"},
    {"slowlog|reset",     COMPARE_BYTES,   1, false, false, "what is slow depends on the machine"},
    {"slowlog|",          COMPARE_NOTHING, 0, false, false, "what is slow depends on the machine"},
    {"latency|",          COMPARE_NOTHING, 0, false, false, "what is slow depends on the machine"},
    {"commandlog|",       COMPARE_NOTHING, 0, false, false, "what is slow depends on the machine"},
    {"hotkeys|",          COMPARE_NOTHING, 0, false, false, "counts everybody's requests"},
    {"acl|genpass",       COMPARE_SHAPE,   1, false, false, "chance"},
    {"acl|whoami",        COMPARE_BYTES,   1, false, false, "there is one user"},
    {"acl|",              COMPARE_NOTHING, 0, false, false, "croft has the default user only"},
    {"function|help",     COMPARE_NOTHING, 0, true,  false, "croft's own words"},
    {"function|stats",    COMPARE_NOTHING, 0, true,  false, "croft has no engine (DIFFERENCES, 2)"},
    {"function|",         COMPARE_BYTES,   1, false, true,  "there are no scripts"},
    {"module|help",       COMPARE_NOTHING, 0, true,  false, "croft's own words"},
    {"module|",           COMPARE_BYTES,   1, false, true,  "there are no modules"},
    {"cluster|",          COMPARE_BYTES,   1, false, true,  "there is no cluster"},
    {"cluster",           COMPARE_BYTES,   1, false, true,  "there is no cluster"},
    {"readonly",          COMPARE_BYTES,   1, false, true,  "there is no cluster"},
    {"readwrite",         COMPARE_BYTES,   1, false, true,  "there is no cluster"},
    {"asking",            COMPARE_BYTES,   1, false, true,  "there is no cluster"},
    {"restore-asking",    COMPARE_BYTES,   5, false, false, "like restore"},
    {"pfdebug",           COMPARE_BYTES,   5, false, false, "for tests only"},
    {"replicaof",         COMPARE_NOTHING, 0, false, false, "Redis would become a replica"},
    {"slaveof",           COMPARE_NOTHING, 0, false, false, "Redis would become a replica"},
    {"failover",          COMPARE_NOTHING, 0, false, false, "croft does not look at all of it"},
    {"role",              COMPARE_BYTES,   1, false, false, "always the same"},
    {"ping",              COMPARE_BYTES,   5, false, false, "has no state"},
    {"echo",              COMPARE_BYTES,   5, false, false, "has no state"},
};

/* What newer servers have: as a subject of its own, not beside all the rest that they have changed. */
static const struct rule valkey_9_1[] = {
    {"set",               COMPARE_BYTES,  40, false, false, "IFEQ since 8.1"},
    {"delifeq",           COMPARE_BYTES,  40, false, false, "since 9.0"},
    {"msetex",            COMPARE_WORDS,  40, false, false, "since 9.1; Redis has it, too, and croft its words"},
    {"commandlog|reset",  COMPARE_BYTES,   1, false, false, "since 8.1"},
    {"commandlog|len",    COMPARE_SHAPE,   5, false, false, "since 8.1; what is slow depends on the machine"},
    {"commandlog|get",    COMPARE_SHAPE,   5, false, false, "since 8.1; what is slow depends on the machine"},
    {"client|capa",       COMPARE_BYTES,  10, false, false, "since 8.0"},
    {"client|setinfo",    COMPARE_NOTHING, 0, false, false, "since 7.2; Valkey looks at nothing behind a NUL; tests/talk/newer.talk"},
    {"client|no-touch",   COMPARE_BYTES,  10, false, false, "since 7.2"},
    {"client|list",       COMPARE_NOTHING, 0, false, false, "filters since 8.1 and 9.0, mistakes as in Redis 7.0; tests/talk/newer.talk"},
    {"client|kill",       COMPARE_NOTHING, 0, false, true,  "filters since 8.1 and 9.0, mistakes as in Redis 7.0; tests/talk/newer.talk"},

    /* Before and after. */
    {"get",               COMPARE_BYTES,  10, false, false, "tells what was done"},
    {"mget",              COMPARE_BYTES,   5, false, false, "tells what was done"},
    {"type",              COMPARE_BYTES,   2, false, false, "tells what was done"},
    {"strlen",            COMPARE_BYTES,   2, false, false, "tells what was done"},
    {"exists",            COMPARE_BYTES,   5, false, false, "tells what was done"},
    {"dbsize",            COMPARE_BYTES,   2, false, false, "tells what was done"},
    {"keys",              COMPARE_SET,     1, false, false, "Redis promises no order"},
    {"ttl",               COMPARE_NEAR,    5, false, false, "time goes on"},
    {"pttl",              COMPARE_NEAR,    5, false, false, "time goes on"},
    {"expiretime",        COMPARE_NEAR,    5, false, false, "counted from now when it was set so"},
    {"persist",           COMPARE_BYTES,   2, false, false, "makes something to be told"},
    {"append",            COMPARE_BYTES,   3, false, false, "makes something to be told"},
    {"incr",              COMPARE_BYTES,   3, false, false, "makes something to be told"},
    {"mset",              COMPARE_BYTES,   5, false, false, "makes something to be told"},
    {"del",               COMPARE_BYTES,   3, false, false, "makes something to be told"},
    {"select",            COMPARE_BYTES,   1, false, false, "makes something to be told"},
    {"hello",             COMPARE_SHAPE,   0, false, true,  "to choose the protocol: mistakes as in Redis 7.0"},
};
/* clang-format on */

static const struct rule usual = {"", COMPARE_BYTES, RULE_USUAL, false, false, ""};
static const struct rule unsaid = {"", COMPARE_NOTHING, 0, false, false, ""};

struct dialect {
    const char *name;
    const struct rule *rules;
    size_t count;
    const struct rule *others; /* for what is not named */
};

#define RULES(table) table, sizeof(table) / sizeof(*(table))

static const struct dialect dialects[] = {
    {"redis-7.0", RULES(redis_7_0), &usual},
    {"valkey-9.1", RULES(valkey_9_1), &unsaid},
};

const struct dialect *dialect_named(const char *name)
{
    for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
        if (name == NULL || strcmp(name, dialects[i].name) == 0)
            return &dialects[i];
    return NULL;
}

bool dialect_is_whole(const struct dialect *dialect)
{
    return dialect->others == &usual;
}

static bool fits(const struct rule *rule, const char *name, size_t len)
{
    const size_t rule_len = strlen(rule->name);
    const bool family = rule->name[rule_len - 1] == '|';

    return (family ? len > rule_len : len == rule_len) &&
           strncasecmp(rule->name, name, rule_len) == 0;
}

const struct rule *rule_of(const struct dialect *dialect, const char *name, size_t len)
{
    for (size_t i = 0; i < dialect->count; i++)
        if (fits(&dialect->rules[i], name, len))
            return &dialect->rules[i];
    return dialect->others;
}

static const char *comparison_name(enum comparison comparison)
{
    static const char *const names[] = {"bytes",   "as a set", "as pairs", "own words",
                                        "as time", "type",     "left out"};

    return names[comparison];
}

void dialect_print(const struct dialect *dialect)
{
    for (size_t i = 0; i < dialect->count; i++)
        printf("%-26s%-10s%s\n", dialect->rules[i].name,
               comparison_name(dialect->rules[i].comparison), dialect->rules[i].reason);
}
