#include "net/reports.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cache/clock.h"

void reports_of_shard(struct host *host, unsigned shard, struct args *args, struct reply *reply)
{
    struct shard_report report;

    (void)args;
    memset(&report, 0, sizeof(report));
    host_report(host, shard, &report);
    reply_raw(reply, &report, sizeof(report));
}

void reports_of_loop(struct loop *loop, struct args *args, struct reply *reply)
{
    struct loop_report report;

    info_report_loop(loop, &report);
    reply_raw(reply, &report, sizeof(report));
    tally_write(&loop->tally, info_wants_durations(args), reply);
}

/* A slot need not be aligned for what was copied into it. */
static void read_report(const struct request *part, void *report, size_t size)
{
    assert(part->cargo.reply.len >= size);
    memcpy(report, part->cargo.reply.at, size);
}

/* A loop's tally stands behind its report. */
static void add_tally(struct info *info, const struct request *part)
{
    const struct reply *reply = &part->cargo.reply;
    const size_t start = sizeof(struct loop_report);

    tally_read(&info->tally, bytes_new(reply->at + start, reply->len - start));
}

/* A shard stands at its number, whatever the order of the parts. */
static void take_part(struct info *info, const struct request *part)
{
    const bool of_shard = part->cargo.shard != REQUEST_NO_SHARD;

    if (of_shard) {
        read_report(part, &info->shards[part->cargo.shard], sizeof(info->shards[0]));
        info->shard_count++;
    } else {
        read_report(part, &info->loops[part->cargo.target], sizeof(info->loops[0]));
        add_tally(info, part);
        info->loop_count++;
    }
}

struct info *reports_read(const struct loop *loop, const struct request *parts)
{
    struct info *info = calloc(1, sizeof(*info));

    if (info == NULL)
        return NULL;
    info->facts = loop->facts;
    info->settings = loop->settings;
    info->now_us = clock_wall_us();
    info->hosted = shards_are_hosted(loop->facts->shards);
    info->key_hash = keyhash_name(shards_keyhash(loop->facts->shards));
    process_tell(&info->process);
    for (; parts != NULL; parts = parts->net.next)
        take_part(info, parts);
    return info;
}

void reports_free(struct info *info)
{
    tally_fini(&info->tally);
    free(info);
}
