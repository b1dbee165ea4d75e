#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/panic.h"
#include "net/chart.h"
#include "net/families.h"
#include "net/info.h"
#include "net/loop.h"
#include "shard/spikes.h"

#define DASHES "--------------------------------------------------------------------------------"

/* --- all of them --- */

static void tell_of_host(struct host *host, unsigned shard, struct args *args, struct reply *reply)
{
    (void)shard;
    (void)args;
    spikes_write(host_spikes(host), reply);
}

static void tell_of_loop(struct loop *loop, struct args *args, struct reply *reply)
{
    (void)args;
    spikes_write(&loop->spikes, reply);
}

/* Without memory for that the answer is broken. */
static void read_all(struct spikes *spikes, const struct request *part, struct reply *reply)
{
    *spikes = (struct spikes){0};
    for (; part != NULL; part = part->net.next)
        if (!spikes_read(spikes, bytes_new(part->cargo.reply.at, part->cargo.reply.len)))
            reply_break(reply);
}

/* The series of the event that the command names; NULL: there is none. */
static const struct spike_series *series_named(const struct spikes *spikes, const struct args *args)
{
    enum spike_event event;

    return spikes_find(args_word(args, 2), &event) ? spikes->series[event] : NULL;
}

/* --- LATEST, HISTORY --- */

static void write_latest(enum spike_event event, const struct spike_series *series,
                         struct reply *reply)
{
    const struct spike *last = &series->samples[series->count - 1];

    reply_array(reply, 4);
    reply_text(reply, spikes_name(event));
    reply_int(reply, last->seconds);
    reply_int(reply, last->milliseconds);
    reply_int(reply, series->most);
}

static unsigned count_events(const struct spikes *spikes)
{
    unsigned count = 0, i;

    for (i = 0; i < SPIKE_EVENTS; i++)
        count += spikes->series[i] != NULL;
    return count;
}

static void gather_latest(struct loop *loop, struct request *whole, struct request *parts)
{
    struct spikes spikes;
    unsigned i;

    (void)loop;
    read_all(&spikes, parts, &whole->cargo.reply);
    reply_array(&whole->cargo.reply, count_events(&spikes));
    for (i = 0; i < SPIKE_EVENTS; i++)
        if (spikes.series[i] != NULL)
            write_latest((enum spike_event)i, spikes.series[i], &whole->cargo.reply);
    spikes_fini(&spikes);
}

static void gather_history(struct loop *loop, struct request *whole, struct request *parts)
{
    const struct spike_series *series;
    struct reply *reply = &whole->cargo.reply;
    struct spikes spikes;
    unsigned i;

    (void)loop;
    read_all(&spikes, parts, &whole->cargo.reply);
    series = series_named(&spikes, &whole->cargo.args);
    reply_array(reply, series == NULL ? 0 : series->count);
    for (i = 0; series != NULL && i < series->count; i++) {
        reply_array(reply, 2);
        reply_int(reply, series->samples[i].seconds);
        reply_int(reply, series->samples[i].milliseconds);
    }
    spikes_fini(&spikes);
}

/* --- RESET --- */

/* A bit for each event that was there. */
static int64_t forget(struct spikes *spikes, const struct args *args)
{
    enum spike_event event;
    int64_t bits = 0;
    uint32_t i;

    for (i = 0; args->count == 2 && i < SPIKE_EVENTS; i++)
        bits |= (int64_t)spikes_forget(spikes, (enum spike_event)i) << i;
    for (i = 2; i < args->count; i++)
        if (spikes_find(args_word(args, i), &event))
            bits |= (int64_t)spikes_forget(spikes, event) << event;
    return bits;
}

static void forget_of_host(struct host *host, unsigned shard, struct args *args,
                           struct reply *reply)
{
    const int64_t bits = forget(host_spikes(host), args);

    (void)shard;
    reply_raw(reply, &bits, sizeof(bits));
}

static void forget_of_loop(struct loop *loop, struct args *args, struct reply *reply)
{
    const int64_t bits = forget(&loop->spikes, args);

    reply_raw(reply, &bits, sizeof(bits));
}

static void gather_reset(struct loop *loop, struct request *whole, struct request *parts)
{
    int64_t all = 0, bits;

    (void)loop;
    for (; parts != NULL; parts = parts->net.next) {
        memcpy(&bits, parts->cargo.reply.at, sizeof(bits));
        all |= bits;
    }
    reply_int(&whole->cargo.reply, __builtin_popcountll((unsigned long long)all));
}

/* --- GRAPH --- */

struct summary {
    uint64_t sum;
    uint32_t least;
    uint32_t most;
    unsigned count;
};

static struct summary summarize(const struct spike_series *series)
{
    struct summary summary = {.least = UINT32_MAX, .count = series->count};
    unsigned i;

    for (i = 0; i < series->count; i++) {
        const uint32_t value = series->samples[i].milliseconds;

        summary.sum += value;
        summary.least = value < summary.least ? value : summary.least;
        summary.most = value > summary.most ? value : summary.most;
    }
    return summary;
}

/* "42s", "3m", "5h", "12d" */
static void name_age(int64_t seconds, char *into)
{
    const unsigned age = seconds < 0 ? 0 : (unsigned)seconds;

    if (age < 60)
        snprintf(into, CHART_LABEL, "%us", age);
    else if (age < 3600)
        snprintf(into, CHART_LABEL, "%um", age / 60);
    else if (age < 3600 * 24)
        snprintf(into, CHART_LABEL, "%uh", age / 3600);
    else
        snprintf(into, CHART_LABEL, "%ud", age / (3600 * 24) % 100000);
}

static void draw(struct bytes event, const struct spike_series *series, int64_t now,
                 struct reply *text)
{
    struct chart_column columns[SPIKES_KEPT];
    const struct summary summary = summarize(series);
    char line[256];
    unsigned i;

    snprintf(line, sizeof(line), "%.*s - high %u ms, low %u ms (all time high %u ms)\n" DASHES "\n",
             (int)event.len, event.at, summary.most, summary.least, series->most);
    reply_raw(text, line, strlen(line));
    for (i = 0; i < series->count; i++) {
        columns[i].value = series->samples[i].milliseconds;
        name_age(now - series->samples[i].seconds, columns[i].label);
    }
    chart_draw(columns, series->count, text);
}

static void gather_graph(struct loop *loop, struct request *whole, struct request *parts)
{
    const struct bytes event = args_word(&whole->cargo.args, 2);
    const struct spike_series *series;
    struct spikes spikes;
    struct reply text;

    read_all(&spikes, parts, &whole->cargo.reply);
    series = series_named(&spikes, &whole->cargo.args);
    if (series == NULL) {
        reply_errorf(&whole->cargo.reply, "ERR No samples available for event '%.*s'",
                     (int)(event.len < 512 ? event.len : 512), event.at);
    } else {
        reply_init(&text);
        draw(event, series, loop_wall_ms(loop) / 1000, &text);
        reply_verbatim(&whole->cargo.reply, bytes_new(text.at, text.len));
        reply_inherit(&whole->cargo.reply, &text);
        reply_fini(&text);
    }
    spikes_fini(&spikes);
}

/* --- DOCTOR --- */

static void describe(enum spike_event event, const struct spike_series *series, struct reply *text)
{
    const struct summary summary = summarize(series);
    const int64_t from = series->samples[0].seconds;
    const int64_t to = series->samples[series->count - 1].seconds;
    const uint64_t average = summary.sum / summary.count;
    uint64_t deviation = 0;
    unsigned i;

    for (i = 0; i < series->count; i++) {
        const uint64_t value = series->samples[i].milliseconds;

        deviation += value > average ? value - average : average - value;
    }
    info_line(text,
              "%s: %u spikes, average %" PRIu64 " ms, mean deviation %" PRIu64
              " ms, one in %.2f seconds, worst of all time %u ms.",
              spikes_name(event), summary.count, average, deviation / summary.count,
              summary.count < 2 ? 0.0 : (double)(to - from) / (summary.count - 1), series->most);
}

static void advise_of_commands(const struct settings *settings, struct reply *text)
{
    const int64_t slow = settings->slowlog_log_slower_than;

    if (slow < 0 || slow > settings->latency_monitor_threshold * 1000)
        info_line(text,
                  "- The slow log leaves out commands that are spikes here. CONFIG SET "
                  "slowlog-log-slower-than %" PRId64 " changes that.",
                  settings->latency_monitor_threshold * 1000);
    info_line(text, "- SLOWLOG GET tells which commands they were, and who sent them.");
}

static void advise(const struct settings *settings, const struct spikes *spikes, struct reply *text)
{
    info_line(text, "What can be done:");
    if (spikes->series[SPIKE_COMMAND] != NULL || spikes->series[SPIKE_FAST_COMMAND] != NULL)
        advise_of_commands(settings, text);
    if (spikes->series[SPIKE_EXPIRE] != NULL)
        info_line(text, "- Very large values that end together are freed one after the other.");
    if (spikes->series[SPIKE_EVICTION] != NULL)
        info_line(text, "- With more maxmemory, or fewer shards, less has to be evicted at once.");
    info_line(text, "- INFO shards tells the longest turn of each shard in time on a processor: if "
                    "that is short, the machine had no processor for it.");
}

static void diagnose(const struct settings *settings, const struct spikes *spikes,
                     struct reply *text)
{
    unsigned i;

    if (count_events(spikes) == 0) {
        info_line(text, settings->latency_monitor_threshold == 0
                            ? "Nobody looks for spikes of latency. CONFIG SET "
                              "latency-monitor-threshold <milliseconds> changes that."
                            : "No spike of latency has been seen so far.");
        return;
    }
    for (i = 0; i < SPIKE_EVENTS; i++)
        if (spikes->series[i] != NULL)
            describe((enum spike_event)i, spikes->series[i], text);
    advise(settings, spikes, text);
}

static void gather_doctor(struct loop *loop, struct request *whole, struct request *parts)
{
    struct spikes spikes;
    struct reply text;

    read_all(&spikes, parts, &whole->cargo.reply);
    reply_init(&text);
    diagnose(loop->settings, &spikes, &text);
    reply_verbatim(&whole->cargo.reply, bytes_new(text.at, text.len));
    reply_inherit(&whole->cargo.reply, &text);
    reply_fini(&text);
    spikes_fini(&spikes);
}

/* --- HISTOGRAM --- */

static void tell_durations(struct loop *loop, struct args *args, struct reply *reply)
{
    (void)args;
    tally_write(&loop->tally, true, reply);
}

/* Is it asked for, by its name or by that of the roof over it? */
static bool is_wanted(const struct command_table *table, const struct command *command,
                      const struct args *args)
{
    uint32_t i;

    if (args->count == 2)
        return true;
    for (i = 2; i < args->count; i++) {
        const struct command *named = command_find_full(table, args_word(args, i));

        if (named == command || (named != NULL && command_is_under(command, named)))
            return true;
    }
    return false;
}

/* Powers of two, by the edges that Redis' histograms have. */
static unsigned write_buckets(const struct durations *durations, struct reply *reply)
{
    uint64_t before = 0, count;
    unsigned pairs = 0, power;

    for (power = 0; before < durations->count; power++) {
        count = durations_below(durations, power);
        if (count == before)
            continue;
        before = count;
        pairs++;
        if (reply == NULL)
            continue;
        reply_int(reply,
                  (int64_t)(((UINT64_C(1024) << power) + (UINT64_C(8) << power) - 1) / 1000));
        reply_int(reply, (int64_t)count);
    }
    return pairs;
}

static void write_histogram(const char *name, const struct durations *durations,
                            struct reply *reply)
{
    reply_text(reply, name);
    reply_map(reply, 2);
    reply_text(reply, "calls");
    reply_int(reply, (int64_t)durations->count);
    reply_text(reply, "histogram_usec");
    reply_map(reply, write_buckets(durations, NULL));
    write_buckets(durations, reply);
}

static void write_histograms(const struct command_table *table, const struct tally *tally,
                             const struct args *args, struct reply *reply)
{
    size_t count = 0, i;
    int pass;

    for (pass = 0; pass < 2; pass++) {
        if (pass == 1)
            reply_map(reply, count);
        for (i = 0; i < command_rows(table); i++) {
            const struct durations *durations = tally->commands[i].durations;

            if (durations == NULL || !is_wanted(table, command_at(table, i), args))
                continue;
            count++;
            if (pass == 1)
                write_histogram(command_at(table, i)->name, durations, reply);
        }
    }
}

static void gather_durations(struct loop *loop, struct request *whole, struct request *parts)
{
    struct tally *tally = calloc(1, sizeof(*tally));

    if (tally == NULL) {
        reply_error(&whole->cargo.reply, ERROR_NO_ANSWER);
        return;
    }
    for (; parts != NULL; parts = parts->net.next)
        tally_read(tally, bytes_new(parts->cargo.reply.at, parts->cargo.reply.len));
    write_histograms(loop->facts->commands, tally, &whole->cargo.args, &whole->cargo.reply);
    tally_fini(tally);
    free(tally);
}

/* --- HELP --- */

static void cmd_help(struct session *session, struct args *args, struct reply *reply)
{
    static const char *const lines[] = {
        "LATENCY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "DOCTOR",
        "    Tell what spikes there were, and what can be done.",
        "GRAPH <event>",
        "    Draw the spikes of an event.",
        "HISTORY <event>",
        "    Tell the spikes of an event: second, milliseconds.",
        "LATEST",
        "    Tell the last spike of each event, and its longest.",
        "RESET [<event> ...]",
        "    Forget the spikes of these events.",
        "    (default: of all)",
        "HISTOGRAM [COMMAND ...]",
        "    Tell how often these commands took at most so many microseconds.",
        "    (default: of all that were run)",
        "HELP",
        "    Prints this help.",
    };

    (void)session;
    (void)args;
    reply_lines(reply, lines, sizeof(lines) / sizeof(lines[0]));
}

/* clang-format off */
#define LATENCY(since, complexity, summary, syntax) \
    DOC("server", since, complexity, summary, syntax)
#define PRIVILEGED (ADMIN | NOSCRIPT | LOADING | STALE | BEHIND)
#define FROM_ALL .on_host = tell_of_host, .on_loop = tell_of_loop
#define OF_ALL_NODES \
    .tips = "nondeterministic_output request_policy:all_nodes response_policy:special"

static const struct command rows[] = {
    /* name                  arity  flags            keys     route       gather */
    { "latency",               -2,  CONTAINER,       NO_KEYS, HERE,       AS_IS,
      LATENCY("2.8.13", "Depends on the subcommand", "About what took long, and when", "") },
    { "latency|doctor",         2,  PRIVILEGED,      NO_KEYS, EVERYWHERE, GATHERED,
      FROM_ALL, .on_gathered = gather_doctor, OF_ALL_NODES,
      LATENCY("2.8.13", "O(1)", "Tells what spikes there were, and what can be done", "") },
    { "latency|graph",          3,  PRIVILEGED,      NO_KEYS, EVERYWHERE, GATHERED,
      FROM_ALL, .on_gathered = gather_graph, OF_ALL_NODES,
      LATENCY("2.8.13", "O(1)", "Draws the spikes of an event", "event") },
    { "latency|histogram",     -2,  PRIVILEGED,      NO_KEYS, ALL_LOOPS,  GATHERED,
      .on_loop = tell_durations, .on_gathered = gather_durations, OF_ALL_NODES,
      LATENCY("7.0.0", "O(N) for N commands", "Tells how long commands take", "[command...]") },
    { "latency|history",        3,  PRIVILEGED,      NO_KEYS, EVERYWHERE, GATHERED,
      FROM_ALL, .on_gathered = gather_history, OF_ALL_NODES,
      LATENCY("2.8.13", "O(1)", "Tells the spikes of an event", "event") },
    { "latency|latest",         2,  PRIVILEGED,      NO_KEYS, EVERYWHERE, GATHERED,
      FROM_ALL, .on_gathered = gather_latest, OF_ALL_NODES,
      LATENCY("2.8.13", "O(1)", "Tells the last spike of each event", "") },
    { "latency|reset",         -2,  PRIVILEGED,      NO_KEYS, EVERYWHERE, GATHERED,
      .on_host = forget_of_host, .on_loop = forget_of_loop, .on_gathered = gather_reset,
      .tips = "request_policy:all_nodes response_policy:all_succeeded",
      LATENCY("2.8.13", "O(1)", "Forgets spikes", "[event...]") },
    { "latency|help",           2,  LOADING | STALE, NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_help,
      LATENCY("2.8.13", "O(1)", "Prints this help", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family latency_family = {rows};
