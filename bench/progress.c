#include "bench/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "bench/amount.h"
#include "bench/now.h"

#define OFTEN 200000000u
#define SELDOM 10000000000u

void progress_begin(struct progress *progress, const char *name, uint64_t goal, double seconds,
                    bool quiet)
{
    const uint64_t now = now_ns();

    *progress = (struct progress){.name = name,
                                  .goal = goal,
                                  .seconds = seconds,
                                  .quiet = quiet,
                                  .is_terminal = isatty(STDERR_FILENO) == 1,
                                  .began = now,
                                  .shown = now};
}

static double percent(const struct progress *progress, uint64_t done, uint64_t now)
{
    const double share = progress->goal > 0
                             ? (double)done / (double)progress->goal
                             : (double)(now - progress->began) / 1e9 / progress->seconds;

    return share > 1 ? 100 : 100 * share;
}

void progress_show(struct progress *progress, uint64_t done)
{
    const uint64_t now = now_ns(), since = now - progress->shown;
    char total[AMOUNT_TEXT], rate[AMOUNT_TEXT];

    if (progress->quiet || since < (progress->is_terminal ? OFTEN : SELDOM))
        return;
    amount_print(total, done);
    amount_print(rate,
                 (uint64_t)((double)(done - progress->done_when_shown) * 1e9 / (double)since));
    fprintf(stderr, "%s%-8s %3.0f %%  %15s requests  %12s per second%s",
            progress->is_terminal ? "\r" : "", progress->name, percent(progress, done, now), total,
            rate, progress->is_terminal ? "" : "\n");
    progress->shown = now;
    progress->done_when_shown = done;
}

void progress_end(struct progress *progress)
{
    if (!progress->quiet && progress->is_terminal)
        fprintf(stderr, "\r%-79s\r", "");
}
