/*
 * phrase - requests, said almost ready: only the digits of the key and the value change.
 *
 * Owner   read only once made; all threads append from it.
 * Memory  stencils of a few dozen bytes, and a filler as long as the longest value.
 * Cost    a request is three or four memcpy and a store or two of eight digits. Values over 4 KB
 *         are referred to, not copied.
 * Errors  none after phrase_init.
 *
 *       *3 $3 SET $16 key:000000000000 $64 00000000zzzzzz...zzzz00000000
 *                        digits of the key  the same        the same
 */
#ifndef BENCH_PHRASE_H
#define BENCH_PHRASE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/batch.h"
#include "bench/keys.h"
#include "bench/sizes.h"

enum protocol {
    PROTOCOL_RESP,
    PROTOCOL_MEMCACHED, /* the text protocol */
};

#define PHRASE_BYTES 96
#define PHRASE_COPIED 4096u /* longer values are referred to */
/* A request needs no more than this besides a value that is copied. */
#define PHRASE_ROOM 256u

struct stencil {
    char bytes[PHRASE_BYTES];
    size_t len;
    size_t digits; /* where the twelve digits of the key are */
};

struct phrase {
    enum protocol protocol;
    bool many_keys; /* the first four digits are not always zeros */
    struct stencil get;
    struct stencil set;      /* up to the length of the value */
    struct stencil set_tail; /* after the value; no digits */
    struct sizes sizes;
    char *filler;
};

/* `value_size` as in sizes.h; `ttl` in seconds, 0 is none. */
bool phrase_init(struct phrase *, enum protocol, uint64_t keys, const char *value_size,
                 uint64_t ttl, struct why *);
void phrase_fini(struct phrase *);

/* Both append one request and return the last eight digits of its key. */
uint64_t phrase_get(const struct phrase *, struct batch *, uint64_t key);
uint64_t phrase_set(const struct phrase *, struct batch *, uint64_t key, uint64_t roll);

/* A batch that holds `requests` of any kind. */
bool phrase_make_batch(const struct phrase *, struct batch *, size_t requests);

#endif
