/*
 * address - sockets that listen, by the words of `bind` and `http-bind`.
 *
 * Owner   the caller's descriptors. Memory none. Cost some system calls. Errors false with a reason.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>

#include "conf/why.h"
#include "shard/owner.h"

/*
 * Listens on one address: "*" and "::*" are all of a family; with a "-" before it it may be missing,
 * and *fd is -1 then. A *port of 0 becomes the one that the kernel chose.
 */
bool address_open(const char *word, int backlog, int *port, int *fd, struct why *why) ON_MAIN;

#endif
