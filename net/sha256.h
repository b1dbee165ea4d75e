/*
 * sha256 - the digest of FIPS 180-4, as ACL shows passwords.
 *
 * Owner   a pure function.
 * Memory  none.
 * Cost    some nanoseconds per byte.
 * Errors  none.
 */
#ifndef NET_SHA256_H
#define NET_SHA256_H

#include "cache/bytes.h"

#define SHA256_HEX 64

/* In lower-case digits, with a zero behind. */
void sha256_hex(struct bytes text, char hex[SHA256_HEX + 1]);

#endif
