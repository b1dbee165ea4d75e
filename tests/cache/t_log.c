#include "cache/log.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/tap/tap.h"

/* A folder of our own with a log in it, and what the log said last. */
static char folder[] = "/tmp/t_log.XXXXXX";
static char path[64], moved[64];
static char content[16384];

static const char *read_file(const char *name)
{
    const int fd = open(name, O_RDONLY);
    ssize_t len = fd < 0 ? -1 : read(fd, content, sizeof(content) - 1);

    close(fd);
    content[len < 0 ? 0 : len] = '\0';
    return content;
}

static bool looks_like(const char *text, const char *expression)
{
    regex_t regex;
    bool matched;

    if (regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB) != 0)
        tap_bail("cannot compile %s", expression);
    matched = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matched;
}

static struct log *must_open(const char *name, enum log_level level)
{
    struct why why;
    struct log *log = log_open(name, level, &why);

    if (log == NULL)
        tap_bail("%s", why.text);
    return log;
}

static void test_format(void)
{
    struct log *log = must_open(path, LOG_DEBUG);
    char start[32];

    log_write(log, LOG_NOTICE, "Server %s, version %d", "started", 1);
    log_close(log);
    ok(looks_like(read_file(path), "^[0-9]+:M [0-3][0-9] [A-Z][a-z]{2} 20[0-9]{2} "
                                   "[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{3} \\* "
                                   "Server started, version 1\n$"),
       "a line has process, day, time, level and message");
    snprintf(start, sizeof(start), "%ld:M ", (long)getpid());
    ok(strncmp(content, start, strlen(start)) == 0, "the process is ours");
}

static void test_local_time(void)
{
    struct log *log = must_open(path, LOG_DEBUG);
    const time_t now = time(NULL);
    struct tm local;
    char day[32];

    localtime_r(&now, &local);
    strftime(day, sizeof(day), ":M %d %b %Y %H:", &local);
    log_write(log, LOG_NOTICE, "tick");
    log_close(log);
    if (time(NULL) / 3600 != now / 3600)
        tap_skip(1, "the hour has just changed");
    else
        ok(strstr(read_file(path), day) != NULL, "the time is the local one");
}

static void test_levels(void)
{
    struct log *log = must_open(path, LOG_VERBOSE);

    log_write(log, LOG_DEBUG, "one");
    log_write(log, LOG_VERBOSE, "two");
    log_write(log, LOG_NOTICE, "three");
    log_write(log, LOG_WARNING, "four");
    log_set_level(log, LOG_WARNING);
    log_write(log, LOG_NOTICE, "five");
    log_set_level(log, LOG_NOTHING);
    log_write(log, LOG_WARNING, "six");
    log_write(log, LOG_NOTHING, "seven");
    log_set_level(log, LOG_DEBUG);
    log_write(log, LOG_DEBUG, "eight");
    log_close(log);
    ok(looks_like(read_file(path), " - two\n.* \\* three\n.* # four\n.* \\. eight\n$"),
       "each level has its mark");
    ok(!looks_like(content, "one|five|six|seven"), "lines below the level are not written");
}

static void test_long_lines(void)
{
    struct log *log = must_open(path, LOG_DEBUG);
    char message[3000];

    memset(message, 'x', sizeof(message));
    message[sizeof(message) - 1] = '\0';
    log_write(log, LOG_NOTICE, "%s", message);
    is_int(strlen(read_file(path)), 1024, "a long line is cut to 1,024 bytes");
    is_int(content[1023], '\n', "of which the last is a line feed");
    log_write(log, LOG_NOTICE, "next");
    ok(looks_like(read_file(path), " \\* next\n$"), "and the next line is whole");
    log_close(log);
}

static void test_controls(void)
{
    struct log *log = must_open(path, LOG_DEBUG);

    log_write(log, LOG_NOTICE, "%s", "a\r\n1:M forged\x1b[2J\x7f \xc3\xa9");
    log_close(log);
    ok(looks_like(read_file(path), "\\* a  1:M forged \\[2J  \xc3\xa9\n$"),
       "control characters in a message become blanks");
    ok(strchr(content, '\n') == content + strlen(content) - 1, "so a message is one line");
}

static void test_two_logs(void)
{
    struct log *a = must_open(path, LOG_DEBUG), *b = must_open(path, LOG_DEBUG);

    log_write(a, LOG_NOTICE, "first");
    log_write(b, LOG_NOTICE, "second");
    log_write(a, LOG_NOTICE, "third");
    log_close(a);
    log_close(b);
    ok(looks_like(read_file(path), "first\n.*second\n.*third\n$"),
       "two logs on one path append to it in turn");
}

static void test_rotation(void)
{
    struct log *log = must_open(path, LOG_DEBUG), *other = must_open(path, LOG_DEBUG);

    log_write(log, LOG_NOTICE, "before");
    rename(path, moved);
    log_write(log, LOG_NOTICE, "after");
    log_write(other, LOG_NOTICE, "another");
    ok(looks_like(read_file(moved), "^[^\n]*before\n$"), "a log that was moved away ends there");
    ok(looks_like(read_file(path), "^[^\n]*after\n.*another\n$"),
       "and goes on in a new file, whoever writes");
    unlink(path);
    log_write(log, LOG_NOTICE, "again");
    ok(looks_like(read_file(path), "^[^\n]*again\n$"), "one that was removed, too");
    log_close(log);
    log_close(other);
}

/* As logrotate's create does. */
static void test_rotation_to_a_new_file(void)
{
    struct log *log = must_open(path, LOG_DEBUG);

    rename(path, moved);
    close(open(path, O_WRONLY | O_CREAT, 0640));
    log_write(log, LOG_NOTICE, "after");
    ok(looks_like(read_file(path), "^[^\n]*after\n$"), "a file that is there already is taken");
    log_close(log);
}

static void test_failures(void)
{
    struct log *log = must_open(path, LOG_DEBUG);
    struct why why;

    ok(log_open("/nowhere/at/all.log", LOG_DEBUG, &why) == NULL, "a log in no folder fails");
    is_text(why.text, "cannot open the log /nowhere/at/all.log: No such file or directory",
            "and the reason names it");
    rename(path, moved);
    mkdir(path, 0700);
    errno = ENOTTY;
    log_write(log, LOG_NOTICE, "still here");
    ok(looks_like(read_file(moved), "still here\n$"), "what cannot be opened again goes on");
    is_int(errno, ENOTTY, "writing keeps errno, for it is often about what failed");
    log_close(log);
    rmdir(path);
}

/* Points standard output elsewhere for a moment; TAP lines must not be written meanwhile. */
static void test_stdout(void)
{
    const int kept = dup(STDOUT_FILENO);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    struct log *log;

    dup2(fd, STDOUT_FILENO);
    close(fd);
    log = must_open("", LOG_DEBUG);
    log_write(log, LOG_NOTICE, "one");
    log_write(log, LOG_NOTICE, "two");
    log_close(log);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    ok(looks_like(read_file(path), "one\n.*two\n$"), "an empty path is standard output");
    ok(fcntl(STDOUT_FILENO, F_GETFD) >= 0, "which stays open when the log closes");
}

int main(void)
{
    static void (*const tests[])(void) = {
        test_format,   test_local_time, test_levels,   test_long_lines,
        test_controls, test_two_logs,   test_rotation, test_rotation_to_a_new_file,
        test_failures, test_stdout,
    };
    size_t i;

    if (mkdtemp(folder) == NULL)
        tap_skip_all("no folder for temporary files");
    snprintf(path, sizeof(path), "%s/log", folder);
    snprintf(moved, sizeof(moved), "%s/log.1", folder);
    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        unlink(path);
        tests[i]();
    }
    unlink(path);
    unlink(moved);
    rmdir(folder);
    return tap_done();
}
