/*
 * aes - the hash of a key by the processor's own AES instructions.
 *
 * Source  FIPS 197; keyhash.h says how it is used.
 * Owner   pure functions of the keyhash.
 * Memory  none.
 * Cost    one instruction per round.
 * Errors  aes_prepare: false where there are no such instructions; then aes_hash must not be called.
 */
#ifndef CACHE_AES_H
#define CACHE_AES_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"

struct keyhash;

/* Fills in what is derived from the secret. */
bool aes_prepare(struct keyhash *keyhash);

uint64_t aes_hash(const struct keyhash *keyhash, struct bytes key);

#endif
