/*
 * reconfigure - changes the settings of the whole server while it runs.
 *
 *     asking loop          first loop                                     every loop and host
 *     CONFIG SET ----->    new = published + change; published = new
 *                          adopt(new) ------------------------------->    settings = new
 *                          all have adopted: free(old)  <-------------    answered
 *     +OK        <-----    answer
 *
 * The first loop alone publishes: what its own `settings` points to is the newest snapshot. A
 * change is made from that one and adopted there at once, so the next change, whoever asks for it,
 * builds on it and none is lost. All snapshots leave by the same channels and these keep their
 * order, so every thread adopts them in the order in which they were published. When one is adopted
 * everywhere, nobody can still be looking at the one before it, which is freed then, exactly once:
 * several changes may be on their way together.
 *
 * CONFIG REWRITE goes the same way, so that the file is written by one thread, and with the newest
 * snapshot. The clients of the first loop wait for the disk meanwhile, as all of Redis' do.
 *
 * Owner   the first loop owns the newest snapshot and those that are being replaced. Whoever made
 *         the very first gives it up when the loops start. When all threads have ended, main frees
 *         the `settings` of the first loop; no other is left, for drained loops have nothing under
 *         way.
 * Memory  a snapshot, and a few words for each change under way.
 * Cost    one message there and back, and one to each thread and shard.
 * Errors  are the client's answer; then nothing was published.
 */
#ifndef NET_RECONFIGURE_H
#define NET_RECONFIGURE_H

#include "shard/owner.h"

struct loop;
struct request;

/* .on_message of CONFIG SET and of CONFIG REWRITE; on the first loop: see first.h. */
void reconfigure_set(struct loop *first, struct request *request) ON_NET;
void reconfigure_rewrite(struct loop *first, struct request *request) ON_NET;

#endif
