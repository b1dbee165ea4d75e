/*
 * view - figures as a screen, whatever its size.
 *
 *     croft 0.1.0 on 127.0.0.1:6379, up 3 h                                live
 *     at a glance      eight figures, in as many columns as fit
 *     a time line      commands per second
 *     shards           a bar, a time line and figures for each
 *     commands, keys   beside each other, or below
 *     keys to press
 *
 * Owner   a pure function of what it is given.
 * Memory  the canvas.
 * Cost    some thousand cells.
 * Errors  what there is no room for is left out, the least important first.
 */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include "top/canvas.h"
#include "top/figures.h"

struct view {
    const char *address; /* where the server is */
    const char *trouble; /* what is wrong with the connection; NULL: nothing */
    enum figures_what what;
    unsigned first_shard; /* that is shown, when there is no room for all */
    bool paused;
    bool still; /* one look: no time line, and no keys that could be pressed */
};

void view_draw(struct canvas *canvas, const struct view *view, const struct figures *figures);

/* How many lines it takes to show everything at a width. */
int view_height(const struct figures *figures, int width);

/* The next thing that bars may show and that this server tells. */
enum figures_what view_next_what(const struct figures *figures, enum figures_what what);

#endif
