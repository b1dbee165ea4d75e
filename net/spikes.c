#include "net/spikes.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/panic.h"
#include "net/first.h"
#include "net/loop.h"

struct spikes {
    struct spike_series series[SPIKES_EVENTS];
    unsigned count;
};

struct news {
    const char *event;
    struct spike spike;
};

struct spikes *spikes_new(void)
{
    return must_calloc(1, sizeof(struct spikes));
}

void spikes_free(struct spikes *spikes)
{
    free(spikes);
}

const struct spike_series *spikes_at(const struct spikes *spikes, unsigned index)
{
    return index < spikes->count ? &spikes->series[index] : NULL;
}

static struct spike_series *find(struct spikes *spikes, struct bytes event)
{
    unsigned i;

    for (i = 0; i < spikes->count; i++)
        if (bytes_equal(bytes_of(spikes->series[i].event), event))
            return &spikes->series[i];
    return NULL;
}

const struct spike_series *spikes_find(const struct spikes *spikes, struct bytes event)
{
    return find((struct spikes *)spikes, event);
}

bool spikes_forget(struct spikes *spikes, struct bytes event)
{
    struct spike_series *series = find(spikes, event);

    if (series == NULL)
        return false;
    *series = spikes->series[--spikes->count];
    return true;
}

static struct spike_series *find_or_add(struct spikes *spikes, const char *event)
{
    struct spike_series *series = find(spikes, bytes_of(event));

    if (series != NULL)
        return series;
    assert(spikes->count < SPIKES_EVENTS);
    series = &spikes->series[spikes->count++];
    *series = (struct spike_series){.event = event};
    return series;
}

/* Of one second only the worst is kept. */
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

static void take_news(struct loop *loop, struct args *args, struct reply *reply)
{
    struct news *news = args->hidden;

    (void)reply;
    add(find_or_add(loop->spikes, news->event), news->spike);
    free(news);
}

static const struct command news_command = {
    .name = "spikes|note", .flags = INTERNAL, .on_loop = take_news};

void spikes_note(struct loop *loop, const char *event, uint64_t milliseconds)
{
    struct news *news = must_malloc(sizeof(*news));

    *news = (struct news){event, {loop_wall_ms(loop) / 1000, (uint32_t)milliseconds}};
    first_tell(loop, &news_command, news);
}
