#include "top/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "top/asks.h"
#include "top/terminal.h"
#include "top/view.h"

#define RETRY_US 1000000     /* from one attempt to connect to the next */
#define SILENCE_US 3000000   /* without an answer, from when on it is said */
#define PATIENCE_US 10000000 /* for the first answer */

struct watch {
    const struct options *options;
    struct line *line; /* NULL: there is no connection */
    struct asks asks;
    struct figures *figures;
    struct view view;
    struct canvas canvas;
    int signals;      /* signalfd */
    bool live;        /* the terminal is ours */
    bool done;        /* somebody ends it */
    bool asking;      /* a sample is on its way */
    int64_t asked_us; /* since when */
    int64_t next_us;  /* when to ask, or to connect, again */
    char address[OPTIONS_ADDRESS];
    char trouble[256];
};

static int64_t clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Signals are read like anything else that comes. */
static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

struct watch *watch_new(const struct options *options)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL)
        return NULL;
    watch->options = options;
    watch->signals = open_signals();
    watch->figures = figures_new();
    watch->canvas.ascii = !terminal_has_unicode() || options->ascii;
    watch->view.address = options_address(options, watch->address);
    if (watch->figures != NULL && watch->signals >= 0)
        return watch;
    watch_free(watch);
    return NULL;
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    if (watch->signals >= 0)
        close(watch->signals);
    line_close(watch->line);
    figures_free(watch->figures);
    canvas_fini(&watch->canvas);
    free(watch);
}

/* --- the screen --- */

static void draw(struct watch *watch)
{
    if (!watch->live)
        return;
    view_draw(&watch->canvas, &watch->view, watch->figures);
    terminal_show(&watch->canvas);
}

static void refit(struct watch *watch)
{
    if (watch->live && terminal_fit(&watch->canvas))
        draw(watch);
}

static void say_trouble(struct watch *watch, const char *text)
{
    watch->view.trouble = NULL;
    if (text != NULL) {
        snprintf(watch->trouble, sizeof(watch->trouble), "%s", text);
        watch->view.trouble = watch->trouble;
    }
    draw(watch);
}

/* --- the server --- */

static void ask(struct watch *watch, int64_t now_us)
{
    asks_begin(&watch->asks, watch->line, figures_next(watch->figures));
    watch->asking = true;
    watch->asked_us = now_us;
    watch->next_us += (int64_t)(watch->options->interval * 1e6);
    if (watch->next_us < now_us)
        watch->next_us = now_us + (int64_t)(watch->options->interval * 1e6);
}

static bool connect_to(struct watch *watch, int64_t now_us, struct why *why)
{
    watch->next_us = now_us;
    watch->line = line_open(watch->options, why);
    if (watch->line == NULL)
        return false;
    asks_greet(&watch->asks, watch->line, watch->options);
    ask(watch, now_us);
    return true;
}

/* Whoever has never answered is not waited for: there may be nobody. */
static bool lose(struct watch *watch, int64_t now_us, struct why *why)
{
    char text[256];

    line_close(watch->line);
    watch->line = NULL;
    watch->asking = false;
    watch->next_us = now_us + RETRY_US;
    if (!watch->live)
        return false;
    snprintf(text, sizeof(text), "no connection, trying again: %.200s", why->text);
    say_trouble(watch, text);
    return true;
}

static void complete(struct watch *watch, int64_t now_us)
{
    figures_next(watch->figures)->now_us = now_us;
    figures_reckon(watch->figures);
    watch->asking = false;
    watch->view.trouble = NULL;
    if (!watch->view.paused)
        draw(watch);
}

/* False when the server does not let us ask. */
static bool hear(struct watch *watch, int64_t now_us, bool *lost, struct why *why)
{
    redisReply *reply;

    *lost = !line_move(watch->line, why);
    while (!*lost) {
        enum asks_state state;

        *lost = !line_reply(watch->line, &reply, why);
        if (*lost || reply == NULL)
            break;
        state = watch->asks.count == 0 ? ASKS_WAIT
                                       : asks_take(&watch->asks, watch->line, reply,
                                                   figures_next(watch->figures), why);
        freeReplyObject(reply);
        if (state == ASKS_REFUSED)
            return false;
        if (state == ASKS_WHOLE)
            complete(watch, now_us);
    }
    return true;
}

static bool attend_server(struct watch *watch, short events, int64_t now_us, struct why *why)
{
    bool lost = false;

    if (watch->line == NULL)
        return true;
    if (events != 0 && !hear(watch, now_us, &lost, why))
        return false;
    if (lost)
        return lose(watch, now_us, why);
    if (!watch->asking || now_us - watch->asked_us < SILENCE_US)
        return true;
    if (!watch->live && now_us - watch->asked_us >= PATIENCE_US) {
        why_set(why, "no answer for %d s", PATIENCE_US / 1000000);
        return false;
    }
    if (watch->live) {
        char text[64];

        snprintf(text, sizeof(text), "no answer for %d s",
                 (int)((now_us - watch->asked_us) / 1000000));
        say_trouble(watch, text);
    }
    return true;
}

/* What is due by the clock. */
static bool attend_clock(struct watch *watch, int64_t now_us, struct why *why)
{
    if (watch->asking || now_us < watch->next_us)
        return true;
    if (watch->line == NULL)
        return connect_to(watch, now_us, why) || lose(watch, now_us, why);
    ask(watch, now_us);
    return true;
}

/* --- the one who looks --- */

static void scroll(struct watch *watch, int by)
{
    const unsigned count = watch->figures->now.shard_count;

    if (by < 0 && watch->view.first_shard > 0)
        watch->view.first_shard--;
    else if (by > 0 && watch->view.first_shard + 1 < count)
        watch->view.first_shard++;
}

static void press(struct watch *watch, enum key key)
{
    switch (key) {
    case KEY_OF_QUIT:
        watch->done = true;
        break;
    case KEY_OF_WHAT:
        watch->view.what = view_next_what(watch->figures, watch->view.what);
        break;
    case KEY_OF_PAUSE:
        watch->view.paused = !watch->view.paused;
        break;
    case KEY_OF_PREVIOUS:
        scroll(watch, -1);
        break;
    case KEY_OF_FOLLOWING:
        scroll(watch, 1);
        break;
    case KEY_OF_NONE:
        break;
    }
}

static void attend_keys(struct watch *watch, short events)
{
    enum key key;

    if ((events & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        watch->done = true; /* the terminal is gone */
    else if ((events & POLLIN) != 0) {
        while ((key = terminal_key()) != KEY_OF_NONE)
            press(watch, key);
        draw(watch);
    }
}

static void attend_signals(struct watch *watch)
{
    struct signalfd_siginfo info;

    while (read(watch->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo == SIGWINCH)
            refit(watch);
        else
            watch->done = true;
}

/* --- all of it --- */

/* Until something is due; while there is no answer, each second, to say so. */
static int timeout_ms(const struct watch *watch, int64_t now_us)
{
    const int64_t left = watch->asking ? RETRY_US : watch->next_us - now_us;

    return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

static bool turn(struct watch *watch, struct why *why)
{
    const bool connected = watch->line != NULL;
    struct pollfd fds[] = {
        {watch->signals, POLLIN, 0},
        {watch->live ? STDIN_FILENO : -1, POLLIN, 0},
        {connected ? line_fd(watch->line) : -1, connected ? line_events(watch->line) : POLLIN, 0},
    };

    if (poll(fds, 3, timeout_ms(watch, clock_us())) < 0 && errno != EINTR) {
        why_errno(why, "cannot wait");
        return false;
    }
    attend_signals(watch);
    attend_keys(watch, fds[1].revents);
    return attend_server(watch, fds[2].revents, clock_us(), why) &&
           attend_clock(watch, clock_us(), why);
}

static bool go_on_until(struct watch *watch, const bool *reached, struct why *why)
{
    while (!*reached && !watch->done)
        if (!turn(watch, why))
            return false;
    return true;
}

/* Someone who is not there is told of on a screen that still is as it was. */
static bool reach(struct watch *watch, struct why *why)
{
    while (watch->figures->now.version[0] == '\0' && !watch->done)
        if (!turn(watch, why))
            return false;
    return true;
}

bool watch_live(struct watch *watch, struct why *why)
{
    bool good;

    if (!reach(watch, why) || watch->done)
        return watch->done;
    if (!terminal_open(!watch->options->no_color, why))
        return false;
    watch->live = true;
    refit(watch);
    good = go_on_until(watch, &watch->done, why);
    terminal_close();
    return good;
}

/* Without blanks at the end. */
static int used_width(const struct canvas *canvas, int y)
{
    int width = canvas->width;

    while (width > 0 && canvas_at(canvas, width - 1, y)->character == ' ')
        width--;
    return width;
}

static int used_height(const struct canvas *canvas)
{
    int height = canvas->height;

    while (height > 0 && used_width(canvas, height - 1) == 0)
        height--;
    return height;
}

static void print_line(const struct canvas *canvas, int y)
{
    const int width = used_width(canvas, y);

    for (int x = 0; x < width; x++)
        printf("%lc", (wint_t)canvas_at(canvas, x, y)->character);
    putchar('\n');
}

static int output_width(void)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;

    if (columns != NULL && atoi(columns) >= 20 && atoi(columns) <= 1000)
        return atoi(columns);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

bool watch_once(struct watch *watch, struct why *why)
{
    const int width = output_width();

    watch->view.still = true;
    if (!go_on_until(watch, &watch->figures->differ, why) || watch->done)
        return false;
    if (!canvas_resize(&watch->canvas, width, view_height(watch->figures, width))) {
        why_set(why, "no memory to draw in");
        return false;
    }
    view_draw(&watch->canvas, &watch->view, watch->figures);
    for (int y = 0; y < used_height(&watch->canvas); y++)
        print_line(&watch->canvas, y);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    why_errno(why, "cannot write");
    return false;
}
