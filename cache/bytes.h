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

#include <endian.h>
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

/* As many bytes as one move takes, wherever they lie. */
typedef uint8_t bytes_16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t bytes_8 __attribute__((aligned(1), may_alias));
typedef uint32_t bytes_4 __attribute__((aligned(1), may_alias));
typedef uint16_t bytes_2 __attribute__((aligned(1), may_alias));

/* Bytes as a number, the first one lowest. */
static inline uint64_t bytes_load8(const char *at)
{
    return le64toh(*(const bytes_8 *)at);
}

static inline uint64_t bytes_load4(const char *at)
{
    return le32toh(*(const bytes_4 *)at);
}

static inline uint64_t bytes_load1(const char *at)
{
    return (unsigned char)*at;
}

/*
 * The same for up to 8. Two overlapping reads of four, or three of one byte, cost no loop and no
 * jump table: what both saw is the same, so or-ing it twice does no harm.
 */
static inline uint64_t bytes_load(const char *at, size_t len)
{
    if (len >= 4)
        return bytes_load4(at) | bytes_load4(at + len - 4) << (8 * (len - 4));
    if (len == 0)
        return 0;
    return bytes_load1(at) | bytes_load1(at + len / 2) << (8 * (len / 2)) |
           bytes_load1(at + len - 1) << (8 * (len - 1));
}

static inline bool bytes_same_word(const char *a, const char *b)
{
    return *(const bytes_8 *)a == *(const bytes_8 *)b;
}

/* Are they the same, and of 8 to 64 bytes? Without a call, so that nothing is saved for one. */
static inline bool bytes_are_plainly_equal(struct bytes a, struct bytes b)
{
    size_t i;

    if (a.len != b.len || a.len - 8 > 56 || !bytes_same_word(a.at, b.at))
        return false;
    for (i = 8; i + 8 < a.len; i += 8)
        if (!bytes_same_word(a.at + i, b.at + i))
            return false;
    return bytes_same_word(a.at + a.len - 8, b.at + a.len - 8);
}

/* Keys are mostly 8 to 64 bytes long: a word at a time, the last one overlapping, beats a call. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    if (a.len < 8 || a.len > 64)
        return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
    return bytes_are_plainly_equal(a, b);
}

/* One move from each end: what is between those is copied twice, and what overlaps is read before it
 * is written. */
#define BYTES_COPY_ENDS(type, to, from, len)                               \
    do {                                                                   \
        const type first_ = *(const type *)(from);                         \
        const type last_ = *(const type *)((from) + (len) - sizeof(type)); \
                                                                           \
        *(type *)(to) = first_;                                            \
        *(type *)((to) + (len) - sizeof(type)) = last_;                    \
    } while (0)

/* 33 to 64 bytes. */
static inline void bytes_copy_64(char *to, const char *from, size_t len)
{
    const bytes_16 a = *(const bytes_16 *)from, b = *(const bytes_16 *)(from + 16);
    const bytes_16 c = *(const bytes_16 *)(from + len - 32);
    const bytes_16 d = *(const bytes_16 *)(from + len - 16);

    *(bytes_16 *)to = a;
    *(bytes_16 *)(to + 16) = b;
    *(bytes_16 *)(to + len - 32) = c;
    *(bytes_16 *)(to + len - 16) = d;
}

/* Up to 64 bytes by a few moves, without a call or a loop. */
static inline void bytes_copy_short(char *to, const char *from, size_t len)
{
    if (len > 32)
        bytes_copy_64(to, from, len);
    else if (len >= 16)
        BYTES_COPY_ENDS(bytes_16, to, from, len);
    else if (len >= 8)
        BYTES_COPY_ENDS(bytes_8, to, from, len);
    else if (len >= 4)
        BYTES_COPY_ENDS(bytes_4, to, from, len);
    else if (len >= 2)
        BYTES_COPY_ENDS(bytes_2, to, from, len);
    else if (len == 1)
        *to = *from;
}

/* memmove for what is mostly short. */
static inline void bytes_copy(char *to, const char *from, size_t len)
{
    if (__builtin_expect(len > 64, 0))
        memmove(to, from, len);
    else
        bytes_copy_short(to, from, len);
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
