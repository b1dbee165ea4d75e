/*
 * sizes - how long the values are: fixed, evenly spread over a range, or log-normal.
 *
 * Owner   read only once made; any thread may draw.
 * Memory  one table of at most 4,096 lengths with their digits, 64 KB.
 * Cost    a draw is one load; nothing is computed or printed while the load runs.
 * Errors  a text that makes no sense is refused, and says so.
 *
 * The table holds the 4,096 evenly spaced quantiles of the distribution, so its mean is right to
 * four digits, and a log-normal tail ends where only one value in 8,192 would be longer.
 */
#ifndef BENCH_SIZES_H
#define BENCH_SIZES_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/why.h"

#define SIZES_LARGEST (64u << 20)
#define SIZES_LINE 11

struct size {
    uint32_t bytes;
    uint8_t line_len;
    char line[SIZES_LINE]; /* the digits and the line end, as both protocols want them */
};

struct sizes {
    struct size *rows;
    uint32_t mask; /* number of rows, a power of two, less one */
    uint32_t smallest, largest;
};

/* "64", "1-1024", "lognormal:200,1.5" (median and sigma); sizes may end in kb or mb. */
bool sizes_init(struct sizes *, const char *text, struct why *);
void sizes_fini(struct sizes *);

/* Any bits of a roll choose. */
static inline const struct size *sizes_draw(const struct sizes *sizes, uint64_t roll)
{
    return &sizes->rows[roll & sizes->mask];
}

double sizes_mean(const struct sizes *);

#endif
