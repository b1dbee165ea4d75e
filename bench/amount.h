/*
 * amount - numbers as people type and read them: 200k, 4mb; 1,234,567.
 *
 * Owner   pure functions.
 * Memory  the caller's.
 * Errors  false, and the output untouched.
 */
#ifndef BENCH_AMOUNT_H
#define BENCH_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* Digits, then nothing, k, m, g (thousands) or kb, mb, gb (powers of 1,024). */
bool amount_parse(const char *text, uint64_t *amount);

/* A number with nothing after it. */
bool amount_parse_real(const char *text, double *amount);

#define AMOUNT_TEXT 32

/* Writes it with commas, at most AMOUNT_TEXT with the terminating zero; returns `into`. */
char *amount_print(char *into, uint64_t amount);

#endif
