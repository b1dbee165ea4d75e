/*
 * reply - the slot into which an answer is written, already as RESP. The only writer of RESP.
 *
 *     +--------+-----+----------+-----------------------+
 *     | at     | len | capacity | slot: 88 bytes        |
 *     +--------+-----+----------+-----------------------+
 *        |                         ^
 *        +--- small answers -------+   longer ones: a spill from malloc, kept for reuse while small
 *
 * Owner   whoever holds the request the slot is part of.
 * Memory  REPLY_SLOT bytes inside; a spill grows by doubling and belongs to the slot. Large values
 *         are not written but lent: a loan says where between the bytes its text goes out. Whoever
 *         takes the answer takes the loans, too, and sees to it that they come back to the keeper.
 * Cost    a bounds check and a copy; no allocation for answers that fit.
 * Errors  without memory for a spill or a loan the answer is broken: what is written from then on is
 *         lost, and whoever is to send it asks reply_is_broken.
 *
 * Every function writes exactly one element; reply_array and its like announce how many follow.
 * User text never breaks the framing: line breaks in errors and simple strings become spaces.
 */
#ifndef CACHE_REPLY_H
#define CACHE_REPLY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/large.h"

#define REPLY_SLOT 88
#define REPLY_SPILL_KEPT 4096 /* a longer spill is not kept for another answer */

enum { REPLY_SPECIAL = 1, REPLY_BROKEN = 2 };

struct reply {
    char *at;
    size_t len;
    size_t capacity;
    uint8_t protocol; /* 2 or 3: what the client spoke when it asked */
    bool failed;      /* an error was written */
    uint8_t special;  /* REPLY_SPECIAL when an error, or something is lent, or it is too long to be
                         kept: look twice; and REPLY_BROKEN */
    struct loan *loans; /* newest first */
    char slot[REPLY_SLOT];
};

void reply_init(struct reply *reply);
void reply_fini(struct reply *reply);

/* Empties the slot for the next request. Whoever keeps replies for reuse gives back long spills. */
static inline void reply_reset(struct reply *reply, uint8_t protocol)
{
    reply->len = 0;
    reply->protocol = protocol;
    reply->failed = false;
    reply->special = 0;
}

/* There was no memory for all of it. */
static inline bool reply_is_broken(const struct reply *reply)
{
    return reply->special & REPLY_BROKEN;
}

void reply_break(struct reply *reply);

/* `reply` is made of `part`: broken if that is. */
static inline void reply_inherit(struct reply *reply, const struct reply *part)
{
    if (reply_is_broken(part))
        reply_break(reply);
}

/* A broken one becomes an error that says so. Its loans are to be taken away before. */
void reply_mend(struct reply *reply);

/* Takes the spill away, to be freed by the caller with free(), and empties the slot: ask for at and
 * len before. NULL when the answer was in the slot, and is lost. */
char *reply_take_spill(struct reply *reply);

/* Takes the loans away, oldest first. */
struct loan *reply_take_loans(struct reply *reply);

/* Puts a loan of another reply behind what is written here. */
void reply_add_loan(struct reply *reply, struct loan *loan);

/* Writes as printf does, REPLY_FORMATTED - 1 bytes at most; for texts that are no reply of their own. */
#define REPLY_FORMATTED 768
void reply_format(struct reply *reply, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));

/* Room for `len` more bytes at the end; follow with reply_advance. NULL: it is broken. */
char *reply_reserve(struct reply *reply, size_t len);
static inline void reply_advance(struct reply *reply, size_t len)
{
    reply->len += len;
}

/* Forgets what was written after `len`: for handlers that find out late. Loans of that become
 * empty. */
void reply_cut(struct reply *reply, size_t len);

void reply_ok(struct reply *reply);
void reply_simple(struct reply *reply, const char *text);
void reply_lines(struct reply *reply, const char *const *lines, size_t count); /* of simple ones */
void reply_int(struct reply *reply, int64_t value);
void reply_bulk(struct reply *reply, struct bytes value);
/* A bulk whose text, a part of `large`, is lent. */
void reply_lend(struct reply *reply, struct large *large, struct bytes text);
void reply_text(struct reply *reply, const char *text);  /* a bulk from a zero-terminated text */
void reply_bulk_int(struct reply *reply, int64_t value); /* a bulk that holds a number */
void reply_null(struct reply *reply);                    /* $-1, or _ in RESP3 */
void reply_null_array(struct reply *reply);              /* *-1, or _ in RESP3 */
void reply_array(struct reply *reply, size_t count);
void reply_map(struct reply *reply, size_t pairs);    /* an array of twice as many in RESP2 */
void reply_set(struct reply *reply, size_t count);    /* an array in RESP2 */
void reply_bool(struct reply *reply, bool value);     /* :1 :0, or #t #f in RESP3 */
void reply_double(struct reply *reply, double value); /* a bulk in RESP2 */
void reply_verbatim(struct reply *reply, struct bytes text); /* a bulk in RESP2, =txt: in RESP3 */
void reply_raw(struct reply *reply, const void *at, size_t len); /* bytes that are RESP already */

/* `text` begins with its code: "ERR syntax error". No dash, no line break. */
void reply_error(struct reply *reply, const char *text);
void reply_errorf(struct reply *reply, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The errors that many commands share. */
#define ERROR_SYNTAX "ERR syntax error"
#define ERROR_NOT_INTEGER "ERR value is not an integer or out of range"
#define ERROR_NOT_FLOAT "ERR value is not a valid float"
#define ERROR_WRONG_TYPE "WRONGTYPE Operation against a key holding the wrong kind of value"
#define ERROR_NO_KEY "ERR no such key"
#define ERROR_OOM "OOM command not allowed when used memory > 'maxmemory'."
#define ERROR_OUT_OF_RANGE "ERR index out of range"
#define ERROR_NO_ANSWER "OOM no memory for the answer"

#endif
