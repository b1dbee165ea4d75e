/*
 * line - a connection to the server that makes nobody wait: hiredis without blocking.
 *
 *     line_open --> poll(line_fd, line_events) --> line_move --> line_reply, until it is NULL
 *
 * Owner   main.
 * Memory  the line's; replies are the caller's, for freeReplyObject.
 * Cost    system calls that do not wait, but for the look-up of a host's name.
 * Errors  false with a sentence; the line is to be closed then.
 */
#ifndef TOP_LINE_H
#define TOP_LINE_H

#include <stdbool.h>

#include <hiredis/hiredis.h>

#include "conf/why.h"
#include "top/options.h"

struct line;

/* Begins to connect; NULL if that cannot be. */
struct line *line_open(const struct options *options, struct why *why);
void line_close(struct line *line); /* NULL is fine */

int line_fd(const struct line *line);
short line_events(const struct line *line); /* what poll is to wait for */

/* A command, to be sent by the next line_move. */
void line_say(struct line *line, int argc, const char *const *argv);

/* Sends and receives what is possible at once. */
bool line_move(struct line *line, struct why *why);

/* The next answer, or NULL as long as there is none. */
bool line_reply(struct line *line, redisReply **reply, struct why *why);

#endif
