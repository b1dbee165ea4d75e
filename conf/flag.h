/*
 * flag - the options of the tools beside the server, as people are told of them: --help, manual and
 * completion are made of these rows.
 *
 * Owner   constant rows of the tool that has them.
 * Memory  none.
 * Cost    for people.
 * Errors  those of the stream; the caller looks at ferror.
 */
#ifndef CONF_FLAG_H
#define CONF_FLAG_H

#include <stdbool.h>
#include <stdio.h>

struct flag {
    const char *name;     /* "port": --port */
    char letter;          /* 'p': -p, too; 0: there is none */
    const char *argument; /* what it takes: "N"; NULL: nothing */
    const char *help;     /* one line */
    const char *words;    /* what it may be, for completion: "one two", "FILE"; NULL: anything */
};

#define FLAG_FILE "FILE" /* as words: any file */

/* "-p, --port N": what is written, of at most FLAG_USAGE bytes. */
#define FLAG_USAGE 48
const char *flag_usage(const struct flag *flag, char into[FLAG_USAGE]);

/* A line of --help. `letters` leaves room for those of other rows. */
void flag_print(FILE *out, const struct flag *flag, bool letters);

#endif
