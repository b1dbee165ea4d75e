#include "net/tally.h"

#include <string.h>

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
        tally_count(tally, request);
        tally->commands[request->net.row].failed += reply->failed;
    }
    if (reply->failed)
        count_error(tally, code_of(reply), 1);
}

void tally_reject(struct tally *tally, const struct command_table *table,
                  const struct command *command)
{
    tally->commands[command_index(table, command)].rejected++;
}

void tally_add(struct tally *sum, const struct tally *more)
{
    unsigned i;

    for (i = 0; i < TALLY_COMMANDS; i++) {
        sum->commands[i].calls += more->commands[i].calls;
        sum->commands[i].nanoseconds += more->commands[i].nanoseconds;
        sum->commands[i].rejected += more->commands[i].rejected;
        sum->commands[i].failed += more->commands[i].failed;
    }
    for (i = 0; i < more->error_count; i++)
        count_error(sum, bytes_of(more->errors[i].code), more->errors[i].count);
}
