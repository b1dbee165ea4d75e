#include "bench/zipf.h"

#include <assert.h>
#include <math.h>

/*
 * The curve x^-skew is easy to integrate and to invert, so a point under it is drawn by inverting
 * the area; the nearest rank is kept when the point also lies under that rank's bar.
 */
static double height(const struct zipf *zipf, double x)
{
    return exp(-zipf->skew * log(x));
}

/* Area under the curve from 1 to x. */
static double area(const struct zipf *zipf, double x)
{
    const double power = 1 - zipf->skew;

    return power == 0 ? log(x) : expm1(power * log(x)) / power;
}

/* The x up to which the area is `filled`. */
static double area_inverse(const struct zipf *zipf, double filled)
{
    const double power = 1 - zipf->skew;

    return power == 0 ? exp(filled) : exp(log1p(power * filled) / power);
}

void zipf_init(struct zipf *zipf, uint64_t ranks, double skew)
{
    assert(ranks > 0 && skew > 0);
    zipf->ranks = (double)ranks;
    zipf->skew = skew;
    zipf->area_first = area(zipf, 1.5) - 1; /* the bar of rank 1 has the area 1 */
    zipf->area_last = area(zipf, zipf->ranks + 0.5);
    zipf->sure = 2 - area_inverse(zipf, area(zipf, 2.5) - height(zipf, 2));
}

uint64_t zipf_draw(const struct zipf *zipf, struct dice *dice)
{
    for (;;) {
        const double filled =
            zipf->area_last + dice_fraction(dice) * (zipf->area_first - zipf->area_last);
        const double x = area_inverse(zipf, filled);
        double rank = floor(x + 0.5);

        if (rank < 1)
            rank = 1;
        else if (rank > zipf->ranks)
            rank = zipf->ranks;
        if (rank - x <= zipf->sure || filled >= area(zipf, rank + 0.5) - height(zipf, rank))
            return (uint64_t)rank;
    }
}
