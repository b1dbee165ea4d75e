/*
 * identity - which croft this is, and which Redis it passes for.
 *
 * Owner   constants. Memory none. Cost none. Errors none.
 *
 * Clients choose what they send by the second: it names the newest release whose handshake is
 * answered in full.
 */
#ifndef NET_IDENTITY_H
#define NET_IDENTITY_H

#include "conf/version.h"

#define REDIS_VERSION "7.2.4"

#endif
