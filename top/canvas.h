/*
 * canvas - a screen that is drawn in memory: cells of one character and one style.
 *
 * Owner   whoever made it.
 * Memory  its cells, width by height.
 * Cost    proportional to what is drawn.
 * Errors  what would be outside is left out. Without memory canvas_resize is false, and the canvas
 *         as it was.
 *
 * Texts are UTF-8 of characters that take one cell. With `ascii` set bars and lines are drawn with
 * ASCII.
 */
#ifndef TOP_CANVAS_H
#define TOP_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "top/past.h"

enum style { STYLE_PLAIN, STYLE_SOFT, STYLE_STRONG, STYLE_SEA, STYLE_WOOD, STYLE_BAD, STYLES };

struct cell {
    uint32_t character; /* Unicode */
    uint8_t style;
};

struct canvas {
    int width, height;
    bool ascii;
    struct cell *cells;
};

bool canvas_resize(struct canvas *canvas, int width, int height); /* and clears it */
void canvas_clear(struct canvas *canvas);
void canvas_fini(struct canvas *canvas);

static inline struct cell *canvas_at(const struct canvas *canvas, int x, int y)
{
    return &canvas->cells[y * canvas->width + x];
}

/* From x on, within `room` cells; what does not fit ends in "…". Returns how many it took. */
int canvas_text(struct canvas *canvas, int x, int y, int room, enum style style, const char *text);

/* So that it ends before `end`, where `room` cells are for it. */
void canvas_right(struct canvas *canvas, int end, int y, int room, enum style style,
                  const char *text);

/* A part, 0 to 1, of `width` cells; what is more than nothing is seen. */
void canvas_bar(struct canvas *canvas, int x, int y, int width, double part, enum style style);

/* The last `width` figures, `height` cells high, the last one on the right; `most` is all of the
 * height. */
void canvas_line(struct canvas *canvas, int x, int y, int width, int height,
                 const struct past *past, double most, enum style style);

/* How many cells a text takes. */
int canvas_width(const char *text);

#endif
