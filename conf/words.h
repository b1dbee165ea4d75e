/*
 * words - splits a line into words and quotes them again, as configuration files and inline
 * commands want it.
 *
 *     set  "a b\x00\n"  'it\'s'      three words; the second holds a zero byte
 *
 * Owner   the caller. Zeroed words are empty and may be freed.
 * Memory  every word is a block of its own with a zero byte behind it that `len` does not count.
 * Cost    one pass, one allocation per word.
 * Errors  quotes that do not end, or that end right before another word: false, and no words. The
 *         same when there is no memory, with errno ENOMEM; otherwise errno is 0.
 */
#ifndef CONF_WORDS_H
#define CONF_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
    size_t count;
    char **at;
    size_t *len;
};

/* Reads up to `len` bytes, or to the first zero byte. An empty line is no words and true. */
bool words_split(struct words *, const char *line, size_t len);
void words_free(struct words *);

/* Adds a copy; false: no memory. */
bool words_add(struct words *, const char *word, size_t len);

/* The word as words_split reads it back: bare if it can be, else in double quotes. For free().
 * NULL: no memory. */
char *words_quote(const char *word, size_t len);

#endif
