/* Samples of what took long: kept by the second, told, and put together. */
#include "shard/spikes.h"

#include "tests/tap/tap.h"

#define MS UINT64_C(1000000)

static struct spikes here, there;

static void begin(void)
{
    spikes_fini(&here);
    spikes_fini(&there);
}

/* As one tells it, and the other reads it. */
static void tell(const struct spikes *from, struct spikes *to)
{
    struct reply reply;

    reply_init(&reply);
    spikes_write(from, &reply);
    spikes_read(to, bytes_new(reply.at, reply.len));
    reply_fini(&reply);
}

static void of_a_second_the_worst_is_kept(void)
{
    const struct spike_series *series;

    begin();
    spikes_note(&here, SPIKE_COMMAND, 100, 5 * MS);
    spikes_note(&here, SPIKE_COMMAND, 100, 9 * MS);
    spikes_note(&here, SPIKE_COMMAND, 100, 7 * MS);
    spikes_note(&here, SPIKE_COMMAND, 101, 3 * MS + 999999);
    series = here.series[SPIKE_COMMAND];
    is_int(series->count, 2, "each second is one sample");
    is_int(series->samples[0].milliseconds, 9, "its longest time");
    is_int(series->samples[1].milliseconds, 3, "in whole milliseconds");
    is_int(series->most, 9, "and the longest of all is known");
    ok(here.series[SPIKE_EXPIRE] == NULL, "of other events there is nothing");
}

static void the_oldest_go(void)
{
    const struct spike_series *series;

    begin();
    for (int i = 0; i < SPIKES_KEPT + 5; i++)
        spikes_note(&here, SPIKE_EXPIRE, 100 + i, (uint64_t)(1000 - i) * MS);
    series = here.series[SPIKE_EXPIRE];
    is_int(series->count, SPIKES_KEPT, "so many are kept");
    is_int(series->samples[0].seconds, 105, "the newest");
    is_int(series->most, 1000, "the longest of all is known even if it is gone");
}

static void what_several_tell_comes_together(void)
{
    const struct spike_series *series;

    begin();
    spikes_note(&here, SPIKE_EVICTION, 100, 1 * MS);
    spikes_note(&here, SPIKE_EVICTION, 102, 2 * MS);
    spikes_note(&there, SPIKE_EVICTION, 101, 8 * MS);
    spikes_note(&there, SPIKE_EVICTION, 102, 4 * MS);
    spikes_note(&there, SPIKE_FAST_COMMAND, 99, 6 * MS);
    tell(&there, &here);
    series = here.series[SPIKE_EVICTION];
    is_int(series->count, 3, "seconds of both");
    is_int(series->samples[1].seconds, 101, "in the order of time");
    is_int(series->samples[2].milliseconds, 4, "of the same second the worst");
    is_int(series->most, 8, "of all the longest");
    is_int(here.series[SPIKE_FAST_COMMAND]->count, 1, "and events that one had not seen");
    tell(&there, &here);
    is_int(here.series[SPIKE_EVICTION]->count, 3, "told twice it is the same");
}

static void they_are_forgotten(void)
{
    begin();
    spikes_note(&here, SPIKE_DEFRAG, 100, 1 * MS);
    ok(spikes_forget(&here, SPIKE_DEFRAG), "there is something to forget");
    ok(!spikes_forget(&here, SPIKE_DEFRAG), "once");
}

static void they_have_names(void)
{
    enum spike_event event;

    for (unsigned i = 0; i < SPIKE_EVENTS; i++) {
        const char *name = spikes_name((enum spike_event)i);

        ok(spikes_find(bytes_of(name), &event) && event == i, "%s", name);
    }
    ok(!spikes_find(bytes_of("fork"), &event), "no other is known");
}

int main(void)
{
    of_a_second_the_worst_is_kept();
    the_oldest_go();
    what_several_tell_comes_together();
    they_are_forgotten();
    they_have_names();
    begin();
    return tap_done();
}
