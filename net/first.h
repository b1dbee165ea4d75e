/*
 * first - what one loop does for all: the first keeps the settings, the journal and the like.
 *
 * Owner   the loop that asks sends its request; the first loop answers it.
 * Memory  none.
 * Cost    a message there and back; none for clients of the first loop.
 * Errors  none.
 *
 * The client's connection waits for the answer before its next command is looked at.
 */
#ifndef NET_FIRST_H
#define NET_FIRST_H

#include "cache/command.h"
#include "net/session.h"
#include "shard/request.h"

/* .on_taken of a row: the first loop gets the request by .on_message. */
void first_ask(struct session *session, struct request *whole) ON_NET;

/* Its answer is complete. */
void first_answer(struct loop *first, struct request *request) ON_NET;

/* Sends the first loop something without a client's asking: a row with .on_loop, which finds it in
 * args->hidden. On the first loop itself that runs at once. False: no memory. */
bool first_tell(struct loop *loop, const struct command *command, void *hidden) ON_NET;

#endif
