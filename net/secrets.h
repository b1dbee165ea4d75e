/*
 * secrets - words of commands that nobody should read later: passwords.
 *
 * Owner   pure functions.
 * Memory  none.
 * Cost    a few comparisons, for what is noted or shown.
 * Errors  none.
 */
#ifndef NET_SECRETS_H
#define NET_SECRETS_H

#include <stdbool.h>

#include "cache/args.h"
#include "cache/command.h"

#define SECRETS_SHOWN "(redacted)"

/* Is it to be shown as that? */
bool secrets_hide(const struct command *command, const struct args *args, uint32_t index);

#endif
