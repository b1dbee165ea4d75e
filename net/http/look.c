#include "net/http/look.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/clock.h"
#include "cache/panic.h"
#include "conf/settings.h"

const char look_closely[] = "closely";

/* --- what they tell --- */

/* Behind it: hotkeys, when they were asked for. */
struct shard_look {
    struct shard_report report;
    uint64_t lately_us;
};

/* Behind it: a tally. */
struct loop_look {
    struct loop_report report;
    struct look_limits limits;
};

static void tell_shard(struct host *host, unsigned shard, struct args *args, struct reply *reply)
{
    const bool closely = args->hidden == LOOK_CLOSELY;
    struct shard_look look;

    memset(&look, 0, sizeof(look));
    host_report(host, shard, &look.report);
    if (closely)
        look.lately_us = host_longest_lately_us(host);
    reply_raw(reply, &look, sizeof(look));
    if (closely)
        reply_raw(reply, host_hotkeys(host, shard), sizeof(struct hotkeys));
}

static void tell_limits(const struct settings *settings, struct look_limits *limits)
{
    char *policy = settings_value(settings, "maxmemory-policy");

    limits->maxmemory = (uint64_t)settings->maxmemory;
    limits->maxclients = (uint64_t)settings->maxclients;
    limits->secret = settings->requirepass[0] != '\0';
    snprintf(limits->policy, sizeof(limits->policy), "%s", policy == NULL ? "" : policy);
    free(policy);
}

static void tell_loop(struct loop *loop, struct args *args, struct reply *reply)
{
    struct loop_look look;

    (void)args;
    memset(&look, 0, sizeof(look));
    info_report_loop(loop, &look.report);
    tell_limits(loop->settings, &look.limits);
    reply_raw(reply, &look, sizeof(look));
    tally_write(&loop->tally, true, reply);
}

const struct command look_at_shard_command = {
    .name = "look|shard", .arity = 1, .flags = INTERNAL, .on_host = tell_shard};
const struct command look_at_loop_command = {
    .name = "look|loop", .arity = 1, .flags = INTERNAL, .on_loop = tell_loop};

/* --- their last answers --- */

struct answer {
    char *at; /* NULL: none yet */
    size_t len;
};

struct looks {
    const struct server_facts *facts;
    const struct inspector *inspector;
    struct answer answers[INSPECTED_MAX];
};

struct looks *looks_new(const struct server_facts *facts, const struct inspector *inspector)
{
    struct looks *looks = must_calloc(1, sizeof(*looks));

    looks->facts = facts;
    looks->inspector = inspector;
    return looks;
}

void looks_free(struct looks *looks)
{
    unsigned i;

    for (i = 0; i < INSPECTED_MAX; i++)
        free(looks->answers[i].at);
    free(looks);
}

void looks_take(void *context, unsigned which, struct bytes bytes)
{
    struct looks *looks = context;
    struct answer *answer = &looks->answers[which];

    if (answer->len != bytes.len) {
        char *at = realloc(answer->at, bytes.len);

        if (at == NULL) /* the last one has to do */
            return;
        answer->at = at;
    }
    answer->len = bytes.len;
    memcpy(answer->at, bytes.at, bytes.len);
}

/* --- a look --- */

static void read_shard(struct look *look, const struct answer *answer, unsigned index, bool silent)
{
    struct shard_look told;

    assert(answer->len >= sizeof(told));
    memcpy(&told, answer->at, sizeof(told));
    look->info.shards[index] = told.report;
    look->lately_us[index] = told.lately_us;
    look->shard_silent[index] = silent;
    if (answer->len == sizeof(told))
        return;
    assert(answer->len == sizeof(told) + sizeof(struct hotkeys));
    look->hotkeys[index] = malloc(sizeof(struct hotkeys));
    if (look->hotkeys[index] != NULL)
        memcpy(look->hotkeys[index], answer->at + sizeof(told), sizeof(struct hotkeys));
}

static void read_loop(struct look *look, const struct answer *answer, unsigned index, bool silent)
{
    struct loop_look told;

    assert(answer->len >= sizeof(told));
    memcpy(&told, answer->at, sizeof(told));
    look->info.loops[index] = told.report;
    look->loop_silent[index] = silent;
    if (index == 0)
        look->limits = told.limits;
    tally_read(&look->info.tally, bytes_new(answer->at + sizeof(told), answer->len - sizeof(told)));
}

/* The first shard of a thread that is asked knows the longest turn; the others share it. */
static void share_longest(struct look *look)
{
    unsigned i, k;

    for (i = 0; i < look->info.shard_count; i++)
        for (k = 0; k < i; k++)
            if (look->info.shards[k].thread == look->info.shards[i].thread)
                look->lately_us[i] = look->lately_us[k];
}

static void add_up(struct look *look)
{
    const struct info *info = &look->info;
    struct look_sums *sums = &look->sums;
    const int64_t up = (info->now_us / 1000 - info->facts->start_wall_ms) / 1000;
    unsigned i, database;

    footprint_sum(info, &sums->memory);
    sums->uptime = up < 0 ? 0 : (uint64_t)up; /* the clock was set back */
    for (i = 0; i < info->loop_count; i++) {
        net_stats_add(&sums->net, &info->loops[i].stats);
        sums->clients += info->loops[i].clients;
        sums->blocked += info->loops[i].waiting;
        sums->ops += info->loops[i].ops;
    }
    for (i = 0; i < info->shard_count; i++) {
        cache_stats_add(&sums->cache, &info->shards[i].cache.stats);
        for (database = 0; database < CACHE_DATABASES_MAX; database++)
            sums->expiring += info->shards[i].cache.databases[database].expiring;
    }
}

static bool all_known(const struct looks *looks)
{
    unsigned i;

    for (i = 0; i < inspector_count(looks->inspector); i++)
        if (looks->answers[i].at == NULL)
            return false;
    return true;
}

static void read_all(struct look *look, const struct looks *looks)
{
    const struct inspector *inspector = looks->inspector;
    unsigned i;

    for (i = 0; i < inspector_count(inspector); i++) {
        const unsigned index = inspector_index(inspector, i);
        const bool silent = inspector_is_away(inspector, i);

        look->silent += silent;
        if (inspector_is_shard(inspector, i))
            read_shard(look, &looks->answers[i], index, silent);
        else
            read_loop(look, &looks->answers[i], index, silent);
    }
}

struct look *look_new(const struct looks *looks)
{
    struct look *look;

    if (!all_known(looks))
        return NULL;
    look = calloc(1, sizeof(*look));
    if (look == NULL)
        return NULL;
    look->info.facts = looks->facts;
    look->info.now_us = clock_wall_us();
    look->info.hosted = shards_are_hosted(looks->facts->shards);
    look->info.shard_count = shards_count(looks->facts->shards);
    look->info.loop_count = shards_loops(looks->facts->shards);
    look->info.key_hash = keyhash_name(shards_keyhash(looks->facts->shards));
    process_tell(&look->info.process);
    read_all(look, looks);
    share_longest(look);
    add_up(look);
    return look;
}

void look_free(struct look *look)
{
    unsigned i;

    if (look == NULL)
        return;
    for (i = 0; i < SHARDS_MAX; i++)
        free(look->hotkeys[i]);
    tally_fini(&look->info.tally);
    free(look);
}
