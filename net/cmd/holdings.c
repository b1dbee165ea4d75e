#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "net/families.h"
#include "net/footprint.h"
#include "net/reports.h"

#define MIB ((uint64_t)1024 * 1024)
#define KIB ((uint64_t)1024)

/* --- STATS --- */

static void number(struct reply *reply, const char *name, uint64_t value)
{
    reply_text(reply, name);
    reply_int(reply, (int64_t)value);
}

static void fraction(struct reply *reply, const char *name, double value)
{
    reply_text(reply, name);
    reply_double(reply, value);
}

/* How many times as much one is as the other, and how much more. */
static void beyond(struct reply *reply, const char *const names[2], uint64_t more, uint64_t less)
{
    fraction(reply, names[0], footprint_ratio(more, less));
    number(reply, names[1], more - less);
}

static void tell_parts(const struct footprint *sum, struct reply *reply)
{
    number(reply, "peak.allocated", sum->peak);
    number(reply, "total.allocated", sum->used);
    number(reply, "startup.allocated", sum->startup);
    number(reply, "replication.backlog", 0);
    number(reply, "clients.slaves", 0);
    number(reply, "clients.normal", sum->clients);
    number(reply, "cluster.links", 0);
    number(reply, "aof.buffer", 0);
    number(reply, "lua.caches", 0);
    number(reply, "functions.caches", 0);
}

/* An expiry lies in its entry: there is no table of them. */
static void tell_database(const struct info *info, unsigned database, struct reply *reply)
{
    char name[16];

    snprintf(name, sizeof(name), "db.%u", database);
    reply_text(reply, name);
    reply_map(reply, 3);
    number(reply, "overhead.hashtable.main", footprint_tables(info, database));
    number(reply, "overhead.hashtable.expires", 0);
    number(reply, "overhead.hashtable.slot-to-keys", 0);
}

static void tell_keys(const struct footprint *sum, struct reply *reply)
{
    number(reply, "overhead.total", sum->overhead);
    number(reply, "keys.count", sum->keys);
    number(reply, "keys.bytes-per-key",
           sum->keys == 0 ? 0 : (sum->used - sum->startup) / sum->keys);
    number(reply, "dataset.bytes", sum->dataset);
    fraction(reply, "dataset.percentage", footprint_dataset_percent(sum));
    fraction(reply, "peak.percentage", footprint_percent(sum->used, sum->peak));
}

static void tell_fragmentation(const struct footprint *sum, struct reply *reply)
{
    static const char *const held[] = {"allocator-fragmentation.ratio",
                                       "allocator-fragmentation.bytes"};
    static const char *const resident[] = {"allocator-rss.ratio", "allocator-rss.bytes"};
    static const char *const process[] = {"rss-overhead.ratio", "rss-overhead.bytes"};
    static const char *const all[] = {"fragmentation", "fragmentation.bytes"};

    number(reply, "allocator.allocated", sum->used);
    number(reply, "allocator.active", sum->held);
    number(reply, "allocator.resident", sum->resident);
    beyond(reply, held, sum->held, sum->used);
    beyond(reply, resident, sum->resident, sum->held);
    beyond(reply, process, sum->rss, sum->resident);
    beyond(reply, all, sum->rss, sum->used);
}

#define STATS_PAIRS 27 /* and one for each database that has keys */

static void answer_stats(struct loop *loop, struct request *whole, struct request *parts)
{
    struct info *info = reports_read(loop, parts);
    struct reply *reply = &whole->cargo.reply;
    struct footprint sum;
    unsigned i, databases = 0;

    if (info == NULL) {
        reply_error(reply, ERROR_NO_ANSWER);
        return;
    }
    footprint_sum(info, &sum);
    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        databases += footprint_keys(info, i) > 0;
    reply_map(reply, STATS_PAIRS + databases);
    tell_parts(&sum, reply);
    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        if (footprint_keys(info, i) > 0)
            tell_database(info, i, reply);
    tell_keys(&sum, reply);
    tell_fragmentation(&sum, reply);
    reports_free(info);
}

/* --- DOCTOR: the thresholds are those that users of Redis know --- */

#define TOO_LITTLE (5 * MIB)
#define WASTE (10 * MIB)
#define CLIENT_ROOM (200 * KIB)

static bool wastes(uint64_t more, uint64_t less, double ratio)
{
    return more > less && more - less > WASTE && footprint_ratio(more, less) > ratio;
}

static void find_waste(const struct footprint *sum, struct reply *text)
{
    if (footprint_ratio(sum->peak, sum->used) > 1.5)
        info_line(text,
                  "- At its peak it used %.2f times as much as now. The system may still count "
                  "that as resident; MEMORY PURGE gives back what can be given back.",
                  footprint_ratio(sum->peak, sum->used));
    if (wastes(sum->rss, sum->used, 1.4))
        info_line(text, "- %.2f times as much is resident as is in use: see which of the next.",
                  footprint_ratio(sum->rss, sum->used));
    if (wastes(sum->held, sum->used, 1.1))
        info_line(text,
                  "- Pages hold %.2f times what lies in them. Entries move together as commands "
                  "come; MEMORY PURGE hurries that.",
                  footprint_ratio(sum->held, sum->used));
    if (wastes(sum->rss, sum->resident, 1.1))
        info_line(text,
                  "- The process takes %.2f times what data and clients hold: threads, the "
                  "program itself, memory that is kept ready.",
                  footprint_ratio(sum->rss, sum->resident));
}

/* What loops keep ready for any client is no client's fault. */
static void find_greedy_clients(const struct info *info, struct reply *text)
{
    uint64_t clients = 0, buffered = 0;
    unsigned i;

    for (i = 0; i < info->loop_count; i++) {
        clients += info->loops[i].clients;
        buffered += info->loops[i].buffered;
    }
    if (clients > 0 && buffered / clients > CLIENT_ROOM)
        info_line(text,
                  "- Requests and replies under way take %" PRIu64 " KiB per client on average: "
                  "some read more slowly than they ask. CLIENT LIST tells which; "
                  "client-output-buffer-limit stops them.",
                  buffered / clients / KIB);
}

static void diagnose(const struct info *info, struct reply *text)
{
    struct footprint sum;
    size_t start;

    footprint_sum(info, &sum);
    if (sum.used < TOO_LITTLE) {
        info_line(text, "There is next to nothing in memory: come back when there is some data.");
        return;
    }
    start = text->len;
    find_waste(&sum, text);
    find_greedy_clients(info, text);
    if (text->len == start)
        info_line(text, "There is nothing wrong with memory that could be seen from here.");
}

static void answer_text(struct loop *loop, struct request *whole, struct request *parts,
                        void (*print)(const struct info *info, struct reply *text))
{
    struct info *info = reports_read(loop, parts);
    struct reply text;

    if (info == NULL) {
        reply_error(&whole->cargo.reply, ERROR_NO_ANSWER);
        return;
    }
    reply_init(&text);
    print(info, &text);
    reply_verbatim(&whole->cargo.reply, bytes_new(text.at, text.len));
    reply_inherit(&whole->cargo.reply, &text);
    reply_fini(&text);
    reports_free(info);
}

static void answer_doctor(struct loop *loop, struct request *whole, struct request *parts)
{
    answer_text(loop, whole, parts, diagnose);
}

/* --- MALLOC-STATS --- */

static void print_owners(const struct info *info, struct reply *text)
{
    unsigned i;

    for (i = 0; i < info->shard_count; i++) {
        const struct cache_report *cache = &info->shards[i].cache;

        info_line(text,
                  "shard%u: used=%" PRIu64 " peak=%" PRIu64 " held=%" PRIu64 " loose=%" PRIu64
                  " overhead=%" PRIu64,
                  i, cache->memory_used, cache->memory_peak, cache->memory_held,
                  cache->memory_loose, cache->memory_overhead);
    }
    for (i = 0; i < info->loop_count; i++)
        info_line(text,
                  "loop%u: used=%" PRIu64 " buffered=%" PRIu64 " clients=%" PRIu32
                  " requests=%" PRIu64,
                  i, info->loops[i].memory, info->loops[i].buffered, info->loops[i].clients,
                  info->loops[i].requests_made);
}

static void print_allocators(const struct info *info, struct reply *text)
{
    struct footprint sum;

    footprint_sum(info, &sum);
    info_line(text, "all: used=%" PRIu64 " held=%" PRIu64 " resident=%" PRIu64 " rss=%" PRIu64,
              sum.used, sum.held, sum.resident, sum.rss);
    print_owners(info, text);
    info_line(text, "allocator: %s", info->process.allocator);
    if (strcmp(info->process.allocator, "libc") == 0) {
        const struct mallinfo2 libc = mallinfo2();

        info_line(text, "libc: arenas=%zu used=%zu free=%zu mapped=%zu", libc.arena, libc.uordblks,
                  libc.fordblks, libc.hblkhd);
    }
}

static void answer_malloc_stats(struct loop *loop, struct request *whole, struct request *parts)
{
    answer_text(loop, whole, parts, print_allocators);
}

/* clang-format off */
#define MEMORY(complexity, summary) DOC("server", "4.0.0", complexity, summary, "")
#define REPORTS \
    .on_host = reports_of_shard, .on_loop = reports_of_loop, \
    .tips = "nondeterministic_output request_policy:all_shards response_policy:special"

static const struct command rows[] = {
    /* name                  arity  flags   keys     route       gather    */
    { "memory|stats",            2, BEHIND, NO_KEYS, EVERYWHERE, GATHERED, REPORTS,
      .on_gathered = answer_stats, MEMORY("O(1)", "Tells what takes how much memory") },
    { "memory|doctor",           2, BEHIND, NO_KEYS, EVERYWHERE, GATHERED, REPORTS,
      .on_gathered = answer_doctor, MEMORY("O(1)", "Tells what is wrong with memory") },
    { "memory|malloc-stats",     2, BEHIND, NO_KEYS, EVERYWHERE, GATHERED, REPORTS,
      .on_gathered = answer_malloc_stats,
      MEMORY("O(1)", "Tells what owners and allocators hold") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family holdings_family = {rows};
