/*
 * checker - is there an order of the operations, each somewhere between its call and its return, in which
 * the store would have answered as it did?
 *
 * Source  J. Wing, C. Gong, "Testing and verifying concurrent objects", 1993; G. Lowe, "Testing for
 *         linearizability", 2017: which sets of operations have led to which state is remembered.
 *         Operations of one client on one key keep their order even when they overlap: they were
 *         sent one behind the other.
 * Owner   one thread.
 * Memory  as much as there are operations; and a word for each way that was tried.
 * Cost    near linear when few operations overlap, exponential in how many do.
 * Errors  CHECKER_UNDECIDED when it takes too long.
 */
#ifndef TESTS_LIN_CHECKER_H
#define TESTS_LIN_CHECKER_H

#include "tests/lin/history.h"

enum verdict { CHECKER_FINE, CHECKER_VIOLATED, CHECKER_UNDECIDED };

/* All keys are absent at first. `ops` are put into the order of their calls; *stuck is then the operation
 * that no order gets beyond. */
enum verdict checker_judge(struct op *ops, size_t count, size_t *stuck);

#endif
