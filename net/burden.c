#include "net/burden.h"

#include <stdlib.h>
#include <string.h>

#include "net/describe.h"
#include "net/loop.h"

#define LEAST ((uint64_t)128 << 10) /* with less nobody could say so any more */
#define LARGEST 32                  /* so many may be closed at once */
#define CLIENTS_PER_MS 1024         /* that may be looked at */
#define CALM_MS 10                  /* before all are asked again when there was room */

/* What a loop says of its clients: how much all take, and the largest of them, which come first. */
struct load {
    uint64_t bytes;
    unsigned count;
    struct client {
        uint64_t id;
        uint64_t bytes;
    } largest[LARGEST];
};

/* --- the limit --- */

static uint64_t limit_of(const struct settings *settings)
{
    const int64_t set = settings->maxmemory_clients;
    uint64_t limit = (uint64_t)set;

    if (set < 0)
        limit = (uint64_t)settings->maxmemory / 100 * (uint64_t)-set;
    if (limit == 0)
        return 0;
    return limit < LEAST ? LEAST : limit;
}

void burden_adopt(struct loop *loop, const struct settings *settings)
{
    loop->burden.limit = limit_of(settings);
    loop->burden.share = loop->burden.limit / shards_loops(loop->facts->shards);
    loop->burden.next_look = 0;
}

/* --- what there is --- */

static void insert(struct load *load, struct client client)
{
    unsigned at = load->count;

    if (at == LARGEST && load->largest[--at].bytes >= client.bytes)
        return;
    for (; at > 0 && load->largest[at - 1].bytes < client.bytes; at--)
        load->largest[at] = load->largest[at - 1];
    load->largest[at] = client;
    load->count += load->count < LARGEST;
}

static void weigh(struct loop *loop, struct args *args, struct reply *reply)
{
    struct load load = {0};
    const struct conn *conn;

    (void)args;
    for (conn = loop->conns; conn != NULL; conn = conn->next) {
        const struct client client = {conn->session.id, conn_memory(conn)};

        load.bytes += client.bytes;
        if (!conn->session.no_evict)
            insert(&load, client);
    }
    reply_raw(reply, &load, sizeof(load));
}

/* --- closing --- */

static void close_one(struct conn *conn)
{
    struct reply text;

    reply_init(&text);
    describe_conn(conn, &text);
    if (text.len > 0)
        log_write(conn->loop->log, LOG_NOTICE, "Evicting client: %.*s", (int)text.len - 1, text.at);
    reply_fini(&text);
    conn->loop->stats.evicted_clients++;
    conn_kill(conn);
}

static bool is_listed(const struct load *list, uint64_t id)
{
    unsigned i;

    for (i = 0; i < list->count; i++)
        if (list->largest[i].id == id)
            return true;
    return false;
}

static void close_listed(struct loop *loop, struct args *args, struct reply *reply)
{
    const struct load *list = args->hidden;
    struct conn *conn, *next;

    (void)reply;
    for (conn = loop->conns; conn != NULL; conn = next) {
        next = conn->next;
        if (is_listed(list, conn->session.id))
            close_one(conn);
    }
}

static void on_closed(struct loop *loop, struct request *whole, struct request *parts)
{
    (void)parts;
    loop->burden.asking = false;
    free(whole->cargo.args.hidden);
}

static const struct command close_command = {
    .name = "burden|close",
    .flags = INTERNAL,
    .route = ALL_LOOPS,
    .gather = GATHERED,
    .on_loop = close_listed,
    .on_gathered = on_closed,
};

/* --- asking --- */

static void add_up(struct load *sum, const struct request *part)
{
    for (; part != NULL; part = part->net.next) {
        struct load load;
        unsigned i;

        if (reply_is_broken(&part->cargo.reply))
            continue;
        memcpy(&load, part->cargo.reply.at, sizeof(load));
        sum->bytes += load.bytes;
        for (i = 0; i < load.count; i++)
            insert(sum, load.largest[i]);
    }
}

/* Those without whom the others are below the limit. */
static void choose(struct load *load, uint64_t limit)
{
    const unsigned count = load->count;

    for (load->count = 0; load->count < count && load->bytes >= limit; load->count++)
        load->bytes -= load->largest[load->count].bytes;
}

static void on_weighed(struct loop *loop, struct request *whole, struct request *parts)
{
    struct load *load = calloc(1, sizeof(*load));

    (void)whole;
    loop->burden.asking = load != NULL; /* else it is found out again */
    if (load == NULL)
        return;
    add_up(load, parts);
    if (loop->burden.limit != 0)
        choose(load, loop->burden.limit);
    else
        load->count = 0;
    if (load->count > 0 && courier_tell(loop->courier, &close_command, load))
        return;
    if (load->bytes < loop->burden.limit / 8 * 7)
        loop->burden.next_look += CALM_MS;
    free(load);
    loop->burden.asking = false;
}

static const struct command weigh_command = {
    .name = "burden|weigh",
    .flags = INTERNAL,
    .route = ALL_LOOPS,
    .gather = GATHERED,
    .on_loop = weigh,
    .on_gathered = on_weighed,
};

/* No less than all clients of the loop take, but for answers that wait for an earlier one. */
static uint64_t buffers_of(const struct loop *loop)
{
    return loop->blocks.bytes + loop->blocks.lent + loop->conn_count * sizeof(struct conn) +
           courier_pool(loop->courier)->out * sizeof(struct request);
}

void burden_check(struct loop *loop)
{
    struct burden *burden = &loop->burden;

    burden->alarm_ms = 0;
    if (burden->limit == 0 || buffers_of(loop) < burden->share || burden->asking ||
        loop_is_draining(loop))
        return;
    if (loop->now_ms < burden->next_look) {
        burden->alarm_ms = burden->next_look;
        return;
    }
    burden->next_look = loop->now_ms + 1 + loop->conn_count / CLIENTS_PER_MS;
    burden->asking = true; /* the answer may be there before courier_tell is back */
    if (!courier_tell(loop->courier, &weigh_command, NULL))
        burden->asking = false;
}
