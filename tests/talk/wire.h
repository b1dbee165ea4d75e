/*
 * wire - one connection to the server, as a client without any cleverness.
 *
 * Owner   the section that opened it.
 * Memory  what came and has not been taken stays in `in`, from `taken` on.
 * Cost    blocking, with a deadline.
 * Errors  wire_value and wire_bytes answer false when nothing suitable came in time; `in` still
 * holds what did come. A peer that is gone is no error while sending: the replies tell.
 */
#ifndef TESTS_TALK_WIRE_H
#define TESTS_TALK_WIRE_H

#include <stdint.h>

#include "tests/talk/text.h"

struct wire {
    int fd; /* -1 while it is not open */
    bool ended;
    bool half_closed;
    uint64_t cuts; /* where the next writes end, when they end anywhere; 0: they do not */
    unsigned owed; /* answers to requests that went ahead of all others */
    struct text in;
    size_t taken;
    struct text out;
};

bool wire_open(struct wire *, int port);
void wire_close(struct wire *);
/* Ends it as a crash would: the other side is reset. */
void wire_reset(struct wire *);

/* Sends what was put into `out`, at most `piece` bytes per write; fewer when it has cuts. */
void wire_flush(struct wire *, size_t piece);
void wire_half_close(struct wire *);

/* Waits for one whole reply, which is then the first *len bytes that are not taken. */
bool wire_value(struct wire *, size_t *len);
bool wire_bytes(struct wire *, size_t len);
const char *wire_front(const struct wire *);
size_t wire_left(const struct wire *);
void wire_take(struct wire *, size_t len);

/* Waits for the server to end the connection; what it sends before that is kept. */
bool wire_wait_end(struct wire *);
/* Gathers what else comes within a moment, for the report of a failure. */
void wire_gather(struct wire *);

/* "127.0.0.1:port" of our end. */
void wire_address(const struct wire *, struct text *);

#endif
