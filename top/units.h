/*
 * units - figures as people read them, at most UNITS_TEXT bytes with the zero behind them.
 *
 * Owner   pure functions; each returns `into`.
 * Memory  the caller's.
 * Cost    a printf.
 * Errors  none.
 */
#ifndef TOP_UNITS_H
#define TOP_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#define UNITS_TEXT 32

const char *units_count(char into[UNITS_TEXT], double count);                /* 12,345   1,234 k */
const char *units_bytes(char into[UNITS_TEXT], double bytes);                /* 12.3 MiB */
const char *units_time(char into[UNITS_TEXT], double us, bool ascii);        /* 66 us, 1.2 ms */
const char *units_percent(char into[UNITS_TEXT], double part, double whole); /* 98.1 %, - of 0 */
const char *units_span(char into[UNITS_TEXT], uint64_t seconds);             /* 3 h */

#endif
