/* The line that describes a connection: its fields, their order, and what changes them. */
#include "net/describe.h"

#include "tests/net/stage.h"
#include "tests/tap/tap.h"

static char no_password[] = "";
static struct settings settings = {.requirepass = no_password};
static const struct command get = {.name = "get"};
static const struct command client_list = {.name = "client|list"};
static struct loop loop;
static struct stage_transport transport;
static struct conn *conn;

static void begin(void)
{
    stage_begin(&loop, NULL, &settings);
    conn = stage_conn(&loop, &transport, 7);
}

/* The line; how much memory it takes is conn's to say. */
static void reads(const char *before, const char *after, const char *name)
{
    char expected[1024];
    struct reply text;

    snprintf(expected, sizeof(expected), "%s tot-mem=%zu %s\n", before, conn_memory(conn), after);
    reply_init(&text);
    describe_conn(conn, &text);
    is_bytes(text.at, text.len, expected, strlen(expected), "%s", name);
    reply_fini(&text);
}

#define HEAD "id=7 addr=127.0.0.1:50007 laddr=127.0.0.1:6379 fd=17 "
#define NOBODY "sub=0 psub=0 ssub=0 multi=-1 "
#define NO_INPUT "qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 "
#define NO_OUTPUT "rbs=0 rbp=0 obl=0 oll=0 omem=0"

static void a_fresh_connection(void)
{
    begin();
    reads(HEAD "name= age=0 idle=0 flags=N db=0 " NOBODY NO_INPUT NO_OUTPUT,
          "events=r cmd=NULL user=default redir=-1 resp=2 lib-name= lib-ver=",
          "a connection that has said nothing");
    stage_end(&loop);
}

static void introduce(struct session *session)
{
    session_set_text(&session->name, bytes_of("me"));
    session_set_text(&session->lib_name, bytes_of("talk(two)"));
    session_set_text(&session->lib_ver, bytes_of("1.2.3"));
    session->database = 5;
    session->protocol = 3;
    session->last_command = &client_list;
}

static void one_that_has_said_a_lot(void)
{
    begin();
    introduce(&conn->session);
    loop.now_ms += 12999;
    conn->session.active_ms = loop.now_ms - 2000;
    reads(HEAD "name=me age=12 idle=2 flags=N db=5 " NOBODY NO_INPUT NO_OUTPUT,
          "events=r cmd=client|list user=default redir=-1 resp=3 lib-name=talk(two) lib-ver=1.2.3",
          "names, database, protocol, last command, whole seconds");
    stage_end(&loop);
}

static void flags_are_letters(void)
{
    begin();
    conn->session.last_command = &get;
    conn->session.close_after = true;
    conn->session.unix_socket = true;
    conn->session.no_evict = true;
    conn->session.no_touch = true;
    reads(HEAD "name= age=0 idle=0 flags=cUeT db=0 " NOBODY NO_INPUT NO_OUTPUT,
          "events=r cmd=get user=default redir=-1 resp=2 lib-name= lib-ver=", "all flags");
    stage_end(&loop);
}

static void buffers_are_measured(void)
{
    char expected[1024];

    begin();
    conn->input = block_take(&loop.blocks, 0);
    conn->input->len = 100;
    conn->parsed = 40;
    conn->output = block_take(&loop.blocks, 0);
    conn->output->next = NULL;
    conn->output_tail = conn->output;
    conn->output_bytes = 30;
    conn->writing = true;
    snprintf(expected, sizeof(expected),
             HEAD "name= age=0 idle=0 flags=N db=0 " NOBODY
                  "qbuf=60 qbuf-free=%zu argv-mem=0 multi-mem=0 "
                  "rbs=0 rbp=0 obl=0 oll=1 omem=30",
             conn->input->capacity - 100);
    reads(expected, "events=rw cmd=NULL user=default redir=-1 resp=2 lib-name= lib-ver=",
          "what is buffered, and that it waits to be sent");
    stage_end(&loop);
}

static void long_names_are_whole(void)
{
    static char name[3000];
    struct reply text;

    begin();
    memset(name, 'n', sizeof(name));
    session_set_text(&conn->session.name, bytes_new(name, sizeof(name)));
    reply_init(&text);
    describe_conn(conn, &text);
    ok(text.len > sizeof(name) && memmem(text.at, text.len, name, sizeof(name)) != NULL,
       "a long name is not cut");
    ok(text.at[text.len - 1] == '\n', "and the line still ends");
    reply_fini(&text);
    stage_end(&loop);
}

int main(void)
{
    a_fresh_connection();
    one_that_has_said_a_lot();
    flags_are_letters();
    buffers_are_measured();
    long_names_are_whole();
    return tap_done();
}
