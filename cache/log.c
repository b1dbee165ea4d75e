#include "cache/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The longest line, line feed included. */
#define LINE_ROOM 1024

struct log {
    int fd;
    enum log_level level;
    char *path;
};

/* A descriptor of our own in either case, so that closing is the same. */
static int open_path(const char *path, struct why *why)
{
    const bool is_stdout = path[0] == '\0';
    const int fd = is_stdout ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                             : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0)
        why_errno(why, "cannot open the log %s", is_stdout ? "on standard output" : path);
    return fd;
}

struct log *log_open(const char *path, enum log_level level, struct why *why)
{
    struct log *log = malloc(sizeof(*log));

    if (log == NULL)
        goto no_memory;
    log->level = level;
    log->path = strdup(path);
    if (log->path == NULL)
        goto no_memory;
    log->fd = open_path(path, why);
    if (log->fd >= 0)
        return log;
    free(log->path);
    free(log);
    return NULL;
no_memory:
    why_set(why, "cannot open the log: out of memory");
    free(log);
    return NULL;
}

void log_close(struct log *log)
{
    if (log == NULL)
        return;
    close(log->fd);
    free(log->path);
    free(log);
}

/* Keeps the old file if it cannot. */
static bool reopen(struct log *log, struct why *why)
{
    const int fd = open_path(log->path, why);

    if (fd < 0)
        return false;
    close(log->fd);
    log->fd = fd;
    return true;
}

/* Somebody has moved the file away, as logrotate does: nobody is told of it, so each line looks. */
static void follow_path(struct log *log)
{
    struct stat named, opened;
    struct why why;

    if (log->path[0] == '\0' || fstat(log->fd, &opened) != 0)
        return;
    if (stat(log->path, &named) != 0 || named.st_dev != opened.st_dev ||
        named.st_ino != opened.st_ino)
        reopen(log, &why);
}

void log_set_level(struct log *log, enum log_level level)
{
    log->level = level;
}

/* "PID:M DD Mon YYYY HH:MM:SS.mmm * ", in local time; returns its length. */
static size_t print_head(char *into, enum log_level level)
{
    static const char marks[] = ".-*#";
    struct timespec now;
    struct tm local;
    char time[32];

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    strftime(time, sizeof(time), "%d %b %Y %H:%M:%S", &local);
    return (size_t)snprintf(into, LINE_ROOM, "%ld:M %s.%03ld %c ", (long)getpid(), time,
                            now.tv_nsec / 1000000, marks[level]);
}

/* A message may quote what a client sent; it must not be able to forge a line or move a cursor. */
static void blank_controls(char *at, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
            at[i] = ' ';
}

static size_t print_message(char *into, size_t room, const char *format, va_list list)
{
    const int wanted = vsnprintf(into, room, format, list);
    size_t len;

    if (wanted < 0)
        return 0;
    len = (size_t)wanted < room ? (size_t)wanted : room - 1;
    blank_controls(into, len);
    return len;
}

void log_write(struct log *log, enum log_level level, const char *format, ...)
{
    const int error = errno; /* whoever logs a failure may still want its number */
    char line[LINE_ROOM];
    ssize_t written;
    size_t len;
    va_list list;

    if (level < log->level || level >= LOG_NOTHING)
        return;
    len = print_head(line, level);
    va_start(list, format);
    len += print_message(line + len, sizeof(line) - len, format, list);
    va_end(list);
    follow_path(log);
    line[len++] = '\n'; /* in the place of the terminating zero */
    written = write(log->fd, line, len);
    (void)written; /* whom could we tell? */
    errno = error;
}
