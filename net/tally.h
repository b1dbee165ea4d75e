/*
 * tally - how often each command was run, how long that took, and which errors were answered.
 *
 * Owner   a loop; INFO adds up copies.
 * Memory  a plain struct of some 20 KiB.
 * Cost    a few additions per command. Time is measured once per batch of a host and shared out
 * evenly among its requests, so sums are exact and single commands as good as their company. Errors
 * beyond TALLY_ERRORS different codes, further ones are not told apart: they count as the last.
 */
#ifndef NET_TALLY_H
#define NET_TALLY_H

#include <stdint.h>

#include "cache/command.h"
#include "shard/owner.h"
#include "shard/request.h"

#define TALLY_COMMANDS COMMAND_ROWS_MAX
#define TALLY_ERRORS 32
#define TALLY_CODE 24

struct tally_command {
    uint64_t calls;
    uint64_t rejected; /* refused before they ran */
    uint64_t nanoseconds;
    uint64_t failed; /* ran and answered an error */
};

struct tally_error {
    uint64_t count;
    char code[TALLY_CODE]; /* "ERR", "WRONGTYPE" */
};

struct tally {
    struct tally_command commands[TALLY_COMMANDS]; /* by command_index */
    struct tally_error errors[TALLY_ERRORS];
    unsigned error_count;
};

/* A request that is about to be answered: its command, its time, its error if it has one. */
void tally_answer(struct tally *tally, const struct request *request) ON_NET;
/* The same for one that has a command and no error. */
static inline void tally_count(struct tally *tally, const struct request *request) ON_NET;
void tally_reject(struct tally *tally, const struct command_table *table,
                  const struct command *command) ON_NET;

void tally_add(struct tally *sum, const struct tally *more) ANY_THREAD;

static inline void tally_count(struct tally *tally, const struct request *request)
{
    struct tally_command *command = &tally->commands[request->net.row];

    command->calls++;
    command->nanoseconds += request->cargo.nanoseconds;
}

#endif
