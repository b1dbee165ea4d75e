#include "bench/schedule.h"

#include <math.h>
#include <stdlib.h>

#define GAPS 4096u

/* The quantiles of the exponential distribution; their mean falls a little short of 1. */
static void fill_gaps(float *gaps)
{
    double sum = 0;

    for (unsigned i = 0; i < GAPS; i++)
        sum += -log1p(-(i + 0.5) / GAPS);
    for (unsigned i = 0; i < GAPS; i++)
        gaps[i] = (float)(-log1p(-(i + 0.5) / GAPS) * GAPS / sum);
}

bool schedule_init(struct schedule *schedule, double per_second, bool poisson)
{
    *schedule = (struct schedule){.gap = 1e9 / per_second};
    if (!poisson)
        return true;
    schedule->gaps = calloc(GAPS, sizeof(*schedule->gaps));
    if (schedule->gaps == NULL)
        return false;
    fill_gaps(schedule->gaps);
    return true;
}

void schedule_fini(struct schedule *schedule)
{
    free(schedule->gaps);
    schedule->gaps = NULL;
}

void schedule_start(struct schedule *schedule, uint64_t now)
{
    schedule->due = (double)now + schedule->gap;
}

void schedule_advance(struct schedule *schedule, struct dice *dice)
{
    if (schedule->gaps == NULL)
        schedule->due += schedule->gap;
    else
        schedule->due += schedule->gap * (double)schedule->gaps[dice_roll(dice) % GAPS];
}
