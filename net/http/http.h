/*
 * http - the HTTP port: a thread of its own that shows how the server is, and changes nothing.
 *
 *     GET /           the live page                 at once
 *     GET /events     what it shows, each second    \
 *     GET /stats.json the same, once                 |  after a round: all shards and loops are asked
 *     GET /metrics    for Prometheus                 |  by message, as for INFO, and have
 *     GET /healthz    does everybody answer?        /   ROUND_MILLISECONDS to answer
 *
 * Owner   main makes and ends it; in between it is its thread's.
 * Memory  some hundred KiB; a client takes some KiB, see seats.
 * Cost    nothing while nobody asks. Who asks slows no request down but by the time of one INFO.
 * Errors  http_new: NULL with a reason when a port cannot be had.
 *
 * A page of another origin can neither read what is told here, for nothing permits it, nor come by
 * a name of its own: a request's Host must be an address, localhost, or one of http-hosts.
 */
#ifndef NET_HTTP_HTTP_H
#define NET_HTTP_HTTP_H

#include "conf/why.h"
#include "net/http/seats.h"
#include "net/loop.h"
#include "shard/inspector.h"

#define ROUND_MILLISECONDS 1000
#define HTTP_DESCRIPTORS (SEATS + 8)

struct http;

/* `settings` as they are at the start: what is needed of them is copied. */
struct http *http_new(const struct settings *settings, const struct server_facts *facts,
                      struct why *why) ON_MAIN;
void http_free(struct http *http) ON_MAIN;
int http_port(const struct http *http) ON_MAIN;

/* Serves until main sends inspector_stop_command. */
void http_run(struct http *http) ON_HTTP;

#endif
