/*
 * privileges - what the process may still do once it has what it needs: as another user than root, and
 * with few system calls.
 *
 * Owner   main; both change all threads that exist.
 * Memory  none.
 * Cost    nothing to speak of afterwards: the kernel remembers which calls are always allowed.
 * Errors  false and a sentence. What cannot be given up must not be kept in silence.
 */
#ifndef NET_PRIVILEGES_H
#define NET_PRIVILEGES_H

#include <stdbool.h>

#include "conf/why.h"
#include "shard/owner.h"

/* Started as root: becomes that user, with that one's groups. False for a user that does not exist,
 * and for anybody else than root who is not that user. */
bool privileges_become(const char *user, struct why *why) ON_MAIN;

/* From now on the kernel refuses (EPERM) what a running server does not need: other programs, other
 * processes, the system's settings. */
bool privileges_limit_calls(struct why *why) ON_MAIN;

#endif
