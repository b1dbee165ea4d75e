/*
 * explain - what COMMAND INFO and the ACL categories tell of a command, all of it read off its row.
 *
 * Owner   pure functions over constant rows.
 * Memory  none but the reply's.
 * Cost    proportional to what is written; a container looks through all rows for its subcommands.
 * Errors  none.
 */
#ifndef CACHE_EXPLAIN_H
#define CACHE_EXPLAIN_H

#include <stdbool.h>

#include "cache/args.h"
#include "cache/command.h"
#include "cache/reply.h"

/* The ten elements of COMMAND INFO. */
void explain_info(const struct command_table *table, const struct command *command,
                  struct reply *reply);

/* What `command` does with the key at word `index` when it is said with these words; its row must
 * have keys. */
void explain_key_flags(const struct command *command, const struct args *args, uint32_t index,
                       struct reply *reply);

/* The ACL categories by index, without the @; NULL behind the last. */
const char *explain_category(size_t index);

/* Does it belong to this ACL category, in any letter case and without the @? */
bool explain_is_in_category(const struct command *command, struct bytes category);

#endif
