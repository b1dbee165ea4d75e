/*
 * text - bytes that grow, and the escapes in which talk files write them.
 *
 * Owner   whoever declares one; a zeroed struct is an empty text.
 * Memory  on the heap, released by text_fini; `data` may move whenever something is added.
 * Cost    doubling growth.
 * Errors  no memory ends the program.
 */
#ifndef TESTS_TALK_TEXT_H
#define TESTS_TALK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data;
    size_t len;
    size_t room;
};

void text_fini(struct text *);
void text_clear(struct text *);
void text_add(struct text *, const void *data, size_t len);
void text_add_char(struct text *, char);
void text_format(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends with a NUL that does not count, so that `data` is a C string. */
const char *text_string(struct text *);

/* `len` bytes as people can read them: \r \n \t \\ \xHH, everything else as it is. */
void text_escape(struct text *, const void *data, size_t len);

/* One character, escaped or not, from *at (before `end`); *at moves behind it. */
char text_unescape_char(const char **at, const char *end);
void text_unescape(struct text *, const char *data, size_t len);

#endif
