/*
 * The same minute of a server on screens of three sizes, each to the letter: tests/top/80x24.txt and its like.
 * `t_view --write` writes them anew, to be looked at.
 */
#include "top/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"
#include "tests/top/parse.h"

#define SHARDS 12

/* --- the story: a load that swells and ebbs, the third shard having twice as much of it --- */

static uint64_t load_until(int second, unsigned shard)
{
    uint64_t sum = 0;

    for (int i = 0; i < second; i++)
        sum += (uint64_t)(1000 + 37 * ((i * (int)(shard + 3)) % 23)) * (shard == 2 ? 2 : 1);
    return sum;
}

static void tell_shards(FILE *info, int second, uint64_t *requests)
{
    *requests = 0;
    for (unsigned i = 0; i < SHARDS; i++) {
        const uint64_t done = load_until(second, i);

        fprintf(info,
                "shard%u:thread=%u,keys=%u,requests=%llu,queue=%u,memory=%u,"
                "longest_turn_usec=%u\r\n",
                i, i % 4, 100 * i + (unsigned)second, (unsigned long long)done,
                ((unsigned)second + i) % 5, 1000000 + 50000 * i, 100 * (i + 1));
        *requests += done;
    }
}

static void tell(struct figures *figures, int second, bool is_croft)
{
    struct sample *sample = figures_next(figures);
    uint64_t requests;
    char *text = NULL;
    size_t len;
    FILE *info = open_memstream(&text, &len);

    fprintf(info, "redis_version:7.0.15\r\n%suptime_in_seconds:%d\r\nconnected_clients:51\r\n",
            is_croft ? "croft_version:0.1.0\r\n" : "", 3 * 3600 + second);
    if (is_croft)
        tell_shards(info, second, &requests);
    else
        requests = 10 * load_until(second, 0);
    fprintf(info,
            "total_commands_processed:%llu\r\nkeyspace_hits:%llu\r\nkeyspace_misses:%llu\r\n"
            "used_memory:16000000\r\nused_memory_rss:20000000\r\nmaxmemory:33554432\r\n"
            "maxmemory_policy:allkeys-lru\r\nevicted_keys:%d\r\nused_cpu_sys:%d.25\r\n"
            "total_net_input_bytes:%llu\r\ntotal_net_output_bytes:%llu\r\n"
            "cmdstat_get:calls=%llu,usec=%llu\r\ncmdstat_set:calls=%llu,usec=%llu\r\n"
            "cmdstat_config|get:calls=%d,usec=%d\r\ndb0:keys=7212,expires=12\r\n",
            (unsigned long long)requests, (unsigned long long)requests / 2,
            (unsigned long long)requests / 50, 17 * second, second,
            (unsigned long long)requests * 60, (unsigned long long)requests * 30,
            (unsigned long long)requests * 2 / 3, (unsigned long long)requests,
            (unsigned long long)requests / 3, (unsigned long long)requests, second, 9 * second);
    fclose(info);
    memset(sample, 0, sizeof(*sample));
    sample_read_info(sample, text);
    free(text);
    sample->now_us = (int64_t)second * 1000000;
    sample->has.latency = true;
    sample->buckets[1] = (struct sample_bucket){2, requests * 9 / 10};
    sample->buckets[6] = (struct sample_bucket){66, requests - requests * 9 / 10};
}

static void tell_keys(struct figures *figures)
{
    redisReply *reply =
        parse("*3\r\n*3\r\n$14\r\nuser:1:profile\r\n:0\r\n:123456\r\n"
              "*3\r\n$4\r\na\nb\"\r\n:0\r\n:4321\r\n"
              "*3\r\n$45\r\na:key:that:is:much:longer:than:there:is:room!\r\n:3\r\n:17\r\n");

    sample_read_hottest(figures_next(figures), reply);
    freeReplyObject(reply);
}

static struct figures *minute_of(bool is_croft)
{
    struct figures *figures = figures_new();

    for (int second = 1; second <= 60; second++) {
        tell(figures, second, is_croft);
        if (is_croft)
            tell_keys(figures);
        figures_reckon(figures);
    }
    return figures;
}

/* --- screens as texts --- */

static void write_character(FILE *out, uint32_t character)
{
    if (character < 0x80)
        fputc((int)character, out);
    else if (character < 0x800)
        fprintf(out, "%c%c", (int)(0xc0 | character >> 6), (int)(0x80 | (character & 0x3f)));
    else
        fprintf(out, "%c%c%c", (int)(0xe0 | character >> 12), (int)(0x80 | (character >> 6 & 0x3f)),
                (int)(0x80 | (character & 0x3f)));
}

static char *text_of(const struct canvas *canvas)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    for (int y = 0; y < canvas->height; y++) {
        int width = canvas->width;

        while (width > 0 && canvas_at(canvas, width - 1, y)->character == ' ')
            width--;
        for (int x = 0; x < width; x++)
            write_character(out, canvas_at(canvas, x, y)->character);
        fputc('\n', out);
    }
    fclose(out);
    return text;
}

static char *draw(const struct figures *figures, const struct view *view, int width, int height,
                  bool ascii)
{
    struct canvas canvas = {.ascii = ascii};
    char *text;

    if (!canvas_resize(&canvas, width, height))
        tap_bail("no memory for a screen");
    view_draw(&canvas, view, figures);
    text = text_of(&canvas);
    canvas_fini(&canvas);
    return text;
}

static char *read_file(const char *path)
{
    char *text = calloc(1, 1 << 16);
    FILE *file = fopen(path, "r");

    if (file != NULL) {
        if (fread(text, 1, (1 << 16) - 1, file) == 0)
            text[0] = '\0';
        fclose(file);
    }
    return text;
}

static void compare(const char *name, char *drawn, bool write)
{
    char path[512], *expected;

    snprintf(path, sizeof(path), "%s/tests/top/%s.txt", SOURCE_FOLDER, name);
    if (write) {
        FILE *file = fopen(path, "w");

        if (file == NULL || fputs(drawn, file) < 0 || fclose(file) != 0)
            tap_bail("cannot write %s", path);
    }
    expected = read_file(path);
    is_text(drawn, expected, "the screen of %s", name);
    free(expected);
    free(drawn);
}

static void test_screens(const struct figures *croft, bool write)
{
    static const struct {
        int width, height;
        bool ascii;
        const char *name;
        struct view view;
    } screens[] = {
        {80, 24, false, "80x24", {.what = WHAT_REQUESTS}},
        {40, 15, false, "40x15", {.what = WHAT_QUEUE, .first_shard = 5}},
        {200, 50, false, "200x50", {.what = WHAT_LONGEST}},
        {80, 24, true, "80x24-ascii", {.what = WHAT_REQUESTS, .paused = true}},
        {80,
         40,
         false,
         "80x40-lost",
         {.trouble = "no connection, trying again: Connection refused"}},
        {80, 32, false, "80x32-still", {.still = true}},
    };

    for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
        struct view view = screens[i].view;

        view.address = "127.0.0.1:6379";
        compare(screens[i].name,
                draw(croft, &view, screens[i].width, screens[i].height, screens[i].ascii), write);
    }
}

static void test_redis(bool write)
{
    const struct view view = {.address = "127.0.0.1:6379"};
    struct figures *redis = minute_of(false);

    compare("80x24-redis", draw(redis, &view, 80, 24, false), write);
    is_int(view_next_what(redis, WHAT_REQUESTS), WHAT_MEMORY,
           "what Redis does not tell is no choice");
    is_int(view_next_what(redis, WHAT_MEMORY), WHAT_REQUESTS, "and behind the last is the first");
    figures_free(redis);
}

/* No size is too small to be drawn, and nothing is drawn outside: the sanitizer would say so. */
static void test_all_sizes(const struct figures *croft)
{
    struct view view = {.address = "a.name.that.is.long.example:6379", .first_shard = 99};
    struct figures *none = figures_new();
    size_t drawn = 0;

    for (int width = 1; width < 130; width += width < 50 ? 1 : 7)
        for (int height = 1; height < 60; height += height < 26 ? 1 : 5)
            for (view.still = false;; view.still = true) {
                char *text = draw(croft, &view, width, height, width % 2 == 0);

                drawn += strlen(text) > 0;
                free(text);
                free(draw(none, &view, width, height, false));
                if (view.still)
                    break;
            }
    ok(drawn > 0, "%zu screens of all sizes", drawn);
    figures_free(none);
}

int main(int argc, char **argv)
{
    const bool write = argc == 2 && strcmp(argv[1], "--write") == 0;
    struct figures *croft = minute_of(true);

    test_screens(croft, write);
    test_redis(write);
    test_all_sizes(croft);
    figures_free(croft);
    return tap_done();
}
