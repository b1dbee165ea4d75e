/*
 * usage - the section of INFO that tells what takes how much memory, and what may be taken.
 *
 * Owner   the caller; see info.h.
 * Memory  none but the text's.
 * Cost    some forty lines of printf.
 * Errors  none.
 */
#ifndef NET_USAGE_H
#define NET_USAGE_H

#include "net/info.h"

void usage_print(const struct info *info, struct reply *text) ANY_THREAD;

#endif
