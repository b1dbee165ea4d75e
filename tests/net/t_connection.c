/* The commands about the connection itself and about clients, called through their rows. Those that
 * concern all loops run on two of them, and are gathered as a fanout would. */
#include "net/families.h"
#include "shard/request.h"
#include "tests/net/stage.h"
#include "tests/tap/tap.h"

#define LOOPS 2
#define CLIENTS 5 /* 1, 3, 5 on the first loop; 2, 4 on the second */
#define WORDS 16

static const struct command_family *const all[] = {&connection_family, &clients_family,
                                                   &roster_family, &patience_family, NULL};
static char no_password[] = "";
static char password[] = "secret";
static struct settings settings;
static struct server_facts facts;
static struct loop loops[LOOPS];
static struct stage_transport transports[CLIENTS + 1];
static struct conn *conns[CLIENTS + 1]; /* by number */

static void begin(void)
{
    uint64_t id;

    settings = (struct settings){.requirepass = no_password, .databases = 16};
    stage_begin(&loops[0], &facts, &settings);
    stage_begin(&loops[1], &facts, &settings);
    for (id = 1; id <= CLIENTS; id++)
        conns[id] = stage_conn(&loops[(id - 1) % LOOPS], &transports[id], id);
}

static void end(void)
{
    stage_end(&loops[0]);
    stage_end(&loops[1]);
}

/* --- asking --- */

/* Words are parted by one blank; '' stands for the empty one and _ for a blank inside one. */
static uint32_t split(char *line, struct bytes *words)
{
    uint32_t count = 0;
    char *at;

    for (at = strsep(&line, " "); at != NULL; at = strsep(&line, " ")) {
        char *c;

        for (c = at; *c != '\0'; c++)
            *c = *c == '_' ? ' ' : *c;
        words[count++] = strcmp(at, "''") == 0 ? bytes_of("") : bytes_of(at);
    }
    return count;
}

static const struct command *find(const struct args *args)
{
    const struct command *command = command_find(facts.commands, args_word(args, 0));

    if (command != NULL && (command->flags & CONTAINER))
        command = command_find_sub(facts.commands, command, args_word(args, 1));
    if (command == NULL || !command_arity_fits(command, args->count))
        tap_bail("%.*s is no command, or wants other words", (int)args->words[0].len,
                 args->words[0].at);
    return command;
}

/* Every loop does its part; then the answers are put together. */
static void ask_loops(const struct command *command, struct request *whole)
{
    static struct request parts[LOOPS];
    int i;

    for (i = 0; i < LOOPS; i++) {
        memset(&parts[i], 0, sizeof(parts[i]));
        parts[i].net.next = i + 1 < LOOPS ? &parts[i + 1] : NULL;
        parts[i].cargo.args = whole->cargo.args;
        reply_init(&parts[i].cargo.reply);
        command->on_loop(&loops[i], &parts[i].cargo.args, &parts[i].cargo.reply);
        ok(!parts[i].cargo.reply.failed, "loop %d does its part", i);
    }
    command->on_gathered(whole->net.session->loop, whole, parts);
    for (i = 0; i < LOOPS; i++)
        reply_fini(&parts[i].cargo.reply);
}

/* Runs a command of the client; the answer is in the request. */
static void ask(struct request *whole, struct conn *conn, char *line)
{
    static struct bytes words[WORDS];
    struct args *args = &whole->cargo.args;
    struct reply *reply = &whole->cargo.reply;
    const struct command *command;

    memset(whole, 0, sizeof(*whole));
    whole->net.session = &conn->session;
    *args = (struct args){.words = words, .asker = conn->session.id};
    args->count = split(line, words);
    reply_init(reply);
    reply_reset(reply, conn->session.protocol);
    command = find(args);
    conn->session.last_command = command;
    if (command->check != NULL && command->check(args, reply))
        return;
    if (command->route == HERE)
        command->on_session(&conn->session, args, reply);
    else
        ask_loops(command, whole);
}

static void says(int id, const char *line, const char *expected)
{
    static struct request whole;
    char copy[512];

    snprintf(copy, sizeof(copy), "%s", line);
    ask(&whole, conns[id], copy);
    is_bytes(whole.cargo.reply.at, whole.cargo.reply.len, expected, strlen(expected), "%s", line);
    is_int(whole.cargo.reply.failed, expected[0] == '-', "and is an error if it looks like one");
    reply_fini(&whole.cargo.reply);
}

#define OK "+OK\r\n"

/* --- the connection itself --- */

static void signs_of_life(void)
{
    begin();
    says(1, "PING", "+PONG\r\n");
    says(1, "ping a_b", "$3\r\na b\r\n");
    says(1, "PING a b", "-ERR wrong number of arguments for 'ping' command\r\n");
    says(1, "ECHO ''", "$0\r\n\r\n");
    ok(!conns[1]->session.close_after, "it goes on");
    says(1, "QUIT now", OK);
    ok(conns[1]->session.close_after, "after QUIT it does not");
    end();
}

static void databases_are_chosen(void)
{
    begin();
    says(1, "SELECT 15", OK);
    is_int(conns[1]->session.database, 15, "the database is chosen");
    says(1, "SELECT 16", "-ERR DB index is out of range\r\n");
    says(1, "SELECT -1", "-ERR DB index is out of range\r\n");
    says(1, "SELECT x", "-ERR value is not an integer or out of range\r\n");
    says(1, "SELECT 2147483648",
         "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n");
    is_int(conns[1]->session.database, 15, "what is refused changes nothing");
    settings.databases = 4;
    says(1, "SELECT 3", OK);
    says(1, "SELECT 4", "-ERR DB index is out of range\r\n");
    settings.databases = 100;
    says(1, "SELECT 16", "-ERR DB index is out of range\r\n");
    end();
}

#define WRONG "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
#define NO_PASSWORD                                                                              \
    "-ERR AUTH <password> called without any password configured for the default user. Are you " \
    "sure your configuration is correct?\r\n"

static void without_a_password(void)
{
    begin();
    says(1, "AUTH x", NO_PASSWORD);
    says(1, "AUTH default anything", OK);
    says(1, "AUTH nobody anything", WRONG);
    says(1, "AUTH a b c", "-ERR syntax error\r\n");
    end();
}

static void with_a_password(void)
{
    begin();
    settings.requirepass = password;
    session_reset(&conns[1]->session);
    says(1, "AUTH secre", WRONG);
    says(1, "AUTH secret2", WRONG);
    says(1, "AUTH Secret", WRONG);
    says(1, "AUTH ''", WRONG);
    says(1, "AUTH Default secret", WRONG);
    ok(session_needs_auth(&conns[1]->session), "nothing but the password will do");
    says(1, "AUTH secret", OK);
    ok(!session_needs_auth(&conns[1]->session), "it opens the door");
    says(1, "AUTH default nothing", WRONG);
    ok(!session_needs_auth(&conns[1]->session), "a wrong one later does not close it");
    end();
}

static void passwords_are_compared_to_the_end(void)
{
    struct bytes words[] = {bytes_of("AUTH"), bytes_new("secret\0", 7)};
    struct args args = {.words = words, .count = 2};
    struct reply reply;

    begin();
    settings.requirepass = password;
    reply_init(&reply);
    find(&args)->on_session(&conns[1]->session, &args, &reply);
    ok(reply.failed, "a zero byte behind the password makes it another");
    end();
}

/* --- HELLO --- */

#define HELLO(head, protocol)                                                            \
    head "\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n$"          \
         "5\r\nproto\r\n:" protocol                                                      \
         "\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\n" \
         "master\r\n$7\r\nmodules\r\n*0\r\n"
#define NO_AUTH_YET                                                                            \
    "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO " \
    "AUTH <user> <pass> option can be used to authenticate the client and select the RESP "    \
    "protocol version at the same time\r\n"

static void hello_chooses_the_protocol(void)
{
    begin();
    says(1, "HELLO", HELLO("*14", "2"));
    says(1, "HELLO 3", HELLO("%7", "3"));
    says(1, "hello", HELLO("%7", "3"));
    says(1, "HELLO 4", "-NOPROTO unsupported protocol version\r\n");
    says(1, "HELLO x", "-ERR Protocol version is not an integer or out of range\r\n");
    is_int(conns[1]->session.protocol, 3, "what is refused changes nothing");
    says(1, "HELLO 2", HELLO("*14", "2"));
    end();
}

static void hello_takes_options(void)
{
    begin();
    says(1, "HELLO 2 setname me AUTH default x", HELLO("*14", "2"));
    is_text(conns[1]->session.name, "me", "it has a name");
    says(1, "HELLO 3 SETNAME you NOPE", "-ERR Syntax error in HELLO option 'NOPE'\r\n");
    says(1, "HELLO 3 AUTH default", "-ERR Syntax error in HELLO option 'AUTH'\r\n");
    says(1, "HELLO 3 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'\r\n");
    says(1, "HELLO 3 SETNAME a_b",
         "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
    says(1, "HELLO 3 SETNAME you AUTH nobody x", WRONG);
    is_text(conns[1]->session.name, "you", "what came before a mistake stays");
    is_int(conns[1]->session.protocol, 2, "but not the protocol");
    says(1, "HELLO 2 SETNAME ''", HELLO("*14", "2"));
    ok(conns[1]->session.name == NULL, "an empty name is none");
    end();
}

static void hello_lets_in(void)
{
    begin();
    settings.requirepass = password;
    session_reset(&conns[1]->session);
    says(1, "HELLO", NO_AUTH_YET);
    says(1, "HELLO 3 SETNAME me", NO_AUTH_YET);
    says(1, "HELLO 3 AUTH default wrong", WRONG);
    says(1, "HELLO 5", "-NOPROTO unsupported protocol version\r\n");
    is_text(conns[1]->session.name, "me", "a stranger may have a name, as with Redis");
    says(1, "HELLO 3 AUTH default secret", HELLO("%7", "3"));
    ok(!session_needs_auth(&conns[1]->session), "the password opens the door");
    says(1, "RESET", "+RESET\r\n");
    ok(session_needs_auth(&conns[1]->session), "RESET closes it again");
    is_int(conns[1]->session.protocol, 2, "and speaks RESP2");
    end();
}

/* --- CLIENT: what one says of oneself --- */

static void clients_have_names(void)
{
    begin();
    says(1, "CLIENT ID", ":1\r\n");
    says(4, "CLIENT ID", ":4\r\n");
    says(1, "CLIENT GETNAME", "$-1\r\n");
    says(1, "CLIENT SETNAME me", OK);
    says(1, "CLIENT SETNAME a_b",
         "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
    says(1, "CLIENT GETNAME", "$2\r\nme\r\n");
    says(1, "CLIENT SETNAME ''", OK);
    conns[1]->session.protocol = 3;
    says(1, "CLIENT GETNAME", "_\r\n");
    end();
}

static void libraries_have_names(void)
{
    begin();
    says(1, "CLIENT SETINFO LIB-NAME talk", OK);
    says(1, "CLIENT SETINFO lib-ver 1.2", OK);
    says(1, "CLIENT SETINFO LIB-NAME a_b",
         "-ERR LIB-NAME cannot contain spaces, newlines or special characters.\r\n");
    says(1, "CLIENT SETINFO nosuch a_b", "-ERR Unrecognized option 'nosuch'\r\n");
    is_text(conns[1]->session.lib_name, "talk", "the library's name");
    is_text(conns[1]->session.lib_ver, "1.2", "and its version");
    end();
}

static void switches(void)
{
    begin();
    says(1, "CLIENT NO-EVICT ON", OK);
    ok(conns[1]->session.no_evict, "NO-EVICT is on");
    says(1, "CLIENT NO-EVICT maybe", "-ERR syntax error\r\n");
    says(1, "CLIENT NO-EVICT off", OK);
    ok(!conns[1]->session.no_evict, "and off");
    says(1, "CLIENT NO-TOUCH on", OK);
    ok(conns[1]->session.no_touch, "NO-TOUCH is on");
    says(1, "CLIENT NO-TOUCH 1", "-ERR syntax error\r\n");
    end();
}

static void replies_are_turned_off(void)
{
    struct session *session;

    begin();
    session = &conns[1]->session;
    says(1, "CLIENT REPLY SKIP", "");
    is_int(session->replies, REPLIES_SKIP_NEXT, "the next answer is left out");
    says(1, "CLIENT REPLY ON", OK);
    is_int(session->replies, REPLIES_ON, "it is not");
    says(1, "CLIENT REPLY OFF", "");
    says(1, "CLIENT REPLY skip", "");
    is_int(session->replies, REPLIES_OFF, "SKIP does not turn them on again");
    says(1, "CLIENT REPLY maybe", "-ERR syntax error\r\n");
    says(1, "RESET", "+RESET\r\n");
    is_int(session->replies, REPLIES_ON, "RESET does");
    end();
}

/* --- CLIENT LIST and INFO --- */

static const char *numbers_of(const struct reply *reply)
{
    static char text[256];
    size_t len = 0;
    size_t i;

    text[0] = '\0';
    for (i = 0; i < reply->len; i++)
        if (strncmp(reply->at + i, "id=", 3) == 0 && reply->at[i - 1] == '\n')
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d", len == 0 ? "" : " ",
                                    atoi(reply->at + i + 3));
    return text;
}

static void lists(const char *line, const char *numbers)
{
    static struct request whole;
    char copy[512];

    snprintf(copy, sizeof(copy), "%s", line);
    ask(&whole, conns[4], copy);
    reply_reserve(&whole.cargo.reply, 1)[0] = '\0';
    is_text(numbers_of(&whole.cargo.reply), numbers, "%s", line);
    reply_fini(&whole.cargo.reply);
}

static void clients_are_listed(void)
{
    begin();
    lists("CLIENT LIST", "1 2 3 4 5");
    lists("CLIENT LIST TYPE normal", "1 2 3 4 5");
    lists("CLIENT LIST ID 5 2 9 2 0 -1", "5 2 2");
    lists("CLIENT INFO", "4");
    says(1, "CLIENT LIST TYPE pubsub", "$0\r\n\r\n");
    says(1, "CLIENT LIST TYPE nosuch", "-ERR Unknown client type 'nosuch'\r\n");
    says(1, "CLIENT LIST TYPE", "-ERR syntax error\r\n");
    says(1, "CLIENT LIST TYPE normal x", "-ERR syntax error\r\n");
    says(1, "CLIENT LIST ID", "-ERR syntax error\r\n");
    says(1, "CLIENT LIST ID 1 x", "-ERR Invalid client ID\r\n");
    conns[1]->session.protocol = 3;
    says(1, "CLIENT LIST ID 99", "=4\r\ntxt:\r\n");
    end();
}

/* --- CLIENT KILL --- */

static const char *alive(void)
{
    static char text[CLIENTS * 2 + 1];
    size_t len = 0;
    int id;

    for (id = 1; id <= CLIENTS; id++)
        if (!transports[id].closed)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%d", id);
    return text;
}

static void kills_by_address(void)
{
    begin();
    says(1, "CLIENT KILL 127.0.0.1:50004", OK);
    is_text(alive(), "1235", "that one is gone");
    says(1, "CLIENT KILL 127.0.0.1:50004", "-ERR No such client\r\n");
    says(1, "CLIENT KILL nonsense", "-ERR No such client\r\n");
    says(1, "CLIENT KILL 127.0.0.1:50001", OK);
    is_text(alive(), "1235", "who kills itself lives until it has its answer");
    ok(conns[1]->session.close_after, "and no longer");
    end();
}

static void kills_by_filters(void)
{
    begin();
    says(1, "CLIENT KILL ID 2 ADDR 127.0.0.1:50003", ":0\r\n");
    says(1, "CLIENT KILL ID 2 addr 127.0.0.1:50002 LADDR 127.0.0.1:6379 USER default TYPE normal",
         ":1\r\n");
    is_text(alive(), "1345", "all filters must hold");
    says(1, "CLIENT KILL TYPE replica", ":0\r\n");
    says(1, "CLIENT KILL TYPE slave TYPE normal ID 3", ":1\r\n");
    says(1, "CLIENT KILL ID 1", ":0\r\n");
    is_text(alive(), "145", "one spares oneself");
    says(1, "CLIENT KILL LADDR 127.0.0.1:6379", ":2\r\n");
    is_text(alive(), "1", "and nobody else");
    ok(!conns[1]->session.close_after, "oneself goes on");
    says(1, "CLIENT KILL ID 1 SKIPME no", ":1\r\n");
    ok(conns[1]->session.close_after, "unless one insists");
    end();
}

static void kills_nobody_by_mistake(void)
{
    begin();
    says(1, "CLIENT KILL ID 0", "-ERR client-id should be greater than 0\r\n");
    says(1, "CLIENT KILL ID x", "-ERR client-id should be greater than 0\r\n");
    says(1, "CLIENT KILL TYPE nosuch", "-ERR Unknown client type 'nosuch'\r\n");
    says(1, "CLIENT KILL USER Default", "-ERR No such user 'Default'\r\n");
    says(1, "CLIENT KILL SKIPME maybe", "-ERR syntax error\r\n");
    says(1, "CLIENT KILL NOSUCH x", "-ERR syntax error\r\n");
    says(1, "CLIENT KILL ID 2 TYPE", "-ERR syntax error\r\n");
    is_text(alive(), "12345", "all are alive");
    end();
}

static void one_who_has_gone_kills_still(void)
{
    struct bytes words[] = {bytes_of("CLIENT"), bytes_of("KILL"), bytes_of("ID"), bytes_of("2")};
    static struct request whole, part;
    const struct command *command;

    begin();
    whole.cargo.args = (struct args){.words = words, .count = 4, .asker = 99};
    part.cargo.args = whole.cargo.args;
    reply_init(&whole.cargo.reply);
    reply_init(&part.cargo.reply);
    command = find(&whole.cargo.args);
    command->on_loop(&loops[1], &part.cargo.args, &part.cargo.reply);
    command->on_gathered(&loops[0], &whole, &part);
    is_bytes(whole.cargo.reply.at, whole.cargo.reply.len, ":1\r\n", 4, "nobody reads the answer");
    is_text(alive(), "1345", "but it was done");
    end();
}

int main(void)
{
    struct command_table *table = command_table_new(all);

    facts.commands = table;
    signs_of_life();
    databases_are_chosen();
    without_a_password();
    with_a_password();
    passwords_are_compared_to_the_end();
    hello_chooses_the_protocol();
    hello_takes_options();
    hello_lets_in();
    clients_have_names();
    libraries_have_names();
    switches();
    replies_are_turned_off();
    clients_are_listed();
    kills_by_address();
    kills_by_filters();
    kills_nobody_by_mistake();
    one_who_has_gone_kills_still();
    command_table_free(table);
    return tap_done();
}
