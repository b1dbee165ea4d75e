/*
 * reports - how the reports of all shards and loops come together for INFO and MEMORY: a row with the
 * route EVERYWHERE has reports_of_shard and reports_of_loop, and its .on_gathered reads them.
 *
 * Owner   the loop that gathers.
 * Memory  one object of some 50 KiB from reports_read to reports_free.
 * Cost    each report is copied twice.
 * Errors  none.
 */
#ifndef NET_REPORTS_H
#define NET_REPORTS_H

#include "net/info.h"

/* They answer with the report as it lies in memory. */
void reports_of_shard(struct host *host, unsigned shard, struct args *args,
                      struct reply *reply) ON_SHARD;
void reports_of_loop(struct loop *loop, struct args *args, struct reply *reply) ON_NET;

struct info *reports_read(const struct loop *loop, const struct request *parts) ON_NET;
void reports_free(struct info *info) ON_NET;

#endif
