/*
 * args - the words of one command, and the questions every handler asks of them.
 *
 *     word 0 is the command's name, the others its arguments
 *
 * Owner   whoever holds the request; the words are views into the loop's input buffer, on loan
 *         until the request is home again.
 * Memory  none of its own.
 * Cost    looking at a word is one load.
 * Errors  args_int answers the client itself and returns false; nothing has changed by then.
 */
#ifndef CACHE_ARGS_H
#define CACHE_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"

struct reply;
struct large;

struct args {
    struct bytes *words;
    uint32_t count;
    uint64_t hash;  /* keyed hash of the first key, when the command's row has one */
    uint64_t asker; /* number of the connection that asks; 0: none does */
    void *hidden;   /* what a whole hands to its parts, out of clients' reach */
    void *progress; /* of a handler that has done enough for one turn: see cache_run */

    /* Blocks that large words were received into, in the order of these. What the handler keeps is
     * taken out, and the word is not to be looked at any more once the command has run; free blocks
     * that it has left over in exchange go back with it. */
    struct large *larges;
    struct large *spare;
};

static inline struct bytes args_word(const struct args *args, uint32_t index)
{
    return args->words[index];
}

/* Is there a word `index`, and does it say `word` (lower case) in any letter case? */
static inline bool args_say(const struct args *args, uint32_t index, const char *word)
{
    return index < args->count && bytes_say(args->words[index], word);
}

/* Reads an integer; otherwise answers "value is not an integer or out of range". */
bool args_int(const struct args *args, uint32_t index, int64_t *value, struct reply *reply);

/* The same within bounds, with Redis' own sentence for a value outside them. */
bool args_int_between(const struct args *args, uint32_t index, int64_t low, int64_t high,
                      int64_t *value, struct reply *reply);

#endif
