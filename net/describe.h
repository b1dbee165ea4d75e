/*
 * describe - a connection as the line that CLIENT LIST and CLIENT INFO show of it.
 *
 *     id=7 addr=127.0.0.1:50312 laddr=127.0.0.1:6379 fd=12 name= age=3 ... lib-name= lib-ver=
 *
 * Owner   the loop of the connection.
 * Memory  the text grows in `into`, which the caller owns.
 * Cost    two system calls for the addresses, the first time only.
 * Errors  none.
 *
 * Fields and their order are those of Redis 7.0 and, at the end, two of 7.2. What croft has no
 * counterpart of is 0: words are not copied out of the input (argv-mem), and there is no fixed
 * reply buffer (rbs, rbp, obl).
 */
#ifndef NET_DESCRIBE_H
#define NET_DESCRIBE_H

#include "cache/reply.h"
#include "net/conn.h"

#define DESCRIBE_ADDRESS 128 /* room for an address, or the path of a unix socket */

#define DESCRIBE_FLAGS 8 /* room for the letters of flags= */

/* The letters that say what a connection is like. */
void describe_flags(const struct conn *conn, char *flags) ON_NET;

/* Appends the line and its line break, not framed as RESP. */
void describe_conn(const struct conn *conn, struct reply *into) ON_NET;

#endif
