#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache/number.h"
#include "net/describe.h"
#include "net/families.h"
#include "net/info.h"
#include "net/loop.h"

#define SLEEP_MAX 3600.0

/* --- who may --- */

static bool is_local(struct session *session)
{
    struct transport *transport = session_conn(session)->transport;
    char peer[DESCRIBE_ADDRESS] = "";
    char local[DESCRIBE_ADDRESS] = "";

    transport->ops->names(transport, peer, local, sizeof(peer));
    return session->unix_socket || strncmp(peer, "127.", 4) == 0 || strncmp(peer, "[::1]", 5) == 0;
}

/* What only tells is for everybody; what does something is not, unless the settings say so. */
static bool may_debug(struct session *session, struct reply *reply)
{
    char *allowed = settings_value(session->loop->settings, "enable-debug-command");
    const bool may =
        strcasecmp(allowed, "yes") == 0 || (strcasecmp(allowed, "local") == 0 && is_local(session));

    free(allowed);
    if (!may)
        reply_error(reply,
                    "ERR DEBUG command not allowed. If the enable-debug-command option is set to "
                    "\"local\", you can run it from a local connection, otherwise you need to set "
                    "this option in the configuration file, and then restart the server.");
    return may;
}

/* --- what does something --- */

/* As far as a number goes, as strtod does it in Redis. */
static double read_seconds(struct bytes word)
{
    char text[64];
    const size_t len = word.len < sizeof(text) - 1 ? word.len : sizeof(text) - 1;
    double seconds;

    memcpy(text, word.at, len);
    text[len] = '\0';
    seconds = strtod(text, NULL);
    return seconds > SLEEP_MAX ? SLEEP_MAX : seconds > 0 ? seconds : 0;
}

/* The thread that serves this client does nothing else meanwhile, neither do shards that it hosts. */
static void cmd_sleep(struct session *session, struct args *args, struct reply *reply)
{
    const double seconds = read_seconds(args_word(args, 2));
    const struct timespec pause = {.tv_sec = (time_t)seconds,
                                   .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};

    if (!may_debug(session, reply))
        return;
    nanosleep(&pause, NULL);
    reply_ok(reply);
}

/* --- what only tells --- */

static void read_report(const struct request *part, struct shard_report *report)
{
    assert(part->cargo.reply.len >= sizeof(*report));
    memcpy(report, part->cargo.reply.at, sizeof(*report));
}

static void report_shard(struct host *host, unsigned shard, struct args *args, struct reply *reply)
{
    struct shard_report report;

    memset(&report, 0, sizeof(report));
    if (args_say(args, 1, "memory-walk"))
        report.walked = host_walk(host, shard, &report.unfiled);
    host_report(host, shard, &report);
    reply_raw(reply, &report, sizeof(report));
}

static bool check_shard(struct args *args, struct reply *reply)
{
    int64_t index;

    return !args_int(args, 2, &index, reply);
}

static void answer_shard(const struct request *part, struct reply *reply)
{
    struct shard_report report;
    struct reply text;

    read_report(part, &report);
    reply_init(&text);
    info_print_shard(&report, &text);
    reply_verbatim(reply, bytes_new(text.at, text.len));
    reply_fini(&text);
}

/* All shards, then each of those where the two do not agree. */
static void gather_walk(struct loop *loop, struct request *whole, struct request *parts)
{
    uint64_t counted = 0, walked = 0, unfiled = 0;
    struct reply text;

    (void)loop;
    reply_init(&text);
    for (; parts != NULL; parts = parts->net.next) {
        struct shard_report report;

        read_report(parts, &report);
        counted += report.cache.memory_used;
        walked += report.walked;
        unfiled += report.unfiled;
        if (report.cache.memory_used != report.walked)
            info_line(&text, "shard%u:counted=%llu,walked=%llu", report.index,
                      (unsigned long long)report.cache.memory_used,
                      (unsigned long long)report.walked);
    }
    info_line(&text, "counted:%llu", (unsigned long long)counted);
    info_line(&text, "walked:%llu", (unsigned long long)walked);
    info_line(&text, "unfiled:%llu", (unsigned long long)unfiled);
    reply_verbatim(&whole->cargo.reply, bytes_new(text.at, text.len));
    reply_fini(&text);
}

static void gather_shard(struct loop *loop, struct request *whole, struct request *parts)
{
    int64_t index;

    (void)loop;
    if (!number_parse(args_word(&whole->cargo.args, 2), &index))
        assert(!"check_shard has seen a number");
    while (parts != NULL && parts->cargo.shard != index)
        parts = parts->net.next;
    if (parts == NULL)
        reply_error(&whole->cargo.reply, ERROR_OUT_OF_RANGE);
    else
        answer_shard(parts, &whole->cargo.reply);
}

static void cmd_help(struct session *session, struct args *args, struct reply *reply)
{
    static const char *const lines[] = {
        "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "MEMORY-WALK",
        "    Count the memory of the data again, by looking at every key. Others wait.",
        "OBJECT <key>",
        "    Tell about the inside of a value.",
        "SHARD <index>",
        "    Tell the internals of one shard.",
        "SLEEP <seconds>",
        "    Let the thread that serves this client sleep, if enable-debug-command allows it.",
        "HELP",
        "    Prints this help.",
    };

    (void)session;
    (void)args;
    reply_lines(reply, lines, sizeof(lines) / sizeof(lines[0]));
}

/* What is none of these. */
static void cmd_debug(struct session *session, struct args *args, struct reply *reply)
{
    const struct bytes sub = args_word(args, 1);

    (void)session;
    reply_errorf(reply,
                 "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try DEBUG HELP.",
                 (int)strnlen(sub.at, sub.len < 128 ? sub.len : 128), sub.at);
}

/* clang-format off */
#define PRIVILEGED (ADMIN | NOSCRIPT | LOADING | STALE)
#define DEBUGS(summary, syntax) DOC("server", "1.0.0", "O(1)", summary, syntax)

static const struct command rows[] = {
    /* name                arity  flags                   keys     route       gather */
    { "debug",               -2,  PRIVILEGED | CONTAINER, NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_debug, .internals = true, DEBUGS("Looks inside the server", "") },
    { "debug|memory-walk",    2,  PRIVILEGED,             NO_KEYS, ALL_SHARDS, GATHERED,
      .on_host = report_shard, .on_gathered = gather_walk,
      DEBUGS("Counts the memory of the data again", "") },
    { "debug|shard",          3,  PRIVILEGED,             NO_KEYS, ALL_SHARDS, GATHERED,
      .check = check_shard, .on_host = report_shard, .on_gathered = gather_shard,
      DEBUGS("Tells the internals of a shard", "index") },
    { "debug|sleep",          3,  PRIVILEGED,             NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_sleep, DEBUGS("Lets a thread sleep", "seconds") },
    { "debug|help",           2,  PRIVILEGED,             NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_help, DEBUGS("Lists the subcommands", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family debug_family = {rows};
