/* What one client may cost: where the limits are, and that others do not feel it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/server/peer.h"
#include "tests/tap/tap.h"

/* --- protocol errors --- */

struct mistake {
    const char *sent;
    const char *error;
};

static const struct mistake mistakes[] = {
    {"*1\r\n+PING\r\n", "expected '$', got '+'"},
    {"*2\r\n$3\r\nGET\r\nfoo\r\n", "expected '$', got 'f'"},
    {"*1\r\n$-1\r\n", "invalid bulk length"},
    {"*1\r\n$blabla\r\n", "invalid bulk length"},
    {"*1\r\n$99999999999\r\n", "invalid bulk length"},
    {"*3000000000\r\n", "invalid multibulk length"},
    {"*abc\r\n", "invalid multibulk length"},
    {"set a \"b\r\n", "unbalanced quotes in request"},
};

/* What was asked before the mistake is answered, what follows is not carried out. */
static void a_mistake_ends_the_connection(const struct child *child, const struct mistake *mistake)
{
    const int count = child_scaled(200);
    struct buffer out = {0}, in = {0}, expected = {0};
    const int fd = peer_connect(child);

    for (int i = 0; i < count; i++) {
        buffer_command(&out, "SET before:%d %d", i, i);
        buffer_command(&out, "STRLEN before:%d", i);
        buffer_addf(&expected, "+OK\r\n:%d\r\n", i < 10 ? 1 : i < 100 ? 2 : i < 1000 ? 3 : 4);
    }
    buffer_addf(&out, "%sSET canary dead\r\n", mistake->sent);
    buffer_addf(&expected, "-ERR Protocol error: %s\r\n", mistake->error);
    ok(peer_send(fd, out.at, out.len) && peer_read_end(fd, &in), "a mistake ends the connection");
    is_bytes(in.at, in.len, expected.at, expected.len, "after earlier answers and \"%s\"",
             mistake->error);
    close(fd);
    buffer_fini(&out);
    buffer_fini(&in);
    buffer_fini(&expected);
}

static void mistakes_end_connections(const struct child *child)
{
    redisContext *peer = peer_open(child);

    says(peer, "+OK", "SET canary alive");
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
        a_mistake_ends_the_connection(child, &mistakes[i]);
    ok(says(peer, "$alive", "GET canary"), "nothing behind a mistake was carried out");
    peer_close(peer);
}

/* --- who does not read --- */

static void prepare_big(redisContext *peer)
{
    char value[100000];

    memset(value, 'v', sizeof(value));
    says(peer, "+OK", "SET big %b", value, sizeof(value));
}

/* Waits until the server has had enough of us; the bytes that got through are not looked at. */
static bool wait_for_end(int fd)
{
    char bytes[65536];
    ssize_t got;

    while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
        ;
    return got == 0 || errno == ECONNRESET;
}

static void slow_readers_are_closed(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int slow = peer_connect(child);

    prepare_big(peer);
    ok(says(peer, "+OK", "CONFIG SET client-output-buffer-limit %s", "normal 2mb 0 0"),
       "normal clients may leave 2 MB unread");
    peer_send_line(slow, "GET big", 300);
    ok(peer_wait_info(peer, "connected_clients", 1), "who leaves 30 MB unread is closed");
    ok(wait_for_end(slow), "and sees the end of the connection");
    ok(says_start(peer, "$vvv", "GET big"), "who reads is served");
    close(slow);
    peer_close(peer);
}

static void slow_readers_have_some_time(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int slow = peer_connect(child);
    int64_t start;

    ok(says(peer, "+OK", "CONFIG SET client-output-buffer-limit %s", "normal 0 1mb 1"),
       "normal clients may leave 1 MB unread for a second");
    start = child_now_ms();
    peer_send_line(slow, "GET big", 300);
    ok(peer_wait_info(peer, "connected_clients", 1), "who leaves more unread is closed");
    ok(child_now_ms() - start >= 950, "but not before a second has passed");
    ok(says(peer, "+OK", "CONFIG SET client-output-buffer-limit %s", "normal 0 0 0"),
       "without a limit again");
    close(slow);
    peer_close(peer);
}

/* With no limit everything asked for is kept until it is read. */
static void without_a_limit_all_is_kept(const struct child *child)
{
    const int fd = peer_connect(child);
    const struct buffer nothing = {0};
    struct buffer in = {0};
    const size_t want = 100 * (100000 + strlen("$100000\r\n\r\n"));

    peer_send_line(fd, "GET big", 100);
    child_sleep_ms(50);
    ok(peer_pump(fd, &nothing, 1, NULL, want, &in) && in.len == want,
       "who reads late gets all 10 MB");
    buffer_fini(&in);
    close(fd);
}

/* --- who sends too much --- */

static bool send_much(int fd, const char *start, size_t len)
{
    char *bytes = malloc(len);
    bool sent;

    memset(bytes, 'x', len);
    sent = peer_send(fd, start, strlen(start)) && peer_send(fd, bytes, len);
    free(bytes);
    return sent;
}

static void endless_questions_are_ended(const struct child *child)
{
    redisContext *peer = peer_open(child);
    int fd = peer_connect(child);

    ok(says(peer, "+OK", "CONFIG SET client-query-buffer-limit 1mb"),
       "a question may be 1 MB long");
    send_much(fd, "*2\r\n$4\r\nECHO\r\n$5000000\r\n", 4000000);
    ok(wait_for_end(fd), "who sends more in one question is closed");
    close(fd);
    fd = peer_connect(child);
    ok(send_much(fd, "*2\r\n$6\r\nSTRLEN\r\n$500000\r\n", 500000) && peer_send(fd, "\r\n", 2) &&
           recv(fd, (char[4]){0}, 4, MSG_WAITALL) == 4,
       "who stays below it is served");
    close(fd);
    ok(says(peer, "+OK", "CONFIG SET client-query-buffer-limit 1gb"), "and more may be allowed");
    peer_close(peer);
}

/* The limit is on what waits to be understood, not on what has not been read yet. */
static void many_short_questions_are_no_long_one(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int fd = peer_connect(child);
    const int count = 500000;
    struct buffer out = {0}, in = {0};

    ok(says(peer, "+OK", "CONFIG SET client-query-buffer-limit 1mb"),
       "a question may be 1 MB long again");
    for (int i = 0; i < count; i++)
        buffer_add(&out, "PING\r\n", 6);
    ok(peer_pump(fd, &out, out.len, NULL, 7 * (size_t)count, &in),
       "3 MB of short ones sent at once are all answered");
    ok(says(peer, "+OK", "CONFIG SET client-query-buffer-limit 1gb"), "and more may be allowed");
    buffer_fini(&out);
    buffer_fini(&in);
    close(fd);
    peer_close(peer);
}

static void long_words_are_refused(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int fd = peer_connect(child);
    struct buffer in = {0};

    ok(says(peer, "+OK", "CONFIG SET proto-max-bulk-len 1mb"), "a word may be 1 MB long");
    ok(peer_send(fd, "*2\r\n$4\r\nECHO\r\n$1048577\r\n", 24) && peer_read_end(fd, &in),
       "who announces a longer one is closed");
    is_bytes(in.at, in.len, "-ERR Protocol error: invalid bulk length\r\n", 42, "and told why");
    ok(says(peer, "+OK", "CONFIG SET proto-max-bulk-len 512mb"), "back to what it was");
    buffer_fini(&in);
    close(fd);
    peer_close(peer);
}

/* --- who is idle --- */

static void idle_ones_are_closed(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int silent = peer_connect(child);
    const int quiet = peer_connect(child);
    const int64_t start = child_now_ms();
    struct buffer in = {0};
    bool busy = true;

    ok(says(peer, "+OK", "CONFIG SET timeout 1") && peer_send(quiet, "PING\r\n", 6),
       "clients may be idle for a second");
    while (busy && child_now_ms() - start < CHILD_PATIENCE_MS &&
           peer_info(peer, "connected_clients") > 1) {
        busy = says(peer, "+PONG", "PING");
        child_sleep_ms(50);
    }
    ok(busy && peer_read_end(silent, &in) && in.len == 0, "who never says anything is closed");
    ok(peer_read_end(quiet, &in) && in.len == 7, "who says no more is closed, after its answer");
    ok(child_now_ms() - start >= 950, "not before a second has passed");
    ok(says(peer, "+OK", "CONFIG SET timeout 0"), "who goes on asking is not");
    buffer_fini(&in);
    close(silent);
    close(quiet);
    peer_close(peer);
}

/* Reads so many bytes in three seconds; false when the end comes first. */
static bool read_slowly(int fd, size_t len)
{
    char *bytes = malloc(len);
    bool right = true;

    for (int i = 0; i < 60 && right; i++) {
        right = recv(fd, bytes, len / 60, MSG_WAITALL) == (ssize_t)(len / 60);
        child_sleep_ms(50);
    }
    free(bytes);
    return right;
}

static void readers_are_not_idle(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int slow = peer_connect(child);

    ok(says(peer, "+OK", "CONFIG SET timeout 1"), "clients may be idle for a second");
    peer_send_line(slow, "GET big", 600);
    ok(read_slowly(slow, 600 * (100000 + strlen("$100000\r\n\r\n"))),
       "who takes three to read 60 MB is not");
    close(slow);
    peer_close(peer);
    peer = peer_open(child);
    ok(says(peer, "+OK", "CONFIG SET timeout 0"), "and clients may be idle again");
    peer_close(peer);
}

/* --- many connections --- */

/* As many as we may have, at most `wanted`. */
static int allowed_descriptors(int wanted)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < (rlim_t)wanted + 64) { /* never fewer: others need some, too */
        limit.rlim_cur =
            limit.rlim_max < (rlim_t)wanted + 64 ? limit.rlim_max : (rlim_t)wanted + 64;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur < (rlim_t)wanted + 64 ? (int)limit.rlim_cur - 64 : wanted;
}

static bool pings(int fd)
{
    char answer[7];

    return peer_send(fd, "PING\r\n", 6) && recv(fd, answer, 7, MSG_WAITALL) == 7 &&
           memcmp(answer, "+PONG\r\n", 7) == 0;
}

static void many_idle_connections_are_served(const struct child *child)
{
    const int count = allowed_descriptors(child_scaled(2000));
    redisContext *peer = peer_open(child);
    int *fds = calloc((size_t)count, sizeof(*fds));
    bool right = true;

    for (int i = 0; i < count; i++)
        fds[i] = peer_connect(child);
    ok(peer_wait_info(peer, "connected_clients", count + 1), "%d clients are connected", count);
    for (int i = 0; i < count && right; i++)
        right = pings(fds[i]) && pings(fds[count - 1 - i]);
    ok(right, "each is answered");
    ok(says(peer, "+OK", "SET many v") && says(peer, "$v", "GET many"), "so is another one");
    for (int i = 0; i < count; i++)
        close(fds[i]);
    ok(peer_wait_info(peer, "connected_clients", 1), "all go");
    free(fds);
    peer_close(peer);
}

/* Some have been answered, some have said nothing that is answered, some will never be. */
static bool fall_silent(int fd, int i)
{
    static const char nothing[] = "\r\n", muted[] = "CLIENT REPLY OFF\r\n";

    if (i % 3 == 0)
        return pings(fd);
    return i % 3 == 1 ? peer_send(fd, nothing, strlen(nothing))
                      : peer_send(fd, muted, strlen(muted));
}

static int count_text(const char *in, const char *text)
{
    int count = 0;

    for (; (in = strstr(in, text)) != NULL; in++)
        count++;
    return count;
}

static void silent_ones_hold_no_buffer(const struct child *child)
{
    redisContext *peer = peer_open(child);
    bool right = true;
    int fds[150];
    char *list;

    for (int i = 0; i < 150; i++) {
        fds[i] = peer_connect(child);
        right &= fall_silent(fds[i], i);
    }
    child_sleep_ms(2200); /* the server looks after those that may be gone */
    list = ask(peer, "CLIENT LIST");
    ok(right && list != NULL, "clients have nothing more to say");
    is_int(count_text(list, " qbuf-free=0 "), 150, "and hold no buffer for it");
    free(list);
    for (int i = 0; i < 150; i++)
        close(fds[i]);
    peer_close(peer);
}

/* All of them speak at once, after a pause of the server's. */
static bool ask_together(const struct child *child, const int *fds, int count)
{
    struct buffer out = {0};
    bool sent = true;

    for (int i = 0; i < 1000; i++)
        buffer_add(&out, "PING\r\n", 6);
    kill(child->pid, SIGSTOP);
    for (int i = 0; i < count; i++)
        sent &= peer_send(fds[i], out.at, out.len);
    kill(child->pid, SIGCONT);
    buffer_fini(&out);
    return sent;
}

static bool all_answered(const int *fds, int count)
{
    char answers[7000];
    bool right = true;

    for (int i = 0; i < count; i++)
        right &= recv(fds[i], answers, sizeof(answers), MSG_WAITALL) == sizeof(answers);
    return right;
}

static void many_pipelines_need_little_memory(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int count = 300;
    int fds[300];

    for (int i = 0; i < count; i++)
        fds[i] = peer_connect(child);
    ok(peer_wait_info(peer, "connected_clients", count + 1) && ask_together(child, fds, count) &&
           all_answered(fds, count),
       "%d clients with 1000 questions at once are answered", count);
    ok(peer_info(peer, "mem_clients_normal") < 20000000, "which takes less than 20 MB");
    for (int i = 0; i < count; i++)
        close(fds[i]);
    peer_close(peer);
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};

    subject_init(&subject, argc, argv);
    child_start(&child, &subject, "");
    if (subject.is_croft)
        silent_ones_hold_no_buffer(&child);
    else
        tap_skip(2, "Redis keeps buffers for a while");
    mistakes_end_connections(&child);
    slow_readers_are_closed(&child);
    slow_readers_have_some_time(&child);
    without_a_limit_all_is_kept(&child);
    endless_questions_are_ended(&child);
    many_short_questions_are_no_long_one(&child);
    long_words_are_refused(&child);
    idle_ones_are_closed(&child);
    readers_are_not_idle(&child);
    many_idle_connections_are_served(&child);
    many_pipelines_need_little_memory(&child);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
