/*
 * inspector - asks all shards and loops how they are, from a thread that is none of them.
 *
 *     inspector --> a question for each shard and each loop that is not away --> their answers
 *
 *     One that has been asked and has not answered is not asked again: who is stuck costs nothing
 *     but its own question, and answers that when it goes on.
 *
 * Owner   the thread that inspects: the one that shards_inspector numbers, or main, which must not
 *         tell anybody anything (shards_tell) while it waits for answers.
 * Memory  one request for each shard and each loop.
 * Cost    a message each; nothing as long as nobody asks.
 * Errors  none: silence is for the caller to notice.
 */
#ifndef SHARD_INSPECTOR_H
#define SHARD_INSPECTOR_H

#include "shard/shards.h"

struct inspector;

/* Shards first, then loops. */
#define INSPECTED_MAX (SHARDS_MAX + LOOPS_MAX)

/* `self`: the number of the thread. Rows of what is asked: one with .on_host, one with .on_loop. */
struct inspector *inspector_new(struct shards *shards, unsigned self,
                                const struct command *of_shard,
                                const struct command *of_loop) ON_MAIN;
void inspector_free(struct inspector *inspector) ON_MAIN;

/* How many there are to ask, and who the one with that number is. */
unsigned inspector_count(const struct inspector *inspector) ANY_THREAD;
bool inspector_is_shard(const struct inspector *inspector, unsigned which) ANY_THREAD;
unsigned inspector_index(const struct inspector *inspector, unsigned which) ANY_THREAD;

/* Asks everybody who is not away. `hidden`: what they find in args->hidden. */
void inspector_ask(struct inspector *inspector, void *hidden) ANY_THREAD;

/* Has that one been asked, and not answered yet? Has anybody? */
bool inspector_is_away(const struct inspector *inspector, unsigned which) ANY_THREAD;
bool inspector_waits(const struct inspector *inspector) ANY_THREAD;

/* Takes in what has arrived, and hands on each answer. */
void inspector_receive(struct inspector *inspector,
                       void (*on_answer)(void *context, unsigned which, struct bytes answer),
                       void *context) ANY_THREAD;

/* The same until nobody is away; for main, which sleeps meanwhile. */
void inspector_await(struct inspector *inspector,
                     void (*on_answer)(void *context, unsigned which, struct bytes answer),
                     void *context) ON_MAIN;

/* Has main told it to stop? It waits until inspector_end, for which nobody must be away. */
bool inspector_is_told_to_stop(const struct inspector *inspector) ANY_THREAD;
void inspector_end(struct inspector *inspector) ANY_THREAD;
extern const struct command inspector_stop_command;

/* As with a loop: a descriptor that becomes readable, edge-triggered. */
int inspector_fd(const struct inspector *inspector) ANY_THREAD;
bool inspector_may_sleep(struct inspector *inspector) ANY_THREAD;
void inspector_rise(struct inspector *inspector) ANY_THREAD;

#endif
