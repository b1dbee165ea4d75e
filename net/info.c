#include "net/info.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "net/figures.h"
#include "net/identity.h"
#include "net/tallied.h"
#include "net/usage.h"

#define MICROSECONDS 1000000u

/* --- what a loop tells --- */

uint64_t info_loop_memory(const struct loop *loop)
{
    return loop->blocks.bytes + loop->blocks.larges.kept +
           loop->blocks.free_count * (sizeof(struct block) + BLOCK_SIZE) +
           courier_pool(loop->courier)->made * sizeof(struct request) +
           loop->conn_count * sizeof(struct conn);
}

void info_report_loop(const struct loop *loop, struct loop_report *report)
{
    struct rusage usage = {0};

    getrusage(RUSAGE_THREAD, &usage);
    *report = (struct loop_report){
        .index = loop->index,
        .clients = loop->conn_count,
        .io_engine = exchange_name(loop->exchange),
        .waiting = loop->waiting.count,
        .stats = loop->stats,
        .outbox = *courier_stats(loop->courier),
        .requests_made = courier_pool(loop->courier)->made,
        .requests_out = courier_pool(loop->courier)->out,
        .memory = info_loop_memory(loop),
        .buffered = loop->blocks.bytes,
        .ops = loop->rates.ops,
        .input_bytes = loop->rates.input_bytes,
        .output_bytes = loop->rates.output_bytes,
        .cpu_user_us = process_microseconds(&usage.ru_utime),
        .cpu_sys_us = process_microseconds(&usage.ru_stime),
    };
}

/* --- lines --- */

void info_line(struct reply *text, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    reply_format(text, format, list);
    va_end(list);
    reply_raw(text, "\r\n", 2);
}

/* --- sums --- */

static struct net_stats net_sum(const struct info *info)
{
    struct net_stats sum = {0};
    unsigned i;

    for (i = 0; i < info->loop_count; i++)
        net_stats_add(&sum, &info->loops[i].stats);
    return sum;
}

static struct cache_stats cache_sum(const struct info *info)
{
    struct cache_stats sum = {0};
    unsigned i;

    for (i = 0; i < info->shard_count; i++)
        cache_stats_add(&sum, &info->shards[i].cache.stats);
    return sum;
}

struct rates {
    uint64_t ops;
    uint64_t input;
    uint64_t output;
};

static struct rates rates_sum(const struct info *info)
{
    struct rates sum = {0};
    unsigned i;

    for (i = 0; i < info->loop_count; i++) {
        sum.ops += info->loops[i].ops;
        sum.input += info->loops[i].input_bytes;
        sum.output += info->loops[i].output_bytes;
    }
    return sum;
}

static uint64_t clients(const struct info *info)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < info->loop_count; i++)
        sum += info->loops[i].clients;
    return sum;
}

/* --- sections --- */

/* Some tools take the first line with "version:" in it for Redis' own, so that one comes first. */
static void identity(const struct info *info, struct reply *text)
{
    info_line(text, "redis_version:" REDIS_VERSION);
    info_line(text, "croft_version:" CROFT_VERSION);
    info_line(text, "server_name:croft");
    info_line(text, "redis_git_sha1:00000000");
    info_line(text, "redis_git_dirty:0");
    info_line(text, "redis_build_id:croft-" CROFT_VERSION);
    info_line(text, "redis_mode:standalone");
    info_line(text, "os:%s", info->process.system);
    info_line(text, "arch_bits:%zu", sizeof(void *) * 8);
    info_line(text, "monotonic_clock:POSIX clock_gettime");
    info_line(text, "multiplexing_api:epoll");
    info_line(text, "atomicvar_api:c11-builtin");
    info_line(text, "gcc_version:" __VERSION__);
}

static void print_server(const struct info *info, struct reply *text)
{
    const struct settings *settings = info->settings;
    const int64_t up = (info->now_us / 1000 - info->facts->start_wall_ms) / 1000;
    const uint64_t uptime = up < 0 ? 0 : (uint64_t)up; /* the clock was set back */

    identity(info, text);
    info_line(text, "process_id:%" PRId64, info->process.pid);
    info_line(text, "process_supervised:%s", info->facts->supervisor);
    info_line(text, "run_id:%s", info->facts->run_id);
    info_line(text, "tcp_port:%d", info->facts->port);
    info_line(text, "server_time_usec:%" PRId64, info->now_us);
    figures_number(text, "uptime_in_seconds", uptime);
    figures_number(text, "uptime_in_days", uptime / (24 * 60 * 60));
    info_line(text, "hz:%" PRId64, settings->hz);
    info_line(text, "configured_hz:%" PRId64, settings->hz);
    figures_number(text, "lru_clock", (uint64_t)(info->now_us / MICROSECONDS) & 0xffffff);
    info_line(text, "executable:%s", info->facts->executable);
    info_line(text, "config_file:%s", settings->config_file == NULL ? "" : settings->config_file);
    figures_number(text, "io_threads_active", info->loop_count > 1);
    info_line(text, "io_engine:%s", info->loops[0].io_engine);
    info_line(text, "key_hash:%s", info->key_hash);
    info_line(text, "http_port:%d", info->facts->http_port);
}

static uint64_t waiting_clients(const struct info *info)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < info->loop_count; i++)
        sum += info->loops[i].waiting;
    return sum;
}

static void print_clients(const struct info *info, struct reply *text)
{
    static const char *const none[] = {"client_recent_max_input_buffer",
                                       "client_recent_max_output_buffer",
                                       "tracking_clients",
                                       "pubsub_clients",
                                       "watching_clients",
                                       "clients_in_timeout_table",
                                       NULL};

    figures_number(text, "connected_clients", clients(info));
    figures_number(text, "cluster_connections", 0);
    info_line(text, "maxclients:%" PRId64, info->settings->maxclients);
    figures_number(text, "blocked_clients", waiting_clients(info));
    figures_zeros(text, none);
}

/* Nothing is kept on disk: what there is to say is that nothing is under way and nothing failed. */
static void print_persistence(const struct info *info, struct reply *text)
{
    static const char *const never[] = {"current_cow_peak",
                                        "current_cow_size",
                                        "current_cow_size_age",
                                        "current_save_keys_processed",
                                        "current_save_keys_total",
                                        "rdb_last_cow_size",
                                        "rdb_last_load_keys_expired",
                                        "rdb_last_load_keys_loaded",
                                        "aof_rewrites",
                                        "aof_rewrites_consecutive_failures",
                                        "aof_last_cow_size",
                                        "module_fork_in_progress",
                                        "module_fork_last_cow_size",
                                        NULL};

    figures_number(text, "loading", 0);
    figures_number(text, "async_loading", 0);
    figures_number(text, "rdb_changes_since_last_save", cache_sum(info).changes);
    figures_number(text, "rdb_bgsave_in_progress", 0);
    figures_number(text, "rdb_last_save_time", (uint64_t)info->facts->start_wall_ms / 1000);
    info_line(text, "rdb_last_bgsave_status:ok");
    info_line(text, "rdb_last_bgsave_time_sec:-1");
    info_line(text, "rdb_current_bgsave_time_sec:-1");
    figures_number(text, "rdb_saves", 0);
    figures_number(text, "aof_enabled", 0);
    figures_number(text, "aof_rewrite_in_progress", 0);
    figures_number(text, "aof_rewrite_scheduled", 0);
    info_line(text, "aof_last_rewrite_time_sec:-1");
    info_line(text, "aof_current_rewrite_time_sec:-1");
    info_line(text, "aof_last_bgrewrite_status:ok");
    info_line(text, "aof_last_write_status:ok");
    info_line(text, "current_fork_perc:0.00");
    figures_zeros(text, never);
}

/* As long as nothing counts them, they have not happened. */
static const char *const unknown_here[] = {
    "total_net_repl_input_bytes",
    "total_net_repl_output_bytes",
    "expired_time_cap_reached_count",
    "expire_cycle_cpu_milliseconds",
    "total_eviction_exceeded_time",
    "current_eviction_exceeded_time",
    "migrate_cached_sockets",
    "slave_expires_tracked_keys",
    "active_defrag_hits",
    "active_defrag_misses",
    "active_defrag_key_hits",
    "active_defrag_key_misses",
    "total_active_defrag_time",
    "current_active_defrag_time",
    "dump_payload_sanitizations",
    "io_threaded_reads_processed",
    "io_threaded_writes_processed",
    "reply_buffer_shrinks",
    "reply_buffer_expands",
    "sync_full",
    "sync_partial_ok",
    "sync_partial_err",
    "pubsub_channels",
    "pubsub_patterns",
    "latest_fork_usec",
    "pubsubshard_channels",
    "total_forks",
    "tracking_total_keys",
    "tracking_total_items",
    "tracking_total_prefixes",
    "unexpected_error_replies",
    NULL,
};

/* All counters by their rows; the rates stand where Redis has them, behind the first two. */
static void print_stats(const struct info *info, struct reply *text)
{
    const struct net_stats net = net_sum(info);
    const struct cache_stats cache = cache_sum(info);
    const struct rates rates = rates_sum(info);

    figures_number(text, "total_connections_received", net.total_connections_received);
    figures_number(text, "total_commands_processed", net.total_commands_processed);
    figures_number(text, "instantaneous_ops_per_sec", rates.ops);
#define STAT(name, help)                                                                          \
    if (offsetof(struct net_stats, name) !=                                                       \
            offsetof(struct net_stats, total_connections_received) &&                             \
        offsetof(struct net_stats, name) != offsetof(struct net_stats, total_commands_processed)) \
        figures_number(text, #name, net.name);
#include "net/stats.def"
#undef STAT
    info_line(text, "instantaneous_input_kbps:%.2f", (double)rates.input / 1024);
    info_line(text, "instantaneous_output_kbps:%.2f", (double)rates.output / 1024);
#define STAT(name, help) figures_number(text, #name, cache.name);
#include "cache/stats.def"
#undef STAT
    info_line(text, "instantaneous_input_repl_kbps:0.00");
    info_line(text, "instantaneous_output_repl_kbps:0.00");
    info_line(text, "expired_stale_perc:0.00");
    figures_zeros(text, unknown_here);
}

/* There are no replicas; the history that replicas would follow is this run. */
static void print_replication(const struct info *info, struct reply *text)
{
    info_line(text, "role:master");
    figures_number(text, "connected_slaves", 0);
    info_line(text, "master_failover_state:no-failover");
    info_line(text, "master_replid:%s", info->facts->run_id);
    info_line(text, "master_replid2:%040d", 0);
    figures_number(text, "master_repl_offset", 0);
    info_line(text, "second_repl_offset:-1");
    figures_number(text, "repl_backlog_active", 0);
    figures_number(text, "repl_backlog_size", 1048576);
    figures_number(text, "repl_backlog_first_byte_offset", 0);
    figures_number(text, "repl_backlog_histlen", 0);
}

/* The first loop is what comes nearest to Redis' main thread. */
static void print_cpu(const struct info *info, struct reply *text)
{
    figures_seconds(text, "used_cpu_sys", info->process.cpu_sys_us);
    figures_seconds(text, "used_cpu_user", info->process.cpu_user_us);
    figures_seconds(text, "used_cpu_sys_children", info->process.children_sys_us);
    figures_seconds(text, "used_cpu_user_children", info->process.children_user_us);
    figures_seconds(text, "used_cpu_sys_main_thread", info->loops[0].cpu_sys_us);
    figures_seconds(text, "used_cpu_user_main_thread", info->loops[0].cpu_user_us);
}

static void print_nothing(const struct info *info, struct reply *text)
{
    (void)info;
    (void)text;
}

static void print_cluster(const struct info *info, struct reply *text)
{
    (void)info;
    figures_number(text, "cluster_enabled", 0);
}

static uint64_t keys_of(const struct shard_report *shard)
{
    uint64_t keys = 0;
    unsigned i;

    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        keys += shard->cache.databases[i].keys;
    return keys;
}

static void print_shards(const struct info *info, struct reply *text)
{
    unsigned i;

    figures_number(text, "shards", info->shard_count);
    info_line(text, "shard_placement:%s", info->hosted ? "loops" : "threads");
    figures_number(text, "io_threads", info->loop_count);
    for (i = 0; i < info->shard_count; i++) {
        const struct shard_report *shard = &info->shards[i];

        info_line(text,
                  "shard%" PRIu32 ":thread=%" PRIu32 ",keys=%" PRIu64 ",requests=%" PRIu64
                  ",queue=%" PRIu64 ",queue_peak=%" PRIu64 ",memory=%" PRIu64 ",turns=%" PRIu64
                  ",longest_turn_usec=%" PRIu64 ",longest_turn_cpu_usec=%" PRIu64,
                  shard->index, shard->thread, keys_of(shard), shard->cache.stats.requests,
                  shard->queue, shard->queue_peak, shard->cache.memory_used, shard->turns,
                  shard->longest_us, shard->longest_cpu_us);
    }
    for (i = 0; i < info->loop_count; i++) {
        const struct loop_report *loop = &info->loops[i];

        info_line(text,
                  "loop%" PRIu32 ":clients=%" PRIu32 ",commands=%" PRIu64 ",turns=%" PRIu64
                  ",sent=%" PRIu64 ",lined=%" PRIu64 ",wakeups=%" PRIu64 ",borrows=%" PRIu64
                  ",requests_made=%" PRIu64,
                  loop->index, loop->clients, loop->stats.total_commands_processed,
                  loop->stats.turns, loop->outbox.sent, loop->outbox.lined, loop->outbox.wakeups,
                  loop->outbox.borrows, loop->requests_made);
    }
}

static void print_keyspace(const struct info *info, struct reply *text)
{
    unsigned database, i;

    for (database = 0; database < CACHE_DATABASES_MAX; database++) {
        uint64_t keys = 0, expiring = 0;

        for (i = 0; i < info->shard_count; i++) {
            keys += info->shards[i].cache.databases[database].keys;
            expiring += info->shards[i].cache.databases[database].expiring;
        }
        if (keys > 0)
            info_line(text, "db%u:keys=%" PRIu64 ",expires=%" PRIu64 ",avg_ttl=0", database, keys,
                      expiring);
    }
}

/* --- which of them --- */

struct section {
    const char *name;
    const char *title;
    bool in_default;
    void (*print)(const struct info *info, struct reply *text);
};

static const struct section sections[] = {
    {"server", "Server", true, print_server},
    {"clients", "Clients", true, print_clients},
    {"memory", "Memory", true, usage_print},
    {"persistence", "Persistence", true, print_persistence},
    {"stats", "Stats", true, print_stats},
    {"replication", "Replication", true, print_replication},
    {"cpu", "CPU", true, print_cpu},
    {"modules", "Modules", true, print_nothing},
    {"commandstats", "Commandstats", false, tallied_commands},
    {"errorstats", "Errorstats", true, tallied_errors},
    {"latencystats", "Latencystats", false, tallied_latencies},
    {"cluster", "Cluster", true, print_cluster},
    {"shards", "Shards", true, print_shards},
    {"keyspace", "Keyspace", true, print_keyspace},
};

static bool names(struct bytes word, const struct section *section)
{
    return bytes_say(word, section->name) || bytes_say(word, "all") ||
           bytes_say(word, "everything") || (section->in_default && bytes_say(word, "default"));
}

static bool is_wanted(const struct section *section, const struct args *args)
{
    uint32_t i;

    if (args->count < 2)
        return section->in_default;
    for (i = 1; i < args->count; i++)
        if (names(args_word(args, i), section))
            return true;
    return false;
}

bool info_wants_durations(const struct args *args)
{
    size_t i;

    for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (sections[i].print == tallied_latencies)
            return is_wanted(&sections[i], args);
    return false;
}

void info_print(const struct info *info, const struct args *args, struct reply *text)
{
    const size_t start = text->len;
    size_t i;

    for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (!is_wanted(&sections[i], args))
            continue;
        if (text->len > start)
            reply_raw(text, "\r\n", 2);
        info_line(text, "# %s", sections[i].title);
        sections[i].print(info, text);
    }
}

/* --- one shard --- */

void info_print_shard(const struct shard_report *report, struct reply *text)
{
    const struct cache_report *cache = &report->cache;
    unsigned i;

    figures_number(text, "shard", report->index);
    figures_number(text, "thread", report->thread);
    figures_number(text, "turns", report->turns);
    figures_number(text, "longest_turn_usec", report->longest_us);
    figures_number(text, "longest_turn_cpu_usec", report->longest_cpu_us);
    figures_number(text, "queue", report->queue);
    figures_number(text, "queue_peak", report->queue_peak);
    figures_number(text, "memory_used", cache->memory_used);
    figures_number(text, "memory_peak", cache->memory_peak);
    figures_number(text, "memory_held", cache->memory_held);
    figures_number(text, "memory_overhead", cache->memory_overhead);
#define STAT(name, help) figures_number(text, #name, cache->stats.name);
#include "cache/stats.def"
#undef STAT
    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        if (cache->databases[i].keys > 0)
            info_line(text, "db%u:keys=%" PRIu64 ",expires=%" PRIu64, i, cache->databases[i].keys,
                      cache->databases[i].expiring);
}
