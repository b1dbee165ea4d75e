/*
 * region - a range of addresses, reserved at once and given memory piece by piece.
 *
 * Owner   one thread.
 * Memory  reserved addresses cost nothing, neither memory nor what the system promises of it.
 *         Pieces that were committed may be used, and cost what was written to.
 * Cost    one system call each. region_fill: all page faults of the piece.
 * Errors  where addresses are limited the region is smaller than asked for, down to one piece or
 *         none. region_commit: false when the system has no memory. region_drop: false when it
 *         will not; then the piece is as it was.
 *
 * Under a limit of the process's addresses (RLIMIT_AS) all regions take at most half of it.
 */
#ifndef CACHE_REGION_H
#define CACHE_REGION_H

#include <stdbool.h>
#include <stddef.h>

struct region {
    char *start;
    size_t size;
};

/* At most `size` bytes in pieces of `piece`, a power of two, at a multiple of it. `sharers`: how
 * many such regions there will be. */
void region_reserve(struct region *region, size_t size, size_t piece, unsigned sharers);
void region_release(struct region *region);

bool region_commit(char *at, size_t size);
bool region_drop(char *at, size_t size);

/* --- filling ahead: another thread takes the page faults (see shard/filler.h) --- */

/* What is written to a filler's descriptor. */
struct region_piece {
    char *at;
    size_t size;
};

/* Asks for memory in a piece that was committed; region_is_there: has it come? Nothing in it changes. */
void region_ask(int filler, char *at, size_t size);
bool region_is_there(char *at, size_t size);

/* What the filler does. Harmless if the piece has been dropped meanwhile. False: this system cannot. */
bool region_fill(const struct region_piece *piece);

#endif
