/*
 * tap - the Test Anything Protocol, version 12: what `prove` and ctest read.
 *
 * Owner   one per test program; any of its threads may report.
 * Memory  static counters only.
 * Cost    a line on standard output per check, flushed.
 * Errors  a failed check prints file, line and what was expected on standard error; tap_done gives
 *         the exit status: 0 when something was checked, all passed and the plan was kept, else 1.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, expected, ...) \
    tap_is_int((int64_t)(got), (int64_t)(expected), __FILE__, __LINE__, __VA_ARGS__)
#define is_text(got, expected, ...) tap_is_text((got), (expected), __FILE__, __LINE__, __VA_ARGS__)
#define is_bytes(got, got_len, expected, expected_len, ...) \
    tap_is_bytes((got), (got_len), (expected), (expected_len), __FILE__, __LINE__, __VA_ARGS__)

/* How many checks will follow; without it, tap_done prints the plan. */
void tap_plan(unsigned count);
bool tap_ok(bool passed, const char *file, int line, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
bool tap_is_int(int64_t got, int64_t expected, const char *file, int line, const char *name, ...)
    __attribute__((format(printf, 5, 6)));
bool tap_is_text(const char *got, const char *expected, const char *file, int line,
                 const char *name, ...) __attribute__((format(printf, 5, 6)));
bool tap_is_bytes(const void *got, size_t got_len, const void *expected, size_t expected_len,
                  const char *file, int line, const char *name, ...)
    __attribute__((format(printf, 7, 8)));

/* `count` checks are not made, and why. */
void tap_skip(unsigned count, const char *why, ...) __attribute__((format(printf, 2, 3)));
/* The whole program is skipped; exits 0. */
void tap_skip_all(const char *why, ...) __attribute__((format(printf, 1, 2), noreturn));
/* A remark for people, on standard error. */
void tap_note(const char *text, ...) __attribute__((format(printf, 1, 2)));
/* Nothing more makes sense; exits 255. */
void tap_bail(const char *why, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Ends the program: `return tap_done();` */
int tap_done(void);

#endif
