#include "bench/sim/replay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cache/panic.h"

#define HEAD_MOST 128

struct dialogue {
    int fd;
    char *buffer; /* a request, or what was received and not yet read */
    size_t room;
    size_t begin, end;
    struct why *why;
};

static bool fail(struct dialogue *dialogue, const char *reason)
{
    why_set(dialogue->why, "%s", reason);
    return false;
}

static bool open_dialogue(struct dialogue *dialogue, unsigned port, size_t largest)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int yes = 1;

    dialogue->room = largest + 2 * HEAD_MOST;
    dialogue->buffer = must_calloc(1, dialogue->room);
    dialogue->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (dialogue->fd < 0 ||
        connect(dialogue->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        why_errno(dialogue->why, "cannot connect to port %u", port);
        return false;
    }
    setsockopt(dialogue->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return true;
}

static void close_dialogue(struct dialogue *dialogue)
{
    if (dialogue->fd >= 0)
        close(dialogue->fd);
    free(dialogue->buffer);
}

static bool say(struct dialogue *dialogue, size_t len)
{
    size_t sent = 0;

    while (sent < len) {
        const ssize_t some = send(dialogue->fd, dialogue->buffer + sent, len - sent, MSG_NOSIGNAL);

        if (some <= 0)
            return fail(dialogue, "the server does not read");
        sent += (size_t)some;
    }
    dialogue->begin = dialogue->end = 0;
    return true;
}

static bool hear(struct dialogue *dialogue)
{
    const ssize_t some =
        recv(dialogue->fd, dialogue->buffer + dialogue->end, dialogue->room - dialogue->end, 0);

    if (some <= 0)
        return fail(dialogue, "the server has hung up");
    dialogue->end += (size_t)some;
    return true;
}

/* A line without its end, good until the next request; NULL when there is none. */
static char *hear_line(struct dialogue *dialogue)
{
    char *line, *end;

    while ((end = memchr(dialogue->buffer + dialogue->begin, '\n',
                         dialogue->end - dialogue->begin)) == NULL)
        if (!hear(dialogue))
            return NULL;
    line = dialogue->buffer + dialogue->begin;
    end[-1] = '\0';
    dialogue->begin = (size_t)(end + 1 - dialogue->buffer);
    return line;
}

static bool skip(struct dialogue *dialogue, size_t len)
{
    while (dialogue->end - dialogue->begin < len)
        if (!hear(dialogue))
            return false;
    dialogue->begin += len;
    return true;
}

static bool get(struct dialogue *dialogue, uint32_t object, bool *found)
{
    char key[16];
    const int len = snprintf(key, sizeof(key), "k%u", object);
    const char *line;

    if (!say(dialogue, (size_t)snprintf(dialogue->buffer, HEAD_MOST,
                                        "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", len, key)))
        return false;
    line = hear_line(dialogue);
    if (line == NULL)
        return false;
    if (line[0] != '$')
        return fail(dialogue, line);
    *found = line[1] != '-';
    return !*found || skip(dialogue, strtoul(line + 1, NULL, 10) + 2);
}

static bool set(struct dialogue *dialogue, uint32_t object, uint32_t size)
{
    char key[16];
    const int len = snprintf(key, sizeof(key), "k%u", object);
    const size_t head = (size_t)snprintf(dialogue->buffer, HEAD_MOST,
                                         "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%u\r\n", len, key, size);
    const char *line;

    memset(dialogue->buffer + head, 'v', size);
    memcpy(dialogue->buffer + head + size, "\r\n", 2);
    if (!say(dialogue, head + size + 2))
        return false;
    line = hear_line(dialogue);
    if (line == NULL)
        return false;
    return line[0] == '+' || strncmp(line, "-OOM", 4) == 0 || fail(dialogue, line);
}

static bool play(struct dialogue *dialogue, struct score *score, const struct trace *trace,
                 uint32_t extra, size_t warmup)
{
    size_t i;

    for (i = 0; i < trace->count; i++) {
        const struct access *access = &trace->at[i];
        bool found;

        if (!get(dialogue, access->object, &found) ||
            (!found && !set(dialogue, access->object, access->size - extra)))
            return false;
        if (i >= warmup)
            score_count(score, access->size, !found);
    }
    return true;
}

bool replay_run(struct score *score, const struct trace *trace, unsigned port, uint32_t extra,
                size_t warmup, struct why *why)
{
    struct dialogue dialogue = {.fd = -1, .why = why};
    bool good;

    *score = (struct score){0};
    good = open_dialogue(&dialogue, port, trace_largest(trace)) &&
           play(&dialogue, score, trace, extra, warmup);
    close_dialogue(&dialogue);
    return good;
}
