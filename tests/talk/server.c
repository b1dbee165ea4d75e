#include "tests/talk/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/talk/wire.h"
#include "tests/talk/words.h"

enum { TRIES = 500, PAUSE_MS = 20, LOG_END = 2000 };

static void pause_shortly(void)
{
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
}

/* The kernel's choice; somebody else may take it before the server does, then the start fails. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        address.sin_port = 0;
    if (fd >= 0)
        close(fd);
    return ntohs(address.sin_port);
}

static bool make_dir(struct server *server)
{
    const char *base = getenv("TMPDIR");

    if (base == NULL || strlen(base) > 40)
        base = "/tmp";
    snprintf(server->dir, sizeof(server->dir), "%s/talk-XXXXXX", base);
    return mkdtemp(server->dir) != NULL;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static void remove_dir(struct server *server)
{
    nftw(server->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void log_path(const struct server *server, struct text *path)
{
    text_format(path, "%s/talk.log", server->dir);
    text_string(path);
}

static void add_log(const struct server *server, struct text *why)
{
    struct text path = {0};
    char end[LOG_END];
    size_t got = 0;
    FILE *log;

    log_path(server, &path);
    log = fopen(path.data, "r");
    if (log != NULL) {
        if (fseek(log, -(long)sizeof(end), SEEK_END) != 0)
            rewind(log);
        got = fread(end, 1, sizeof(end), log);
        fclose(log);
    }
    text_format(why, "\nthe server printed:\n%.*s", (int)got, end);
    text_fini(&path);
}

static void replace(struct text *text, const char *name, const char *value)
{
    struct text out = {0};
    const char *at = text_string(text);
    const char *found;

    while ((found = strstr(at, name)) != NULL) {
        text_add(&out, at, (size_t)(found - at));
        text_add(&out, value, strlen(value));
        at = found + strlen(name);
    }
    text_add(&out, at, strlen(at));
    text_fini(text);
    *text = out;
}

static bool split_command(const struct server *server, const char *command, struct words *words)
{
    struct text line = {0};
    char port[16];
    bool split;

    snprintf(port, sizeof(port), "%d", server->port);
    text_format(&line, "%s", command);
    replace(&line, "{port}", port);
    replace(&line, "{dir}", server->dir);
    split = words_split(words, line.data, line.len) && words->count > 0;
    text_fini(&line);
    return split;
}

static _Noreturn void become_server(const struct server *server, struct words *words)
{
    char **args = calloc(words->count + 1, sizeof(*args));
    struct text path = {0};
    int log;

    log_path(server, &path);
    log = open(path.data, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (args == NULL || log < 0)
        _exit(127);
    for (size_t i = 0; i < words->count; i++)
        args[i] = (char *)text_string(&words->items[i]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execvp(args[0], args);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", args[0], strerror(errno));
    _exit(127);
}

static bool answers(int port)
{
    struct wire wire;
    size_t len = 0;
    bool pong;

    if (!wire_open(&wire, port))
        return false;
    text_format(&wire.out, "PING\r\n");
    wire_flush(&wire, wire.out.len);
    pong = wire_value(&wire, &len) && len == 7 && memcmp(wire_front(&wire), "+PONG\r\n", 7) == 0;
    wire_close(&wire);
    return pong;
}

/* True when the child has ended; it is gone then. */
static bool ended(struct server *server, int *status)
{
    if (waitpid(server->pid, status, WNOHANG) != server->pid)
        return false;
    server->pid = 0;
    return true;
}

static bool wait_until_it_answers(struct server *server, struct text *why)
{
    int status = 0;

    for (int i = 0; i < TRIES; i++) {
        if (ended(server, &status)) {
            text_format(why, "the server ended with status %d instead of answering",
                        WEXITSTATUS(status));
            return false;
        }
        if (answers(server->port))
            return true;
        pause_shortly();
    }
    text_format(why, "the server does not answer PING");
    return false;
}

static void kill_at_once(struct server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
    }
    server->pid = 0;
}

bool server_start(struct server *server, const char *command, struct text *why)
{
    struct words words = {0};

    *server = (struct server){.port = free_port()};
    if (!make_dir(server) || !split_command(server, command, &words)) {
        text_format(why, "cannot understand the command line, or cannot make a directory");
        return false;
    }
    server->pid = fork();
    if (server->pid == 0)
        become_server(server, &words);
    words_fini(&words);
    if (server->pid > 0 && wait_until_it_answers(server, why))
        return true;
    kill_at_once(server);
    add_log(server, why);
    remove_dir(server);
    return false;
}

static bool wait_until_it_ends(struct server *server, int *status)
{
    for (int i = 0; i < TRIES; i++) {
        if (ended(server, status))
            return true;
        pause_shortly();
    }
    return false;
}

bool server_stop(struct server *server, struct text *why)
{
    int status = 0;
    bool clean;

    kill(server->pid, SIGTERM);
    clean = wait_until_it_ends(server, &status);
    if (!clean)
        text_format(why, "the server still runs ten seconds after SIGTERM");
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        text_format(why, "the server ended with wait status 0x%x", (unsigned)status);
    kill_at_once(server);
    clean = why->len == 0;
    if (!clean)
        add_log(server, why);
    remove_dir(server);
    return clean;
}
