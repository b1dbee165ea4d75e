/*
 * waiting - clients that wait for something that may not happen: WAIT, WAITAOF; and CLIENT PAUSE, which lets
 * all wait.
 *
 * Owner   a loop; CLIENT PAUSE and CLIENT UNBLOCK reach all of them by message.
 * Memory  a few words for each who waits. The request stays the loop's until it is answered.
 * Cost    proportional to how many wait, when one is due; none when nobody waits.
 * Errors  none.
 */
#ifndef NET_WAITING_H
#define NET_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/command.h"
#include "shard/owner.h"

struct loop;
struct request;
struct wait;

enum pause { PAUSE_NONE, PAUSE_WRITES, PAUSE_ALL };

struct waiting {
    struct wait *first;
    unsigned count;
    enum pause pause;
    int64_t pause_end_ms; /* steady clock */
    int64_t alarm_ms;     /* when the first of all is due; 0: none is */
};

/* The request, which a handler with .on_taken has kept, is answered at `due_ms` (steady clock; 0: never),
 * or when somebody unblocks its client, with what the handler has written into its reply. False: no memory, and
 * it is not kept. */
bool waiting_add(struct loop *loop, struct request *request, int64_t due_ms) ON_NET;

/* Does it wait here? */
bool waiting_holds(const struct loop *loop, const struct request *request) ON_NET;

/* CLIENT UNBLOCK: was the client of that number waiting? With `failed` it gets an error. */
bool waiting_unblock(struct loop *loop, uint64_t client, bool failed) ON_NET;

/* A pause only grows; it ends at its time, or now. */
void waiting_pause(struct loop *loop, enum pause pause, int64_t end_ms) ON_NET;
void waiting_unpause(struct loop *loop) ON_NET;

/* Must such a command wait? */
bool waiting_is_paused(const struct loop *loop, const struct command *command) ON_NET;

/* Answers those whose time has come, and those who have gone; with `all` everybody. */
void waiting_ring(struct loop *loop, bool all) ON_NET;

#endif
