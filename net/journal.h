/*
 * journal - commands that were worth noting: those that took long, that were large, or whose answers
 * were. SLOWLOG and COMMANDLOG tell of them.
 *
 *     loop --> notices when the answer is due --> struct entry --> first loop: one list per kind
 *
 * Owner   the first loop. Whoever notices hands the entry over by message.
 * Memory  an entry holds at most JOURNAL_WORDS words of JOURNAL_WORD bytes; so many entries are kept
 *         as the settings say, the oldest go.
 * Cost    a few comparisons for a command that is not a usual one. With settings that make usual
 *         ones worth noting, those are not treated as such any more (see attention.h).
 * Errors  none.
 */
#ifndef NET_JOURNAL_H
#define NET_JOURNAL_H

#include "conf/settings.h"
#include "net/conn.h"

#define JOURNAL_WORDS 32
#define JOURNAL_WORD 128

enum journal_kind { JOURNAL_SLOW, JOURNAL_LARGE_REQUEST, JOURNAL_LARGE_REPLY, JOURNAL_KINDS };

struct journal;

struct journal *journal_new(void) ON_MAIN;
void journal_free(struct journal *journal) ON_MAIN; /* NULL is fine */

/* A request that is about to be answered: notes it if it is worth that. */
void journal_look(const struct conn *conn, const struct request *request) ON_NET;

/* As many as the settings say. */
void journal_trim(struct journal *journal, const struct settings *settings) ON_NET;

size_t journal_length(const struct journal *journal, enum journal_kind kind) ON_NET;
void journal_reset(struct journal *journal, enum journal_kind kind) ON_NET;

/* The newest `count` entries, each an array: number, time, microseconds or bytes, words, address and
 * name of the client. */
void journal_write(const struct journal *journal, enum journal_kind kind, size_t count,
                   struct reply *reply) ON_NET;

#endif
