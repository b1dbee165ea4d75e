/* Several receives and sends at once, between the two ends of Unix sockets. */
#include "net/uring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tap/tap.h"

enum { PAIRS = 8 };

static struct uring *uring;
static int here[PAIRS], there[PAIRS];

static void open_pairs(void)
{
    unsigned i;

    for (i = 0; i < PAIRS; i++) {
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
            tap_bail("cannot make sockets");
        here[i] = ends[0];
        there[i] = ends[1];
    }
}

static void all_are_received(void)
{
    char into[PAIRS][16] = {{0}};
    bool right = true;
    unsigned i;

    for (i = 0; i < PAIRS; i++) {
        dprintf(there[i], "number %u", i);
        uring_receive(uring, i, here[i], into[i], sizeof(into[i]));
    }
    uring_run(uring, PAIRS);
    for (i = 0; i < PAIRS; i++)
        right &= uring_result(uring, i) == 8 && into[i][7] == (char)('0' + i);
    ok(right, "each gets its own");
}

static void nothing_waits(void)
{
    char into[16];

    uring_receive(uring, 0, here[0], into, sizeof(into));
    uring_receive(uring, 1, -1, into, sizeof(into));
    close(there[2]);
    uring_receive(uring, 2, here[2], into, sizeof(into));
    uring_run(uring, 3);
    is_int(uring_result(uring, 0), -EAGAIN, "where nothing is there it is not waited for");
    is_int(uring_result(uring, 1), -EBADF, "a mistake is that one's alone");
    is_int(uring_result(uring, 2), 0, "an end is told");
}

static void all_are_sent(void)
{
    const struct iovec parts[2] = {{"one ", 4}, {"two", 3}};
    char got[16] = {0};

    uring_send(uring, 0, here[3], parts, 2);
    uring_send(uring, 1, here[4], parts, 1);
    uring_send(uring, 2, here[2], parts, 1);
    uring_run(uring, 3);
    is_int(uring_result(uring, 0), 7, "several parts go out together");
    ok(read(there[3], got, sizeof(got)) == 7 && memcmp(got, "one two", 7) == 0, "in their order");
    is_int(uring_result(uring, 1), 4, "one part goes as well");
    is_int(uring_result(uring, 2), -EPIPE, "who has gone is told without a signal");
}

static void a_full_socket_takes_what_it_can(void)
{
    static char much[4 << 20];
    const struct iovec part = {much, sizeof(much)};

    uring_send(uring, 0, here[5], &part, 1);
    uring_run(uring, 1);
    ok(uring_result(uring, 0) > 0 && uring_result(uring, 0) < (ssize_t)sizeof(much),
       "a part of it, and no waiting");
    uring_send(uring, 0, here[5], &part, 1);
    uring_run(uring, 1);
    is_int(uring_result(uring, 0), -EAGAIN, "then nothing");
}

int main(void)
{
    struct why why;

    uring = uring_new(PAIRS, &why);
    if (uring == NULL)
        tap_skip_all("%s", why.text);
    open_pairs();
    all_are_received();
    nothing_waits();
    all_are_sent();
    a_full_socket_takes_what_it_can();
    uring_free(uring);
    return tap_done();
}
