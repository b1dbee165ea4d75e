#include "net/monitor.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/clock.h"
#include "net/describe.h"
#include "net/dispatch.h"
#include "net/loop.h"
#include "net/secrets.h"

void monitors_fini(struct monitors *monitors)
{
    free(monitors->conns);
    if (monitors->made)
        reply_fini(&monitors->lines);
}

/* --- who looks --- */

/* More or fewer on the loop that the first word is about: `at` is which, `len` whether more. */
static void on_change(struct loop *loop, struct args *args, struct reply *reply)
{
    const struct bytes word = args_word(args, 0);
    struct monitors *monitors = &loop->monitors;
    const unsigned change = word.len > 0 ? 1 : -1u;

    (void)reply;
    monitors->of_loop[(uintptr_t)word.at] += change;
    monitors->count += change;
    loop_set_watchful(loop);
}

static bool make_room(struct monitors *monitors)
{
    const unsigned room = monitors->room * 2 + 4;
    struct conn **conns;

    if (monitors->here < monitors->room)
        return true;
    conns = realloc(monitors->conns, room * sizeof(conns[0]));
    if (conns == NULL)
        return false;
    monitors->conns = conns;
    monitors->room = room;
    return true;
}

static bool become(struct conn *conn)
{
    struct monitors *monitors = &conn->loop->monitors;

    if (!make_room(monitors))
        return false;
    monitors->conns[monitors->here++] = conn;
    conn->session.monitor = true;
    return true;
}

/* False: no memory, and nobody is told. */
static bool send_change(struct loop *loop, const struct command *command, bool more, void *asker)
{
    const struct bytes word = {(const char *)(uintptr_t)loop->index, more};

    return courier_tell_word(loop->courier, command, asker, word);
}

static void on_less_known(struct loop *loop, struct request *whole, struct request *parts)
{
    (void)loop;
    (void)whole;
    (void)parts;
}

static const struct command less_command = {
    .name = "monitor|less",
    .flags = INTERNAL,
    .route = ALL_LOOPS,
    .gather = GATHERED,
    .on_loop = on_change,
    .on_gathered = on_less_known,
};

/* One less: now, or as soon as there is memory for it. */
static void tell_less(struct loop *loop)
{
    struct monitors *monitors = &loop->monitors;

    for (monitors->owed++; monitors->owed > 0; monitors->owed--)
        if (!send_change(loop, &less_command, false, NULL))
            return;
}

/* The asker may have gone meanwhile. */
static void on_more_known(struct loop *loop, struct request *whole, struct request *parts)
{
    struct request *asker = whole->cargo.args.hidden;

    (void)parts;
    if (asker->net.session != NULL && become(session_conn(asker->net.session))) {
        reply_ok(&asker->cargo.reply);
    } else {
        tell_less(loop);
        reply_error(&asker->cargo.reply, ERROR_OOM);
    }
    dispatch_answered(loop, asker);
}

static const struct command more_command = {
    .name = "monitor|more",
    .flags = INTERNAL,
    .route = ALL_LOOPS,
    .gather = GATHERED,
    .on_loop = on_change,
    .on_gathered = on_more_known,
};

void monitor_ask(struct session *session, struct request *whole)
{
    struct conn *conn = session_conn(session);

    if (session->monitor) { /* Redis does not answer a second time, either */
        whole->net.muted = true;
        dispatch_answered(conn->loop, whole);
        return;
    }
    if (!send_change(conn->loop, &more_command, true, whole)) {
        reply_error(&whole->cargo.reply, ERROR_OOM);
        dispatch_answered(conn->loop, whole);
        return;
    }
    loop_stall(conn, whole, true);
}

void monitor_leave(struct conn *conn)
{
    struct monitors *monitors = &conn->loop->monitors;
    unsigned i;

    if (!conn->session.monitor)
        return;
    conn->session.monitor = false;
    for (i = 0; monitors->conns[i] != conn; i++)
        ;
    monitors->conns[i] = monitors->conns[--monitors->here];
    if (!loop_is_draining(conn->loop))
        tell_less(conn->loop);
}

/* --- what is shown --- */

static void put(struct reply *line, const char *text)
{
    reply_raw(line, text, strlen(text));
}

static char short_escape(unsigned char byte)
{
    static const char bytes[] = "\\\"\n\r\t\a\b", letters[] = "\\\"nrtab";
    const char *place = byte == '\0' ? NULL : strchr(bytes, byte);

    return place == NULL ? '\0' : letters[place - bytes];
}

static void put_byte(struct reply *line, unsigned char byte)
{
    char *at = reply_reserve(line, 8);
    const char letter = short_escape(byte);
    int len = 1;

    if (at == NULL)
        return;
    if (letter != '\0')
        len = sprintf(at, "\\%c", letter);
    else if (isprint(byte))
        at[0] = (char)byte;
    else
        len = sprintf(at, "\\x%02x", byte);
    reply_advance(line, (size_t)len);
}

static void put_quoted(struct reply *line, struct bytes word)
{
    size_t i;

    put(line, " \"");
    for (i = 0; i < word.len; i++)
        put_byte(line, (unsigned char)word.at[i]);
    put(line, "\"");
}

/* "[0 127.0.0.1:50000]", "[0 unix:/path]" */
static void put_asker(struct reply *line, const struct conn *conn)
{
    char peer[DESCRIBE_ADDRESS] = "", local[DESCRIBE_ADDRESS] = "";
    char text[DESCRIBE_ADDRESS + 64];

    conn->transport->ops->names(conn->transport, peer, local, sizeof(peer));
    if (conn->session.unix_socket)
        snprintf(peer, sizeof(peer), "unix:%s", conn->loop->settings->unixsocket);
    snprintf(text, sizeof(text), " [%d %s]", conn->session.database, peer);
    put(line, text);
}

void monitor_show(struct conn *conn, const struct request *request)
{
    const struct args *args = &request->cargo.args;
    const struct command *command = request->cargo.command;
    struct monitors *monitors = &conn->loop->monitors;
    const int64_t now = clock_wall_us();
    char time[64];
    uint32_t i;

    if (command->flags & (SKIP_MONITOR | ADMIN))
        return;
    if (!monitors->made)
        reply_init(&monitors->lines);
    monitors->made = true;
    snprintf(time, sizeof(time), "+%" PRId64 ".%06" PRId64, now / 1000000, now % 1000000);
    put(&monitors->lines, time);
    put_asker(&monitors->lines, conn);
    for (i = 0; i < args->count; i++)
        put_quoted(&monitors->lines,
                   secrets_hide(command, args, i) ? bytes_of(SECRETS_SHOWN) : args_word(args, i));
    put(&monitors->lines, "\r\n");
}

/* Behind whatever its client has asked for before. */
static void deliver_to(struct conn *conn, struct bytes lines)
{
    struct request *request = courier_make(conn->loop->courier, conn->session.protocol);

    if (request == NULL) {
        conn->choked = true; /* not killed at once: whoever calls goes through all of them */
        loop_dirty(conn);
        return;
    }
    request->net.session = &conn->session;
    reply_raw(&request->cargo.reply, lines.at, lines.len);
    order_append(&conn->order, request);
    dispatch_answered(conn->loop, request);
}

static void deliver(struct loop *loop, struct args *args, struct reply *reply)
{
    unsigned i;

    (void)reply;
    for (i = 0; i < loop->monitors.here; i++)
        deliver_to(loop->monitors.conns[i], args_word(args, 0));
}

static const struct command lines_command = {
    .name = "monitor|lines", .flags = INTERNAL, .on_loop = deliver};

/* The lines travel in what would be words, behind the one that looks at them. */
static bool send_lines(struct loop *loop, unsigned to, struct bytes lines)
{
    struct request *request = courier_make(loop->courier, 2);
    struct bytes *words;

    if (request == NULL)
        return false;
    words = pool_words(request, REQUEST_WORDS + 2 + lines.len / sizeof(struct bytes));
    if (words == NULL) {
        courier_give_back(loop->courier, &request);
        return false;
    }
    memcpy(words + 1, lines.at, lines.len);
    words[0] = bytes_new((char *)(words + 1), lines.len);
    request->cargo.command = &lines_command;
    request->cargo.args.count = 1;
    courier_send_to_loop(loop->courier, request, to);
    return true;
}

static bool send_to_all(struct loop *loop, const struct reply *lines)
{
    bool sent = !reply_is_broken(lines);
    unsigned i;

    for (i = 0; sent && i < shards_loops(loop->facts->shards); i++)
        if (loop->monitors.of_loop[i] > 0)
            sent = send_lines(loop, i, bytes_new(lines->at, lines->len));
    return sent;
}

void monitor_flush(struct loop *loop)
{
    struct monitors *monitors = &loop->monitors;

    if (__builtin_expect(monitors->owed > 0, 0) && !loop_is_draining(loop)) {
        monitors->owed--;
        tell_less(loop);
    }
    if (!monitors->made || monitors->lines.len == 0)
        return;
    if (!send_to_all(loop, &monitors->lines))
        log_write(loop->log, LOG_WARNING,
                  "No memory for what MONITOR shows: commands are left out");
    reply_fini(&monitors->lines);
    reply_init(&monitors->lines);
}
