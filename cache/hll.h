/*
 * hll - HyperLogLog: about how many different elements were seen, in 12 KiB or less, laid out as
 * Redis does, so that texts can go both ways.
 *
 *     "HYLL" | encoding 1 | unused 3 | count 8, little endian, top bit set: to be counted anew | ...
 *
 *     dense     16384 registers of 6 bits, the lowest bits first
 *     sparse    runs:  00nnnnnn           n + 1 registers that are 0
 *                      01nnnnnn nnnnnnnn  the same, more of them
 *                      1vvvvvnn           n + 1 registers that are v + 1
 *
 * Owner   the caller; pure functions.
 * Memory  struct hll is some 16 KiB, for the stack.
 * Cost    adding: one hash, and for sparse ones a walk over the runs. Counting reads all registers.
 * Errors  texts that only look like one are found out when they are read: false, or HLL_CORRUPT.
 *
 * Counting: Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017.
 * Hash: MurmurHash64A by Austin Appleby, in the public domain.
 */
#ifndef CACHE_HLL_H
#define CACHE_HLL_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"

#define HLL_REGISTERS 16384
#define HLL_HEADER 16
#define HLL_DENSE (HLL_HEADER + HLL_REGISTERS * 6 / 8)
#define HLL_ROOM (HLL_HEADER + HLL_REGISTERS + 8) /* no sparse one needs more */

/* One that is worked on. */
struct hll {
    size_t len;
    uint8_t at[HLL_ROOM];
};

enum hll_result { HLL_SAME, HLL_CHANGED, HLL_CORRUPT };

/* Does the text look like one? */
bool hll_is(struct bytes text);
bool hll_is_dense(struct bytes text);

/* An empty, sparse one. */
void hll_init(struct hll *hll);

/* False when the text is longer than any can be. */
bool hll_load(struct hll *hll, struct bytes text);

static inline struct bytes hll_text(const struct hll *hll)
{
    return bytes_new((const char *)hll->at, hll->len);
}

/* A sparse one that would become longer than `sparse_max` bytes becomes dense. */
enum hll_result hll_add(struct hll *hll, struct bytes element, size_t sparse_max);

/* Raises a register; the same. */
enum hll_result hll_raise(struct hll *hll, unsigned index, unsigned value, size_t sparse_max);

/* The count written in it no longer holds. */
void hll_forget_count(struct hll *hll);

/* The count written in the text, if it holds; and writing it. */
bool hll_known_count(struct bytes text, uint64_t *count);
void hll_write_count(char *at, uint64_t count);

bool hll_to_dense(struct hll *hll);

/* All registers, one byte each. */
bool hll_registers(struct bytes text, uint8_t *registers);

/* Each register becomes the larger of both. */
bool hll_merge(struct bytes text, uint8_t *registers);
uint64_t hll_count(const uint8_t *registers);

/* Walks the runs of a sparse one: false at the end. `place` starts at 0. */
struct hll_run {
    unsigned value;
    unsigned length;
    unsigned bytes; /* that say so: 1 or 2 */
};
bool hll_next_run(struct bytes text, size_t *place, struct hll_run *run);

#endif
