#include "tests/diff/subject.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/dice.h"
#include "tests/talk/frame.h"
#include "tests/talk/wire.h"
#include "tests/tap/tap.h"

enum { SUBJECTS_MAX = 32, PATIENCE_MS = 30000, ROOM = 64 * 1024 };

/* Said before each scenario, when settings were changed also what is behind. The answers count. */
static const char before[] = "*1\r\n$8\r\nFLUSHALL\r\n";
static const char before_answer[] = "+OK\r\n";
static const char settings[] = "CONFIG SET maxmemory-policy noeviction maxmemory-samples 5 "
                               "slowlog-max-len 128 timeout 0\r\n";
static const char last[] = "*2\r\n$4\r\nECHO\r\n$18\r\nthis was the last.\r\n";
static const char last_answer[] = "$18\r\nthis was the last.\r\n";

/* --- process --- */

void subject_start(struct subject *subject, const char *command)
{
    struct text why = {0};

    *subject = (struct subject){.command = command, .fd = -1};
    if (!server_start(&subject->server, command, &why))
        tap_bail("%s: %s", command, text_string(&why));
}

static void hang_up(struct subject *subject)
{
    if (subject->fd >= 0)
        close(subject->fd);
    subject->fd = -1;
}

bool subject_stop(struct subject *subject)
{
    struct text why = {0};
    bool stopped;

    hang_up(subject);
    stopped = server_stop(&subject->server, &why);
    if (!stopped)
        tap_note("%s: %s", subject->command, text_string(&why));
    text_fini(&why);
    text_fini(&subject->in);
    text_fini(&subject->scanned);
    return stopped;
}

/* A server that has died is started again: shrinking needs it. */
static void start_again(struct subject *subject)
{
    struct subject old = *subject;

    tap_note("%s does not take connections any more: it is started again", subject->command);
    subject_stop(&old);
    subject_start(subject, old.command);
}

/* --- connection --- */

static bool dial(struct subject *subject)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)subject->server.port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct linger at_once = {1, 0}; /* or ports would run out */
    const int on = 1;

    subject->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (subject->fd < 0 ||
        connect(subject->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        hang_up(subject);
        return false;
    }
    setsockopt(subject->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(subject->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    return true;
}

static void open_connection(struct subject *subject)
{
    if (!dial(subject)) {
        start_again(subject);
        if (!dial(subject))
            tap_bail("cannot connect to '%s'", subject->command);
    }
    subject->sent = 0;
    subject->over = subject->silent = false;
    text_clear(&subject->in);
    text_clear(&subject->scanned);
}

/* --- sending and receiving --- */

static void send_some(struct subject *subject, const struct text *bytes, size_t end)
{
    const ssize_t sent = send(subject->fd, bytes->data + subject->sent, end - subject->sent,
                              MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent > 0)
        subject->sent += (size_t)sent;
    else if (errno != EAGAIN && errno != EINTR)
        subject->sent = bytes->len; /* it has closed: its answers say why */
}

static bool has_last_answer(const struct text *in)
{
    const size_t len = sizeof(last_answer) - 1;

    return in->len >= len && memcmp(in->data + in->len - len, last_answer, len) == 0;
}

static void make_room(struct text *text)
{
    static const char nothing[ROOM];

    if (text->room - text->len >= ROOM / 4)
        return;
    text_add(text, nothing, ROOM);
    text->len -= ROOM;
}

static void receive_some(struct subject *subject)
{
    struct text *in = &subject->in;
    ssize_t got;

    make_room(in);
    got = recv(subject->fd, in->data + in->len, in->room - in->len, MSG_DONTWAIT);
    if (got > 0)
        in->len += (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        subject->over = true;
    subject->over |= got > 0 && has_last_answer(in);
}

static short wanted(const struct subject *subject, size_t end)
{
    return (short)(POLLIN | (subject->sent < end ? POLLOUT : 0));
}

/* Waits for any of them; false when none moves any more. */
static bool move(struct subject *const *subjects, size_t count, const struct text *bytes,
                 size_t end)
{
    struct pollfd polled[SUBJECTS_MAX];

    for (size_t i = 0; i < count; i++)
        polled[i] =
            (struct pollfd){subjects[i]->over ? -1 : subjects[i]->fd, wanted(subjects[i], end), 0};
    if (poll(polled, count, PATIENCE_MS) <= 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (polled[i].revents & POLLOUT)
            send_some(subjects[i], bytes, end);
        if (polled[i].revents & (POLLIN | POLLHUP | POLLERR))
            receive_some(subjects[i]);
    }
    return true;
}

static bool all_sent(struct subject *const *subjects, size_t count, size_t end)
{
    for (size_t i = 0; i < count; i++)
        if (!subjects[i]->over && subjects[i]->sent < end)
            return false;
    return true;
}

static bool all_over(struct subject *const *subjects, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!subjects[i]->over)
            return false;
    return true;
}

static void say_up_to(struct subject *const *subjects, size_t count, const struct text *bytes,
                      size_t end)
{
    for (size_t i = 0; i < count; i++)
        if (!subjects[i]->over && subjects[i]->sent < end)
            send_some(subjects[i], bytes, end);
    while (!all_sent(subjects, count, end))
        if (!move(subjects, count, bytes, end))
            return;
}

static void wait_for_answers(struct subject *const *subjects, size_t count,
                             const struct text *bytes)
{
    while (!all_over(subjects, count)) {
        if (move(subjects, count, bytes, bytes->len))
            continue;
        for (size_t i = 0; i < count; i++)
            subjects[i]->silent = !subjects[i]->over;
        return;
    }
}

/* Short ones byte by byte, others in up to ten pieces. */
static size_t next_cut(struct dice *dice, size_t at, size_t len)
{
    const size_t step = len < 300 ? 1 : 1 + dice_below(dice, len / 5);

    return at + step < len ? at + step : len;
}

static void say(struct subject *const *subjects, size_t count, const struct text *bytes,
                uint64_t cuts)
{
    struct dice dice = {cuts};

    for (size_t at = 0; cuts != 0 && at < bytes->len;) {
        at = next_cut(&dice, at, bytes->len);
        say_up_to(subjects, count, bytes, at);
    }
    say_up_to(subjects, count, bytes, bytes->len);
    wait_for_answers(subjects, count, bytes);
}

/* --- a scenario --- */

static void compose(const struct scenario *scenario, bool changed, struct text *bytes)
{
    if (changed)
        text_add(bytes, settings, sizeof(settings) - 1);
    text_add(bytes, before, sizeof(before) - 1);
    text_add(bytes, scenario->bytes.data, scenario->bytes.len);
    if (!scenario->ends)
        text_add(bytes, last, sizeof(last) - 1);
}

static void drop_front(struct text *text, const char *front)
{
    const size_t len = strlen(front);

    if (text->len < len || memcmp(text->data, front, len) != 0)
        return;
    text->len -= len;
    memmove(text->data, text->data + len, text->len);
}

static void drop_frame(struct subject *subject, bool changed)
{
    if (changed)
        drop_front(&subject->in, before_answer);
    drop_front(&subject->in, before_answer);
    if (has_last_answer(&subject->in))
        subject->in.len -= sizeof(last_answer) - 1;
}

/* --- whole scans --- */

struct found {
    char **keys; /* as they were sent, with their lengths */
    size_t count;
};

static void keep(struct found *found, const char *bytes, size_t len)
{
    struct text key = {0};

    text_escape(&key, bytes, len);
    text_string(&key);
    found->keys = realloc(found->keys, (found->count + 1) * sizeof(*found->keys));
    if (found->keys == NULL)
        tap_bail("no memory for keys");
    found->keys[found->count++] = key.data;
}

static int by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Each key once: Redis may find one twice. */
static void publish(struct found *found, struct text *out)
{
    if (found->count > 0)
        qsort(found->keys, found->count, sizeof(*found->keys), by_text);
    for (size_t i = 0; i < found->count; i++) {
        if (i == 0 || strcmp(found->keys[i], found->keys[i - 1]) != 0)
            text_format(out, "%s\n", found->keys[i]);
    }
    for (size_t i = 0; i < found->count; i++)
        free(found->keys[i]);
    free(found->keys);
    *found = (struct found){0};
}

static bool ask_scan(struct wire *wire, const struct sentence *options, const char *cursor,
                     size_t *len)
{
    struct sentence request = {0};
    bool answered;

    sentence_add(&request, "SCAN", 4);
    sentence_add(&request, cursor, strlen(cursor));
    for (size_t i = 0; i < options->count; i++)
        sentence_add(&request, sentence_word(options, i), options->words[i].len);
    sentence_request(&request, &wire->out);
    text_fini(&request.bytes);
    wire_flush(wire, wire->out.len);
    answered = wire_value(wire, len);
    return answered;
}

/* One answer: the cursor that follows, or false when it is an error. */
static bool take_scan(struct wire *wire, size_t len, char *cursor, size_t room, struct found *found)
{
    const char *at = wire_front(wire), *const end = at + len;
    struct text face = {0};
    long part;

    if (frame_children(at, len) != 2)
        return false;
    at += frame_header(at, len);
    part = frame_length(at, (size_t)(end - at));
    frame_face(at, (size_t)part, &face);
    snprintf(cursor, room, "%s", text_string(&face) + 1);
    text_fini(&face);
    at += part;
    for (at += frame_header(at, (size_t)(end - at)); at < end; at += part) {
        part = frame_length(at, (size_t)(end - at));
        keep(found, at, (size_t)part);
    }
    return true;
}

static void scan(struct subject *subject, const struct sentence *options)
{
    struct found found = {0};
    struct wire wire;
    char cursor[32] = "0";
    size_t len = 0;

    if (!wire_open(&wire, subject->server.port))
        return;
    do {
        if (!ask_scan(&wire, options, cursor, &len)) {
            text_format(&subject->scanned, "no answer\n");
            break;
        }
        if (!take_scan(&wire, len, cursor, sizeof(cursor), &found)) {
            text_escape(&subject->scanned, wire_front(&wire), len);
            break;
        }
        wire_take(&wire, len);
    } while (strcmp(cursor, "0") != 0);
    publish(&found, &subject->scanned);
    wire_close(&wire);
}

void subject_hear(struct subject *const *subjects, size_t count, const struct scenario *scenario)
{
    struct text bytes = {0};
    bool changed = false;

    for (size_t i = 0; i < count; i++)
        changed |= subjects[i]->changed;
    compose(scenario, changed, &bytes);
    for (size_t i = 0; i < count; i++)
        open_connection(subjects[i]);
    say(subjects, count, &bytes, scenario->cuts);
    for (size_t i = 0; i < count; i++) {
        drop_frame(subjects[i], changed);
        subjects[i]->changed = scenario->configures;
        if (scenario->scans)
            scan(subjects[i], &scenario->scan);
        hang_up(subjects[i]);
    }
    text_fini(&bytes);
}
