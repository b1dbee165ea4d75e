/*
 * words - what stands on a line of a talk file becomes what is meant: variables, repeats, quotes.
 *
 * Owner   whoever declares one; a zeroed struct holds nothing.
 * Memory  on the heap, released by words_fini.
 * Cost    of no concern.
 * Errors  words_split answers false when a quote is not closed or is followed by more letters.
 */
#ifndef TESTS_TALK_WORDS_H
#define TESTS_TALK_WORDS_H

#include "tests/talk/text.h"

struct words {
    struct text *items;
    size_t count;
};

void words_fini(struct words *);

/* Separates a line as redis-cli does: "..." with escapes, '...' with \' only, anything else as is.
 */
bool words_split(struct words *, const char *line, size_t len);

/* The words as one RESP request. */
void words_request(const struct words *, struct text *out);

/* Answers a variable's value, NULL when there is no such variable. */
typedef const struct text *(*words_lookup)(void *context, const char *name, size_t len);

/* Copies a line, with ${name} replaced by the variable's value and {text*N} by N times text. */
void words_expand(const char *line, size_t len, words_lookup lookup, void *context,
                  struct text *out);

#endif
