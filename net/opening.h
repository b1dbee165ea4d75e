/*
 * opening - how usual commands began that were read a moment ago: "*2\r\n$3\r\nGET". One that begins
 * likewise, to the letter, has its row without being taken apart.
 *
 * Owner   a loop.
 * Memory  one opening for each number of words; all zero is ready for use.
 * Cost    two comparisons of eight bytes.
 * Errors  none; what is new is read the long way, and remembered.
 */
#ifndef NET_OPENING_H
#define NET_OPENING_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/command.h"
#include "shard/owner.h"

#define OPENING_LEN 16 /* bytes that are looked at */
#define OPENING_PLACES 8

struct opening {
    uint64_t start; /* "*2\r\n$3\r\n"; 0: none */
    uint64_t name;  /* as it was spelled, then zeros */
    uint64_t mask;  /* its bytes */
    const struct command *command;
    uint32_t words; /* with the name */
    uint16_t name_len;
    uint16_t row;
};

struct openings {
    struct opening places[OPENING_PLACES];
};

/* The opening that a command of at least OPENING_LEN bytes may have. */
static inline struct opening *openings_place(struct openings *openings, const char *bytes)
{
    struct opening *place = &openings->places[(unsigned char)bytes[1] & (OPENING_PLACES - 1)];

    /* Or else gcc computes the address again for each of its fields. */
    return __builtin_assume_aligned(place, _Alignof(struct opening));
}

/* Is it that? */
static inline bool opening_fits(const struct opening *opening, const char *bytes)
{
    return *(const bytes_8 *)bytes == opening->start &&
           (*(const bytes_8 *)(bytes + 8) & opening->mask) == opening->name;
}

/* A usual command of `words` words and at least OPENING_LEN bytes, whose name has one digit of
 * length. */
void opening_remember(struct opening *opening, const char *bytes, size_t name_len, uint32_t words,
                      const struct command *command, unsigned row) ON_NET;

#endif
