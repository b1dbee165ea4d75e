/* Who looks at what others do: sees all of it in the order of each, and disturbs nobody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/server/crowd.h"
#include "tests/tap/tap.h"

enum { CLIENTS = 8, COUNT = 200, WINDOW = 20 };

static redisContext *monitor_open(const struct child *child)
{
    redisContext *peer = peer_open(child);

    if (!says(peer, "+OK", "MONITOR"))
        tap_bail("MONITOR is not answered");
    return peer;
}

/* Each client counts, in pipelines. */
static bool count_up(struct client *client)
{
    for (int i = 0; i < COUNT; i += WINDOW) {
        for (int j = 0; j < WINDOW; j++)
            redisAppendCommand(client->peer, "SET key:%d:%d counted:%d:%d", client->index, i + j,
                               client->index, i + j);
        for (int j = 0; j < WINDOW; j++)
            if (!peer_expect(client->peer, "+OK"))
                return false;
    }
    return true;
}

/* Reads lines until all counts are seen; each client's come in their order. */
static bool sees_all(redisContext *monitor)
{
    int next[CLIENTS] = {0};

    for (int left = CLIENTS * COUNT; left > 0;) {
        char *line = peer_next(monitor);
        const char *place = line == NULL ? NULL : strstr(line, "counted:");
        int client, number;
        bool good;

        if (line == NULL)
            return false;
        if (place == NULL) {
            free(line);
            continue;
        }
        good = sscanf(place, "counted:%d:%d", &client, &number) == 2 && client < CLIENTS &&
               number == next[client];
        if (good)
            next[client]++;
        else
            tap_note("unexpected: %s", line);
        free(line);
        if (!good)
            return false;
        left--;
    }
    return true;
}

static void lines_are_complete_and_in_order(const struct child *child)
{
    redisContext *one = monitor_open(child), *two = monitor_open(child);

    ok(crowd_run(child, CLIENTS, count_up, NULL), "clients work while they are watched");
    ok(sees_all(one), "a monitor sees every command, those of a client in their order");
    ok(sees_all(two), "so does another");
    peer_close(one);
    peer_close(two);
}

static bool has_monitor(redisContext *peer)
{
    char *clients = ask(peer, "CLIENT LIST");
    const bool has = strstr(clients, "flags=O") != NULL;

    free(clients);
    return has;
}

static void who_does_not_read_is_dropped(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int monitor = peer_connect(child);
    char *value = calloc(1, 100001);
    char answer[5];
    bool good;

    memset(value, 'x', 100000);
    ok(says(peer, "+OK", "CONFIG SET client-output-buffer-limit %s",
            "normal 1000000 0 0 pubsub 1000000 0 0"),
       "output may be one megabyte");
    ok(peer_send(monitor, "MONITOR\r\n", 9) && recv(monitor, answer, 5, MSG_WAITALL) == 5,
       "somebody looks, and does not read on");
    for (good = has_monitor(peer); good && has_monitor(peer);)
        good = says(peer, "+OK", "SET key %s", value);
    ok(good, "it is disconnected, and nobody waits for it");
    ok(says(peer, "$dropped", "ECHO dropped"), "commands go on");
    close(monitor);
    free(value);
    peer_close(peer);
}

static void nothing_is_left_of_them(const struct child *child)
{
    redisContext *peer = peer_open(child);

    ok(peer_wait_info(peer, "connected_clients", 1), "all monitors have gone");
    ok(crowd_run(child, CLIENTS, count_up, NULL), "clients work as if there had been none");
    peer_close(peer);
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};

    subject_init(&subject, argc, argv);
    child_start(&child, &subject, "");
    lines_are_complete_and_in_order(&child);
    who_does_not_read_is_dropped(&child);
    nothing_is_left_of_them(&child);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
