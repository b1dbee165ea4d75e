/*
 * compare - are the answers of two servers to a scenario the same?
 *
 * Owner   nobody; functions of bytes.
 * Memory  none but for a moment.
 * Cost    one comparison of all bytes when they are the same; else a walk through both.
 * Errors  none: what is no answer is a difference.
 */
#ifndef TESTS_DIFF_COMPARE_H
#define TESTS_DIFF_COMPARE_H

#include "tests/diff/subject.h"

#define COMPARE_SAME ((size_t)-1)

/* The first request that was answered in another way; the number of requests when what the scans
 * found or how the connection ended differs. */
size_t compare_answers(const struct scenario *, const struct subject *oracle,
                       const struct subject *other);

/* Counts for each command what was tried and what has succeeded. */
void compare_count(const struct scenario *, const struct subject *oracle);

/* The answer to a request, NULL when there is none. */
const char *compare_answer(const struct subject *, size_t index, size_t *len);

#endif
