/*
 * owner - words that say which thread may run a function.
 *
 *     ON_MAIN    the thread that starts and stops the process
 *     ON_NET     the loop in question
 *     ON_HTTP    the thread that serves HTTP
 *     ON_SHARD   the host in question: a shard thread, or the loop that hosts the shard
 *     ANY_THREAD whoever holds the object
 *
 * Every function declared in shard/ and net/ carries one. They are for the reader; what they
 * promise is checked by assertions at the hand-overs and by the thread sanitizer.
 */
#ifndef SHARD_OWNER_H
#define SHARD_OWNER_H

#define ON_MAIN
#define ON_NET
#define ON_HTTP
#define ON_SHARD
#define ANY_THREAD

#endif
