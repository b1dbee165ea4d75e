/*
 * decode - where a reply ends, and whether it is one at all: a strict reader of RESP2 and RESP3 of
 * our own.
 *
 * Owner   pure functions.
 * Memory  none.
 * Cost    one pass.
 * Errors  DECODE_BROKEN for what no server may send in that protocol.
 */
#ifndef TESTS_SIM_DECODE_H
#define TESTS_SIM_DECODE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cache/bytes.h"

#define DECODE_MORE 0
#define DECODE_BROKEN (-1)

/* The length of the reply at the start of the bytes. */
ssize_t decode_reply(struct bytes bytes, unsigned protocol);

/* Of one whole reply: an integer; a text, or at == NULL for a null; how many elements. False: it is
 * not one. */
bool decode_int(struct bytes reply, int64_t *value);
bool decode_text(struct bytes reply, struct bytes *text);
bool decode_array(struct bytes reply, int64_t *count, struct bytes *elements);

#endif
