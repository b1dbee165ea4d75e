/*
 * events - what the parser makes of a stream that comes in pieces, written down as text:
 * "set,k,v;" for a command, "-;" for nothing, "!text;" for an error.
 *
 * Owner   one thread.
 * Memory  as much as there is to write; events_fini gives it back.
 * Cost    each piece is parsed in a buffer that ends with it, so that a sanitizer sees reading on.
 * Errors  a parser that claims more than there is ends the program.
 */
#ifndef TESTS_NET_EVENTS_H
#define TESTS_NET_EVENTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/resp.h"

struct events {
    const struct resp_limits *limits;
    char *text; /* ends with a zero byte */
    size_t len;
    size_t room;
};

static inline void events_init(struct events *events, const struct resp_limits *limits)
{
    *events = (struct events){.limits = limits, .text = calloc(1, 64), .room = 64};
}

static inline void events_fini(struct events *events)
{
    free(events->text);
}

static inline void events_add(struct events *events, const char *at, size_t len, char end)
{
    if (events->len + len + 2 > events->room) {
        events->room = 2 * (events->len + len) + 2;
        events->text = realloc(events->text, events->room);
    }
    memcpy(events->text + events->len, at, len);
    events->len += len;
    events->text[events->len++] = end;
    events->text[events->len] = '\0';
}

static inline char events_end(uint32_t i, uint32_t count)
{
    return i + 1 == count ? ';' : ',';
}

static inline void events_add_command(struct events *events, const struct resp *resp,
                                      const char *bytes)
{
    uint32_t i;

    for (i = 0; i < resp->count; i++)
        events_add(events, bytes + resp->spans[i].at, resp->spans[i].len,
                   events_end(i, resp->count));
}

/* As a connection does: what is all here and usual is read at one look. Its length, or 0. */
static inline size_t events_usual(struct events *events, const struct resp *resp, const char *bytes,
                                  size_t len)
{
    struct bytes words[RESP_FEW];
    uint32_t count, i;
    size_t used = 0;

    if (resp_is_between(resp) && !events->limits->unauthenticated)
        used = resp_usual(bytes, len, words, &count);
    for (i = 0; used > 0 && i < count; i++)
        events_add(events, words[i].at, words[i].len, events_end(i, count));
    return used;
}

static inline void events_must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

/* One command, or what else comes first. True: there may be more behind it. */
static inline bool events_next(struct events *events, struct resp *resp, char *bytes, size_t len)
{
    switch (resp_parse(resp, events->limits, bytes, len)) {
    case RESP_MORE:
        return false;
    case RESP_ERROR:
        events_add(events, "", 0, '!');
        events_add(events, resp->error, strlen(resp->error), ';');
        return false;
    case RESP_COMMAND:
        events_add_command(events, resp, bytes);
        break;
    case RESP_NO_MEMORY:
        break;
    case RESP_NOTHING:
        events_add(events, "-", 1, ';');
    }
    return true;
}

/* What the parser makes of `len` bytes that are here by now. Returns how many are done with. */
static inline size_t events_parse(struct events *events, struct resp *resp, char *bytes, size_t len)
{
    size_t parsed = 0;

    while (parsed < len) {
        const size_t used = events_usual(events, resp, bytes + parsed, len - parsed);

        events_must(used <= len - parsed, "a usual command is longer than what is there");
        parsed += used;
        if (used > 0)
            continue;
        if (!events_next(events, resp, bytes + parsed, len - parsed))
            break;
        events_must(resp->at > 0 && resp->at <= len - parsed,
                    "a command is longer than what is there");
        parsed += resp->at;
        resp_next_command(resp);
    }
    return parsed;
}

/* Has there been an error? Nothing behind it may be parsed. */
static inline bool events_over(const struct resp *resp)
{
    return resp->error[0] != '\0';
}

/* A stream in pieces; bit i of `cuts` cuts behind byte i, then every 64 bytes alike. */
static inline void events_pieces(struct events *events, const char *stream, size_t len,
                                 uint64_t cuts)
{
    struct resp resp = {.error = ""};
    char *rest = NULL;
    size_t rest_len = 0, here = 0;

    events->len = 0;
    events->text[0] = '\0';
    resp_init(&resp);
    while (!events_over(&resp) && here < len) {
        const size_t before = here;
        size_t parsed;

        do
            here++;
        while (here < len && (cuts >> ((here - 1) % 64) & 1) == 0);
        rest = realloc(rest, rest_len + here - before);
        memcpy(rest + rest_len, stream + before, here - before);
        rest_len += here - before;
        parsed = events_parse(events, &resp, rest, rest_len);
        rest_len -= parsed;
        memmove(rest, rest + parsed, rest_len);
    }
    free(rest);
    resp_fini(&resp);
}

/* Are they the same events as those of the stream in one piece? */
static inline bool events_alike(struct events *events, const char *stream, size_t len,
                                uint64_t cuts)
{
    char *whole;
    size_t whole_len;
    bool alike;

    events_pieces(events, stream, len, 0);
    whole_len = events->len;
    whole = malloc(whole_len + 1);
    memcpy(whole, events->text, whole_len);
    events_pieces(events, stream, len, cuts);
    alike = events->len == whole_len && memcmp(whole, events->text, whole_len) == 0;
    free(whole);
    return alike;
}

#endif
