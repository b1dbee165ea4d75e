/*
 * answer - what the null server says: the cheapest replies that croft-bench takes for true.
 *
 * It trusts the client, stores nothing, and reads of a request only how long its parts are. A GET
 * gets a value as long as the last one that was SET, made of the key's digits; all else gets +OK,
 * a line that is no array gets +null.
 *
 * Owner   one per server; its thread.
 * Memory  fixed.
 * Cost    some nanoseconds per request, no system calls.
 * Errors  ANSWER_LOST when what came cannot be a request.
 */
#ifndef BENCH_NULL_ANSWER_H
#define BENCH_NULL_ANSWER_H

#include <stddef.h>

#define ANSWER_VALUE 1024u /* bytes of the longest value */
#define ANSWER_ROOM (ANSWER_VALUE + 16u)
#define ANSWER_LOST ((size_t)-1)

struct answer {
    size_t value_len;
    char head[8]; /* $64\r\n */
    size_t head_len;
};

void answer_init(struct answer *);

/*
 * Answers the whole requests of `in`, as far as each has ANSWER_ROOM bytes in `out`; gives how
 * many bytes of `in` they were, and writes `*out_len`.
 */
size_t answer_all(struct answer *, const char *in, size_t in_len, char *out, size_t room,
                  size_t *out_len);

#endif
