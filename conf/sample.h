/*
 * sample - what people read about the settings, from the same rows that the server reads.
 *
 * Owner   pure functions of the rows.
 * Memory  none.
 * Cost    for people.
 * Errors  those of the stream; the caller looks at ferror.
 */
#ifndef CONF_SAMPLE_H
#define CONF_SAMPLE_H

#include <stdio.h>

/* The whole sample configuration, which is also conf/croft.conf. All its values are the defaults.
 */
void sample_print(FILE *);

/* The part of --help about settings: those most used. */
void sample_print_help(FILE *);

#endif
