#include "top/figures.h"

#include "tests/tap/tap.h"

static void write_sample(struct sample *sample, int64_t second, uint64_t requests)
{
    *sample = (struct sample){.now_us = second * 1000000,
                              .uptime = (uint64_t)second,
                              .commands = requests,
                              .hits = requests / 2,
                              .misses = requests / 4,
                              .cpu_us = requests * 10,
                              .shard_count = 2,
                              .version = "1"};
    sample->shards[0].requests = requests / 4;
    sample->shards[1].requests = requests - requests / 4;
    sample->shards[1].thread = 1;
    sample->shards[1].queue = 5;
}

static void test_rates(void)
{
    struct figures *figures = figures_new();

    write_sample(figures_next(figures), 10, 1000);
    figures_reckon(figures);
    ok(!figures->differ, "one sample is no difference");
    is_int(figures->shards[1].of[WHAT_QUEUE], 5, "but levels are known");
    write_sample(figures_next(figures), 12, 3000);
    figures_reckon(figures);
    ok(figures->differ, "two are");
    is_int(figures->rate, 1000, "commands per second");
    is_int(figures->found, 500, "reads that found something");
    is_int(figures->read, 750, "of all");
    is_int((int64_t)(figures->busy * 1000), 10, "processors");
    is_int(figures->shards[0].rate, 250, "a shard's requests");
    is_int(figures->shards[1].rate, 750, "and the other's");
    is_int((int64_t)(figures_like_shards(figures) * 100), 133, "as if there were one and a third");
    is_int(figures_threads(figures), 2, "threads that run them");
    is_int((int64_t)past_ago(&figures->past_rate, 0), 1000, "and it is remembered");
    figures_free(figures);
}

static void test_another_server(void)
{
    struct figures *figures = figures_new();

    write_sample(figures_next(figures), 10, 1000);
    figures_reckon(figures);
    write_sample(figures_next(figures), 11, 2000);
    figures_reckon(figures);
    write_sample(figures_next(figures), 12, 50);
    figures_reckon(figures);
    ok(!figures->differ, "counters that go back begin anew");
    is_int(figures->past_rate.count, 0, "with no past");
    write_sample(figures_next(figures), 13, 150);
    figures_reckon(figures);
    is_int(figures->rate, 100, "and go on from there");
    figures_next(figures)->shard_count = 0;
    write_sample(figures_next(figures), 14, 250);
    figures_next(figures)->shard_count = 1;
    figures_reckon(figures);
    ok(!figures->differ, "so do other shards");
    figures_free(figures);
}

static void add_command(struct sample *sample, const char *name, uint64_t calls, uint64_t us)
{
    struct sample_command *command = &sample->of_commands[sample->command_count++];

    for (size_t i = 0; name[i] != '\0'; i++)
        command->name[i] = name[i];
    command->calls = calls;
    command->us = us;
}

static void test_mix(void)
{
    struct figures *figures = figures_new();

    write_sample(figures_next(figures), 1, 100);
    add_command(figures_next(figures), "get", 100, 200);
    add_command(figures_next(figures), "del", 5, 5);
    figures_reckon(figures);
    write_sample(figures_next(figures), 3, 200);
    add_command(figures_next(figures), "set", 10, 40);
    add_command(figures_next(figures), "get", 160, 500);
    add_command(figures_next(figures), "del", 5, 5);
    figures_reckon(figures);
    is_int(figures->mix_count, 2, "commands that are not called now are not told");
    is_text(figures->mix[0].name, "get", "most comes first");
    is_int(figures->mix[0].rate, 30, "by calls per second");
    is_int(figures->mix[0].mean_us, 5, "and their mean time");
    is_text(figures->mix[1].name, "set", "a new one");
    is_int(figures->mix[1].mean_us, 4, "has one, too");
    figures_free(figures);
}

static void test_latency(void)
{
    struct figures *figures = figures_new();
    struct sample *next = figures_next(figures);

    write_sample(next, 1, 100);
    next->buckets[10] = (struct sample_bucket){1024, 1000000};
    figures_reckon(figures);
    write_sample(next, 2, 200);
    next->buckets[10] = (struct sample_bucket){1024, 1000000};
    figures_reckon(figures);
    is_int(figures->latency_count, 0, "what was before does not count");
    write_sample(next, 3, 300);
    next->buckets[0] = (struct sample_bucket){1, 60};
    next->buckets[4] = (struct sample_bucket){16, 39};
    next->buckets[10] = (struct sample_bucket){1024, 1000001};
    figures_reckon(figures);
    is_int(figures->latency_count, 100, "a hundred commands");
    is_int(figures->within_us[0], 1, "half of them within");
    is_int(figures->within_us[1], 16, "99 within");
    is_int(figures->within_us[2], 1024, "and nearly all within");
    figures_free(figures);
}

static void test_past(void)
{
    struct past past = {.count = 0};

    is_int((int64_t)past_ago(&past, 0), 0, "no past is nothing");
    for (unsigned i = 1; i <= 2 * PAST_LEN + 7; i++)
        past_push(&past, i);
    is_int(past.count, PAST_LEN, "what is too long ago is forgotten");
    is_int((int64_t)past_ago(&past, 0), 2 * PAST_LEN + 7, "the last one is there");
    is_int((int64_t)past_ago(&past, PAST_LEN - 1), PAST_LEN + 8, "and the first that was kept");
    is_int((int64_t)past_ago(&past, PAST_LEN), 0, "before that is nothing");
    is_int((int64_t)past_most(&past, 3), 2 * PAST_LEN + 7, "the most of the last three");
}

int main(void)
{
    test_rates();
    test_another_server();
    test_mix();
    test_latency();
    test_past();
    return tap_done();
}
