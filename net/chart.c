#include "net/chart.h"

#include <string.h>

#define ROWS 4

static const char marks[] = "_o#";
#define MARKS ((unsigned)sizeof(marks) - 1)

struct range {
    uint32_t least;
    uint32_t most;
};

static struct range range_of(const struct chart_column *columns, unsigned count)
{
    struct range range = {UINT32_MAX, 0};
    unsigned i;

    for (i = 0; i < count; i++) {
        range.least = columns[i].value < range.least ? columns[i].value : range.least;
        range.most = columns[i].value > range.most ? columns[i].value : range.most;
    }
    return range;
}

/* How many steps above the bottom; there are MARKS in each row. */
static unsigned height_of(uint32_t value, struct range range)
{
    const uint64_t span = range.most - range.least;
    const unsigned steps =
        span == 0 ? 0 : (unsigned)((uint64_t)(value - range.least) * ROWS * MARKS / span);

    return steps < ROWS * MARKS ? steps : ROWS * MARKS - 1;
}

/* `floor`: steps below the row. */
static char mark_at(unsigned height, unsigned floor)
{
    if (height < floor)
        return ' ';
    return height - floor < MARKS ? marks[height - floor] : '|';
}

static void put(struct reply *text, char mark)
{
    reply_raw(text, &mark, 1);
}

static void draw_values(const struct chart_column *columns, unsigned count, struct range range,
                        struct reply *text)
{
    unsigned row, i;

    for (row = ROWS; row-- > 0;) {
        for (i = 0; i < count; i++)
            put(text, mark_at(height_of(columns[i].value, range), row * MARKS));
        put(text, '\n');
    }
}

static void draw_labels(const struct chart_column *columns, unsigned count, struct reply *text)
{
    size_t longest = 0, row;
    unsigned i;

    for (i = 0; i < count; i++)
        longest = strlen(columns[i].label) > longest ? strlen(columns[i].label) : longest;
    for (row = 0; row <= longest; row++) { /* the first is left empty */
        for (i = 0; i < count; i++)
            put(text, row > 0 && row <= strlen(columns[i].label) ? columns[i].label[row - 1] : ' ');
        put(text, '\n');
    }
}

void chart_draw(const struct chart_column *columns, unsigned count, struct reply *text)
{
    const struct range range = range_of(columns, count);
    unsigned at;

    for (at = 0; at < count; at += CHART_WIDTH) {
        const unsigned here = count - at < CHART_WIDTH ? count - at : CHART_WIDTH;

        if (at > 0)
            put(text, '\n');
        draw_values(columns + at, here, range, text);
        draw_labels(columns + at, here, text);
    }
}
