#include "top/figures.h"

#include <stdlib.h>
#include <string.h>

struct both {
    struct figures figures; /* first: what is handed out */
    struct sample next;
};

struct figures *figures_new(void)
{
    return calloc(1, sizeof(struct both));
}

void figures_free(struct figures *figures)
{
    free(figures);
}

struct sample *figures_next(struct figures *figures)
{
    return &((struct both *)figures)->next;
}

/* Another server has been there before, or this one has forgotten what it counted. */
static bool begins_anew(const struct sample *before, const struct sample *now)
{
    return now->uptime < before->uptime || now->commands < before->commands ||
           now->shard_count != before->shard_count || now->now_us <= before->now_us;
}

static double grown(uint64_t before, uint64_t now)
{
    return now > before ? (double)(now - before) : 0;
}

static void reckon_sums(struct figures *figures)
{
    const struct sample *before = &figures->before, *now = &figures->now;
    const double each = 1 / figures->seconds;

    figures->rate = grown(before->commands, now->commands) * each;
    figures->found = grown(before->hits, now->hits) * each;
    figures->read = figures->found + grown(before->misses, now->misses) * each;
    figures->evicting = grown(before->evicted, now->evicted) * each;
    figures->expiring = grown(before->expired, now->expired) * each;
    figures->input = grown(before->input, now->input) * each;
    figures->output = grown(before->output, now->output) * each;
    figures->errors = grown(before->errors, now->errors) * each;
    figures->busy = grown(before->cpu_us, now->cpu_us) * each / 1e6;
}

static void reckon_shard(struct figures_shard *shard, const struct sample_shard *before,
                         const struct sample_shard *now, double each)
{
    shard->rate = grown(before->requests, now->requests) * each;
    shard->evicting = grown(before->evicted, now->evicted) * each;
    shard->found = grown(before->hits, now->hits) * each;
    shard->read = shard->found + grown(before->misses, now->misses) * each;
    shard->of[WHAT_REQUESTS] = shard->rate;
    shard->of[WHAT_QUEUE] = (double)now->queue;
    shard->of[WHAT_MEMORY] = (double)now->memory;
    shard->of[WHAT_LONGEST] = (double)now->longest_us;
    for (unsigned i = 0; i < WHATS; i++)
        past_push(&shard->past[i], shard->of[i]);
}

/* --- commands --- */

static const struct sample_command *find(const struct sample *sample, const char *name)
{
    for (unsigned i = 0; i < sample->command_count; i++)
        if (strcmp(sample->of_commands[i].name, name) == 0)
            return &sample->of_commands[i];
    return NULL;
}

static int by_rate(const void *a, const void *b)
{
    const struct figures_command *left = a, *right = b;

    if (left->rate != right->rate)
        return left->rate < right->rate ? 1 : -1;
    return strcmp(left->name, right->name);
}

static void reckon_mix(struct figures *figures)
{
    struct figures_command all[SAMPLE_COMMANDS];
    unsigned count = 0;

    for (unsigned i = 0; i < figures->now.command_count; i++) {
        const struct sample_command *now = &figures->now.of_commands[i];
        const struct sample_command *before = find(&figures->before, now->name);
        const double calls = grown(before == NULL ? 0 : before->calls, now->calls);

        if (calls > 0)
            all[count++] =
                (struct figures_command){now->name, calls / figures->seconds,
                                         grown(before == NULL ? 0 : before->us, now->us) / calls};
    }
    qsort(all, count, sizeof(all[0]), by_rate);
    figures->mix_count = count < FIGURES_MIX ? count : FIGURES_MIX;
    memcpy(figures->mix, all, figures->mix_count * sizeof(all[0]));
}

/* --- how long they take --- */

static uint64_t within(const double *counts, const struct sample_bucket *buckets, double share)
{
    double sum = 0;

    for (unsigned i = 0; i < SAMPLE_BUCKETS; i++) {
        sum += counts[i];
        if (counts[i] > 0 && sum >= share)
            return buckets[i].edge;
    }
    return 0;
}

static void reckon_latency(struct figures *figures)
{
    static const double shares[] = {.5, .99, .999};
    double counts[SAMPLE_BUCKETS];

    figures->latency_count = 0;
    for (unsigned i = 0; i < SAMPLE_BUCKETS; i++) {
        counts[i] = grown(figures->before.buckets[i].count, figures->now.buckets[i].count);
        figures->latency_count += counts[i];
    }
    for (unsigned i = 0; i < 3; i++)
        figures->within_us[i] =
            within(counts, figures->now.buckets, shares[i] * figures->latency_count);
}

/* --- all together --- */

static void forget(struct figures *figures)
{
    const struct sample now = figures->now;

    memset(figures, 0, sizeof(*figures));
    figures->now = now;
}

static void note_levels(struct figures *figures)
{
    for (unsigned i = 0; i < figures->now.shard_count; i++) {
        const struct sample_shard *now = &figures->now.shards[i];

        figures->shards[i].of[WHAT_QUEUE] = (double)now->queue;
        figures->shards[i].of[WHAT_MEMORY] = (double)now->memory;
        figures->shards[i].of[WHAT_LONGEST] = (double)now->longest_us;
    }
}

void figures_reckon(struct figures *figures)
{
    figures->before = figures->now;
    figures->now = *figures_next(figures);
    if (figures->before.version[0] == '\0' || begins_anew(&figures->before, &figures->now)) {
        forget(figures);
        note_levels(figures);
        return;
    }
    figures->differ = true;
    figures->seconds = (double)(figures->now.now_us - figures->before.now_us) / 1e6;
    reckon_sums(figures);
    past_push(&figures->past_rate, figures->rate);
    for (unsigned i = 0; i < figures->now.shard_count; i++)
        reckon_shard(&figures->shards[i], &figures->before.shards[i], &figures->now.shards[i],
                     1 / figures->seconds);
    reckon_mix(figures);
    reckon_latency(figures);
}

double figures_like_shards(const struct figures *figures)
{
    double sum = 0, most = 0;

    for (unsigned i = 0; i < figures->now.shard_count; i++) {
        sum += figures->shards[i].rate;
        if (figures->shards[i].rate > most)
            most = figures->shards[i].rate;
    }
    return most > 0 ? sum / most : 0;
}

unsigned figures_threads(const struct figures *figures)
{
    uint64_t seen = 0;

    for (unsigned i = 0; i < figures->now.shard_count; i++)
        seen |= UINT64_C(1) << (figures->now.shards[i].thread % 64);
    return (unsigned)__builtin_popcountll(seen);
}
