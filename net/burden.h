/*
 * burden - closes the clients that take most memory when all of them take more than
 * maxmemory-clients.
 *
 *     a loop beyond its fair share       all loops
 *     how much, and who most? -------->  sum, and the largest        above the limit:
 *     the largest of all      <--------                              they are closed where they are
 *
 *     All cannot be above the limit unless one loop is above its fair share of it. So each compares
 *     what its buffers take with that, turn by turn, and only who is beyond asks the others.
 *
 * Owner   each loop its own.
 * Memory  none, but for a message under way.
 * Cost    a comparison per turn. A loop that is beyond its share looks at all its clients, at most once
 *         per millisecond, or less often when there are thousands.
 * Errors  none.
 *
 * What counts is what CLIENT LIST tells as tot-mem. Who has said CLIENT NO-EVICT ON is counted, but not
 * closed.
 */
#ifndef NET_BURDEN_H
#define NET_BURDEN_H

#include <stdbool.h>
#include <stdint.h>

#include "shard/owner.h"

struct loop;
struct settings;

struct burden {
    uint64_t limit;    /* of all loops, in bytes; 0: none */
    uint64_t share;    /* of this one */
    int64_t next_look; /* in steady milliseconds: no sooner */
    int64_t alarm_ms;  /* when the loop must look, whatever happens; 0: at no time */
    bool asking;
};

void burden_adopt(struct loop *loop, const struct settings *settings) ON_NET;

/* Once per turn: has it become too much? Then some are closed, now or when all have answered. */
void burden_check(struct loop *loop) ON_NET;

#endif
