/*
 * keyhash - the keyed hash of a key, 64 bits: by AES where the processor has it, else SipHash-1-3.
 *
 *     up to 16 bytes   AES(key ^ mask[length])
 *     longer           state = AES(length); for each 16 bytes: state = four rounds of (state ^ bytes)
 *                      the last 16 bytes, which may overlap: AES(state ^ bytes)
 *
 *     AES is AES-128 under the process's secret, mask[n] is AES of n and a mark that no length has.
 *
 * Source  J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF" (2012), with
 *         1 compression and 3 finalisation rounds. FIPS 197 for AES; P. Rogaway, "Efficient
 *         instantiations of tweakable blockciphers" (2004), for the masks; J. Daemen, V. Rijmen,
 *         "The Pelican MAC function" (2005), for chaining by four rounds without a key.
 * Owner   pure function of the secret and the bytes; the secret is made once per process.
 * Memory  half a kilobyte per secret.
 * Cost    16 bytes: some 30 instructions by AES, 130 by SipHash; computed once per request.
 * Errors  none. Clients who do not know the secret cannot aim at a shard, bucket or tag, whatever
 *         they see of the hashes: SCAN's cursors tell bits of them.
 *
 * A struct that has a secret and is zero otherwise is ready for use, with SipHash: the same on all
 * machines, for tests and simulations.
 */
#ifndef CACHE_KEYHASH_H
#define CACHE_KEYHASH_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/aes.h"
#include "cache/bytes.h"

#define KEYHASH_ROUNDS 11 /* keys of AES-128's rounds */
#define KEYHASH_SHORT 16

struct keyhash {
    uint64_t secret[2];
    bool aes; /* then what follows is filled in */
    _Alignas(16) uint8_t round[KEYHASH_ROUNDS][16];
    _Alignas(16) uint8_t mask[KEYHASH_SHORT + 1][16];
};

/* Takes the best that this processor has. */
void keyhash_init(struct keyhash *keyhash, const uint64_t secret[2]);

/* "aes" or "siphash-1-3". */
const char *keyhash_name(const struct keyhash *keyhash);

uint64_t keyhash_sip(const struct keyhash *keyhash, struct bytes key);

static inline uint64_t keyhash_of(const struct keyhash *keyhash, struct bytes key)
{
    return keyhash->aes ? aes_hash(keyhash, key) : keyhash_sip(keyhash, key);
}

#endif
