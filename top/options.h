/*
 * options - what croft-top was asked to do.
 *
 * Owner   main fills it in once; read only from then on.
 * Memory  points into argv and the environment; a password that was in argv is its own.
 * Errors  options_parse gives false and a sentence that names the option.
 */
#ifndef TOP_OPTIONS_H
#define TOP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conf/flag.h"
#include "conf/why.h"

struct options {
    const char *host;
    int port;
    const char *path;     /* of a Unix socket, instead of host and port; or NULL */
    const char *password; /* NULL: none is given */
    char *own_password;   /* the same, if it is to be freed */
    const char *user;     /* NULL: the standard one */
    double interval;      /* seconds */
    bool once, ascii, no_color;
    bool help, version;
};

/* Looks at REDISCLI_AUTH and NO_COLOR, too. A password on the command line is wiped there. */
bool options_parse(struct options *options, int argc, char **argv, struct why *why);
void options_fini(struct options *options);

void options_print_help(FILE *out);

/* The rows, one by one; NULL behind the last. */
const struct flag *options_flag(size_t index);

#define OPTIONS_ADDRESS 256

/* Where the server is, for people; returns `into`. */
const char *options_address(const struct options *options, char into[OPTIONS_ADDRESS]);

#endif
