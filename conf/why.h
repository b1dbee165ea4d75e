/*
 * why - one sentence that says what the world refused, and why.
 *
 * Owner   whoever declares it, usually on the stack; functions that can fail fill it in.
 * Memory  fixed; a longer sentence is cut.
 * Errors  none; writing a second reason replaces the first.
 */
#ifndef CONF_WHY_H
#define CONF_WHY_H

struct why {
    char text[512];
};

/* Writes the sentence. */
void why_set(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, with ": " and the text of errno after it. */
void why_errno(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
