#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache/manual.h"
#include "cache/number.h"
#include "net/families.h"
#include "net/info.h"
#include "net/loop.h"

#define SLEEP_MAX 3600.0
#define SHOWN_MAX 512 /* of a word */

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

    (void)session;
    nanosleep(&pause, NULL);
    reply_ok(reply);
}

static void cmd_log(struct session *session, struct args *args, struct reply *reply)
{
    const struct bytes text = args_word(args, 2);

    log_write(session->loop->log, LOG_WARNING, "DEBUG LOG: %.*s",
              (int)(text.len < SHOWN_MAX ? text.len : SHOWN_MAX), text.at);
    reply_ok(reply);
}

static void cmd_error(struct session *session, struct args *args, struct reply *reply)
{
    const struct bytes text = args_word(args, 2);

    (void)session;
    reply_errorf(reply, "%.*s", (int)(text.len < SHOWN_MAX ? text.len : SHOWN_MAX), text.at);
}

/* What tests of Redis set, and what has no counterpart here. */
static void cmd_nothing(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_ok(reply);
}

/* --- PROTOCOL: an answer of each kind, for tests of clients --- */

static void write_numbers(struct reply *reply)
{
    int i;

    for (i = 0; i < 3; i++)
        reply_int(reply, i);
}

static void write_pairs(struct reply *reply)
{
    int i;

    reply_map(reply, 3);
    for (i = 0; i < 3; i++) {
        reply_int(reply, i);
        reply_bool(reply, i == 1);
    }
}

static void write_big(struct reply *reply)
{
    static const char number[] = "1234567999999999999999999999999999999";

    if (reply->protocol < 3) {
        reply_text(reply, number);
        return;
    }
    reply_raw(reply, "(", 1);
    reply_raw(reply, number, strlen(number));
    reply_raw(reply, "\r\n", 2);
}

static void write_attributed(struct reply *reply)
{
    if (reply->protocol >= 3) {
        reply_raw(reply, "|1\r\n", 4);
        reply_text(reply, "key-popularity");
        reply_array(reply, 2);
        reply_text(reply, "key:123");
        reply_int(reply, 90);
    }
    reply_text(reply, "Some real reply following the attribute");
}

static void write_push(struct reply *reply)
{
    if (reply->protocol < 3) {
        reply_error(reply, "ERR RESP2 is not supported by this command");
        return;
    }
    reply_raw(reply, ">2\r\n", 4);
    reply_text(reply, "server-cpu-usage");
    reply_int(reply, 42);
    reply_text(reply, "Some real reply following the push reply");
}

static void cmd_protocol(struct session *session, struct args *args, struct reply *reply)
{
    const struct bytes kind = args_word(args, 2);

    (void)session;
    if (bytes_say(kind, "string"))
        reply_text(reply, "Hello World");
    else if (bytes_say(kind, "integer"))
        reply_int(reply, 12345);
    else if (bytes_say(kind, "double"))
        reply_double(reply, 3.141);
    else if (bytes_say(kind, "null"))
        reply_null(reply);
    else if (bytes_say(kind, "array"))
        reply_array(reply, 3), write_numbers(reply);
    else if (bytes_say(kind, "set"))
        reply_set(reply, 3), write_numbers(reply);
    else if (bytes_say(kind, "map"))
        write_pairs(reply);
    else if (bytes_say(kind, "attrib"))
        write_attributed(reply);
    else if (bytes_say(kind, "push"))
        write_push(reply);
    else if (bytes_say(kind, "verbatim"))
        reply_verbatim(reply, bytes_of("This is a verbatim\nstring"));
    else if (bytes_say(kind, "true") || bytes_say(kind, "false"))
        reply_bool(reply, bytes_say(kind, "true"));
    else if (bytes_say(kind, "bignum"))
        write_big(reply);
    else
        reply_error(reply, "ERR Wrong protocol type name. Please use one of the following: "
                           "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|"
                           "true|false");
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
    reply_inherit(reply, &text);
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
    reply_inherit(&whole->cargo.reply, &text);
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
    const struct command_table *table = session->loop->facts->commands;

    (void)args;
    manual_help(table, command_row(table, "debug"), reply);
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
#define PRIVILEGED (ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED)
#define DEBUGS(summary, syntax) DOC("server", "1.0.0", "O(1)", summary, syntax)
#define ON_LOOP NO_KEYS, HERE, AS_IS

static const struct command rows[] = {
    /* name                arity  flags                   keys     route       gather */
    { "debug",               -2,  PRIVILEGED | CONTAINER, ON_LOOP,
      .on_session = cmd_debug, .internals = true, DEBUGS("Looks inside the server", "") },
    { "debug|memory-walk",    2,  PRIVILEGED,             NO_KEYS, ALL_SHARDS, GATHERED,
      .on_host = report_shard, .on_gathered = gather_walk,
      DEBUGS("Counts the memory of the data again, by looking at every key; others wait", "") },
    { "debug|shard",          3,  PRIVILEGED,             NO_KEYS, ALL_SHARDS, GATHERED,
      .check = check_shard, .on_host = report_shard, .on_gathered = gather_shard,
      DEBUGS("Tells the internals of a shard", "index") },
    { "debug|sleep",          3,  PRIVILEGED,             ON_LOOP, .on_session = cmd_sleep,
      DEBUGS("Lets the thread that serves this client sleep", "seconds") },
    { "debug|log",            3,  PRIVILEGED,             ON_LOOP, .on_session = cmd_log,
      DEBUGS("Writes a message into the log", "message") },
    { "debug|error",          3,  PRIVILEGED,             ON_LOOP, .on_session = cmd_error,
      DEBUGS("Answers with that error", "message") },
    { "debug|protocol",       3,  PRIVILEGED,             ON_LOOP, .on_session = cmd_protocol,
      DEBUGS("Answers with a value of that kind",
             "type=(STRING|INTEGER|DOUBLE|BIGNUM|NULL|ARRAY|SET|MAP|ATTRIB|PUSH|VERBATIM|TRUE|FALSE)") },
    { "debug|change-repl-id", 2,  PRIVILEGED,             ON_LOOP, .on_session = cmd_nothing,
      DEBUGS("Does nothing, for nothing is replicated", "") },
    { "debug|pause-cron",     3,  PRIVILEGED,             ON_LOOP, .on_session = cmd_nothing,
      DEBUGS("Does nothing, for nothing happens at fixed times", "flag#integer") },
    { "debug|replybuffer",    4,  PRIVILEGED,             ON_LOOP, .on_session = cmd_nothing,
      DEBUGS("Does nothing, for clients have no buffers of their own", "setting value") },
    { "debug|quicklist-packed-threshold", 3, PRIVILEGED,  ON_LOOP, .on_session = cmd_nothing,
      DEBUGS("Does nothing, for there are no lists", "size") },
    { "debug|help",           2,  PRIVILEGED,             ON_LOOP, .on_session = cmd_help,
      DEBUGS("Lists the subcommands", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family debug_family = {rows};
