#include "top/line.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct line {
    redisContext *context;
    bool connected;
    bool sent_all;
};

static void tell(const redisContext *context, struct why *why)
{
    why_set(why, "%s",
            context->err == REDIS_ERR_EOF ? "the server closed the connection" : context->errstr);
}

struct line *line_open(const struct options *options, struct why *why)
{
    struct line *line = calloc(1, sizeof(*line));

    if (line == NULL)
        return NULL;
    line->context = options->path != NULL ? redisConnectUnixNonBlock(options->path)
                                          : redisConnectNonBlock(options->host, options->port);
    line->sent_all = true;
    if (line->context != NULL && line->context->err == 0)
        return line;
    if (line->context != NULL)
        tell(line->context, why);
    else
        why_set(why, "no memory for a connection");
    line_close(line);
    return NULL;
}

void line_close(struct line *line)
{
    if (line == NULL)
        return;
    redisFree(line->context);
    free(line);
}

int line_fd(const struct line *line)
{
    return line->context->fd;
}

short line_events(const struct line *line)
{
    return line->connected && line->sent_all ? POLLIN : POLLIN | POLLOUT;
}

void line_say(struct line *line, int argc, const char *const *argv)
{
    /* hiredis does not change the words, though it does not promise so. */
    redisAppendCommandArgv(line->context, argc, (const char **)(uintptr_t)argv, NULL);
    line->sent_all = false;
}

/* Whether connecting has come to an end, and to which. */
static bool has_connected(struct line *line, struct why *why)
{
    struct pollfd poll_fd = {line_fd(line), POLLOUT, 0};
    int error = 0;
    socklen_t len = sizeof(error);

    if (line->connected || poll(&poll_fd, 1, 0) <= 0)
        return true;
    if (getsockopt(poll_fd.fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error != 0) {
        why_set(why, "%s", strerror(error));
        return false;
    }
    line->connected = true;
    return true;
}

bool line_move(struct line *line, struct why *why)
{
    int done = 1;

    if (!has_connected(line, why))
        return false;
    if (!line->connected)
        return true;
    if (redisBufferWrite(line->context, &done) != REDIS_OK ||
        redisBufferRead(line->context) != REDIS_OK) {
        tell(line->context, why);
        return false;
    }
    line->sent_all = done != 0;
    return true;
}

bool line_reply(struct line *line, redisReply **reply, struct why *why)
{
    void *found = NULL;

    if (redisGetReplyFromReader(line->context, &found) != REDIS_OK) {
        tell(line->context, why);
        return false;
    }
    *reply = found;
    return true;
}
