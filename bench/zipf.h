/*
 * zipf - ranks by Zipf's law: rank r is drawn with a probability in proportion to 1 / r^skew.
 *
 * Source  W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone
 *         discrete distributions", 1996.
 * Owner   read only once made; any thread may draw with dice of its own.
 * Memory  a few words, whatever the number of ranks.
 * Cost    one logarithm and one exponential per draw, now and then some more.
 * Errors  none.
 */
#ifndef BENCH_ZIPF_H
#define BENCH_ZIPF_H

#include <stdint.h>

#include "bench/dice.h"

struct zipf {
    double ranks, skew;
    double area_first, area_last; /* the area under the curve is drawn from between these */
    double sure;                  /* this close to its rank, a draw needs no second look */
};

/* `ranks` of at least 1; `skew` above 0. */
void zipf_init(struct zipf *, uint64_t ranks, double skew);

/* 1 .. ranks */
uint64_t zipf_draw(const struct zipf *, struct dice *);

#endif
