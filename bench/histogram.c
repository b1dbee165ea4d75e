#include "bench/histogram.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void histogram_init(struct histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
    histogram->min = UINT64_MAX;
}

static unsigned top_bit(uint64_t value)
{
    return 63u - (unsigned)__builtin_clzll(value);
}

/*
 *   value   0 .. 127   128 .. 255   256 .. 511   512 .. 1023   ...
 *   index   0 .. 127   128 .. 255   256 .. 383   384 ..  511   ...
 *   width      1            1            2            4
 */
static unsigned index_of(uint64_t value)
{
    unsigned shift;

    if (value < HISTOGRAM_STEPS)
        return (unsigned)value;
    if (value >> HISTOGRAM_TOP_BITS != 0)
        return HISTOGRAM_COUNTS - 1;
    shift = top_bit(value) - HISTOGRAM_STEP_BITS;
    return shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

/* The largest value that index_of maps to `index`. */
static uint64_t top_of(unsigned index)
{
    unsigned shift;

    if (index < HISTOGRAM_STEPS)
        return index;
    shift = index / HISTOGRAM_STEPS - 1;
    return ((uint64_t)(index % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value, uint64_t times)
{
    histogram->counts[index_of(value)] += times;
    histogram->total += times;
    histogram->sum += value * times;
    if (value < histogram->min)
        histogram->min = value;
    if (value > histogram->max)
        histogram->max = value;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    for (unsigned i = 0; i < HISTOGRAM_COUNTS; i++)
        histogram->counts[i] += other->counts[i];
    histogram->total += other->total;
    histogram->sum += other->sum;
    if (other->min < histogram->min)
        histogram->min = other->min;
    if (other->max > histogram->max)
        histogram->max = other->max;
}

/* How many values the answer must cover; rounding must not make 99.9 % of 1,000 more than 999. */
static uint64_t rank_of(uint64_t total, double percent)
{
    const double rank = ceil(percent * (double)total / 100 - 1e-6);

    if (rank < 1)
        return 1;
    return rank > (double)total ? total : (uint64_t)rank;
}

uint64_t histogram_percentile(const struct histogram *histogram, double percent)
{
    uint64_t left;

    assert(percent >= 0 && percent <= 100);
    if (histogram->total == 0)
        return 0;
    left = rank_of(histogram->total, percent);
    for (unsigned i = 0; i < HISTOGRAM_COUNTS - 1; i++) {
        if (histogram->counts[i] >= left)
            return top_of(i) < histogram->max ? top_of(i) : histogram->max;
        left -= histogram->counts[i];
    }
    return histogram->max;
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->total == 0 ? 0 : (double)histogram->sum / (double)histogram->total;
}
