/*
 * terminal - the screen and the keyboard, by ncurses: only what has changed is written.
 *
 * Owner   main.
 * Memory  ncurses' own, and the locale's.
 * Cost    writes what differs from what is there.
 * Errors  terminal_open: false with a sentence, and nothing has changed. terminal_close puts the
 *         terminal back as it was, and may be called twice.
 */
#ifndef TOP_TERMINAL_H
#define TOP_TERMINAL_H

#include <stdbool.h>

#include "conf/why.h"
#include "top/canvas.h"

enum key { KEY_OF_NONE, KEY_OF_QUIT, KEY_OF_WHAT, KEY_OF_PAUSE, KEY_OF_PREVIOUS, KEY_OF_FOLLOWING };

/* Does the locale have more than ASCII? To be asked first. */
bool terminal_has_unicode(void);

bool terminal_open(bool colors, struct why *why);
void terminal_close(void);

/* As large as the screen is now. */
bool terminal_fit(struct canvas *canvas);
void terminal_show(const struct canvas *canvas);

/* The next key that was pressed; KEY_OF_NONE: none that means anything. */
enum key terminal_key(void);

#endif
