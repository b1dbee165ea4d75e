/*
 * number - text to numbers and back, character for character as Redis 7.0 does it.
 *
 * Owner   pure functions.
 * Memory  none.
 * Cost    one pass; no errno, no strtoll. Only doubles go through snprintf, which is far slower.
 * Errors  false, and the output untouched.
 */
#ifndef CACHE_NUMBER_H
#define CACHE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/bytes.h"

/* Room for any int64 in decimal, with its sign; no terminating zero is written. */
#define NUMBER_DIGITS 20

/*
 * Decimal integers only: an optional '-', no '+', no spaces, no leading zeros (but "0"), no "-0",
 * -9223372036854775808 .. 9223372036854775807.
 */
bool number_parse(struct bytes text, int64_t *value);

/*
 * A cursor as SCAN takes it: digits after an optional '+' or '-', leading zeros allowed, at most
 * 18446744073709551615 before the sign; '-' wraps around. Blanks are refused. What follows a zero
 * byte is not looked at, and the empty text is 0, for that is what Redis makes of them.
 */
bool number_parse_cursor(struct bytes text, uint64_t *value);

/* Writes `value` in decimal; returns how many bytes, at most NUMBER_DIGITS. */
size_t number_print(char *into, int64_t value);
size_t number_print_unsigned(char *into, uint64_t value);

/* Room for any double, with the terminating zero that printing it may leave behind. */
#define NUMBER_DOUBLE 40

/* As Redis writes a double in RESP3: "%.17g", or "inf", "-inf", "nan". `into` is NUMBER_DOUBLE
 * long. */
size_t number_print_double(char *into, double value);

/*
 * Reads a floating-point number as Redis reads those of INCRBYFLOAT: all of the text, no blank before
 * it, "inf" allowed, shorter than NUMBER_LONG. Too small or too large a one is refused.
 */
#define NUMBER_LONG (5 * 1024)
bool number_parse_long(struct bytes text, long double *value);

/* With at most 17 digits behind the point and no zeros at the end of them. `into` is NUMBER_LONG
 * long; the value is finite. */
size_t number_print_long(char *into, long double value);

#endif
