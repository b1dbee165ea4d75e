/*
 * dispatch - a parsed command's way: does it exist, may they, is it complete, where does it go.
 *
 * Owner   the loop of the connection.
 * Memory  a request from the loop's pool.
 * Cost    finding the row, routing, one list operation.
 * Errors  are answers: each takes its place in the order of replies.
 */
#ifndef NET_DISPATCH_H
#define NET_DISPATCH_H

#include "net/conn.h"

/* The command in conn->resp, whose first byte is `bytes`, in conn->input. May stall or end the
 * connection. */
void dispatch_command(struct conn *conn, const char *bytes) ON_NET;

/* Is what is here of the command in conn->resp enough to know that it will be refused? Then it is
 * refused, when all its `words` have come, by those that were kept. */
bool dispatch_would_refuse(const struct conn *conn, const char *bytes) ON_NET;
void dispatch_refused(struct conn *conn, const char *bytes, uint32_t words) ON_NET;

/* Commands at the start of the unparsed input that are all here and of a few short words: as many
 * as are for one shard and from a client like any other, or one. True when there was any. May stall
 * or end the connection. */
bool dispatch_usual(struct conn *conn) ON_NET;

/* The connection may go on: sends what was parked. */
void dispatch_resume(struct conn *conn) ON_NET;

/* An error of the protocol: answered behind all earlier commands, then the connection ends. */
void dispatch_protocol_error(struct conn *conn, const char *text) ON_NET;

/* A whole request has its answer: it goes out in its turn, or is dropped when the asker has gone.
 */
void dispatch_answered(struct loop *loop, struct request *whole) ON_NET;
/* The same for several, linked by `link`. */
void dispatch_answered_all(struct loop *loop, struct request *first) ON_NET;

#endif
