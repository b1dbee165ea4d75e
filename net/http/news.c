#include "net/http/news.h"

#include <inttypes.h>
#include <stdlib.h>

#include "net/http/print.h"
#include "net/identity.h"

#define HOTTEST 12u
#define COMMANDS 24u

static void number(struct reply *text, const char *name, uint64_t value)
{
    print(text, "\"%s\":%" PRIu64 ",", name, value);
}

/* The comma behind the last of a list becomes its end. */
static void end(struct reply *text, char bracket)
{
    if (text->at[text->len - 1] == ',')
        text->at[text->len - 1] = bracket;
    else
        reply_raw(text, &bracket, 1);
}

/* --- all together --- */

static void print_sums(const struct look *look, struct reply *text)
{
    const struct look_sums *sums = &look->sums;

    number(text, "time", (uint64_t)look->info.now_us / 1000);
    number(text, "uptime", sums->uptime);
    number(text, "port", (uint64_t)look->info.facts->port);
    print(text, "\"version\":\"" CROFT_VERSION "\",\"placement\":\"%s\",\"policy\":\"%s\",",
          look->info.hosted ? "loops" : "threads", look->limits.policy);
    number(text, "clients", sums->clients);
    number(text, "blocked", sums->blocked);
    number(text, "maxclients", look->limits.maxclients);
    number(text, "connections", sums->net.total_connections_received);
    number(text, "rejected", sums->net.rejected_connections);
    number(text, "commands", sums->net.total_commands_processed);
    number(text, "ops", sums->ops);
    number(text, "input", sums->net.total_net_input_bytes);
    number(text, "output", sums->net.total_net_output_bytes);
    number(text, "errors", sums->net.total_error_replies);
    number(text, "hits", sums->cache.keyspace_hits);
    number(text, "misses", sums->cache.keyspace_misses);
    number(text, "evicted", sums->cache.evicted_keys);
    number(text, "expired", sums->cache.expired_keys);
    number(text, "keys", sums->memory.keys);
    number(text, "expiring", sums->expiring);
    number(text, "used", sums->memory.used);
    number(text, "rss", sums->memory.rss);
    number(text, "maxmemory", look->limits.maxmemory);
    number(text, "cpu_us", look->info.process.cpu_user_us + look->info.process.cpu_sys_us);
}

/* --- each shard, each loop --- */

static void print_shards(const struct look *look, struct reply *text)
{
    unsigned i;

    print(text, "\"shards\":[");
    for (i = 0; i < look->info.shard_count; i++) {
        const struct shard_report *shard = &look->info.shards[i];

        print(text, "{");
        number(text, "thread", shard->thread);
        number(text, "silent", look->shard_silent[i]);
        number(text, "keys", look_keys(shard));
        number(text, "requests", shard->cache.stats.requests);
        number(text, "queue", shard->queue);
        number(text, "memory", shard->cache.memory_used);
        number(text, "longest_us", look->lately_us[i]);
        number(text, "hits", shard->cache.stats.keyspace_hits);
        number(text, "misses", shard->cache.stats.keyspace_misses);
        number(text, "evicted", shard->cache.stats.evicted_keys);
        number(text, "expired", shard->cache.stats.expired_keys);
        end(text, '}');
        print(text, ",");
    }
    end(text, ']');
    print(text, ",");
}

static void print_loops(const struct look *look, struct reply *text)
{
    unsigned i;

    print(text, "\"loops\":[");
    for (i = 0; i < look->info.loop_count; i++) {
        const struct loop_report *loop = &look->info.loops[i];

        print(text, "{");
        number(text, "silent", look->loop_silent[i]);
        number(text, "clients", loop->clients);
        number(text, "commands", loop->stats.total_commands_processed);
        number(text, "wakeups", loop->outbox.wakeups);
        number(text, "borrows", loop->outbox.borrows);
        number(text, "memory", loop->memory);
        end(text, '}');
        print(text, ",");
    }
    end(text, ']');
    print(text, ",");
}

/* --- commands --- */

static int by_calls(const void *a, const void *b)
{
    const struct tally_command *const *left = a, *const *right = b;

    return (*left)->calls < (*right)->calls ? 1 : (*left)->calls > (*right)->calls ? -1 : 0;
}

/* Name, calls, microseconds: those called most, since the start. */
static void print_mix(const struct look *look, struct reply *text)
{
    const struct command_table *table = look->info.facts->commands;
    const struct tally_command *first = look->info.tally.commands;
    const struct tally_command *sorted[TALLY_COMMANDS];
    const size_t count = command_rows(table);
    size_t i;

    for (i = 0; i < count; i++)
        sorted[i] = &first[i];
    qsort(sorted, count, sizeof(sorted[0]), by_calls);
    print(text, "\"mix\":[");
    for (i = 0; i < count && i < COMMANDS && sorted[i]->calls > 0; i++) {
        print(text, "[");
        print_quoted(text, command_at(table, (size_t)(sorted[i] - first))->name);
        print(text, ",%" PRIu64 ",%" PRIu64 "],", sorted[i]->calls, sorted[i]->nanoseconds / 1000);
    }
    end(text, ']');
    print(text, ",");
}

static void add_durations(const struct look *look, struct durations *sum)
{
    unsigned i;

    for (i = 0; i < TALLY_COMMANDS; i++)
        if (look->info.tally.commands[i].durations != NULL)
            durations_merge(sum, look->info.tally.commands[i].durations);
}

/* What `all` has more than `before`; all of it when the counters have begun anew. */
static struct durations since(const struct durations *before, const struct durations *all)
{
    struct durations more = *all;
    unsigned i;

    for (i = 0; i < DURATIONS_SLOTS; i++)
        if (all->slots[i] < before->slots[i])
            return more;
    for (i = 0; i < DURATIONS_SLOTS; i++)
        more.slots[i] -= before->slots[i];
    more.count -= before->count;
    return more;
}

static void percentile(struct reply *text, const char *name, const struct durations *durations,
                       double percent)
{
    const uint64_t ns = durations->count == 0 ? 0 : durations_percentile(durations, percent);

    print(text, "\"%s\":%.3f,", name, (double)ns / 1000);
}

static void print_latency(struct news *news, const struct look *look, struct reply *text)
{
    struct durations all = {0}, more;

    add_durations(look, &all);
    more = since(&news->before, &all);
    news->before = all;
    print(text, "\"latency\":{");
    number(text, "count", more.count);
    percentile(text, "p50", &more, 50);
    percentile(text, "p90", &more, 90);
    percentile(text, "p99", &more, 99);
    percentile(text, "p999", &more, 99.9);
    percentile(text, "p100", &more, 100);
    end(text, '}');
    print(text, ",");
}

/* --- keys --- */

static int by_reads(const void *a, const void *b)
{
    const struct hotkey *const *left = a, *const *right = b;

    return (*left)->reads < (*right)->reads ? 1 : (*left)->reads > (*right)->reads ? -1 : 0;
}

static unsigned collect(const struct look *look, const struct hotkey **into)
{
    unsigned count = 0, i, k;

    for (i = 0; i < look->info.shard_count; i++)
        for (k = 0; look->hotkeys[i] != NULL && k < HOTKEYS_KEPT; k++)
            if (look->hotkeys[i]->places[k].reads > 0)
                into[count++] = &look->hotkeys[i]->places[k];
    return count;
}

/* Key, database, about how many reads, shard. */
static void print_hottest(const struct look *look, struct reply *text)
{
    const struct hotkey **found = calloc(SHARDS_MAX * HOTKEYS_KEPT, sizeof(*found));
    const unsigned count = found == NULL ? 0 : collect(look, found);
    unsigned i;

    if (found == NULL)
        reply_break(text);
    else
        qsort(found, count, sizeof(*found), by_reads);
    print(text, "\"hottest\":[");
    for (i = 0; i < count && i < HOTTEST; i++) {
        uint64_t hash;
        const struct bytes key = bytes_new(found[i]->key, found[i]->len);

        print(text, "[");
        print_key(text, key);
        print(text, ",%u,%" PRIu64 ",%u],", found[i]->database, found[i]->reads,
              shards_route(look->info.facts->shards, key, &hash));
    }
    end(text, ']');
    free(found);
}

void news_print(struct news *news, const struct look *look, struct reply *text)
{
    print(text, "{");
    print_sums(look, text);
    print_shards(look, text);
    print_loops(look, text);
    print_mix(look, text);
    print_latency(news, look, text);
    if (look->limits.secret)
        print(text, "\"hottest\":null");
    else
        print_hottest(look, text);
    print(text, "}");
}
