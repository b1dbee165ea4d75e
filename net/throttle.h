/*
 * throttle - how often an address may be wrong about the password.
 *
 *     each wrong one moves the address's moment ahead by one part of a second; when it lies more than ten
 *     seconds ahead, nobody from there is let in, right or wrong, until it does not
 *
 * Source  the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371.
 * Owner   a loop; connections of one address are spread over all of them, each has its own.
 * Memory  THROTTLE_PLACES places of 16 bytes, from the first wrong password on.
 * Cost    constant: a keyed hash, and the few places of one set are looked at.
 * Errors  none. When there are more addresses than places, the one that has least to wait is forgotten.
 *
 * An address is one of IPv4, or the first half of one of IPv6, which is what one customer gets.
 */
#ifndef NET_THROTTLE_H
#define NET_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/keyhash.h"
#include "shard/owner.h"

#define THROTTLE_PLACES 1024u
#define THROTTLE_AHEAD_MS 10000

struct throttle;

struct throttle *throttle_new(void) ON_NET; /* NULL: no memory */
void throttle_free(struct throttle *throttle) ANY_THREAD;

/* From a name as CLIENT LIST shows it, "127.0.0.1:6379" or "[::1]:6379". */
uint64_t throttle_address(const struct keyhash *keyhash, const char *peer) ON_NET;

/* Is nobody from there let in at present? */
bool throttle_is_shut(const struct throttle *throttle, uint64_t address, int64_t now_ms) ON_NET;

/* It was wrong once more; `rate` times a second it may be. True: that was once too often. */
bool throttle_wrong(struct throttle *throttle, uint64_t address, int64_t rate,
                    int64_t now_ms) ON_NET;

#endif
