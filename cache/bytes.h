/*
 * bytes - a borrowed view of bytes: where they are and how many.
 *
 * Owner   somebody else; a view is never freed and never outlives what it looks at.
 * Memory  two words, passed by value.
 * Cost    comparing is one memcmp.
 * Errors  none; any byte value is allowed, there is no terminating zero.
 */
#ifndef CACHE_BYTES_H
#define CACHE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const char *at;
    size_t len;
};

/* A view of a literal or another zero-terminated text. */
static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){text, strlen(text)};
}

static inline struct bytes bytes_new(const char *at, size_t len)
{
    return (struct bytes){at, len};
}

static inline bool bytes_same_word(const char *a, const char *b)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return x == y;
}

/* Keys are mostly 8 to 64 bytes long: a word at a time, the last one overlapping, beats a call. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    size_t i;

    if (a.len != b.len)
        return false;
    if (a.len < 8 || a.len > 64)
        return memcmp(a.at, b.at, a.len) == 0;
    for (i = 0; i + 8 < a.len; i += 8)
        if (!bytes_same_word(a.at + i, b.at + i))
            return false;
    return bytes_same_word(a.at + a.len - 8, b.at + a.len - 8);
}

static inline void bytes_copy_16(char *to, const char *from, size_t at)
{
    memcpy(to + at, from + at, 16);
}

/* memcpy for what is mostly short: up to 128 bytes by a few moves that may overlap, without a call. */
static inline void bytes_copy(char *to, const char *from, size_t len)
{
    if (len - 16 > 112) {
        if (len >= 16) {
            memcpy(to, from, len);
        } else if (len >= 8) {
            uint64_t first, last;

            memcpy(&first, from, 8);
            memcpy(&last, from + len - 8, 8);
            memcpy(to, &first, 8);
            memcpy(to + len - 8, &last, 8);
        } else {
            for (; len > 0; len--)
                *to++ = *from++;
        }
        return;
    }
    bytes_copy_16(to, from, len - 16);
    for (size_t at = 0; at + 16 < len; at += 16)
        bytes_copy_16(to, from, at);
}

/* ASCII case folding, whatever the locale says. */
static inline char bytes_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Does the view say `word`, in any letter case? `word` must be lower case. */
static inline bool bytes_say(struct bytes a, const char *word)
{
    size_t i;

    for (i = 0; i < a.len; i++)
        if (word[i] == '\0' || bytes_lower(a.at[i]) != word[i])
            return false;
    return word[i] == '\0';
}

#endif
