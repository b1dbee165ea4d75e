/*
 * foreign - the keys of a command that other shards own: fetched from there before it runs.
 *
 *     COPY a b      1  a's owner fills in what a holds             foreign_fetch_command
 *                   2  b's owner runs COPY: a is read from here
 *     RENAME a b    3  ... and a's owner deletes a                 foreign_forget_command
 *
 *     A handler asks for a key in the same way wherever it lives, so that it need not know. One
 *     shard has all keys: there is no struct foreign, and nothing is fetched.
 *
 * Owner   the asking loop makes and frees it. While a step is under way each shard writes only what
 *         concerns its own keys; nobody reads that before the step is over.
 * Memory  short texts are copied into the answers of those who fetch, long ones are lent by them;
 *         both stay until the command is done.
 * Cost    a message more per shard that owns a key.
 * Errors  see foreign_read; and foreign_is_lost, before a handler that needs foreign keys is run.
 */
#ifndef CACHE_FOREIGN_H
#define CACHE_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/args.h"
#include "cache/command.h"
#include "cache/reply.h"

struct cache;

/* What there is of a key. */
struct foreign_value {
    bool exists;
    bool lost; /* it could not be fetched: there was no memory */
    uint8_t type;
    int64_t expiry;
    const struct reply *in; /* a short text: in that answer, from `place` on */
    size_t place;
    struct bytes text; /* of a long one */
};

struct foreign {
    const uint8_t *owners; /* of each key: its shard */
    uint32_t first;        /* index of the first key's word */
    uint32_t step;
    uint32_t keys;
    bool forget; /* set by the handler: the first key is to be deleted by its owner */
    struct foreign_value values[]; /* by number of key */
};

/* NULL: no memory. */
struct foreign *foreign_new(const uint8_t *owners, uint32_t first, uint32_t step, uint32_t keys);

/* Is there a key that could not be fetched? */
bool foreign_is_lost(const struct foreign *foreign);

extern const struct command foreign_fetch_command; /* all of a shard's keys with their values */
extern const struct command foreign_ask_command;   /* only whether they are there */
extern const struct command foreign_forget_command;

/* --- for handlers; `index` is that of the key's word --- */

/* Is it this shard's? */
bool foreign_is_here(const struct cache *cache, const struct args *args, uint32_t index);

/* Is the key there, wherever it lives? */
bool foreign_exists(struct cache *cache, const struct args *args, uint32_t index);

/* A key as it was when the command began. A view until the next call that writes. */
struct source {
    bool exists;
    uint8_t type;
    int64_t expiry;
    struct bytes text; /* empty when it does not exist */
};

/* Looks for writing; and for reading, which counts a hit or a miss. */
struct source foreign_peek(struct cache *cache, const struct args *args, uint32_t index);
struct source foreign_read(struct cache *cache, const struct args *args, uint32_t index);

/* The same for a text: a missing key is as good as an empty one; anything else is refused. */
bool foreign_text(struct cache *cache, const struct args *args, uint32_t index,
                  struct source *source, struct reply *reply);

/* Deletes the key at the first key's word, or has its owner do so. */
void foreign_delete_first(struct cache *cache, const struct args *args);

#endif
