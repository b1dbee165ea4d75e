/*
 * whom - which clients CLIENT LIST and CLIENT KILL mean: those for whom all that is said is true.
 *
 *     TYPE normal  NOT-USER default  ID 3 4 5  IDLE 60  SKIPME yes
 *
 * The filters of Redis 8 and of Valkey 9. Of two that are the same the last counts.
 *
 * Owner   whoever reads one; the words stay with args, and are looked at again for each client.
 * Memory  in place.
 * Cost    for a client: each filter that was said; addresses are looked up once in its life.
 * Errors  reading answers with an error when a word is none, as Redis 7.0 words it where it has it.
 */
#ifndef NET_WHOM_H
#define NET_WHOM_H

#include "cache/args.h"
#include "net/conn.h"

#define WHOM_FILTERS 14

/* Of one kind of filter: its value, or values if it is ID. */
struct whom_words {
    uint32_t first; /* 0: not said */
    uint32_t count;
};

struct whom {
    struct whom_words is[WHOM_FILTERS];
    struct whom_words is_not[WHOM_FILTERS];
    bool spares_asker; /* SKIPME; before reading: what holds if nothing is said of it */
};

/* CLIENT LIST and CLIENT KILL word one mistake differently. */
enum whom_use { WHOM_LISTED, WHOM_KILLED };

/* Reads filters from the word at `from` on. False, and an error in the reply, when one is wrong. */
bool whom_read(struct whom *whom, const struct args *args, uint32_t from, enum whom_use use,
               struct reply *reply) ANY_THREAD;

/* Is it one of them? */
bool whom_means(const struct whom *whom, const struct args *args, const struct conn *conn) ON_NET;

/* The words behind ID, when that is all that was said; count is 0 otherwise. */
struct whom_words whom_ids(const struct whom *whom) ANY_THREAD;

#endif
