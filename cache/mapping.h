/*
 * mapping - memory straight from the system, in whole pages.
 *
 * Owner   the caller; any thread may give back what another one took.
 * Memory  zero, and costs nothing until written to.
 * Cost    one system call, three for an aligned one.
 * Errors  NULL when the system has no memory or no addresses.
 */
#ifndef CACHE_MAPPING_H
#define CACHE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

/* `protection` as of mmap(2): PROT_NONE reserves addresses alone. */
void *mapping_new(size_t size, int protection);

/* At a multiple of `step`, a power of two. */
void *mapping_new_aligned(size_t size, size_t step, int protection);

/* A fresh one in the place of what is there. */
void *mapping_renew(void *at, size_t size, int protection);

/* False: the system will not, for want of memory for its own tables. Nothing is gone at once. */
bool mapping_drop(void *at, size_t size);

#endif
