/*
 * tallied - the sections of INFO that tell which commands were run how often, how long they took, and
 * which errors there were: what tally.h has counted.
 *
 * Owner   the caller; see info.h.
 * Memory  none but the text's.
 * Cost    a line of printf for each command that was run.
 * Errors  none.
 */
#ifndef NET_TALLIED_H
#define NET_TALLIED_H

#include "net/info.h"

void tallied_commands(const struct info *info, struct reply *text) ANY_THREAD;
void tallied_errors(const struct info *info, struct reply *text) ANY_THREAD;
void tallied_latencies(const struct info *info, struct reply *text) ANY_THREAD;

#endif
