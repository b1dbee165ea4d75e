#include "top/view.h"

#include <stdio.h>
#include <string.h>

#include "top/panels.h"

/* Which lines belong to what. */
struct layout {
    struct area glance, chart, balance, shards, mix, hottest;
    bool spaced; /* empty lines between */
};

#define SPACED 20       /* lines from which there are empty ones */
#define BESIDE_WIDTH 64 /* from which commands and keys are beside each other */
#define MOST_LISTED 12u /* commands and keys of one look */
#define FEWEST_LISTED 3 /* lines of commands and keys that shards leave, their heads included */

/* Cuts lines off the top of what is left; fewer when there are not as many. */
static struct area take(struct area *left, int height)
{
    struct area taken = *left;

    taken.height = height < left->height ? height : left->height;
    left->y += taken.height;
    left->height -= taken.height;
    return taken;
}

static void take_gap(struct layout *layout, struct area *left)
{
    if (layout->spaced)
        take(left, 1);
}

static int chart_height(int height)
{
    return height < 20 ? 1 : height < 36 ? 3 : 6;
}

/* As many as there are, but some lines are for what comes behind. */
static int shards_height(const struct layout *layout, const struct area *left, unsigned count)
{
    const int wanted = (int)count + 1;
    const int rest = FEWEST_LISTED + (layout->spaced ? 1 : 0);
    const int room = left->height > rest + 2 ? left->height - rest : left->height;

    return wanted < room ? wanted : room;
}

static void divide_lists(struct layout *layout, struct area left, const struct figures *figures)
{
    layout->mix = layout->hottest = left;
    if (!figures->now.has.hottest) {
        layout->hottest.height = 0;
    } else if (left.width >= BESIDE_WIDTH) {
        layout->mix.width = (left.width - 2) / 2;
        layout->hottest.x = layout->mix.width + 2;
        layout->hottest.width = left.width - layout->hottest.x;
    } else {
        layout->mix.height = left.height < 6 ? left.height : left.height / 2;
        layout->hottest.y += layout->mix.height;
        layout->hottest.height = left.height - layout->mix.height;
    }
}

static void lay_out(struct layout *layout, const struct canvas *canvas, const struct view *view,
                    const struct figures *figures)
{
    struct area left = {0, 1, canvas->width, canvas->height - (view->still ? 1 : 2)};

    layout->spaced = canvas->height >= SPACED;
    take_gap(layout, &left);
    layout->glance = take(&left, panels_glance_height(canvas->width, canvas->height));
    take_gap(layout, &left);
    layout->chart = take(&left, view->still ? 0 : chart_height(canvas->height));
    layout->balance = take(&left, layout->spaced ? 1 : 0);
    layout->shards = take(&left, shards_height(layout, &left, figures->now.shard_count));
    take_gap(layout, &left);
    divide_lists(layout, left, figures);
}

/* --- the first and the last line --- */

static void draw_title(struct canvas *canvas, const struct view *view,
                       const struct figures *figures)
{
    const struct sample *now = &figures->now;
    const char *state = view->trouble != NULL ? view->trouble
                        : view->paused        ? "paused"
                        : view->still         ? ""
                                              : "live";
    const int room = canvas->width - canvas_width(state) - 2;
    char title[320], span[UNITS_TEXT];

    if (now->version[0] != '\0')
        snprintf(title, sizeof(title), "%s %s on %s, up %s", now->name, now->version, view->address,
                 units_span(span, now->uptime));
    else
        snprintf(title, sizeof(title), "%s", view->address);
    canvas_text(canvas, 0, 0, room > 8 ? room : 8, STYLE_STRONG, title);
    canvas_right(canvas, canvas->width, 0, canvas->width - 10,
                 view->trouble != NULL ? STYLE_BAD
                 : view->paused        ? STYLE_WOOD
                                       : STYLE_SEA,
                 state);
}

static void draw_keys(struct canvas *canvas, const struct view *view, const struct figures *figures)
{
    char text[160];

    snprintf(text, sizeof(text), "q quit   p %s   Tab bars: %s%s", view->paused ? "go on" : "pause",
             panels_what(view->what),
             figures->now.shard_count <= 1 ? ""
             : canvas->ascii               ? "   Up, Down shards"
                                           : "   ↑ ↓ shards");
    canvas_text(canvas, 0, canvas->height - 1, canvas->width, STYLE_SOFT, text);
}

void view_draw(struct canvas *canvas, const struct view *view, const struct figures *figures)
{
    struct layout layout;

    canvas_clear(canvas);
    draw_title(canvas, view, figures);
    if (!view->still && canvas->height > 1)
        draw_keys(canvas, view, figures);
    if (figures->now.version[0] == '\0')
        return;
    lay_out(&layout, canvas, view, figures);
    panels_glance(canvas, &layout.glance, figures);
    panels_chart(canvas, &layout.chart, figures);
    panels_balance(canvas, &layout.balance, figures);
    panels_shards(canvas, &layout.shards, figures, view->what, view->first_shard);
    panels_mix(canvas, &layout.mix, figures);
    panels_hottest(canvas, &layout.hottest, figures);
}

int view_height(const struct figures *figures, int width)
{
    const unsigned rows = figures->mix_count > figures->now.hottest_count
                              ? figures->mix_count
                              : figures->now.hottest_count;
    const int lists = 1 + (int)(rows < MOST_LISTED ? rows : MOST_LISTED);
    const int stacked = width < BESIDE_WIDTH && figures->now.has.hottest ? 2 : 1;
    const int height = 5 + panels_glance_height(width, SPACED) + (int)figures->now.shard_count + 1 +
                       stacked * (lists > FEWEST_LISTED ? lists : FEWEST_LISTED);

    return height > SPACED ? height : SPACED;
}

enum figures_what view_next_what(const struct figures *figures, enum figures_what what)
{
    do
        what = (what + 1) % WHATS;
    while ((what == WHAT_QUEUE && !figures->now.has.queue) ||
           (what == WHAT_LONGEST && !figures->now.has.longest));
    return what;
}
