/*
 * What becomes of each directive that people have in their redis.conf: it works, it is accepted and
 * said to be without effect, or the server does not start and says why. Never anything in between.
 */
#include <stdio.h>

#include "conf/load.h"
#include "tests/tap/tap.h"

enum class { WORKS, IDLE, STOPS };

struct directive {
    const char *name;
    const char *value; /* other than the default */
};

/* clang-format off */
static const struct directive working[] = {
    {"bind", "127.0.0.1 -::1 *"}, {"port", "0"}, {"unixsocket", "/tmp/x"}, {"unixsocketperm", "700"}, {"tcp-backlog", "7"},
    {"timeout", "5"}, {"tcp-keepalive", "60"}, {"protected-mode", "no"}, {"maxclients", "100"}, {"maxmemory", "1gb"},
    {"maxmemory-policy", "allkeys-lru"}, {"maxmemory-policy", "volatile-ttl"}, {"maxmemory-samples", "10"},
    {"maxmemory-clients", "5%"}, {"requirepass", "secret"}, {"databases", "4"}, {"loglevel", "debug"},
    {"loglevel", "nothing"}, {"logfile", "/tmp/x"}, {"daemonize", "yes"}, {"pidfile", "/tmp/x"},
    {"supervised", "systemd"}, {"dir", "/tmp"}, {"hz", "20"}, {"slowlog-log-slower-than", "5"}, {"slowlog-max-len", "5"},
    {"latency-monitor-threshold", "5"}, {"latency-tracking", "no"}, {"client-output-buffer-limit", "normal 1mb 1mb 60"},
    {"client-query-buffer-limit", "2mb"}, {"proto-max-bulk-len", "2mb"}, {"rename-command", "FLUSHALL gone"},
    {"io-threads", "2"}, {"shards", "3"}, {"rdbcompression", "no"},
};

/* Mean nothing here, or nothing yet. */
static const struct directive idle[] = {
    {"appendfsync", "no"}, {"appendfilename", "x.aof"}, {"appenddirname", "x"}, {"no-appendfsync-on-rewrite", "yes"},
    {"auto-aof-rewrite-percentage", "5"}, {"auto-aof-rewrite-min-size", "1mb"}, {"aof-load-truncated", "no"},
    {"aof-use-rdb-preamble", "no"}, {"aof-timestamp-enabled", "yes"}, {"aof-rewrite-incremental-fsync", "no"},
    {"rdbchecksum", "no"}, {"dbfilename", "x.rdb"}, {"rdb-del-sync-files", "yes"},
    {"rdb-save-incremental-fsync", "no"}, {"stop-writes-on-bgsave-error", "no"}, {"repl-diskless-sync", "no"},
    {"repl-diskless-sync-delay", "9"}, {"repl-diskless-sync-max-replicas", "9"}, {"repl-diskless-load", "swapdb"},
    {"repl-disable-tcp-nodelay", "yes"}, {"repl-backlog-size", "2mb"}, {"repl-timeout", "9"}, {"replica-serve-stale-data", "no"},
    {"slave-serve-stale-data", "no"}, {"replica-read-only", "no"}, {"slave-read-only", "no"}, {"replica-priority", "9"},
    {"replica-lazy-flush", "yes"}, {"min-replicas-to-write", "9"}, {"hash-max-listpack-entries", "9"},
    {"hash-max-ziplist-value", "9"}, {"list-max-listpack-size", "9"}, {"list-compress-depth", "9"},
    {"set-max-intset-entries", "9"}, {"zset-max-listpack-entries", "9"}, {"zset-max-ziplist-value", "9"},
    {"stream-node-max-bytes", "9"}, {"stream-node-max-entries", "9"}, {"activerehashing", "no"}, {"activedefrag", "yes"},
    {"lazyfree-lazy-eviction", "yes"}, {"lazyfree-lazy-expire", "yes"}, {"lazyfree-lazy-server-del", "yes"},
    {"lazyfree-lazy-user-del", "yes"}, {"lazyfree-lazy-user-flush", "yes"}, {"jemalloc-bg-thread", "no"},
    {"acllog-max-len", "9"}, {"tracking-table-max-keys", "9"}, {"io-threads-do-reads", "yes"},
    {"proc-title-template", "x"}, {"set-proc-title", "no"}, {"always-show-logo", "yes"}, {"disable-thp", "no"},
    {"oom-score-adj", "yes"}, {"oom-score-adj-values", "1 2 3"}, {"dynamic-hz", "no"}, {"syslog-enabled", "yes"},
    {"syslog-ident", "x"}, {"syslog-facility", "local1"}, {"notify-keyspace-events", "KEA"}, {"lua-time-limit", "9"},
    {"busy-reply-threshold", "9"}, {"active-expire-effort", "5"}, {"cluster-node-timeout", "9"}, {"tls-cert-file", "/tmp/x"},
};

/* Who asks for these must not be left to believe that they happen; or nobody knows what they are. */
static const struct directive stopping[] = {
    {"appendonly", "yes"}, {"save", "60 1"}, {"replicaof", "127.0.0.1 1"}, {"slaveof", "127.0.0.1 1"},
    {"cluster-enabled", "yes"}, {"loadmodule", "/tmp/x.so"}, {"aclfile", "/tmp/x"}, {"user", "x on"}, {"tls-port", "6380"},
    {"nosuch", "1"}, {"include", "/tmp/there/is/no/such/file.conf"},
};

/* The same without what they ask for. */
static const struct directive harmless[] = {
    {"appendonly", "no"}, {"save", "\"\""}, {"replicaof", "no one"}, {"cluster-enabled", "no"}, {"aclfile", "\"\""},
    {"tls-port", "0"}, {"notify-keyspace-events", "\"\""}, {"appendfsync", "everysec"},
};
/* clang-format on */

/* As a line of a file would be. */
static enum class class_of(const struct directive *directive, struct why *why) {
    struct settings *settings = settings_new(); char line[200]; char * argv[] = {"croft", line};
    enum class class = STOPS;
    size_t index = 0;

    snprintf(line, sizeof(line), "--%s %s", directive->name, directive->value);
    if (load_arguments(settings, 2, argv, why)) class = settings_next_ignored(settings, &index) ==
                                                                NULL
                                                            ? WORKS
                                                            : IDLE;
    settings_free(settings);
    return class;
}

static void are(enum class class, const struct directive *directives, size_t count,
                const char *what)
{
    for (size_t i = 0; i < count; i++) {
        struct why why = {""};

        is_int(class_of(&directives[i], &why), class, "%s %s %s %s", directives[i].name,
               directives[i].value, what, why.text);
        if (class == STOPS)
            ok(why.text[0] != '\0', "and why is told");
    }
}

#define ALL(list) list, sizeof(list) / sizeof(*(list))

int main(void)
{
    are(WORKS, ALL(working), "works");
    are(IDLE, ALL(idle), "is said to have no effect");
    are(STOPS, ALL(stopping), "stops the server");
    are(WORKS, ALL(harmless), "asks for nothing");
    return tap_done();
}
