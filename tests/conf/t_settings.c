#include "conf/settings.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"

static void is_value(const struct settings *settings, const char *name, const char *expected)
{
    char *value = settings_value(settings, name);

    is_text(value == NULL ? "(none)" : value, expected, "%s is '%s'", name, expected);
    free(value);
}

/* Splits the line after the name into words, as a file does. */
static bool set(struct settings *settings, const char *name, const char *values, struct why *why)
{
    struct words words;
    bool done;

    if (!words_split(&words, values, strlen(values)))
        return false;
    done = settings_set(settings, name, &words, why);
    words_free(&words);
    return done;
}

static void accepts(const char *name, const char *values, const char *expected)
{
    struct settings *settings = settings_new();
    struct why why = {""};

    ok(set(settings, name, values, &why), "%s takes %s %s", name, values, why.text);
    is_value(settings, name, expected);
    settings_free(settings);
}

static void refuses(const char *name, const char *values, const char *reason)
{
    struct settings *settings = settings_new();
    char *before = settings_value(settings, name);
    struct why why = {""};

    ok(!set(settings, name, values, &why), "%s does not take %s", name, values);
    is_text(why.text, reason, "because %s", reason);
    if (before != NULL)
        is_value(settings, name, before);
    free(before);
    settings_free(settings);
}

static void defaults(void)
{
    struct settings *settings = settings_new();

    is_int(settings->port, 6379, "the port is 6379");
    is_int(settings->bind.count, 2, "there are two addresses");
    is_text(settings->bind.at[1], "-::1", "the second may be missing");
    is_int(settings->io_threads, SETTINGS_AUTO, "threads are counted automatically");
    is_int(settings->shard_placement, PLACEMENT_AUTO, "and placed automatically");
    is_int(settings->maxmemory_policy, POLICY_NOEVICTION, "nothing is evicted");
    is_int(settings->proto_max_bulk_len, 536870912, "a word has up to 512 MiB");
    is_int(settings->client_output_buffer_limit.of[LIMIT_REPLICA].hard, 268435456,
           "a replica may leave 256 MiB");
    is_int(settings->client_output_buffer_limit.of[LIMIT_PUBSUB].seconds, 60,
           "a subscriber has a minute");
    is_text(settings->requirepass, "", "there is no password");
    ok(settings->protected_mode, "strangers are kept out");
    ok(settings->config_file == NULL, "no file was read");
    is_value(settings, "save", "");
    is_value(settings, "appendonly", "no");
    is_value(settings, "replicaof", "");
    is_value(settings, "databases", "16");
    is_value(settings, "hash-max-ziplist-entries", "512");
    is_value(settings, "loadmodule", "(none)");
    is_value(settings, "nonsense", "(none)");
    settings_free(settings);
}

static void numbers(void)
{
    const char *const not_number = "argument couldn't be parsed into an integer";

    accepts("timeout", "2147483647", "2147483647");
    accepts("TimeOut", "0", "0");
    accepts("hz", "1000", "500");
    accepts("hz", "0", "1");
    accepts("slowlog-log-slower-than", "-1", "-1");
    accepts("slowlog-max-len", "9223372036854775807", "9223372036854775807");
    accepts("io-threads", "AUTO", "auto");
    accepts("io-threads", "64", "64");
    accepts("port", "auto", "auto");
    accepts("port", "0", "0");
    refuses("timeout", "-1", "argument must be between 0 and 2147483647 inclusive");
    refuses("port", "65536", "argument must be between 0 and 65535 inclusive");
    refuses("io-threads", "0", "argument must be between 1 and 64 inclusive");
    refuses("maxclients", "0", "argument must be between 1 and 4294967295 inclusive");
    refuses("port", "abc", not_number);
    refuses("timeout", "auto", not_number);
    refuses("timeout", "\"\"", not_number);
    refuses("timeout", "+1", not_number);
    refuses("timeout", "01", not_number);
    refuses("timeout", "-0", not_number);
    refuses("timeout", "1x", not_number);
    refuses("timeout", "\" 1\"", not_number);
    refuses("timeout", "9223372036854775808", not_number);
    refuses("timeout", "99999999999999999999999", not_number);
    refuses("timeout", "1 2", "wrong number of arguments");
    refuses("timeout", "", "wrong number of arguments");
    refuses("timeout", "\"1\\x00\"", "argument must not contain a zero byte");
}

static void sizes(void)
{
    const char *const not_size = "argument must be a memory value";

    accepts("maxmemory", "1", "1");
    accepts("maxmemory", "1b", "1");
    accepts("maxmemory", "1k", "1000");
    accepts("maxmemory", "1KB", "1024");
    accepts("maxmemory", "2m", "2000000");
    accepts("maxmemory", "2Mb", "2097152");
    accepts("maxmemory", "3g", "3000000000");
    accepts("maxmemory", "3gB", "3221225472");
    refuses("maxmemory", "1q", not_size);
    refuses("maxmemory", "-1", not_size);
    accepts("maxmemory-clients", "7%", "7%");
    accepts("maxmemory-clients", "7mb", "7340032");
    refuses("maxmemory-clients", "107%", "percentage argument must be less or equal to 100");
    refuses("maxmemory", "gb", not_size);
    refuses("maxmemory", "1.5gb", not_size);
    refuses("maxmemory", "9223372036854775808", not_size);
    refuses("maxmemory", "18446744073709551616", not_size);
    refuses("maxmemory", "99999999999gb", not_size);
    refuses("proto-max-bulk-len", "10",
            "argument must be between 1048576 and 9223372036854775807 inclusive");
}

static void words_of_choice(void)
{
    accepts("loglevel", "WARNING", "warning");
    accepts("oom-score-adj", "relative", "yes");
    accepts("protected-mode", "No", "no");
    accepts("unixsocketperm", "0700", "700");
    refuses("loglevel", "loud",
            "argument(s) must be one of the following: debug, verbose, notice, warning, nothing");
    refuses("maxmemory-policy", "lru",
            "argument(s) must be one of the following: volatile-lru, volatile-lfu, "
            "volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction");
    refuses("protected-mode", "maybe", "argument must be 'yes' or 'no'");
    refuses("unixsocketperm", "9", "argument couldn't be parsed as an octal number");
    refuses("unixsocketperm", "7777", "argument must be between 0 and 777 inclusive");
}

static void several_words(void)
{
    accepts("bind", "* -::*", "* -::*");
    accepts("bind", "\"127.0.0.1 ::1\"", "127.0.0.1 ::1");
    accepts("bind", "\"\"", "");
    accepts("bind", "", "");
    accepts("client-output-buffer-limit", "normal 1mb 2 3 replica 3gb 2k 1",
            "normal 1048576 2 3 slave 3221225472 2000 1 pubsub 33554432 8388608 60");
    accepts("client-output-buffer-limit", "\"PubSub 1 2 3\"",
            "normal 1073741824 268435456 60 slave 268435456 67108864 60 pubsub 1 2 3");
    refuses("client-output-buffer-limit", "normal 1 2",
            "Wrong number of arguments in buffer limit configuration.");
    refuses("client-output-buffer-limit", "normal 9 9 9 master 1 2 3",
            "Invalid client class specified in buffer limit configuration.");
    refuses("client-output-buffer-limit", "normal 1q 2 3",
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
    refuses("client-output-buffer-limit", "normal 1 2 -3",
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
}

static void events(void)
{
    accepts("notify-keyspace-events", "KEA", "AKE");
    accepts("notify-keyspace-events", "KEAmn", "AKEm");
    accepts("notify-keyspace-events", "Emn$", "$nEm");
    accepts("notify-keyspace-events", "tdezxhsl$g", "A");
    accepts("notify-keyspace-events", "\"\"", "");
    refuses("notify-keyspace-events", "q", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
}

static void promises_we_do_not_make(void)
{
    accepts("save", "\"\"", "");
    accepts("appendonly", "NO", "no");
    accepts("replicaof", "no one", "");
    accepts("slaveof", "NO ONE", "");
    accepts("cluster-enabled", "no", "no");
    accepts("tls-port", "0", "0");
    accepts("aclfile", "\"\"", "");
    refuses("save", "60 1",
            "croft keeps nothing on disk, so there are no snapshots to schedule; write: save \"\"");
    refuses("appendonly", "yes",
            "croft keeps nothing on disk, so there is no append-only file; write: appendonly no");
    refuses("slaveof", "127.0.0.1 6379",
            "croft does not replicate; remove this line, or write: replicaof no one");
    refuses("cluster-enabled", "yes",
            "croft is not a cluster node; write: cluster-enabled no, and use shards for more "
            "processors");
    refuses("aclfile", "users.acl",
            "croft has no access control lists; remove this line and use requirepass");
    refuses("tls-port", "6380",
            "croft does not speak TLS; write: tls-port 0, and put a TLS proxy in front of it");
    refuses("loadmodule", "x.so", "croft loads no modules; remove this line");
    refuses("user", "default on", "wrong number of arguments");
    refuses("nonsense", "1", "Bad directive or wrong number of arguments");
}

static void names_without_effect(void)
{
    struct settings *settings = settings_new();
    struct why why;
    size_t index = 0;

    accepts("auto-aof-rewrite-min-size", "64mb", "67108864");
    accepts("latency-tracking-info-percentiles", "50 99", "50 99");
    accepts("slave-priority", "7", "7");
    refuses("rdbcompression", "x", "argument must be 'yes' or 'no'");
    ok(settings_without_effect("slave-priority"), "slave-priority has no effect");
    ok(!settings_without_effect("hz"), "hz has one");
    ok(settings_next_ignored(settings, &index) == NULL, "nothing was ignored yet");
    ok(settings_set_text(settings, "hll-sparse-max-bytes", "3000", &why), "a default is given");
    ok(settings_set_text(settings, "slave-priority", "7", &why), "and another value");
    is_value(settings, "replica-priority", "7");
    index = 0;
    is_text(settings_next_ignored(settings, &index), "replica-priority", "the other is mentioned");
    ok(settings_next_ignored(settings, &index) == NULL, "the default is not");
    ok(settings_next_ignored(settings, &index) == NULL, "and that was all");
    settings_free(settings);
}

static void aliases(void)
{
    struct settings *settings = settings_new();
    struct why why;

    ok(settings_set_text(settings, "lua-time-limit", "7", &why), "an alias can be set");
    is_int(settings->busy_reply_threshold, 7, "and sets its target");
    ok(settings_set_text(settings, "replica-read-only", "no", &why), "the target can be set");
    is_value(settings, "slave-read-only", "no");
    settings_free(settings);
}

static void clones(void)
{
    struct settings *settings = settings_new();
    struct settings *clone;
    struct why why;

    settings_set_text(settings, "requirepass", "secret", &why);
    settings_set_text(settings, "dbfilename", "x.rdb", &why);
    clone = settings_clone(settings);
    settings_set_text(settings, "requirepass", "changed", &why);
    settings_set_text(settings, "bind", "*", &why);
    settings_free(settings);
    is_text(clone->requirepass, "secret", "a clone has texts of its own");
    is_value(clone, "dbfilename", "x.rdb");
    is_value(clone, "bind", "127.0.0.1 -::1");
    settings_free(clone);
    settings_free(NULL);
}

static struct settings *change(const struct settings *settings, const char *pairs, struct why *why)
{
    struct settings *changed;
    struct words words;

    words_split(&words, pairs, strlen(pairs));
    changed = settings_change(settings, &words, why);
    words_free(&words);
    return changed;
}

static void cannot_change(const char *pairs, const char *error)
{
    struct settings *settings = settings_new();
    struct why why = {""};

    ok(change(settings, pairs, &why) == NULL, "CONFIG SET %s fails", pairs);
    is_text(why.text, error, "and says why");
    settings_free(settings);
}

static void changes(void)
{
    struct settings *settings = settings_new();
    struct settings *changed;
    struct why why;

    changed = change(settings,
                     "maxmemory 1mb bind-source-addr ::1 save \"\" "
                     "client-output-buffer-limit \"normal 1 2 3\"",
                     &why);
    ok(changed != NULL, "CONFIG SET changes several at once");
    is_int(changed->maxmemory, 1048576, "the new settings have them");
    is_int(changed->client_output_buffer_limit.of[LIMIT_NORMAL].soft, 2, "all of them");
    is_value(changed, "bind-source-addr", "::1");
    is_int(settings->maxmemory, 0, "the old settings do not");
    settings_free(changed);
    changed = change(settings, "slave-read-only yes replica-read-only no", &why);
    ok(changed != NULL, "an alias beside its target is no duplicate");
    settings_free(changed);
    settings_free(settings);
}

#define FAILED(name) "CONFIG SET failed (possibly related to argument '" name "') - "

static void failing_changes(void)
{
    cannot_change("hz", "syntax error");
    cannot_change("hz 1 timeout", "syntax error");
    cannot_change("nosuch 1", "Unknown option or number of arguments for CONFIG SET - 'nosuch'");
    cannot_change(
        "user x",
        "CONFIG SET failed (possibly related to argument 'user') - can't set immutable config");
    cannot_change("port 1", FAILED("port") "can't set immutable config");
    cannot_change("replicaof \"no one\"", FAILED("replicaof") "can't set immutable config");
    cannot_change("syslog-ident x", FAILED("syslog-ident") "can't set immutable config");
    cannot_change("dir /", FAILED("dir") "can't set protected config");
    cannot_change("dbfilename x", FAILED("dbfilename") "can't set protected config");
    cannot_change("hz 5 HZ 6", FAILED("HZ") "duplicate parameter");
    cannot_change("timeout x databases 1", FAILED("databases") "can't set immutable config");
    cannot_change("databases 1 nosuch 1", FAILED("databases") "can't set immutable config");
    cannot_change("timeout 1 nosuch 1 hz a",
                  "Unknown option or number of arguments for CONFIG SET - 'nosuch'");
    cannot_change("timeout 1 hz a", FAILED("hz") "argument couldn't be parsed into an integer");
    cannot_change("maxmemory 1q", FAILED("maxmemory") "argument must be a memory value");
    cannot_change(
        "appendonly yes",
        FAILED("appendonly") "croft keeps nothing on disk, so there is no append-only file; "
                             "write: appendonly no");
}

static void every_name(void)
{
    struct settings *settings = settings_new();
    const char *name;
    bool all = true;
    size_t i;

    for (i = 0; (name = settings_name(i)) != NULL; i++) {
        char *value = settings_value(settings, name);

        all = all && value != NULL;
        free(value);
    }
    ok(all, "every name has a value");
    ok(i >= 192, "there are at least as many names as Redis 7.0 has: %zu", i);
    settings_free(settings);
}

int main(void)
{
    defaults();
    numbers();
    sizes();
    words_of_choice();
    several_words();
    events();
    promises_we_do_not_make();
    names_without_effect();
    aliases();
    clones();
    changes();
    failing_changes();
    every_name();
    return tap_done();
}
