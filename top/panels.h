/*
 * panels - the parts of the screen, each within its area.
 *
 * Owner   pure functions of the figures.
 * Memory  the canvas.
 * Cost    proportional to the area.
 * Errors  what there is no room for is left out.
 */
#ifndef TOP_PANELS_H
#define TOP_PANELS_H

#include "top/canvas.h"
#include "top/figures.h"
#include "top/units.h"

struct area {
    int x, y, width, height;
};

/* The most important figures, each with its name. How many lines they take on a screen of a size. */
int panels_glance_height(int width, int height);
void panels_glance(struct canvas *canvas, const struct area *area, const struct figures *figures);

/* Commands per second, over time. */
void panels_chart(struct canvas *canvas, const struct area *area, const struct figures *figures);

/* How evenly the shards share the work: what their number does for this load. */
void panels_balance(struct canvas *canvas, const struct area *area, const struct figures *figures);

/* A row for each shard from `first` on; bars and time lines show `what`. */
void panels_shards(struct canvas *canvas, const struct area *area, const struct figures *figures,
                   enum figures_what what, unsigned first);

/* What clients ask for now, and which keys are read most. */
void panels_mix(struct canvas *canvas, const struct area *area, const struct figures *figures);
void panels_hottest(struct canvas *canvas, const struct area *area, const struct figures *figures);

/* The name of what bars show. */
const char *panels_what(enum figures_what what);

#endif
