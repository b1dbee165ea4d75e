/*
 * tally - how often each command was run, how long that took, and which errors were answered.
 *
 * Owner   a loop; INFO adds up copies.
 * Memory  a plain struct of some 20 KiB, and some 3 KiB for each command that was run.
 * Cost    a few additions for each row of commands that took equally long. The time of usual
 *         commands is measured once per batch of a host and shared out evenly among them, so sums
 *         are exact and single commands as good as their company; of FAST ones that loops answer
 *         themselves some are timed; others all, one by one.
 * Errors  beyond TALLY_ERRORS different codes, further ones are not told apart: they count as the
 *         last.
 */
#ifndef NET_TALLY_H
#define NET_TALLY_H

#include <stdint.h>

#include "cache/command.h"
#include "net/durations.h"
#include "shard/owner.h"
#include "shard/request.h"

#define TALLY_COMMANDS COMMAND_ROWS_MAX
#define TALLY_ERRORS 32
#define TALLY_CODE 24
#define TALLY_SAMPLED 16
#define TALLY_USUAL_NS 1000000 /* more than a sample may have taken */

struct tally_command {
    uint64_t calls;
    uint64_t rejected; /* refused before they ran */
    uint64_t nanoseconds;
    uint64_t failed;             /* ran and answered an error */
    uint32_t sampled;            /* nanoseconds that one of some took, see tally_is_sampled */
    uint32_t unsampled;          /* runs since then, and the one that was */
    struct durations *durations; /* NULL: none */
};

struct tally_error {
    uint64_t count;
    char code[TALLY_CODE]; /* "ERR", "WRONGTYPE" */
};

struct tally {
    struct tally_command commands[TALLY_COMMANDS]; /* by command_index */
    struct tally_error errors[TALLY_ERRORS];
    unsigned error_count;
    bool coarse; /* durations are not kept */
};

void tally_fini(struct tally *tally) ON_NET;
void tally_reset(struct tally *tally) ON_NET;

/* A request that is about to be answered: its command, its time, its error if it has one. */
void tally_answer(struct tally *tally, const struct request *request) ON_NET;
/* Where the clock is dearer than the command itself, one run in TALLY_SAMPLED is timed, and stands for those
 * behind it: is it this one's turn? */
bool tally_is_sampled(struct tally *tally, unsigned row) ON_NET;
/* It took so long; one that took unusually long is no example for others. */
void tally_sample(struct tally *tally, unsigned row, uint64_t nanoseconds) ON_NET;

/* The command of that row was run `count` times, and took so long each time. */
void tally_count(struct tally *tally, unsigned row, uint32_t nanoseconds, unsigned count) ON_NET;
void tally_reject(struct tally *tally, const struct command_table *table,
                  const struct command *command) ON_NET;

/* From loop to loop: one writes what it has, durations as wished; the other adds what it reads. */
void tally_write(const struct tally *tally, bool durations, struct reply *into) ON_NET;
void tally_read(struct tally *sum, struct bytes from) ON_NET;

#endif
