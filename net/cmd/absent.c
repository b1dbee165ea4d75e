/* What Redis has and this server has not, so far that those who ask get the answer of a Redis that
 * has it switched off, or has none of it: cluster, replication, files, modules, functions. */
#include "cache/manual.h"
#include "net/families.h"
#include "net/loop.h"

#define SHOWN_MAX 512 /* of a word in an error */

/* --- cluster --- */

static void cmd_no_cluster(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_error(reply, "ERR This instance has cluster support disabled");
}

/* --- replication, files --- */

static void cmd_replicaof(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    if (args_say(args, 1, "no") && args_say(args, 2, "one"))
        reply_ok(reply);
    else
        reply_error(reply, "ERR croft does not replicate");
}

static void cmd_failover(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    if (args->count == 2 && args_say(args, 1, "abort"))
        reply_error(reply, "ERR No failover in progress.");
    else if (args->count > 1 && !args_say(args, 1, "to") && !args_say(args, 1, "timeout"))
        reply_error(reply, ERROR_SYNTAX);
    else
        reply_error(reply, "ERR FAILOVER requires connected replicas.");
}

static void cmd_no_disk(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_error(reply, "ERR croft keeps nothing on disk");
}

/* --- modules --- */

static void cmd_module_list(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_array(reply, 0);
}

static void cmd_no_modules(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_error(reply,
                "ERR MODULE command not allowed. If the enable-module-command option is set to "
                "\"local\", you can run it from a local connection, otherwise you need to set this "
                "option in the configuration file, and then restart the server.");
}

/* --- functions --- */

static void cmd_function_flush(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    if (args->count > 3)
        reply_errorf(reply,
                     "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try "
                     "FUNCTION HELP.",
                     (int)args_word(args, 1).len, args_word(args, 1).at);
    else if (args->count == 3 && !args_say(args, 2, "sync") && !args_say(args, 2, "async"))
        reply_error(reply, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    else
        reply_ok(reply);
}

/* As Redis shows a word here: without line breaks, but as long as it is. */
static void answer_unknown(struct bytes word, struct reply *reply)
{
    char shown[SHOWN_MAX + 1];
    const size_t len = word.len < SHOWN_MAX ? word.len : SHOWN_MAX;
    size_t i;

    for (i = 0; i < len; i++)
        shown[i] = word.at[i] == '\r' || word.at[i] == '\n' ? ' ' : word.at[i];
    shown[len] = '\0';
    reply_errorf(reply, "ERR Unknown argument %s", shown);
}

/* Each option once: what is there again is unknown. */
static void cmd_function_list(struct session *session, struct args *args, struct reply *reply)
{
    bool with_code = false, with_name = false;
    uint32_t i;

    (void)session;
    for (i = 2; i < args->count; i++) {
        if (!with_code && args_say(args, i, "withcode")) {
            with_code = true;
        } else if (!with_name && args_say(args, i, "libraryname")) {
            with_name = true;
            if (++i == args->count) {
                reply_error(reply, "ERR library name argument was not given");
                return;
            }
        } else {
            answer_unknown(args_word(args, i), reply);
            return;
        }
    }
    reply_array(reply, 0);
}

static void cmd_function_stats(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_map(reply, 2);
    reply_text(reply, "running_script");
    reply_null(reply);
    reply_text(reply, "engines");
    reply_map(reply, 0);
}

static void cmd_function_delete(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_error(reply, "ERR Library not found");
}

static void cmd_function_kill(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_error(reply, "NOTBUSY No scripts in execution right now.");
}

static void help_of(const char *container, struct session *session, struct reply *reply)
{
    const struct command_table *table = session->loop->facts->commands;

    manual_help(table, command_row(table, container), reply);
}

static void cmd_module_help(struct session *session, struct args *args, struct reply *reply)
{
    (void)args;
    help_of("module", session, reply);
}

static void cmd_function_help(struct session *session, struct args *args, struct reply *reply)
{
    (void)args;
    help_of("function", session, reply);
}

/* clang-format off */
#define HERE_AS_IS NO_KEYS, HERE, AS_IS
#define CLUSTER(name, arity, flags, since, syntax, ...) \
    { "cluster|" name, arity, flags, HERE_AS_IS, .on_session = cmd_no_cluster, ##__VA_ARGS__, \
      DOC("cluster", since, "O(1)", "Fails, for this is no cluster", syntax) }
#define VARIES .tips = "nondeterministic_output"
#define CHANGES (ADMIN | STALE | NO_ASYNC_LOADING)
#define OF_CONNECTION(name, flags) \
    { name, 1, flags, HERE_AS_IS, .on_session = cmd_no_cluster, \
      .categories = CATEGORY_CONNECTION, \
      DOC("cluster", "3.0.0", "O(1)", "Fails, for this is no cluster", "") }
#define SERVER(since, summary, syntax) DOC("server", since, "O(1)", summary, syntax)
#define OF_WHOM "args=(host-port=(host port)|no-one=(NO ONE))"
#define NO_DISK(name, arity, flags, syntax) \
    { name, arity, ADMIN | NOSCRIPT | NO_ASYNC_LOADING | (flags), HERE_AS_IS, \
      .on_session = cmd_no_disk, \
      SERVER("1.0.0", "Fails, for nothing is kept on disk", syntax) }
#define MODULE(name, arity, since, syntax) \
    { "module|" name, arity, ADMIN | NOSCRIPT | NO_ASYNC_LOADING, HERE_AS_IS, \
      .on_session = cmd_no_modules, \
      SERVER(since, "Fails, for there are no modules", syntax) }
#define FUNCTION(summary, syntax) DOC("scripting", "7.0.0", "O(1)", summary, syntax)

static const struct command rows[] = {
    /* name      arity  flags                                 keys, route, gather */
    { "cluster",   -2,  CONTAINER,                            HERE_AS_IS,
      DOC("cluster", "3.0.0", "Depends on the subcommand", "About the cluster: this is none", "") },
    CLUSTER("addslots", -3, CHANGES, "3.0.0", "slot..."),
    CLUSTER("addslotsrange", -4, CHANGES, "7.0.0",
        "start-slot_end-slot=(start-slot end-slot)..."),
    CLUSTER("bumpepoch", 2, CHANGES, "3.0.0", "", VARIES),
    CLUSTER("count-failure-reports", 3, ADMIN | STALE, "3.0.0", "node-id", VARIES),
    CLUSTER("countkeysinslot", 3, STALE, "3.0.0", "slot"),
    CLUSTER("delslots", -3, CHANGES, "3.0.0", "slot..."),
    CLUSTER("delslotsrange", -4, CHANGES, "7.0.0",
        "start-slot_end-slot=(start-slot end-slot)..."),
    CLUSTER("failover", -2, CHANGES, "3.0.0", "options=[FORCE|TAKEOVER]"),
    CLUSTER("flushslots", 2, CHANGES, "3.0.0", ""),
    CLUSTER("forget", 3, CHANGES, "3.0.0", "node-id"),
    CLUSTER("getkeysinslot", 4, STALE, "3.0.0", "slot count", VARIES),
    CLUSTER("help", 2, LOADING | STALE, "5.0.0", ""),
    CLUSTER("info", 2, STALE, "3.0.0", "", VARIES),
    CLUSTER("keyslot", 3, STALE, "3.0.0", "key"),
    CLUSTER("links", 2, STALE, "7.0.0", "", VARIES),
    CLUSTER("meet", -4, CHANGES, "3.0.0", "ip port [cluster_bus_port#integer]@4.0.0"),
    CLUSTER("myid", 2, STALE, "3.0.0", ""),
    CLUSTER("nodes", 2, STALE, "3.0.0", "", VARIES),
    CLUSTER("replicas", 3, ADMIN | STALE, "5.0.0", "node-id", VARIES),
    CLUSTER("replicate", 3, CHANGES, "3.0.0", "node-id"),
    CLUSTER("reset", -2, ADMIN | NOSCRIPT | STALE, "3.0.0", "hard_soft=[HARD|SOFT]"),
    CLUSTER("saveconfig", 2, CHANGES, "3.0.0", ""),
    CLUSTER("set-config-epoch", 3, CHANGES, "3.0.0", "config-epoch"),
    CLUSTER("setslot", -4, CHANGES, "3.0.0",
        "slot subcommand=(IMPORTING node-id|MIGRATING node-id|NODE node-id|STABLE)"),
    CLUSTER("shards", 2, STALE, "7.0.0", "", VARIES),
    CLUSTER("slaves", 3, ADMIN | STALE, "3.0.0",
        "node-id", VARIES,
        .deprecated = "5.0.0", .replaced_by = "`CLUSTER REPLICAS`"),
    CLUSTER("slots", 2, STALE, "3.0.0",
        "", VARIES,
        .deprecated = "7.0.0", .replaced_by = "`CLUSTER SHARDS`"),
    OF_CONNECTION("asking",    FAST),
    OF_CONNECTION("readonly",  LOADING | STALE | FAST),
    OF_CONNECTION("readwrite", LOADING | STALE | FAST),

    { "replicaof",  3,  ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING, HERE_AS_IS,
      .on_session = cmd_replicaof,
      SERVER("5.0.0", "Fails, for there is no replication, but for NO ONE", OF_WHOM) },
    { "slaveof",    3,  ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING, HERE_AS_IS,
      .on_session = cmd_replicaof,
      .deprecated = "5.0.0", .replaced_by = "`REPLICAOF`",
      SERVER("1.0.0", "Fails, for there is no replication, but for NO ONE", OF_WHOM) },
    { "failover",  -1,  ADMIN | NOSCRIPT | STALE,             HERE_AS_IS,
      .on_session = cmd_failover,
      SERVER("6.2.0", "Fails, for there are no replicas",
             "[TO target=(host port [FORCE])] [ABORT] [TIMEOUT milliseconds]") },
    NO_DISK("save",          1, NO_MULTI, ""),
    NO_DISK("bgsave",       -1, 0,        "[SCHEDULE]@3.2.2"),
    NO_DISK("bgrewriteaof",  1, 0,        ""),

    { "module",    -2,  CONTAINER,                            HERE_AS_IS,
      SERVER("4.0.0", "About modules: there are none", "") },
    { "module|list", 2, ADMIN | NOSCRIPT,                     HERE_AS_IS,
      .on_session = cmd_module_list, .tips = "nondeterministic_output_order",
      SERVER("4.0.0", "Lists the modules: none", "") },
    MODULE("load",   -3, "4.0.0", "path [arg...]"),
    MODULE("loadex", -3, "7.0.0",
           "path [CONFIG configs=(name value)]...* [ARGS args=(arg)]..."),
    MODULE("unload",  3, "4.0.0", "name"),
    { "module|help", 2, LOADING | STALE,                      HERE_AS_IS,
      .on_session = cmd_module_help, SERVER("5.0.0", "Lists the subcommands", "") },

    { "function",  -2,  CONTAINER,                            HERE_AS_IS,
      FUNCTION("About functions: there are none", "") },
    { "function|delete", 3, WRITES | NOSCRIPT,                HERE_AS_IS,
      .on_session = cmd_function_delete,
      .tips = "request_policy:all_shards response_policy:all_succeeded",
      FUNCTION("Fails, for there are no libraries", "library-name") },
    { "function|flush", -2, WRITES | NOSCRIPT,                HERE_AS_IS,
      .on_session = cmd_function_flush,
      .tips = "request_policy:all_shards response_policy:all_succeeded",
      FUNCTION("Removes all functions", "[ASYNC|SYNC]") },
    { "function|kill", 2, NOSCRIPT | ALLOW_BUSY,              HERE_AS_IS,
      .on_session = cmd_function_kill,
      .tips = "request_policy:all_shards response_policy:one_succeeded",
      FUNCTION("Fails, for no function runs", "") },
    { "function|list", -2, NOSCRIPT,                          HERE_AS_IS,
      .on_session = cmd_function_list, .tips = "nondeterministic_output_order",
      FUNCTION("Lists the functions: none", "[LIBRARYNAME library-name-pattern] [WITHCODE]") },
    { "function|stats", 2, NOSCRIPT | ALLOW_BUSY,             HERE_AS_IS,
      .on_session = cmd_function_stats,
      .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
      FUNCTION("Tells which function runs: none", "") },
    { "function|help", 2, LOADING | STALE,                    HERE_AS_IS,
      .on_session = cmd_function_help, FUNCTION("Lists the subcommands", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family absent_family = {rows};
