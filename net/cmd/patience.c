/* Who waits: CLIENT PAUSE, UNPAUSE and UNBLOCK, WAIT and WAITAOF. */
#include "cache/number.h"
#include "net/dispatch.h"
#include "net/families.h"
#include "net/loop.h"
#include "net/session.h"

/* --- CLIENT PAUSE, UNPAUSE --- */

static bool read_timeout(const struct args *args, uint32_t index, int64_t *timeout,
                         struct reply *reply)
{
    if (!number_parse(args_word(args, index), timeout))
        reply_error(reply, "ERR timeout is not an integer or out of range");
    else if (*timeout < 0)
        reply_error(reply, "ERR timeout is negative");
    else if (*timeout > INT64_MAX / 2)
        reply_error(reply, "ERR timeout is out of range");
    return !reply->failed;
}

static bool read_pause(const struct args *args, enum pause *pause, int64_t *timeout,
                       struct reply *reply)
{
    *pause = args_say(args, 3, "write") ? PAUSE_WRITES : PAUSE_ALL;
    if (args->count > 4) {
        reply_errorf(reply,
                     "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try CLIENT "
                     "HELP.",
                     (int)args_word(args, 1).len, args_word(args, 1).at);
        return false;
    }
    if (args->count == 4 && *pause == PAUSE_ALL && !args_say(args, 3, "all")) {
        reply_error(reply, "ERR CLIENT PAUSE mode must be WRITE or ALL");
        return false;
    }
    return read_timeout(args, 2, timeout, reply);
}

static bool check_pause(struct args *args, struct reply *reply)
{
    enum pause pause;
    int64_t timeout;

    return !read_pause(args, &pause, &timeout, reply);
}

static void pause_here(struct loop *loop, struct args *args, struct reply *reply)
{
    enum pause pause;
    int64_t timeout;

    if (!read_pause(args, &pause, &timeout, reply))
        return;
    waiting_pause(loop, pause, loop->now_ms + timeout);
    reply_ok(reply);
}

static void unpause_here(struct loop *loop, struct args *args, struct reply *reply)
{
    (void)args;
    waiting_unpause(loop);
    reply_ok(reply);
}

/* --- CLIENT UNBLOCK, WAIT --- */

static bool read_unblock(const struct args *args, int64_t *id, struct reply *reply)
{
    if (args->count > 4 ||
        (args->count == 4 && !args_say(args, 3, "timeout") && !args_say(args, 3, "error"))) {
        reply_error(reply, "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        return false;
    }
    return args_int(args, 2, id, reply);
}

static bool check_unblock(struct args *args, struct reply *reply)
{
    int64_t id;

    return !read_unblock(args, &id, reply);
}

static void unblock_here(struct loop *loop, struct args *args, struct reply *reply)
{
    int64_t id;

    if (read_unblock(args, &id, reply))
        reply_int(reply, waiting_unblock(loop, (uint64_t)id, args_say(args, 3, "error")));
}

/* There are no replicas, and never will be: who wants one waits in vain. The reply is written. */
static void answer_late(struct session *session, struct request *whole, int64_t timeout)
{
    struct loop *loop = session->loop;

    if (waiting_add(loop, whole, timeout == 0 ? 0 : loop->now_ms + timeout)) {
        loop_stall(session_conn(session), whole, true);
        return;
    }
    reply_cut(&whole->cargo.reply, 0);
    reply_error(&whole->cargo.reply, ERROR_OOM);
    dispatch_answered(loop, whole);
}

static void take_wait(struct session *session, struct request *whole)
{
    const struct args *args = &whole->cargo.args;
    struct reply *reply = &whole->cargo.reply;
    int64_t replicas = 0, timeout = 0;

    if (args_int(args, 1, &replicas, reply) && read_timeout(args, 2, &timeout, reply))
        reply_int(reply, 0);
    if (reply->failed || replicas <= 0)
        dispatch_answered(session->loop, whole);
    else
        answer_late(session, whole, timeout);
}

/* Nothing is kept on disk either: who wants it there is told so. */
static bool read_waitaof(const struct args *args, int64_t *replicas, int64_t *timeout,
                         struct reply *reply)
{
    int64_t local;

    if (!args_int(args, 1, &local, reply))
        return false;
    if (local < 0 || local > 1)
        reply_error(reply, "ERR value is out of range, value must between 0 and 1");
    else if (!number_parse(args_word(args, 2), replicas) || *replicas < 0)
        reply_error(reply, "ERR value is out of range, must be positive");
    else if (read_timeout(args, 3, timeout, reply) && local > 0)
        reply_error(reply,
                    "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
    return !reply->failed;
}

static void take_waitaof(struct session *session, struct request *whole)
{
    struct reply *reply = &whole->cargo.reply;
    int64_t replicas = 0, timeout = 0;

    if (read_waitaof(&whole->cargo.args, &replicas, &timeout, reply)) {
        reply_array(reply, 2);
        reply_int(reply, 0);
        reply_int(reply, 0);
    }
    if (reply->failed || replicas == 0)
        dispatch_answered(session->loop, whole);
    else
        answer_late(session, whole, timeout);
}

/* clang-format off */
#define PLAIN (NOSCRIPT | LOADING | STALE)
#define CLIENT(since, complexity, summary, syntax) \
    DOC("connection", since, complexity, summary, syntax)
#define OF_ALL "O(N) for N connections"

static const struct command rows[] = {
    /* name              arity  flags            keys     route      gather    */
    { "client|pause",      -3,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, ALL_OK,
      .check = check_pause, .on_loop = pause_here,
      CLIENT("2.9.50", "O(1)", "Lets commands of clients wait", "timeout mode=[WRITE|ALL]@6.2.0") },
    { "client|unpause",     2,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, ALL_OK,
      .on_loop = unpause_here,
      CLIENT("6.2.0", OF_ALL, "Lets those go on that CLIENT PAUSE holds", "") },
    { "client|unblock",    -3,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, ADD_UP,
      .check = check_unblock, .on_loop = unblock_here,
      CLIENT("5.0.0", "O(log N) for N connections", "Ends the waiting of a client in a command",
             "client-id timeout_error=[TIMEOUT|ERROR]") },
    { "wait",               3,  NOSCRIPT,        NO_KEYS, HERE,      AS_IS,
      .on_taken = take_wait, .categories = CATEGORY_CONNECTION,
      .tips = "request_policy:all_shards response_policy:agg_min",
      DOC("generic", "3.0.0", "O(1)", "Waits until replicas have what was written",
          "numreplicas timeout") },
    { "waitaof",            4,  BLOCKING,        NO_KEYS, HERE,      AS_IS,
      .on_taken = take_waitaof, .categories = CATEGORY_CONNECTION,
      .tips = "request_policy:all_shards response_policy:agg_min",
      DOC("generic", "7.2.0", "O(1)", "Waits until disk or replicas have what was written",
          "numlocal numreplicas timeout") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family patience_family = {rows};
