/*
 * manual - what people are told of a command: COMMAND DOCS and HELP, all of it read off its row.
 *
 * Owner   pure functions over constant rows.
 * Memory  none but the reply's.
 * Cost    proportional to what is written; a container looks through all rows for its subcommands.
 * Errors  a syntax that cannot be parsed stops the program: it is a bug in the row.
 */
#ifndef CACHE_MANUAL_H
#define CACHE_MANUAL_H

#include "cache/command.h"
#include "cache/reply.h"

/* What COMMAND DOCS says of it, without its name. */
void manual_docs(const struct command_table *table, const struct command *command,
                 struct reply *reply);

/* The HELP subcommand of a container: a line for what to write, a line for what it does. */
void manual_help(const struct command_table *table, const struct command *container,
                 struct reply *reply);

#endif
