/*
 * glob - the patterns of KEYS, SCAN and CONFIG GET: * ? [a-z] [^a] and \ to quote.
 *
 * Owner   pure function.
 * Memory  none; never recursive, so no pattern can exhaust the stack.
 * Cost    at most pattern * text steps, for any pattern; without a star, one pass.
 * Errors  none; an unterminated class or a lone backslash matches as in Redis 7.0.
 */
#ifndef CACHE_GLOB_H
#define CACHE_GLOB_H

#include <stdbool.h>

#include "cache/bytes.h"

/*
 * The empty text is matched by the empty pattern and by "*", but not by "**": so say KEYS and SCAN.
 * In [a-b] the ends may stand in either order, bytes of 128 and more count as below 0, and a class
 * without its ] reaches to the end of the pattern.
 */
bool glob_match(struct bytes pattern, struct bytes text);

/* Letters match in either case, except quoted ones inside a class. */
bool glob_match_nocase(struct bytes pattern, struct bytes text);

#endif
