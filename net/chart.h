/*
 * chart - numbers as a picture of plain text, for LATENCY GRAPH.
 *
 *       #        a column for each: the largest reaches the top, the smallest lies at the bottom
 *      o|        below it, written downwards, what it is called
 *     _||
 *
 * Owner   pure functions.
 * Memory  the reply's.
 * Cost    proportional to what is written.
 * Errors  none.
 */
#ifndef NET_CHART_H
#define NET_CHART_H

#include <stdint.h>

#include "cache/reply.h"

#define CHART_LABEL 8
#define CHART_WIDTH 80 /* what is more goes on below */

struct chart_column {
    uint32_t value;
    char label[CHART_LABEL];
};

void chart_draw(const struct chart_column *columns, unsigned count, struct reply *text);

#endif
