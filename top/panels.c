#include "top/panels.h"

#include <stdio.h>
#include <string.h>

/* --- at a glance --- */

#define GLANCES 8
#define MORE_WIDTH 25 /* of a column where there is more than a value */

struct glance {
    const char *name;
    char value[UNITS_TEXT];
    char more[64];
};

static void glance_time(struct glance *glance, const struct figures *figures, bool ascii)
{
    char half[UNITS_TEXT], most[UNITS_TEXT];

    glance->name = "p99 run time";
    if (!figures->now.has.latency || figures->latency_count <= 0) {
        snprintf(glance->value, sizeof(glance->value), "-");
        return;
    }
    units_time(glance->value, (double)figures->within_us[1], ascii);
    snprintf(glance->more, sizeof(glance->more), "p50 %s, p99.9 %s",
             units_time(half, (double)figures->within_us[0], ascii),
             units_time(most, (double)figures->within_us[2], ascii));
}

static void glance_found(struct glance *glance, const struct figures *figures)
{
    const struct sample *now = &figures->now;
    char hits[UNITS_TEXT], misses[UNITS_TEXT];

    glance->name = "Found";
    if (figures->read > 0)
        units_percent(glance->value, figures->found, figures->read);
    else
        units_percent(glance->value, (double)now->hits, (double)(now->hits + now->misses));
    snprintf(glance->more, sizeof(glance->more), "%s, %s missed",
             units_count(hits, (double)now->hits), units_count(misses, (double)now->misses));
}

static void glance_memory(struct glance *glance, const struct figures *figures)
{
    const struct sample *now = &figures->now;
    char text[UNITS_TEXT];

    glance->name = "Memory";
    units_bytes(glance->value, (double)now->used);
    if (now->maxmemory == 0)
        snprintf(glance->more, sizeof(glance->more), "%s resident",
                 units_bytes(text, (double)now->rss));
    else
        snprintf(glance->more, sizeof(glance->more), "%.0f %% of %s",
                 100 * (double)now->used / (double)now->maxmemory,
                 units_bytes(text, (double)now->maxmemory));
}

static void fill_in(struct glance glances[GLANCES], const struct figures *figures, bool ascii)
{
    const struct sample *now = &figures->now;
    char text[UNITS_TEXT], other[UNITS_TEXT];

    memset(glances, 0, GLANCES * sizeof(*glances));
    glances[0].name = "Commands/s";
    units_count(glances[0].value, figures->rate);
    snprintf(glances[0].more, sizeof(glances[0].more), "%s in all",
             units_count(text, (double)now->commands));
    glance_found(&glances[1], figures);
    glance_time(&glances[2], figures, ascii);
    glance_memory(&glances[3], figures);
    glances[4].name = "Keys";
    units_count(glances[4].value, (double)now->keys);
    snprintf(glances[4].more, sizeof(glances[4].more), "%s expire",
             units_count(text, (double)now->expiring));
    glances[5].name = "Evicted/s";
    units_count(glances[5].value, figures->evicting);
    snprintf(glances[5].more, sizeof(glances[5].more), "%s",
             now->maxmemory == 0 ? "no limit" : now->policy);
    glances[6].name = "Clients";
    units_count(glances[6].value, (double)now->clients);
    snprintf(glances[6].more, sizeof(glances[6].more), "%s refused",
             units_count(text, (double)now->rejected));
    glances[7].name = "Processors";
    snprintf(glances[7].value, sizeof(glances[7].value), "%.2f", figures->busy);
    snprintf(glances[7].more, sizeof(glances[7].more), "%s in, %s out",
             units_bytes(text, figures->input), units_bytes(other, figures->output));
}

static int glance_columns(int width)
{
    const int columns = width / 19;

    return columns >= GLANCES ? GLANCES : columns >= 4 ? 4 : columns >= 2 ? 2 : 1;
}

/* Name, value and more below each other, or name and value beside each other. */
static int glance_lines(int width, int height)
{
    const int columns = glance_columns(width);

    if (height < 20)
        return 1;
    return width / columns >= MORE_WIDTH && (height >= 36 || columns == GLANCES) ? 3 : 2;
}

int panels_glance_height(int width, int height)
{
    return GLANCES / glance_columns(width) * glance_lines(width, height);
}

void panels_glance(struct canvas *canvas, const struct area *area, const struct figures *figures)
{
    const int columns = glance_columns(canvas->width);
    const int lines = glance_lines(canvas->width, canvas->height);
    const int width = area->width / columns;
    struct glance glances[GLANCES];

    fill_in(glances, figures, canvas->ascii);
    for (int i = 0; i < GLANCES; i++) {
        const int x = area->x + i % columns * width, y = area->y + i / columns * lines;

        if (y + lines > area->y + area->height)
            return;
        canvas_text(canvas, x, y, width - 1, STYLE_SOFT, glances[i].name);
        if (lines == 1)
            canvas_right(canvas, x + width - 2, y, width - 3 - canvas_width(glances[i].name),
                         STYLE_STRONG, glances[i].value);
        else
            canvas_text(canvas, x, y + 1, width - 1, STYLE_STRONG, glances[i].value);
        if (lines > 2)
            canvas_text(canvas, x, y + 2, width - 1, STYLE_SOFT, glances[i].more);
    }
}

/* --- commands per second, over time --- */

void panels_chart(struct canvas *canvas, const struct area *area, const struct figures *figures)
{
    const double most = past_most(&figures->past_rate, (unsigned)area->width);
    const int height = area->height > 1 ? area->height - 1 : area->height;
    const int y = area->y + area->height - height;
    char text[64], peak[UNITS_TEXT];

    if (area->height < 1)
        return;
    canvas_line(canvas, area->x, y, area->width, height, &figures->past_rate, most, STYLE_SEA);
    if (area->height == 1)
        return;
    snprintf(text, sizeof(text), "at most %s/s", units_count(peak, most));
    canvas_text(canvas, area->x, area->y, area->width, STYLE_SOFT, "Commands per second");
    canvas_right(canvas, area->x + area->width, area->y, area->width - 20, STYLE_SOFT, text);
}

/* --- shards --- */

#define EVEN 0.9      /* of what all shards could do, from which the work is called even */
#define LOPSIDED 0.6  /* below which it is not */
#define TOO_LITTLE 10 /* commands per second of which nothing can be said */

static void write_balance(char *into, size_t room, const struct figures *figures)
{
    const unsigned count = figures->now.shard_count, threads = figures_threads(figures);
    const double like = figures_like_shards(figures);
    const double even = like / count;
    int used = snprintf(into, room, "%u shard%s on %u thread%s", count, count == 1 ? "" : "s",
                        threads, threads == 1 ? "" : "s");

    if (count == 1 || figures->rate < TOO_LITTLE || like <= 0)
        return;
    used += snprintf(into + used, room - (size_t)used, "; the busiest does %.0f %% of the work, ",
                     100 / like);
    if (even >= EVEN)
        snprintf(into + used, room - (size_t)used, "which is even");
    else if (even >= LOPSIDED)
        snprintf(into + used, room - (size_t)used, "as if there were %.1f", like);
    else
        snprintf(into + used, room - (size_t)used, "far more than others");
}

void panels_balance(struct canvas *canvas, const struct area *area, const struct figures *figures)
{
    char text[160];

    if (area->height < 1 || !figures->now.has.shards)
        return;
    write_balance(text, sizeof(text), figures);
    canvas_text(canvas, area->x, area->y, area->width, STYLE_SOFT, text);
}

enum column { RATE, KEYS, MEMORY, QUEUE, LONGEST, FOUND, EVICTED, COLUMNS };

/* clang-format off */
static const struct {
    const char *name;
    int width;
    int rank; /* which come first when there is no room for all */
} columns[COLUMNS] = {
    [RATE]    = {"requests/s", 11, 0},
    [KEYS]    = {"keys",       10, 4},
    [MEMORY]  = {"memory",     10, 1},
    [QUEUE]   = {"queue",       7, 2},
    [LONGEST] = {"longest",     9, 3},
    [FOUND]   = {"found",       9, 5},
    [EVICTED] = {"evicted/s",  10, 6},
};
/* clang-format on */

#define NAME_WIDTH 8
#define DRAWN_LEAST 14 /* cells for bar and time line */

struct table {
    bool shown[COLUMNS];
    int bar, line; /* how wide */
};

const char *panels_what(enum figures_what what)
{
    static const char *const names[WHATS] = {"requests", "queue", "memory", "longest turn"};

    return names[what];
}

static bool is_known(const struct figures *figures, enum column column)
{
    const struct sample_has *has = &figures->now.has;

    return (column != QUEUE || has->queue) && (column != LONGEST || has->longest) &&
           (column != FOUND || has->found) && (column != EVICTED || has->found);
}

static void choose(struct table *table, const struct figures *figures, int width)
{
    /* One look has no past. */
    const bool lines = figures->past_rate.count > 1;
    int left = width - NAME_WIDTH;

    memset(table, 0, sizeof(*table));
    for (int rank = 0; rank < COLUMNS; rank++)
        for (int i = 0; i < COLUMNS; i++)
            if (columns[i].rank == rank && is_known(figures, (enum column)i) &&
                left - columns[i].width >= DRAWN_LEAST) {
                table->shown[i] = true;
                left -= columns[i].width;
            }
    table->bar = lines ? left / 2 - 1 : left - 1;
    table->line = left - table->bar - 1;
}

static void write_cell(char into[UNITS_TEXT], const struct figures *figures, unsigned index,
                       enum column column, bool ascii)
{
    const struct figures_shard *shard = &figures->shards[index];
    const struct sample_shard *now = &figures->now.shards[index];

    switch (column) {
    case RATE:
        units_count(into, shard->rate);
        break;
    case KEYS:
        units_count(into, (double)now->keys);
        break;
    case MEMORY:
        units_bytes(into, (double)now->memory);
        break;
    case QUEUE:
        units_count(into, (double)now->queue);
        break;
    case LONGEST:
        units_time(into, (double)now->longest_us, ascii);
        break;
    case FOUND:
        units_percent(into, shard->found, shard->read);
        break;
    default:
        units_count(into, shard->evicting);
    }
}

static void draw_shard(struct canvas *canvas, const struct area *area, int y,
                       const struct table *table, const struct figures *figures, unsigned index,
                       enum figures_what what, const double most[2])
{
    const struct figures_shard *shard = &figures->shards[index];
    int x = area->x + NAME_WIDTH;
    char text[UNITS_TEXT];

    snprintf(text, sizeof(text), "%6u", index);
    canvas_text(canvas, area->x, y, NAME_WIDTH, STYLE_PLAIN,
                figures->now.has.shards ? text : "server");
    canvas_bar(canvas, x, y, table->bar, most[0] > 0 ? shard->of[what] / most[0] : 0, STYLE_SEA);
    x += table->bar + 1;
    canvas_line(canvas, x, y, table->line, 1, &shard->past[what], most[1], STYLE_WOOD);
    x += table->line;
    for (int i = 0; i < COLUMNS; i++) {
        if (!table->shown[i])
            continue;
        x += columns[i].width;
        write_cell(text, figures, index, (enum column)i, canvas->ascii);
        canvas_right(canvas, x, y, columns[i].width - 1, STYLE_PLAIN, text);
    }
}

static void draw_heads(struct canvas *canvas, const struct area *area, const struct table *table,
                       enum figures_what what)
{
    int x = area->x + NAME_WIDTH;

    canvas_text(canvas, x, area->y, table->bar, STYLE_SOFT, panels_what(what));
    x += table->bar + 1 + table->line;
    for (int i = 0; i < COLUMNS; i++) {
        if (!table->shown[i])
            continue;
        x += columns[i].width;
        canvas_right(canvas, x, area->y, columns[i].width - 1, STYLE_SOFT, columns[i].name);
    }
}

/* The most that any shard has now, and had in the time that is shown. */
static void find_most(double most[2], const struct figures *figures, enum figures_what what,
                      unsigned looks)
{
    most[0] = most[1] = 0;
    for (unsigned i = 0; i < figures->now.shard_count; i++) {
        const struct figures_shard *shard = &figures->shards[i];

        if (shard->of[what] > most[0])
            most[0] = shard->of[what];
        if (past_most(&shard->past[what], looks) > most[1])
            most[1] = past_most(&shard->past[what], looks);
    }
}

/* The first that is shown, so that as many are as there is room for. */
static unsigned first_of(unsigned first, unsigned count, unsigned rows)
{
    if (rows >= count)
        return 0;
    return first < count - rows ? first : count - rows;
}

void panels_shards(struct canvas *canvas, const struct area *area, const struct figures *figures,
                   enum figures_what what, unsigned first)
{
    const unsigned count = figures->now.shard_count;
    const unsigned rows = area->height > 1 ? (unsigned)area->height - 1 : 0;
    struct table table;
    double most[2];
    char text[32];

    if (area->height < 1)
        return;
    choose(&table, figures, area->width);
    find_most(most, figures, what, (unsigned)table.line);
    first = first_of(first, count, rows);
    snprintf(text, sizeof(text), rows < count ? "%u of %u" : "shard", rows, count);
    if (figures->now.has.shards)
        canvas_text(canvas, area->x, area->y, NAME_WIDTH, STYLE_SOFT, text);
    draw_heads(canvas, area, &table, what);
    for (unsigned i = 0; i < rows && first + i < count; i++)
        draw_shard(canvas, area, area->y + 1 + (int)i, &table, figures, first + i, what, most);
}

/* --- commands and keys --- */

#define COMMAND_WIDTH 16
#define CALLS_WIDTH 10
#define MEAN_WIDTH 9

void panels_mix(struct canvas *canvas, const struct area *area, const struct figures *figures)
{
    const int end = area->x + area->width;
    const int bar = area->width - COMMAND_WIDTH - CALLS_WIDTH - MEAN_WIDTH - 1;
    char text[UNITS_TEXT];

    if (area->height < 2)
        return;
    canvas_text(canvas, area->x, area->y, area->width, STYLE_SOFT, "Commands");
    canvas_right(canvas, end - MEAN_WIDTH, area->y, CALLS_WIDTH, STYLE_SOFT, "calls/s");
    canvas_right(canvas, end, area->y, MEAN_WIDTH, STYLE_SOFT, "mean");
    if (figures->mix_count == 0)
        canvas_text(canvas, area->x, area->y + 1, area->width, STYLE_SOFT,
                    "Nothing at the moment.");
    for (int i = 0; i < (int)figures->mix_count && i < area->height - 1; i++) {
        const struct figures_command *command = &figures->mix[i];
        const int y = area->y + 1 + i;

        canvas_text(canvas, area->x, y, COMMAND_WIDTH - 1, STYLE_PLAIN, command->name);
        canvas_bar(canvas, area->x + COMMAND_WIDTH, y, bar, command->rate / figures->mix[0].rate,
                   STYLE_SEA);
        canvas_right(canvas, end - MEAN_WIDTH, y, CALLS_WIDTH, STYLE_PLAIN,
                     units_count(text, command->rate));
        canvas_right(canvas, end, y, MEAN_WIDTH, STYLE_PLAIN,
                     units_time(text, command->mean_us, canvas->ascii));
    }
}

#define READS_WIDTH 11

void panels_hottest(struct canvas *canvas, const struct area *area, const struct figures *figures)
{
    const int end = area->x + area->width;
    char text[UNITS_TEXT];

    if (area->height < 2)
        return;
    canvas_text(canvas, area->x, area->y, area->width, STYLE_SOFT, "Keys read most");
    canvas_right(canvas, end, area->y, READS_WIDTH, STYLE_SOFT, "reads");
    if (figures->now.hottest_count == 0)
        canvas_text(canvas, area->x, area->y + 1, area->width, STYLE_SOFT, "None stands out yet.");
    for (int i = 0; i < (int)figures->now.hottest_count && i < area->height - 1; i++) {
        const struct sample_hot *hot = &figures->now.hottest[i];
        const int y = area->y + 1 + i;

        canvas_text(canvas, area->x, y, area->width - READS_WIDTH - 1, STYLE_PLAIN, hot->key);
        canvas_right(canvas, end, y, READS_WIDTH, STYLE_PLAIN,
                     units_count(text, (double)hot->reads));
    }
}
