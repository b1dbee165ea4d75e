/*
 * processors - on which processors the threads run.
 *
 * Owner   main, before it starts other threads; a value of plain numbers from then on.
 * Memory  inside the struct.
 * Cost    a system call.
 * Errors  false with a reason: a list nobody can read, or processors this process may not use.
 *
 * A list is made of numbers and ranges, a range with a step if need be, and commas:
 * "0-7:2,12,14-15", as redis.conf(5) has it for server_cpulist.
 */
#ifndef SHARD_PROCESSORS_H
#define SHARD_PROCESSORS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/why.h"
#include "shard/owner.h"

#define PROCESSORS_MAX 1024 /* what a cpu_set_t can name */

struct processors {
    unsigned count;
    uint16_t numbers[PROCESSORS_MAX]; /* ascending */
};

/* Those that the process may use now, or the ones of the list when it is not empty. */
bool processors_read(struct processors *processors, const char *list, struct why *why) ON_MAIN;

/* The calling thread, and whom it will start, stay on these. */
bool processors_keep_to(const struct processors *processors, struct why *why) ON_MAIN;

/* The same with one of them: the nth, from the start again when there are fewer. Who starts a
 * thread that is to stay there does so before, and keeps to all again afterwards. */
bool processors_pin(const struct processors *processors, unsigned nth, struct why *why) ON_MAIN;

#endif
