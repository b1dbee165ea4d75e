/*
 * transcript - scenarios as people read and keep them: the lines of talk files.
 *
 * Owner   the program.
 * Memory  one file at a time.
 * Cost    of no concern.
 * Errors  what cannot be read ends the program.
 */
#ifndef TESTS_DIFF_TRANSCRIPT_H
#define TESTS_DIFF_TRANSCRIPT_H

#include <stdio.h>

#include "tests/diff/subject.h"

/* A section, with the oracle's answers, and as a remark the other's where they differ. */
void transcript_print(FILE *, const char *title, const struct scenario *,
                      const struct subject *oracle, const struct subject *other);

/* Reads the requests of one section, and passes over the answers; false at the end. `title` has
 * room for 200 bytes. */
bool transcript_read(FILE *, char *title, struct scenario *);

#endif
