/*
 * attention - from when on somebody wants to know of a command: how long it took, how large it was.
 *
 * Owner   who adopts it from its settings: a loop, a host.
 * Memory  a plain struct.
 * Cost    a few comparisons for a command that is not a usual one; none for those that are.
 * Errors  none.
 */
#ifndef SHARD_ATTENTION_H
#define SHARD_ATTENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/settings.h"
#include "shard/request.h"

struct attention {
    uint64_t slow_ns;       /* UINT64_MAX: never */
    uint64_t spike_ns;      /* likewise */
    uint64_t large_request; /* so many bytes or more; UINT64_MAX: never */
    uint64_t large_reply;
    bool each; /* that is so little that usual commands may reach it: each is to be looked at */
};

/* NULL: nobody wants to know anything. */
void attention_adopt(struct attention *attention, const struct settings *settings) ANY_THREAD;

/* Nanoseconds from which on a command is slow, in some way or other. */
uint64_t attention_ns(const struct attention *attention) ANY_THREAD;

/* Bytes of the words of a command, and of its answer with what is lent for it. */
uint64_t attention_request_bytes(const struct request *request) ANY_THREAD;
uint64_t attention_reply_bytes(const struct request *request) ANY_THREAD;

#endif
