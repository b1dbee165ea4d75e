/* Clients that take too much memory together: those that take most are closed, down to the limit. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/server/peer.h"
#include "tests/tap/tap.h"

#define MB (1 << 20)

/* --- clients that take memory --- */

/* One in the midst of a question, of which so much is there. */
static int asks(const struct child *child, size_t len)
{
    const int fd = peer_connect(child);
    struct buffer out = {0};

    buffer_addf(&out, "*2\r\n$4\r\nECHO\r\n$%zu\r\n", len);
    while (out.len + 64 < len)
        buffer_add(&out, "................................................................", 64);
    peer_send(fd, out.at, out.len);
    buffer_fini(&out);
    return fd;
}

static void put_big(redisContext *peer)
{
    char value[100000];

    memset(value, 'v', sizeof(value));
    says(peer, "+OK", "SET big %b", value, sizeof(value));
}

/* Its end has come, now or soon; what it was still sent is not looked at. */
static bool is_closed(int fd)
{
    char bytes[65536];
    ssize_t got;

    while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
        ;
    return got == 0 || errno == ECONNRESET;
}

static bool is_open(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) != 0 && errno == EAGAIN;
}

static void begin(redisContext *peer)
{
    says(peer, "+OK", "CONFIG SET maxmemory-clients 0");
    peer_wait_info(peer, "connected_clients", 1);
    says(peer, "+OK", "CONFIG RESETSTAT");
}

/* --- what is told --- */

static void long_questions_count(const struct child *child, redisContext *peer)
{
    int fd;

    begin(peer);
    says(peer, "+OK", "CONFIG SET maxmemory-clients 3mb");
    fd = asks(child, 4 * MB);
    ok(is_closed(fd), "who sends a long question is closed");
    ok(peer_wait_info(peer, "evicted_clients", 1), "and counted");
    close(fd);
    ok(child_wait_text(child, "log", "Evicting client: id="), "and named in the log");
}

static void unread_answers_count(const struct child *child, redisContext *peer)
{
    int fd;

    begin(peer);
    fd = peer_connect(child);
    put_big(peer);
    says(peer, "+OK", "CONFIG SET maxmemory-clients 5mb");
    peer_send_line(fd, "GET big", 600);
    ok(peer_wait_info(peer, "connected_clients", 1) && is_closed(fd),
       "who does not read answers is closed");
    ok(peer_wait_info(peer, "evicted_clients", 1), "and counted");
    ok(says_start(peer, "$vvv", "GET big"), "who reads is served");
    close(fd);
}

static void who_may_not_be_closed_stays(const struct child *child, redisContext *peer)
{
    char text[8] = "";
    int fd;

    begin(peer);
    fd = peer_connect(child);
    says(peer, "+OK", "CONFIG SET maxmemory-clients 3mb");
    ok(peer_send(fd, "CLIENT NO-EVICT ON\r\n", 20) && recv(fd, text, 5, MSG_WAITALL) == 5,
       "a client says that it is not to be closed");
    peer_send_line(fd, "GET big", 600);
    child_sleep_ms(100);
    is_int(peer_info(peer, "evicted_clients"), 0, "nobody is");
    close(fd);
}

static void a_share_of_maxmemory_is_one_too(const struct child *child, redisContext *peer)
{
    int small, large;

    begin(peer);
    says(peer, "+OK", "CONFIG SET maxmemory 100mb maxmemory-clients 4%%");
    small = asks(child, 1 * MB);
    child_sleep_ms(50);
    ok(is_open(small), "below 4%% of maxmemory nobody is closed");
    large = asks(child, 4 * MB);
    ok(is_closed(large) && is_open(small), "above it the largest is");
    says(peer, "+OK", "CONFIG SET maxmemory 0");
    close(small);
    close(large);
}

static void the_largest_go_first(const struct child *child, redisContext *peer)
{
    int fds[4], i;

    begin(peer);
    for (i = 0; i < 4; i++)
        fds[i] = asks(child, (size_t)(300000 << i));
    says(peer, "+OK", "CONFIG SET maxmemory-clients 20mb");
    child_sleep_ms(50);
    is_int(peer_info(peer, "evicted_clients"), 0, "four clients of 0.3 to 2.4 MB are below 20 MB");
    says(peer, "+OK", "CONFIG SET maxmemory-clients 3mb");
    ok(is_closed(fds[3]), "with a limit of 3 MB the largest is closed");
    ok(is_open(fds[0]) && is_open(fds[1]) && is_open(fds[2]), "and the others are not");
    says(peer, "+OK", "CONFIG SET maxmemory-clients 1300000");
    ok(is_closed(fds[2]) && is_open(fds[0]) && is_open(fds[1]), "with 1.3 MB the next one is");
    is_int(peer_info(peer, "evicted_clients"), 2, "no more are");
    for (i = 0; i < 4; i++)
        close(fds[i]);
}

static void there_is_room_for_one(redisContext *peer)
{
    begin(peer);
    ok(says(peer, "+OK", "CONFIG SET maxmemory-clients 1") && says(peer, "+PONG", "PING") &&
           says(peer, "+OK", "CONFIG SET maxmemory-clients 0"),
       "with a limit of one byte one can still say that it should be another");
}

/* Each alone is small: all of them together are not. */
static void many_small_ones_count(const struct child *child, redisContext *peer)
{
    enum { MANY = 40 };
    int fds[MANY], i, open = 0;

    begin(peer);
    says(peer, "+OK", "CONFIG SET maxmemory-clients 3mb");
    for (i = 0; i < MANY; i++)
        fds[i] = asks(child, 100000 + 1000 * (size_t)i);
    child_sleep_ms(200);
    for (i = 0; i < MANY; i++)
        open += is_open(fds[i]);
    is_int(peer_info(peer, "evicted_clients"), MANY - open, "some of many small ones are closed");
    ok(open > MANY / 4 && open < MANY * 3 / 4, "not more than must be: %d of %d are left", open,
       (int)MANY);
    for (i = 0; i < MANY; i++)
        close(fds[i]);
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};
    redisContext *peer;

    subject_init(&subject, argc, argv);
    child_start(&child, &subject, "");
    peer = peer_open(&child);
    says(peer, "+OK", "CLIENT NO-EVICT ON");
    long_questions_count(&child, peer);
    unread_answers_count(&child, peer);
    who_may_not_be_closed_stays(&child, peer);
    a_share_of_maxmemory_is_one_too(&child, peer);
    the_largest_go_first(&child, peer);
    many_small_ones_count(&child, peer);
    there_is_room_for_one(peer);
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
