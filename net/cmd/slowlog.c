#include "cache/number.h"
#include "net/families.h"
#include "net/first.h"
#include "net/journal.h"
#include "net/loop.h"

#define STANDARD_COUNT 10

#define ERROR_COUNT "ERR count should be greater than or equal to -1"

/* -1 is all. False, and an error. */
static bool read_count(struct bytes word, size_t *count, struct reply *reply)
{
    int64_t value;

    if (!number_parse(word, &value) || value < -1) {
        reply_error(reply, ERROR_COUNT);
        return false;
    }
    *count = value == -1 ? SIZE_MAX : (size_t)value;
    return true;
}

/* --- SLOWLOG: what COMMANDLOG calls slow --- */

static void on_slowlog_get(struct loop *first, struct request *request)
{
    struct args *args = &request->cargo.args;
    struct reply *reply = &request->cargo.reply;
    size_t count = STANDARD_COUNT;

    if (args->count == 2 || read_count(args_word(args, 2), &count, reply))
        journal_write(first->journal, JOURNAL_SLOW, count, reply);
    first_answer(first, request);
}

static bool check_slowlog_get(struct args *args, struct reply *reply)
{
    const struct bytes sub = args_word(args, 1);

    if (args->count <= 3)
        return false;
    reply_errorf(
        reply, "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try SLOWLOG HELP.",
        (int)sub.len, sub.at);
    return true;
}

static void on_slowlog_len(struct loop *first, struct request *request)
{
    reply_int(&request->cargo.reply, (int64_t)journal_length(first->journal, JOURNAL_SLOW));
    first_answer(first, request);
}

static void on_slowlog_reset(struct loop *first, struct request *request)
{
    journal_reset(first->journal, JOURNAL_SLOW);
    reply_ok(&request->cargo.reply);
    first_answer(first, request);
}

static void cmd_slowlog_help(struct session *session, struct args *args, struct reply *reply)
{
    static const char *const lines[] = {
        "SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "GET [<count>]",
        "    Tell the newest <count> commands that took long: 10, or all for -1. Of each:",
        "    number, second, microseconds, words, address of the client, its name.",
        "LEN",
        "    Tell how many are kept.",
        "RESET",
        "    Forget them.",
        "HELP",
        "    Prints this help.",
    };

    (void)session;
    (void)args;
    reply_lines(reply, lines, sizeof(lines) / sizeof(lines[0]));
}

/* --- COMMANDLOG --- */

static bool read_kind(struct bytes word, enum journal_kind *kind, struct reply *reply)
{
    if (bytes_say(word, "slow"))
        *kind = JOURNAL_SLOW;
    else if (bytes_say(word, "large-request"))
        *kind = JOURNAL_LARGE_REQUEST;
    else if (bytes_say(word, "large-reply"))
        *kind = JOURNAL_LARGE_REPLY;
    else
        reply_error(reply, "ERR type should be one of the following: slow, large-request, "
                           "large-reply");
    return !reply->failed;
}

static void on_commandlog_get(struct loop *first, struct request *request)
{
    struct args *args = &request->cargo.args;
    struct reply *reply = &request->cargo.reply;
    enum journal_kind kind;
    size_t count;

    if (read_count(args_word(args, 2), &count, reply) &&
        read_kind(args_word(args, 3), &kind, reply))
        journal_write(first->journal, kind, count, reply);
    first_answer(first, request);
}

static void on_commandlog_len(struct loop *first, struct request *request)
{
    struct reply *reply = &request->cargo.reply;
    enum journal_kind kind;

    if (read_kind(args_word(&request->cargo.args, 2), &kind, reply))
        reply_int(reply, (int64_t)journal_length(first->journal, kind));
    first_answer(first, request);
}

static void on_commandlog_reset(struct loop *first, struct request *request)
{
    struct reply *reply = &request->cargo.reply;
    enum journal_kind kind;

    if (read_kind(args_word(&request->cargo.args, 2), &kind, reply)) {
        journal_reset(first->journal, kind);
        reply_ok(reply);
    }
    first_answer(first, request);
}

static void cmd_commandlog_help(struct session *session, struct args *args, struct reply *reply)
{
    static const char *const lines[] = {
        "COMMANDLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "GET <count> <type>",
        "    Tell the newest <count> commands, -1 for all, of a type: slow, large-request or",
        "    large-reply. Of each: number, second, microseconds or bytes, words, address of the",
        "    client, its name.",
        "LEN <type>",
        "    Tell how many are kept.",
        "RESET <type>",
        "    Forget them.",
        "HELP",
        "    Prints this help.",
    };

    (void)session;
    (void)args;
    reply_lines(reply, lines, sizeof(lines) / sizeof(lines[0]));
}

/* clang-format off */
#define LOG(since, complexity, summary, syntax) \
    DOC("server", since, complexity, summary, syntax)
#define PRIVILEGED (ADMIN | LOADING | STALE | BEHIND)
#define OF_ENTRIES "O(N) for N entries"
#define EVERY_NODE "request_policy:all_nodes "

static const struct command rows[] = {
    /* name                arity  flags            keys     route gather */
    { "slowlog",             -2,  CONTAINER,       NO_KEYS, HERE, AS_IS,
      LOG("2.2.12", "Depends on the subcommand", "About commands that took long", "") },
    { "slowlog|get",         -2,  PRIVILEGED,      NO_KEYS, HERE, AS_IS,
      .check = check_slowlog_get, .on_taken = first_ask, .on_message = on_slowlog_get,
      .tips = EVERY_NODE "nondeterministic_output",
      LOG("2.2.12", OF_ENTRIES, "Tells the newest commands that took long", "[count]") },
    { "slowlog|len",          2,  PRIVILEGED,      NO_KEYS, HERE, AS_IS,
      .on_taken = first_ask, .on_message = on_slowlog_len,
      .tips = EVERY_NODE "response_policy:agg_sum nondeterministic_output",
      LOG("2.2.12", "O(1)", "Tells how many commands that took long are kept", "") },
    { "slowlog|reset",        2,  PRIVILEGED,      NO_KEYS, HERE, AS_IS,
      .on_taken = first_ask, .on_message = on_slowlog_reset,
      .tips = EVERY_NODE "response_policy:all_succeeded",
      LOG("2.2.12", OF_ENTRIES, "Forgets the commands that took long", "") },
    { "slowlog|help",         2,  LOADING | STALE, NO_KEYS, HERE, AS_IS,
      .on_session = cmd_slowlog_help,
      LOG("6.2.0", "O(1)", "Prints this help", "") },
    { "commandlog",          -2,  CONTAINER,       NO_KEYS, HERE, AS_IS,
      LOG("8.1.0", "Depends on the subcommand",
          "About commands that took long, or were large, or whose answers were", "") },
    { "commandlog|get",       4,  PRIVILEGED,      NO_KEYS, HERE, AS_IS,
      .on_taken = first_ask, .on_message = on_commandlog_get,
      .tips = EVERY_NODE "nondeterministic_output",
      LOG("8.1.0", OF_ENTRIES, "Tells the newest commands of a type", "count type") },
    { "commandlog|len",       3,  PRIVILEGED,      NO_KEYS, HERE, AS_IS,
      .on_taken = first_ask, .on_message = on_commandlog_len,
      .tips = EVERY_NODE "response_policy:agg_sum nondeterministic_output",
      LOG("8.1.0", "O(1)", "Tells how many commands of a type are kept", "type") },
    { "commandlog|reset",     3,  PRIVILEGED,      NO_KEYS, HERE, AS_IS,
      .on_taken = first_ask, .on_message = on_commandlog_reset,
      .tips = EVERY_NODE "response_policy:all_succeeded",
      LOG("8.1.0", OF_ENTRIES, "Forgets the commands of a type", "type") },
    { "commandlog|help",      2,  LOADING | STALE, NO_KEYS, HERE, AS_IS,
      .on_session = cmd_commandlog_help,
      LOG("8.1.0", "O(1)", "Prints this help", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family slowlog_family = {rows};
