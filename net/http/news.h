/*
 * news - a look as the live page reads it: one object of JSON.
 *
 * Owner   the thread that serves HTTP.
 * Memory  the histogram of the look before, so that percentiles are of the time since then.
 * Cost    a few dozen lines of printf, some more for each shard.
 * Errors  none.
 */
#ifndef NET_HTTP_NEWS_H
#define NET_HTTP_NEWS_H

#include "net/http/look.h"

struct news {
    struct durations before; /* of all commands together */
};

/* Without a line break. */
void news_print(struct news *news, const struct look *look, struct reply *text) ON_HTTP;

#endif
