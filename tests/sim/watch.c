#include "tests/sim/watch.h"

#include "tests/sim/world.h"

#define WALK_ONE_IN 500 /* turns */

/* --- loops --- */

static void watch_conn(struct world *world, const struct loop *loop, const struct conn *conn)
{
    const struct settings_limit *limit =
        &loop->settings->client_output_buffer_limit.of[LIMIT_NORMAL];
    unsigned length = 0;
    const struct request *request;

    for (request = conn->order.first; request != NULL; request = request->net.next)
        length++;
    if (length != conn->order.length || length > CONN_IN_FLIGHT + 1)
        world_fail(world, "id=%llu: %u commands are under way, and %u are counted",
                   (unsigned long long)conn->session.id, length, conn->order.length);
    if (limit->hard > 0 && conn->output_bytes > (size_t)limit->hard)
        world_fail(world, "id=%llu: %zu bytes of answers are not read",
                   (unsigned long long)conn->session.id, conn->output_bytes);
    if (conn_query_bytes(conn) > (size_t)loop->settings->client_query_buffer_limit)
        world_fail(world, "id=%llu: %zu bytes of questions are kept",
                   (unsigned long long)conn->session.id, conn_query_bytes(conn));
    if (conn->stalled && conn->blocker == NULL && conn->parked == NULL)
        world_fail(world, "id=%llu waits for nothing", (unsigned long long)conn->session.id);
}

static void watch_loop(struct world *world, const struct loop *loop)
{
    const struct pool *pool = courier_pool(loop->courier);
    const struct conn *conn;
    unsigned count = 0;

    for (conn = loop->conns; conn != NULL; conn = conn->next, count++)
        watch_conn(world, loop, conn);
    if (count != loop->conn_count)
        world_fail(world, "loop %u: %u connections, and %u are counted", loop->index, count,
                   loop->conn_count);
    if (pool->out > pool->made)
        world_fail(world, "loop %u: %zu requests are out of %zu", loop->index, pool->out,
                   pool->made);
}

/* --- shards --- */

static void walk(struct world *world, struct host *host, unsigned shard)
{
    struct shard_report report;
    uint64_t unfiled, walked;

    host_report(host, shard, &report);
    walked = host_walk(host, shard, &unfiled);
    world->tally.walks++;
    if (walked != report.cache.memory_used)
        world_fail(world, "shard %u says that it uses %llu bytes, and uses %llu", shard,
                   (unsigned long long)report.cache.memory_used, (unsigned long long)walked);
    if (unfiled > 0)
        world_fail(world, "shard %u: %llu keys will not be found when they have expired", shard,
                   (unsigned long long)unfiled);
}

static void walk_thread(struct world *world, unsigned thread)
{
    struct shards *shards = world->facts.shards;
    unsigned i;

    for (i = 0; i < world->shard_count; i++)
        if (shards_thread_of(shards, i) == thread)
            walk(world, shards_host(shards, thread), i);
}

void watch_turn(struct world *world, unsigned thread)
{
    if (thread < world->loop_count)
        watch_loop(world, world->loops[thread]);
    if (world_chance(world, WALK_ONE_IN))
        walk_thread(world, thread);
}

void watch_end(struct world *world)
{
    unsigned i;

    for (i = 0; i < world->thread_count; i++)
        walk_thread(world, i);
}
