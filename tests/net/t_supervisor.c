/* Who supervises, as the environment tells, and how often that one wants to hear something. */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/settings.h"
#include "net/supervisor.h"
#include "tests/tap/tap.h"

static char name[64];

static int listen_at_name(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(at.sun_path + 1, name + 1, strlen(name) - 1);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at,
                       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))) != 0)
        tap_bail("cannot bind %s", name);
    return fd;
}

static void environment(const char *variable, const char *value)
{
    if (value == NULL)
        unsetenv(variable);
    else
        setenv(variable, value, 1);
}

static void finds(int64_t wanted, const char *expected, const char *title)
{
    struct supervisor supervisor;
    struct why why = {""};

    ok(supervisor_find(&supervisor, wanted, &why), "%s", title);
    is_text(supervisor.name, expected, "that is %s", expected);
    ok(supervisor_is_there(&supervisor) == (strcmp(expected, "no") != 0), "is it there?");
}

static void misses(int64_t wanted, const char *reason)
{
    struct supervisor supervisor;
    struct why why = {""};

    ok(!supervisor_find(&supervisor, wanted, &why), "one that is not there is not found");
    ok(strstr(why.text, reason) != NULL, "and the reason says so: %s", why.text);
    is_text(supervisor.name, "no", "nobody supervises then");
}

static void beats(const char *microseconds, const char *pid, int64_t expected, const char *title)
{
    struct supervisor supervisor;
    struct why why;

    environment("WATCHDOG_USEC", microseconds);
    environment("WATCHDOG_PID", pid);
    supervisor_find(&supervisor, SUPERVISED_SYSTEMD, &why);
    is_int(supervisor.beat_ms, expected, "%s", title);
    environment("WATCHDOG_USEC", NULL);
    environment("WATCHDOG_PID", NULL);
}

static void the_environment_tells(void)
{
    finds(SUPERVISED_NO, "no", "nobody is asked for");
    finds(SUPERVISED_AUTO, "no", "nobody is there");
    misses(SUPERVISED_SYSTEMD, "NOTIFY_SOCKET not found");
    misses(SUPERVISED_UPSTART, "UPSTART_JOB not found");
    environment("NOTIFY_SOCKET", "/nowhere/at/all");
    misses(SUPERVISED_AUTO, "No such file");
    environment("NOTIFY_SOCKET", name);
    finds(SUPERVISED_NO, "no", "one that is not asked for is not there");
    finds(SUPERVISED_SYSTEMD, "systemd", "systemd is there");
    finds(SUPERVISED_AUTO, "systemd", "and found");
    environment("UPSTART_JOB", "croft");
    finds(SUPERVISED_AUTO, "upstart", "upstart comes first, as in Redis");
    ok(getenv("UPSTART_JOB") == NULL, "and is not handed on");
}

static void the_watchdog_has_an_interval(void)
{
    char pid[32];

    beats(NULL, NULL, 0, "without WATCHDOG_USEC it hears nothing");
    beats("30000000", NULL, 7500, "with it, four times as often as it must");
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    beats("1000000", pid, 250, "it is meant for this process");
    beats("1000000", "1", 0, "it is meant for another");
    beats("1000000", "x", 0, "nobody knows for whom it is meant");
    beats("1", NULL, 1, "never more often than each millisecond");
    beats("soon", NULL, 0, "words are no number");
    beats("-5", NULL, 0, "nor is what is negative");
    beats("99999999999999999999", NULL, 0, "nor is what is too large");
}

int main(void)
{
    int fd;

    snprintf(name, sizeof(name), "@croft-supervisor-%d", (int)getpid());
    environment("NOTIFY_SOCKET", NULL);
    environment("UPSTART_JOB", NULL);
    fd = listen_at_name();
    the_environment_tells();
    the_watchdog_has_an_interval();
    close(fd);
    return tap_done();
}
