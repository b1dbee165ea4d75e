/*
 * shrink - makes a scenario with a difference as small as it can while a difference stays.
 *
 * Owner   the program.
 * Memory  a few scenarios.
 * Cost    a few hundred conversations with both servers.
 * Errors  a difference that does not come again leaves the scenario as it is: false.
 */
#ifndef TESTS_DIFF_SHRINK_H
#define TESTS_DIFF_SHRINK_H

#include "tests/diff/subject.h"

/* At the end both subjects hold their answers to what is left. */
bool shrink(struct scenario *, struct subject *oracle, struct subject *other);

#endif
