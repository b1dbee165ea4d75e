#include "top/canvas.h"

#include <stdlib.h>

/* Eighths of a cell, of a bar and of a line; 0 is nothing. */
static const uint32_t bar_eighths[] = {' ',    0x258f, 0x258e, 0x258d, 0x258c,
                                       0x258b, 0x258a, 0x2589, 0x2588};
static const uint32_t line_eighths[] = {' ',    0x2581, 0x2582, 0x2583, 0x2584,
                                        0x2585, 0x2586, 0x2587, 0x2588};
static const char ascii_eighths[] = " .:-=+*#@";

bool canvas_resize(struct canvas *canvas, int width, int height)
{
    struct cell *cells = realloc(canvas->cells, sizeof(*cells) * (size_t)width * (size_t)height);

    if (cells == NULL)
        return false;
    canvas->cells = cells;
    canvas->width = width;
    canvas->height = height;
    canvas_clear(canvas);
    return true;
}

void canvas_clear(struct canvas *canvas)
{
    for (int i = 0; i < canvas->width * canvas->height; i++)
        canvas->cells[i] = (struct cell){' ', STYLE_PLAIN};
}

void canvas_fini(struct canvas *canvas)
{
    free(canvas->cells);
    *canvas = (struct canvas){.width = 0};
}

static void put(struct canvas *canvas, int x, int y, enum style style, uint32_t character)
{
    if (x >= 0 && x < canvas->width && y >= 0 && y < canvas->height)
        *canvas_at(canvas, x, y) = (struct cell){character, (uint8_t)style};
}

/* The next character of valid UTF-8, which is what the program writes. */
static uint32_t next(const char **text)
{
    const unsigned char first = (unsigned char)*(*text)++;
    uint32_t character = first < 0x80 ? first : first < 0xe0 ? first & 0x1f : first & 0x0f;

    while (((unsigned char)**text & 0xc0) == 0x80)
        character = character << 6 | ((unsigned char)*(*text)++ & 0x3f);
    return character;
}

int canvas_width(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

int canvas_text(struct canvas *canvas, int x, int y, int room, enum style style, const char *text)
{
    const int width = canvas_width(text);
    int used;

    for (used = 0; used < room && *text != '\0'; used++) {
        const bool cut = width > room && used == room - 1;

        put(canvas, x + used, y, style, cut ? canvas->ascii ? '~' : 0x2026 : next(&text));
    }
    return used;
}

void canvas_right(struct canvas *canvas, int end, int y, int room, enum style style,
                  const char *text)
{
    const int width = canvas_width(text);

    canvas_text(canvas, end - (width < room ? width : room), y, room, style, text);
}

/* A share of so many eighths; what is not nothing is at least one. */
static int eighths(double part, int all)
{
    int found = (int)(part * all + 0.5);

    if (found == 0 && part > 0)
        found = 1;
    return found < 0 ? 0 : found > all ? all : found;
}

static uint32_t bar_cell(const struct canvas *canvas, int filled)
{
    if (canvas->ascii)
        return filled >= 4 ? '#' : filled > 0 ? '-' : ' ';
    return bar_eighths[filled];
}

void canvas_bar(struct canvas *canvas, int x, int y, int width, double part, enum style style)
{
    int left = eighths(part, width * 8);

    for (int i = 0; i < width && left > 0; i++, left -= 8)
        put(canvas, x + i, y, style, bar_cell(canvas, left < 8 ? left : 8));
}

static uint32_t line_cell(const struct canvas *canvas, int filled)
{
    return canvas->ascii ? (unsigned char)ascii_eighths[filled] : line_eighths[filled];
}

static void column(struct canvas *canvas, int x, int bottom, int height, int filled,
                   enum style style)
{
    for (int i = 0; i < height && filled > 0; i++, filled -= 8)
        put(canvas, x, bottom - i, style, line_cell(canvas, filled < 8 ? filled : 8));
}

void canvas_line(struct canvas *canvas, int x, int y, int width, int height,
                 const struct past *past, double most, enum style style)
{
    for (int i = 0; i < width && (unsigned)i < past->count; i++) {
        const double part = most > 0 ? past_ago(past, (unsigned)i) / most : 0;

        column(canvas, x + width - 1 - i, y + height - 1, height, eighths(part, height * 8), style);
    }
}
