/* The server ends, is killed, stands still or has a part that does: what was answered is whole, and
 * everything else goes on. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/server/peer.h"
#include "tests/tap/tap.h"

enum { TALKERS = 4, REQUESTS = 20000, PATH_SIZE = 300 };

/* --- SIGTERM under load --- */

/* A client that asks and asks until the server ends the connection. */
struct talker {
    int fd;
    int index;
    struct buffer out;
    struct buffer in;
    struct buffer expected;
    size_t *ends; /* of each answer in `expected` */
    pthread_t thread;
};

static void write_questions(struct talker *talker)
{
    char value[300];

    memset(value, 'a' + talker->index, sizeof(value));
    talker->ends = malloc(REQUESTS * sizeof(*talker->ends));
    for (int i = 0; i < REQUESTS; i++) {
        const int len = i % 300;

        if (i % 2 == 0) {
            buffer_command(&talker->out, "SET end:%d:%d %b", talker->index, i / 2 % 100, value,
                           (size_t)len);
            buffer_addf(&talker->expected, "+OK\r\n");
        } else {
            buffer_command(&talker->out, "GET end:%d:%d", talker->index, i / 2 % 100);
            buffer_addf(&talker->expected, "$%d\r\n%.*s\r\n", len - 1, len - 1, value);
        }
        talker->ends[i] = talker->expected.len;
    }
}

/* Writes while it may and reads until there is no more. */
static void *ask_until_the_end(void *argument)
{
    struct talker *talker = argument;
    const int fd = talker->fd;
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN | POLLOUT};
    size_t sent = 0;
    char bytes[65536];

    while (poll(&poll_fd, 1, CHILD_PATIENCE_MS) > 0) {
        if ((poll_fd.revents & POLLOUT) && sent < talker->out.len) {
            const ssize_t done = send(fd, talker->out.at + sent, talker->out.len - sent,
                                      MSG_NOSIGNAL | MSG_DONTWAIT);

            sent += done > 0 ? (size_t)done : 0;
            if (done < 0 && errno != EAGAIN)
                poll_fd.events = POLLIN;
        }
        if (sent == talker->out.len)
            poll_fd.events = POLLIN;
        if (poll_fd.revents & (POLLIN | POLLHUP | POLLERR)) {
            const ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

            if (got == 0 || (got < 0 && errno != EAGAIN))
                break;
            if (got > 0)
                buffer_add(&talker->in, bytes, (size_t)got);
        }
    }
    close(fd);
    return NULL;
}

/* What came is the beginning of what was to come, and ends where an answer does. */
static bool is_whole(const struct talker *talker)
{
    const size_t len = talker->in.len;

    if (len > talker->expected.len ||
        (len > 0 && memcmp(talker->in.at, talker->expected.at, len) != 0))
        return false;
    for (int i = 0; i < REQUESTS; i++)
        if (talker->ends[i] >= len)
            return len == 0 || talker->ends[i] == len;
    return false;
}

static bool one_end(const struct subject *subject, struct talker *talkers, int after_ms)
{
    struct child child = {0};
    bool whole = true, ended;

    child_start(&child, subject, "");
    for (int i = 0; i < TALKERS; i++) {
        talkers[i].fd = peer_connect(&child);
        talkers[i].in.len = 0;
        pthread_create(&talkers[i].thread, NULL, ask_until_the_end, &talkers[i]);
    }
    child_sleep_ms(after_ms);
    ended = child_stop(&child);
    for (int i = 0; i < TALKERS; i++) {
        pthread_join(talkers[i].thread, NULL);
        if (!is_whole(&talkers[i])) {
            whole = false;
            tap_note("client %d had %zu bytes, which is no end of an answer", i, talkers[i].in.len);
        }
    }
    return whole && ended;
}

static void terms_under_load(const struct subject *subject)
{
    const int count = child_scaled(20);
    struct talker talkers[TALKERS] = {{0}};
    unsigned random = 1;
    int good = 0;

    for (int i = 0; i < TALKERS; i++) {
        talkers[i].index = i;
        write_questions(&talkers[i]);
    }
    for (int i = 0; i < count; i++)
        good += one_end(subject, talkers, rand_r(&random) % 40);
    is_int(good, count, "whenever SIGTERM comes, every answer is whole and the exit status 0");
    for (int i = 0; i < TALKERS; i++) {
        buffer_fini(&talkers[i].out);
        buffer_fini(&talkers[i].in);
        buffer_fini(&talkers[i].expected);
        free(talkers[i].ends);
    }
}

/* --- kill -9 --- */

static void kills_and_starts(const struct subject *subject)
{
    struct child child = {0};
    const int count = child_scaled(10);
    int good = 0;

    child_init(&child, subject);
    for (int i = 0; i < count; i++) {
        redisContext *peer;
        char path[PATH_SIZE];

        child_spawn(&child, subject, "--port {port} --unixsocket {dir}/socket");
        if (!child_wait_ready(&child))
            break;
        child_path(&child, "socket", path, sizeof(path));
        peer = peer_open_unix(path);
        good += says(peer, ":0", "DBSIZE") && says(peer, "+OK", "SET a 1");
        peer_close(peer);
        kill(child.pid, SIGKILL);
        child_wait_end(&child);
    }
    is_int(good, count, "killed and started again it serves at once, and is empty");
    child_drop(&child);
}

/* --- standing still --- */

static void stops_for_a_while(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peers[20];
    int good = 0;

    child_start(&child, subject, "--timeout 60");
    for (int i = 0; i < 20; i++) {
        peers[i] = peer_open(&child);
        says(peers[i], "+OK", "SET stop:%d %d PX 100000", i, i);
    }
    kill(child.pid, SIGSTOP);
    child_sleep_ms(1500);
    kill(child.pid, SIGCONT);
    for (int i = 0; i < 20; i++) {
        char wanted[16];

        snprintf(wanted, sizeof(wanted), "$%d", i);
        good += says(peers[i], wanted, "GET stop:%d", i);
        peer_close(peers[i]);
    }
    is_int(good, 20, "after it stood still all are served as before");
    ok(child_stop(&child), "the server ends well");
}

static long long keys_of_first(const char *info)
{
    const char *line = info == NULL ? NULL : strstr(info, "shard0:");
    long long keys = -1;

    if (line != NULL)
        sscanf(line, "shard0:thread=%*u,keys=%lld", &keys);
    return keys;
}

/* A key of the first shard, or of another one. */
static int key_of_first(redisContext *peer, bool is)
{
    for (int i = 0; i < 1000; i++) {
        char *info;
        bool first;

        says(peer, "+OK", "SET still:%d 1", i);
        info = ask(peer, "INFO shards");
        first = keys_of_first(info) == 1;
        free(info);
        says(peer, "+OK", "FLUSHALL");
        if (first == is)
            return i;
    }
    tap_bail("no such key was found");
}

static bool nothing_comes(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    return poll(&poll_fd, 1, 300) == 0;
}

static void ask_much(struct buffer *out, int key, int count)
{
    for (int i = 0; i < count; i++)
        buffer_command(out, "GET still:%d", key);
}

/* Sends what the server takes. */
static size_t push(int fd, const struct buffer *out)
{
    const ssize_t sent = send(fd, out->at, out->len, MSG_NOSIGNAL | MSG_DONTWAIT);

    return sent > 0 ? (size_t)sent : 0;
}

/* Has it grown by less than that since? Sanitizers, for which tests are scaled, keep what is freed. */
static bool grew_less(const struct child *child, long before_kb, long kb)
{
    return child_memory_kb(child, "VmRSS") - before_kb < kb || getenv("CROFT_TEST_SCALE") != NULL;
}

static void one_shard_sleeps(const struct subject *subject)
{
    struct child child = {0};
    struct buffer out = {0}, rest = {0}, in = {0};
    redisContext *peer;
    pid_t thread;
    int held, other, good = 0, fd;
    size_t sent;
    long before;

    child_start(&child, subject, "");
    thread = child_thread(&child, "croft-shard-0");
    peer = peer_open(&child);
    held = thread == 0 ? 0 : key_of_first(peer, true);
    other = thread == 0 ? 0 : key_of_first(peer, false);
    if (thread == 0 || !child_hold(thread)) {
        tap_skip(5, "no shard has a thread of its own here, or threads cannot be held");
        peer_close(peer);
        child_stop(&child);
        return;
    }
    before = child_memory_kb(&child, "VmRSS");
    fd = peer_connect(&child);
    ask_much(&out, held, 20000);
    sent = push(fd, &out);
    ok(sent > 0 && nothing_comes(fd), "one shard stands still, and its clients wait");
    for (int i = 0; i < 300; i++)
        good += says(peer, "+OK", "SET still:%d %d", other, i) &&
                says_start(peer, "$", "GET still:%d", other);
    is_int(good, 300, "those of the others are served");
    ok(grew_less(&child, before, 8192), "what waits for it takes little memory");
    child_let_go(thread);
    buffer_add(&rest, out.at + sent, out.len - sent);
    ok(peer_pump(fd, &rest, SIZE_MAX, NULL, 20000 * strlen("$-1\r\n"), &in),
       "when it goes on, who has waited is answered");
    close(fd);
    buffer_fini(&out);
    buffer_fini(&rest);
    buffer_fini(&in);
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
}

int main(int argc, char **argv)
{
    struct subject subject;

    subject_init(&subject, argc, argv);
    terms_under_load(&subject);
    kills_and_starts(&subject);
    stops_for_a_while(&subject);
    one_shard_sleeps(&subject);
    return tap_done();
}
