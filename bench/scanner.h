/*
 * scanner - reads replies as they come in and checks each against the request that caused it.
 *
 * Owner   one per connection; its thread.
 * Memory  a few words. It keeps no bytes: what it did not consume must be there again next time,
 *         in front of what came after it. That is never more than SCANNER_KEPT.
 * Cost    a compare of five bytes for a stored value; for a value read, its header and two compares
 *         of eight bytes, however long it is.
 * Errors  a reply that is no reply to the request is SCANNER_BROKEN: nothing after it makes sense.
 */
#ifndef BENCH_SCANNER_H
#define BENCH_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/phrase.h"

/* A whole line, even an error, or the end of a value. */
#define SCANNER_KEPT 1024u

struct expected {
    uint64_t digits;     /* of the key */
    uint64_t since : 63; /* nanoseconds: when the request was due */
    uint64_t is_get : 1;
};

enum scanner_found {
    SCANNER_MORE, /* the reply goes on in bytes that have not come yet */
    SCANNER_STORED,
    SCANNER_HIT,
    SCANNER_MISS,
    SCANNER_ERROR, /* the server's words are scanner->line */
    SCANNER_WRONG, /* a value of another key, or of no length that was ever stored */
    SCANNER_BROKEN,
};

struct scanner {
    const struct phrase *phrase;
    size_t size;    /* of the value being read, 0 between values */
    size_t left;    /* what of it has yet to come, the end of the reply included */
    bool head_seen; /* the first digits were checked */
    bool wrong;
    const char *line; /* the last line that was no value, until the next call */
    size_t line_len;
};

struct input {
    const char *at;
    size_t len;
};

void scanner_init(struct scanner *, const struct phrase *);

/* Consumes from `input` what belongs to one reply. */
enum scanner_found scanner_read(struct scanner *, struct expected, struct input *);

#endif
