#include "net/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/settings.h"
#include "net/notify.h"

#define BEATS_IN_TIME 4 /* as often as the supervisor wants to hear something */

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0';
}

static bool read_number(const char *name, long long *number)
{
    const char *value = getenv(name);
    char *end;

    if (value == NULL)
        return false;
    errno = 0;
    *number = strtoll(value, &end, 10);
    return errno == 0 && end != value && *end == '\0';
}

/* Another process's, when a parent has not cleaned up. */
static int64_t beat_of_environment(void)
{
    long long microseconds, pid;

    if (!read_number("WATCHDOG_USEC", &microseconds) || microseconds <= 0)
        return 0;
    if (is_set("WATCHDOG_PID") && (!read_number("WATCHDOG_PID", &pid) || pid != getpid()))
        return 0;
    microseconds /= 1000 * BEATS_IN_TIME;
    return microseconds == 0 ? 1 : microseconds;
}

static bool find_upstart(struct supervisor *supervisor, struct why *why)
{
    if (!is_set("UPSTART_JOB")) {
        why_set(why, "upstart supervision requested, but UPSTART_JOB not found!");
        return false;
    }
    supervisor->name = "upstart";
    supervisor->stops = true;
    unsetenv("UPSTART_JOB");
    return true;
}

static bool find_systemd(struct supervisor *supervisor, struct why *why)
{
    const char *socket = getenv("NOTIFY_SOCKET");

    if (!is_set("NOTIFY_SOCKET")) {
        why_set(why, "systemd supervision error: NOTIFY_SOCKET not found!");
        return false;
    }
    if (!notify_send(socket, "STATUS=Starting", why))
        return false;
    supervisor->name = "systemd";
    supervisor->socket = socket;
    supervisor->beat_ms = beat_of_environment();
    return true;
}

bool supervisor_find(struct supervisor *supervisor, int64_t wanted, struct why *why)
{
    const bool guess = wanted == SUPERVISED_AUTO;

    *supervisor = (struct supervisor){.name = "no"};
    if (wanted == SUPERVISED_UPSTART || (guess && is_set("UPSTART_JOB")))
        return find_upstart(supervisor, why);
    if (wanted == SUPERVISED_SYSTEMD || (guess && is_set("NOTIFY_SOCKET")))
        return find_systemd(supervisor, why);
    return true;
}

void supervisor_tell(const struct supervisor *supervisor, struct log *log, const char *lines)
{
    struct why why;

    if (!notify_send(supervisor->socket, lines, &why))
        log_write(log, LOG_WARNING, "%s", why.text);
}

static void stop_until_continued(struct log *log)
{
    log_write(log, LOG_NOTICE, "supervised by upstart, will stop to signal readiness.");
    raise(SIGSTOP);
}

void supervisor_ready(const struct supervisor *supervisor, struct log *log, const char *status)
{
    char lines[512];

    if (supervisor->stops)
        stop_until_continued(log);
    snprintf(lines, sizeof(lines), NOTIFY_READY "\nSTATUS=%s", status);
    supervisor_tell(supervisor, log, lines);
}
