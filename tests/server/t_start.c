/* How the server starts and stops, and what it tells about it. */
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <regex.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/server/crowd.h"
#include "tests/tap/tap.h"

enum { BOUND_MS = 10000, PATH_SIZE = 256 };

static bool file_has(const struct child *child, const char *name, const char *text)
{
    char *all = child_file(child, name);
    const bool has = strstr(all, text) != NULL;

    if (!has)
        tap_note("%s has no \"%s\": %s", name, text, all);
    free(all);
    return has;
}

/* --- refused --- */

struct refusal {
    const char *options;
    const char *names; /* the line that names the option */
    const char *reason;
};

static const struct refusal refusals[] = {
    {"--nosuch 1", ">>> 'nosuch", "Bad directive or wrong number of arguments"},
    {"--port abc", ">>> 'port", "argument couldn't be parsed into an integer"},
    {"--port 99999", ">>> 'port", "argument must be between 0 and 65535 inclusive"},
    {"--port", ">>> 'port'", "wrong number of arguments"},
    {"--maxmemory 1x", ">>> 'maxmemory", "argument must be a memory value"},
    {"--loglevel loud", ">>> 'loglevel", "argument(s) must be one of the following: debug"},
    {"--appendfsync", ">>> 'appendfsync'", "wrong number of arguments"},
    {"--daemonize maybe", ">>> 'daemonize", "argument must be 'yes' or 'no'"},
    {"{dir}/nosuch.conf", "", "can't open config file '{dir}/nosuch.conf'"},
    {"--rename-command foo bar", "", "No such command in rename-command"},
    {"--rename-command get set", "", "Target command name already exists"},
    {"--rename-command get", ">>> 'rename-command", "wrong number of arguments"},
    {"--port 0", "", "Configured to not listen anywhere, exiting."},
};

static const struct refusal durability[] = {
    {"--appendonly yes", ">>> 'appendonly", "croft keeps nothing on disk"},
    {"--save \"60 1\"", ">>> 'save", "croft keeps nothing on disk"},
    {"--save 900 1 300 10", ">>> 'save", "croft keeps nothing on disk"},
    {"--replicaof 127.0.0.1 6379", ">>> 'replicaof", "croft does not replicate"},
    {"--cluster-enabled yes", ">>> 'cluster-enabled", "not a cluster node"},
    {"--loadmodule /x.so", ">>> 'loadmodule", "croft loads no modules"},
    {"--aclfile /x", ">>> 'aclfile", "croft has no access control lists"},
    {"--tls-port 6390", ">>> 'tls-port", "croft does not speak TLS"},
    {"--shards 0", ">>> 'shards", "argument must be between 1 and 64"},
    {"--io-threads 65", ">>> 'io-threads", "argument must be between 1 and 64"},
    {"--server_cpulist 1-", "server_cpulist", "'1-' names no processors: write 0-7:2,12"},
    {"--shard-placement here", ">>> 'shard-placement", "argument(s) must be one of"},
};

static void with_dir(const struct child *child, const char *text, char *into, size_t size)
{
    const char *dir = strstr(text, "{dir}");

    if (dir == NULL)
        snprintf(into, size, "%s", text);
    else
        snprintf(into, size, "%.*s%s%s", (int)(dir - text), text, child->dir, dir + 5);
}

static void is_refused(const struct subject *subject, const struct refusal *refusal)
{
    struct child child = {0};
    char reason[PATH_SIZE];

    child_spawn(&child, subject, refusal->options);
    with_dir(&child, refusal->reason, reason, sizeof(reason));
    ok(child_wait_end(&child), "it does not start with %s", refusal->options);
    is_int(child_exit_status(&child), 1, "and says so with its status");
    ok(file_has(&child, "log", refusal->names) && file_has(&child, "log", reason),
       "and names it, and the reason");
    child_drop(&child);
}

static void bad_options_are_refused(const struct subject *subject)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        is_refused(subject, &refusals[i]);
    for (size_t i = 0; subject->is_croft && i < sizeof(durability) / sizeof(durability[0]); i++)
        is_refused(subject, &durability[i]);
}

static void the_line_of_a_file_is_named(const struct subject *subject)
{
    struct child child = {0};

    child_init(&child, subject);
    child_write(&child, "inner.conf", "timeout 5\nbogus yes\n");
    child_write(&child, "outer.conf", "# a file\nport 0\n\nmaxmemory \"1mb\n");
    child_spawn(&child, subject, "{dir}/outer.conf");
    child_wait_end(&child);
    is_int(child_exit_status(&child), 1, "a file with a mistake is refused");
    ok(file_has(&child, "log", "at line 4\n>>> 'maxmemory \"1mb'\n") &&
           file_has(&child, "log", "Unbalanced quotes in configuration line"),
       "and the line is named");
    child_drop(&child);
}

/* --- listening --- */

static void a_port_in_use_is_refused(const struct subject *subject)
{
    struct child first = {0}, second = {0};
    char text[128];

    child_start(&first, subject, "");
    second.port = first.port;
    child_spawn(&second, subject, "--port {port} --bind 127.0.0.1 --save \"\"");
    child_wait_end(&second);
    is_int(child_exit_status(&second), 1, "two cannot listen on one port");
    snprintf(text, sizeof(text), "TCP listening socket 127.0.0.1:%d: bind: Address already in use",
             first.port);
    ok(file_has(&second, "log", text), "and the second one says why");
    child_drop(&second);
    ok(child_stop(&first), "the first one does not mind");
}

static void answers_on_a_unix_socket(const char *path)
{
    redisContext *peer = peer_open_unix(path);

    ok(peer != NULL && says(peer, "+OK", "SET k v") && says(peer, "$v", "GET k"),
       "clients are served on the Unix socket");
    peer_close(peer);
}

static void a_unix_socket_has_its_permissions(const struct subject *subject)
{
    struct child child = {0};
    char path[PATH_SIZE];
    struct stat status = {0};

    child_init(&child, subject);
    child_path(&child, "socket", path, sizeof(path));
    child_start(&child, subject, "--unixsocket {dir}/socket --unixsocketperm 770");
    ok(stat(path, &status) == 0 && S_ISSOCK(status.st_mode), "there is a Unix socket");
    is_int(status.st_mode & 0777, 0770, "with the permissions asked for");
    answers_on_a_unix_socket(path);
    ok(child_end(&child, SIGTERM), "it ends well");
    ok(stat(path, &status) != 0, "and takes the socket with it");
    child_drop(&child);
}

static void port_0_is_a_unix_socket_only(const struct subject *subject)
{
    struct child child = {0};
    char path[PATH_SIZE];

    child_init(&child, subject);
    child_path(&child, "socket", path, sizeof(path));
    child_write(&child, "socket", "left behind by somebody");
    child_spawn(&child, subject, "--port 0 --unixsocket {dir}/socket --save \"\"");
    ok(child_wait_text(&child, "log", "eady to accept connections") ||
           child_wait_text(&child, "log", "now ready to accept connections at"),
       "without a port it starts, too");
    answers_on_a_unix_socket(path);
    ok(child_stop(&child), "it ends well");
}

/* --- files --- */

static void files_tell_pid_port_and_log(const struct subject *subject)
{
    struct child child = {0};
    char pid[32], port[32], path[PATH_SIZE];
    char *text;

    child_start(&child, subject, "--pidfile {dir}/pid --logfile {dir}/server.log");
    ok(child_wait_text(&child, "pid", "\n"), "there is a pid file");
    snprintf(pid, sizeof(pid), "%d\n", (int)child.pid);
    snprintf(port, sizeof(port), "%d\n", child.port);
    text = child_file(&child, "pid");
    is_text(text, pid, "with its pid");
    free(text);
    text = child_file(&child, "port");
    is_text(text, subject->is_croft ? port : "", "a port file tells the port");
    free(text);
    ok(child_wait_text(&child, "server.log", "* Ready to accept connections\n"),
       "the log file has the line that others wait for");
    text = child_file(&child, "log");
    is_text(text, "", "and nothing is printed");
    free(text);
    child_path(&child, "pid", path, sizeof(path));
    ok(child_end(&child, SIGTERM) && access(path, F_OK) != 0, "the pid file goes in the end");
    ok(file_has(&child, "server.log", "bye bye..."), "which the log tells");
    child_drop(&child);
}

static bool lines_match(const char *text, const char *pattern)
{
    bool all = true;
    char *copy = strdup(text), *rest = NULL;
    regex_t regex;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        tap_bail("bad pattern");
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (regexec(&regex, line, 0, NULL, 0) != 0) {
            tap_note("not a line of a log: %s", line);
            all = false;
        }
    regfree(&regex);
    free(copy);
    return all;
}

static void the_log_has_its_shape(const struct subject *subject)
{
    struct child child = {0};
    char *text;

    child_start(&child, subject, "--loglevel debug --port-file {dir}/port");
    child_end(&child, SIGTERM);
    text = child_file(&child, "log");
    ok(lines_match(text, "^[0-9]+:[MC] [0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
                         "[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} [-.*#] .+$"),
       "every line says who, when, how important, and what");
    ok(strstr(text, " * Ready to accept connections\n") != NULL, "one says that it is ready");
    free(text);
    child_drop(&child);
    child_start(&child, subject, "--loglevel warning");
    child_end(&child, SIGTERM);
    text = child_file(&child, "log");
    ok(strstr(text, " * ") == NULL, "what is less important than asked for is not there");
    free(text);
    child_drop(&child);
}

static void a_file_may_include_another(const struct subject *subject)
{
    struct child child = {0};
    char text[PATH_SIZE];
    redisContext *peer;

    child_init(&child, subject);
    snprintf(text, sizeof(text),
             "# comment\nport %d\ninclude %s/inner.conf\nsave \"\"\ntimeout 11\n", child.port,
             child.dir);
    child_write(&child, "outer.conf", text);
    child_write(&child, "inner.conf", "maxmemory 3mb\ntimeout 7\nmaxmemory-policy 'allkeys-lru'\n");
    child_spawn(&child, subject, "{dir}/outer.conf --hz 20");
    ok(child_wait_ready(&child), "it starts with a file that includes another");
    peer = peer_open(&child);
    ok(says(peer, "*2 $maxmemory $3145728", "CONFIG GET maxmemory") &&
           says(peer, "*2 $maxmemory-policy $allkeys-lru", "CONFIG GET maxmemory-policy"),
       "what that says counts");
    ok(says(peer, "*2 $timeout $11", "CONFIG GET timeout"), "what comes later counts more");
    ok(says(peer, "*2 $hz $20", "CONFIG GET hz"), "and the command line most");
    peer_close(peer);
    ok(child_stop(&child), "it ends well");
}

static void debians_file_is_understood(const struct subject *subject)
{
    static const char file[] = "/etc/redis/redis.conf";
    struct child child = {0};
    redisContext *peer;

    if (access(file, R_OK) != 0) {
        tap_skip(3, "there is no %s to read", file);
        return;
    }
    child_spawn(&child, subject,
                "/etc/redis/redis.conf --port {port} --dir {dir} --logfile \"\" --daemonize no "
                "--save \"\" --pidfile {dir}/pid");
    ok(child_wait_ready(&child), "it starts with %s", file);
    peer = peer_open(&child);
    ok(says(peer, "*2 $tcp-keepalive $300", "CONFIG GET tcp-keepalive"), "and serves");
    peer_close(peer);
    ok(child_stop(&child), "it ends well");
}

/* --- CONFIG --- */

static void settings_are_written_back(const struct subject *subject)
{
    struct child child = {0};
    char text[128];
    redisContext *peer;

    child_init(&child, subject);
    snprintf(text, sizeof(text), "# mine\nport %d\nmaxmemory 1mb\nsave \"\"\n", child.port);
    child_write(&child, "server.conf", text);
    child_spawn(&child, subject, "{dir}/server.conf");
    child_wait_ready(&child);
    peer = peer_open(&child);
    ok(says(peer, "+OK", "CONFIG SET maxmemory 5mb timeout 9") &&
           says(peer, "*2 $maxmemory $5242880", "CONFIG GET maxmemory"),
       "CONFIG SET changes a running server");
    ok(says_start(peer, "-ERR CONFIG SET failed", "CONFIG SET timeout 10 maxmemory 5x") &&
           says(peer, "*2 $timeout $9", "CONFIG GET timeout"),
       "all of it or nothing");
    ok(says(peer, "+OK", "CONFIG REWRITE"), "CONFIG REWRITE writes the file");
    peer_close(peer);
    ok(file_has(&child, "server.conf", "# mine\n") &&
           file_has(&child, "server.conf", "timeout 9\n"),
       "with what was there and what was changed");
    ok(child_end(&child, SIGTERM), "it ends well");
    child_spawn(&child, subject, "{dir}/server.conf");
    child_wait_ready(&child);
    peer = peer_open(&child);
    ok(says(peer, "*2 $timeout $9", "CONFIG GET timeout") &&
           says(peer, "*2 $maxmemory $5242880", "CONFIG GET maxmemory"),
       "and starts again with it");
    peer_close(peer);
    ok(child_stop(&child), "it ends well");
}

static void without_a_file_there_is_nothing_to_rewrite(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer;

    child_start(&child, subject, "");
    peer = peer_open(&child);
    ok(says(peer, "-ERR The server is running without a config file", "CONFIG REWRITE"),
       "without a file there is nothing to rewrite");
    peer_close(peer);
    ok(child_stop(&child), "it ends well");
}

/* --- who may come in --- */

static void the_password_is_asked_for(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer, *other;

    child_start(&child, subject, "--requirepass secret");
    peer = peer_open(&child);
    ok(says(peer, "-NOAUTH Authentication required.", "GET k"), "without a password: no");
    ok(says(peer, "-WRONGPASS invalid username-password pair or user is disabled.", "AUTH wrong"),
       "with a wrong one: no");
    ok(says(peer, "-NOAUTH Authentication required.", "PING"), "still not");
    ok(says(peer, "+OK", "AUTH secret") && says(peer, "+OK", "SET k v"), "with the right one: yes");
    ok(says(peer, "+OK", "CONFIG SET requirepass other"), "it may be changed");
    other = peer_open(&child);
    ok(says(other, "+OK", "AUTH default other") && says(other, "$v", "GET k"), "which counts next");
    ok(says(peer, "$v", "GET k"), "who is in stays in");
    peer_close(other);
    ok(says(peer, "+OK", "CONFIG SET requirepass %s", ""), "or be taken away");
    other = peer_open(&child);
    ok(says(other, "$v", "GET k"), "then nobody is asked");
    peer_close(other);
    peer_close(peer);
    ok(child_stop(&child), "it ends well");
}

static void what_is_slow_is_noted_from_the_start(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer;

    child_start(&child, subject, "--slowlog-log-slower-than 0 --slowlog-max-len 2");
    peer = peer_open(&child);
    ok(says(peer, "+OK", "SET k v") && says(peer, "$v", "GET k") && says(peer, "+OK", "SET k w"),
       "three commands that count as slow");
    ok(says(peer, ":2", "SLOWLOG LEN"), "so many are kept as the server was started with");
    peer_close(peer);
    ok(child_stop(&child), "it ends well");
}

static bool is_turned_away(const struct child *child)
{
    static const char text[] = "-ERR max number of clients reached\r\n";
    const int fd = peer_connect(child);
    struct buffer in = {0};
    const bool away =
        peer_read_end(fd, &in) && in.len == strlen(text) && memcmp(in.at, text, in.len) == 0;

    close(fd);
    buffer_fini(&in);
    return away;
}

/* The server may notice a little later than we that somebody left. */
static bool gets_in(const struct child *child)
{
    const int64_t start = child_now_ms();
    bool in = false;

    while (!in && child_now_ms() - start < BOUND_MS) {
        const int fd = peer_connect(child);
        char answer[7] = "";

        in = send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6 && recv(fd, answer, 7, MSG_WAITALL) == 7 &&
             memcmp(answer, "+PONG\r\n", 7) == 0;
        close(fd);
    }
    return in;
}

static void there_is_room_for_so_many(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peers[3];

    child_start(&child, subject, "--maxclients 3");
    peers[0] = peer_open(&child);
    peer_wait_info(peers[0], "connected_clients", 1);
    for (int i = 1; i < 3; i++) {
        peers[i] = peer_open(&child);
        ok(says(peers[i], "+PONG", "PING"), "client %d of 3 is served", i + 1);
    }
    ok(is_turned_away(&child) && is_turned_away(&child), "one more is told that there is no room");
    is_int(peer_info(peers[0], "rejected_connections"), 2, "and counted");
    peer_close(peers[2]);
    ok(gets_in(&child), "when one leaves, another gets in");
    peer_close(peers[1]);
    peer_close(peers[0]);
    ok(child_stop(&child), "it ends well");
}

/* --- the end --- */

/* Asks until the server ends; what came must be complete replies, each the right one. */
static bool ask_until_the_end(struct client *client)
{
    redisContext *peer = client->peer;
    const redisReader *reader;

    for (int round = 0;; round++) {
        for (int i = 0; i < 16; i++)
            redisAppendCommand(peer, "ECHO %d:%d", round, i);
        for (int i = 0; i < 16; i++) {
            redisReply *reply = NULL;
            char expected[32];
            bool right;

            snprintf(expected, sizeof(expected), "%d:%d", round, i);
            if (redisGetReply(peer, (void **)&reply) != REDIS_OK)
                goto ended;
            right = reply->type == REDIS_REPLY_STRING && strcmp(reply->str, expected) == 0;
            freeReplyObject(reply);
            if (!right)
                return false;
        }
    }
ended:
    reader = peer->reader;
    if (reader->len - reader->pos == 0 && reader->ridx <= 0)
        return true;
    tap_note("half a reply: %.60s", reader->buf + reader->pos);
    return false;
}

/* The same over the shards, with a value behind each answer. */
static bool change_until_the_end(struct client *client)
{
    redisContext *peer = client->peer;

    for (long long i = 1;; i++) {
        for (int key = 0; key < 8; key++)
            redisAppendCommand(peer, "INCR load:%d:%d", client->index, key);
        for (int key = 0; key < 8; key++) {
            redisReply *reply = NULL;
            bool right;

            if (redisGetReply(peer, (void **)&reply) != REDIS_OK)
                return peer->reader->len - peer->reader->pos == 0;
            right = reply->type == REDIS_REPLY_INTEGER && reply->integer == i;
            freeReplyObject(reply);
            if (!right)
                return false;
        }
    }
}

static bool load(struct client *client)
{
    return client->index % 2 ? ask_until_the_end(client) : change_until_the_end(client);
}

static void *be_crowd(void *argument)
{
    const struct child *child = argument;

    return crowd_run(child, 8, load, NULL) ? argument : NULL;
}

/* `signal` 0: SHUTDOWN is sent instead. */
static void ends_well_under_load(const struct subject *subject, int signal, const char *name)
{
    struct child child = {0};
    struct child seen;
    redisContext *peer;
    pthread_t crowd;
    void *result;
    int64_t start;

    child_start(&child, subject, "");
    peer = peer_open(&child);
    seen = child;
    if (pthread_create(&crowd, NULL, be_crowd, &seen) != 0)
        tap_bail("cannot start a thread");
    while (peer_info(peer, "total_commands_processed") < 3000)
        child_sleep_ms(5);
    start = child_now_ms();
    if (signal == 0) {
        redisAppendCommand(peer, "SHUTDOWN NOSAVE");
        ok(peer_next(peer) == NULL, "SHUTDOWN is not answered");
    }
    ok(signal != 0 ? child_end(&child, signal)
                   : child_wait_end(&child) && child_exit_status(&child) == 0,
       "under load %s ends it with status 0", name);
    ok(child_now_ms() - start < BOUND_MS, "in %d ms", (int)(child_now_ms() - start));
    pthread_join(crowd, &result);
    ok(result != NULL, "every client got complete answers until the end");
    ok(file_has(&child, "log", "bye bye..."), "it says good-bye");
    peer_close(peer);
    child_drop(&child);
}

/* What was read from a client is answered, even if it reads late. */
static void what_was_asked_is_answered_in_the_end(const struct subject *subject)
{
    struct child child = {0};
    const int count = child_scaled(1000);
    struct buffer out = {0}, in = {0}, expected = {0};
    redisContext *peer;
    int fd;

    child_start(&child, subject, "");
    peer = peer_open(&child);
    fd = peer_connect(&child);
    for (int i = 0; i < count; i++) {
        buffer_command(&out, "INCR end:%d", i % 10);
        buffer_addf(&expected, ":%d\r\n", i / 10 + 1);
    }
    peer_send(fd, out.at, out.len);
    while (peer_info(peer, "total_commands_processed") < count)
        child_sleep_ms(5);
    ok(child_end(&child, SIGTERM), "the server ends well");
    ok(peer_read_end(fd, &in), "the client reads what is left");
    is_bytes(in.at, in.len, expected.at, expected.len, "and gets all answers");
    buffer_fini(&out);
    buffer_fini(&in);
    buffer_fini(&expected);
    close(fd);
    peer_close(peer);
    child_drop(&child);
}

static void ask_for_20_mb(redisContext *peer, int fd)
{
    char value[100000];

    memset(value, 'v', sizeof(value));
    says(peer, "+OK", "SET big %b", value, sizeof(value));
    for (int i = 0; i < 200; i++)
        peer_send(fd, "GET big\r\n", 9);
    while (peer_info(peer, "total_commands_processed") < 201)
        child_sleep_ms(5);
}

/* Who reads slowly gets a moment; who does not read at all does not keep the server from ending. */
static void slow_readers_get_a_moment(const struct subject *subject)
{
    const size_t want = 200 * (100000 + strlen("$100000\r\n\r\n"));
    struct child child = {0};
    struct buffer in = {0};
    redisContext *peer;
    int64_t start;
    int fd;

    child_start(&child, subject, "");
    peer = peer_open(&child);
    fd = peer_connect(&child);
    ask_for_20_mb(peer, fd);
    kill(child.pid, SIGTERM);
    child_sleep_ms(100);
    ok(peer_read_end(fd, &in), "a client reads 20 MB while the server ends");
    is_int(in.len, want, "and gets them all");
    ok(child_wait_end(&child) && child_exit_status(&child) == 0, "then it ends");
    buffer_fini(&in);
    close(fd);
    peer_close(peer);
    child_drop(&child);

    child_start(&child, subject, "");
    peer = peer_open(&child);
    fd = peer_connect(&child);
    ask_for_20_mb(peer, fd);
    start = child_now_ms();
    ok(child_end(&child, SIGTERM), "a client that never reads does not keep it");
    ok(child_now_ms() - start < BOUND_MS, "for longer than a moment: %d ms",
       (int)(child_now_ms() - start));
    close(fd);
    peer_close(peer);
    child_drop(&child);
}

/* --- in the background --- */

static bool wait_gone(pid_t pid)
{
    const int64_t start = child_now_ms();

    while (kill(pid, 0) == 0 && child_now_ms() - start < CHILD_PATIENCE_MS)
        child_sleep_ms(5);
    return kill(pid, 0) != 0;
}

static void it_runs_in_the_background(const struct subject *subject)
{
    struct child child = {0};
    struct child daemon;
    char *text;
    pid_t pid;

    child_spawn(&child, subject,
                "--port {port} --save \"\" --dir {dir} --daemonize yes --pidfile {dir}/pid "
                "--logfile {dir}/server.log");
    daemon = child;
    ok(child_wait_end(&child) && child_exit_status(&child) == 0, "daemonize returns at once");
    daemon.pid = getpid(); /* not our child: nothing to wait for but its answer */
    ok(child_wait_text(&child, "pid", "\n") && child_wait_ready(&daemon), "and serves behind us");
    text = child_file(&child, "pid");
    pid = atoi(text);
    free(text);
    ok(pid > 1 && pid != getpid() && getsid(pid) == pid,
       "in a session of its own, as its pid file says");
    ok(pid > 1 && kill(pid, SIGTERM) == 0 && wait_gone(pid), "until it is told to end");
    text = child_file(&child, "pid");
    is_text(text, "", "then the pid file is gone");
    free(text);
    ok(file_has(&child, "server.log", "bye bye..."), "and it has said good-bye");
    child_drop(&child);
}

static void starts_are_right(const struct subject *subject)
{
    bad_options_are_refused(subject);
    the_line_of_a_file_is_named(subject);
    a_port_in_use_is_refused(subject);
    a_unix_socket_has_its_permissions(subject);
    port_0_is_a_unix_socket_only(subject);
    a_file_may_include_another(subject);
    debians_file_is_understood(subject);
    settings_are_written_back(subject);
    without_a_file_there_is_nothing_to_rewrite(subject);
    the_password_is_asked_for(subject);
    what_is_slow_is_noted_from_the_start(subject);
    there_is_room_for_so_many(subject);
    it_runs_in_the_background(subject);
}

/* What Redis does not promise, or says in other words. */
/* --- idle --- */

static uint64_t sleeps_of_thread(const struct child *child, const char *thread)
{
    char path[PATH_SIZE + 64], line[128];
    unsigned long long sleeps = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)child->pid, thread);
    file = fopen(path, "r");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "Name:", 5) == 0 && strstr(line, "croft-") == NULL)
            break; /* a sanitizer's own */
        if (sscanf(line, "voluntary_ctxt_switches: %llu", &sleeps) == 1)
            break;
    }
    fclose(file);
    return sleeps;
}

/* How often its loops and shards have gone to sleep. */
static uint64_t sleeps(const struct child *child)
{
    char path[PATH_SIZE];
    uint64_t sum = 0;
    struct dirent *entry;
    DIR *threads;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)child->pid);
    threads = opendir(path);
    while (threads != NULL && (entry = readdir(threads)) != NULL)
        if (entry->d_name[0] != '.')
            sum += sleeps_of_thread(child, entry->d_name);
    if (threads != NULL)
        closedir(threads);
    return sum;
}

/* Nobody has woken for so long that whatever is done each second would have been. */
static bool comes_to_rest(const struct child *child)
{
    unsigned tries;

    for (tries = 0; tries < 20; tries++) {
        const uint64_t before = sleeps(child);

        usleep(1600 * 1000);
        if (sleeps(child) == before)
            return true;
    }
    return false;
}

static void nothing_happens_while_nobody_asks(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer, *other;

    child_start(&child, subject, "");
    peer = peer_open(&child);
    other = peer_open(&child);
    ok(says(peer, "+OK", "SET k v") && says(other, "$v", "GET k"), "two clients ask");
    ok(comes_to_rest(&child), "while they do not, no thread wakes up");
    ok(says(peer, "$v", "GET k"), "until somebody asks again");
    ok(says(peer, "+OK", "CONFIG SET timeout 3600") && comes_to_rest(&child),
       "who may be idle for an hour is not looked at each second");
    ok(says(peer, "$v", "GET k") && says(other, "$v", "GET k"), "and is still there");
    peer_close(peer);
    peer_close(other);
    ok(child_stop(&child), "it ends well");
}

/* --- io_uring --- */

/* From here on for this process and its children, as containers do it. */
static bool forbid_io_uring(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void goes_without(const struct subject *subject, const char *options, bool says_so)
{
    struct child child = {0};
    redisContext *peer;
    char *text;

    child_start(&child, subject, options);
    peer = peer_open(&child);
    text = ask(peer, "INFO server");
    ok(strstr(text, "io_engine:epoll") != NULL, "with \"%s\" it goes without io_uring", options);
    free(text);
    ok(says(peer, "+OK", "SET k v") && says(peer, "$v", "GET k"), "and serves");
    peer_close(peer);
    text = child_file(&child, "log");
    ok(strstr(text, "io engine: epoll, key hash: ") != NULL, "its log says so");
    is_int(strstr(text, "io-uring yes: no io_uring here: ") != NULL, says_so, "%s",
           says_so ? "and warns who asked for it" : "and warns nobody");
    free(text);
    ok(child_stop(&child), "it ends well");
}

static void it_tells_what_it_runs_on(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer;
    char *text;

    child_start(&child, subject, "");
    peer = peer_open(&child);
    text = ask(peer, "INFO server");
    ok(strstr(text, "io_engine:") != NULL && strstr(text, "key_hash:") != NULL,
       "INFO names the io engine and the hash of keys");
    free(text);
    peer_close(peer);
    ok(child_stop(&child), "it ends well");
}

/* The last of all: what is forbidden stays so. */
static void it_does_without_io_uring(const struct subject *subject)
{
    it_tells_what_it_runs_on(subject);
    goes_without(subject, "--io-uring no", false);
    if (!forbid_io_uring()) {
        tap_note("this system does not let processes forbid themselves anything");
        return;
    }
    goes_without(subject, "--io-uring auto", false);
    goes_without(subject, "--io-uring yes", true);
}

static void starts_are_ours(const struct subject *subject)
{
    files_tell_pid_port_and_log(subject);
    the_log_has_its_shape(subject);
    what_was_asked_is_answered_in_the_end(subject);
    slow_readers_get_a_moment(subject);
    nothing_happens_while_nobody_asks(subject);
}

/* --- commands under other names --- */

static void commands_have_other_names(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer;

    child_start(&child, subject,
                "--rename-command flushall \"\" --rename-command CONFIG a-1 --rename-command get "
                "fetch-it-under-this-long-name --rename-command mget get");
    peer = peer_open(&child);
    ok(says_start(peer, "-ERR unknown command 'FLUSHALL'", "FLUSHALL") &&
           says_start(peer, "-ERR unknown command 'config'", "config get port"),
       "commands that were renamed are unknown by their old names");
    ok(says(peer, "+OK", "SET k v") && says(peer, "$v", "Fetch-It-Under-This-Long-Name k") &&
           says_start(peer, "*2", "A-1 GET port") && says_start(peer, "+OK", "a-1 resetstat"),
       "and known by their new ones");
    ok(says_start(peer, "*1", "GET k"), "one may have what was another's");
    ok(says_start(peer, "*", "a-1 HELP"), "and can explain itself");
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
}

int main(int argc, char **argv)
{
    struct subject subject;

    subject_init(&subject, argc, argv);
    starts_are_right(&subject);
    if (subject.is_croft)
        starts_are_ours(&subject);
    ends_well_under_load(&subject, SIGTERM, "SIGTERM");
    ends_well_under_load(&subject, SIGINT, "SIGINT");
    ends_well_under_load(&subject, 0, "SHUTDOWN");
    if (subject.is_croft)
        it_does_without_io_uring(&subject);
    commands_have_other_names(&subject);
    return tap_done();
}
