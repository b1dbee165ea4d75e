/*
 * condition - IFEQ, IFNE, IFDEQ, IFDNE: whether a text is still what a client believes it to be, said
 * by the text itself or by its digest.
 *
 * Owner   pure functions.
 * Memory  a view of the client's word.
 * Cost    comparing, or hashing the text: XXH3, 64 bits.
 * Errors  condition_read answers the client and returns false.
 */
#ifndef CACHE_CONDITION_H
#define CACHE_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/args.h"

struct reply;

enum condition_kind { CONDITION_NONE, CONDITION_TEXT, CONDITION_DIGEST };

struct condition {
    enum condition_kind kind;
    bool differs; /* it must not be so */
    struct bytes text;
    uint64_t digest;
};

#define CONDITION_DIGITS 16

/* Hexadecimal; CONDITION_DIGITS of them, without a terminating zero. */
void condition_digest(struct bytes text, char *digits);

/* Is word `index` one of them, with another word behind it? */
bool condition_is(const struct args *args, uint32_t index);

/* Reads it, and its operand. */
bool condition_read(const struct args *args, uint32_t index, struct condition *condition,
                    struct reply *reply);

/* `text`: NULL when there is no such key, which differs from everything. */
bool condition_holds(const struct condition *condition, const struct bytes *text);

#endif
