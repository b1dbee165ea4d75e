/*
 * gate - by which names the HTTP port may be asked.
 *
 *     A page of another origin can have its own name resolve to this machine, and then read what it
 *     likes as if that came from its own server. It cannot have a browser ask by an address, or by a
 *     name that is not its own.
 *
 * Owner   a pure function. Memory none. Cost a look at one header. Errors none.
 */
#ifndef NET_HTTP_GATE_H
#define NET_HTTP_GATE_H

#include <stdbool.h>

#include "shard/owner.h"

struct evhttp_request;
struct settings;

/* Is its Host an address, localhost, or one of http-hosts? */
bool gate_knows_host(const struct settings *settings, struct evhttp_request *request) ON_HTTP;

#endif
