/*
 * until - the ways to say when a key expires: EX, PX, EXAT, PXAT and a number.
 *
 * Owner   pure functions.
 * Memory  a constant table.
 * Cost    four comparisons of a word.
 * Errors  until_read answers the client and returns false.
 */
#ifndef CACHE_UNTIL_H
#define CACHE_UNTIL_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/args.h"

struct cache;
struct reply;

struct until {
    const char *word;
    int64_t unit; /* in milliseconds */
    bool absolute;
};

extern const struct until until_seconds;      /* EX */
extern const struct until until_milliseconds; /* PX */

/* NULL when the word is none of them. */
const struct until *until_find(struct bytes word);

/* Word `index` as a deadline, see deadline.h; `name` is the command's, for the error. */
bool until_read(const struct cache *cache, const struct args *args, uint32_t index,
                const struct until *until, const char *name, int64_t *expiry, struct reply *reply);

#endif
