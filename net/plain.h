/*
 * plain - a transport over a socket, as it is.
 *
 * Owner   the loop whose poller it was opened on.
 * Memory  one object with two events; plain's close frees it and the descriptor.
 * Cost    see transport.
 * Errors  plain_open cannot fail; what is wrong with the socket shows at the first receive.
 */
#ifndef NET_PLAIN_H
#define NET_PLAIN_H

#include "net/poller.h"

/* Makes a connection of the poller's loop around a connected, non-blocking socket. */
void plain_open(struct poller *poller, int fd, bool unix_socket) ON_NET;

#endif
