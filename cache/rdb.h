/*
 * rdb - one text as DUMP answers it and RESTORE takes it: the way Redis writes values into its
 * files, with a version and a checksum behind.
 *
 *     type 0 | length and bytes, or a small integer, or compressed | version 2 | CRC-64 8
 *
 * Owner   the caller; pure functions.
 * Memory  what is packed goes into a buffer of the caller's; what is unpacked is either a
 *         view of the payload or malloc'd, and struct rdb_text says which.
 * Cost    a checksum over all of it; compressing texts of more than 20 bytes.
 * Errors  payloads come from clients and are not trusted: RDB_CHECKSUM, RDB_BAD; RDB_NO_MEMORY.
 */
#ifndef CACHE_RDB_H
#define CACHE_RDB_H

#include <stdbool.h>

#include "cache/bytes.h"

#define RDB_VERSION 10 /* Redis 7.0 */

/* Room for a packed text of that length. */
size_t rdb_room(size_t len);

/* Returns how many bytes it has become. */
size_t rdb_pack(char *into, struct bytes text, bool compress);

enum rdb_result { RDB_FINE, RDB_CHECKSUM, RDB_BAD, RDB_NO_MEMORY };

struct rdb_text {
    struct bytes bytes; /* a view of the payload, or of one of these: */
    char digits[24];
    char *unpacked; /* NULL, or to be freed */
    bool lacks_memory;
};

/* At most `limit` bytes of text. */
enum rdb_result rdb_unpack(struct bytes payload, size_t limit, struct rdb_text *text);
void rdb_free(struct rdb_text *text);

#endif
