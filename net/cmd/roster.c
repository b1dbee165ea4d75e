/* CLIENT LIST and CLIENT KILL: all loops look at their clients. */
#include <stdlib.h>

#include "cache/number.h"
#include "net/describe.h"
#include "net/families.h"
#include "net/loop.h"
#include "net/whom.h"

/* --- CLIENT LIST --- */

static bool read_list(const struct args *args, struct whom *whom, struct reply *reply)
{
    *whom = (struct whom){.spares_asker = false};
    return whom_read(whom, args, 2, WHOM_LISTED, reply);
}

static bool check_list(struct args *args, struct reply *reply)
{
    struct whom whom;

    return !read_list(args, &whom, reply);
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
    if (!reply_is_broken(reply))
        memcpy(reply->at + start, &line, sizeof(line));
}

/* Those whose numbers were given, without a look at all others. */
static void list_named(struct loop *loop, const struct args *args, struct whom_words ids,
                       struct reply *reply)
{
    uint32_t i;

    for (i = ids.first; i < ids.first + ids.count; i++) {
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
    struct whom_words ids;
    struct whom whom;

    if (!read_list(args, &whom, reply))
        return;
    ids = whom_ids(&whom);
    if (ids.count > 0) {
        list_named(loop, args, ids, reply);
        return;
    }
    for (conn = loop->conns; conn != NULL; conn = conn->next)
        if (whom_means(&whom, args, conn))
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

/* `at` is NULL: no memory. */
static struct lines sort_lines(const struct request *parts)
{
    struct lines lines = {.at = calloc(count_lines(parts) + 1, sizeof(struct found))};

    if (lines.at == NULL)
        return lines;
    for (; parts != NULL; parts = parts->net.next)
        take_lines(&lines, &parts->cargo.reply);
    qsort(lines.at, lines.count, sizeof(struct found), compare_ids);
    return lines;
}

static void write_named(const struct lines *lines, const struct args *args, struct whom_words ids,
                        struct reply *into)
{
    uint32_t i;

    for (i = ids.first; i < ids.first + ids.count; i++) {
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
    struct whom whom;
    struct reply text;

    (void)loop;
    if (lines.at == NULL) {
        reply_error(&whole->cargo.reply, ERROR_NO_ANSWER);
        return;
    }
    if (!read_list(args, &whom, &whole->cargo.reply))
        assert(!"check_list has read it");
    reply_init(&text);
    if (whom_ids(&whom).count > 0)
        write_named(&lines, args, whom_ids(&whom), &text);
    else
        write_all(&lines, &text);
    reply_verbatim(&whole->cargo.reply, bytes_new(text.at, text.len));
    reply_inherit(&whole->cargo.reply, &text);
    reply_fini(&text);
    free(lines.at);
}

/* --- CLIENT KILL --- */

static bool is_old_form(const struct args *args)
{
    return args->count == 3;
}

static bool read_kill(const struct args *args, struct whom *whom, struct reply *reply)
{
    *whom = (struct whom){.spares_asker = true};
    return is_old_form(args) || whom_read(whom, args, 2, WHOM_KILLED, reply);
}

static bool check_kill(struct args *args, struct reply *reply)
{
    struct whom whom;

    return !read_kill(args, &whom, reply);
}

/* The old form is an address and nothing else. */
static bool is_at(const struct conn *conn, struct bytes address)
{
    char peer[DESCRIBE_ADDRESS] = "";
    char local[DESCRIBE_ADDRESS] = "";

    conn->transport->ops->names(conn->transport, peer, local, sizeof(peer));
    return bytes_equal(address, bytes_of(peer));
}

static bool is_meant(const struct conn *conn, const struct whom *whom, const struct args *args)
{
    return is_old_form(args) ? is_at(conn, args_word(args, 2)) : whom_means(whom, args, conn);
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
    struct whom whom;

    if (!read_kill(args, &whom, reply))
        return;
    for (conn = loop->conns; conn != NULL; conn = next) {
        next = conn->next;
        if (is_meant(conn, &whom, args))
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

/* clang-format off */
#define PLAIN (NOSCRIPT | LOADING | STALE)
#define CLIENT(complexity, summary, syntax) DOC("connection", "2.4.0", complexity, summary, syntax)
#define FILTERS \
    "[ID id=(client-id...)] [TYPE type=(NORMAL|MASTER|REPLICA|PUBSUB)] [USER username] " \
    "[ADDR ip:port] [LADDR ip:port] [SKIPME skipme=(YES|NO)] [MAXAGE maxage] [FLAGS flags] [NAME client-name] " \
    "[IDLE idle] [LIB-NAME lib-name] [LIB-VER lib-version] [DB db-id] [CAPA capa] [IP ip]"
#define OF_ALL "O(N) for N connections"

static const struct command rows[] = {
    /* name              arity  flags            keys     route      gather    */
    { "client|list",       -2,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, GATHERED,
      .check = check_list, .on_loop = list_here, .on_gathered = gather_list,
      .tips = "nondeterministic_output",
      CLIENT(OF_ALL, "Describes all connections, a line for each",
             FILTERS) },
    { "client|kill",       -3,  ADMIN | PLAIN,   NO_KEYS, ALL_LOOPS, GATHERED,
      .check = check_kill, .on_loop = kill_here, .on_gathered = gather_kill,
      CLIENT(OF_ALL, "Ends connections",
             "filter=(ip:port!2.8.12|new-format=(" FILTERS "))") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family roster_family = {rows};
