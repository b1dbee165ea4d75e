#include "cache/cache.h"
#include "cache/number.h"
#include "net/describe.h"
#include "net/families.h"
#include "net/loop.h"
#include "net/session.h"
#include "net/throttle.h"
#include "net/identity.h"

/* --- signs of life --- */

static void cmd_ping(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    if (args->count == 1)
        reply_simple(reply, "PONG");
    else if (args->count == 2)
        reply_bulk(reply, args_word(args, 1));
    else
        reply_error(reply, "ERR wrong number of arguments for 'ping' command");
}

static void cmd_echo(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    reply_bulk(reply, args_word(args, 1));
}

static void cmd_quit(struct session *session, struct args *args, struct reply *reply)
{
    (void)args;
    session->close_after = true;
    reply_ok(reply);
}

static void cmd_reset(struct session *session, struct args *args, struct reply *reply)
{
    (void)args;
    session_reset(session);
    monitor_leave(session_conn(session));
    reply->protocol = session->protocol;
    reply_simple(reply, "RESET");
}

/* --- SELECT --- */

static int64_t databases(const struct session *session)
{
    const int64_t count = session->loop->settings->databases;

    return count < CACHE_DATABASES_MAX ? count : CACHE_DATABASES_MAX;
}

static void cmd_select(struct session *session, struct args *args, struct reply *reply)
{
    int64_t index;

    if (!args_int_between(args, 1, INT32_MIN, INT32_MAX, &index, reply))
        return;
    if (index < 0 || index >= databases(session)) {
        reply_error(reply, "ERR DB index is out of range");
        return;
    }
    session->database = (uint8_t)index;
    reply_ok(reply);
}

/* --- AUTH --- */

#define ERROR_WRONG_PASSWORD "WRONGPASS invalid username-password pair or user is disabled."

/* Takes as long for a password that is almost right as for one that is all wrong: only the length
 * of what was given shows. Behind the secret its terminating zero is compared, to have something.
 */
static bool is_secret(struct bytes given, const char *secret)
{
    const size_t len = strlen(secret);
    size_t differ = given.len ^ len;
    size_t i;

    for (i = 0; i < given.len; i++)
        differ |= (unsigned char)(given.at[i] ^ secret[i < len ? i : len]);
    return differ == 0;
}

/* There is one user. Without a password to be known, any will do. */
static bool is_user(const struct session *session, struct bytes user, struct bytes password)
{
    const char *secret = session->loop->settings->requirepass;

    return bytes_equal(user, bytes_of("default")) &&
           (secret[0] == '\0' || is_secret(password, secret));
}

#define ERROR_TOO_OFTEN "WRONGPASS too many wrong passwords came from this address, try again later"

static uint64_t address_of(struct session *session)
{
    struct transport *transport = session_conn(session)->transport;
    char peer[DESCRIBE_ADDRESS], local[DESCRIBE_ADDRESS];

    transport->ops->names(transport, peer, local, sizeof(peer));
    return throttle_address(shards_keyhash(session->loop->facts->shards), peer);
}

/* Nobody guesses over the Unix socket who cannot as well read the configuration. */
static bool is_throttled(const struct session *session)
{
    const struct settings *settings = session->loop->settings;

    return settings->auth_throttle > 0 && settings->requirepass[0] != '\0' && !session->unix_socket;
}

static bool must_pause(struct session *session)
{
    const struct loop *loop = session->loop;

    return loop->throttle != NULL && is_throttled(session) &&
           throttle_is_shut(loop->throttle, address_of(session), loop->now_ms);
}

static void note_wrong(struct session *session)
{
    struct loop *loop = session->loop;

    if (!is_throttled(session))
        return;
    if (loop->throttle == NULL)
        loop->throttle = throttle_new();
    if (loop->throttle == NULL) /* without memory nobody is slowed down */
        return;
    if (throttle_wrong(loop->throttle, address_of(session), loop->settings->auth_throttle,
                       loop->now_ms))
        log_write(loop->log, LOG_WARNING,
                  "Too many wrong passwords from one address: client id=%llu is the last",
                  (unsigned long long)session->id);
}

/* While an address must pause its passwords are not looked at: nothing is to be learned. */
static bool is_let_in(struct session *session, struct bytes user, struct bytes password,
                      struct reply *reply)
{
    if (must_pause(session)) {
        reply_error(reply, ERROR_TOO_OFTEN);
        return false;
    }
    if (!is_user(session, user, password)) {
        note_wrong(session);
        reply_error(reply, ERROR_WRONG_PASSWORD);
        return false;
    }
    session->authenticated = true;
    return true;
}

static bool may_authenticate(const struct session *session, const struct args *args,
                             struct reply *reply)
{
    if (args->count > 3) {
        reply_error(reply, ERROR_SYNTAX);
        return false;
    }
    if (args->count == 2 && session->loop->settings->requirepass[0] == '\0') {
        reply_error(reply, "ERR AUTH <password> called without any password configured for the "
                           "default user. Are you sure your configuration is correct?");
        return false;
    }
    return true;
}

static void cmd_auth(struct session *session, struct args *args, struct reply *reply)
{
    const bool named = args->count == 3;
    const struct bytes user = named ? args_word(args, 1) : bytes_of("default");

    if (!may_authenticate(session, args, reply))
        return;
    if (is_let_in(session, user, args_word(args, args->count - 1), reply))
        reply_ok(reply);
}

/* --- HELLO --- */

#define SHOWN_MAX 512 /* of a word in an error */

static int shown(struct bytes word)
{
    return word.len < SHOWN_MAX ? (int)word.len : SHOWN_MAX;
}

/* 0: as it is. */
static bool read_protocol(const struct args *args, int64_t *protocol, struct reply *reply)
{
    *protocol = 0;
    if (args->count < 2)
        return true;
    if (!number_parse(args_word(args, 1), protocol)) {
        reply_error(reply, "ERR Protocol version is not an integer or out of range");
        return false;
    }
    if (*protocol < 2 || *protocol > 3) {
        reply_error(reply, "NOPROTO unsupported protocol version");
        return false;
    }
    return true;
}

static bool take_name(struct session *session, struct bytes name, struct reply *reply)
{
    if (!session_text_fits(name)) {
        reply_error(reply, SESSION_ERROR_NAME);
        return false;
    }
    if (session_set_text(&session->name, name))
        return true;
    reply_error(reply, ERROR_OOM);
    return false;
}

/* The option at *index, which is moved to the last of its words. It stays when a later one is
 * wrong: so it is with Redis. */
static bool take_option(struct session *session, const struct args *args, uint32_t *index,
                        struct reply *reply)
{
    const uint32_t i = *index;

    if (args_say(args, i, "auth") && i + 2 < args->count) {
        *index = i + 2;
        return is_let_in(session, args_word(args, i + 1), args_word(args, i + 2), reply);
    }
    if (args_say(args, i, "setname") && i + 1 < args->count) {
        *index = i + 1;
        return take_name(session, args_word(args, i + 1), reply);
    }
    reply_errorf(reply, "ERR Syntax error in HELLO option '%.*s'", shown(args_word(args, i)),
                 args_word(args, i).at);
    return false;
}

static bool take_options(struct session *session, const struct args *args, struct reply *reply)
{
    uint32_t i;

    for (i = 2; i < args->count; i++)
        if (!take_option(session, args, &i, reply))
            return false;
    if (session_needs_auth(session)) {
        reply_error(reply, "NOAUTH HELLO must be called with the client already authenticated, "
                           "otherwise the HELLO AUTH <user> <pass> option can be used to "
                           "authenticate the client and select the RESP protocol version at the "
                           "same time");
        return false;
    }
    return true;
}

/* Some clients read the pairs by their place. */
static void introduce(const struct session *session, struct reply *reply)
{
    reply_map(reply, 7);
    reply_text(reply, "server");
    reply_text(reply, "redis");
    reply_text(reply, "version");
    reply_text(reply, REDIS_VERSION);
    reply_text(reply, "proto");
    reply_int(reply, session->protocol);
    reply_text(reply, "id");
    reply_int(reply, (int64_t)session->id);
    reply_text(reply, "mode");
    reply_text(reply, "standalone");
    reply_text(reply, "role");
    reply_text(reply, "master");
    reply_text(reply, "modules");
    reply_array(reply, 0);
}

static void cmd_hello(struct session *session, struct args *args, struct reply *reply)
{
    int64_t protocol;

    if (!read_protocol(args, &protocol, reply) || !take_options(session, args, reply))
        return;
    if (protocol != 0)
        session->protocol = (uint8_t)protocol;
    reply->protocol = session->protocol;
    introduce(session, reply);
}

/* --- rows --- */

/* clang-format off */
#define OPEN (NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY) /* to strangers */
#define CONNECTION(since, complexity, summary, syntax) \
    DOC("connection", since, complexity, summary, syntax)

static const struct command rows[] = {
    /* name   arity  flags                   keys     route gather */
    { "ping",   -1,  FAST,                   NO_KEYS, HERE, AS_IS, .on_session = cmd_ping,
      .tips = "request_policy:all_shards response_policy:all_succeeded",
      CONNECTION("1.0.0", "O(1)", "Says PONG, or what it is given", "[message]") },
    { "echo",    2,  LOADING | STALE | FAST, NO_KEYS, HERE, AS_IS, .on_session = cmd_echo,
      CONNECTION("1.0.0", "O(1)", "Says what it is given", "message") },
    { "quit",   -1,  OPEN,                   NO_KEYS, HERE, AS_IS, .on_session = cmd_quit,
      CONNECTION("1.0.0", "O(1)", "Ends the connection once everything is answered", "") },
    { "select",  2,  LOADING | STALE | FAST, NO_KEYS, HERE, AS_IS, .on_session = cmd_select,
      CONNECTION("1.0.0", "O(1)", "Chooses the database of the commands that follow", "index") },
    { "auth",   -2,  OPEN,                   NO_KEYS, HERE, AS_IS, .on_session = cmd_auth,
      CONNECTION("1.0.0", "O(N) for a password of N bytes",
                 "Proves with a password who is asking", "[username]@6.0.0 password") },
    { "hello",  -1,  OPEN,                   NO_KEYS, HERE, AS_IS, .on_session = cmd_hello,
      CONNECTION("6.0.0", "O(1)", "Chooses the protocol and says what the server is",
                 "arguments=[protover [AUTH username_password=(username password)] "
                 "[SETNAME clientname]]") },
    { "reset",   1,  OPEN,                   NO_KEYS, HERE, AS_IS, .on_session = cmd_reset,
      CONNECTION("6.2.0", "O(1)", "Makes the connection as if it were new", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family connection_family = {rows};
