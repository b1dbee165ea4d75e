/* What the server gives up: root, and most system calls. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/server/peer.h"
#include "tests/tap/tap.h"

enum { PATH_SIZE = 300 };

/* Has each thread's status a line that begins so? */
static bool all_threads_say(const struct child *child, const char *start)
{
    char path[PATH_SIZE], line[256];
    struct dirent *entry;
    bool all = true;
    int threads = 0;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)child->pid);
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        bool says_so = false;
        FILE *file;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)child->pid, entry->d_name);
        file = fopen(path, "r");
        while (file != NULL && !says_so && fgets(line, sizeof(line), file) != NULL)
            says_so = strncmp(line, start, strlen(start)) == 0;
        if (file != NULL)
            fclose(file);
        all &= says_so;
        threads++;
    }
    if (dir != NULL)
        closedir(dir);
    return all && threads > 0;
}

/* Does what a server does in its life. */
static void works(const struct child *child)
{
    redisContext *peer = peer_open(child);
    char value[100000];

    memset(value, 'v', sizeof(value));
    for (int i = 0; i < 300; i++)
        redisAppendCommand(peer, "SET key:%d %b", i, value, sizeof(value));
    for (int i = 0; i < 300; i++)
        free(peer_next(peer));
    ok(says(peer, ":300", "DBSIZE") && says(peer, ":100000", "STRLEN key:7"), "it takes values");
    ok(says(peer, "+OK", "MSET a 1 b 2 c 3") && says(peer, "*3 $1 $2 $3", "MGET a b c"),
       "and several keys at once");
    ok(says(peer, "+OK", "CONFIG SET maxmemory 10mb maxmemory-policy allkeys-lru"),
       "it has a limit");
    ok(says_start(peer, "$", "INFO everything") && says_start(peer, "$", "MEMORY DOCTOR"),
       "it tells about itself");
    ok(says(peer, "+OK", "FLUSHALL"), "it forgets");
    peer_close(peer);
}

static void few_calls_are_enough(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer;

    child_init(&child, subject);
    child_write(&child, "croft.conf", "# a comment\ntimeout 0\nseccomp yes\n");
    child_start(&child, subject, "--notify-keyspace-events KEA");
    ok(all_threads_say(&child, "Seccomp:\t2"), "every thread may do few system calls");
    ok(all_threads_say(&child, "NoNewPrivs:\t1"), "and gains no rights from other programs");
    works(&child);
    peer = peer_open(&child);
    ok(says(peer, "+OK", "CONFIG SET timeout 77") && says(peer, "+OK", "CONFIG REWRITE"),
       "it writes its configuration");
    ok(child_wait_text(&child, "croft.conf", "timeout 77"), "which can be read");
    freeReplyObject(redisCommand(peer, "SHUTDOWN"));
    peer_close(peer);
    ok(child_wait_end(&child) && child_exit_status(&child) == 0, "and ends when it is told to");
    child_drop(&child);
}

static void root_becomes_somebody(const struct subject *subject)
{
    struct child child = {0};
    char path[PATH_SIZE];

    child_init(&child, subject);
    child_path(&child, "port", path, sizeof(path));
    chmod(child.dir, 0777);
    child_start(&child, subject, "--user nobody --pidfile {dir}/pid --port-file {dir}/port");
    ok(all_threads_say(&child, "Uid:\t65534\t65534\t65534\t65534"), "no thread is root any more");
    ok(all_threads_say(&child, "Gid:\t65534\t65534\t65534\t65534"), "nor of root's group");
    ok(all_threads_say(&child, "CapEff:\t0000000000000000"), "nor has it any of root's rights");
    ok(access(path, R_OK) == 0, "it has told its port");
    works(&child);
    ok(child_stop(&child), "and ends well");
}

static void nobody_becomes_who_is_not(const struct subject *subject)
{
    struct child child = {0};

    child_spawn(&child, subject, "--port {port} --user no-such-user");
    ok(child_wait_end(&child) && child_exit_status(&child) == 1, "it does not start as nobody");
    ok(child_wait_text(&child, "log", "user no-such-user: there is no such user"), "and says why");
    child_drop(&child);
}

int main(int argc, char **argv)
{
    struct subject subject;

    subject_init(&subject, argc, argv);
    few_calls_are_enough(&subject);
    nobody_becomes_who_is_not(&subject);
    if (geteuid() == 0)
        root_becomes_somebody(&subject);
    else
        tap_skip(10, "only root can become somebody else");
    return tap_done();
}
