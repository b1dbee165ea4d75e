#include "net/pulse.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/panic.h"
#include "net/info.h"
#include "net/notify.h"
#include "shard/inspector.h"

struct pulse {
    const struct server_facts *facts;
    const struct supervisor *supervisor;
    struct log *log;
    struct inspector *inspector;
    uint64_t counts[INSPECTED_MAX]; /* as told last: keys of a shard, clients of a loop */
};

/* --- what they tell --- */

static void tell_keys(struct host *host, unsigned shard, struct args *args, struct reply *reply)
{
    struct shard_report report;
    uint64_t keys = 0;
    unsigned i;

    (void)args;
    host_report(host, shard, &report);
    for (i = 0; i < CACHE_DATABASES_MAX; i++)
        keys += report.cache.databases[i].keys;
    reply_raw(reply, &keys, sizeof(keys));
}

static void tell_clients(struct loop *loop, struct args *args, struct reply *reply)
{
    struct loop_report report;
    uint64_t clients;

    (void)args;
    info_report_loop(loop, &report);
    clients = report.clients;
    reply_raw(reply, &clients, sizeof(clients));
}

static const struct command ask_shard_command = {
    .name = "pulse|shard", .arity = 1, .flags = INTERNAL, .on_host = tell_keys};
static const struct command ask_loop_command = {
    .name = "pulse|loop", .arity = 1, .flags = INTERNAL, .on_loop = tell_clients};

static void take_in(void *context, unsigned which, struct bytes answer)
{
    struct pulse *pulse = context;

    assert(answer.len == sizeof(pulse->counts[which]));
    memcpy(&pulse->counts[which], answer.at, answer.len);
}

/* --- what the supervisor is told --- */

static void tell_life(const struct pulse *pulse)
{
    const unsigned shards = shards_count(pulse->facts->shards);
    uint64_t sums[2] = {0}; /* of loops, of shards */
    char lines[PULSE_STATUS];
    unsigned i;

    for (i = 0; i < inspector_count(pulse->inspector); i++)
        sums[inspector_is_shard(pulse->inspector, i)] += pulse->counts[i];
    snprintf(lines, sizeof(lines),
             NOTIFY_WATCHDOG "\nSTATUS=Serving port %d: %" PRIu64 " keys in %u shards, %" PRIu64
                             " clients",
             pulse->facts->port, sums[1], shards, sums[0]);
    supervisor_tell(pulse->supervisor, pulse->log, lines);
}

static void tell_silence(const struct pulse *pulse)
{
    const struct inspector *inspector = pulse->inspector;
    char lines[PULSE_STATUS];
    unsigned i = 0;

    while (!inspector_is_away(inspector, i))
        i++;
    snprintf(lines, sizeof(lines), "STATUS=%s %u does not answer",
             inspector_is_shard(inspector, i) ? "Shard" : "Loop", inspector_index(inspector, i));
    log_write(pulse->log, LOG_WARNING, "%s", lines + strlen("STATUS="));
    supervisor_tell(pulse->supervisor, pulse->log, lines);
}

/* --- beats --- */

struct pulse *pulse_new(const struct server_facts *facts, const struct supervisor *supervisor,
                        struct log *log)
{
    struct pulse *pulse = must_calloc(1, sizeof(*pulse));

    pulse->facts = facts;
    pulse->supervisor = supervisor;
    pulse->log = log;
    pulse->inspector = inspector_new(facts->shards, shards_main(facts->shards), &ask_shard_command,
                                     &ask_loop_command);
    inspector_ask(pulse->inspector, NULL);
    return pulse;
}

void pulse_beat(struct pulse *pulse)
{
    inspector_receive(pulse->inspector, take_in, pulse);
    if (inspector_waits(pulse->inspector))
        tell_silence(pulse);
    else
        tell_life(pulse);
    inspector_ask(pulse->inspector, NULL);
}

void pulse_end(struct pulse *pulse)
{
    inspector_await(pulse->inspector, take_in, pulse);
    inspector_free(pulse->inspector);
    free(pulse);
}
