/*
 * log - one line per event, in the format that Redis made customary:
 *
 *     PID:M DD Mon YYYY HH:MM:SS.mmm * message
 *
 * Levels are '.' debug, '-' verbose, '*' notice, '#' warning.
 *
 * Owner   the thread that opened it; every thread that logs opens its own on the same path. A
 *         line is one write(2) to a descriptor opened for appending, so lines never mix.
 * Memory  a line is at most 1,024 bytes; longer ones are cut. Control characters of the message are
 *         written as blanks, so that nobody can forge a line.
 *         A file that was moved away or removed is made anew by the next line, as after a rotation;
 *         where that cannot be, lines go on to the old one.
 * Cost    a few system calls per line, so never on a request's path.
 * Errors  opening may fail; writing never fails loudly, and leaves errno alone.
 */
#ifndef CACHE_LOG_H
#define CACHE_LOG_H

#include <stdbool.h>

#include "conf/why.h"

enum log_level { LOG_DEBUG, LOG_VERBOSE, LOG_NOTICE, LOG_WARNING, LOG_NOTHING };

struct log;

/* An empty path is standard output. */
struct log *log_open(const char *path, enum log_level level, struct why *why);
void log_close(struct log *log);

void log_set_level(struct log *log, enum log_level level);

void log_write(struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
