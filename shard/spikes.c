#include "shard/spikes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[SPIKE_EVENTS] = {
    [SPIKE_COMMAND] = "command",
    [SPIKE_FAST_COMMAND] = "fast-command",
    [SPIKE_EXPIRE] = "expire-cycle",
    [SPIKE_EVICTION] = "eviction-cycle",
    [SPIKE_DEFRAG] = "active-defrag-cycle",
};

const char *spikes_name(enum spike_event event)
{
    return names[event];
}

bool spikes_find(struct bytes name, enum spike_event *event)
{
    unsigned i;

    for (i = 0; i < SPIKE_EVENTS; i++)
        if (bytes_equal(bytes_of(names[i]), name)) {
            *event = (enum spike_event)i;
            return true;
        }
    return false;
}

bool spikes_forget(struct spikes *spikes, enum spike_event event)
{
    if (spikes->series[event] == NULL)
        return false;
    free(spikes->series[event]);
    spikes->series[event] = NULL;
    return true;
}

void spikes_fini(struct spikes *spikes)
{
    unsigned i;

    for (i = 0; i < SPIKE_EVENTS; i++)
        spikes_forget(spikes, (enum spike_event)i);
}

/* NULL: no memory. */
static struct spike_series *find_or_add(struct spikes *spikes, enum spike_event event)
{
    if (spikes->series[event] == NULL)
        spikes->series[event] = calloc(1, sizeof(struct spike_series));
    return spikes->series[event];
}

/* Of one second only the worst is kept. They come in the order of time. */
static void add(struct spike_series *series, struct spike spike)
{
    struct spike *last = series->count == 0 ? NULL : &series->samples[series->count - 1];

    if (spike.milliseconds > series->most)
        series->most = spike.milliseconds;
    if (last != NULL && last->seconds == spike.seconds) {
        if (last->milliseconds < spike.milliseconds)
            last->milliseconds = spike.milliseconds;
        return;
    }
    if (series->count == SPIKES_KEPT)
        memmove(series->samples, series->samples + 1, --series->count * sizeof(series->samples[0]));
    series->samples[series->count++] = spike;
}

void spikes_note(struct spikes *spikes, enum spike_event event, int64_t seconds,
                 uint64_t nanoseconds)
{
    struct spike_series *series = find_or_add(spikes, event);

    if (series != NULL)
        add(series, (struct spike){seconds, (uint32_t)(nanoseconds / 1000000)});
}

void spikes_write(const struct spikes *spikes, struct reply *reply)
{
    unsigned i;

    for (i = 0; i < SPIKE_EVENTS; i++) {
        const uint32_t event = i;

        if (spikes->series[i] == NULL)
            continue;
        reply_raw(reply, &event, sizeof(event));
        reply_raw(reply, spikes->series[i], sizeof(*spikes->series[i]));
    }
}

/* Both are in the order of time, and so is what becomes of them. */
static void merge(struct spike_series *into, const struct spike_series *other)
{
    const struct spike_series one = *into;
    unsigned i = 0, k = 0;

    into->count = 0;
    while (i < one.count || k < other->count) {
        const bool first = k == other->count ||
                           (i < one.count && one.samples[i].seconds < other->samples[k].seconds);

        add(into, first ? one.samples[i++] : other->samples[k++]);
    }
    if (other->most > into->most)
        into->most = other->most;
}

bool spikes_read(struct spikes *spikes, struct bytes written)
{
    struct spike_series series, *into;
    uint32_t event;

    for (; written.len > 0; written = bytes_new(written.at + sizeof(event) + sizeof(series),
                                                written.len - sizeof(event) - sizeof(series))) {
        assert(written.len >= sizeof(event) + sizeof(series));
        memcpy(&event, written.at, sizeof(event));
        memcpy(&series, written.at + sizeof(event), sizeof(series));
        assert(event < SPIKE_EVENTS);
        into = find_or_add(spikes, (enum spike_event)event);
        if (into == NULL)
            return false;
        merge(into, &series);
    }
    return true;
}
