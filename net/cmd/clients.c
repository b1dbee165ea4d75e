#include "cache/manual.h"
#include "net/describe.h"
#include "net/families.h"
#include "net/loop.h"
#include "net/session.h"

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
    if (session_set_text(&session->name, args_word(args, 2)))
        reply_ok(reply);
    else
        reply_error(reply, ERROR_OOM);
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
    } else if (session_set_text(text, args_word(args, 3))) {
        reply_ok(reply);
    } else {
        reply_error(reply, ERROR_OOM);
    }
}

static void cmd_info(struct session *session, struct args *args, struct reply *reply)
{
    struct reply text;

    (void)args;
    reply_init(&text);
    describe_conn(session_conn(session), &text);
    reply_verbatim(reply, bytes_new(text.at, text.len));
    reply_inherit(reply, &text);
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

/* It is only remembered: nothing that a client could say changes what it is sent. */
static void cmd_capa(struct session *session, struct args *args, struct reply *reply)
{
    uint32_t i;

    for (i = 2; i < args->count; i++)
        session->redirects |= args_say(args, i, "redirect");
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
    manual_help(table, command_row(table, "client"), reply);
}

/* --- rows --- */

/* clang-format off */
#define PLAIN (NOSCRIPT | LOADING | STALE)
#define CLIENT(since, complexity, summary, syntax) \
    DOC("connection", since, complexity, summary, syntax)

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
    { "client|reply",       3,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_reply,
      CLIENT("3.2.0", "O(1)", "Chooses whether commands are answered",
             "on_off_skip=(ON|OFF|SKIP)") },
    { "client|no-evict",    3,  ADMIN | PLAIN,   NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_no_evict,
      CLIENT("7.0.0", "O(1)", "Spares this connection when memory for clients runs out",
             "enabled=(ON|OFF)") },
    { "client|no-touch",    3,  PLAIN,           NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_no_touch,
      CLIENT("7.2.0", "O(1)", "Lets reads leave no trace in what is used least", "ON|OFF") },
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
    { "client|help",        2,  LOADING | STALE, NO_KEYS, HERE,      AS_IS,
      .on_session = cmd_help,
      CLIENT("5.0.0", "O(1)", "Lists the subcommands", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family clients_family = {rows};
