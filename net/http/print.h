/*
 * print - text that is made piece by piece, in the room of a reply.
 *
 * Owner   whoever owns the reply.
 * Memory  the reply's.
 * Cost    a printf.
 * Errors  a piece is cut at some hundred bytes.
 */
#ifndef NET_HTTP_PRINT_H
#define NET_HTTP_PRINT_H

#include "cache/reply.h"
#include "shard/owner.h"

void print(struct reply *text, const char *format, ...)
    __attribute__((format(printf, 2, 3))) ANY_THREAD;

/* A text between double quotes, as JSON and Prometheus' labels both read it: for what is ours, or
 * has no characters but printable ASCII. */
void print_quoted(struct reply *text, const char *value) ANY_THREAD;

/* A key as redis-cli would show it, quotes and all, as a string of JSON. */
void print_key(struct reply *text, struct bytes key) ANY_THREAD;

#endif
