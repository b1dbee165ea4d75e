#include "top/terminal.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_has_unicode(void)
{
    setlocale(LC_CTYPE, "");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void prepare_colors(bool colors)
{
    if (!colors || !has_colors() || start_color() != OK)
        return;
    use_default_colors();
    init_pair(STYLE_SEA, COLORS > 255 ? 30 : COLOR_CYAN, -1);
    init_pair(STYLE_WOOD, COLORS > 255 ? 130 : COLOR_YELLOW, -1);
    init_pair(STYLE_BAD, COLORS > 255 ? 160 : COLOR_RED, -1);
}

bool terminal_open(bool colors, struct why *why)
{
    SCREEN *screen;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        why_set(why, "this is no terminal; --once prints a look to anywhere");
        return false;
    }
    screen = newterm(NULL, stdout, stdin);
    if (screen == NULL) {
        why_set(why, "the terminal '%.100s' is not known here", getenv("TERM"));
        return false;
    }
    set_term(screen);
    set_escdelay(25);
    cbreak();
    noecho();
    nonl();
    curs_set(0);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    prepare_colors(colors);
    return true;
}

void terminal_close(void)
{
    if (stdscr != NULL && !isendwin())
        endwin();
}

bool terminal_fit(struct canvas *canvas)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    return canvas_resize(canvas, COLS, LINES);
}

static attr_t attributes(unsigned style)
{
    if (style == STYLE_SOFT)
        return A_DIM;
    if (style == STYLE_STRONG || style == STYLE_BAD)
        return A_BOLD;
    return A_NORMAL;
}

static void show_cell(const struct cell *cell, int x, int y)
{
    const short pair = cell->style >= STYLE_SEA ? (short)cell->style : 0;
    const wchar_t text[] = {(wchar_t)cell->character, L'\0'};
    cchar_t wide;

    setcchar(&wide, text, attributes(cell->style), pair, NULL);
    mvadd_wch(y, x, &wide);
}

void terminal_show(const struct canvas *canvas)
{
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x++)
            show_cell(canvas_at(canvas, x, y), x, y);
    refresh();
}

enum key terminal_key(void)
{
    switch (getch()) {
    case 'q':
    case 'Q':
    case 3: /* Ctrl-C, where the terminal does not make a signal of it */
        return KEY_OF_QUIT;
    case '\t':
        return KEY_OF_WHAT;
    case 'p':
    case ' ':
        return KEY_OF_PAUSE;
    case KEY_UP:
    case 'k':
        return KEY_OF_PREVIOUS;
    case KEY_DOWN:
    case 'j':
        return KEY_OF_FOLLOWING;
    default:
        return KEY_OF_NONE;
    }
}
