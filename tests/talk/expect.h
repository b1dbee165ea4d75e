/*
 * expect - what a reply has to be: the lines of a talk file that begin with `<`.
 *
 * Owner   a section; a zeroed struct expects nothing.
 * Memory  on the heap, released by expect_fini.
 * Cost    of no concern.
 * Errors  false, and one sentence in `why`.
 */
#ifndef TESTS_TALK_EXPECT_H
#define TESTS_TALK_EXPECT_H

#include "tests/talk/text.h"

/* Answers the text in which a captured value is kept, made when it is not there yet. */
typedef struct text *(*expect_keep)(void *context, const char *name, size_t len);

struct expect {
    struct expect_item *items;
    size_t count;
};

void expect_fini(struct expect *);

/* Adds the values of one line, from behind "< " or "<~ " on (then `glob` is true). */
bool expect_line(struct expect *, const char *line, size_t len, int number, bool glob,
                 struct text *why);

/* How many items the reply that begins with item `first` is made of; 0 when some are missing. */
size_t expect_span(const struct expect *, size_t first);
int expect_number(const struct expect *, size_t item);

/* Compares one whole reply; on success what is to be captured is kept. */
bool expect_match(const struct expect *, size_t first, const char *bytes, size_t len,
                  expect_keep keep, void *context);

/* The items first .. first + count - 1 as they were written. */
void expect_print(const struct expect *, size_t first, size_t count, struct text *);

#endif
