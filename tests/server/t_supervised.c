/* What a supervisor is told: when the server is ready, when it stops, and that all of it still turns. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/server/peer.h"
#include "tests/tap/tap.h"

enum { PATH_SIZE = 256, NOTE_SIZE = 1024 };

/* --- systemd --- */

/* Listens as systemd does; `address` as NOTIFY_SOCKET spells it. */
static int listen_to_notes(const char *address)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const struct timeval patience = {CHILD_PATIENCE_MS / 1000, 0};
    const size_t len = strlen(address);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(at.sun_path, address, len);
    if (address[0] == '@')
        at.sun_path[0] = '\0';
    if (fd < 0 || bind(fd, (struct sockaddr *)&at,
                       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) != 0)
        tap_bail("no notify socket: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

/* The next note that has one of these words. */
static bool hears(int fd, const char *wanted, char *note)
{
    ssize_t got;

    while ((got = recv(fd, note, NOTE_SIZE - 1, 0)) > 0) {
        note[got] = '\0';
        if (strstr(note, wanted) != NULL)
            return true;
    }
    note[0] = '\0';
    return false;
}

/* Does none of the notes that come meanwhile have it? */
static bool does_not_hear(int fd, const char *unwanted, int milliseconds)
{
    const int64_t end = child_now_ms() + milliseconds;
    char note[NOTE_SIZE];
    ssize_t got;

    while (child_now_ms() < end) {
        got = recv(fd, note, sizeof(note) - 1, MSG_DONTWAIT);
        if (got <= 0) {
            child_sleep_ms(5);
            continue;
        }
        note[got] = '\0';
        if (strstr(note, unwanted) != NULL)
            return false;
    }
    return true;
}

static void spawn(struct child *child, const struct subject *subject, const char *address,
                  const char *options)
{
    char line[PATH_SIZE];

    snprintf(line, sizeof(line), "%s%s", "--port {port} --save \"\" ", options);
    setenv("NOTIFY_SOCKET", address, 1);
    child_spawn(child, subject, line);
    unsetenv("NOTIFY_SOCKET");
}

static void systemd_is_told(const struct subject *subject, const char *address, const char *options)
{
    struct child child = {0};
    char note[NOTE_SIZE];
    const int fd = listen_to_notes(address);

    tap_note("%s, %s", address, options);
    child_init(&child, subject);
    spawn(&child, subject, address, options);
    ok(hears(fd, "READY=1\nSTATUS=Ready to accept connections on port ", note),
       "systemd is told when it is ready");
    ok(child_wait_ready(&child), "and it is");
    ok(child_end(&child, SIGTERM), "it ends well");
    ok(hears(fd, "STOPPING=1", note), "systemd is told that, too");
    close(fd);
    child_drop(&child);
}

static void the_address_may_be_either(const struct subject *subject)
{
    char path[64], name[64];

    snprintf(path, sizeof(path), "/tmp/croft-supervised-%d", (int)getpid());
    snprintf(name, sizeof(name), "@croft-supervised-%d", (int)getpid());
    systemd_is_told(subject, path, "--supervised systemd");
    unlink(path);
    systemd_is_told(subject, name, "--supervised auto");
    systemd_is_told(subject, name, "--supervised auto --daemonize yes"); /* stays our child */
}

static void only_whom_it_concerns(const struct subject *subject)
{
    struct child child = {0};
    char name[64];
    int fd;

    snprintf(name, sizeof(name), "@croft-supervised-%d", (int)getpid());
    fd = listen_to_notes(name);
    child_init(&child, subject);
    spawn(&child, subject, name, "--supervised no");
    ok(child_wait_ready(&child) && child_end(&child, SIGTERM),
       "it starts and ends without a supervisor");
    ok(does_not_hear(fd, "", 0), "and tells nobody");
    close(fd);
    child_drop(&child);
}

static void a_supervisor_may_be_missing(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer;
    char *info;

    child_start(&child, subject, "--supervised systemd");
    peer = peer_open(&child);
    info = ask(peer, "INFO server");
    ok(info != NULL && strstr(info, "process_supervised:no\r\n") != NULL,
       "without systemd it serves, and nobody supervises it");
    free(info);
    peer_close(peer);
    ok(child_wait_text(&child, "log", "NOTIFY_SOCKET not found!"), "and the log says why");
    ok(child_stop(&child), "it ends well");
}

/* --- its watchdog --- */

/* A loop, if the shards have no threads. */
static pid_t somebody(const struct child *child, const char **silent)
{
    const pid_t shard = child_thread(child, "croft-shard-0");

    *silent = shard != 0 ? "STATUS=Shard 0 does not answer" : "does not answer";
    return shard != 0 ? shard : child_thread(child, "croft-loop-0");
}

static void stands_still(struct child *child, int fd)
{
    const char *silent;
    const pid_t thread = somebody(child, &silent);
    char note[NOTE_SIZE];

    if (!child_hold(thread)) {
        tap_skip(4, "threads cannot be held here");
        return;
    }
    ok(hears(fd, silent, note), "when one thread stands still, systemd is told which");
    ok(strstr(note, "WATCHDOG=1") == NULL && does_not_hear(fd, "WATCHDOG=1", 200),
       "and the watchdog hears nothing");
    child_let_go(thread);
    ok(hears(fd, "WATCHDOG=1", note), "until it goes on");
    ok(child_wait_text(child, "log", "does not answer"), "the log tells of it");
}

static void the_watchdog_hears_of_life(const struct subject *subject)
{
    struct child child = {0};
    char name[64], note[NOTE_SIZE];
    redisContext *peer;
    char *info;
    int fd;

    snprintf(name, sizeof(name), "@croft-supervised-%d", (int)getpid());
    fd = listen_to_notes(name);
    child_init(&child, subject);
    setenv("WATCHDOG_USEC", "80000", 1);
    spawn(&child, subject, name, "--supervised systemd");
    unsetenv("WATCHDOG_USEC");
    ok(hears(fd, "READY=1", note) && child_wait_ready(&child), "it is ready");
    peer = peer_open(&child);
    ok(says(peer, "+OK", "MSET a 1 b 2 c 3"), "it has three keys");
    ok(hears(fd, ": 3 keys in ", note), "systemd reads how many");
    ok(strncmp(note, "WATCHDOG=1\nSTATUS=Serving port ", 31) == 0, "in a sign of life: %s", note);
    info = ask(peer, "INFO server");
    ok(info != NULL && strstr(info, "process_supervised:systemd\r\n") != NULL, "so does INFO");
    free(info);
    stands_still(&child, fd);
    peer_close(peer);
    ok(child_end(&child, SIGTERM) && hears(fd, "STOPPING=1", note), "it ends well");
    close(fd);
    child_drop(&child);
}

/* --- upstart --- */

static void upstart_lets_it_go_on(const struct subject *subject)
{
    struct child child = {0};
    int status = 0;

    child_init(&child, subject);
    setenv("UPSTART_JOB", "croft", 1);
    child_spawn(&child, subject, "--port {port} --supervised auto");
    unsetenv("UPSTART_JOB");
    ok(waitpid(child.pid, &status, WUNTRACED) == child.pid && WIFSTOPPED(status) &&
           WSTOPSIG(status) == SIGSTOP,
       "for upstart it stops itself when it is ready");
    kill(child.pid, SIGCONT);
    ok(child_wait_ready(&child), "and serves when it is continued");
    ok(child_stop(&child), "it ends well");
}

int main(int argc, char **argv)
{
    struct subject subject;

    subject_init(&subject, argc, argv);
    the_address_may_be_either(&subject);
    only_whom_it_concerns(&subject);
    a_supervisor_may_be_missing(&subject);
    the_watchdog_hears_of_life(&subject);
    upstart_lets_it_go_on(&subject);
    return tap_done();
}
