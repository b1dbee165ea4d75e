/*
 * rewrite - CONFIG REWRITE: brings a configuration file up to date.
 *
 * What a restart would read from the file already is left exactly as it stands, comments and
 * unknown lines too. An option that differs is written over its line, or behind the rest.
 *
 * Owner   whoever runs it; nothing else may write the file meanwhile.
 * Memory  the file, twice, for a moment.
 * Cost    two flushes to the disk: it may take long, and must not be done where clients wait.
 * Errors  false and the complete error to be sent after "ERR "; the file is as before then. A crash
 * at any moment leaves the old file or the new one, never a mixture.
 */
#ifndef CONF_REWRITE_H
#define CONF_REWRITE_H

#include <stdbool.h>

#include "conf/settings.h"
#include "conf/why.h"

/* The file is settings->config_file. */
bool rewrite_file(const struct settings *, struct why *);

#endif
