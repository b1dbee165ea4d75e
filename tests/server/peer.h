/*
 * peer - a client's end of a connection to the child: hiredis where replies are values, plain bytes
 * where it matters how they are cut.
 *
 *     says(peer, "+OK", "SET %s %d", key, 7)         a request and its reply as one text
 *
 * Owner   the thread that uses it.
 * Memory  peer_close gives everything back; texts of replies are the caller's.
 * Cost    blocking, bounded by CHILD_PATIENCE_MS.
 * Errors  peer_open and peer_connect end the test when nobody listens; the others return false or
 *         NULL, and say why in a note.
 *
 * A reply as text: "+OK", "-ERR no", ":1", "$text", "$nil", "*2 $a :1".
 */
#ifndef TESTS_SERVER_PEER_H
#define TESTS_SERVER_PEER_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/server/child.h"

/* Bytes that grow. */
struct buffer {
    char *at;
    size_t len;
    size_t capacity;
};

void buffer_add(struct buffer *, const void *bytes, size_t len);
void buffer_addf(struct buffer *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A request; `format` as in redisCommand. */
void buffer_command(struct buffer *, const char *format, ...);
void buffer_fini(struct buffer *);

redisContext *peer_open(const struct child *);
redisContext *peer_open_unix(const char *path); /* NULL when nobody listens there */
void peer_close(redisContext *);

/* The next reply as text, NULL at the end of the connection. */
char *peer_next(redisContext *);
/* Is the next reply this one? */
bool peer_expect(redisContext *, const char *expected);

/* A request and its reply. */
char *ask(redisContext *, const char *format, ...);
long long ask_int(redisContext *, const char *format, ...); /* INT64_MIN for another type */
bool says(redisContext *, const char *expected, const char *format, ...);
/* Begins with it. */
bool says_start(redisContext *, const char *expected, const char *format, ...);

/* Has it a command of that name? Tests of what may come later skip without it. */
bool peer_knows(redisContext *, const char *command);

/* The number behind `name:` in INFO. */
long long peer_info(redisContext *, const char *name);

/* Polls INFO until the number is `wanted`; false when it never is. */
bool peer_wait_info(redisContext *, const char *name, long long wanted);

/* A plain socket, blocking, without delay. */
int peer_connect(const struct child *);
bool peer_send(int fd, const void *bytes, size_t len);
/* The same inline command, so many times in one pipeline. */
bool peer_send_line(int fd, const char *line, int times);
/* Ends the connection as a crash would: the other side is reset. */
void peer_reset(int fd);
/* All bytes until the end; true when it came properly, not by a reset and not never. */
bool peer_read_end(int fd, struct buffer *);

/*
 * Writes `out` in pieces of at most `piece` bytes (drawn between 1 and it, if `random` is not
 * NULL), while reading what comes, until `want` bytes have come. Neither side waits for the other.
 */
bool peer_pump(int fd, const struct buffer *out, size_t piece, unsigned *random, size_t want,
               struct buffer *in);

#endif
