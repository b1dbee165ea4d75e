#include "net/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void tally_fini(struct tally *tally)
{
    unsigned i;

    for (i = 0; i < TALLY_COMMANDS; i++)
        free(tally->commands[i].durations);
}

void tally_reset(struct tally *tally)
{
    const bool coarse = tally->coarse;

    tally_fini(tally);
    *tally = (struct tally){.coarse = coarse};
}

/* The code of "-WRONGTYPE Operation against ...". */
static struct bytes code_of(const struct reply *reply)
{
    size_t len = 1;

    while (len < reply->len && len < TALLY_CODE && reply->at[len] != ' ' && reply->at[len] != '\r')
        len++;
    return bytes_new(reply->at + 1, len - 1);
}

static void count_error(struct tally *tally, struct bytes code, uint64_t count)
{
    struct tally_error *error = tally->errors;
    const struct tally_error *end = error + tally->error_count;

    while (error < end && !bytes_equal(bytes_of(error->code), code))
        error++;
    if (error == end && tally->error_count < TALLY_ERRORS) {
        memcpy(error->code, code.at, code.len);
        error->code[code.len] = '\0';
        tally->error_count++;
    } else if (error == end) {
        error--;
    }
    error->count += count;
}

void tally_answer(struct tally *tally, const struct request *request)
{
    const struct reply *reply = &request->cargo.reply;

    if (request->cargo.command != NULL) {
        tally_count(tally, request->net.row, request->cargo.nanoseconds, 1);
        tally->commands[request->net.row].failed += reply->failed;
    }
    if (reply->failed)
        count_error(tally, code_of(reply), 1);
}

/* NULL: no memory; then what took how long is not known. */
static struct durations *durations_of(struct tally_command *command)
{
    if (command->durations == NULL)
        command->durations = calloc(1, sizeof(*command->durations));
    return command->durations;
}

bool tally_is_sampled(struct tally *tally, unsigned row)
{
    return tally->commands[row].unsampled++ % TALLY_SAMPLED == 0;
}

void tally_sample(struct tally *tally, unsigned row, uint64_t nanoseconds)
{
    if (nanoseconds < TALLY_USUAL_NS)
        tally->commands[row].sampled = (uint32_t)nanoseconds;
}

void tally_count(struct tally *tally, unsigned row, uint32_t nanoseconds, unsigned count)
{
    struct tally_command *command = &tally->commands[row];
    struct durations *durations;

    command->calls += count;
    command->nanoseconds += (uint64_t)nanoseconds * count;
    if (!tally->coarse && (durations = durations_of(command)) != NULL)
        durations_add(durations, nanoseconds, count);
}

void tally_reject(struct tally *tally, const struct command_table *table,
                  const struct command *command)
{
    tally->commands[command_index(table, command)].rejected++;
}

/* --- from loop to loop --- */

/* What goes ahead of each command, and of all errors. */
struct head {
    uint32_t row; /* TALLY_COMMANDS: errors follow */
    uint32_t count;
};

static void write_head(uint32_t row, uint32_t count, struct reply *into)
{
    const struct head head = {.row = row, .count = count};

    reply_raw(into, &head, sizeof(head));
}

void tally_write(const struct tally *tally, bool durations, struct reply *into)
{
    unsigned i;

    for (i = 0; i < TALLY_COMMANDS; i++) {
        const struct tally_command *command = &tally->commands[i];
        const bool with = durations && command->durations != NULL;

        if (command->calls + command->rejected == 0)
            continue;
        write_head(i, with, into);
        reply_raw(into, command, sizeof(*command));
        if (with)
            reply_raw(into, command->durations, sizeof(*command->durations));
    }
    write_head(TALLY_COMMANDS, tally->error_count, into);
    reply_raw(into, tally->errors, tally->error_count * sizeof(tally->errors[0]));
}

/* A reply need not be aligned for what was copied into it. */
static void take(struct bytes *from, void *into, size_t size)
{
    assert(from->len >= size);
    memcpy(into, from->at, size);
    *from = bytes_new(from->at + size, from->len - size);
}

static void read_command(struct tally_command *sum, bool with, struct bytes *from)
{
    struct tally_command more;
    struct durations durations, *all;

    take(from, &more, sizeof(more));
    sum->calls += more.calls;
    sum->nanoseconds += more.nanoseconds;
    sum->rejected += more.rejected;
    sum->failed += more.failed;
    if (!with)
        return;
    take(from, &durations, sizeof(durations));
    all = durations_of(sum);
    if (all != NULL)
        durations_merge(all, &durations);
}

void tally_read(struct tally *sum, struct bytes from)
{
    struct head head;

    for (take(&from, &head, sizeof(head)); head.row != TALLY_COMMANDS;
         take(&from, &head, sizeof(head)))
        read_command(&sum->commands[head.row], head.count > 0, &from);
    while (head.count-- > 0) {
        struct tally_error error;

        take(&from, &error, sizeof(error));
        count_error(sum, bytes_of(error.code), error.count);
    }
}
