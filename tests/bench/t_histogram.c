#include "bench/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "bench/dice.h"
#include "tests/tap/tap.h"

static struct histogram *made(void)
{
    struct histogram *histogram = malloc(sizeof(*histogram));

    histogram_init(histogram);
    return histogram;
}

static void test_empty(void)
{
    struct histogram *none = made();

    is_int(histogram_percentile(none, 50), 0, "an empty histogram has no median");
    ok(histogram_mean(none) == 0, "and no mean");
    free(none);
}

static void test_small(void)
{
    struct histogram *hundred = made();

    for (uint64_t i = 1; i <= 100; i++)
        histogram_add(hundred, i, 1);
    is_int(histogram_percentile(hundred, 50), 50, "small numbers are exact: the median");
    is_int(histogram_percentile(hundred, 99), 99, "the 99th percentile");
    is_int(histogram_percentile(hundred, 99.9), 100, "percentiles round up to a value");
    is_int(histogram_percentile(hundred, 100), 100, "the largest");
    is_int(histogram_percentile(hundred, 0), 1, "the smallest");
    ok(histogram_mean(hundred) == 50.5, "the mean is exact");
    free(hundred);
}

/* Every percentile of one value is that value; with a larger one beside it, the top of its step. */
static void test_precision(void)
{
    unsigned wrong = 0, inexact = 0;

    for (uint64_t value = 1; value < UINT64_C(1) << HISTOGRAM_TOP_BITS; value += value / 3 + 1) {
        struct histogram *histogram = made();
        uint64_t got;

        histogram_add(histogram, value, 1);
        inexact += histogram_percentile(histogram, 50) != value;
        histogram_add(histogram, UINT64_C(1) << HISTOGRAM_TOP_BITS, 1);
        got = histogram_percentile(histogram, 50);
        wrong += got < value || got - value > value / HISTOGRAM_STEPS;
        free(histogram);
    }
    is_int(inexact, 0, "a single value is given back as it is");
    is_int(wrong, 0, "others at most one part in 128 too large, never too small");
}

static void test_edges(void)
{
    unsigned wrong = 0;

    for (unsigned bit = HISTOGRAM_STEP_BITS; bit < HISTOGRAM_TOP_BITS; bit++) {
        const uint64_t power = UINT64_C(1) << bit;
        struct histogram *histogram = made();

        histogram_add(histogram, power - 1, 1);
        histogram_add(histogram, power, 1);
        wrong += histogram_percentile(histogram, 50) != power - 1;
        wrong += histogram_percentile(histogram, 51) != power;
        free(histogram);
    }
    is_int(wrong, 0, "a power of two and the number before it are told apart");
}

static void test_beyond(void)
{
    struct histogram *histogram = made();

    histogram_add(histogram, 5, 99);
    histogram_add(histogram, UINT64_MAX / 2, 1);
    is_int(histogram_percentile(histogram, 99), 5, "what is beyond the range hurts no other");
    is_int(histogram_percentile(histogram, 99.5), (int64_t)(UINT64_MAX / 2), "and is the maximum");
    free(histogram);
}

static void test_ranks(void)
{
    struct histogram *histogram = made();

    histogram_add(histogram, 10, 9999);
    histogram_add(histogram, 100, 1);
    is_int(histogram_percentile(histogram, 99.99), 10, "99.99 %% of 10,000 are 9,999 of them");
    is_int(histogram_percentile(histogram, 99.995), 100, "more than that is all of them");
    free(histogram);
}

static void test_merge(void)
{
    struct histogram *all = made(), *halves[2] = {made(), made()};
    struct dice dice = {1};

    for (int i = 0; i < 10000; i++) {
        const uint64_t value = dice_roll(&dice) >> (20 + dice_roll(&dice) % 40);

        histogram_add(all, value, 1);
        histogram_add(halves[i % 2], value, 1);
    }
    histogram_merge(halves[0], halves[1]);
    ok(memcmp(all, halves[0], sizeof(*all)) == 0, "two halves merge into the whole");
    free(all);
    free(halves[0]);
    free(halves[1]);
}

static void test_times(void)
{
    struct histogram *once = made(), *many = made();

    for (int i = 0; i < 50; i++)
        histogram_add(once, 12345, 1);
    histogram_add(many, 12345, 50);
    ok(memcmp(once, many, sizeof(*once)) == 0, "fifty at once are fifty times one");
    free(once);
    free(many);
}

int main(void)
{
    test_empty();
    test_small();
    test_precision();
    test_edges();
    test_beyond();
    test_ranks();
    test_merge();
    test_times();
    return tap_done();
}
