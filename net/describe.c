#include "net/describe.h"

#include "cache/number.h"
#include "net/loop.h"

/* `label` is the field's name with the blank before it and the '=' behind it. */
static void put(struct reply *into, const char *label, const char *value)
{
    reply_raw(into, label, strlen(label));
    reply_raw(into, value, strlen(value));
}

static void put_number(struct reply *into, const char *label, int64_t value)
{
    char digits[NUMBER_DIGITS];

    reply_raw(into, label, strlen(label));
    reply_raw(into, digits, number_print(digits, value));
}

static void put_size(struct reply *into, const char *label, size_t value)
{
    put_number(into, label, (int64_t)value);
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static void put_addresses(const struct conn *conn, struct reply *into)
{
    char peer[DESCRIBE_ADDRESS] = "";
    char local[DESCRIBE_ADDRESS] = "";

    conn->transport->ops->names(conn->transport, peer, local, sizeof(peer));
    put(into, " addr=", peer);
    put(into, " laddr=", local);
    put_number(into, " fd=", conn->transport->ops->fd(conn->transport));
}

static void put_times(const struct conn *conn, struct reply *into)
{
    const int64_t now = conn->loop->now_ms;

    put_number(into, " age=", (now - conn->session.created_ms) / 1000);
    put_number(into, " idle=", (now - conn->session.active_ms) / 1000);
}

void describe_flags(const struct conn *conn, char *flags)
{
    const struct session *session = &conn->session;
    size_t count = 0;

    if (session->monitor)
        flags[count++] = 'O';
    if (conn->stalled && (conn->blocker == NULL || waiting_holds(conn->loop, conn->blocker)))
        flags[count++] = 'b';
    if (session->close_after)
        flags[count++] = 'c';
    if (session->unix_socket)
        flags[count++] = 'U';
    if (session->no_evict)
        flags[count++] = 'e';
    if (session->no_touch)
        flags[count++] = 'T';
    if (count == 0)
        flags[count++] = 'N';
    flags[count] = '\0';
}

static void put_flags(const struct conn *conn, struct reply *into)
{
    char flags[DESCRIBE_FLAGS];

    describe_flags(conn, flags);
    put(into, " flags=", flags);
}

static void put_input(const struct conn *conn, struct reply *into)
{
    const struct block *input = conn->input;

    put_size(into, " qbuf=", conn_query_bytes(conn));
    put_size(into, " qbuf-free=", input == NULL ? 0 : input->capacity - input->len);
    put(into, " argv-mem=", "0");
    put(into, " multi-mem=", "0");
}

static size_t count_blocks(const struct block *block)
{
    size_t count = 0;

    for (; block != NULL; block = block->next)
        count++;
    return count;
}

static void put_output(const struct conn *conn, struct reply *into)
{
    put(into, " rbs=", "0");
    put(into, " rbp=", "0");
    put(into, " obl=", "0");
    put_size(into, " oll=", count_blocks(conn->output));
    put_size(into, " omem=", conn->output_bytes);
    put_size(into, " tot-mem=", conn_memory(conn));
    put(into, " events=", conn->writing ? "rw" : "r");
}

/* An unknown command is NULL, as Redis prints it. */
static void put_command(const struct session *session, struct reply *into)
{
    put(into, " cmd=", session->last_command == NULL ? "NULL" : session->last_command->name);
    put(into, " user=", "default");
}

void describe_conn(const struct conn *conn, struct reply *into)
{
    const struct session *session = &conn->session;

    put_size(into, "id=", session->id);
    put_addresses(conn, into);
    put(into, " name=", or_empty(session->name));
    put_times(conn, into);
    put_flags(conn, into);
    put_number(into, " db=", session->database);
    put(into, "", " sub=0 psub=0 ssub=0 multi=-1");
    put_input(conn, into);
    put_output(conn, into);
    put_command(session, into);
    put(into, " redir=", "-1");
    put_number(into, " resp=", session->protocol);
    put(into, " lib-name=", or_empty(session->lib_name));
    put(into, " lib-ver=", or_empty(session->lib_ver));
    put(into, "\n", "");
}
