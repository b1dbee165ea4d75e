/*
 * metrics - a look as Prometheus reads it: text format 0.0.4.
 *
 *     redis_*    named as dashboards and alerts for Redis know them, with the values of INFO
 *     croft_*    each shard and each loop on its own, and how long commands take
 *
 * Owner   a pure function of the look.
 * Memory  the caller's text: some 20 KiB.
 * Cost    some hundred lines of printf.
 * Errors  none.
 */
#ifndef NET_HTTP_METRICS_H
#define NET_HTTP_METRICS_H

#include "net/http/look.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

void metrics_print(const struct look *look, struct reply *text) ON_HTTP;

#endif
