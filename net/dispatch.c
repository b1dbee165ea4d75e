#include "net/dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/clock.h"
#include "net/describe.h"
#include "net/describe.h"
#include "net/loop.h"

#define QUOTED_MAX 128 /* how much of what a client sent an error repeats */
#define ATTACK_LOG_MILLISECONDS 60000
#define ERROR_NO_AUTH "NOAUTH Authentication required."

/* It takes its place in the order of replies. */
static inline void enlist(struct conn *conn, struct request *request)
{
    request->net.session = &conn->session;
    request->net.input = conn->input;
    request->cargo.database = conn->session.database;
    request->cargo.args.asker = conn->session.id;
    order_append(&conn->order, request);
}

/* A request with the command's words. NULL: there is no memory, and the connection ends. */
static struct request *new_request(struct conn *conn, const char *bytes)
{
    struct request *request = courier_make(conn->loop->courier, conn->session.protocol);
    const struct resp *resp = &conn->resp;
    struct bytes *words = request == NULL ? NULL : pool_words(request, resp->count);
    uint32_t i;

    if (words == NULL) {
        if (request != NULL)
            courier_give_back(conn->loop->courier, &request);
        conn_starve(conn);
        return NULL;
    }
    for (i = 0; i < resp->count; i++)
        words[i] = bytes_new(bytes + resp->spans[i].at, resp->spans[i].len);
    if (__builtin_expect(conn->arrival.first != NULL, 0))
        arrival_hand_over(&conn->arrival, resp, request);
    return request;
}

static void finish_here(struct conn *conn, struct request *request)
{
    request->net.home = true;
    loop_dirty(conn);
}

/* --- does it exist? --- */

static size_t until_zero(struct bytes text, size_t most)
{
    const size_t len = text.len < most ? text.len : most;

    return strnlen(text.at, len);
}

static void answer_unknown(const struct args *args, struct reply *reply)
{
    char quoted[QUOTED_MAX * 2 + 8];
    const struct bytes name = args_word(args, 0);
    size_t len = 0;
    uint32_t i;

    quoted[0] = '\0';
    for (i = 1; i < args->count && len < QUOTED_MAX; i++) {
        const struct bytes word = args_word(args, i);

        len += (size_t)snprintf(quoted + len, sizeof(quoted) - len, "'%.*s' ",
                                (int)until_zero(word, QUOTED_MAX - len), word.at);
    }
    reply_errorf(reply, "ERR unknown command '%.*s', with args beginning with: %s",
                 (int)until_zero(name, QUOTED_MAX), name.at, quoted);
}

static void answer_unknown_sub(const struct command *container, struct bytes sub,
                               struct reply *reply)
{
    char upper[32];
    size_t i;

    for (i = 0; container->name[i] != '\0' && i < sizeof(upper) - 1; i++)
        upper[i] = (char)(container->name[i] & ~0x20);
    upper[i] = '\0';
    reply_errorf(reply, "ERR unknown subcommand '%.*s'. Try %s HELP.",
                 (int)until_zero(sub, QUOTED_MAX), sub.at, upper);
}

/* The row, or NULL when an error was written. */
static const struct command *find_row(const struct loop *loop, const struct args *args,
                                      struct reply *reply)
{
    const struct command *command = command_find(loop->facts->commands, args_word(args, 0));
    const struct command *sub;

    if (command == NULL) {
        answer_unknown(args, reply);
        return NULL;
    }
    if (!(command->flags & CONTAINER) || args->count < 2)
        return command;
    sub = command_find_sub(loop->facts->commands, command, args_word(args, 1));
    if (sub == NULL && command->on_session == NULL)
        answer_unknown_sub(command, args_word(args, 1), reply);
    return sub == NULL && command->on_session != NULL ? command : sub;
}

/* --- may they? --- */

static bool is_complete(const struct command *command, uint32_t words, struct reply *reply)
{
    if (command_arity_fits(command, words))
        return true;
    reply_errorf(reply, "ERR wrong number of arguments for '%s' command", command->name);
    return false;
}

static bool is_local(struct conn *conn)
{
    char peer[DESCRIBE_ADDRESS] = "";
    char local[DESCRIBE_ADDRESS] = "";

    conn->transport->ops->names(conn->transport, peer, local, sizeof(peer));
    return conn->session.unix_socket || strncmp(peer, "127.", 4) == 0 ||
           strncmp(peer, "[::1]", 5) == 0;
}

/* As Redis does it: who may not use it is told nothing else of a command that is PROTECTED; but a
 * stranger is told only that a password is wanted. */
static bool may_look_inside(struct conn *conn, const struct command *command,
                            const struct args *args, struct reply *reply)
{
    char *allowed;
    bool may;

    if (!(command->flags & PROTECTED) || args->count < 2 || session_needs_auth(&conn->session))
        return true;
    allowed = settings_value(conn->loop->settings, "enable-debug-command");
    may = allowed != NULL &&
          (strcmp(allowed, "yes") == 0 || (strcmp(allowed, "local") == 0 && is_local(conn)));
    free(allowed);
    if (!may)
        reply_error(reply,
                    "ERR DEBUG command not allowed. If the enable-debug-command option is set to "
                    "\"local\", you can run it from a local connection, otherwise you need to set "
                    "this option in the configuration file, and then restart the server.");
    return may;
}

static bool may_they(const struct session *session, const struct command *command,
                     struct reply *reply)
{
    if (!session_needs_auth(session) || (command->flags & NO_AUTH))
        return true;
    reply_error(reply, ERROR_NO_AUTH);
    return false;
}

/* The row of a command that may run; NULL when it was refused. */
static const struct command *admit(struct conn *conn, struct request *request)
{
    struct reply *reply = &request->cargo.reply;
    struct args *args = &request->cargo.args;
    const struct command *command = find_row(conn->loop, args, reply);

    conn->session.last_command = command;
    if (command == NULL)
        return NULL;
    if (!may_look_inside(conn, command, args, reply) || !is_complete(command, args->count, reply) ||
        !may_they(&conn->session, command, reply)) {
        tally_reject(&conn->loop->tally, conn->loop->facts->commands, command);
        return NULL;
    }
    request->cargo.command = command;
    request->net.row = (uint16_t)command_index(conn->loop->facts->commands, command);
    if (command->check != NULL && command->check(args, reply))
        return NULL;
    return command;
}

/* --- what is refused before all of it is here --- */

static struct bytes word_of(const struct resp *resp, const char *bytes, uint32_t index)
{
    return bytes_new(bytes + resp->spans[index].at, resp->spans[index].len);
}

bool dispatch_would_refuse(const struct conn *conn, const char *bytes)
{
    const struct command_table *commands = conn->loop->facts->commands;
    const struct resp *resp = &conn->resp;
    const struct command *command, *sub;

    if (resp->count == 0)
        return false;
    command = command_find(commands, word_of(resp, bytes, 0));
    if (command == NULL)
        return true;
    if ((command->flags & CONTAINER) && resp_words(resp) > 1) {
        if (resp->count < 2)
            return false;
        sub = command_find_sub(commands, command, word_of(resp, bytes, 1));
        if (sub == NULL && command->on_session == NULL)
            return true;
        command = sub == NULL ? command : sub;
    }
    return !command_arity_fits(command, resp_words(resp)) ||
           (session_needs_auth(&conn->session) && !(command->flags & NO_AUTH));
}

/* --- where does it go? --- */

/* One thread that runs all shards takes commands in the order in which it has read them. */
static bool is_alone(const struct loop *loop)
{
    return shards_loops(loop->facts->shards) == 1 && courier_hosts(loop->courier);
}

static bool is_strict(const struct conn *conn)
{
    const uint8_t own = conn->session.pipeline;

    return (own == SESSION_PIPELINE_AS_SET ? conn->loop->settings->pipeline_order : own) ==
           PIPELINE_STRICT;
}

/* With `pipeline-order strict` nothing follows a command until it is back. That is so for this
 * thread's own shards, too: while they are reserved for somebody else it waits there. */
static enum courier_way in_strict_order(const struct conn *conn, enum courier_way way)
{
    if (is_strict(conn) && !is_alone(conn->loop))
        return WAY_BARRIER;
    return way;
}

/* Does an earlier command of this connection still wait for a reservation? */
static bool has_queued(const struct conn *conn)
{
    return conn->queued != NULL && conn->queued->net.lined;
}

static void send_away(struct conn *conn, struct request *request)
{
    const bool behind = has_queued(conn);
    enum courier_way way;

    if (behind && !(request->cargo.command->flags & ATOMIC)) {
        conn->parked = request;
        loop_stall(conn, conn->queued, false);
        return;
    }
    way = in_strict_order(conn, courier_send(conn->loop->courier, request, behind));
    if (way == WAY_QUEUED || way == WAY_WATCHED)
        conn->queued = request;
    else if (way != WAY_FREE && !request->net.home)
        loop_stall(conn, request, way == WAY_BARRIER);
}

static void mute(const struct session *session, struct request *request)
{
    request->net.muted = session->replies == REPLIES_OFF || session->replies == REPLIES_SKIP;
}

static void run(struct conn *conn, struct request *request)
{
    request->cargo.command->on_session(&conn->session, &request->cargo.args, &request->cargo.reply);
}

/* The clock is dearer than most of what is FAST. */
static void run_timed(struct conn *conn, struct request *request)
{
    struct tally *tally = &conn->loop->tally;
    const bool each = !(request->cargo.command->flags & FAST) || conn->loop->watchful;
    uint64_t start;

    if (!each && !tally_is_sampled(tally, request->net.row)) {
        run(conn, request);
        request_took(request, tally->commands[request->net.row].sampled);
        return;
    }
    start = clock_mono_ns();
    run(conn, request);
    request_took(request, clock_mono_ns() - start);
    if (!each)
        tally_sample(tally, request->net.row, request->cargo.nanoseconds);
}

static void run_here(struct conn *conn, struct request *request)
{
    if (request->cargo.command->on_taken != NULL) {
        request->cargo.command->on_taken(&conn->session, request);
        return;
    }
    run_timed(conn, request);
    mute(&conn->session, request); /* CLIENT REPLY ON is answered */
    finish_here(conn, request);
}

/* CLIENT REPLY SKIP mutes one command, the one after it. */
static void apply_muting(struct session *session, struct request *request)
{
    if (session->replies == REPLIES_ON)
        return;
    if (session->replies == REPLIES_SKIP_NEXT)
        session->replies = REPLIES_SKIP;
    else if (session->replies == REPLIES_SKIP)
        session->replies = REPLIES_ON;
    mute(session, request);
}

static void go(struct conn *conn, struct request *request)
{
    if (waiting_is_paused(conn->loop, request->cargo.command)) {
        conn->parked = request;
        loop_stall(conn, NULL, true);
        return;
    }
    if (conn->loop->monitors.count > 0)
        monitor_show(conn, request);
    conn->loop->stats.total_commands_processed++;
    if (request->cargo.command->route == HERE)
        run_here(conn, request);
    else
        send_away(conn, request);
}

/* With BEHIND it waits until it is the first in the order of replies. */
static void go_in_turn(struct conn *conn, struct request *request)
{
    conn_collect(conn);
    if (conn->order.first == request) {
        go(conn, request);
        return;
    }
    conn->parked = request;
    loop_stall(conn, conn->order.first, true);
}

void dispatch_resume(struct conn *conn)
{
    struct request *request = conn->parked;

    conn->parked = NULL;
    if (request == NULL)
        return;
    if (conn->blocker == NULL)
        go(conn, request);
    else if (request->cargo.command->flags & BEHIND)
        go_in_turn(conn, request);
    else
        send_away(conn, request);
}

/* The first line of a request of HTTP: three words, whatever its method is. */
static bool is_http(const struct args *args)
{
    const struct bytes http = bytes_of("HTTP/");

    return args->count == 3 && args_word(args, 2).len > http.len &&
           memcmp(args_word(args, 2).at, http.at, http.len) == 0;
}

/* Browsers can be made to send these to any port; Redis' clients never do. Of a command that was
 * refused: none that exists looks like that. */
static bool is_cross_protocol(const struct args *args)
{
    return args_say(args, 0, "post") || args_say(args, 0, "host:") || is_http(args);
}

/* Once a minute: who attacks must not fill the disk, too. */
static void log_attack(const struct conn *conn)
{
    struct loop *loop = conn->loop;
    char peer[DESCRIBE_ADDRESS], local[DESCRIBE_ADDRESS];

    if (loop->attack_ms != 0 && loop->now_ms - loop->attack_ms < ATTACK_LOG_MILLISECONDS)
        return;
    loop->attack_ms = loop->now_ms;
    conn->transport->ops->names(conn->transport, peer, local, sizeof(peer));
    log_write(loop->log, LOG_WARNING,
              "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: "
              "commands, or other requests of HTTP. The connection from %s is closed.",
              peer);
}

/* What came before is answered, this is not, and nothing that follows is looked at. */
static void end_attack(struct conn *conn, struct request *request)
{
    log_attack(conn);
    request->net.muted = true;
    conn->session.close_after = true;
}

/* Values of a command that writes several keys, all of them or none, must not lack memory half-way. */
static __attribute__((noinline)) bool carry_values(struct conn *conn, struct request *request)
{
    const struct command *command = request->cargo.command;

    if (arrival_carry(&conn->loop->blocks, request, (uint32_t)command->keys.first,
                      command_last_key(command, &request->cargo.args)))
        return true;
    reply_error(&request->cargo.reply, ERROR_OOM);
    return false;
}

static inline bool writes_pairs(const struct command *command)
{
    return (command->flags & DENYOOM) && command->keys.step == 2;
}

static void dispatch(struct conn *conn, struct request *request)
{
    const struct command *command;

    block_hold(conn->input);
    enlist(conn, request);
    apply_muting(&conn->session, request);
    command = admit(conn, request);
    if (command == NULL) {
        if (is_cross_protocol(&request->cargo.args))
            end_attack(conn, request);
        finish_here(conn, request);
        return;
    }
    if (writes_pairs(command) && !carry_values(conn, request))
        finish_here(conn, request);
    else if (command->flags & BEHIND)
        go_in_turn(conn, request);
    else
        go(conn, request);
}

void dispatch_refused(struct conn *conn, const char *bytes, uint32_t words)
{
    struct request *request = new_request(conn, bytes);
    const struct command *command;
    struct reply *reply;

    if (request == NULL)
        return;
    reply = &request->cargo.reply;
    block_hold(conn->input);
    enlist(conn, request);
    apply_muting(&conn->session, request);
    command = find_row(conn->loop, &request->cargo.args, reply);
    conn->session.last_command = command;
    if (command != NULL) {
        tally_reject(&conn->loop->tally, conn->loop->facts->commands, command);
        if (is_complete(command, words, reply))
            reply_error(reply, ERROR_NO_AUTH); /* even if none is wanted any more */
    }
    if (is_cross_protocol(&request->cargo.args))
        end_attack(conn, request);
    finish_here(conn, request);
}

void dispatch_command(struct conn *conn, const char *bytes)
{
    struct request *request = new_request(conn, bytes);

    if (request != NULL)
        dispatch(conn, request);
}

/* --- commands that are all here --- */

/* A client that is answered, and whose commands need not wait for each other. */
static bool is_usual(const struct conn *conn)
{
    return conn->session.replies == REPLIES_ON && conn->queued == NULL && !conn->loop->watchful &&
           (!is_strict(conn) || is_alone(conn->loop));
}

/* A command that has been read: its words are in the next free request. */
struct whole {
    size_t used; /* bytes that it was; 0: there is none */
    uint32_t count;
    const struct command *command; /* NULL: it is not a usual one, or none */
    uint16_t row;
};

/* Reads one that begins otherwise than those before it. */
static __attribute__((noinline)) struct whole read_new(struct loop *loop, const char *bytes,
                                                       size_t len, struct bytes *words)
{
    struct whole whole = {0};

    whole.used = resp_usual(bytes, len, words, &whole.count);
    if (whole.used < OPENING_LEN)
        return whole;
    whole.command = command_find_usual(loop->facts->commands, words[0], whole.count, &whole.row);
    if (whole.command != NULL)
        opening_remember(openings_place(&loop->openings, bytes), bytes, words[0].len, whole.count,
                         whole.command, whole.row);
    return whole;
}

static inline struct whole read_whole(struct loop *loop, const char *bytes, size_t len,
                                      struct bytes *words)
{
    const struct opening *opening;
    size_t used;

    if (len < OPENING_LEN)
        return read_new(loop, bytes, len, words);
    opening = openings_place(&loop->openings, bytes);
    if (!opening_fits(opening, bytes))
        return read_new(loop, bytes, len, words);
    words[0] = bytes_new(bytes + 8, opening->name_len);
    used = resp_usual_rest(bytes, len, words, opening->words);
    if (__builtin_expect(used == 0, 0))
        return (struct whole){0};
    return (struct whole){used, opening->words, opening->command, opening->row};
}

/* Makes the words that were read into the next free request a request. */
static inline void take_usual(struct conn *conn, struct courier *courier, struct request *request,
                              const struct whole *whole)
{
    courier_take_usual(courier, request, conn->session.protocol);
    request->net.session = &conn->session;
    request->net.input = conn->input;
    request->net.row = whole->row;
    request->cargo.command = whole->command;
    request->cargo.database = conn->session.database;
    request->cargo.args.count = whole->count;
}

/*
 * Usual commands from the start of the unparsed input on, as many as there are: how many. And what
 * comes behind them, if that has been read. Apart from everything else, so that the processor's
 * registers are for this alone.
 */
static __attribute__((noinline, flatten)) unsigned dispatch_run(struct conn *conn,
                                                                struct whole *behind)
{
    struct loop *loop = conn->loop;
    struct courier *courier = loop->courier;
    const char *at = conn->input->at + conn->parsed;
    const char *end = conn->input->at + conn->input->len;
    const unsigned most = CONN_IN_FLIGHT - conn->order.length;
    struct request **last = conn->order.last;
    struct request *own = NULL, *end_of_own = NULL, **next_own = &own;
    const struct command *command = conn->session.last_command;
    unsigned sent = 0;

    behind->used = 0;
    while (sent < most) {
        struct request *request = courier_next(courier);
        struct whole next;

        if (__builtin_expect(request == NULL, 0))
            break;
        next = read_whole(loop, at, (size_t)(end - at), request->cargo.words);
        if (next.command == NULL) {
            *behind = next;
            break;
        }
        take_usual(conn, courier, request, &next);
        *last = request;
        last = &request->net.next;
        at += next.used;
        command = next.command;
        sent++;
        if (courier_route_usual(courier, request)) {
            *next_own = end_of_own = request;
            next_own = &request->link;
        } else if (!courier_send_usual(courier, request)) {
            loop_stall(conn, request, false);
            break;
        }
    }
    courier_accept(courier, own, end_of_own, sent);
    order_append_run(&conn->order, last, sent);
    conn->session.last_command = command;
    conn->input->holders += sent;
    conn->parsed = (size_t)(at - conn->input->at);
    loop->stats.total_commands_processed += sent;
    return sent;
}

bool dispatch_usual(struct conn *conn)
{
    struct courier *courier = conn->loop->courier;
    struct whole behind;
    unsigned sent = 0;

    /* Without memory for a request the usual way does not help, either. */
    if (session_needs_auth(&conn->session) || !resp_is_between(&conn->resp) ||
        courier_next(courier) == NULL)
        return false;
    if (is_usual(conn))
        sent = dispatch_run(conn, &behind);
    else
        behind = read_whole(conn->loop, conn->input->at + conn->parsed,
                            conn->input->len - conn->parsed, courier_next(courier)->cargo.words);
    if (behind.used > 0) {
        struct request *request = courier_next(courier); /* that it was read into */

        courier_take(courier, request, conn->session.protocol, behind.count);
        dispatch(conn, request);
        conn->parsed += behind.used;
    }
    return sent > 0 || behind.used > 0;
}

void dispatch_protocol_error(struct conn *conn, const char *text)
{
    struct request *request = courier_make(conn->loop->courier, conn->session.protocol);

    if (request == NULL) {
        conn_starve(conn);
        return;
    }
    request->net.session = &conn->session;
    order_append(&conn->order, request);
    apply_muting(&conn->session, request);
    reply_errorf(&request->cargo.reply, "ERR %s", text);
    conn->session.close_after = true;
    finish_here(conn, request);
}

void dispatch_answered(struct loop *loop, struct request *whole)
{
    whole->net.home = true;
    if (whole->net.session == NULL)
        loop_give_back(loop, whole);
    else
        loop_dirty(session_conn(whole->net.session));
}

/* Neighbours are mostly of the same connection. */
void dispatch_answered_all(struct loop *loop, struct request *first)
{
    const struct session *session = NULL;
    struct request *whole, *next;

    for (whole = first; whole != NULL; whole = next) {
        next = whole->link;
        whole->net.home = true;
        if (whole->net.session == session && session != NULL)
            continue;
        session = whole->net.session;
        dispatch_answered(loop, whole);
    }
}
