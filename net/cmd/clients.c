#include <stdlib.h>

#include "cache/explain.h"
#include "cache/number.h"
#include "cache/panic.h"
#include "net/describe.h"
#include "net/dispatch.h"
#include "net/families.h"
#include "net/loop.h"
#include "net/session.h"
#include "shard/request.h"

#define SHOWN_MAX 512 /* of a word in an error */

static int shown(struct bytes word)
{
    return word.len < SHOWN_MAX ? (int)word.len : SHOWN_MAX;
}

/* --- what a client says of itself --- */

static void cmd_id(struct session *session, struct args *args, struct reply *reply)
{
    (void)args;
    reply_int(reply, (int64_t)session->id);
}

static void cmd_getname(struct session *session, struct args *args, struct reply *reply)
{
    (void)args;
    if (session->name == NULL)
        reply_null(reply);
    else
        reply_text(reply, session->name);
}

static void cmd_setname(struct session *session, struct args *args, struct reply *reply)
{
    if (!session_text_fits(args_word(args, 2))) {
        reply_error(reply, SESSION_ERROR_NAME);
        return;
    }
    session_set_text(&session->name, args_word(args, 2));
    reply_ok(reply);
}

static char **find_text(struct session *session, const struct args *args)
{
    if (args_say(args, 2, "lib-name"))
        return &session->lib_name;
    return args_say(args, 2, "lib-ver") ? &session->lib_ver : NULL;
}

static void cmd_setinfo(struct session *session, struct args *args, struct reply *reply)
{
    const struct bytes option = args_word(args, 2);
    char **text = find_text(session, args);

    if (text == NULL) {
        reply_errorf(reply, "ERR Unrecognized option '%.*s'", shown(option), option.at);
    } else if (!session_text_fits(args_word(args, 3))) {
        reply_errorf(reply, "ERR %.*s cannot contain spaces, newlines or special characters.",
                     shown(option), option.at);
    } else {
        session_set_text(text, args_word(args, 3));
        reply_ok(reply);
    }
}

static void cmd_info(struct session *session, struct args *args, struct reply *reply)
{
    struct reply text;

    (void)args;
    reply_init(&text);
    describe_conn(session_conn(session), &text);
    reply_verbatim(reply, bytes_new(text.at, text.len));
    reply_fini(&text);
}

/* Between OFF and ON a SKIP changes nothing. */
static void skip_next(struct session *session)
{
    if (session->replies != REPLIES_OFF)
        session->replies = REPLIES_SKIP_NEXT;
}

/* OFF and SKIP are not answered themselves. */
static void cmd_reply(struct session *session, struct args *args, struct reply *reply)
{
    if (args_say(args, 2, "on")) {
        session->replies = REPLIES_ON;
        reply_ok(reply);
    } else if (args_say(args, 2, "off")) {
        session->replies = REPLIES_OFF;
    } else if (args_say(args, 2, "skip")) {
        skip_next(session);
    } else {
        reply_error(reply, ERROR_SYNTAX);
    }
}

static void set_switch(bool *value, const struct args *args, struct reply *reply)
{
    const bool on = args_say(args, 2, "on");

    if (!on && !args_say(args, 2, "off")) {
        reply_error(reply, ERROR_SYNTAX);
        return;
    }
    *value = on;
    reply_ok(reply);
}

static void cmd_no_evict(struct session *session, struct args *args, struct reply *reply)
{
    set_switch(&session->no_evict, args, reply);
}

static void cmd_no_touch(struct session *session, struct args *args, struct reply *reply)
{
    set_switch(&session->no_touch, args, reply);
}

/* --- which clients are meant --- */

/* False, and an error, for a word that names no kind of client. There are only ordinary ones here,
 * so all that matters of a kind is whether it is theirs. */
static bool read_type(struct bytes word, bool *nobody, struct reply *reply)
{
    if (bytes_say(word, "normal"))
        return true;
    if (bytes_say(word, "master") || bytes_say(word, "replica") || bytes_say(word, "slave") ||
        bytes_say(word, "pubsub")) {
        *nobody = true;
        return true;
    }
    reply_errorf(reply, "ERR Unknown client type '%.*s'", shown(word), word.at);
    return false;
}

/* --- CLIENT LIST --- */

/* What CLIENT LIST asks for. */
struct choice {
    uint32_t first_id; /* the words from here on are numbers of clients; 0: none are */
    bool nobody;
};

static bool read_ids(const struct args *args, struct choice *choice, struct reply *reply)
{
    int64_t id;
    uint32_t i;

    for (i = 3; i < args->count; i++)
        if (!number_parse(args_word(args, i), &id)) {
            reply_error(reply, "ERR Invalid client ID");
            return false;
        }
    choice->first_id = 3;
    return true;
}

static bool read_choice(const struct args *args, struct choice *choice, struct reply *reply)
{
    *choice = (struct choice){0};
    if (args->count == 2)
        return true;
    if (args->count == 4 && args_say(args, 2, "type"))
        return read_type(args_word(args, 3), &choice->nobody, reply);
    if (args->count > 3 && args_say(args, 2, "id"))
        return read_ids(args, choice, reply);
    reply_error(reply, ERROR_SYNTAX);
    return false;
}

static bool check_list(struct args *args, struct reply *reply)
{
    struct choice choice;

    return !read_choice(args, &choice, reply);
}

/* A part of the answer is a row of these, each with its line right behind it. */
struct line {
    uint64_t id;
    size_t len;
};

static void add_line(const struct conn *conn, struct reply *reply)
{
    struct line line = {.id = conn->session.id};
    const size_t start = reply->len;

    reply_raw(reply, &line, sizeof(line));
    describe_conn(conn, reply);
    line.len = reply->len - start - sizeof(line);
    memcpy(reply->at + start, &line, sizeof(line));
}

static void list_named(struct loop *loop, const struct args *args, uint32_t first,
                       struct reply *reply)
{
    uint32_t i;

    for (i = first; i < args->count; i++) {
        const struct conn *conn;
        int64_t id = 0;

        (void)number_parse(args_word(args, i), &id);
        conn = loop_find(loop, (uint64_t)id);
        if (conn != NULL)
            add_line(conn, reply);
    }
}

static void list_here(struct loop *loop, struct args *args, struct reply *reply)
{
    const struct conn *conn;
    struct choice choice;

    if (!read_choice(args, &choice, reply) || choice.nobody)
        return;
    if (choice.first_id != 0) {
        list_named(loop, args, choice.first_id, reply);
        return;
    }
    for (conn = loop->conns; conn != NULL; conn = conn->next)
        add_line(conn, reply);
}

/* The lines of all parts, while they are put in order. */
struct lines {
    size_t count;
    struct found {
        uint64_t id;
        struct bytes text;
    } * at;
};

static struct line read_line(const char *at)
{
    struct line line;

    memcpy(&line, at, sizeof(line));
    return line;
}

static size_t count_lines(const struct request *part)
{
    size_t count = 0;

    for (; part != NULL; part = part->net.next) {
        const struct reply *reply = &part->cargo.reply;
        size_t at;

        for (at = 0; at < reply->len; count++)
            at += sizeof(struct line) + read_line(reply->at + at).len;
    }
    return count;
}

static void take_lines(struct lines *lines, const struct reply *reply)
{
    size_t at = 0;

    while (at < reply->len) {
        const struct line line = read_line(reply->at + at);

        at += sizeof(line);
        lines->at[lines->count++] =
            (struct found){.id = line.id, .text = bytes_new(reply->at + at, line.len)};
        at += line.len;
    }
}

static int compare_ids(const void *a, const void *b)
{
    const uint64_t left = ((const struct found *)a)->id;
    const uint64_t right = ((const struct found *)b)->id;

    return left < right ? -1 : left > right;
}

static struct lines sort_lines(const struct request *parts)
{
    struct lines lines = {.at = must_calloc(count_lines(parts) + 1, sizeof(struct found))};

    for (; parts != NULL; parts = parts->net.next)
        take_lines(&lines, &parts->cargo.reply);
    qsort(lines.at, lines.count, sizeof(struct found), compare_ids);
    return lines;
}

static void write_named(const struct lines *lines, const struct args *args, uint32_t first,
                        struct reply *into)
{
    uint32_t i;

    for (i = first; i < args->count; i++) {
        const struct found *found;
        int64_t id = 0;

        (void)number_parse(args_word(args, i), &id);
        found = bsearch(&(struct found){.id = (uint64_t)id}, lines->at, lines->count,
                        sizeof(struct found), compare_ids);
        if (found != NULL)
            reply_raw(into, found->text.at, found->text.len);
    }
}

static void write_all(const struct lines *lines, struct reply *into)
{
    size_t i;

    for (i = 0; i < lines->count; i++)
        reply_raw(into, lines->at[i].text.at, lines->at[i].text.len);
}

/* In the order in which they came, or in which they were asked for. */
static void gather_list(struct loop *loop, struct request *whole, struct request *parts)
{
    const struct args *args = &whole->cargo.args;
    struct lines lines = sort_lines(parts);
    struct reply text;

    (void)loop;
    reply_init(&text);
    if (args_say(args, 2, "id"))
        write_named(&lines, args, 3, &text);
    else
        write_all(&lines, &text);
    reply_verbatim(&whole->cargo.reply, bytes_new(text.at, text.len));
    reply_fini(&text);
    free(lines.at);
}

/* --- CLIENT KILL --- */

/* Whom CLIENT KILL means: those for whom all of it is true. */
struct target {
    struct bytes peer;    /* at == NULL: any */
    struct bytes local;   /* at == NULL: any */
    uint64_t id;          /* 0: any */
    int64_t least_age_ms; /* 0: any */
    bool nobody;          /* a kind that no client is of */
    bool spare_asker;
};

static bool read_id(struct bytes word, struct target *target, struct reply *reply)
{
    int64_t id;

    if (!number_parse(word, &id) || id < 1) {
        reply_error(reply, "ERR client-id should be greater than 0");
        return false;
    }
    target->id = (uint64_t)id;
    return true;
}

/* Everybody is the one user. */
static bool read_user(struct bytes word, struct reply *reply)
{
    if (bytes_equal(word, bytes_of("default")))
        return true;
    reply_errorf(reply, "ERR No such user '%.*s'", shown(word), word.at);
    return false;
}

static bool read_skip_me(struct bytes word, struct target *target, struct reply *reply)
{
    target->spare_asker = bytes_say(word, "yes");
    if (target->spare_asker || bytes_say(word, "no"))
        return true;
    reply_error(reply, ERROR_SYNTAX);
    return false;
}

static bool read_age(struct bytes word, struct target *target, struct reply *reply)
{
    int64_t seconds;

    if (!number_parse(word, &seconds)) {
        reply_error(reply, "ERR maxage is not an integer or out of range");
        return false;
    }
    if (seconds < 1 || seconds > INT64_MAX / 1000) {
        reply_error(reply, "ERR maxage should be greater than 0");
        return false;
    }
    target->least_age_ms = seconds * 1000;
    return true;
}

static bool read_filter(struct bytes name, struct bytes value, struct target *target,
                        struct reply *reply)
{
    if (bytes_say(name, "id"))
        return read_id(value, target, reply);
    if (bytes_say(name, "type")) {
        target->nobody = false; /* of several the last counts */
        return read_type(value, &target->nobody, reply);
    }
    if (bytes_say(name, "user"))
        return read_user(value, reply);
    if (bytes_say(name, "maxage"))
        return read_age(value, target, reply);
    if (bytes_say(name, "skipme"))
        return read_skip_me(value, target, reply);
    if (bytes_say(name, "addr"))
        target->peer = value;
    else if (bytes_say(name, "laddr"))
        target->local = value;
    else
        reply_error(reply, ERROR_SYNTAX);
    return !reply->failed;
}

static bool is_old_form(const struct args *args)
{
    return args->count == 3;
}

static bool read_target(const struct args *args, struct target *target, struct reply *reply)
{
    uint32_t i;

    *target = (struct target){.spare_asker = !is_old_form(args)};
    if (is_old_form(args)) {
        target->peer = args_word(args, 2);
        return true;
    }
    for (i = 2; i + 1 < args->count; i += 2)
        if (!read_filter(args_word(args, i), args_word(args, i + 1), target, reply))
            return false;
    if (i < args->count)
        reply_error(reply, ERROR_SYNTAX);
    return i == args->count;
}

static bool check_kill(struct args *args, struct reply *reply)
{
    struct target target;

    return !read_target(args, &target, reply);
}

static bool has_address(const struct conn *conn, const struct target *target)
{
    char peer[DESCRIBE_ADDRESS] = "";
    char local[DESCRIBE_ADDRESS] = "";

    if (target->peer.at == NULL && target->local.at == NULL)
        return true;
    conn->transport->ops->names(conn->transport, peer, local, sizeof(peer));
    return (target->peer.at == NULL || bytes_equal(target->peer, bytes_of(peer))) &&
           (target->local.at == NULL || bytes_equal(target->local, bytes_of(local)));
}

static bool is_meant(const struct conn *conn, const struct target *target, uint64_t asker)
{
    if (target->nobody || (target->id != 0 && target->id != conn->session.id))
        return false;
    if (target->spare_asker && conn->session.id == asker)
        return false;
    if (conn->loop->now_ms - conn->session.created_ms < target->least_age_ms)
        return false;
    return has_address(conn, target);
}

/* What a loop says of its clients. */
struct killed {
    uint32_t count;
    bool asker; /* is one of them, and to live until it has its answer */
};

static void kill_one(struct conn *conn, uint64_t asker, struct killed *killed)
{
    killed->count++;
    if (conn->session.id == asker)
        killed->asker = true;
    else
        conn_kill(conn);
}

static void kill_here(struct loop *loop, struct args *args, struct reply *reply)
{
    struct killed killed = {0};
    struct conn *conn, *next;
    struct target target;

    if (!read_target(args, &target, reply))
        return;
    for (conn = loop->conns; conn != NULL; conn = next) {
        next = conn->next;
        if (is_meant(conn, &target, args->asker))
            kill_one(conn, args->asker, &killed);
    }
    reply_raw(reply, &killed, sizeof(killed));
}

static struct killed add_killed(const struct request *part)
{
    struct killed sum = {0};

    for (; part != NULL; part = part->net.next) {
        struct killed killed;

        memcpy(&killed, part->cargo.reply.at, sizeof(killed));
        sum.count += killed.count;
        sum.asker |= killed.asker;
    }
    return sum;
}

static void gather_kill(struct loop *loop, struct request *whole, struct request *parts)
{
    const struct killed killed = add_killed(parts);
    struct reply *reply = &whole->cargo.reply;

    (void)loop;
    if (!is_old_form(&whole->cargo.args))
        reply_int(reply, killed.count);
    else if (killed.count == 0)
        reply_error(reply, "ERR No such client");
    else
        reply_ok(reply);
    if (killed.asker && whole->net.session != NULL)
        whole->net.session->close_after = true;
}

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

/* There are no replicas, and never will be: none has anything, and who wants one waits in vain. */
static void take_wait(struct session *session, struct request *whole)
{
    const struct args *args = &whole->cargo.args;
    struct reply *reply = &whole->cargo.reply;
    struct loop *loop = session->loop;
    int64_t replicas, timeout;

    if (!args_int(args, 1, &replicas, reply) || !read_timeout(args, 2, &timeout, reply)) {
        dispatch_answered(loop, whole);
    } else if (replicas <= 0) {
        reply_int(reply, 0);
        dispatch_answered(loop, whole);
    } else {
        waiting_add(loop, whole, timeout == 0 ? 0 : loop->now_ms + timeout);
        loop_stall(session_conn(session), whole, true);
    }
}

/* --- what is there only to be asked for --- */

/* Nobody can be redirected to, for nothing is tracked. */
static void cmd_getredir(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_int(reply, -1);
}

static void cmd_trackinginfo(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_map(reply, 3);
    reply_text(reply, "flags");
    reply_set(reply, 1);
    reply_text(reply, "off");
    reply_text(reply, "redirect");
    reply_int(reply, -1);
    reply_text(reply, "prefixes");
    reply_array(reply, 0);
}

/* Nothing that a client could say changes what it is sent. */
static void cmd_capa(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_ok(reply);
}

/* --- CLIENT PIPELINE-ORDER --- */

static void cmd_pipeline_order(struct session *session, struct args *args, struct reply *reply)
{
    if (args_say(args, 2, "relaxed"))
        session->pipeline = PIPELINE_RELAXED;
    else if (args_say(args, 2, "strict"))
        session->pipeline = PIPELINE_STRICT;
    else if (args_say(args, 2, "default"))
        session->pipeline = SESSION_PIPELINE_AS_SET;
    else
        reply_error(reply, ERROR_SYNTAX);
    if (!reply->failed)
        reply_ok(reply);
}

/* --- CLIENT HELP --- */

static void cmd_help(struct session *session, struct args *args, struct reply *reply)
{
    const struct command_table *table = session->loop->facts->commands;

    (void)args;
    explain_help(table, command_row(table, "client"), reply);
}

/* --- rows --- */

/* clang-format off */
#define PLAIN (NOSCRIPT | LOADING | STALE)
#define CLIENT(since, complexity, summary, syntax) \
    DOC("connection", since, complexity, summary, syntax)
#define OF_ALL "O(N) for N connections"

static const struct command rows[] = {
    /* name              arity  flags            keys     route      gather    */
    { "client",            -2,  CONTAINER,       NO_KEYS, HERE,      AS_IS,
      CLIENT("2.4.0", "Depends on the subcommand", "About the connections of clients", "") },
    { "client|id",          2,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_id,
      CLIENT("5.0.0", "O(1)", "Tells the number of this connection", "") },
    { "client|getname",     2,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_getname,
      CLIENT("2.6.9", "O(1)", "Tells the name of this connection", "") },
    { "client|setname",     3,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_setname,
      CLIENT("2.6.9", "O(1)", "Gives this connection a name", "connection-name") },
    { "client|setinfo",     4,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_setinfo,
      .tips = "request_policy:all_nodes response_policy:all_succeeded",
      CLIENT("7.2.0", "O(1)", "Says which library is talking",
             "(LIB-NAME libname|LIB-VER libver)") },
    { "client|info",        2,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_info, .tips = "nondeterministic_output",
      CLIENT("6.2.0", "O(1)", "Describes this connection", "") },
    { "client|list",       -2,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, GATHERED,
      .check = check_list, .on_loop = list_here, .on_gathered = gather_list,
      .tips = "nondeterministic_output",
      CLIENT("2.4.0", OF_ALL, "Describes all connections, a line for each",
             "[TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID client-id ...]") },
    { "client|kill",       -3,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, GATHERED,
      .check = check_kill, .on_loop = kill_here, .on_gathered = gather_kill,
      CLIENT("2.4.0", OF_ALL, "Ends connections",
             "(ip:port|([ID client-id]|[TYPE (NORMAL|MASTER|SLAVE|REPLICA|PUBSUB)]|"
             "[USER username]|[ADDR ip:port]|[LADDR ip:port]|[SKIPME yes/no]|[MAXAGE maxage])...)") },
    { "client|reply",       3,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_reply,
      CLIENT("3.2.0", "O(1)", "Chooses whether commands are answered", "ON|OFF|SKIP") },
    { "client|no-evict",    3,  ADMIN | PLAIN,   NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_no_evict,
      CLIENT("7.0.0", "O(1)", "Spares this connection when memory for clients runs out",
             "ON|OFF") },
    { "client|no-touch",    3,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_no_touch,
      CLIENT("7.2.0", "O(1)", "Lets reads leave no trace in what is used least", "ON|OFF") },
    { "client|pause",      -3,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, ALL_OK,
      .check = check_pause, .on_loop = pause_here,
      CLIENT("3.0.0", "O(1)", "Lets commands of clients wait", "timeout [WRITE|ALL]") },
    { "client|unpause",     2,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, ALL_OK,
      .on_loop = unpause_here,
      CLIENT("6.2.0", OF_ALL, "Lets those go on that CLIENT PAUSE holds", "") },
    { "client|unblock",    -3,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, ADD_UP,
      .check = check_unblock, .on_loop = unblock_here,
      CLIENT("5.0.0", "O(log N) for N connections", "Ends the waiting of a client in a command",
             "client-id [TIMEOUT|ERROR]") },
    { "client|getredir",    2,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_getredir,
      CLIENT("6.0.0", "O(1)", "Tells to whom this connection redirects notices about its keys",
             "") },
    { "client|trackinginfo", 2, PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_trackinginfo,
      CLIENT("6.2.0", "O(1)", "Tells how the keys of this connection are tracked", "") },
    { "client|capa",       -3,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_capa,
      CLIENT("8.0.0", "O(1)", "Says what this client can do", "capability...") },
    { "client|pipeline-order", 3, PLAIN,         NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_pipeline_order,
      CLIENT("7.0.0", "O(1)", "Chooses whether commands sent without waiting keep their order",
             "RELAXED|STRICT|DEFAULT") },
    { "wait",               3,  NOSCRIPT,        NO_KEYS, HERE,      AS_IS,
      .on_taken = take_wait, .categories = CATEGORY_CONNECTION,
      .tips = "request_policy:all_shards response_policy:agg_min",
      DOC("generic", "3.0.0", "O(1)", "Waits until replicas have what was written",
          "numreplicas timeout") },
    { "client|help",        2,  LOADING | STALE, NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_help,
      CLIENT("5.0.0", "O(1)", "Lists the subcommands", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family clients_family = {rows};
