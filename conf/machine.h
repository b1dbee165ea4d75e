/*
 * machine - how much memory this process may use: the machine's, or less when its control group
 * (version 1 or 2) says so.
 *
 * Owner   pure functions of the system; any thread.
 * Memory  none.
 * Cost    a few small files are read.
 * Errors  none; what the system does not tell is no limit.
 */
#ifndef CONF_MACHINE_H
#define CONF_MACHINE_H

#include <stdint.h>

/* In bytes. */
uint64_t machine_memory(void);       /* of the machine */
uint64_t machine_memory_limit(void); /* that may be used of it */

/* For tests: the limit by the files under `root`, as /proc/self/cgroup would name them in `groups`. */
uint64_t machine_limit_by(const char *groups, const char *root);

#endif
