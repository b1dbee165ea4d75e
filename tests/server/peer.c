#include "tests/server/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tap/tap.h"

static const struct timeval patience = {CHILD_PATIENCE_MS / 1000, 0};

/* --- bytes --- */

static void reserve(struct buffer *buffer, size_t more)
{
    if (buffer->len + more <= buffer->capacity)
        return;
    buffer->capacity = (buffer->len + more) * 2;
    buffer->at = realloc(buffer->at, buffer->capacity);
    if (buffer->at == NULL)
        tap_bail("out of memory");
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    if (len == 0)
        return; /* memcpy wants a place even for nothing */
    reserve(buffer, len);
    memcpy(buffer->at + buffer->len, bytes, len);
    buffer->len += len;
}

void buffer_addf(struct buffer *buffer, const char *format, ...)
{
    va_list list;
    int len;

    va_start(list, format);
    len = vsnprintf(NULL, 0, format, list);
    va_end(list);
    reserve(buffer, (size_t)len + 1);
    va_start(list, format);
    vsnprintf(buffer->at + buffer->len, (size_t)len + 1, format, list);
    va_end(list);
    buffer->len += (size_t)len;
}

void buffer_command(struct buffer *buffer, const char *format, ...)
{
    char *text = NULL;
    va_list list;
    int len;

    va_start(list, format);
    len = redisvFormatCommand(&text, format, list);
    va_end(list);
    if (len < 0)
        tap_bail("no command: %s", format);
    buffer_add(buffer, text, (size_t)len);
    redisFreeCommand(text);
}

void buffer_fini(struct buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct buffer){0};
}

/* --- connections --- */

static redisContext *prepared(redisContext *context)
{
    if (context == NULL || context->err != 0) {
        tap_note("cannot connect: %s", context != NULL ? context->errstr : "out of memory");
        peer_close(context);
        return NULL;
    }
    redisSetTimeout(context, patience);
    return context;
}

redisContext *peer_open(const struct child *child)
{
    redisContext *context = prepared(redisConnectWithTimeout("127.0.0.1", child->port, patience));

    if (context == NULL)
        tap_bail("nobody listens on port %d", child->port);
    return context;
}

redisContext *peer_open_unix(const char *path)
{
    return prepared(redisConnectUnixWithTimeout(path, patience));
}

void peer_close(redisContext *context)
{
    if (context != NULL)
        redisFree(context);
}

/* --- replies --- */

static void add_text(struct buffer *into, const char *sign, const redisReply *reply)
{
    buffer_add(into, sign, 1);
    buffer_add(into, reply->str, (size_t)reply->len);
}

static void describe(struct buffer *into, const redisReply *reply)
{
    switch (reply->type) {
    case REDIS_REPLY_STATUS:
        add_text(into, "+", reply);
        break;
    case REDIS_REPLY_ERROR:
        add_text(into, "-", reply);
        break;
    case REDIS_REPLY_STRING:
        add_text(into, "$", reply);
        break;
    case REDIS_REPLY_INTEGER:
        buffer_addf(into, ":%lld", reply->integer);
        break;
    case REDIS_REPLY_ARRAY:
        buffer_addf(into, "*%zu", reply->elements);
        for (size_t i = 0; i < reply->elements; i++) {
            buffer_add(into, " ", 1);
            describe(into, reply->element[i]);
        }
        break;
    default:
        buffer_addf(into, "$nil");
    }
}

static char *text_of(redisContext *context, redisReply *reply)
{
    struct buffer text = {0};

    if (reply == NULL) {
        if (context->err != REDIS_ERR_EOF)
            tap_note("no reply: %s (%s)", context->errstr, strerror(errno));
        return NULL;
    }
    describe(&text, reply);
    buffer_add(&text, "", 1);
    freeReplyObject(reply);
    return text.at;
}

char *peer_next(redisContext *context)
{
    redisReply *reply = NULL;

    if (redisGetReply(context, (void **)&reply) != REDIS_OK)
        reply = NULL;
    return text_of(context, reply);
}

/* Takes `got`. With `start`, only the beginning counts. */
static bool is_expected(char *got, const char *expected, bool start)
{
    const size_t len = strlen(expected);
    const bool same =
        got != NULL && (start ? strncmp(got, expected, len) == 0 : strcmp(got, expected) == 0);

    if (!same)
        tap_note("expected %.200s, got %.200s", expected, got != NULL ? got : "the end");
    free(got);
    return same;
}

bool peer_expect(redisContext *context, const char *expected)
{
    return is_expected(peer_next(context), expected, false);
}

static char *vask(redisContext *context, const char *format, va_list list)
{
    return text_of(context, redisvCommand(context, format, list));
}

char *ask(redisContext *context, const char *format, ...)
{
    va_list list;
    char *text;

    va_start(list, format);
    text = vask(context, format, list);
    va_end(list);
    return text;
}

long long ask_int(redisContext *context, const char *format, ...)
{
    long long value = INT64_MIN;
    va_list list;
    char *text;

    va_start(list, format);
    text = vask(context, format, list);
    va_end(list);
    if (text != NULL && text[0] == ':')
        value = atoll(text + 1);
    else
        tap_note("expected an integer, got %.200s", text != NULL ? text : "the end");
    free(text);
    return value;
}

bool says(redisContext *context, const char *expected, const char *format, ...)
{
    va_list list;
    char *text;

    va_start(list, format);
    text = vask(context, format, list);
    va_end(list);
    return is_expected(text, expected, false);
}

bool says_start(redisContext *context, const char *expected, const char *format, ...)
{
    va_list list;
    char *text;

    va_start(list, format);
    text = vask(context, format, list);
    va_end(list);
    return is_expected(text, expected, true);
}

bool peer_knows(redisContext *context, const char *command)
{
    char *text = ask(context, "COMMAND INFO %s", command);
    const bool known = text != NULL && strcmp(text, "*1 $nil") != 0;

    free(text);
    return known;
}

long long peer_info(redisContext *context, const char *name)
{
    char *text = ask(context, "INFO");
    char wanted[64];
    long long value = INT64_MIN;
    const char *at;

    snprintf(wanted, sizeof(wanted), "\n%s:", name);
    at = text != NULL ? strstr(text, wanted) : NULL;
    if (at != NULL)
        value = atoll(at + strlen(wanted));
    free(text);
    return value;
}

bool peer_wait_info(redisContext *context, const char *name, long long wanted)
{
    const int64_t start = child_now_ms();
    long long value;

    while ((value = peer_info(context, name)) != wanted) {
        if (child_now_ms() - start > CHILD_PATIENCE_MS) {
            tap_note("%s is %lld, not %lld", name, value, wanted);
            return false;
        }
        child_sleep_ms(10);
    }
    return true;
}

/* --- plain sockets --- */

int peer_connect(const struct child *child)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)},
                                  .sin_port = htons((uint16_t)child->port)};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        tap_bail("cannot connect to port %d: %s", child->port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    return fd;
}

bool peer_send(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        const ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        len -= (size_t)sent;
    }
    return true;
}

bool peer_send_line(int fd, const char *line, int times)
{
    struct buffer out = {0};
    bool sent;

    for (int i = 0; i < times; i++)
        buffer_addf(&out, "%s\r\n", line);
    sent = peer_send(fd, out.at, out.len);
    buffer_fini(&out);
    return sent;
}

void peer_reset(int fd)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(fd);
}

/* 1: bytes came, 0: the end, -1: an error; errno says which. */
static int receive(int fd, struct buffer *in, int flags)
{
    ssize_t got;

    reserve(in, 65536);
    do {
        got = recv(fd, in->at + in->len, 65536, flags);
    } while (got < 0 && errno == EINTR);
    if (got > 0)
        in->len += (size_t)got;
    return got > 0 ? 1 : (int)got;
}

bool peer_read_end(int fd, struct buffer *in)
{
    int got;

    while ((got = receive(fd, in, 0)) > 0)
        ;
    if (got < 0)
        tap_note("instead of an end: %s", strerror(errno));
    return got == 0;
}

static size_t piece_len(size_t left, size_t piece, unsigned *random)
{
    const size_t most = left < piece ? left : piece;

    return random != NULL ? 1 + (size_t)rand_r(random) % most : most;
}

bool peer_pump(int fd, const struct buffer *out, size_t piece, unsigned *random, size_t want,
               struct buffer *in)
{
    size_t sent = 0;

    while (in->len < want || sent < out->len) {
        struct pollfd poller = {fd, (short)(POLLIN | (sent < out->len ? POLLOUT : 0)), 0};

        if (poll(&poller, 1, CHILD_PATIENCE_MS) <= 0) {
            tap_note("%zu of %zu bytes sent, %zu of %zu received, and nothing more happens", sent,
                     out->len, in->len, want);
            return false;
        }
        if ((poller.revents & POLLIN) && receive(fd, in, MSG_DONTWAIT) <= 0 && errno != EAGAIN) {
            tap_note("the connection ended after %zu of %zu bytes", in->len, want);
            return false;
        }
        if (poller.revents & POLLOUT) {
            const size_t len = piece_len(out->len - sent, piece, random);
            const ssize_t got = send(fd, out->at + sent, len, MSG_DONTWAIT | MSG_NOSIGNAL);

            if (got > 0)
                sent += (size_t)got;
        }
        if (!(poller.revents & (POLLIN | POLLOUT)))
            return false;
    }
    return true;
}
