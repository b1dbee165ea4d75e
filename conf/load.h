/*
 * load - reads settings from files, standard input and the command line.
 *
 * Owner   the thread that starts the server.
 * Memory  the texts read are freed before return; the settings keep copies.
 * Cost    reads whole files, 16 MiB at most each.
 * Errors  false, and in `why` all that there is to print on standard error, several lines in the
 *         shape Redis made customary. Lines before the wrong one have been applied, so the settings
 *         are to be thrown away.
 */
#ifndef CONF_LOAD_H
#define CONF_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/settings.h"
#include "conf/why.h"

/*
 * The whole start:
 *
 *     croft [file] [-] [--name value ...] [-]
 *
 * in the order file, standard input (when the first or last argument is -), command line; the last
 * one wins. argv[0] is skipped. Remembers the file's absolute path in config_file. Options that are
 * no settings (--help, --version) are to be handled before.
 */
bool load_arguments(struct settings *, int argc, char *const *argv, struct why *);

/* One file and what it includes. `why` is filled as above. */
bool load_file(struct settings *, const char *path, struct why *);

/* Lines of text, as of a file called `where` in the errors. */
bool load_text(struct settings *, const char *where, const char *text, size_t len, struct why *);

/* The header of fatal errors around a reason: for a setting that turned out wrong after reading. */
void load_explain(struct why *, const char *where, size_t line_number, const char *line,
                  const char *reason);

/* The whole file for free(), or NULL with the reason in errno. */
char *load_read(const char *path, size_t *len);

#endif
