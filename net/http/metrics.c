#include "net/http/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/http/print.h"
#include "net/identity.h"

#define MILLION 1000000u
#define BILLION 1000000000u

/* --- families --- */

static void family(struct reply *text, const char *name, const char *type, const char *help)
{
    print(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(struct reply *text, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    family(text, name, type, help);
    print(text, "%s %" PRIu64 "\n", name, value);
}

static void fraction(struct reply *text, const char *name, const char *type, const char *help,
                     double value)
{
    family(text, name, type, help);
    print(text, "%s %.6g\n", name, value);
}

static void seconds(struct reply *text, const char *name, const char *help, uint64_t microseconds)
{
    family(text, name, "counter", help);
    print(text, "%s %" PRIu64 ".%06" PRIu64 "\n", name, microseconds / MILLION,
          microseconds % MILLION);
}

/* --- sums: what INFO tells, by the names of the exporter that dashboards are made for --- */

#define GAUGE "gauge"
#define COUNTER "counter"

struct row {
    const char *name;
    const char *type;
    const char *help;
    size_t offset; /* of a uint64_t */
};

/* clang-format off */
#define OF(field) offsetof(struct look, field)
static const struct row rows[] = {
    { "redis_uptime_in_seconds", GAUGE, "Seconds since the server was started", OF(sums.uptime) },
    { "redis_connected_clients", GAUGE, "Clients that are connected", OF(sums.clients) },
    { "redis_blocked_clients", GAUGE, "Clients that wait in a command", OF(sums.blocked) },
    { "redis_max_clients", GAUGE, "Clients that may be connected at once", OF(limits.maxclients) },
    { "redis_config_maxclients", GAUGE, "The option maxclients", OF(limits.maxclients) },
    { "redis_memory_max_bytes", GAUGE, "Memory that data may use, 0 is no limit", OF(limits.maxmemory) },
    { "redis_config_maxmemory", GAUGE, "The option maxmemory", OF(limits.maxmemory) },
    { "redis_memory_used_bytes", GAUGE, "Memory that is used", OF(sums.memory.used) },
    { "redis_memory_used_peak_bytes", GAUGE, "The most memory that was ever used", OF(sums.memory.peak) },
    { "redis_memory_used_rss_bytes", GAUGE, "Memory of the process that is resident", OF(sums.memory.rss) },
    { "redis_memory_used_overhead_bytes", GAUGE, "Memory used for other than keys and values", OF(sums.memory.overhead) },
    { "redis_memory_used_dataset_bytes", GAUGE, "Memory used for keys and values", OF(sums.memory.dataset) },
    { "redis_memory_used_startup_bytes", GAUGE, "Memory used before the first client came", OF(sums.memory.startup) },
    { "redis_allocator_allocated_bytes", GAUGE, "Memory that was asked for", OF(sums.memory.used) },
    { "redis_allocator_active_bytes", GAUGE, "Memory in pages obtained for that", OF(sums.memory.held) },
    { "redis_allocator_resident_bytes", GAUGE, "Of these pages, what is resident at most", OF(sums.memory.resident) },
    { "redis_mem_clients_normal", GAUGE, "Memory used for clients", OF(sums.memory.clients) },
    { "redis_mem_not_counted_for_eviction_bytes", GAUGE, "Memory that makes no key go", OF(sums.memory.buffers) },
    { "redis_total_system_memory_bytes", GAUGE, "Memory of the machine", OF(info.process.memory_total) },
    { "redis_connections_received_total", COUNTER, "Connections taken in", OF(sums.net.total_connections_received) },
    { "redis_commands_processed_total", COUNTER, "Commands that were run", OF(sums.net.total_commands_processed) },
    { "redis_net_input_bytes_total", COUNTER, "Bytes read from clients", OF(sums.net.total_net_input_bytes) },
    { "redis_net_output_bytes_total", COUNTER, "Bytes written to clients", OF(sums.net.total_net_output_bytes) },
    { "redis_rejected_connections_total", COUNTER, "Connections refused because there were maxclients", OF(sums.net.rejected_connections) },
    { "redis_keyspace_hits_total", COUNTER, "Reads that found a live key", OF(sums.cache.keyspace_hits) },
    { "redis_keyspace_misses_total", COUNTER, "Reads that found none", OF(sums.cache.keyspace_misses) },
    { "redis_evicted_keys_total", COUNTER, "Keys deleted to stay below maxmemory", OF(sums.cache.evicted_keys) },
    { "redis_expired_keys_total", COUNTER, "Keys deleted because their time had come", OF(sums.cache.expired_keys) },
};
/* clang-format on */

static uint64_t value_at(const struct look *look, size_t offset)
{
    return *(const uint64_t *)((const char *)look + offset);
}

static void print_rows(const struct look *look, struct reply *text)
{
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        single(text, rows[i].name, rows[i].type, rows[i].help, value_at(look, rows[i].offset));
}

static void print_rest(const struct look *look, struct reply *text)
{
    const struct info *info = &look->info;
    const struct footprint *memory = &look->sums.memory;

    single(text, "redis_up", GAUGE, "The server answers", 1);
    single(text, "redis_start_time_seconds", GAUGE, "When the server was started",
           (uint64_t)info->facts->start_wall_ms / 1000);
    single(text, "redis_process_id", GAUGE, "The number of the process",
           (uint64_t)info->process.pid);
    single(text, "redis_connected_slaves", GAUGE, "Replicas: there are none", 0);
    fraction(text, "redis_mem_fragmentation_ratio", GAUGE, "Resident memory for what is used",
             footprint_ratio(memory->rss, memory->used));
    fraction(text, "redis_allocator_frag_ratio", GAUGE, "Memory in pages for what was asked for",
             footprint_ratio(memory->held, memory->used));
    seconds(text, "redis_cpu_sys_seconds_total", "Processor time in the system",
            info->process.cpu_sys_us);
    seconds(text, "redis_cpu_user_seconds_total", "Processor time in the program",
            info->process.cpu_user_us);
}

static void label(struct reply *text, const char *name, const char *value, const char *behind)
{
    print(text, "%s=", name);
    print_quoted(text, value);
    print(text, "%s", behind);
}

static void print_instance(const struct look *look, struct reply *text)
{
    const struct server_facts *facts = look->info.facts;

    family(text, "redis_instance_info", GAUGE, "Which server this is");
    print(text,
          "redis_instance_info{redis_build_id=\"croft-" CROFT_VERSION
          "\",redis_mode=\"standalone\",role=\"master\",redis_version=\"" REDIS_VERSION
          "\",tcp_port=\"%d\",process_id=\"%" PRId64 "\",",
          facts->port, look->info.process.pid);
    label(text, "os", look->info.process.system, ",");
    label(text, "maxmemory_policy", look->limits.policy, ",");
    label(text, "master_replid", facts->run_id, ",");
    label(text, "run_id", facts->run_id, "} 1\n");
    family(text, "croft_build_info", GAUGE, "Which croft this is");
    print(text,
          "croft_build_info{version=\"" CROFT_VERSION "\",placement=\"%s\",key_hash=\"%s\","
          "io_engine=\"%s\"} 1\n",
          look->info.hosted ? "loops" : "threads", look->info.key_hash,
          look->info.loops[0].io_engine);
}

/* --- databases --- */

static uint64_t expiring_in(const struct info *info, unsigned database)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < info->shard_count; i++)
        sum += info->shards[i].cache.databases[database].expiring;
    return sum;
}

static void print_databases(const struct look *look, struct reply *text)
{
    unsigned i;

    family(text, "redis_db_keys", GAUGE, "Keys of the database");
    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        print(text, "redis_db_keys{db=\"db%u\"} %" PRIu64 "\n", i, footprint_keys(&look->info, i));
    family(text, "redis_db_keys_expiring", GAUGE, "Keys of the database that expire");
    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        print(text, "redis_db_keys_expiring{db=\"db%u\"} %" PRIu64 "\n", i,
              expiring_in(&look->info, i));
}

/* --- commands --- */

struct command_row {
    const char *name;
    const char *help;
    size_t offset; /* of a uint64_t in struct tally_command */
};

static void sample(struct reply *text, const char *name, const char *command, uint64_t value)
{
    print(text, "%s{", name);
    label(text, "cmd", command, "}");
    print(text, " %" PRIu64 "\n", value);
}

static bool was_asked(const struct tally_command *tally)
{
    return tally->calls + tally->rejected > 0;
}

static void each_command(const struct look *look, const struct command_row *row, struct reply *text)
{
    const struct command_table *table = look->info.facts->commands;
    size_t i;

    family(text, row->name, COUNTER, row->help);
    for (i = 0; i < command_rows(table); i++) {
        const struct tally_command *tally = &look->info.tally.commands[i];

        if (was_asked(tally))
            sample(text, row->name, command_at(table, i)->name,
                   *(const uint64_t *)((const char *)tally + row->offset));
    }
}

static void print_nanoseconds(const struct look *look, struct reply *text)
{
    static const char name[] = "redis_commands_duration_seconds_total";
    const struct command_table *table = look->info.facts->commands;
    size_t i;

    family(text, name, COUNTER, "Time that the command took in all");
    for (i = 0; i < command_rows(table); i++) {
        const struct tally_command *tally = &look->info.tally.commands[i];

        if (!was_asked(tally))
            continue;
        print(text, "%s{", name);
        label(text, "cmd", command_at(table, i)->name, "}");
        print(text, " %.9f\n", (double)tally->nanoseconds / BILLION);
    }
}

#define HISTOGRAM "croft_command_duration_seconds"
#define FIRST_POWER 0 /* 1.024 microseconds */
#define LAST_POWER 20 /* about a second */

static void bucket(struct reply *text, const char *command, const char *le, uint64_t count)
{
    print(text, HISTOGRAM "_bucket{");
    label(text, "cmd", command, ",");
    label(text, "le", le, "}");
    print(text, " %" PRIu64 "\n", count);
}

static void print_histogram(const char *command, const struct tally_command *tally,
                            struct reply *text)
{
    unsigned power;

    for (power = FIRST_POWER; power <= LAST_POWER; power += 2) {
        char le[32];

        snprintf(le, sizeof(le), "%.9g", (double)(UINT64_C(1024) << power) / BILLION);
        bucket(text, command, le, durations_below(tally->durations, power));
    }
    bucket(text, command, "+Inf", tally->durations->count);
    print(text, HISTOGRAM "_sum{");
    label(text, "cmd", command, "}");
    print(text, " %.9f\n", (double)tally->nanoseconds / BILLION);
    sample(text, HISTOGRAM "_count", command, tally->durations->count);
}

static void print_commands(const struct look *look, struct reply *text)
{
    static const struct command_row calls[] = {
        {"redis_commands_total", "Calls of the command", offsetof(struct tally_command, calls)},
        {"redis_commands_failed_calls_total", "Calls that were answered by an error",
         offsetof(struct tally_command, failed)},
        {"redis_commands_rejected_calls_total", "Calls that were refused before they ran",
         offsetof(struct tally_command, rejected)},
    };
    const struct command_table *table = look->info.facts->commands;
    size_t i;

    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        each_command(look, &calls[i], text);
    print_nanoseconds(look, text);
    family(text, HISTOGRAM, "histogram", "How long calls of the command took to run");
    for (i = 0; i < command_rows(table); i++)
        if (look->info.tally.commands[i].durations != NULL)
            print_histogram(command_at(table, i)->name, &look->info.tally.commands[i], text);
}

static void print_errors(const struct look *look, struct reply *text)
{
    const struct tally *tally = &look->info.tally;
    unsigned i;

    if (tally->error_count == 0)
        return;
    family(text, "redis_errors_total", COUNTER, "Errors that were answered");
    for (i = 0; i < tally->error_count; i++) {
        print(text, "redis_errors_total{");
        label(text, "err", tally->errors[i].code, "}");
        print(text, " %" PRIu64 "\n", tally->errors[i].count);
    }
}

/* --- shards and loops --- */

struct part_row {
    const char *name;
    const char *type;
    const char *help;
    size_t offset;    /* of a uint64_t in the report */
    double divide_by; /* microseconds become seconds */
};

/* clang-format off */
#define SHARD(field) offsetof(struct shard_report, field)
static const struct part_row shard_rows[] = {
    { "croft_shard_requests_total", COUNTER, "Commands run for keys of the shard", SHARD(cache.stats.requests), 1 },
    { "croft_shard_hits_total", COUNTER, "Reads that found a live key", SHARD(cache.stats.keyspace_hits), 1 },
    { "croft_shard_misses_total", COUNTER, "Reads that found none", SHARD(cache.stats.keyspace_misses), 1 },
    { "croft_shard_evicted_keys_total", COUNTER, "Keys deleted to stay below maxmemory", SHARD(cache.stats.evicted_keys), 1 },
    { "croft_shard_expired_keys_total", COUNTER, "Keys deleted because their time had come", SHARD(cache.stats.expired_keys), 1 },
    { "croft_shard_changes_total", COUNTER, "Keys written or deleted", SHARD(cache.stats.changes), 1 },
    { "croft_shard_memory_bytes", GAUGE, "Memory that the shard's data uses", SHARD(cache.memory_used), 1 },
    { "croft_shard_memory_held_bytes", GAUGE, "Memory obtained from the system for it", SHARD(cache.memory_held), 1 },
    { "croft_shard_queue_depth", GAUGE, "Requests that wait for the shard's thread", SHARD(queue), 1 },
    { "croft_shard_queue_depth_peak", GAUGE, "The most that were found waiting", SHARD(queue_peak), 1 },
    { "croft_shard_turns_total", COUNTER, "Turns of the shard's thread", SHARD(turns), 1 },
    { "croft_shard_longest_turn_seconds", GAUGE, "The longest of these since CONFIG RESETSTAT", SHARD(longest_us), MILLION },
    { "croft_shard_longest_turn_cpu_seconds", GAUGE, "The same in time on a processor", SHARD(longest_cpu_us), MILLION },
};

#define LOOP(field) offsetof(struct loop_report, field)
static const struct part_row loop_rows[] = {
    { "croft_loop_commands_total", COUNTER, "Commands taken from clients of the loop", LOOP(stats.total_commands_processed), 1 },
    { "croft_loop_turns_total", COUNTER, "Turns in which the loop did something", LOOP(stats.turns), 1 },
    { "croft_loop_sent_total", COUNTER, "Requests sent to other threads", LOOP(outbox.sent), 1 },
    { "croft_loop_lined_total", COUNTER, "Of these, had to wait in line", LOOP(outbox.lined), 1 },
    { "croft_loop_wakeups_total", COUNTER, "Threads that slept and were woken", LOOP(outbox.wakeups), 1 },
    { "croft_loop_borrows_total", COUNTER, "Turns done in the place of a sleeper", LOOP(outbox.borrows), 1 },
    { "croft_loop_memory_bytes", GAUGE, "Memory of the loop and its clients", LOOP(memory), 1 },
    { "croft_loop_cpu_user_seconds_total", COUNTER, "Processor time in the program", LOOP(cpu_user_us), MILLION },
    { "croft_loop_cpu_sys_seconds_total", COUNTER, "Processor time in the system", LOOP(cpu_sys_us), MILLION },
};
/* clang-format on */

static void print_part(struct reply *text, const struct part_row *row, const char *kind,
                       unsigned index, const void *report)
{
    const uint64_t value = *(const uint64_t *)((const char *)report + row->offset);

    print(text, "%s{%s=\"%u\"} %.*f\n", row->name, kind, index, row->divide_by > 1 ? 6 : 0,
          (double)value / row->divide_by);
}

static void print_shards(const struct look *look, struct reply *text)
{
    unsigned i, k;

    family(text, "croft_shard_up", GAUGE,
           "The shard answers; else its figures are the last it gave");
    for (i = 0; i < look->info.shard_count; i++)
        print(text, "croft_shard_up{shard=\"%u\"} %d\n", i, !look->shard_silent[i]);
    family(text, "croft_shard_keys", GAUGE, "Keys of the shard");
    for (i = 0; i < look->info.shard_count; i++)
        print(text, "croft_shard_keys{shard=\"%u\"} %" PRIu64 "\n", i,
              look_keys(&look->info.shards[i]));
    for (k = 0; k < sizeof(shard_rows) / sizeof(shard_rows[0]); k++) {
        family(text, shard_rows[k].name, shard_rows[k].type, shard_rows[k].help);
        for (i = 0; i < look->info.shard_count; i++)
            print_part(text, &shard_rows[k], "shard", i, &look->info.shards[i]);
    }
}

static void print_loops(const struct look *look, struct reply *text)
{
    unsigned i, k;

    family(text, "croft_loop_up", GAUGE, "The loop answers; else its figures are the last it gave");
    for (i = 0; i < look->info.loop_count; i++)
        print(text, "croft_loop_up{loop=\"%u\"} %d\n", i, !look->loop_silent[i]);
    family(text, "croft_loop_clients", GAUGE, "Clients of the loop");
    for (i = 0; i < look->info.loop_count; i++)
        print(text, "croft_loop_clients{loop=\"%u\"} %" PRIu32 "\n", i,
              look->info.loops[i].clients);
    for (k = 0; k < sizeof(loop_rows) / sizeof(loop_rows[0]); k++) {
        family(text, loop_rows[k].name, loop_rows[k].type, loop_rows[k].help);
        for (i = 0; i < look->info.loop_count; i++)
            print_part(text, &loop_rows[k], "loop", i, &look->info.loops[i]);
    }
}

void metrics_print(const struct look *look, struct reply *text)
{
    print_rest(look, text);
    print_instance(look, text);
    print_rows(look, text);
    print_databases(look, text);
    print_commands(look, text);
    print_errors(look, text);
    print_shards(look, text);
    print_loops(look, text);
}
