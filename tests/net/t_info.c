/* Reports made by hand go in, the text of INFO comes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/settings.h"
#include "net/families.h"
#include "net/info.h"
#include "tests/tap/tap.h"

static struct server_facts facts = {
    .supervisor = "systemd",
    .start_wall_ms = 1700000000000,
    .run_id = "0123456789abcdef0123456789abcdef01234567",
    .executable = "/usr/bin/croft",
    .port = 7777,
    .startup_memory = 700,
};
static struct info *info;
static struct reply text;

static void make_info(struct settings *settings)
{
    info = calloc(1, sizeof(*info));
    if (facts.commands == NULL)
        facts.commands = command_table_new(families);
    info->facts = &facts;
    info->settings = settings;
    info->key_hash = "aes";
    info->now_us = (facts.start_wall_ms + 90061500) * 1000;
    info->shard_count = 2;
    info->loop_count = 2;
    info->process = (struct process_report){.pid = 4711,
                                            .rss = 6000000,
                                            .memory_total = 25276510208,
                                            .cpu_user_us = 1234567,
                                            .cpu_sys_us = 5000001,
                                            .system = "Linux 6.1.0 x86_64",
                                            .allocator = "libc"};
}

static void make_shards(void)
{
    unsigned i;

    for (i = 0; i < 2; i++) {
        struct shard_report *shard = &info->shards[i];

        shard->index = i;
        shard->thread = 2 + i;
        shard->turns = 10 + i;
        shard->longest_us = 99;
        shard->longest_cpu_us = 88;
        shard->queue_peak = 7;
        shard->cache.memory_used = 1000000;
        shard->cache.memory_peak = 1500000;
        shard->cache.memory_held = 1250000;
        shard->cache.memory_overhead = 200000;
        shard->cache.stats.requests = 50;
        shard->cache.stats.keyspace_hits = 3 + i;
        shard->cache.databases[0].keys = 4;
        shard->cache.databases[0].expiring = i;
        shard->cache.databases[0].overhead = 150000;
    }
    info->shards[1].cache.databases[3].keys = 1;
}

static void make_loops(void)
{
    info->loops[0] = (struct loop_report){
        .index = 0, .clients = 2, .io_engine = "io_uring", .ops = 100, .memory = 1000};
    info->loops[0].stats.total_commands_processed = 30;
    info->loops[0].cpu_user_us = 42;
    info->loops[1] = (struct loop_report){.index = 1, .clients = 1, .ops = 11, .memory = 500};
    info->loops[1].stats.total_commands_processed = 12;
    info->loops[1].input_bytes = 1536;
    info->loops[1].outbox =
        (struct outbox_stats){.sent = 5, .lined = 4, .wakeups = 3, .borrows = 2};
    info->loops[1].requests_made = 8;
}

/* INFO with these words, parted by blanks; the answer is zero-terminated. */
static const char *say(const char *line)
{
    char *copy = strdup(line), *rest = copy, *word;
    struct bytes words[8];
    struct args args = {.words = words};

    while ((word = strsep(&rest, " ")) != NULL)
        words[args.count++] = bytes_of(word);
    reply_reset(&text, 2);
    info_print(info, &args, &text);
    *reply_reserve(&text, 1) = '\0';
    free(copy);
    return text.at;
}

static void has(const char *section, const char *line)
{
    char framed[512];

    snprintf(framed, sizeof(framed), "\r\n%s\r\n", line);
    ok(strstr(say(section), framed) != NULL, "%s has %s", section, line);
}

static const char *position(const char *whole, const char *part)
{
    const char *at = strstr(whole, part);

    return at == NULL ? whole + strlen(whole) : at;
}

/* --- tests --- */

static void values_are_printed(void)
{
    has("INFO server", "redis_version:7.2.4");
    has("INFO server", "croft_version:0.1.0");
    has("INFO server", "server_name:croft");
    has("INFO server", "os:Linux 6.1.0 x86_64");
    has("INFO server", "process_id:4711");
    has("INFO server", "process_supervised:systemd");
    has("INFO server", "run_id:0123456789abcdef0123456789abcdef01234567");
    has("INFO server", "tcp_port:7777");
    has("INFO server", "uptime_in_seconds:90061");
    has("INFO server", "uptime_in_days:1");
    has("INFO server", "executable:/usr/bin/croft");
    has("INFO server", "config_file:");
    has("INFO server", "io_engine:io_uring");
    has("INFO server", "key_hash:aes");
    has("INFO memory", "used_memory_rss_human:5.72M");
    has("INFO memory", "total_system_memory_human:23.54G");
    has("INFO memory", "maxmemory:2048");
    has("INFO memory", "maxmemory_human:2.00K");
    has("INFO memory", "maxmemory_policy:allkeys-lfu");
    has("INFO memory", "mem_allocator:libc");
    has("INFO cpu", "used_cpu_user:1.234567");
    has("INFO cpu", "used_cpu_user_main_thread:0.000042");
    has("INFO cpu", "used_cpu_sys_children:0.000000");
    has("INFO persistence", "rdb_last_save_time:1700000000");
    has("INFO replication", "master_replid2:0000000000000000000000000000000000000000");
    has("INFO cluster", "cluster_enabled:0");
}

static void shards_and_loops_are_added_up(void)
{
    has("INFO clients", "connected_clients:3");
    has("INFO memory", "used_memory:2001500");
    has("INFO memory", "used_memory_human:1.91M");
    has("INFO memory", "used_memory_peak:3001500");
    has("INFO memory", "used_memory_overhead:401500");
    has("INFO memory", "used_memory_dataset:1600000");
    has("INFO memory", "allocator_allocated:2001500");
    has("INFO memory", "allocator_active:2501500");
    has("INFO memory", "allocator_resident:2501500");
    has("INFO memory", "mem_fragmentation_ratio:3.00");
    has("INFO memory", "mem_fragmentation_bytes:3998500");
    has("INFO memory", "allocator_frag_ratio:1.25");
    has("INFO memory", "allocator_frag_bytes:500000");
    has("INFO memory", "allocator_rss_ratio:1.00");
    has("INFO memory", "allocator_rss_bytes:0");
    has("INFO memory", "rss_overhead_ratio:2.40");
    has("INFO memory", "rss_overhead_bytes:3498500");
    has("INFO memory", "used_memory_startup:700");
    has("INFO memory", "used_memory_dataset_perc:79.97%");
    has("INFO memory", "mem_clients_normal:800");
    has("INFO stats", "total_commands_processed:42");
    has("INFO stats", "instantaneous_ops_per_sec:111");
    has("INFO stats", "instantaneous_input_kbps:1.50");
    has("INFO stats", "keyspace_hits:7");
    has("INFO keyspace", "db0:keys=8,expires=1,avg_ttl=0");
    has("INFO keyspace", "db3:keys=1,expires=0,avg_ttl=0");
    ok(strstr(say("INFO keyspace"), "db1") == NULL, "empty databases are not mentioned");
}

static void each_owner_has_a_line(void)
{
    has("INFO shards", "shards:2");
    has("INFO shards", "shard_placement:threads");
    has("INFO shards", "io_threads:2");
    has("INFO shards", "shard0:thread=2,keys=4,requests=50,queue=0,queue_peak=7,memory=1000000,"
                       "turns=10,longest_turn_usec=99,longest_turn_cpu_usec=88");
    has("INFO shards", "shard1:thread=3,keys=5,requests=50,queue=0,queue_peak=7,memory=1000000,"
                       "turns=11,longest_turn_usec=99,longest_turn_cpu_usec=88");
    has("INFO shards", "loop1:clients=1,commands=12,turns=0,sent=5,lined=4,wakeups=3,borrows=2,"
                       "requests_made=8");
}

static void every_counter_has_a_line(void)
{
    const char *all = say("INFO stats");

#define STAT(name, help) ok(strstr(all, "\r\n" #name ":") != NULL, #name);
#include "net/stats.def"
#include "cache/stats.def"
#undef STAT
}

static void sections_are_chosen(void)
{
    is_text(say("INFO cluster"), "# Cluster\r\ncluster_enabled:0\r\n", "one section");
    is_text(say("info ClUsTeR"), "# Cluster\r\ncluster_enabled:0\r\n", "in any case");
    is_text(say("INFO cluster modules cluster"),
            "# Modules\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n", "several, once, in our order");
    is_text(say("INFO nosuch cluster"), "# Cluster\r\ncluster_enabled:0\r\n",
            "what is unknown is passed over");
    is_text(say("INFO nosuch"), "", "or nothing");
    is_text(say("INFO "), "", "so is the empty word");
}

static void sections_in(const char *line, bool all)
{
    static const char *const usual[] = {"Server",  "Clients",     "Memory",   "Persistence",
                                        "Stats",   "Replication", "CPU",      "Modules",
                                        "Cluster", "Shards",      "Keyspace", "Errorstats"};
    static const char *const more[] = {"Commandstats", "Latencystats"};
    char title[64];
    size_t i;

    for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        snprintf(title, sizeof(title), "# %s\r\n", usual[i]);
        ok(strstr(say(line), title) != NULL, "%s has %s", line, usual[i]);
    }
    for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        snprintf(title, sizeof(title), "# %s\r\n", more[i]);
        ok((strstr(say(line), title) != NULL) == all, "%s has %s%s", line, all ? "" : "no ",
           more[i]);
    }
}

static void tools_find_what_they_look_for(void)
{
    const char *all = say("INFO");
    const char *at;
    unsigned bare = 0;

    for (at = all; (at = strchr(at, '\n')) != NULL; at++)
        bare += at[-1] != '\r';
    is_int(bare, 0, "every line ends with CR LF");
    ok(strncmp(position(all, "version:") - 6, "redis_", 6) == 0, "the first version is Redis'");
    ok(position(all, "used_memory:") < position(all, "used_memory_human:"),
       "used_memory comes before used_memory_human");
    ok(position(all, "loading:") < position(all, "async_loading:"),
       "loading comes before async_loading");
    ok(strstr(all, "\r\n\r\n# Clients\r\n") != NULL, "sections are parted by an empty line");
}

static void long_lines_are_cut(void)
{
    char path[4000];

    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    reply_reset(&text, 2);
    info_line(&text, "executable:%s", path);
    ok(text.len < 1000, "a long value is cut");
    ok(text.at[text.len - 2] == '\r' && text.at[text.len - 1] == '\n', "and the line ends");
}

static void a_shard_alone(void)
{
    reply_reset(&text, 2);
    info_print_shard(&info->shards[1], &text);
    *reply_reserve(&text, 1) = '\0';
    ok(strstr(text.at, "shard:1\r\nthread:3\r\n") == text.at, "DEBUG SHARD says which");
    ok(strstr(text.at, "\r\nkeyspace_hits:4\r\n") != NULL, "its own counters");
    ok(strstr(text.at, "\r\ndb3:keys=1,expires=0\r\n") != NULL, "and its keys");
}

int main(void)
{
    struct settings *settings = settings_new();
    struct why why;

    if (!settings_set_text(settings, "maxmemory", "2kb", &why) ||
        !settings_set_text(settings, "maxmemory-policy", "allkeys-lfu", &why))
        tap_bail("%s", why.text);
    reply_init(&text);
    make_info(settings);
    make_shards();
    make_loops();
    values_are_printed();
    shards_and_loops_are_added_up();
    each_owner_has_a_line();
    every_counter_has_a_line();
    sections_are_chosen();
    sections_in("INFO", false);
    sections_in("INFO default", false);
    sections_in("INFO all", true);
    sections_in("INFO Everything", true);
    tools_find_what_they_look_for();
    long_lines_are_cut();
    a_shard_alone();
    reply_fini(&text);
    free(info);
    settings_free(settings);
    return tap_done();
}
