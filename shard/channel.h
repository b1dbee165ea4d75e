/*
 * channel - carries requests one way, from one thread to one other.
 *
 *        producer                                       consumer
 *     push  push  publish ---> [ r | r | r |   |   ] ---> pop  pop
 *                              tail moves once per       head follows
 *                              publish
 *
 * Source  a bounded single-producer single-consumer ring (L. Lamport, 1983) with each side's index
 *         cached by the other (MCRingBuffer: Lee, Bu, Chandranmenon, 2010).
 * Owner   the producer calls push and publish, the consumer pop; fixed at creation.
 * Memory  8 bytes per place; a request is the producer's until pushed and the consumer's once
 *         popped.
 * Cost    no lock, no system call, no read-modify-write; the other side's line is touched once per
 *         batch.
 * Errors  a full ring refuses; the producer keeps the request and tries later.
 */
#ifndef SHARD_CHANNEL_H
#define SHARD_CHANNEL_H

#include <stdbool.h>

#include "shard/owner.h"

struct channel;
struct request;

/* `capacity` is a power of two. */
struct channel *channel_new(unsigned capacity) ON_MAIN;
void channel_free(struct channel *channel) ON_MAIN;

/* The producer's side. */
bool channel_push(struct channel *channel, struct request **request) ANY_THREAD;
void channel_publish(struct channel *channel) ANY_THREAD;

/* The consumer's side. */
struct request *channel_pop(struct channel *channel) ANY_THREAD;
bool channel_is_empty(struct channel *channel) ANY_THREAD;

/* The same for anybody: has all that was published been popped? */
bool channel_is_drained(struct channel *channel) ANY_THREAD;

#endif
